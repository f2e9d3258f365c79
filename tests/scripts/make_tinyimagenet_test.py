#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make_tinyimagenet.py on a small archive of one-colour JPEGs made here: order, labels, pixels, and archives that it refuses."""
import io
import json
import os
import struct
import subprocess
import sys
import tarfile
import tempfile
import unittest

try:
    from PIL import Image
except ImportError:
    print("make_tinyimagenet_test.py: skipped: Pillow (python3-pil) is not installed")
    sys.exit(77)

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPT = os.path.join(ROOT, "scripts", "make_tinyimagenet.py")
CLASSES = ["n03", "n01"]  # class number is the line, not the order of names


def jpeg(level, side=32, mode="RGB"):
    out = io.BytesIO()
    Image.new(mode, (side, side), (level,) * 3 if mode == "RGB" else level).save(out, "JPEG", quality=100)
    return out.getvalue()


def archive(path, changes=None):
    files = {"wnids.txt": "\n".join(CLASSES).encode()}
    for c, wnid in enumerate(CLASSES):
        for i in range(3):
            files[f"train/{wnid}/images/{wnid}_{i}.JPEG"] = jpeg(40 * c + 10 * i, mode="L" if i == 1 else "RGB")
    files["val/images/val_1.JPEG"] = jpeg(200)
    files["val/images/val_0.JPEG"] = jpeg(100)
    files["val/val_annotations.txt"] = b"val_1.JPEG\tn03\t0\t0\t1\t1\nval_0.JPEG\tn01\t0\t0\t1\t1\n"
    files.update(changes or {})
    with tarfile.open(path, "w:xz") as out:
        for name, data in files.items():
            if data is not None:
                member = tarfile.TarInfo(name)
                member.size = len(data)
                out.addfile(member, io.BytesIO(data))


def tensors(path):
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    return header["__metadata__"], {
        name: (entry["shape"], data[8 + size + entry["data_offsets"][0] : 8 + size + entry["data_offsets"][1]])
        for name, entry in header.items() if name != "__metadata__"
    }


class MakeTinyImageNet(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.archive = os.path.join(self.folder.name, "a.tar.xz")
        self.out = os.path.join(self.folder.name, "out")

    def make(self):
        return subprocess.run([sys.executable, SCRIPT, self.archive, self.out], capture_output=True, text=True, check=False)

    def test_order_labels_and_pixels(self):
        archive(self.archive)
        self.assertEqual(self.make().returncode, 0)
        metadata, train = tensors(os.path.join(self.out, "train.safetensors"))
        self.assertEqual(metadata["classes"], "2")
        self.assertEqual(train["labels"], ([6], bytes([0, 0, 0, 1, 1, 1])))
        shape, pixels = train["images"]
        self.assertEqual(shape, [6, 32, 32, 3])
        for i, level in enumerate((0, 10, 20, 40, 50, 60)):
            image = pixels[i * 3072 : (i + 1) * 3072]
            self.assertLessEqual(max(abs(value - level) for value in image), 2)
        _, val = tensors(os.path.join(self.out, "val.safetensors"))
        self.assertEqual(val["labels"], ([2], bytes([1, 0])))
        self.assertLessEqual(abs(val["images"][1][0] - 100), 2)
        self.assertLessEqual(abs(val["images"][1][-1] - 200), 2)

    def test_refusals_name_the_file_and_leave_nothing(self):
        for changes, word in (
            ({"wnids.txt": None}, "wnids.txt"),
            ({"train/n09/images/n09_0.JPEG": jpeg(1)}, "n09"),
            ({"train/n01/images/n01_0.JPEG": jpeg(1, side=64)}, "64"),
            ({"val/images/val_0.JPEG": None}, "val_0.JPEG"),
        ):
            archive(self.archive, changes)
            done = self.make()
            self.assertEqual(done.returncode, 2, changes.keys())
            self.assertIn(word, done.stderr)
            self.assertFalse(os.path.exists(os.path.join(self.out, "train.safetensors")))


if __name__ == "__main__":
    unittest.main()
