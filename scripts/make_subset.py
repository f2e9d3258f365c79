#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a class-balanced part of the CIFAR-10 test set as safetensors: the first images of each class, in test-set order.

Equal input gives equal bytes. Standard library only.
"""
import argparse
import hashlib
import os
import sys

from tensor_file import write_tensors

RECORD = 3073
PLANE = 1024
CLASSES = "airplane automobile bird cat deer dog frog horse ship truck".split()
SHA1 = "67eb016db431130d61cd03c7ad570b013799c88c"


def select(batch, per_class):
    """Returns labels and pixels [n][32][32][3] of the first per_class images of each class."""
    taken = [0] * len(CLASSES)
    labels = bytearray()
    pixels = bytearray()
    for start in range(0, len(batch), RECORD):
        label = batch[start]
        if taken[label] == per_class:
            continue
        taken[label] += 1
        labels.append(label)
        image = bytearray(3 * PLANE)
        for channel in range(3):
            image[channel::3] = batch[start + 1 + channel * PLANE : start + 1 + (channel + 1) * PLANE]
        pixels += image
    return labels, pixels


def write_subset(path, labels, pixels, per_class):
    count = len(labels)
    metadata = {
        "class_names": " ".join(CLASSES),
        "classes": str(len(CLASSES)),
        "dataset": "CIFAR-10",
        "selection": f"first {per_class} images of each class of the test set, in test-set order",
    }
    write_tensors(path, metadata, [("images", "U8", [count, 32, 32, 3], pixels), ("labels", "U8", [count], labels)])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="folder with test_batch.bin, as scripts/fetch_data.sh leaves it")
    parser.add_argument("out", help="the .safetensors file")
    parser.add_argument("--per-class", type=int, default=100, metavar="N", help="images of each class, 1..1000 (100)")
    options = parser.parse_args()
    path = os.path.join(options.data, "test_batch.bin")
    try:
        if not 1 <= options.per_class <= 1000:
            raise ValueError(f"--per-class: {options.per_class}; allowed: 1 to 1000")
        with open(path, "rb") as file:
            batch = file.read()
        found = hashlib.sha1(batch).hexdigest()
        if found != SHA1:
            raise ValueError(f"{path}: SHA-1 {found}; allowed: {SHA1}")
        labels, pixels = select(batch, options.per_class)
        write_subset(options.out, labels, pixels, options.per_class)
    except (OSError, ValueError) as error:
        print(f"make_subset.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
