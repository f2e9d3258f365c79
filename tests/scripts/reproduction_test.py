#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Figures of docs/reproduction.md: mean, spread and pairing on a store made here; and the page is what the stored logs say."""
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "scripts"))
import reproduction  # noqa: E402
import run_store  # noqa: E402

HEADER = "arithmetic,norms,truncation,images,top1,top5,top1_percent,top5_percent\n"


class Store(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for seed, top1 in ((1, 900), (2, 910), (3, 935)):
            run = os.path.join(folder.name, "runs", "recipe", f"s{seed}")
            os.makedirs(run)
            with open(os.path.join(run, "test.csv"), "w", encoding="utf-8") as file:
                file.write(HEADER + "float,trained,0,1000,950,990,95.00,99.00\n"
                           f"integer,trained,1,1000,{top1},990,0,0\ninteger,statistics,1,1000,500,600,0,0\n")
            with open(os.path.join(run, "gradients.csv"), "w", encoding="utf-8") as file:
                file.write("stage,epoch,tensor,samples,sqnr_db\nw,1,errors:a,1,30\nw,1,errors:b,3,40\nw,1,weights:a,1,10\n")
        self.runs = run_store.Runs(folder.name, "recipe")

    def test_figures(self):
        accuracy = self.runs.accuracy(1)
        self.assertEqual(accuracy, {1: 90.0, 2: 91.0, 3: 93.5})
        self.assertAlmostEqual(run_store.mean(accuracy), 91.5)
        self.assertAlmostEqual(run_store.spread(accuracy) ** 2, (1.5**2 + 0.5**2 + 2.0**2) / 2)
        self.assertEqual(run_store.shown(accuracy), "91.50 ± 1.80")
        self.assertEqual(self.runs.accuracy(1, norms="statistics", top="top5"), {1: 60.0, 2: 60.0, 3: 60.0})
        self.assertEqual(run_store.minus(accuracy, {2: 90.0, 3: 95.5, 4: 1.0}), {2: 1.0, 3: -2.0})
        self.assertEqual(self.runs.sqnr("errors"), {1: 37.5, 2: 37.5, 3: 37.5})
        self.assertEqual(run_store.shown({}), "-")


class Page(unittest.TestCase):
    def test_page_is_what_the_logs_say(self):
        done = subprocess.run([sys.executable, os.path.join(ROOT, "scripts", "reproduction.py"), "check"], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_changed_recipe_is_noticed(self):
        with tempfile.TemporaryDirectory() as folder:
            run = os.path.join(folder, "runs", "recipe", "s2")
            os.makedirs(run)
            for path, text in (("recipe.yaml", "epochs: 3\n"), (os.path.join(run, "recipe.yaml"), "# seed: 2\nepochs: 3\n")):
                with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
                    file.write(text)
            reproduction.check_recipes(folder, folder)
            with open(os.path.join(folder, "recipe.yaml"), "a", encoding="utf-8") as file:
                file.write("batch: 64\n")
            with self.assertRaisesRegex(ValueError, "runs/recipe/s2/recipe.yaml: not configs/train/recipe.yaml"):
                reproduction.check_recipes(folder, folder)


if __name__ == "__main__":
    unittest.main()
