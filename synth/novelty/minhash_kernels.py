"""The compiled inner loops of :mod:`synth.novelty.minhash`; importing this module loads numba.

They compute what that module's numpy code does, at a tenth of the price: on a few dozen numbers, numpy is all overhead.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.novelty.compiled import compiled, u64
from synth.novelty.vocabulary_kernels import hashed

_U8 = NDArray[np.uint8]
_U64 = NDArray[np.uint64]
_I64 = NDArray[np.int64]


@compiled
def sign(octets: _U8, packed: _I64) -> _U64:
    """:func:`synth.novelty.minhash.bands` of a text's octets, with its packed constants."""
    places, factors, in_band, band_numbers = u64(packed[0]), u64(packed[1]), u64(packed[2]), u64(packed[3])
    zero = np.uint64(0)
    least = np.full(factors.shape[0], ~zero)
    window = np.zeros(places.shape[0] + 1, np.uint64)  # the tokens before the one that is read
    tokens = 0
    end = 0
    while True:
        begin = end
        while begin < octets.shape[0] and octets[begin] == _SPACE:
            begin += 1
        if begin == octets.shape[0]:
            break
        end = begin
        while end < octets.shape[0] and octets[end] != _SPACE:
            end += 1
        _shingle(hashed(octets, begin, end), window, places, factors, least)
        tokens += 1
    if not tokens:
        return np.empty(0, np.uint64)
    for _ in range(window.shape[0]):
        _shingle(zero, window, places, factors, least)
    rows = in_band.shape[0]
    keys: _U64 = band_numbers.copy()
    for band in range(keys.shape[0]):
        for row in range(rows):
            keys[band] += least[band * rows + row] * in_band[row]
    return keys


_SPACE = 32


@compiled
def _shingle(value: Any, window: _U64, places: _U64, factors: _U64, least: _U64) -> None:
    """Sign the shingle that ends with a token, and move on to the next."""
    pair = window[0] * places[0] + window[1]
    next_pair = window[2] * places[0] + window[3]
    gram = (pair * places[1] + next_pair) * places[2] + value
    for which in range(factors.shape[0]):
        least[which] = min(least[which], gram * factors[which])
    window[0], window[1], window[2], window[3] = window[1], window[2], window[3], value


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
