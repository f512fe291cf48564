"""Writes reference.safetensors with the format's reference implementation (made with safetensors 0.8.0): python3 generate.py"""

import pathlib

import numpy as np
from safetensors.numpy import save_file


def quarters(*shape):
    """-3, -2.75, -2.5, …"""
    return np.asarray(np.arange(np.prod(shape, dtype=int)).reshape(shape) / 4 - 3, dtype=np.float32)


save_file(
    {
        "conv1.weight": quarters(4, 3, 3, 3),
        "bn1.running_var": quarters(4),
        "bn1.num_batches_tracked": np.array(7, dtype=np.int64),
        "scale": quarters(),
        "nothing": quarters(0, 5),
        "half": quarters(3).astype(np.float16),
        "flags": np.array([True, False, True]),
        'of "quotes", \\, \n and größe': quarters(2),
    },
    pathlib.Path(__file__).with_name("reference.safetensors"),
    {"format": "pt", "note": "große Töne"},
)
