"""The compiled inner loops of :mod:`synth.novelty.rouge`; importing this module loads numba.

Everything here works on plain arrays. Tokens are numbers; texts that are compared have at least one. What a function
calls ``packed`` are arrays by :func:`synth.novelty.packing.packed`, in the order that it opens them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth.novelty.compiled import compiled, i32, i64, i64_table, u32, u64, u64_table
from synth.novelty.vocabulary_kernels import read

_U8 = NDArray[np.uint8]
_U64 = NDArray[np.uint64]
_U32 = NDArray[np.uint32]
_I64 = NDArray[np.int64]
_I32 = NDArray[np.int32]


@compiled
def popcount(word: Any) -> Any:
    """The number of one bits of a uint64; LLVM recognises this form and emits one instruction."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@compiled
def _place_query(query: _I64, slot: _I32, masks: _U64, bits: _U64) -> int:
    """``masks[slot[t]]`` gets the bits of the places of token ``t`` in the query, ``bits`` the query's bitmaps.

    Slot 0 is for tokens that the query does not have; its mask is empty.

    Returns how many tokens are in no row (-1 in the query): each is a difference from any row, bitmaps apart.
    """
    masks[0, :] = np.uint64(0)
    bits[:] = np.uint64(0)
    distinct = 0
    unknown = 0
    for place in range(query.shape[0]):
        token = query[place]
        if token < 0:
            unknown += 1
            continue
        if slot[token] == 0:
            distinct += 1
            slot[token] = distinct
            masks[distinct, :] = np.uint64(0)
            bits[(token >> 6) & 3] |= np.uint64(1) << np.uint64(token & 63)
        masks[slot[token], place >> 6] |= np.uint64(1) << np.uint64(place & 63)
    bits[4] = bits[0] | bits[1] | bits[2] | bits[3]
    return unknown


@compiled
def _lift_query(query: _I64, slot: _I32) -> None:
    for place in range(query.shape[0]):
        if query[place] >= 0:
            slot[query[place]] = 0


@compiled
def _apart(wide: _U64, bits: _U64) -> int:
    """In how many bits two bitmaps differ."""
    return int(
        popcount(wide[0] ^ bits[0])
        + popcount(wide[1] ^ bits[1])
        + popcount(wide[2] ^ bits[2])
        + popcount(wide[3] ^ bits[3])
    )


@compiled
def _first_from(places: _U32, low: int, high: int, least: int) -> int:
    """The first of the sorted ``places[low:high]`` that is at least ``least``."""
    while low < high:
        middle = (low + high) >> 1
        if np.int64(places[middle]) < least:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _lcs(row: _U32, slot: _I32, masks: _U64, state: _U64) -> int:
    """Length of the longest common subsequence, 64 cells of the table at a time (Hyyrö 2004)."""
    words = masks.shape[1]
    ones = np.uint64(0xFFFFFFFFFFFFFFFF)
    if words == 1:
        cells = ones
        for place in range(row.shape[0]):
            mask = masks[slot[row[place]], 0]
            cells = (cells + (cells & mask)) | (cells & ~mask)
        return int(popcount(~cells))
    state[:words] = ones
    for place in range(row.shape[0]):
        which = slot[row[place]]
        if which:
            carry = np.uint64(0)
            for word in range(words):
                cells = state[word]
                mask = masks[which, word]
                total = cells + (cells & mask)
                overflow = total < cells
                total += carry
                carry = np.uint64(overflow or total < carry)
                state[word] = total | (cells & ~mask)
    length = 0
    for word in range(words):
        length += int(popcount(~state[word]))
    return length


@compiled
def _met_before(row: _U32, rank: int, slot: _I32, rank_of: _I32) -> bool:
    """Whether the row shares a rarer token with the query: then it was met in that one's list."""
    for place in range(row.shape[0]):
        token = row[place]
        if slot[token] and rank_of[token] < rank:
            return True
    return False


@compiled
def scan(query: _I64, packed_need: _I64, first: int, rows: int, packed_rows: _I64, packed_scratch: _I64) -> int:
    """Read rows ``first`` to ``rows`` in turn. Writes (place, LCS, size) of each that reaches the need.

    Leaves the query's bitmaps in the scratch: four words of 64, and the four in one.

    Returns how many there are, also where there is no room to write them all.
    """
    need, limit = i32(packed_need[0]), i32(packed_need[1])
    slot, masks, state, bits, out = _scratch(packed_scratch, query.shape[0])
    unknown = _place_query(query, slot, masks, bits)
    found = _scan(unknown, bits, need, limit, first, rows, packed_rows, slot, masks, state, 0, 0, out)
    _lift_query(query, slot)
    return found


@compiled
def search(
    octets: _U8,
    packed_table: _I64,
    packed_needs: _I64,
    packed_segment: _I64,
    tail_first: int,
    tail_rows: int,
    packed_tail: _I64,
    packed_scratch: _I64,
) -> int:
    """As :func:`scan`, of a segment and of rows of the tail after it, whose places are counted on from the segment's.

    All in one call, since a call costs as much as reading a thousand rows: it reads the query's tokens, and finds the
    need of their number in ``packed_needs`` (:class:`synth.novelty.rouge_parts.Needs`). Leaves that number in the
    scratch's bits, after the bitmaps. Returns -2 and as much less where the scratch is too small or the need not made.
    """
    words, numbers = i64(packed_table[3])[0], i64(packed_scratch[5])
    length = read(octets, packed_table, numbers, False)
    if words > i32(packed_scratch[0]).shape[0]:
        return -2 - length
    if length > numbers.shape[0] or length >= packed_needs.shape[0] or packed_needs[length, 2, 0] == 0:
        return -2 - length
    need, limit, shortest = i32(packed_needs[length, 0]), i32(packed_needs[length, 1]), packed_needs[length, 2, 0]
    if shortest < 0:
        return 0
    query = numbers[:length]
    slot, masks, state, bits, out = _scratch(packed_scratch, length)
    unknown = _place_query(query, slot, masks, bits)
    bits[5] = length
    found = _search(query, unknown, bits, need, limit, shortest, packed_segment, slot, masks, state, out)
    found = _scan(
        unknown, bits, need, limit, tail_first, tail_rows, packed_tail,
        slot, masks, state, packed_segment[0, 1] // 4, found, out,
    )  # fmt: skip
    _lift_query(query, slot)
    return found


@compiled
def append(octets: _U8, packed_table: _I64, row: int, packed_rows: _I64) -> int:
    """Write a text as row number ``row``, for which there must be room; return how many tokens it has."""
    ends, narrows, wides, tokens = (
        i64(packed_rows[0]), u64(packed_rows[1]), u64_table(packed_rows[2], 4), u32(packed_rows[3])
    )  # fmt: skip
    begin = ends[row]
    length = read(octets, packed_table, tokens[begin:], True)
    ends[row + 1] = begin + length
    wides[row, :] = np.uint64(0)
    for place in range(begin, begin + length):
        token = np.int64(tokens[place])
        wides[row, (token >> 6) & 3] |= np.uint64(1) << np.uint64(token & 63)
    narrows[row] = wides[row, 0] | wides[row, 1] | wides[row, 2] | wides[row, 3]
    return length


@compiled
def _scratch(packed: _I64, length: int) -> Any:
    """slot, masks, state, bits, out: see :class:`synth.novelty.rouge_parts.Scratch`."""
    masks = u64_table(packed[1], (length + 63) >> 6)  # as many bits as the query takes, which leaves rows to spare
    return i32(packed[0]), masks, u64(packed[2]), u64(packed[3]), i64_table(packed[4], 3)


@compiled
def _scan(
    unknown: int,
    bits: _U64,
    need: _I32,
    limit: _I32,
    first: int,
    rows: int,
    packed: _I64,
    slot: _I32,
    masks: _U64,
    state: _U64,
    shift: int,
    found: int,
    out: _I64,
) -> int:
    ends, narrows, wides, tokens = i64(packed[0]), u64(packed[1]), u64_table(packed[2], 4), u32(packed[3])
    narrow = bits[4]
    longest = need.shape[0] - 1
    for place in range(first, rows):
        begin = ends[place]
        size = min(ends[place + 1] - begin, longest + 1)
        most = limit[size] - unknown
        if np.int64(popcount(narrows[place] ^ narrow)) > most or _apart(wides[place], bits) > most:
            continue
        common = _lcs(tokens[begin : begin + size], slot, masks, state)
        if common >= need[size]:
            if found < out.shape[0]:
                out[found, 0] = shift + place
                out[found, 1] = common
                out[found, 2] = size
            found += 1
    return found


@compiled
def _search(
    query: _I64,
    unknown: int,
    bits: _U64,
    need: _I32,
    limit: _I32,
    shortest: int,
    packed: _I64,
    slot: _I32,
    masks: _U64,
    state: _U64,
    out: _I64,
) -> int:
    """Rows sorted by size, reading only those that share one of the query's rarest tokens."""
    wides, tokens = u64_table(packed[0], 4), u32(packed[1])
    starts, token_starts = i64(packed[2]), i64(packed[3])
    rank_of, posting_starts = i32(packed[4]), i64(packed[5])
    posting_places, posting_sizes, posting_narrows = u32(packed[6]), u32(packed[7]), u64(packed[8])
    length = query.shape[0]
    longest = min(need.shape[0] - 1, starts.shape[0] - 2)
    if longest < shortest or starts[shortest] == starts[longest + 1]:
        return 0
    ranks = np.empty(length, np.int64)
    for place in range(length):
        token = query[place]
        ranks[place] = rank_of[token] if 0 <= token < rank_of.shape[0] else -1
    gap = length // 2
    while gap > 0:  # shell sort: np.sort costs seconds of compilation
        for place in range(gap, length):
            moving = ranks[place]
            to = place
            while to >= gap and ranks[to - gap] > moving:
                ranks[to] = ranks[to - gap]
                to -= gap
            ranks[to] = moving
        gap //= 2

    narrow = bits[4]
    long = masks.shape[1] > 1
    found = 0
    top = longest
    for place in range(length):
        # Beyond the first length - need + 1 of the query's tokens, rarest first, there is nothing that a row of this
        # size must share; need grows with the size, so the longest rows drop out first.
        while top >= shortest and need[top] > length - place:
            top -= 1
        if top < shortest:
            break
        rank = ranks[place]
        if rank < 0 or (place > 0 and ranks[place - 1] == rank):
            continue
        first_row = starts[shortest]
        last_row = starts[top + 1]
        begin = posting_starts[rank]
        end = posting_starts[rank + 1]
        begin = _first_from(posting_places, begin, end, first_row)
        end = _first_from(posting_places, begin, end, last_row)
        for entry in range(begin, end):
            size = np.int64(posting_sizes[entry])
            most = limit[size] - unknown
            if np.int64(popcount(posting_narrows[entry] ^ narrow)) > most:
                continue
            row = np.int64(posting_places[entry])
            if _apart(wides[row], bits) > most:
                continue
            first = token_starts[size] + (row - starts[size]) * size
            own = tokens[first : first + size]
            # Long texts share many tokens, and an LCS of theirs costs more than to see whether it was computed before.
            if long and _met_before(own, rank, slot, rank_of):
                continue
            common = _lcs(own, slot, masks, state)
            if common >= need[size] and (long or not _met_before(own, rank, slot, rank_of)):
                if found < out.shape[0]:
                    out[found, 0] = row
                    out[found, 1] = common
                    out[found, 2] = size
                found += 1
    return found
