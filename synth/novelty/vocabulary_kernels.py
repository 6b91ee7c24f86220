"""The compiled loops that read the tokens of a text; importing this module loads numba."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.novelty.compiled import compiled, i64, u8, u32

_U8 = NDArray[np.uint8]
_U32 = NDArray[np.uint32]
_I64 = NDArray[np.int64]


@compiled
def read(octets: _U8, packed_table: _I64, numbers: Any, adding: bool) -> int:
    """Write the numbers of a text's tokens to ``numbers``, as far as there is room; return how many tokens there are.

    One that is not in the :class:`synth.novelty.vocabulary.Table` is -1, or is added, for which there must be room.
    """
    slots, ends, words, count = u32(packed_table[0]), i64(packed_table[1]), u8(packed_table[2]), i64(packed_table[3])
    size = octets.shape[0]
    found = 0
    end = 0
    while True:
        begin = end
        while begin < size and octets[begin] == _SPACE:
            begin += 1
        if begin == size:
            return found
        end = begin
        while end < size and octets[end] != _SPACE:
            end += 1
        if found < numbers.shape[0]:
            slot = _slot_of(octets, begin, end, slots, ends, words)
            number = np.int64(slots[slot]) - 1
            if number < 0 and adding:
                number = count[0]
                first = ends[number]
                for place in range(end - begin):
                    words[first + place] = octets[begin + place]
                ends[number + 1] = first + end - begin
                count[0] = number + 1
                slots[slot] = number + 1
            numbers[found] = number
        found += 1


@compiled
def place_words(packed_table: _I64) -> None:
    """Put every token of the table into its slot; all slots are free."""
    slots, ends, words, count = u32(packed_table[0]), i64(packed_table[1]), u8(packed_table[2]), i64(packed_table[3])
    last = np.int64(slots.shape[0] - 1)
    for number in range(count[0]):
        slot = np.int64(hashed(words, ends[number], ends[number + 1])) & last
        while slots[slot]:
            slot = (slot + 1) & last
        slots[slot] = number + 1


@compiled
def _slot_of(octets: _U8, begin: int, end: int, slots: _U32, ends: _I64, words: _U8) -> Any:
    """The slot of a token, or the free one where it belongs."""
    last = np.int64(slots.shape[0] - 1)
    slot = np.int64(hashed(octets, begin, end)) & last
    while slots[slot]:
        number = np.int64(slots[slot]) - 1
        first = ends[number]
        if ends[number + 1] - first == end - begin:
            place = 0
            while place < end - begin and words[first + place] == octets[begin + place]:
                place += 1
            if place == end - begin:
                return slot
        slot = (slot + 1) & last
    return slot


@compiled
def hashed(octets: _U8, begin: int, end: int) -> Any:
    """:func:`synth.novelty.minhash.token_hash` of a token."""
    value = np.uint64(0)
    eight = np.uint64(0)
    bits = np.uint64(0)
    for place in range(begin, end):
        eight |= np.uint64(octets[place]) << bits
        bits += np.uint64(8)
        if bits == np.uint64(64):
            value, eight, bits = _mixed(value ^ eight), np.uint64(0), np.uint64(0)
    return _mixed(value ^ eight) if bits else value


@compiled
def _mixed(value: Any) -> Any:
    value += np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


_SPACE = 32
