"""Compiled code, loaded before it is needed: that takes 0.4 s, and 3 s where no machine code is cached."""

from __future__ import annotations

import threading
from typing import Any, Protocol

SOON_LARGE = 1536
"""Rows from which on an index will soon need it."""


class Index(Protocol):
    def add(self, row_id: str, text: Any) -> None: ...

    def nearest_over(self, text: Any, *, start: int = 0) -> Any: ...

    def _close_tail(self) -> None: ...


def load_in_background(empty: Index, text: Any) -> None:
    """Put an empty index through all that a large one does, in a thread, beside whatever goes on."""

    def load() -> None:
        empty.add("", text)
        empty._close_tail()
        empty.nearest_over(text)
        empty.add("", text)
        empty.nearest_over(text, start=1)

    threading.Thread(target=load, name="numba").start()
