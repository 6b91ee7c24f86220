"""``synth filter``: the gates over data that somebody already has. First come stays.

Rows are judged in the order in which they come, each by the gates as they stand after the rows that were kept before
it; so of two near-duplicates exactly one survives, the earlier. A row that cannot be read is rejected with the reason
and the rest goes on. Every row of every input ends in exactly one of two files: kept, as it came, or rejected, with
its place and its verdict.
"""

from __future__ import annotations

import gc
import json
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Protocol

from synth.errors import RunFolderError, UsageError
from synth.gates.table import GATES, build_gates
from synth.protocols import Gate, View
from synth.records import Draft, Sample, Verdict, encodable
from synth.rows import STREAM, Row, read_rows
from synth.run_folder import RunFolder
from synth.seeds import parse_row


@dataclass(slots=True)
class Filtered:
    """What one call did. ``rejected`` counts rows by the gate that rejected them (``read``: could not be read)."""

    rows: int = 0
    kept: int = 0
    rejected: Counter[str] = field(default_factory=Counter)


def filter_rows(
    inputs: Sequence[Path],
    out: Path,
    rejects: Path | None = None,
    *,
    against: Sequence[Path] = (),
    only: Collection[str] = (),
    by_input: bool = False,
    **options: Any,
) -> Filtered:
    """Judge the rows of ``inputs`` and write those that pass to ``out``, the others to ``rejects``.

    Inputs are ``.jsonl``, ``.json`` or ``.parquet`` files in any seed format, or ``-`` (JSONL); outputs by their names,
    or ``-``. ``against`` holds data files or run folders whose rows count as kept already. ``only`` names the gates to
    ask; ``by_input`` is for data of few instructions and many inputs: what shares its instruction is compared by its
    input, as the instances of a fitting task are; ``options`` are those of :func:`synth.gates.table.build_gates`.

    Raises:
        UsageError: a file is missing, has an unknown ending, or is both read and written; a gate does not exist.
        RunFolderError: an output cannot be written.
    """
    _check(inputs, out, rejects, against, only)
    skip = tuple(name for name in GATES if only and name not in only)
    try:
        gates = build_gates(**{**options, "skip": (*skip, *options.get("skip", ()))})
    except ValueError as error:  # a threshold that is no number
        raise UsageError(f"{error}; correct it") from None
    # A pool in Redis knows a row by what it holds, as another machine may have a file of the same name.
    sieve = _Sieve(gates, by_input=by_input, by_place=not options.get("minhash_redis"))
    for path in against:
        sieve.remember(path)
    with ExitStack() as files:
        files.enter_context(_without_collector())
        try:
            kept = files.enter_context(_Writer(out))
            rejected = files.enter_context(_Writer(rejects)) if rejects is not None else None
            for path in inputs:
                for row in read_rows(path):
                    sieve.judge(row, kept, rejected)
        except OSError as error:
            if isinstance(error, BrokenPipeError) and STREAM in (out, rejects):
                raise
            where = error.filename or out
            raise RunFolderError(f"{where}: {(error.strerror or str(error)).lower()}; choose another file") from error
    return sieve.done


@contextmanager
def _without_collector() -> Iterator[None]:
    """Rows hold no cycles, and what the gates remember stays: there is nothing for the garbage collector to find."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _Sieve:
    """The gates, and what they have let through so far."""

    def __init__(self, gates: Sequence[Gate], *, by_input: bool, by_place: bool) -> None:
        self.done = Filtered()
        self._gates = gates
        self._by_input = by_input
        self._by_place = by_place
        self._family = _Family()

    def remember(self, path: Path) -> None:
        """Take what a run folder or a data file holds for kept."""
        for sample in self._pool_of(path):
            if sample.lineage.depth > 0:
                self._family.add(sample.id, sample.lineage.to_json())
            for gate in self._gates:
                gate.remember(sample)

    def judge(self, row: Row, kept: _Writer, rejected: _Writer | None) -> None:
        self.done.rows += 1
        verdict = self._verdict(row)
        if verdict is None:
            self.done.kept += 1
            kept.write(row)
            return
        self.done.rejected[verdict.gate] += 1
        if rejected is not None:
            rejected.write(_reject(row, verdict))

    def _verdict(self, row: Row) -> Verdict | None:
        """The rejection of a row; None if it passed, and is remembered.

        A row of several instances is kept or rejected as a whole, by its first bad one.
        """
        try:
            samples = self._samples(row)
        except ValueError as problem:
            return Verdict("read", False, "unreadable", evidence=str(problem))
        lineage = row.value.get("lineage")
        view = View(ancestors=self._family.add(samples[0].id, lineage)) if lineage else _NO_VIEW
        for sample in samples:
            draft = Draft(
                instruction=sample.instruction,
                input=sample.input,
                language=sample.language,
                labels=sample.labels,
                task=sample.task,
                output=sample.output,
                finish_reason="stop",
            )
            for gate in self._gates:
                verdict = gate.judge(draft, view)
                if not verdict.passed:
                    return verdict
        for sample in samples:
            for gate in self._gates:
                if gate.reads_pool:
                    gate.remember(sample)
        return None

    def _samples(self, row: Row) -> list[Sample]:
        """The samples of a row. ValueError: what is wrong with it."""
        if row.problem:
            raise ValueError(row.problem)
        samples = parse_row(row.value, row.place if self._by_place else "")
        if self._by_input:
            return [replace(one, task=one.instruction if one.input else "", name=one.id) for one in samples]
        return samples

    def _pool_of(self, path: Path) -> Iterator[Sample]:
        if (path / "state.json").exists():
            folder = RunFolder(path)
            yield from folder.seeds()
            yield from folder.samples()
            return
        for row in read_rows(path):
            try:
                yield from self._samples(row)
            except ValueError as problem:
                raise UsageError(f"{row.place}: {problem}; --against takes a run folder or clean data") from problem


_NO_VIEW = View()


class _Family:
    """Who descends from whom, by the lineages that rows of synth's own carry: as in a run, a rewrite is not compared
    with what it was rewritten from, whether that was kept or not."""

    def __init__(self) -> None:
        self._ancestors: dict[str, frozenset[str]] = {}

    def add(self, name: str, lineage: Any) -> frozenset[str]:
        """The ids of all that ``name`` descends from, of those before it; its parents at least."""
        try:
            parents = frozenset(map(str, lineage["parents"])) if lineage["depth"] > 0 else frozenset()
        except (KeyError, TypeError):  # somebody else's idea of a lineage
            return frozenset()
        found = parents.union(*(self._ancestors.get(parent, ()) for parent in parents))
        if found:
            self._ancestors[name] = found
        return found


def _reject(row: Row, verdict: Verdict) -> Row:
    """What is written of a rejected row: its place, its verdict, and the row, to the byte where that can be."""
    about = {"place": row.place, "verdict": verdict.to_json()}
    if row.raw is None:
        return Row(row.place, {**about, "row": row.value})
    if row.problem:
        return Row(row.place, {**about, "row": row.raw[:2000].decode("utf-8", "replace")})
    raw = encodable(json.dumps(about, ensure_ascii=False)[:-1]).encode() + b', "row": ' + row.raw.strip() + b"}"
    return Row(row.place, {**about, "row": row.value}, raw)


# ---- writing


class _Sink(Protocol):
    def write(self, row: Row) -> None: ...

    def close(self) -> None: ...


class _Writer:
    """Rows to a file by its ending, a line of JSONL as it came; written aside and renamed when it is complete."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> _Writer:
        # A pipe or a device is written into; a link's target is replaced, not the link.
        self._direct = self._path == STREAM or (self._path.exists() and not self._path.is_file())
        if not self._direct:
            self._path = self._path.resolve()
            self._path.parent.mkdir(parents=True, exist_ok=True)
        self._aside = self._path if self._direct else self._path.with_name(self._path.name + ".part")
        makers: Mapping[str, type[_Lines | _Array | _Table]] = {".json": _Array, ".parquet": _Table}
        self._sink: _Sink = makers.get(self._path.suffix, _Lines)(self._aside)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._sink.close()
        if self._direct:
            return
        if kind is None:
            self._aside.replace(self._path)
        else:
            self._aside.unlink(missing_ok=True)

    def write(self, row: Row) -> None:
        self._sink.write(row)


class _Lines:
    def __init__(self, path: Path) -> None:
        self._streams = path == STREAM
        self._file: IO[bytes] = sys.stdout.buffer if self._streams else path.open("wb", buffering=1 << 20)

    def write(self, row: Row) -> None:
        if row.raw is not None:
            self._file.write(row.raw if row.raw.endswith(b"\n") else row.raw + b"\n")
        else:
            self._file.write((encodable(json.dumps(row.value, ensure_ascii=False, default=str)) + "\n").encode())

    def close(self) -> None:
        if self._streams:
            self._file.flush()
        else:
            self._file.close()


class _Array:
    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._file.write(b"[")
        self._next = b"\n"

    def write(self, row: Row) -> None:
        text = json.dumps(row.value, ensure_ascii=False, default=str)
        self._file.write(self._next + encodable(text).encode())
        self._next = b",\n"

    def close(self) -> None:
        self._file.write(b"\n]\n")
        self._file.close()


class _Table:
    """Parquet needs one schema for all rows, so they are gathered first; verdicts and rows go in as JSON texts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._path.touch()
        self._rows: list[Any] = []

    def write(self, row: Row) -> None:
        self._rows.append(row.value)

    def close(self) -> None:
        import pyarrow
        import pyarrow.parquet

        keys = dict.fromkeys(key for row in self._rows for key in row)  # from_pylist looks at the first row alone
        rows = [{key: row.get(key) for key in keys} for row in self._rows]
        try:
            pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), self._path)
        except (pyarrow.ArrowException, TypeError, UnicodeEncodeError):
            # Rows of several formats have no schema in common; an object without fields has none at all.
            texts = [{"row": encodable(json.dumps(row, ensure_ascii=False, default=str))} for row in self._rows]
            pyarrow.parquet.write_table(pyarrow.Table.from_pylist(texts), self._path)


def _check(
    inputs: Iterable[Path], out: Path, rejects: Path | None, against: Iterable[Path], only: Collection[str]
) -> None:
    if unknown := sorted(set(only) - set(GATES)):
        names = ", ".join(name or "''" for name in unknown)
        raise UsageError(f"--only: no gate named {names}; the gates are {', '.join(GATES)}")
    read = [path for path in (*inputs, *against) if path != STREAM]
    for path in read:
        if not path.exists():
            raise UsageError(f"{path}: no such file")
    for path in inputs:
        if path.is_dir():
            raise UsageError(f"{path}: is a folder; name its files")
        if path != STREAM and path.suffix not in {".jsonl", ".json", ".parquet"}:
            raise UsageError(
                f"{path}: unknown ending; .jsonl, .json and .parquet are read, and - for a stream of JSONL"
            )
    for path in against:
        if path.is_dir() and not (path / "state.json").exists():
            raise UsageError(f"{path}: is no run folder; --against takes a run folder or a data file")
    written = [path for path in (out, rejects) if path is not None]
    # What is closed is None, whatever the type says.
    if (STREAM in inputs and sys.stdin is None) or (STREAM in written and sys.stdout is None):
        raise UsageError("-: standard input or output is closed; name a file instead")
    for path in written:
        if path.is_dir():
            raise UsageError(f"{path}: is a folder; --out and --rejects take files")
    if len(written) == 2 and (written[0] == written[1] or _same_file(*written)):
        raise UsageError(f"--out and --rejects are both {out}; choose two files")
    for path in written:
        if path != STREAM and path.exists() and any(path.samefile(other) for other in read):
            raise UsageError(f"{path}: is read and written; choose another --out or --rejects")


def _same_file(first: Path, second: Path) -> bool:
    return STREAM not in (first, second) and first.resolve() == second.resolve() and not first.is_char_device()
