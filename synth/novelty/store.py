"""How an index lies on disk: folders of columns that never change, a vocabulary that grows, a state that names them.

::

    index.json        {"kind": "rouge-l", "format": 1, "vocabulary": [7647, 55231], "parts": ["segment-0-4096", …], …}
    vocabulary.txt    one token a line, in the order of their numbers; only appended to
    segment-0-4096/   one .npy a column
    tail-4096-5000/

``index.json`` is renamed into place last, so a kill at any moment leaves the last saved state in force: a folder that
it does not name, and what is in the vocabulary beyond the length that it gives, do not count.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np

from synth.errors import RunFolderError


class Columns(Protocol):
    """A dataclass whose fields are arrays."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


C = TypeVar("C", bound=Columns)


class Vocabulary:
    """Tokens and their numbers, by first appearance."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self.words = list(words)
        self._numbers = dict(zip(self.words, range(len(self.words)), strict=True))
        self._last: tuple[tuple[str, ...], list[int]] = ((), [])

    def __len__(self) -> int:
        return len(self.words)

    def add(self, tokens: Sequence[str]) -> list[int]:
        """The numbers of ``tokens``; new ones get the next numbers."""
        found = self.find(tokens)
        if -1 in found:
            numbers = self._numbers
            for token in tokens:
                if token not in numbers:
                    numbers[token] = len(numbers)
                    self.words.append(token)
            self._last = (), []
            found = self.find(tokens)
        return found

    def find(self, tokens: Sequence[str]) -> list[int]:
        """The numbers of ``tokens``, -1 for one that is not there."""
        if self._last[0] != tokens:  # what is added was looked for just before, as a rule
            known = self._numbers.get
            self._last = tuple(tokens), [known(token, -1) for token in tokens]
        return self._last[1]


class Store:
    """Where an index was last saved, and how much of its vocabulary is there."""

    def __init__(self, kind: str, version: int) -> None:
        self._kind = {"kind": kind, "format": version}
        self._home: Path | None = None
        self._words, self._bytes = 0, 0

    def save(
        self, directory: Path, vocabulary: Vocabulary, parts: Mapping[str, Columns], state: Mapping[str, Any]
    ) -> None:
        """Write what is not yet there; a part's name stands for its content."""
        directory.mkdir(parents=True, exist_ok=True)
        state_file = directory / _STATE
        if self._home != directory.resolve():  # another index's folder: nothing in it counts any more
            state_file.unlink(missing_ok=True)
            _remove_parts(directory, keep=())
            self._home, self._words, self._bytes = directory.resolve(), 0, 0
        for name, columns in parts.items():
            if not (directory / name).exists():
                _save_columns(directory / name, columns)
        text = "".join(f"{word}\n" for word in vocabulary.words[self._words :]).encode()
        with (directory / _VOCABULARY).open("r+b" if self._words else "wb") as file:
            file.truncate(self._bytes)  # a torn end, of a save that was killed
            file.seek(self._bytes)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        self._words, self._bytes = len(vocabulary), self._bytes + len(text)
        whole = {**self._kind, **state, "vocabulary": [self._words, self._bytes], "parts": list(parts)}
        aside = state_file.with_name(_STATE + ".new")
        with aside.open("w") as state_out:
            json.dump(whole, state_out)
            state_out.flush()
            os.fsync(state_out.fileno())
        aside.replace(state_file)
        _remove_parts(directory, keep=parts)

    def open(self, directory: Path) -> tuple[dict[str, Any], Vocabulary]:
        """The state as it was saved, and the vocabulary.

        Raises RunFolderError where there is none, or one of another kind, or a damaged one.
        """
        try:
            state: dict[str, Any] = json.loads((directory / _STATE).read_bytes())
            count, size = state["vocabulary"]
            with (directory / _VOCABULARY).open("rb") as file:
                words = file.read(size).decode().split("\n")[:-1]
            if len(words) != count or not self._kind.items() <= state.items():
                raise damaged(directory, f"not {self._kind} of {len(words)} words")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise damaged(directory, str(error)) from error
        self._home, self._words, self._bytes = directory.resolve(), count, size
        return state, Vocabulary(words)


def load_columns(directory: Path, name: str, kind: type[C]) -> C:
    """The part ``name``, its columns mapped into memory.

    Mapped copy-on-write rather than read-only, for which compiled code would have to be compiled once more.
    """
    try:
        columns = {
            column.name: np.asarray(np.load(directory / name / f"{column.name}.npy", mmap_mode="c", allow_pickle=False))
            for column in fields(kind)
        }
    except (OSError, ValueError) as error:
        raise damaged(directory, str(error)) from error
    return kind(**columns)


def damaged(directory: Path, why: str) -> RunFolderError:
    """The error for an index that cannot be used."""
    return RunFolderError(
        f"{directory}: no usable index ({why}); it is a cache: delete the folder, and it is built again"
    )


_STATE, _VOCABULARY = "index.json", "vocabulary.txt"


def _save_columns(folder: Path, columns: Columns) -> None:
    aside = folder.with_name(folder.name + ".new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    for column in fields(columns):
        with (aside / f"{column.name}.npy").open("wb") as file:
            np.save(file, getattr(columns, column.name), allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
    aside.replace(folder)


def _remove_parts(directory: Path, keep: Collection[str]) -> None:
    for folder in sorted(directory.iterdir()):
        if folder.is_dir() and folder.name not in keep:
            shutil.rmtree(folder)
