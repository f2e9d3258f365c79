#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns the published one-bit wide ResNet 20-10 for CIFAR-10 (a MATLAB 5 file) into float weights for absim quantize.

Source: github.com/McDonnell-Lab/1-bit-per-weight, TrainedModels/Tensorflow.keras/CIFAR10_allparams.mat (MIT licence; McDonnell, ICLR 2018,
arXiv 1802.08530). Every weight is plus or minus sqrt(2 / (k k Cin)); twice that is stored as the full scale of its one-bit code, so
that `absim quantize --format bwb --bits 1` takes the signs as they are. Standard library only.
"""
import argparse
import hashlib
import math
import struct
import sys
import zlib

from tensor_file import write_tensors

SHA256 = "c1b73fa8820cfe2cc23e0728f7aebbfb02c49c68608da28c96aa78e554acc1f2"
HEADER_BYTES = 128
MI_UINT8, MI_SINGLE, MI_MATRIX, MI_COMPRESSED = 2, 7, 14, 15
BN_ROWS = {2: ("running_mean", "running_var"), 4: ("weight", "bias", "running_mean", "running_var")}


def elements(data):
    """Yields (type, bytes) of the elements of a MATLAB 5 stream; small ones are packed into their tag."""
    at = 0
    while at < len(data):
        if at + 8 > len(data):
            raise ValueError(f"byte {at}: half a tag; allowed: a complete element")
        kind, size = struct.unpack_from("<II", data, at)
        if kind >> 16:  # size in the upper half, at most 4 bytes in the tag itself
            yield kind & 0xFFFF, data[at + 4 : at + 4 + (kind >> 16)]
            at += 8
            continue
        if at + 8 + size > len(data):
            raise ValueError(f"byte {at}: an element of {size} bytes; allowed: at most what is left")
        yield kind, data[at + 8 : at + 8 + size]
        at += 8 + size
        if kind != MI_COMPRESSED:
            at += -size % 8


def variables(data):
    """Yields (name, dimensions, type, bytes) of the file's matrices, values column-major."""
    for kind, packed in elements(memoryview(data)[HEADER_BYTES:]):
        if kind != MI_COMPRESSED:
            raise ValueError(f"an element of type {kind}; allowed: {MI_COMPRESSED} (compressed)")
        for inner, matrix in elements(memoryview(zlib.decompress(packed))):
            if inner != MI_MATRIX:
                raise ValueError(f"an element of type {inner}; allowed: {MI_MATRIX} (matrix)")
            _, dimensions, name, (value_type, values) = list(elements(matrix))[:4]
            shape = struct.unpack(f"<{len(dimensions[1]) // 4}i", dimensions[1])
            yield bytes(name[1]).decode("ascii"), shape, value_type, bytes(values)


def convolution(shape, bits):
    """Bits in order (kh, kw, ci, co), the first fastest, to float32 [Cout, Cin, k, k] (of the head [Cout, Cin]) and the layer's constant."""
    _, k, _, inputs, outputs = shape
    constant = math.sqrt(2.0 / (k * k * inputs))
    ordered = bytearray(len(bits))
    for row in range(k):
        for column in range(k):
            ordered[row * k + column :: k * k] = bits[row + k * column :: k * k]
    # Plus and minus the constant differ in the sign bit alone, which lies in the last byte.
    plus = struct.pack("<f", constant)
    values = bytearray(4 * len(bits))
    for byte in range(3):
        values[byte::4] = bytes([plus[byte]]) * len(bits)
    values[3::4] = ordered.translate(bytes([plus[3] | 0x80]) + bytes([plus[3]]) * 255)
    # The one 1x1 convolution, the head, is a linear layer in the network description.
    return [outputs, inputs] + [k, k] * (k > 1), values, constant


def convert(data):
    tensors = []
    weights = 0
    for name, shape, kind, values in variables(data):
        if kind == MI_UINT8 and len(shape) == 5 and len(values) == math.prod(shape):
            out_shape, out, constant = convolution(shape, values)
            tensors.append((name, "F32", out_shape, out))
            tensors.append((name + "_scale", "F32", [1], struct.pack("<f", 2 * constant)))
            weights += len(values)
        elif kind == MI_SINGLE and shape[0] in BN_ROWS and len(values) == 4 * math.prod(shape):
            rows, channels = shape
            floats = struct.unpack(f"<{rows * channels}f", values)
            fields = {row: floats[i::rows] for i, row in enumerate(BN_ROWS[rows])}
            fields.setdefault("weight", (1.0,) * channels)
            fields.setdefault("bias", (0.0,) * channels)
            for field, row in fields.items():
                tensors.append((f"{name}.{field}", "F32", [channels], struct.pack(f"<{channels}f", *row)))
        else:
            raise ValueError(f"{name}: type {kind}, dimensions {shape}; allowed: bits of a convolution or rows of a batch norm")
    return sorted(tensors), weights


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mat", help="CIFAR10_allparams.mat of the authors' repository")
    parser.add_argument("out", help="the .safetensors file (107 MB)")
    options = parser.parse_args()
    try:
        with open(options.mat, "rb") as file:
            data = file.read()
        found = hashlib.sha256(data).hexdigest()
        if found != SHA256:
            raise ValueError(f"SHA-256 {found}; allowed: {SHA256}")
        tensors, weights = convert(data)
        metadata = {"network": "wrn20_10_cifar10", "dataset": "CIFAR-10", "source": "McDonnell-Lab/1-bit-per-weight, MIT", "source_sha256": SHA256}
        write_tensors(options.out, metadata, tensors)
        print(f"{options.out}: {len(tensors)} tensors, {weights:,} weights of one bit")
    except (OSError, ValueError, zlib.error) as error:
        print(f"convert_wrn20_10.py: {options.mat}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
