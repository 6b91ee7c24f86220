"""The error tree. Every error that a user can cause or meet is one of these.

::

    SynthError                exit 1   something failed; the message says what, where, and the cure
    ├── UsageError            exit 2   a flag, a recipe field or a path is wrong
    │   └── InputError        exit 2   rows of seeds or data are wrong; lists every bad row as file:line
    ├── LLMError              exit 1   the LLM cannot be used at all (no server, unknown model, probe failed)
    │   └── MissingCompletion exit 1   a replayed journal does not hold a completion that is needed
    ├── RunFolderError        exit 1   a run folder cannot be read or written (read-only, disk full, damaged)
    │   └── LockedError       exit 4   another process works in this run folder
    └── Stopped               exit 3   stopped early but clean; run the same command again to go on

Exit code 0 is a finished command; 5 is a finished command that accepted nothing new.
Bad *model output* is never an error: it becomes a rejected :class:`~synth.records.Outcome`.
A bug is not caught anywhere: it stays a traceback.
"""

from __future__ import annotations

from collections.abc import Sequence

EXIT_DONE = 0
EXIT_NOTHING_NEW = 5


class SynthError(Exception):
    """A failure that a user can read and act on: ``what, where; cure``."""

    exit_code = 1


class UsageError(SynthError):
    """A flag, a recipe field or a path that cannot be used."""

    exit_code = 2


class InputError(UsageError):
    """Rows that cannot be read. ``problems`` holds one ``file:line: what`` a bad row, all of them."""

    def __init__(self, headline: str, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join([headline, *(f"  {problem}" for problem in self.problems)]))


class LLMError(SynthError):
    """The LLM cannot be used at all: as opposed to one bad completion, which is an Outcome."""


class MissingCompletion(LLMError):
    """A replayed journal does not hold a completion that this run needs."""


class RunFolderError(SynthError):
    """A run folder that cannot be read or written."""


class LockedError(RunFolderError):
    """Another process works in this run folder."""

    exit_code = 4


class Stopped(SynthError):
    """Stopped early but clean (a deadline, a budget, a signal): the same command goes on."""

    exit_code = 3
