"""Near-duplicates: MinHash with banding (Broder 1997) finds candidates, the exact Jaccard of their shingles decides.

A text is the set of its 5-token shingles; at the edges they shrink (``synth.text.shingles``), so that short texts have
some too and two short texts do not collide unless they are the same. Two texts are near-duplicates from a Jaccard of
0.8 on. 12 bands of 5 rows make a pair of Jaccard 0.8 a candidate with probability 0.991, of 0.9 with 0.99998; since
each candidate is verified, precision is 1.

Signing and banding are done here rather than left to datasketch, whose objects cost 52 µs a row to sign and some 3 KB a
row to keep; its Redis storage serves a pool that machines share (:mod:`synth.novelty.shared_minhash`). A text is given
as :func:`synth.text.token_octets`: the tokens are hashed where they lie, and no dictionary is asked for any of them.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from synth.novelty.packing import packed
from synth.novelty.store import Columns, Store, damaged, load_columns
from synth.novelty.vocabulary import words_of
from synth.novelty.warm import SOON_LARGE, load_in_background
from synth.text import shingles

T = TypeVar("T")

THRESHOLD = 0.8
"""Jaccard from which two texts are near-duplicates."""

SHINGLE = 5
"""Tokens a shingle."""

BANDS, ROWS = 12, 5


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A row that is a near-duplicate; ``row`` counts from 0 in the order of adding, ``jaccard`` is exact."""

    id: str
    row: int
    jaccard: float
    tokens: tuple[str, ...]


def jaccard(first: Sequence[str], second: Sequence[str]) -> float:
    """The Jaccard similarity of the shingles of two token lists; 0.0 if both are empty."""
    return _jaccard(shingles(first, SHINGLE), shingles(second, SHINGLE))


class MinHashIndex:
    """Texts, as their :func:`synth.text.token_octets`, and which of them another one nearly duplicates."""

    def __init__(self, threshold: float = THRESHOLD) -> None:
        if not 0 < threshold <= 1:
            raise ValueError(f"a Jaccard threshold lies in (0, 1]; got {threshold}")
        self.threshold = threshold
        self._segments: list[_Segment] = []
        self._tail = _Tail(0)
        self._store = Store("minhash", _FORMAT)
        self._last: tuple[bytes, _U64] = (b"", np.zeros(0, np.uint64))

    def __len__(self) -> int:
        return self._tail.first_row + self._tail.rows

    def add(self, row_id: str, octets: bytes) -> None:
        """Append a row. Ids need not be distinct; they hold no NUL."""
        self._tail.add(row_id, octets, self._bands(octets))
        if self._tail.rows == _TAIL_ROWS:
            self._close_tail()
        elif len(self) == SOON_LARGE:
            load_in_background(MinHashIndex())

    def nearest_over(self, octets: bytes, exclude: Collection[str] = frozenset(), start: int = 0) -> Duplicate | None:
        """The row with the highest Jaccard, if that is at least the threshold; of equals, the first.

        Rows whose id is in ``exclude``, and rows before number ``start``, do not count.
        """
        bands = self._bands(octets)
        best: tuple[float, _Segment | _Tail, int] | None = None
        mine: set[tuple[bytes | None, ...]] = set()
        parts: list[_Segment | _Tail] = [*self._segments, self._tail]
        for part in parts:
            if part.first_row + part.rows <= start:
                continue
            for place in part.candidates(bands):
                row, row_id = part.first_row + place, part.id_of(place)
                if row < start or row_id in exclude:
                    continue
                mine = mine or shingles(octets.split(), SHINGLE)
                near = _jaccard(mine, shingles(part.octets_at(place).split(), SHINGLE))
                # Parts and places come in the order of rows, so the first of equals stays.
                if near >= self.threshold and (best is None or near > best[0]):
                    best = near, part, place
        if best is None:
            return None
        near, part, place = best
        return Duplicate(part.id_of(place), part.first_row + place, near, words_of(part.octets_at(place)))

    def save(self, directory: Path) -> None:
        """Write what is not yet there. A kill at any moment leaves the last saved state in force."""
        parts: dict[str, Columns] = {segment.name: segment for segment in self._segments}
        if self._tail.rows:
            tail = self._tail.as_segment()
            parts[tail.name.replace("segment", "tail")] = tail
        self._store.save(directory, None, parts, {"threshold": self.threshold, "rows": len(self)})

    @classmethod
    def open(cls, directory: Path) -> MinHashIndex:
        """The index as it was last saved. Rows stay on disk, mapped into memory.

        Raises RunFolderError where there is none, or a damaged one: it is a cache, to be built again.
        """
        store = Store("minhash", _FORMAT)
        state, _ = store.open(directory)
        index = cls(state["threshold"])
        index._store = store
        for name in state["parts"]:
            part = load_columns(directory, name, _Segment)
            if name.startswith("tail-"):
                index._tail = _Tail(part.first_row)
                index._tail.extend(part)
            else:
                index._segments.append(part)
                index._tail = _Tail(part.first_row + part.rows)
        if len(index) != state["rows"]:
            raise damaged(directory, f"{len(index)} of {state['rows']} rows")
        return index

    def begins(self, ids: Sequence[str]) -> bool:
        """Whether the index's rows are the first of ``ids``, in this order."""
        parts: list[_Segment | _Tail] = [*self._segments, self._tail]
        own = [part.id_of(place) for part in parts for place in range(part.rows)]
        return own == list(ids[: len(own)])

    def _bands(self, octets: bytes) -> _U64:
        """The text's bands; the last text's are kept, since what is admitted was judged just before."""
        if self._last[0] != octets:
            if self._segments:  # no small pool: what compiled code saves is more than it costs to load
                self._last = octets, _kernels().sign(np.frombuffer(octets, np.uint8), _PACKED)
            else:
                self._last = octets, bands(octets)
        return self._last[1]

    def _close_tail(self) -> None:
        self._segments.append(self._tail.as_segment())
        while len(self._segments) > 1 and self._segments[-2].rows < _MERGE * self._segments[-1].rows:
            newer = self._segments.pop()
            self._segments[-1] = self._segments[-1].followed_by(newer)
        self._tail = _Tail(len(self))


def bands(octets: bytes) -> NDArray[np.uint64]:
    """The band keys of a text, the same on every machine: none if it has no tokens.

    A shingle's hash mixes its tokens' by their places; a permutation multiplies it by an odd number modulo 2^64, and
    the least product counts; a band's key mixes five of those and its own number.
    """
    hashes = np.array(
        [_short_hash(token) if len(token) <= _SHORT else token_hash(token) for token in octets.split()], np.uint64
    )
    if not len(hashes):
        return hashes
    padded = np.zeros(len(hashes) + 2 * (SHINGLE - 1), np.uint64)
    padded[SHINGLE - 1 : 1 - SHINGLE] = hashes
    pairs = padded[:-1] * _PLACES[0] + padded[1:]
    fours = pairs[:-2] * _PLACES[1] + pairs[2:]
    grams = fours[:-1] * _PLACES[2] + padded[4:]
    least = (grams[:_BLOCK] * _FACTORS[:, None]).min(axis=1)
    for first in range(_BLOCK, len(grams), _BLOCK):
        np.minimum(least, (grams[first : first + _BLOCK] * _FACTORS[:, None]).min(axis=1), out=least)
    keys: _U64 = np.add.reduce(least.reshape(BANDS, ROWS) * _IN_BAND, axis=1) + _BAND_NUMBERS
    return keys


_U64 = NDArray[np.uint64]
_U32 = NDArray[np.uint32]
_U8 = NDArray[np.uint8]
_I64 = NDArray[np.int64]

_FORMAT = 3


_TAIL_ROWS = 2048
"""Rows whose bands lie in a dict, about 1 KB each; then they become a sorted column of 144 bytes a row."""

_MERGE = 4
"""A segment is merged with the one before it when that has less than this many times its rows."""

_BLOCK = 4096
"""Shingles signed at once, which bounds the memory that a very long text takes."""


def _constants(name: str, count: int) -> _U64:
    """Fixed odd 64-bit numbers: the index on disk, and other machines' shared ones, must agree on them."""
    digests = [blake2b(f"{name} {number}".encode(), digest_size=8).digest() for number in range(count)]
    return np.array([int.from_bytes(digest, "little") | 1 for digest in digests], np.uint64)


def token_hash(token: bytes) -> int:
    """Eight octets at a time, mixed as by splitmix64 (Steele et al. 2014)."""
    value = 0
    for place in range(0, len(token), 8):
        value = ((value ^ int.from_bytes(token[place : place + 8], "little")) + _GOLDEN) & _ALL
        value = ((value ^ (value >> 30)) * _MIX_1) & _ALL
        value = ((value ^ (value >> 27)) * _MIX_2) & _ALL
        value ^= value >> 31
    return value


_SHORT = 32
"""Octets of a token up to which its hash is kept."""

_short_hash = functools.lru_cache(maxsize=16384)(token_hash)  # the words of a small pool
_ALL = 0xFFFFFFFFFFFFFFFF
_GOLDEN, _MIX_1, _MIX_2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_PLACES = _constants("place", 3)
_FACTORS = _constants("factor", BANDS * ROWS)
_IN_BAND = _constants("in band", ROWS)
_BAND_NUMBERS = _constants("band", BANDS)
_PACKED = packed("u64 u64 u64 u64", _PLACES, _FACTORS, _IN_BAND, _BAND_NUMBERS)


@functools.cache
def _kernels() -> ModuleType:
    """Imported, and numba with it, when there is a segment."""
    return importlib.import_module("synth.novelty.minhash_kernels")


def _jaccard(first: set[tuple[T | None, ...]], second: set[tuple[T | None, ...]]) -> float:
    common = len(first & second)
    return common / (len(first) + len(second) - common) if common else 0.0


class _Tail:
    """The newest rows: which rows have a band, in a dict."""

    def __init__(self, first_row: int) -> None:
        self.first_row = first_row
        self._ids: list[str] = []
        self._rows: list[bytes] = []
        self._bands: list[_U64] = []
        self._places: dict[int, int | list[int]] = {}

    @property
    def rows(self) -> int:
        return len(self._ids)

    def add(self, row_id: str, octets: bytes, row_bands: _U64) -> None:
        places, row = self._places, self.rows
        for band in row_bands.tolist():
            others = places.setdefault(band, row)
            if others is not row:  # rare, so that most bands need no list of their own
                places[band] = [*others, row] if isinstance(others, list) else [others, row]
        self._ids.append(row_id)
        self._rows.append(octets)
        self._bands.append(row_bands)

    def candidates(self, row_bands: _U64) -> list[int]:
        found: set[int] = set()
        for band in self._places.keys() & row_bands.tolist():
            places = self._places[band]
            found.update(places if isinstance(places, list) else [places])
        return sorted(found)

    def id_of(self, place: int) -> str:
        return self._ids[place]

    def octets_at(self, place: int) -> bytes:
        return self._rows[place]

    def as_segment(self) -> _Segment:
        counts = [len(row_bands) for row_bands in self._bands]
        keys = np.concatenate(self._bands)
        order = np.argsort(keys, kind="stable")
        return _Segment(
            first=np.array([self.first_row]),
            ids=np.array([row_id.encode() for row_id in self._ids], dtype=np.bytes_),
            ends=np.concatenate([[0], np.cumsum([len(row) for row in self._rows])]),
            octets=np.frombuffer(b"".join(self._rows), np.uint8),
            keys=keys[order],
            places=np.repeat(np.arange(self.rows, dtype=np.uint32), counts)[order],
        )

    def extend(self, rows: _Segment) -> None:
        order = np.argsort(rows.places, kind="stable")
        starts = np.searchsorted(rows.places[order], np.arange(rows.rows + 1))
        for place in range(rows.rows):
            own = rows.keys[order[starts[place] : starts[place + 1]]]
            self.add(rows.id_of(place), rows.octets_at(place), own)


@dataclass(frozen=True)
class _Segment:
    """Rows that do not change any more: ``keys`` are all their bands, sorted, ``places`` the rows that they are of."""

    first: _I64
    ids: NDArray[np.bytes_]
    ends: _I64
    octets: _U8
    keys: _U64
    places: _U32

    @property
    def first_row(self) -> int:
        return int(self.first[0])

    @property
    def rows(self) -> int:
        return len(self.ids)

    @property
    def name(self) -> str:
        return f"segment-{self.first_row}-{self.first_row + self.rows}"

    def candidates(self, row_bands: _U64) -> list[int]:
        begins = np.empty(BANDS, np.int64)
        count = _kernels().find(self.keys, row_bands, begins)
        found: set[int] = set()
        for begin in begins[:count].tolist() if count else ():
            end = begin + int(np.searchsorted(self.keys[begin:], self.keys[begin], side="right"))
            found.update(self.places[begin:end].tolist())
        return sorted(found)

    def id_of(self, place: int) -> str:
        row_id: bytes = self.ids[place]
        return row_id.decode()

    def octets_at(self, place: int) -> bytes:
        return self.octets[self.ends[place] : self.ends[place + 1]].tobytes()

    def followed_by(self, newer: _Segment) -> _Segment:
        keys = np.concatenate([self.keys, newer.keys])
        order = np.argsort(keys, kind="stable")
        return _Segment(
            first=self.first,
            ids=np.concatenate([self.ids, newer.ids]),
            ends=np.concatenate([self.ends, newer.ends[1:] + self.ends[-1]]),
            octets=np.concatenate([self.octets, newer.octets]),
            keys=keys[order],
            places=np.concatenate([self.places, newer.places + np.uint32(self.rows)])[order],
        )
