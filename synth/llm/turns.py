"""Whose turn it is: answers before judges before drafts, first come first served within each.

An answer finishes a piece of work; a draft begins one. Finishing first keeps what is under way small, so a run that
is stopped early has little half-done work, and the pool grows while the round runs.

At the end of a run it is the other way round: no further work comes, and a draft that begins late has a judge and an
answer still before it, each of which may be a straggler, while every other place at the server stands idle. So then the
longest chains go first (highest level first, Hu 1961).
"""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

Item = TypeVar("Item")

STAGES = ("answer", "judge", "draft")


class Turns(Generic[Item]):
    """A queue with one line a stage. A stage that is not in ``STAGES`` waits with the drafts."""

    def __init__(self) -> None:
        self._lines: tuple[deque[Item], ...] = tuple(deque() for _ in STAGES)
        self._line = dict(zip(STAGES, self._lines, strict=True))
        self._order = self._lines

    def __len__(self) -> int:
        return sum(map(len, self._lines))

    def push(self, stage: str, item: Item, *, front: bool = False) -> None:
        """Queue ``item``; ``front`` for one that had its turn and must be tried again."""
        line = self._line.get(stage, self._lines[-1])
        if front:
            line.appendleft(item)
        else:
            line.append(item)

    def pop(self) -> Item:
        """The next item; IndexError where none waits."""
        for line in self._order:
            if line:
                return line.popleft()
        raise IndexError("nothing waits")

    def finish(self) -> None:
        """From now on drafts before judges before answers."""
        self._order = self._lines[::-1]
