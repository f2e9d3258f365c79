# SPDX-License-Identifier: Apache-2.0
"""Writes safetensors files (traces/README.md has the grammar). Equal input gives equal bytes. Standard library only."""
import json
import os
import struct


def write_tensors(path, metadata, tensors):
    """tensors: list of (name, dtype, shape, data), wide types first. The file appears complete or not at all."""
    header = {"__metadata__": metadata}
    end = 0
    for name, dtype, shape, data in tensors:
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + len(data)]}
        end += len(data)
    text = json.dumps(header, separators=(",", ":")).encode("ascii")
    text += b" " * (-len(text) % 8)
    temporary = path + ".tmp"
    try:
        with open(temporary, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for _, _, _, data in tensors:
                file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)
