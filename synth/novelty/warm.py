"""Compiled code, loaded before it is needed: that takes 0.4 s, and 3 s where no machine code is cached."""

from __future__ import annotations

import threading
from typing import Any, Protocol

SOON_LARGE = 1536
"""Rows from which on an index will soon need it."""


class Index(Protocol):
    def add(self, row_id: str, octets: bytes) -> None: ...

    def nearest_over(self, octets: bytes, *, start: int = 0) -> Any: ...

    def _close_tail(self) -> None: ...


def load_in_background(empty: Index) -> None:
    """Put an empty index through all that a large one does, in a thread, beside whatever goes on."""

    def load() -> None:
        empty.add("", b"a")
        empty._close_tail()
        empty.nearest_over(b"a")
        empty.add("", b"a")
        empty.nearest_over(b"a", start=1)

    threading.Thread(target=load, name="numba").start()
