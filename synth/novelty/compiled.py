"""How the inner loops of novelty are compiled; importing this module loads numba (0.4 s).

A call opens each array that it is given, at 0.1 µs apiece, which for a search of twenty arrays is a third of its time.
So arrays that stay the same from call to call are *packed* (:mod:`synth.novelty.packing`): one array holds their
addresses and sizes, and compiled code opens them from that (:func:`u32`, …).
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba.core import cgutils, types
from numba.extending import intrinsic


def _leave_blas_for_later() -> None:
    """Nothing here multiplies matrices; numba imports scipy.linalg, for 0.12 s, to see whether something could.

    Whoever does multiply any in this process has numba look again, as it does each time.
    """
    with contextlib.suppress(ImportError, AttributeError):  # another version of numba, which may look as it likes
        linalg: Any = importlib.import_module("numba.np.linalg")
        look = linalg.ensure_blas
        linalg.ensure_blas = lambda: None
        try:
            importlib.import_module("numba.np.arraymath")
        finally:
            linalg.ensure_blas = look


_leave_blas_for_later()

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compiled on first use; the machine code is cached on disk where there is a writable place for it, with room.

    It holds the code of all that it calls, of which numba knows nothing: it looks at the function's own file alone. So
    here it is told of all files at once.
    """
    try:
        dispatcher = numba.njit(cache=True, nogil=True)(function)
        cache = dispatcher._cache
        cache._cache_file._source_stamp = _sources()
        save = cache.save_overload

        def save_if_possible(*overload: Any) -> None:
            with contextlib.suppress(OSError):  # a full disk: what is compiled works all the same
                save(*overload)

        cache.save_overload = save_if_possible
        return cast(F, dispatcher)
    # "cannot cache function: no locator available": a read-only installation and home; or a numba that caches otherwise
    except (RuntimeError, AttributeError):
        return cast(F, numba.njit(nogil=True)(function))


@functools.cache
def _sources() -> int:
    """A checksum of all compiled code."""
    files = [*sorted(Path(__file__).parent.glob("*kernels.py")), Path(__file__)]
    return zlib.crc32(b"".join(file.read_bytes() for file in files if file.exists()))


@intrinsic  # type: ignore[untyped-decorator] # numba has no types
def _pointer(_: Any, address: Any) -> Any:
    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(address), generate


@compiled
def u64(packed: Any) -> Any:
    """The array of uint64 that has this address and size; here and below in one dimension."""
    return numba.carray(_pointer(packed[0]), packed[1], np.uint64)


@compiled
def i64(packed: Any) -> Any:
    """As :func:`u64`, of int64."""
    return numba.carray(_pointer(packed[0]), packed[1], np.int64)


@compiled
def u32(packed: Any) -> Any:
    """As :func:`u64`, of uint32."""
    return numba.carray(_pointer(packed[0]), packed[1], np.uint32)


@compiled
def i32(packed: Any) -> Any:
    """As :func:`u64`, of int32."""
    return numba.carray(_pointer(packed[0]), packed[1], np.int32)


@compiled
def u8(packed: Any) -> Any:
    """As :func:`u64`, of uint8."""
    return numba.carray(_pointer(packed[0]), packed[1], np.uint8)


@compiled
def u64_table(packed: Any, columns: int) -> Any:
    """As :func:`u64`, in two dimensions; this, as reshaping takes a second to compile."""
    return numba.carray(_pointer(packed[0]), (packed[1] // columns, columns), np.uint64)


@compiled
def i64_table(packed: Any, columns: int) -> Any:
    """As :func:`u64_table`, of int64."""
    return numba.carray(_pointer(packed[0]), (packed[1] // columns, columns), np.int64)
