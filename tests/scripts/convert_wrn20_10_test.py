#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""convert_wrn20_10.py against a MATLAB 5 file written here value by value, and against the published file where it is at hand."""
import math
import os
import struct
import sys
import unittest
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PUBLISHED = os.path.join(os.path.dirname(ROOT), "shared", "weights", "wrn20_10_cifar10_1bit.mat")
sys.path.insert(0, os.path.join(ROOT, "scripts"))
import convert_wrn20_10 as convert  # noqa: E402


def element(kind, data, small=False):
    if small and len(data) <= 4:
        return struct.pack("<I", kind | len(data) << 16) + data.ljust(4, b"\0")
    return struct.pack("<II", kind, len(data)) + data + b"\0" * (-len(data) % 8)


def matrix(name, shape, kind, data):
    body = element(6, struct.pack("<II", 6, 0)) + element(5, struct.pack(f"<{len(shape)}i", *shape))
    body += element(1, name.encode(), small=True) + element(kind, data, small=True)
    packed = zlib.compress(element(14, body))
    return struct.pack("<II", 15, len(packed)) + packed


def mat_file(matrices):
    return b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + b"".join(matrices)


def floats(data):
    return struct.unpack(f"<{len(data) // 4}f", data)


class Convert(unittest.TestCase):
    def test_every_value(self):
        k, inputs, outputs, channels = 3, 2, 5, 3
        bits = bytes((7 * i * i + i // 3) % 5 % 2 for i in range(k * k * inputs * outputs))
        self.assertTrue(0 < sum(bits) < len(bits))
        rows4 = [float(i) - 3.5 for i in range(4 * channels)]
        rows2 = [0.25 * i for i in range(2 * channels)]
        file = mat_file([
            matrix("bn_first", (4, channels), 7, struct.pack("<12f", *rows4)),
            matrix("conv", (1, k, k, inputs, outputs), 2, bits),
            matrix("bn", (2, channels), 7, struct.pack("<6f", *rows2)),
            matrix("head", (1, 1, 1, 2, 2), 2, bytes([1, 0, 0, 1])),
        ])
        tensors, weights = convert.convert(file)
        self.assertEqual(weights, len(bits) + 4)
        found = {name: (shape, floats(bytes(data))) for name, _, shape, data in tensors}
        constant = math.sqrt(2.0 / (k * k * inputs))
        shape, values = found["conv"]
        self.assertEqual(shape, [outputs, inputs, k, k])
        at = 0
        for co in range(outputs):
            for ci in range(inputs):
                for kh in range(k):
                    for kw in range(k):
                        bit = bits[kh + k * (kw + k * (ci + inputs * co))]
                        self.assertAlmostEqual(values[at], constant if bit else -constant, places=6)
                        at += 1
        self.assertAlmostEqual(found["conv_scale"][1][0], 2 * constant, places=6)
        self.assertEqual(found["head"][0], [2, 2])
        self.assertEqual([v > 0 for v in found["head"][1]], [True, False, False, True])
        for row, field in enumerate(("weight", "bias", "running_mean", "running_var")):
            self.assertEqual(list(found["bn_first." + field][1]), [rows4[row + 4 * c] for c in range(channels)])
        self.assertEqual(found["bn.weight"][1], (1.0,) * channels)
        self.assertEqual(found["bn.bias"][1], (0.0,) * channels)
        self.assertEqual(list(found["bn.running_var"][1]), [rows2[1 + 2 * c] for c in range(channels)])

    def test_broken_files_are_refused(self):
        good = mat_file([matrix("bn", (2, 2), 7, struct.pack("<4f", 1, 2, 3, 4))])
        convert.convert(good)
        for broken in (good[:-3], good[:140], mat_file([element(6, b"12345678")]), mat_file([matrix("x", (3, 2), 7, bytes(24))])):
            with self.assertRaises((ValueError, zlib.error)):
                convert.convert(broken)

    def test_published_file(self):
        if not os.path.exists(PUBLISHED):
            self.skipTest("the published weights are not at hand")
        with open(PUBLISHED, "rb") as file:
            data = file.read()
        tensors, weights = convert.convert(data)
        self.assertEqual(weights, 26_737_120)
        self.assertEqual(len(tensors), 20 * 2 + 21 * 4)
        shapes = {name: shape for name, _, shape, _ in tensors}
        self.assertEqual(shapes["conv2d_18"], [640, 640, 3, 3])
        self.assertEqual(shapes["conv2d_19"], [10, 640])


if __name__ == "__main__":
    unittest.main()
