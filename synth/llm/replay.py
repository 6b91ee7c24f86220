"""``replay``: a journal played back. No GPU, no server, the same completions.

For re-judging a run with other thresholds, for tests, and to prove that a run is a function of its completions.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from synth.errors import LLMError, MissingCompletion, UsageError
from synth.records import Completion, Request
from synth.run_folder import load_journal


class Replay:
    """Completions from a run folder, a journal folder, or one journal file.

    ``model`` is the name that the recorded run asked for, so that requests have the same ids, and ``operators`` are
    those that it could do (None for all).

    Raises:
        UsageError: there is no journal at ``path``.
    """

    def __init__(self, path: Path, model: str, operators: frozenset[str] | None = None) -> None:
        folder = path / "journal" if (path / "journal").is_dir() else path
        files = sorted(folder.glob("*.jsonl")) if folder.is_dir() else [folder] if folder.is_file() else []
        if not files:
            raise UsageError(f"{path}: no journal to replay; --replay takes a run folder or a journal file")
        self.model = model
        self.operators = operators
        self._path = path
        self._known: dict[str, Completion] = {}
        for file in files:
            for name, completion in load_journal(file).items():
                self._known.setdefault(name, completion)

    async def start(self) -> None:
        """Nothing to connect to."""
        if not self._known:
            raise LLMError(f"{self._path}: the journal holds no completion")

    def submit(self, request: Request) -> asyncio.Future[Completion]:
        """The recorded completion; MissingCompletion, when it is waited for, where there is none."""
        future: asyncio.Future[Completion] = asyncio.get_running_loop().create_future()
        completion = self._known.get(request.id)
        if completion is not None:
            future.set_result(completion)
        else:
            future.set_exception(
                MissingCompletion(
                    f"{self._path}: no completion for this {request.stage} request ({request.operator}, {request.id}): "
                    "the recorded run ended here, or had other seeds, prompts or recipe"
                )
            )
        return future

    def finish(self) -> None:
        """Nothing ever waits here."""

    def withdraw(self) -> None:
        """Nothing ever waits here."""

    async def stop(self) -> None:
        """Nothing to let go of."""
