"""Hints: words one of which a text must hold to be worth a slower look. Most texts hold none, which a scan tells."""

from __future__ import annotations

Hints = tuple[list[str], list[str]]


def hints(words: str) -> Hints:
    """Words between bars, by what may hold them: a text in ASCII, any other.

    >>> hints("prompt|指令")
    (['prompt'], ['prompt', '指令'])
    """
    found = words.split("|")
    return [word for word in found if word.isascii()], found


def holds(lowered: str, some: Hints) -> bool:
    """Whether ``lowered`` holds one of the words."""
    for hint in some[not lowered.isascii()]:  # noqa: SIM110 - any() takes twice as long
        if hint in lowered:
            return True
    return False
