"""Compiled code, loaded before it is needed: that takes 0.4 s, and 3 s where no machine code is cached."""

from __future__ import annotations

import threading
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

SOON_LARGE = 1536
"""Rows from which on an index will soon need it."""


class Index(Protocol):
    def add(self, row_id: str, text: Any) -> None: ...

    def nearest_over(self, text: Any) -> Any: ...

    def _close_tail(self) -> None: ...


def load_in_background(empty: Index, text: Any) -> None:
    """Put an empty index through all that a large one does, in a thread, beside whatever goes on."""

    def load() -> None:
        empty.add("", text)
        empty._close_tail()
        empty.nearest_over(text)
        empty.add("", text)

    threading.Thread(target=load, name="numba").start()


def packed(kinds: str, *arrays: NDArray[Any]) -> NDArray[np.int64]:
    """The address and the size of each array, as :mod:`synth.novelty.compiled` opens them; shape (arrays, 2).

    ``kinds`` are their types in numpy's short form. ValueError: an array is of another, or has gaps.
    """
    for kind, array in zip(kinds.split(), arrays, strict=True):
        if array.dtype != kind or not array.flags.c_contiguous:
            raise ValueError(f"an array of {array.dtype} where one of {kind} without gaps should be")
    return np.array([(array.ctypes.data, array.size) for array in arrays], np.int64)
