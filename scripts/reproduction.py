#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/reproduction.md from the stored logs of training runs, and the store from finished runs.

  scripts/reproduction.py collect RESULTS...   copy log.csv, test.csv, gradients.csv and recipe.yaml of finished runs into the store;
                                               a run is a folder RECIPE_sSEED that scripts/train_all.sh made
  scripts/reproduction.py bench FILE.json      store the medians of absim_bench --benchmark_filter=train_step --benchmark_repetitions=3
                                               --benchmark_out=FILE.json --benchmark_out_format=json
  scripts/reproduction.py report               write docs/reproduction.md
  scripts/reproduction.py check                fail if docs/reproduction.md is not what report would write, or a stored run was made by
                                               another recipe than configs/train/ has now

The store is docs/reproduction/: runs/RECIPE/sSEED/ and tables of other programs (README.md there says which command made each).
Standard library only.
"""
import argparse
import json
import os
import re
import shutil
import sys

from reproduction_text import document

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STORE = os.path.join(ROOT, "docs", "reproduction")
DOCUMENT = os.path.join(ROOT, "docs", "reproduction.md")
KEPT = ("recipe.yaml", "log.csv", "test.csv", "gradients.csv")
RUN_NAME = re.compile(r"(.+)_s(\d+)")


def collect(results):
    for folder in results:
        name = RUN_NAME.fullmatch(os.path.basename(os.path.normpath(folder)))
        if not name:
            raise ValueError(f"{folder}: not a run; allowed: a folder RECIPE_sSEED")
        if not os.path.exists(os.path.join(folder, "test.csv")):
            raise ValueError(f"{folder}: no test.csv; allowed: a finished run")
        target = os.path.join(STORE, "runs", name[1], "s" + name[2])
        os.makedirs(target, exist_ok=True)
        for file in KEPT:
            source = os.path.join(folder, file)
            if os.path.exists(source):
                shutil.copyfile(source, os.path.join(target, file))
        print(f"{os.path.relpath(target, ROOT)}: stored")


def store_bench(path):
    with open(path, encoding="utf-8") as file:
        entries = json.load(file)["benchmarks"]
    lines = ["recipe,float_ms,step_ms,times_float,limit"]
    for entry in entries:
        if entry.get("aggregate_name") == "median":
            recipe = entry["run_name"].split("/")[1]
            lines.append(f"{recipe},{entry['float_ms']:.1f},{entry['step_ms']:.1f},{entry['times_float']:.2f},{entry['limit']:.0f}")
    if len(lines) == 1:
        raise ValueError(f"{path}: no medians; allowed: a run with --benchmark_repetitions=3")
    with open(os.path.join(STORE, "train_step_bench.csv"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def check_recipes(store=STORE, recipes=os.path.join(ROOT, "configs", "train")):
    """A recipe that changed is another experiment: its runs have to be made anew."""
    runs = os.path.join(store, "runs")
    for recipe in sorted(os.listdir(runs)):
        with open(os.path.join(recipes, recipe + ".yaml"), encoding="utf-8") as file:
            wanted = file.read()
        for seed in sorted(os.listdir(os.path.join(runs, recipe))):
            with open(os.path.join(runs, recipe, seed, "recipe.yaml"), encoding="utf-8") as file:
                if file.read() != f"# seed: {seed[1:]}\n{wanted}":
                    raise ValueError(f"runs/{recipe}/{seed}/recipe.yaml: not configs/train/{recipe}.yaml; train it anew")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=["collect", "bench", "report", "check"])
    parser.add_argument("results", nargs="*", help="folders of finished runs, for collect; the file, for bench")
    options = parser.parse_args()
    try:
        if options.action == "collect":
            collect(options.results)
            return 0
        if options.action == "bench":
            for path in options.results:
                store_bench(path)
            return 0
        text = document(STORE)
        if options.action == "report":
            with open(DOCUMENT + ".tmp", "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(DOCUMENT + ".tmp", DOCUMENT)
            return 0
        with open(DOCUMENT, encoding="utf-8") as file:
            if file.read() != text:
                raise ValueError("docs/reproduction.md: not what the stored logs say; run scripts/reproduction.py report")
        check_recipes()
    except (OSError, ValueError, KeyError) as error:
        print(f"reproduction.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
