"""The tokens of an index and their numbers, by first appearance: a dict for a small pool, arrays for compiled code."""

from __future__ import annotations

import importlib
import itertools
import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synth.novelty.packing import packed


def words_of(octets: bytes) -> tuple[str, ...]:
    """The tokens of a text given as :func:`synth.text.token_octets`."""
    return tuple(octets.decode().split())


class Vocabulary:
    """As a dict."""

    def __init__(self, words: Sequence[str] = ()) -> None:
        self.words = list(words)
        self._numbers = {word.encode(): number for number, word in enumerate(self.words)}
        self._last: tuple[bytes, list[int]] = b"", []

    def __len__(self) -> int:
        return len(self.words)

    def since(self, count: int) -> Sequence[str]:
        """The tokens after the first ``count``."""
        return self.words[count:]

    def add(self, octets: bytes) -> list[int]:
        """The numbers of a text's tokens; new ones get the next numbers."""
        found = self.find(octets)
        if -1 in found:
            numbers = self._numbers
            for token in octets.split():
                if token not in numbers:
                    numbers[token] = len(numbers)
                    self.words.append(token.decode())
            self._last = b"", []
            found = self.find(octets)
        return found

    def find(self, octets: bytes) -> list[int]:
        """The numbers of a text's tokens, -1 for one that is not there."""
        if self._last[0] != octets:  # what is added was looked for just before, as a rule
            self._last = octets, list(map(self._numbers.get, octets.split(), _NONE))
        return self._last[1]


_NONE = itertools.repeat(-1)


class Table:
    """As a hash table over the tokens' octets, which the compiled search reads and the compiled addition writes.

    Token number w is ``octets[ends[w]:ends[w + 1]]``. It lies in the first free one of the ``slots`` from its hash on,
    as w + 1, so that 0 is free; ``count`` is how many there are.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._kernels = importlib.import_module("synth.novelty.vocabulary_kernels")  # and numba with it
        encoded = [word.encode() for word in words]
        self._words = list(words)
        self._listing = threading.Lock()
        self._octets = np.frombuffer(b"".join(encoded), np.uint8)
        self._ends = np.concatenate([[0], np.cumsum([len(word) for word in encoded], dtype=np.int64)])
        self._slots: NDArray[np.uint32] = np.zeros(0, np.uint32)
        self._count = np.array([len(encoded)])
        self._grow(0)

    def __len__(self) -> int:
        return int(self._count[0])

    @property
    def words(self) -> list[str]:
        """All tokens."""
        with self._listing:  # an index is saved in a thread, while drafts are screened
            known = len(self._words)
            if known < len(self):
                ends = self._ends[known : len(self) + 1].tolist()
                new = self._octets[ends[0] : ends[-1]].tobytes()
                self._words += [
                    new[begin - ends[0] : end - ends[0]].decode() for begin, end in itertools.pairwise(ends)
                ]
        return self._words

    def since(self, count: int) -> Sequence[str]:
        """The tokens after the first ``count``."""
        return self.words[count:]

    def find(self, octets: NDArray[np.uint8], numbers: NDArray[np.int64]) -> int:
        """Write the numbers of a text's tokens to ``numbers``, -1 for one that is not there; return how many there are.

        If they are more than there is room for, the first ones are written.
        """
        length: int = self._kernels.read(octets, self.packed, numbers, False)
        return length

    def reserve(self, size: int) -> None:
        """Make room for the tokens of a text of so many octets."""
        tokens = size // 2 + 1
        last = len(self)
        if (
            last + tokens >= len(self._ends)
            or 2 * (last + tokens) > len(self._slots)
            or self._ends[last] + size > len(self._octets)
        ):
            self._grow(size)

    def _grow(self, size: int) -> None:
        """Twice the room that is needed."""
        last = len(self)
        tokens = 2 * (last + size // 2 + _FEW)
        used = int(self._ends[last])
        self._ends = np.concatenate([self._ends[: last + 1], np.zeros(tokens - last, np.int64)])
        self._octets = np.concatenate([self._octets[:used], np.zeros(used + 2 * size + 8 * _FEW, np.uint8)])
        self._slots = np.zeros(1 << (2 * tokens).bit_length(), np.uint32)
        self.packed = packed("u32 i64 u8 i64", self._slots, self._ends, self._octets, self._count)
        self._kernels.place_words(self.packed)


_FEW = 512
"""Tokens for which there is room at least."""
