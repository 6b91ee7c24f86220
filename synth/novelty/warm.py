"""Compiled code, loaded before it is needed: that takes 0.4 s, and 3 s where no machine code is cached."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
import threading
from pathlib import Path
from typing import Any, Protocol

SOON_LARGE = 1024
"""Rows from which on an index will soon need it: half of what it needs none for, as a cold disk takes its time."""


class Index(Protocol):
    def add(self, row_id: str, octets: bytes) -> None: ...

    def nearest_over(self, octets: bytes, *, start: int = 0) -> Any: ...

    def _close_tail(self) -> None: ...


def load_in_background(empty: Index) -> None:
    """Put an empty index through all that a large one does, in a thread, beside whatever goes on."""

    def load() -> None:
        read_ahead()
        empty.add("", b"a")
        empty._close_tail()
        empty.nearest_over(b"a")
        empty.add("", b"a")
        empty.nearest_over(b"a", start=1)

    threading.Thread(target=load, name="numba").start()


def read_ahead() -> int:
    """Bring LLVM, which numba is about to link, from the disk into memory; returns its bytes, 0 if it is there.

    Python links a library without letting go of its lock, and LLVM has 180 MB. On a disk of 20 MB a second, cold, as a
    nightly run finds it, all threads would stand still for 6.5 s, and the servers with them (docs/log.md). Reading
    lets go of the lock.
    """
    count = 0
    if "llvmlite" not in sys.modules and (found := importlib.util.find_spec("llvmlite")) is not None:
        for folder in found.submodule_search_locations or ():
            for library in Path(folder).glob("**/*.so"):
                with contextlib.suppress(OSError), library.open("rb", buffering=0) as file:
                    while data := file.read(1 << 20):
                        count += len(data)
    return count
