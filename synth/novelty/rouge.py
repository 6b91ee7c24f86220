"""The exact ROUGE-L novelty index: the pool row most like a candidate, as comparing with every row would find it.

ROUGE-L (Lin 2004) is the F-measure of the longest common subsequence (LCS) of two token lists. Self-Instruct (Wang et
al. 2022) rejects a new instruction whose ROUGE-L with any pool row is over 0.7, and compares with each row in turn,
36 µs a row. This index gives the same decisions and scores (``rouge_score``'s own floating-point expression) and
leaves out only rows that cannot be hits. With n and m tokens, a score over t needs an LCS of at least
``need(n, m)``, about ``t (n + m) / 2``; the bounds, cheapest first:

==============  ==================================================================================================
length          need(n, m) <= min(n, m)
rarest tokens   two texts with ``need`` tokens in common share one of the first ``n - need + 1`` tokens of the one and
                the first ``m - need + 1`` of the other, in any common order; rarest first keeps the lists to read
                short (prefix filter, Chaudhuri et al. 2006)
bitmap          tokens set bits of a bitmap; ``2 · overlap <= n + m - hamming distance``: first 64 bits, which
                lie in the list itself, then 256
LCS             64 cells at a time (Hyyrö 2004)
==============  ==================================================================================================

Rows are added one at a time to a small *tail*, which is scanned flat. A full tail becomes a *segment* with lists by
token, and segments of like size are merged, so that a row is sorted anew only a logarithmic number of times. A small
pool needs no compiled code: up to 8,192 rows, numpy and rapidfuzz scan the tail, and numba is not even imported.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import LCSseq

from synth.novelty.store import Columns, Store, Vocabulary, damaged, load_columns

THRESHOLD = 0.7
"""Self-Instruct's: over it a new instruction is not novel."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A row that a query was compared with; ``row`` counts from 0 in the order of adding."""

    id: str
    row: int
    score: float
    tokens: tuple[str, ...]


def rouge_l(first: Sequence[str], second: Sequence[str]) -> float:
    """The ROUGE-L F-measure of two token lists, to the last bit what ``rouge_score`` computes."""
    return _f_measure(LCSseq.similarity(first, second), len(first), len(second))


class RougeIndex:
    """Rows of tokens, and which of them is nearest to a query.

    ``threshold`` is the least one that :meth:`nearest_over` is fast for; under it a query reads every row.
    """

    def __init__(self, threshold: float = THRESHOLD) -> None:
        if not 0 < threshold <= 1:
            raise ValueError(f"a ROUGE-L threshold lies in (0, 1]; got {threshold}")
        self.threshold = threshold
        self._vocabulary = Vocabulary()
        self._segments: list[_Segment] = []
        self._tail = _Tail(0, compiled=False)
        self._scratch = _Scratch()
        self._store = Store("rouge-l", _FORMAT)

    def __len__(self) -> int:
        return self._tail.first_row + self._tail.rows

    def add(self, row_id: str, tokens: Sequence[str]) -> None:
        """Append a row. Ids need not be distinct; they hold no NUL."""
        row = self._vocabulary.add(tokens)
        self._tail.add(row_id, row, _bits(row))
        if self._tail.rows == self._tail.capacity:
            self._close_tail()

    def nearest_over(
        self,
        tokens: Sequence[str],
        threshold: float | None = None,
        exclude: Collection[str] = frozenset(),
        start: int = 0,
    ) -> Hit | None:
        """The row with the highest ROUGE-L over ``threshold`` (default: the index's own); of equals, the first.

        Rows whose id is in ``exclude``, and rows before number ``start``, do not count.
        """
        threshold = self.threshold if threshold is None else threshold
        if threshold < self.threshold:
            nearest = self.top_k(tokens, 1, exclude, start)
            return nearest[0] if nearest and nearest[0].score > threshold else None
        need = _need(threshold, len(tokens))
        if need is None:
            return None
        query = self._query(tokens)
        best: tuple[float, int, _Segment | _Tail, int, int] | None = None
        for part in self._parts(start):
            for place, common in part.over(query, need, start, self._scratch.sized(query, len(self._vocabulary))):
                closeness = -2 * common / (query.length + len(part.tokens_at(place)))
                row = part.row_of(place)
                better = best is None or (closeness, row) < best[:2]
                if better and row >= start and part.id_of(place) not in exclude:
                    best = (closeness, row, part, place, common)
        return None if best is None else self._hit(query, *best[2:])

    def top_k(self, tokens: Sequence[str], k: int, exclude: Collection[str] = frozenset(), start: int = 0) -> list[Hit]:
        """The ``k`` nearest rows, nearest first, however far; rows that share no token are left out.

        For reports, not for gates: it reads the bitmap of every row.
        """
        query = self._query(tokens)
        best: list[tuple[float, int, _Segment | _Tail, int, int]] = []
        for part in self._parts(start):
            for first in range(0, part.rows, _BLOCK):
                sizes = part.sizes(first, first + _BLOCK)
                apart = np.bitwise_count(part.wides[first : first + len(sizes)] ^ query.wide).sum(
                    axis=1, dtype=np.int64
                )
                most = np.minimum((query.length + sizes - apart) // 2, np.minimum(query.length, sizes))
                bounds = 2 * most / np.maximum(query.length + sizes, 1)
                floor = -best[-1][0] if len(best) == k else 0.0
                candidates = np.flatnonzero((bounds >= floor) & (most > 0))
                for offset in candidates[np.argsort(-bounds[candidates], kind="stable")].tolist():
                    if len(best) == k and bounds[offset] < -best[-1][0]:
                        break
                    place = first + offset
                    row = part.row_of(place)
                    if row < start or part.id_of(place) in exclude:
                        continue
                    common = LCSseq.similarity(query.numbers, part.tokens_at(place).tolist())
                    if common:
                        best.append((-2 * common / (query.length + int(sizes[offset])), row, part, place, common))
                        best.sort(key=lambda item: item[:2])
                        del best[k:]
        return [self._hit(query, part, place, common) for _, _, part, place, common in best]

    def save(self, directory: Path) -> None:
        """Write what is not yet there. A kill at any moment leaves the last saved state in force."""
        parts: dict[str, Columns] = {segment.name: segment for segment in self._segments}
        if self._tail.rows:
            parts[self._tail.name] = self._tail.as_rows()
        self._store.save(directory, self._vocabulary, parts, {"threshold": self.threshold, "rows": len(self)})

    @classmethod
    def open(cls, directory: Path) -> RougeIndex:
        """The index as it was last saved. Rows stay on disk, mapped into memory; only the vocabulary is read.

        Raises RunFolderError where there is none, or a damaged one: it is a cache, to be built again.
        """
        store = Store("rouge-l", _FORMAT)
        state, vocabulary = store.open(directory)
        index = cls(state["threshold"])
        index._store, index._vocabulary = store, vocabulary
        tails = [name for name in state["parts"] if name.startswith("tail-")]
        index._segments = [load_columns(directory, name, _Segment) for name in state["parts"] if name not in tails]
        index._tail = _Tail(sum(segment.rows for segment in index._segments), compiled=bool(index._segments))
        for name in tails:
            index._tail.extend(load_columns(directory, name, _Rows))
        if len(index) != state["rows"]:
            raise damaged(directory, f"{len(index)} of {state['rows']} rows")
        return index

    def _parts(self, start: int) -> Iterator[_Segment | _Tail]:
        """Segments and tail with rows from ``start`` on, in order of rows."""
        parts: list[_Segment | _Tail] = [*self._segments, self._tail]
        for part in parts:
            if part.rows and part.first_row + part.rows > start:
                yield part

    def _query(self, tokens: Sequence[str]) -> _Query:
        row = self._vocabulary.find(tokens)
        # A token that no row has sets a bit too: it is a difference to every row.
        return _Query(row, _bits(row))

    def _hit(self, query: _Query, part: _Segment | _Tail, place: int, common: int) -> Hit:
        numbers = part.tokens_at(place).tolist()
        score = _f_measure(common, query.length, len(numbers))
        return Hit(
            part.id_of(place), part.row_of(place), score, tuple(self._vocabulary.words[number] for number in numbers)
        )

    def _close_tail(self) -> None:
        self._segments.append(_Segment.build([self._tail], len(self._vocabulary), self.threshold))
        self._tail = _Tail(len(self), compiled=True)
        while len(self._segments) > 1 and self._segments[-2].rows < _MERGE * self._segments[-1].rows:
            last = [self._segments.pop(), self._segments.pop()]
            self._segments.append(_Segment.build(last[::-1], len(self._vocabulary), self.threshold))


_SMALL_POOL = 8192
"""Rows of the tail before the first segment is made, and with it numba loaded: 0.4 s, 3 s where nothing is cached."""

_TAIL_ROWS = 4096
"""Rows of the tail after that: scanned in 2 µs."""

_MERGE = 4
"""A segment is merged with the one before it when that has less than this many times its rows."""

_NARROW_TOKENS = 24
"""Tokens up to which 64 bits tell rows apart; the small tail reads 256 bits for more."""

_BLOCK = 1 << 18
"""Rows whose bounds are computed at once for a report."""

_FORMAT = 1

_U64 = NDArray[np.uint64]
_U32 = NDArray[np.uint32]
_I64 = NDArray[np.int64]
_I32 = NDArray[np.int32]


def _f_measure(common: int, first: int, second: int) -> float:
    """``rouge_score``'s expression; 14 of 14 and 26 tokens give 0.7000000000000001, as they do there."""
    if not common:
        return 0.0
    precision, recall = common / second, common / first
    return 2 * precision * recall / (precision + recall)


@dataclass(frozen=True, slots=True)
class _Need:
    """What a hit takes for a query of one length: ``need[m]`` common tokens with a row of m tokens.

    ``limit[m]`` is how many bits the bitmaps may differ in, ``loosest[m]`` the highest limit of rows up to m tokens.
    Rows have ``shortest`` to ``longest`` tokens, and the arrays end there.
    """

    need: _I32
    limit: _I32
    loosest: _I32
    shortest: int

    @property
    def longest(self) -> int:
        return len(self.need) - 1


@functools.lru_cache(maxsize=4096)
def _need(threshold: float, length: int) -> _Need | None:
    """None where no row can be over the threshold. Decided by the expression of :func:`_f_measure` itself."""
    if not length:
        return None
    sizes = np.arange(1, math.ceil(length * (2 - threshold) / threshold) + 2)
    common = np.maximum(np.floor(threshold * (length + sizes) / 2).astype(np.int64) - 1, 1)
    for _ in range(3):  # the real bound is within rounding of the guess plus one or two
        precision, recall = common / sizes, common / length
        common = common + (2 * precision * recall / (precision + recall) <= threshold)
    possible = np.flatnonzero(common <= np.minimum(sizes, length))
    if not len(possible):
        return None
    shortest, longest = int(possible[0]) + 1, int(possible[-1]) + 1
    need = np.zeros(longest + 1, np.int32)
    need[1:] = common[:longest]
    limit = (length + np.arange(longest + 1) - 2 * need).astype(np.int32)
    limit[:shortest] = -1
    return _Need(need, limit, np.maximum.accumulate(limit), shortest)


_BIT = [1 << number for number in range(256)]


def _bits(numbers: Sequence[int]) -> int:
    """A bitmap of 256 bits. The commonest words are met first and have the lowest numbers: a bit each of their own."""
    bits = 0
    for number in numbers:
        bits |= _BIT[number & 255]
    return bits


class _Query:
    """``numbers`` holds -1 for a token that no row has."""

    def __init__(self, numbers: list[int], bits: int) -> None:
        self.numbers = numbers
        self.length = len(numbers)
        self.wide = _as_words(bits)
        self.narrow = _folded(bits)

    @functools.cached_property
    def array(self) -> _I64:
        return np.array(self.numbers)


def _as_words(bits: int) -> _U64:
    return np.frombuffer(bytearray(bits.to_bytes(32, "little")), np.uint64)


def _folded(bits: int) -> np.uint64:
    bits |= bits >> 128
    return np.uint64((bits | bits >> 64) & 0xFFFFFFFFFFFFFFFF)


class _Scratch:
    """Arrays that the compiled searches work in, kept between queries."""

    def __init__(self) -> None:
        self.slot: _I32 = np.zeros(0, np.int32)
        self.masks: _U64 = np.empty((64, 1), np.uint64)
        self.state: _U64 = np.empty(1, np.uint64)
        self.out: _I64 = np.empty((64, 2), np.int64)

    def sized(self, query: _Query, words: int) -> _Scratch:
        """With a slot for each word of the vocabulary, and masks of as many bits as the query has tokens."""
        if len(self.slot) < words:
            self.slot = np.zeros(2 * words, np.int32)
        cells = -(-query.length // 64)
        if len(self.state) != cells:
            self.masks = np.empty((64 * cells, cells), np.uint64)
            self.state = np.empty(cells, np.uint64)
        return self

    def results(self, search: Callable[[], int]) -> list[tuple[int, int]]:
        """What ``search`` writes to ``out``, which grows until all fits."""
        while (found := search()) > len(self.out):
            self.out = np.empty((2 * found, 2), np.int64)
        return [(place, common) for place, common in self.out[:found].tolist()] if found else []


class _Tail:
    """The newest rows, in order, in memory."""

    def __init__(self, first_row: int, *, compiled: bool) -> None:
        self.first_row = first_row
        self.rows = 0
        self.capacity = _TAIL_ROWS if compiled else _SMALL_POOL
        self._compiled = compiled
        self._longest = 0
        self._ids: list[str] = []
        self._ends: _I64 = np.zeros(self.capacity + 1, np.int64)
        self._narrows: _U64 = np.zeros(self.capacity, np.uint64)
        self._wides: _U64 = np.zeros((self.capacity, 4), np.uint64)
        self._tokens: _U32 = np.zeros(16 * self.capacity, np.uint32)

    @property
    def name(self) -> str:
        return f"tail-{self.first_row}-{self.first_row + self.rows}"

    @property
    def wides(self) -> _U64:
        return self._wides[: self.rows]

    def add(self, row_id: str, numbers: Sequence[int], bits: int) -> None:
        begin = int(self._ends[self.rows])
        end = begin + len(numbers)
        if end > len(self._tokens):
            self._tokens = np.concatenate([self._tokens, np.zeros(end, np.uint32)])
        self._tokens[begin:end] = numbers
        self._ends[self.rows + 1] = end
        self._narrows[self.rows] = _folded(bits)
        self._wides[self.rows] = _as_words(bits)
        self._ids.append(row_id)
        self._longest = max(self._longest, len(numbers))
        self.rows += 1

    def over(self, query: _Query, need: _Need, start: int, scratch: _Scratch) -> Iterable[tuple[int, int]]:
        """(place, LCS) of the rows from ``start`` on that reach the need."""
        begin = max(start - self.first_row, 0)
        return self._scan_compiled(query, need, begin, scratch) if self._compiled else self._scan(query, need, begin)

    def _scan_compiled(self, query: _Query, need: _Need, begin: int, scratch: _Scratch) -> list[tuple[int, int]]:
        from synth.novelty.rouge_kernels import scan

        return scratch.results(
            lambda: scan(
                query.array, query.narrow, query.wide, need.need, need.limit, need.shortest, begin, self.rows,
                self._ends, self._narrows, self._wides, self._tokens,
                scratch.slot, scratch.masks, scratch.state, scratch.out,
            )
        )  # fmt: skip

    def _scan(self, query: _Query, need: _Need, begin: int) -> Iterator[tuple[int, int]]:
        if query.length <= _NARROW_TOKENS:
            apart = np.bitwise_count(self._narrows[begin : self.rows] ^ query.narrow)
        else:
            apart = np.bitwise_count(self._wides[begin : self.rows] ^ query.wide).sum(axis=1, dtype=np.uint16)
        near = (apart <= need.loosest[min(self._longest, need.longest)]).nonzero()[0]
        if not len(near):
            return
        sizes = self._ends[near + (begin + 1)] - self._ends[near + begin]
        near = near[(sizes <= need.longest) & (need.limit[np.minimum(sizes, need.longest)] >= apart[near])]
        for place in (near + begin).tolist():
            row = self.tokens_at(place).tolist()
            least = int(need.need[len(row)])
            common = LCSseq.similarity(query.numbers, row, score_cutoff=least)
            if common >= least:
                yield place, common

    def sizes(self, first: int, last: int) -> _I64:
        return np.diff(self._ends[first : min(last, self.rows) + 1])

    def row_of(self, place: int) -> int:
        return self.first_row + place

    def id_of(self, place: int) -> str:
        return self._ids[place]

    def tokens_at(self, place: int) -> _U32:
        return self._tokens[self._ends[place] : self._ends[place + 1]]

    def as_rows(self) -> _Rows:
        return _Rows(
            order=np.arange(self.rows, dtype=np.uint32),
            ids=np.array([row_id.encode() for row_id in self._ids], dtype=np.bytes_),
            sizes=self.sizes(0, self.rows),
            wides=self.wides,
            tokens=self._tokens[: self._ends[self.rows]],
        )

    def extend(self, rows: _Rows) -> None:
        ends = np.cumsum(rows.sizes).tolist()
        for row_id, size, end, wide in zip(rows.ids.tolist(), rows.sizes.tolist(), ends, rows.wides, strict=True):
            self.add(row_id.decode(), rows.tokens[end - size : end].tolist(), int.from_bytes(wide.tobytes(), "little"))


@dataclass(frozen=True)
class _Rows:
    """Rows as columns: number (from the first), id, number of tokens, bitmap; and all their tokens in a row."""

    order: _U32
    ids: NDArray[np.bytes_]
    sizes: _I64
    wides: _U64
    tokens: _U32


@dataclass(frozen=True)
class _Segment:
    """Rows that do not change any more, sorted by number of tokens, with lists of the rows by rarest tokens.

    Rows of m tokens lie at places ``starts[m]`` to ``starts[m + 1]``, their tokens from ``token_starts[m]`` on. The
    token of rank r (0: the rarest) has its list at ``posting_starts[r]`` to ``[r + 1]``, in order of place.
    """

    first: NDArray[np.int64]
    order: _U32
    ids: NDArray[np.bytes_]
    wides: _U64
    tokens: _U32
    starts: _I64
    token_starts: _I64
    rank_of: _I32
    posting_starts: _I64
    posting_places: _U32
    posting_narrows: _U64

    @classmethod
    def build(cls, parts: Sequence[_Tail | _Segment], words: int, threshold: float) -> _Segment:
        """One segment of the rows of ``parts``, which follow each other."""
        first_row = parts[0].first_row
        columns = [part.as_rows() for part in parts]
        sizes = np.concatenate([rows.sizes for rows in columns])
        order = np.concatenate(
            [rows.order + np.uint32(part.first_row - first_row) for part, rows in zip(parts, columns, strict=True)]
        )
        by_size = np.lexsort((order, sizes))
        starts = np.concatenate([[0], np.cumsum(np.bincount(sizes))])
        lengths = np.arange(len(starts) - 1)
        token_starts = np.concatenate([[0], np.cumsum(lengths * np.diff(starts))])
        old_ends = np.cumsum(sizes)
        sorted_sizes = sizes[by_size]
        shift = (old_ends - sizes)[by_size] - (np.cumsum(sorted_sizes) - sorted_sizes)
        tokens = np.concatenate([rows.tokens for rows in columns])
        tokens = tokens[np.arange(len(tokens)) + np.repeat(shift, sorted_sizes)]
        wides = np.concatenate([rows.wides for rows in columns])[by_size]

        counts = np.bincount(tokens, minlength=words)
        present = np.flatnonzero(counts)
        present = present[np.argsort(counts[present], kind="stable")]
        rank_of = np.full(words, -1, np.int32)
        rank_of[present] = np.arange(len(present), dtype=np.int32)
        ranks, places = _prefixes(rank_of[tokens], starts, token_starts, threshold)
        by_rank = np.argsort(ranks, kind="stable")
        places = places[by_rank]
        narrows = np.bitwise_or.reduce(wides, axis=1)
        return cls(
            first=np.array([first_row]),
            order=order[by_size],
            ids=np.concatenate([rows.ids for rows in columns])[by_size],
            wides=wides,
            tokens=tokens,
            starts=starts,
            token_starts=token_starts,
            rank_of=rank_of,
            posting_starts=np.concatenate([[0], np.cumsum(np.bincount(ranks, minlength=len(present)))]),
            posting_places=places,
            posting_narrows=narrows[places],
        )

    @property
    def first_row(self) -> int:
        return int(self.first[0])

    @property
    def rows(self) -> int:
        return len(self.order)

    @property
    def name(self) -> str:
        return f"segment-{self.first_row}-{self.first_row + self.rows}"

    def over(self, query: _Query, need: _Need, start: int, scratch: _Scratch) -> list[tuple[int, int]]:  # noqa: ARG002 - as the tail's; rows are not in order here
        """(place, LCS) of the rows that reach the need; a row may come more than once."""
        from synth.novelty.rouge_kernels import search

        return scratch.results(
            lambda: search(
                query.array, query.narrow, query.wide, need.need, need.limit, need.loosest, need.shortest,
                self.rank_of, self.posting_starts, self.posting_places, self.posting_narrows,
                self.starts, self.token_starts, self.wides, self.tokens,
                scratch.slot, scratch.masks, scratch.state, scratch.out,
            )
        )  # fmt: skip

    def sizes(self, first: int, last: int) -> _I64:
        places = np.arange(first, min(last, self.rows))
        return np.searchsorted(self.starts, places, side="right") - 1

    def row_of(self, place: int) -> int:
        return self.first_row + int(self.order[place])

    def id_of(self, place: int) -> str:
        row_id: bytes = self.ids[place]
        return row_id.decode()

    def tokens_at(self, place: int) -> _U32:
        size = int(np.searchsorted(self.starts, place, side="right")) - 1
        begin = int(self.token_starts[size]) + (place - int(self.starts[size])) * size
        return self.tokens[begin : begin + size]

    def as_rows(self) -> _Rows:
        return _Rows(self.order, self.ids, self.sizes(0, self.rows), self.wides, self.tokens)


def _prefixes(ranks: _I32, starts: _I64, token_starts: _I64, threshold: float) -> tuple[_I32, _U32]:
    """(rank, place) of each row's rarest tokens, as many as a hit must share one of; in order of place."""
    found_ranks: list[_I32] = [np.empty(0, np.int32)]
    found_places: list[_U32] = [np.empty(0, np.uint32)]
    for size in np.flatnonzero(np.diff(starts)).tolist():
        need = _need(threshold, size)
        if need is None:
            continue
        rows = ranks[token_starts[size] : token_starts[size + 1]].reshape(-1, size)
        rows = np.sort(rows, axis=1)[:, : size - int(need.need[need.shortest]) + 1]
        # A token that comes twice is listed once.
        fresh = np.ones(rows.shape, np.bool_)
        fresh[:, 1:] = rows[:, 1:] != rows[:, :-1]
        found_ranks.append(rows[fresh])
        found_places.append((fresh.nonzero()[0] + starts[size]).astype(np.uint32))
    return np.concatenate(found_ranks), np.concatenate(found_places)
