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
pool needs no compiled code: up to 2,048 rows, numpy and rapidfuzz scan the tail, and numba is not even imported.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from rapidfuzz.distance import LCSseq

from synth.novelty.rouge_parts import Needs, Rows, Scratch, Segment, Tail, f_measure, need_over
from synth.novelty.store import Columns, Store, damaged, load_columns
from synth.novelty.vocabulary import Table, Vocabulary
from synth.novelty.warm import SOON_LARGE, load_in_background

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
    return f_measure(LCSseq.similarity(first, second), len(first), len(second))


class RougeIndex:
    """Texts, as their :func:`synth.text.token_octets`, and which of them is nearest to another one.

    ``threshold`` is the one that :meth:`nearest_over` is fast for; with another, a query reads every row.
    """

    def __init__(self, threshold: float = THRESHOLD) -> None:
        if not 0 < threshold <= 1:
            raise ValueError(f"a ROUGE-L threshold lies in (0, 1]; got {threshold}")
        self.threshold = threshold
        self._vocabulary: Vocabulary | Table = Vocabulary()  # a table as soon as there is a segment
        self._segments: list[Segment] = []
        self._tail = Tail(0, _SMALL_POOL)
        self._needs = Needs(threshold)
        self._scratch = Scratch()
        self._store = Store("rouge-l", _FORMAT)

    def __len__(self) -> int:
        return self._tail.first_row + self._tail.rows

    def add(self, row_id: str, octets: bytes) -> None:
        """Append a row. Ids need not be distinct; they hold no NUL."""
        if isinstance(self._vocabulary, Table):
            self._tail.add_text(row_id, octets, self._vocabulary, self._scratch.kernels)
        else:
            self._tail.add_numbers(row_id, self._vocabulary.add(octets))
        if self._tail.rows == self._tail.capacity:
            self._close_tail()
        elif len(self) == SOON_LARGE:
            load_in_background(RougeIndex())

    def nearest_over(
        self, octets: bytes, threshold: float | None = None, exclude: Collection[str] = frozenset(), start: int = 0
    ) -> Hit | None:
        """The row with the highest ROUGE-L over ``threshold`` (default: the index's own); of equals, the first.

        Rows whose id is in ``exclude``, and rows before number ``start``, do not count.
        """
        threshold = self.threshold if threshold is None else threshold
        if threshold != self.threshold or threshold < _LOW or start >= self._tail.first_row:
            length, found = self._scan(octets, threshold, start)
        else:
            length, found = self._search(octets, start)
        return next(self._nearest(length, found, exclude, start), None) if found else None

    def top_k(self, octets: bytes, k: int, exclude: Collection[str] = frozenset(), start: int = 0) -> list[Hit]:
        """The ``k`` nearest rows, nearest first, however far; rows that have nothing in common are left out.

        For reports, not for gates: it reads every row, for lower and lower thresholds until k rows are over one.
        """
        nearest: list[Hit] = []
        for threshold in (0.7, 0.55, 0.4, 0.25, 0.1, 0.0):
            length, found = self._scan(octets, threshold, start)
            nearest = list(itertools.islice(self._nearest(length, found, exclude, start), k))
            # Of rows that score just the threshold, rounding may leave some out.
            if len(nearest) == k and nearest[-1].score > threshold + 1e-9:
                break
        return nearest

    def save(self, directory: Path) -> None:
        """Write what is not yet there. A kill at any moment leaves the last saved state in force."""
        parts: dict[str, Columns] = {segment.name: segment for segment in self._segments}
        if self._tail.rows:
            parts[self._tail.name] = self._tail.as_rows()
        self._store.save(directory, self._vocabulary, parts, {"threshold": self.threshold, "rows": len(self)})

    @classmethod
    def open(cls, directory: Path) -> RougeIndex:
        """The index as it was last saved. Segments stay on disk, mapped into memory; vocabulary and tail are read.

        Raises RunFolderError where there is none, or a damaged one: it is a cache, to be built again.
        """
        store = Store("rouge-l", _FORMAT)
        state, words = store.open(directory)
        index = cls(state["threshold"])
        index._store = store
        tails = [name for name in state["parts"] if name.startswith("tail-")]
        index._segments = [load_columns(directory, name, Segment) for name in state["parts"] if name not in tails]
        try:
            _ = [segment.packed for segment in index._segments]
        except ValueError as error:  # from a machine where numbers are of another size
            raise damaged(directory, str(error)) from error
        if index._segments:
            index._tail = Tail(sum(segment.rows for segment in index._segments), _TAIL_ROWS)
        index._vocabulary = Table(words) if index._segments else Vocabulary(words)
        for name in tails:
            rows = load_columns(directory, name, Rows)
            if len(rows.order) >= index._tail.capacity:
                raise damaged(directory, f"{name} should be a segment")
            index._tail.extend(rows)
        if len(index) != state["rows"]:
            raise damaged(directory, f"{len(index)} of {state['rows']} rows")
        return index

    def begins(self, ids: Sequence[str]) -> bool:
        """Whether the index's rows are the first of ``ids``, in this order."""
        if len(self) > len(ids):
            return False
        for part in self._parts():
            own = part.as_rows()
            theirs = [row_id.encode() for row_id in ids[part.first_row : part.first_row + part.rows]]
            if own.ids.tolist() != [theirs[place] for place in own.order.tolist()]:
                return False
        return True

    def _parts(self) -> list[Segment | Tail]:
        return [*self._segments, self._tail]

    def _search(self, octets: bytes, start: int) -> tuple[int, list[_Found]]:
        """How many tokens the text has, and all rows over the index's own threshold; by the lists."""
        vocabulary, scratch, tail = self._vocabulary, self._scratch, self._tail
        assert isinstance(vocabulary, Table)
        search = scratch.kernels.search
        text = np.frombuffer(octets, np.uint8)
        found: list[_Found] = []
        length = 0
        last = len(self._segments) - 1
        for which, segment in enumerate(self._segments):
            if segment.first_row + segment.rows <= start:
                continue
            tail_first = 0 if which == last else tail.rows
            while True:
                count = search(
                    text, vocabulary.packed, self._needs.packed, segment.packed,
                    tail_first, tail.rows, tail.packed, scratch.packed,
                )  # fmt: skip
                if count < 0:
                    length = -2 - count
                    if length > _LONG:
                        return self._scan(octets, self.threshold, start)
                    scratch.size(length, len(vocabulary))
                    self._needs.make(length)
                elif scratch.fits(count):
                    break
            if count:
                length = int(scratch.bits[5])
                for place, common, size in scratch.out[:count].tolist():
                    # Places beyond the last segment are the tail's.
                    at = (which, place) if place < segment.rows else (which + 1, place - segment.rows)
                    found.append(_found(length, *at, common, size))
        return length, found

    def _scan(self, octets: bytes, threshold: float, start: int) -> tuple[int, list[_Found]]:
        """The same for any threshold, reading every row."""
        if start >= len(self):
            return 0, []
        parts, vocabulary, scratch = self._parts(), self._vocabulary, self._scratch
        if isinstance(vocabulary, Vocabulary):
            numbers = vocabulary.find(octets)
            length = len(numbers)
        else:
            text = np.frombuffer(octets, np.uint8)
            scratch.size(0, len(vocabulary))
            while (length := vocabulary.find(text, scratch.query)) > len(scratch.query):
                scratch.size(length, 0)
        if threshold >= _LOW and length <= _LONG:
            need = need_over(threshold, length)
        else:  # with room for no longer rows than there are, and not kept
            need = need_over.__wrapped__(threshold, length, max(part.longest for part in parts))
        if need is None:
            return length, []
        if isinstance(vocabulary, Vocabulary):
            return length, [_found(length, 0, *row) for row in self._tail.over(numbers, need, start)]
        query = scratch.query[:length]
        return length, [
            _found(length, which, *row)
            for which, part in enumerate(parts)
            if part.first_row + part.rows > start
            for row in part.scan(query, need, start, scratch)
        ]

    def _nearest(self, length: int, found: list[_Found], exclude: Collection[str], start: int) -> Iterator[Hit]:
        """The hits that count, nearest first, rows that are equally near in the order of adding."""
        parts, word_of = self._parts(), self._vocabulary.words.__getitem__
        found.sort()
        end = 0
        while end < len(found):
            begin, end = end, end + 1
            while end < len(found) and found[end][0] == found[begin][0]:
                end += 1
            equals = found[begin:end]
            if len(equals) > 1:
                equals.sort(key=lambda one: parts[one[1]].row_of(one[2]))
            for _, which, place, common, size in equals:
                part = parts[which]
                row, row_id = part.row_of(place), part.id_of(place)
                if row >= start and row_id not in exclude:
                    words = tuple(map(word_of, part.tokens_at(place, size).tolist()))
                    yield Hit(row_id, row, f_measure(common, length, size), words)

    def _close_tail(self) -> None:
        words = len(self._vocabulary)
        self._segments.append(Segment.build([self._tail], words, self.threshold))
        self._tail = Tail(len(self), _TAIL_ROWS)
        if isinstance(self._vocabulary, Vocabulary):
            self._vocabulary = Table(self._vocabulary.words)
        while len(self._segments) > 1 and self._segments[-2].rows < max(
            _MERGE * self._segments[-1].rows, _ALWAYS_MERGED
        ):
            newer = self._segments.pop()
            self._segments[-1] = Segment.build([self._segments[-1], newer], words, self.threshold)


_LOW = 0.1
"""A threshold under which hits may be more than 19 times as long as a query."""

_LONG = 1024
"""Tokens of a query over which every row is read: its bitmaps tell little, and its need is large to keep."""

_SMALL_POOL = 2048
"""Rows of the tail before the first segment is made, and numba loaded for it: 0.4 s, 2.6 s where nothing is cached."""

_TAIL_ROWS = 2048
"""Rows of the tail after that."""

_MERGE = 4
"""A segment is merged with the one before it when that has less than this many times its rows."""

_ALWAYS_MERGED = 32768
"""A segment of fewer rows is merged with any that follows: sorting it anew costs less than a second list to read."""

_FORMAT = 2

_Found: TypeAlias = tuple[float, int, int, int, int]
"""A row that reaches the need: minus its score, which part it is in, its place there, the LCS, its size.

The score is 2 · LCS / (n + m), equal for rows that are equally near, as :func:`f_measure` is not to the last bit.
"""


def _found(length: int, which: int, place: int, common: int, size: int) -> _Found:
    return -2 * common / (length + size), which, place, common, size
