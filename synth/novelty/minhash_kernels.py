"""The compiled inner loops of :mod:`synth.novelty.minhash`; importing this module loads numba.

They compute what that module's numpy code does, at a tenth of the price: on a few dozen numbers, numpy is all overhead.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.novelty.compiled import compiled

_U64 = NDArray[np.uint64]
_I64 = NDArray[np.int64]


@compiled
def sign(hashes: _U64, places: _U64, factors: _U64, in_band: _U64, band_numbers: _U64) -> _U64:
    """:func:`synth.novelty.minhash.bands`, with its constants; shapes: (tokens,), (3,), (bands * rows,), (rows,),
    (bands,).
    """
    tokens = hashes.shape[0]
    bands, rows = band_numbers.shape[0], in_band.shape[0]
    if tokens == 0:
        return np.empty(0, np.uint64)
    edge = places.shape[0] + 1
    padded = np.zeros(tokens + 2 * edge, np.uint64)
    padded[edge : edge + tokens] = hashes
    least = np.full(factors.shape[0], np.uint64(0xFFFFFFFFFFFFFFFF))
    for start in range(tokens + edge):
        pair = padded[start] * places[0] + padded[start + 1]
        next_pair = padded[start + 2] * places[0] + padded[start + 3]
        gram = (pair * places[1] + next_pair) * places[2] + padded[start + 4]
        for which in range(factors.shape[0]):
            least[which] = min(least[which], gram * factors[which])
    keys = band_numbers.copy()
    for band in range(bands):
        for row in range(rows):
            keys[band] += least[band * rows + row] * in_band[row]
    return keys


@compiled
def find(keys: _U64, wanted: _U64, begins: _I64) -> int:
    """Write where each of ``wanted`` that is among the sorted ``keys`` begins to ``begins``; return how many are.

    Keys are hashes and lie evenly, so each is looked for around where it should lie, in steps that double.
    """
    found = 0
    size = keys.shape[0]
    for which in range(wanted.shape[0]):
        key = wanted[which]
        around: Any = np.int64(((key >> np.uint64(32)) * np.uint64(size)) >> np.uint64(32))
        low = high = around
        step = 64
        while low > 0 and keys[low - 1] >= key:
            low = max(0, low - step)
            step *= 2
        step = 64
        while high < size and keys[high] < key:
            high = min(size, high + step)
            step *= 2
        while low < high:
            middle = (low + high) >> 1
            if keys[middle] < key:
                low = middle + 1
            else:
                high = middle
        if low < keys.shape[0] and keys[low] == key:
            begins[found] = low
            found += 1
    return found
