"""Whose turn it is: answers before judges before drafts; within each, those that open alike together.

An answer finishes a piece of work; a draft begins one. Finishing first keeps what is under way small, so a run that
is stopped early has little half-done work, and the pool grows while the round runs.

At the end of a run it is the other way round: no further work comes, and a draft that begins late has a judge and an
answer still before it, each of which may be a straggler, while every other place at the server stands idle. So then the
longest chains go first (highest level first, Hu 1961).

Prompts of one operator and language share their system message. Sent one after another they find it in the prefix cache
of the server; sent among twenty others, where that is small, they find it evicted. So a stage goes on with what shares
the opening of the last one that it sent, ``BURST`` at most, and then turns to what has waited longest.
"""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

Item = TypeVar("Item")

STAGES = ("answer", "judge", "draft")

BURST = 8
"""Items of one opening in a row. With 64 there are a few more hits, but the order of the plan is upset so much that the
next round is planned late, and the server runs dry (docs/log.md)."""


class Turns(Generic[Item]):
    """A queue with one line a stage. A stage that is not in ``STAGES`` waits with the drafts."""

    def __init__(self) -> None:
        self._lines: tuple[_Line[Item], ...] = tuple(_Line() for _ in STAGES)
        self._line = dict(zip(STAGES, self._lines, strict=True))
        self._order = self._lines

    def __len__(self) -> int:
        return sum(map(len, self._lines))

    def push(self, stage: str, item: Item, *, opening: str = "", front: bool = False) -> None:
        """Queue ``item``; ``front`` for one that had its turn and must be tried again."""
        self._line.get(stage, self._lines[-1]).push(item, opening, front)

    def pop(self) -> Item:
        """The next item; IndexError where none waits."""
        for line in self._order:
            if len(line):
                return line.pop()
        raise IndexError("nothing waits")

    def finish(self) -> None:
        """From now on drafts before judges before answers."""
        self._order = self._lines[::-1]


class _Line(Generic[Item]):
    """One stage: a group for each opening, in the order in which its first item came."""

    def __init__(self) -> None:
        self._again: deque[Item] = deque()
        self._groups: dict[str, deque[tuple[int, Item]]] = {}
        self._came = 0
        self._size = 0
        self._opening = ""
        self._burst = 0

    def __len__(self) -> int:
        return self._size

    def push(self, item: Item, opening: str, front: bool) -> None:
        self._size += 1
        if front:
            self._again.appendleft(item)
            return
        self._came += 1
        self._groups.setdefault(opening, deque()).append((self._came, item))

    def pop(self) -> Item:
        self._size -= 1
        if self._again:
            return self._again.popleft()
        if self._opening not in self._groups or self._burst >= BURST:
            self._opening = min(self._groups, key=lambda opening: self._groups[opening][0][0])
            self._burst = 0
        self._burst += 1
        group = self._groups[self._opening]
        _, item = group.popleft()
        if not group:
            del self._groups[self._opening]
        return item
