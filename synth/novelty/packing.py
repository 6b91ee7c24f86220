"""Arrays for compiled code, as their addresses: see :mod:`synth.novelty.compiled`, which opens them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def packed(kinds: str, *arrays: NDArray[Any]) -> NDArray[np.int64]:
    """The address and the size of each array; shape (arrays, 2). Whoever packs arrays keeps them.

    ``kinds`` names what each is opened with, such as ``"u64 i32"``.

    Raises:
        ValueError: an array is of another type, or has gaps.
    """
    for kind, array in zip(kinds.split(), arrays, strict=True):
        if array.dtype != _TYPES[kind] or not array.flags.c_contiguous:
            raise ValueError(f"an array of {array.dtype} where one of {kind} without gaps should be")
    return np.array([(array.ctypes.data, array.size) for array in arrays], np.int64)


_TYPES = {"u64": np.uint64, "i64": np.int64, "u32": np.uint32, "i32": np.int32, "u8": np.uint8}
