#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Turns Tiny-ImageNet-200 as 32x32 JPEGs (tinyimagenet32.tar.xz) into two image sets, train.safetensors and val.safetensors.

Archive: train/<wnid>/images/*.JPEG (500 of each of 200 classes), val/images/*.JPEG with val/val_annotations.txt (10,000),
wnids.txt (class number = line number, from 0). Training images are ordered by class, then name; validation images by name.
Needs Pillow (python3-pil). Pixels are those of Pillow's JPEG decoder: another version may round differently.
"""
import argparse
import io
import os
import sys
import tarfile

from tensor_file import write_tensors

SIDE = 32
DATASET = "Tiny-ImageNet-200 at 32x32 (a non-standard re-encoding of the 64x64 set)"


def read_archive(path):
    """Returns {name: bytes} of the images and the two text files."""
    files = {}
    with tarfile.open(path, "r|*") as archive:
        for member in archive:
            name = member.name.removeprefix("./")
            if member.isfile() and (name.endswith(".JPEG") or name in ("wnids.txt", "val/val_annotations.txt")):
                files[name] = archive.extractfile(member).read()
    for name in ("wnids.txt", "val/val_annotations.txt"):
        if name not in files:
            raise ValueError(f"no {name} in it; allowed: an archive with train/, val/ and wnids.txt")
    return files


def listing(files):
    """Returns class ids and the (name, label) of both splits."""
    classes = files["wnids.txt"].decode("ascii").split()
    number = {wnid: i for i, wnid in enumerate(classes)}
    if not 1 <= len(classes) <= 255 or len(number) != len(classes):
        raise ValueError(f"wnids.txt: {len(classes)} lines; allowed: 1 to 255 different ones")
    train = []
    for name in sorted(name for name in files if name.startswith("train/")):
        wnid = name.split("/")[1]
        if wnid not in number:
            raise ValueError(f"{name}: class {wnid}; allowed: those of wnids.txt")
        train.append((name, number[wnid]))
    train.sort(key=lambda entry: entry[1])  # stable: names stay in order
    val = []
    for line in files["val/val_annotations.txt"].decode("ascii").splitlines():
        name, wnid = line.split("\t")[:2]
        if f"val/images/{name}" not in files or wnid not in number:
            raise ValueError(f"val/val_annotations.txt: {name} {wnid}; allowed: an image that is there and a class of wnids.txt")
        val.append((f"val/images/{name}", number[wnid]))
    return classes, train, sorted(val)


def decode(files, entries, split):
    from PIL import Image  # here, so that --help works without it

    pixels = bytearray()
    for i, (name, _) in enumerate(entries):
        with Image.open(io.BytesIO(files[name])) as image:
            if image.size != (SIDE, SIDE):
                raise ValueError(f"{name}: {image.size} pixels; allowed: {SIDE} x {SIDE}")
            pixels += image.convert("RGB").tobytes()
        if i % 10000 == 0:
            print(f"{split}: {i} of {len(entries)}", file=sys.stderr)
    return pixels


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archive", help="tinyimagenet32.tar.xz")
    parser.add_argument("out", help="folder for train.safetensors (307 MB) and val.safetensors (31 MB)")
    options = parser.parse_args()
    try:
        files = read_archive(options.archive)
        classes, train, val = listing(files)
        os.makedirs(options.out, exist_ok=True)
        for split, entries in (("train", train), ("val", val)):
            if not entries:
                raise ValueError(f"no images of {split}/; allowed: at least one")
            metadata = {"class_names": " ".join(classes), "classes": str(len(classes)), "dataset": DATASET, "selection": split}
            labels = bytes(label for _, label in entries)
            shape = [len(entries), SIDE, SIDE, 3]
            tensors = [("images", "U8", shape, decode(files, entries, split)), ("labels", "U8", shape[:1], labels)]
            write_tensors(os.path.join(options.out, split + ".safetensors"), metadata, tensors)
    except ImportError:
        print("make_tinyimagenet.py: needs Pillow; install python3-pil", file=sys.stderr)
        return 2
    except (OSError, ValueError, tarfile.TarError) as error:
        print(f"make_tinyimagenet.py: {options.archive}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
