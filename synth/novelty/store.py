"""How an index lies on disk: folders of columns that never change, a vocabulary that grows, a state that names them.

::

    index.json        {"kind": "rouge-l", "format": 2, "vocabulary": [7647, 55231], "parts": {"segment-0-4096": …}, …}
    vocabulary.txt    one token a line, in the order of their numbers; only appended to
    segment-0-4096/   one .npy a column
    tail-4096-5000/

``index.json`` is renamed into place last, so a kill at any moment leaves the last saved state in force: a folder that
it does not name, and what is in the vocabulary beyond the length that it gives, do not count. It holds a checksum of
all that it names: what was changed since, or lies on a failing disk, is not taken for an index.
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from hashlib import blake2b
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np

from synth.errors import RunFolderError
from synth.text import TOKENISATION


class Columns(Protocol):
    """A dataclass whose fields are arrays."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


C = TypeVar("C", bound=Columns)


class Words(Protocol):
    """Lines that only grow in number."""

    def __len__(self) -> int: ...

    def since(self, count: int) -> Iterable[str]:
        """Those after the first ``count``."""


class Roll:
    """Which rows were added, in which order, in short: how many, and a running hash of their ids."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = blake2b(digest_size=16)

    def add(self, row_id: str) -> None:
        self.rows += 1
        self._hash.update(row_id.encode() + b"\0")

    @property
    def state(self) -> dict[str, Any]:
        return {"rows": self.rows, "ids": self._hash.hexdigest()}


class Store:
    """Where an index was last saved, and how much of its vocabulary is there."""

    def __init__(self, kind: str, version: int) -> None:
        self._kind = {"kind": kind, "format": version, "tokens": TOKENISATION}
        self._home: Path | None = None
        self._saved: dict[str, Any] = {}
        self._words, self._bytes, self._sum = 0, 0, 0
        self._parts: dict[str, dict[str, int]] = {}

    def save(
        self, directory: Path, vocabulary: Words | None, parts: Mapping[str, Columns], state: Mapping[str, Any]
    ) -> None:
        """Write what is not yet there; a part's name stands for its content, ``state`` for that of all parts."""
        directory.mkdir(parents=True, exist_ok=True)
        state_file = directory / _STATE
        if self._home != directory.resolve():  # another index's folder: nothing in it counts any more
            state_file.unlink(missing_ok=True)
            _remove_parts(directory, keep=())
            self._home, self._saved, self._parts = directory.resolve(), {}, {}
            self._words, self._bytes, self._sum = 0, 0, 0
        if state.items() <= self._saved.items():
            return
        for name, columns in parts.items():
            if name not in self._parts:
                self._parts[name] = _save_columns(directory / name, columns)
        count, text = 0, b""
        if vocabulary is not None:
            count = len(vocabulary)
            text = "".join(f"{word}\n" for word in vocabulary.since(self._words)).encode()
        with (directory / _VOCABULARY).open("r+b" if self._words else "wb") as file:
            file.truncate(self._bytes)  # a torn end, of a save that was killed
            file.seek(self._bytes)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        self._words, self._bytes, self._sum = count, self._bytes + len(text), zlib.crc32(text, self._sum)
        self._parts = {name: self._parts[name] for name in parts}
        words = [self._words, self._bytes, self._sum]
        whole = {**self._kind, **state, "vocabulary": words, "parts": self._parts}
        aside = state_file.with_name(_STATE + ".new")
        with aside.open("w") as state_out:
            json.dump(whole, state_out)
            state_out.flush()
            os.fsync(state_out.fileno())
        aside.replace(state_file)
        self._saved = whole
        _remove_parts(directory, keep=parts)

    def open(self, directory: Path) -> tuple[dict[str, Any], list[str]]:
        """The state as it was saved, and the words of the vocabulary.

        Raises RunFolderError where there is none, or one of another kind, or a damaged one.
        """
        try:
            state: dict[str, Any] = json.loads((directory / _STATE).read_bytes())
            count, size, checked = state["vocabulary"]
            if not self._kind.items() <= state.items():
                raise damaged(directory, f"not {self._kind}")
            with (directory / _VOCABULARY).open("rb") as file:
                text = file.read(size)
            words = text.decode().split("\n")[:-1]
            if len(words) != count or zlib.crc32(text) != checked:
                raise damaged(directory, f"{_VOCABULARY} is not as it was saved")
            for name, sums in state["parts"].items():
                for column, checked in sums.items():
                    if _checksum(directory / name / column) != checked:
                        raise damaged(directory, f"{name}/{column} is not as it was saved")
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise damaged(directory, str(error)) from error
        self._home, self._saved, self._parts = directory.resolve(), state, dict(state["parts"])
        self._words, self._bytes, self._sum = count, size, zlib.crc32(text)
        return state, words


class Index(Protocol):
    """What :func:`reopened` asks of an index."""

    threshold: float

    def begins(self, ids: Sequence[str]) -> bool: ...


Found = TypeVar("Found", bound=Index)


def reopened(
    opening: Callable[[Path], Found], directory: Path, threshold: float, ids: Sequence[str]
) -> tuple[Found | None, str]:
    """The index that was saved in ``directory``, if it has this threshold and its rows are the first of ``ids``.

    Else None and why not, empty where there is none.
    """
    if not directory.exists():
        return None, ""
    try:
        index = opening(directory)
    except RunFolderError as error:
        return None, str(error)
    if index.threshold != threshold:
        return None, f"{directory}: made for a threshold of {index.threshold}, not {threshold}"
    if not index.begins(ids):
        return None, f"{directory}: holds other rows than the pool"
    return index, ""


def reread(kind: str, version: int, directory: Path, ids: Sequence[str]) -> tuple[Store | None, list[str], Roll, str]:
    """What was saved in ``directory`` as words alone, if the :class:`Roll` that is its state is of the first ``ids``.

    Returns the store, the words and the roll; else None, nothing, and why not, empty where there is none.
    """
    store, roll = Store(kind, version), Roll()
    if not directory.exists():
        return None, [], roll, ""
    try:
        state, words = store.open(directory)
        rows, name = int(state["rows"]), state["ids"]
    except RunFolderError as error:
        return None, [], roll, str(error)
    except (KeyError, TypeError, ValueError) as error:
        return None, [], roll, str(damaged(directory, str(error)))
    for row_id in ids[:rows]:
        roll.add(row_id)
    if roll.state != {"rows": rows, "ids": name}:
        return None, [], Roll(), f"{directory}: holds other rows than the pool"
    return store, words, roll, ""


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
    return RunFolderError(f"{directory}: no usable index ({why}); it is a cache")


_STATE, _VOCABULARY = "index.json", "vocabulary.txt"


def _save_columns(folder: Path, columns: Columns) -> dict[str, int]:
    """Write a part. Returns the checksum of each file."""
    aside = folder.with_name(folder.name + ".new")
    shutil.rmtree(aside, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)  # left by a save that was killed
    aside.mkdir()
    for column in fields(columns):
        with (aside / f"{column.name}.npy").open("wb") as file:
            np.save(file, getattr(columns, column.name), allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
    aside.replace(folder)
    return {file.name: _checksum(file) for file in sorted(folder.iterdir())}


def _checksum(file: Path) -> int:
    found = 0
    with file.open("rb") as opened:
        while block := opened.read(1 << 20):
            found = zlib.crc32(block, found)
    return found


def _remove_parts(directory: Path, keep: Collection[str]) -> None:
    for folder in sorted(directory.iterdir()):
        if folder.is_dir() and folder.name not in keep:
            shutil.rmtree(folder)
