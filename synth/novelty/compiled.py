"""How the inner loops of novelty are compiled; importing this module loads numba (0.4 s)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compiled on first use; the machine code is cached on disk where there is a writable place for it, with room."""
    try:
        dispatcher = numba.njit(cache=True, nogil=True)(function)
        cache = dispatcher._cache
        save = cache.save_overload

        def save_if_possible(*overload: Any) -> None:
            with contextlib.suppress(OSError):  # a full disk: what is compiled works all the same
                save(*overload)

        cache.save_overload = save_if_possible
        return cast(F, dispatcher)
    except RuntimeError:  # "cannot cache function: no locator available": a read-only installation and home
        return cast(F, numba.njit(nogil=True)(function))
