"""What a ROUGE-L index is made of: the need of a query, the tail of newest rows, and segments of older ones."""

from __future__ import annotations

import functools
import importlib
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq

from synth.novelty.packing import packed
from synth.novelty.vocabulary import Table

U64 = NDArray[np.uint64]
U32 = NDArray[np.uint32]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]


def f_measure(common: int, first: int, second: int) -> float:
    """``rouge_score``'s expression: where the true value is 0.7, it may give 0.7000000000000001, and so does this.

    It is the same for both orders of the texts, since a product of two factors and their sum are.
    """
    if not common:
        return 0.0
    precision, recall = common / second, common / first
    return 2 * precision * recall / (precision + recall)


@dataclass(frozen=True, slots=True)
class Need:
    """What a hit takes for a query of one length: ``need[m]`` common tokens with a row of m tokens.

    Rows of ``shortest`` to ``len(need) - 1`` tokens can be hits. ``limit[m]`` is how many bits the bitmaps may differ
    in, -1 outside that range, where it has one place more; ``loosest[m]`` is the highest limit of rows up to m tokens.
    """

    need: I32
    limit: I32
    loosest: I32
    shortest: int
    packed: I64


@functools.lru_cache(maxsize=4096)
def need_over(threshold: float, length: int, longest: int = sys.maxsize) -> Need | None:
    """The need for a score over ``threshold`` with rows up to ``longest`` tokens; None if no row can be a hit.

    Decided by :func:`f_measure`'s expression itself, so a score that equals the threshold only there is one here too.
    """
    if threshold > 0:
        longest = min(longest, math.ceil(length * (2 - threshold) / threshold) + 1)
    if not length or not longest:
        return None
    sizes = np.arange(1, longest + 1)
    common = np.maximum(np.floor(threshold * (length + sizes) / 2).astype(np.int64) - 1, 1)
    for _ in range(3):  # the least LCS is that or up to three more
        precision, recall = common / sizes, common / length
        common = common + (2 * precision * recall / (precision + recall) <= threshold)
    possible = np.flatnonzero(common <= np.minimum(sizes, length))
    if not len(possible):
        return None
    shortest, longest = int(possible[0]) + 1, int(possible[-1]) + 1
    need = np.zeros(longest + 1, np.int32)
    need[1:] = common[:longest]
    limit = np.full(longest + 2, -1, np.int32)
    limit[shortest:-1] = length + np.arange(shortest, longest + 1) - 2 * need[shortest:]
    return Need(need, limit, np.maximum.accumulate(limit), shortest, packed("i32 i32", need, limit))


class Needs:
    """The needs of queries of all lengths, for one threshold, as compiled code reads them.

    A need is three pairs: what :func:`packed` made of it, and its shortest row, which is 0 where the need is not made
    yet and -1 where no row can be a hit.
    """

    def __init__(self, threshold: float) -> None:
        self.packed: I64 = np.zeros((0, 3, 2), np.int64)
        self._threshold = threshold
        self._made: list[Need] = []  # what is packed must live

    def make(self, length: int) -> None:
        if length < len(self.packed) and self.packed[length, 2, 0]:
            return
        if length >= len(self.packed):
            self.packed = np.concatenate([self.packed, np.zeros((length + 1, 3, 2), np.int64)])
        need = need_over(self._threshold, length)
        if need is None:
            self.packed[length, 2] = -1
        else:
            self._made.append(need)
            self.packed[length, :2], self.packed[length, 2] = need.packed, need.shortest


class Scratch:
    """Arrays that the compiled searches work in, kept between queries.

    ``slot`` has a place for each word of the vocabulary, ``masks`` the bits of a query's places by slot, ``state`` a
    row of an LCS, ``bits`` the query's bitmaps and length, ``out`` what was found: (place, LCS, size); ``query`` the
    numbers of its tokens.
    """

    def __init__(self) -> None:
        self.slot: I32 = np.zeros(0, np.int32)
        self.masks: U64 = np.empty(0, np.uint64)
        self.state: U64 = np.empty(0, np.uint64)
        self.bits: U64 = np.zeros(6, np.uint64)
        self.out: I64 = np.empty((64, 3), np.int64)
        self.query: I64 = np.empty(0, np.int64)
        self._pack()

    @functools.cached_property
    def kernels(self) -> ModuleType:
        """Imported, and numba with it, when a pool is no longer small."""
        return importlib.import_module("synth.novelty.rouge_kernels")

    def size(self, length: int, words: int) -> None:
        """Make room for a query of ``length`` tokens and a vocabulary of ``words``."""
        if len(self.slot) < words:
            self.slot = np.zeros(2 * words, np.int32)
            self._pack()
        if len(self.query) < length:
            cells = -(-length // 64)
            self.masks = np.empty((64 * cells + 1) * cells, np.uint64)
            self.state = np.empty(cells, np.uint64)
            self.query = np.empty(64 * cells, np.int64)
            self._pack()

    def fits(self, count: int) -> bool:
        """Whether all that a search has found could be written to ``out``, which grows where not."""
        if count <= len(self.out):
            return True
        self.out = np.empty((2 * count, 3), np.int64)
        self._pack()
        return False

    def _pack(self) -> None:
        self.packed = packed(
            "i32 u64 u64 u64 i64 i64", self.slot, self.masks, self.state, self.bits, self.out, self.query
        )


class Tail:
    """The newest rows, in order, in memory."""

    def __init__(self, first_row: int, capacity: int) -> None:
        self.first_row = first_row
        self.rows = 0
        self.capacity = capacity
        self.longest = 0
        self._ids: list[str] = []
        self._end = 0
        self._ends: I64 = np.zeros(capacity + 1, np.int64)
        self._narrows: U64 = np.zeros(capacity, np.uint64)
        self._wides: U64 = np.zeros((capacity, 4), np.uint64)
        self._tokens: U32 = np.zeros(16 * capacity, np.uint32)
        self.packed = self._pack()

    @property
    def name(self) -> str:
        return f"tail-{self.first_row}-{self.first_row + self.rows}"

    def add_numbers(self, row_id: str, numbers: Sequence[int]) -> None:
        """Append a row."""
        row, begin, end = self.rows, self._end, self._end + len(numbers)
        if end > len(self._tokens):
            self._tokens = np.concatenate([self._tokens, np.zeros(end, np.uint32)])
            self.packed = self._pack()
        self._tokens[begin:end] = numbers
        self._end = self._ends[row + 1] = end
        self._narrows[row], self._wides[row] = _bitmaps(numbers)
        self._ids.append(row_id)
        self.longest = max(self.longest, end - begin)
        self.rows = row + 1

    def add_text(self, row_id: str, octets: bytes, table: Table, kernels: ModuleType) -> None:
        """The same, of a text, by compiled code; its new tokens are added to the table."""
        table.reserve(len(octets))
        if self._end + len(octets) // 2 >= len(self._tokens):
            self._tokens = np.concatenate([self._tokens, np.zeros(self._end + len(octets), np.uint32)])
            self.packed = self._pack()
        length = kernels.append(np.frombuffer(octets, np.uint8), table.packed, self.rows, self.packed)
        self._end += length
        self._ids.append(row_id)
        self.longest = max(self.longest, length)
        self.rows += 1

    def over(self, query: Sequence[int], need: Need, start: int) -> Iterator[tuple[int, int, int]]:
        """(place, LCS, size) of the rows from number ``start`` on that reach the need.

        -1 in a query is a token of no row.
        """
        begin = max(start - self.first_row, 0)
        narrow, wide = _bitmaps([number for number in query if number >= 0])
        if len(query) <= _NARROW_TOKENS:
            apart = np.bitwise_count(self._narrows[begin : self.rows] ^ narrow)
        else:
            apart = np.bitwise_count(self._wides[begin : self.rows] ^ wide).sum(axis=1, dtype=np.uint16)
        unknown = query.count(-1)
        near = (apart <= need.loosest[min(self.longest, len(need.need) - 1)] - unknown).nonzero()[0] + begin
        if not len(near):
            return
        sizes = self._ends[near + 1] - self._ends[near]
        fits = sizes < len(need.need)
        near, sizes = near[fits], sizes[fits]
        for place in near[apart[near - begin] <= need.limit[sizes] - unknown].tolist():
            row = self._tokens[self._ends[place] : self._ends[place + 1]].tolist()
            least = int(need.need[len(row)])
            common = LCSseq.similarity(query, row, score_cutoff=least)
            if common >= least:
                yield place, common, len(row)

    def scan(self, query: I64, need: Need, start: int, scratch: Scratch) -> list[list[int]]:
        """The same, by compiled code."""
        first = max(start - self.first_row, 0)
        return _scanned(query, need, first, self.rows, self.packed, scratch)

    def _pack(self) -> I64:
        return packed("i64 u64 u64 u32", self._ends, self._narrows, self._wides, self._tokens)

    def row_of(self, place: int) -> int:
        return self.first_row + place

    def id_of(self, place: int) -> str:
        return self._ids[place]

    def tokens_at(self, place: int, size: int) -> U32:
        begin = int(self._ends[place])
        return self._tokens[begin : begin + size]

    def as_rows(self) -> Rows:
        return Rows(
            order=np.arange(self.rows, dtype=np.uint32),
            ids=np.array([row_id.encode() for row_id in self._ids], dtype=np.bytes_),
            sizes=np.diff(self._ends[: self.rows + 1]),
            wides=self._wides[: self.rows],
            tokens=self._tokens[: self._ends[self.rows]],
        )

    def extend(self, rows: Rows) -> None:
        ends = np.cumsum(rows.sizes).tolist()
        for row_id, size, end in zip(rows.ids.tolist(), rows.sizes.tolist(), ends, strict=True):
            self.add_numbers(row_id.decode(), rows.tokens[end - size : end].tolist())


@dataclass(frozen=True)
class Rows:
    """Rows as columns: number (from the first), id, number of tokens, bitmap; and all their tokens in a row."""

    order: U32
    ids: NDArray[np.bytes_]
    sizes: I64
    wides: U64
    tokens: U32


@dataclass(frozen=True)
class Segment:
    """Rows that do not change any more, sorted by number of tokens, with lists of the rows by rarest tokens.

    Rows of m tokens lie at places ``starts[m]`` to ``starts[m + 1]``, their tokens from ``token_starts[m]`` on. The
    token of rank r (0: the rarest) has its list at ``posting_starts[r]`` to ``[r + 1]``, in order of place.
    """

    first: I64
    order: U32
    ids: NDArray[np.bytes_]
    wides: U64
    tokens: U32
    starts: I64
    token_starts: I64
    rank_of: I32
    posting_starts: I64
    posting_places: U32
    posting_sizes: U32
    posting_narrows: U64

    @classmethod
    def build(cls, parts: Sequence[Tail | Segment], words: int, threshold: float) -> Segment:
        """One segment of the rows of ``parts``, which follow each other. ``words`` is the size of the vocabulary."""
        rows = _joined(parts)
        by_size = np.lexsort((rows.order, rows.sizes))
        starts = np.concatenate([[0], np.cumsum(np.bincount(rows.sizes))])
        token_starts = np.concatenate([[0], np.cumsum(np.arange(len(starts) - 1) * np.diff(starts))])
        sizes = rows.sizes[by_size]
        moved = (np.cumsum(rows.sizes) - rows.sizes)[by_size] - (np.cumsum(sizes) - sizes)
        tokens = rows.tokens[np.arange(len(rows.tokens)) + np.repeat(moved, sizes)]
        wides = rows.wides[by_size]

        counts = np.bincount(tokens, minlength=words)
        present = np.flatnonzero(counts)
        rank_of = np.full(words, -1, np.int32)
        rank_of[present[np.argsort(counts[present], kind="stable")]] = np.arange(len(present), dtype=np.int32)
        ranks, places = _prefixes(rank_of[tokens], starts, token_starts, threshold)
        places = places[np.argsort(ranks, kind="stable")]
        return cls(
            first=np.array([parts[0].first_row]),
            order=rows.order[by_size],
            ids=rows.ids[by_size],
            wides=wides,
            tokens=tokens,
            starts=starts,
            token_starts=token_starts,
            rank_of=rank_of,
            posting_starts=np.concatenate([[0], np.cumsum(np.bincount(ranks, minlength=len(present)))]),
            posting_places=places,
            posting_sizes=sizes[places].astype(np.uint32),
            posting_narrows=np.bitwise_or.reduce(wides, axis=1)[places],
        )

    @functools.cached_property
    def first_row(self) -> int:
        return int(self.first[0])

    @functools.cached_property
    def rows(self) -> int:
        return len(self.order)

    @property
    def longest(self) -> int:
        return len(self.starts) - 2

    @property
    def name(self) -> str:
        return f"segment-{self.first_row}-{self.first_row + self.rows}"

    def scan(self, query: I64, need: Need, start: int, scratch: Scratch) -> list[list[int]]:  # noqa: ARG002 - places are not in the order of rows
        """(place, LCS, size) of the rows that reach the need, reading every row."""
        return _scanned(query, need, 0, self.rows, self._packed_rows, scratch)

    def row_of(self, place: int) -> int:
        return self.first_row + int(self.order[place])

    def id_of(self, place: int) -> str:
        row_id: bytes = self.ids[place]
        return row_id.decode()

    def tokens_at(self, place: int, size: int) -> U32:
        begin = int(self.token_starts[size]) + (place - int(self.starts[size])) * size
        return self.tokens[begin : begin + size]

    def as_rows(self) -> Rows:
        sizes = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        return Rows(self.order, self.ids, sizes, self.wides, self.tokens)

    @functools.cached_property
    def packed(self) -> I64:
        return packed(
            "u64 u32 i64 i64 i32 i64 u32 u32 u64",
            self.wides, self.tokens, self.starts, self.token_starts, self.rank_of,
            self.posting_starts, self.posting_places, self.posting_sizes, self.posting_narrows,
        )  # fmt: skip

    @functools.cached_property
    def _flat(self) -> tuple[I64, U64]:
        """The ends of the rows and their narrow bitmaps, for a scan."""
        return np.concatenate([[0], np.cumsum(self.as_rows().sizes)]), np.bitwise_or.reduce(self.wides, axis=1)

    @functools.cached_property
    def _packed_rows(self) -> I64:
        return packed("i64 u64 u64 u32", *self._flat, self.wides, self.tokens)


def _scanned(query: I64, need: Need, first: int, rows: int, packed_rows: I64, scratch: Scratch) -> list[list[int]]:
    scan = scratch.kernels.scan
    while not scratch.fits(count := scan(query, need.packed, first, rows, packed_rows, scratch.packed)):
        pass
    found: list[list[int]] = scratch.out[:count].tolist()
    return found


_NARROW_TOKENS = 24
"""Tokens of a query up to which 64 bits tell rows apart."""

_BIT = [1 << number for number in range(256)]


def _bitmaps(numbers: Iterable[int]) -> tuple[np.uint64, U64]:
    """64 and 256 bits: the words met first, which are the commonest, have a bit each of their own."""
    bits = 0
    for number in numbers:
        bits |= _BIT[number & 255]
    wide = np.frombuffer(bits.to_bytes(32, "little"), np.uint64)
    bits |= bits >> 128
    return np.uint64((bits | bits >> 64) & 0xFFFFFFFFFFFFFFFF), wide


def _joined(parts: Sequence[Tail | Segment]) -> Rows:
    rows = [part.as_rows() for part in parts]
    shifts = [np.uint32(part.first_row - parts[0].first_row) for part in parts]
    return Rows(
        order=np.concatenate([own.order + shift for own, shift in zip(rows, shifts, strict=True)]),
        ids=np.concatenate([own.ids for own in rows]),
        sizes=np.concatenate([own.sizes for own in rows]),
        wides=np.concatenate([own.wides for own in rows]),
        tokens=np.concatenate([own.tokens for own in rows]),
    )


def _prefixes(ranks: I32, starts: I64, token_starts: I64, threshold: float) -> tuple[I32, U32]:
    """(rank, place) of each row's rarest tokens, as many as a hit must share one of; in order of place."""
    found_ranks: list[I32] = [np.empty(0, np.int32)]
    found_places: list[U32] = [np.empty(0, np.uint32)]
    for size in np.flatnonzero(np.diff(starts)).tolist():
        need = need_over(threshold, size)
        if need is None:
            continue
        rows = ranks[token_starts[size] : token_starts[size + 1]].reshape(-1, size)
        # The need is least for the shortest query.
        rows = np.sort(rows, axis=1)[:, : size - int(need.need[need.shortest]) + 1]
        fresh = np.ones(rows.shape, np.bool_)  # a token that comes twice is listed once
        fresh[:, 1:] = rows[:, 1:] != rows[:, :-1]
        found_ranks.append(rows[fresh])
        found_places.append((fresh.nonzero()[0] + starts[size]).astype(np.uint32))
    return np.concatenate(found_ranks), np.concatenate(found_places)
