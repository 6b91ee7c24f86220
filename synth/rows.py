"""Data files, row by row, each with its place: JSONL, JSON and Parquet. What cannot be read is a row with its problem.

A whole line is kept as it came beside what it holds, so that what is passed on stays the same to the byte.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from synth.errors import UsageError

MAX_ROW = 64 * 1024 * 1024
"""Bytes of one line at most; a longer one is read past and rejected, so that memory stays bounded."""

STREAM = Path("-")


@dataclass(slots=True)  # not frozen: there is one a row, and that takes longer
class Row:
    """One row with its place: ``value`` as parsed, ``raw`` as it came, or ``problem`` where it could not be read."""

    place: str
    value: Any = None
    raw: bytes | None = None
    problem: str = ""


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a ``.jsonl``, ``.json`` or ``.parquet`` file, or of ``-``, JSONL on standard input.

    Raises:
        OSError: it cannot be opened.
        UsageError: it is no list of rows (``.json``), or no Parquet.
    """
    if path == STREAM:
        yield from _lines(sys.stdin.buffer, "stdin")
    elif path.suffix == ".parquet":
        yield from _parquet(path)
    elif path.suffix == ".json":
        yield from _array(path)
    else:
        with path.open("rb") as file:
            yield from _lines(file, str(path))


def _lines(file: BinaryIO, name: str) -> Iterator[Row]:
    number = 0
    while line := file.readline(MAX_ROW):
        number += 1
        place = f"{name}:{number}"
        if len(line) == MAX_ROW and not line.endswith(b"\n"):
            while (rest := file.readline(MAX_ROW)) and not rest.endswith(b"\n"):
                pass
            yield Row(place, raw=line, problem=f"a line of more than {MAX_ROW // 2**20} MiB")
        elif line.strip():
            yield _parsed(place, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)


def _parsed(place: str, line: bytes) -> Row:
    try:
        try:
            return Row(place, orjson.loads(line), line)
        except orjson.JSONDecodeError:  # it may still be what json takes (NaN, half a surrogate), and json says more
            return Row(place, json.loads(line.decode("utf-8")), line)
    except UnicodeDecodeError as error:
        return Row(place, raw=line, problem=f"not UTF-8 at byte {error.start + 1}")
    except (ValueError, RecursionError) as error:
        return Row(place, raw=line, problem=f"not JSON: {error}")


def _array(path: Path) -> Iterator[Row]:
    whole = _parsed(str(path), path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    if whole.problem:
        raise UsageError(f"{path}: {whole.problem}; a .json file holds one list of rows, a .jsonl one row a line")
    if not isinstance(whole.value, list):
        raise UsageError(f"{path}: must hold a list of rows; one row a line goes in a .jsonl")
    for number, value in enumerate(whole.value, 1):
        yield Row(f"{path}: row {number}", value)


def _parquet(path: Path) -> Iterator[Row]:
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.ParquetFile(path)
        number = 0
        for batch in table.iter_batches(batch_size=1024):
            for value in batch.to_pylist():
                number += 1
                yield Row(f"{path}: row {number}", value)
    except pyarrow.ArrowException as error:
        raise UsageError(f"{path}: not a Parquet file that can be read: {str(error).splitlines()[0]}") from error
