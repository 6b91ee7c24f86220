"""Contamination: a draft that shares a long run of words with an evaluation set (GPT-3, arXiv 2005.14165, appendix C).

The paper's unit is the 13-gram; a token is a word, or a character where a script has no spaces (:mod:`synth.text`).
Every text of a held-out row counts, its answers too; one of fewer than 13 tokens counts as a whole, from 6 on, and only
against a whole instruction, input or output.

Family-aware: what descends from a contaminated sample (a seed that is in the evaluation set) is out as well, however
far its own words have moved away: it was made to ask the same.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from synth.errors import InputError, UsageError
from synth.novelty.store import Roll, Store, reread
from synth.protocols import View
from synth.records import Draft, Sample, Verdict, passing
from synth.rows import read_rows
from synth.text import joined, tokens

NGRAM = 13
"""Tokens of a run that counts as contamination (GPT-3)."""

SHORTEST = 6
"""Tokens of the shortest held-out text that is looked for; shorter ones ("Yes.") are no one's own."""


class ContaminationGate:
    """Compares instruction, input and output with held-out rows.

    ``files`` are JSON, JSONL, Parquet or plain text (a row a line), or run folders, all of whose pool is held out.

    Raises:
        UsageError: a file is missing or holds no text.
        InputError: rows that cannot be read, each as ``file:line: what``.
    """

    name = "contamination"
    screens = True
    reads_answer = True
    reads_pool = True

    def __init__(self, files: Sequence[Path] = (), ngram: int = NGRAM) -> None:
        self._ngram = ngram
        # Runs by their 64-bit hash, salted as it is: it never leaves this process, and a million runs take 100 MB less.
        self._runs: dict[int, str] = {}
        self._wholes: dict[tuple[str, ...], str] = {}
        self._tainted: dict[str, str] = {}
        self._roll = Roll()
        held_out = blake2b(str(ngram).encode(), digest_size=16)
        for place, text in _held_out(files):
            words = tokens(text)
            held_out.update(json.dumps([place, text]).encode())
            if len(words) >= ngram:
                for start in range(len(words) - ngram + 1):
                    self._runs.setdefault(hash(words[start : start + ngram]), place)
            elif len(words) >= SHORTEST:
                self._wholes.setdefault(words, place)
        self._kind = f"contamination by {held_out.hexdigest()}"
        self._store = Store(self._kind, _FORMAT)

    def judge(self, draft: Draft, view: View) -> Verdict:
        if not self._runs and not self._wholes:
            return passing(self.name)
        for ancestor in sorted(view.ancestors):
            if ancestor in self._tainted:
                evidence = f"descends from a sample that is in {self._tainted[ancestor]}"
                return Verdict(self.name, False, "contaminated-ancestor", evidence=evidence, neighbour=ancestor)
        found = self._find(draft.instruction, draft.input, draft.output)
        if found is None:
            return passing(self.name)
        place, run = found
        return Verdict(
            self.name, False, "held-out-ngram", float(len(run)), float(self._ngram), f"{place}: “{joined(run)}”"
        )

    def remember(self, sample: Sample) -> None:
        """Seeds enter the pool unjudged: note those whose descendants must not."""
        if not self._runs and not self._wholes:
            return
        self._roll.add(sample.id)
        found = self._find(sample.instruction, sample.input, sample.output)
        if found is not None:
            self._tainted[sample.id] = found[0]

    def recall(self, samples: Sequence[Sample], directory: Path) -> list[str]:
        problem = ""
        if self._runs or self._wholes:
            ids = [sample.id for sample in samples]
            store, lines, roll, problem = reread(self._kind, _FORMAT, directory, ids)
            if store is not None:
                self._store, self._roll, self._tainted = store, roll, dict(json.loads(line) for line in lines)
        for sample in samples[self._roll.rows :]:
            self.remember(sample)
        return [problem] if problem else []

    def save(self, directory: Path) -> None:
        if self._runs or self._wholes:
            self._store.save(directory, _Lines(self._tainted), {}, self._roll.state)

    def _find(self, *texts: str | None) -> tuple[str, tuple[str, ...]] | None:
        """The place of the held-out row that one of the texts shares a run with, and the run."""
        for text in texts:
            words = tokens(text) if text else ()
            if len(words) >= self._ngram:
                for start in range(len(words) - self._ngram + 1):
                    run = words[start : start + self._ngram]
                    place = self._runs.get(hash(run))
                    if place is not None:
                        return place, run
            elif words in self._wholes:
                return self._wholes[words], words
        return None


@dataclass(frozen=True, slots=True)
class _Lines:
    """Ids of tainted samples and where their words are held out, as lines, in the order of remembering."""

    tainted: Mapping[str, str]

    def __len__(self) -> int:
        return len(self.tainted)

    def since(self, count: int) -> Iterator[str]:
        return (json.dumps(item) for item in itertools.islice(self.tainted.items(), count, None))


_FORMAT = 1
"""Changes with what counts as contaminated, so that nothing that was saved before is taken for the verdict of now."""


def _held_out(files: Iterable[Path]) -> Iterator[tuple[str, str]]:
    problems: list[str] = []
    for file in files:
        count = 0
        try:
            for place, text in _texts(file, problems):
                count += 1
                yield place, text
        except OSError as error:
            raise UsageError(
                f"{file}: cannot be read: {error.strerror}; --held-out takes files of evaluation rows, or a run folder"
            ) from error
        if not count and not problems:
            raise UsageError(f"{file}: no text in it to hold out; JSON, JSONL, Parquet or plain text, one row a line")
    if problems:
        raise InputError(f"{len(problems)} bad held-out rows. Mend or remove them:", problems)


def _texts(file: Path, problems: list[str]) -> Iterator[tuple[str, str]]:
    if (file / "state.json").exists():  # a run folder: what it grew from, and what came of it
        for name in ("seeds.jsonl", "samples.jsonl"):
            if (file / name).exists():
                yield from _texts(file / name, problems)
    elif file.suffix == ".json":  # of any shape: what is no list is one row
        try:
            rows = json.loads(file.read_bytes().removeprefix(b"\xef\xbb\xbf"))
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{file}: not JSON: {error}") from error
        for number, row in enumerate(rows if isinstance(rows, list) else [rows], 1):
            yield from ((f"{file}: row {number}", text) for text in _strings(row))
    elif file.suffix in {".jsonl", ".parquet"}:
        for item in read_rows(file):
            if item.problem:
                problems.append(f"{item.place}: {item.problem}")
            yield from ((item.place, text) for text in _strings(item.value))
    else:
        for number, line in enumerate(file.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
            try:
                text = line.decode()
            except UnicodeDecodeError as error:
                problems.append(f"{file}:{number}: not UTF-8: {error}")
                continue
            if text.strip():
                yield f"{file}:{number}", text


def _strings(value: Any) -> Iterator[str]:
    """All texts in a row, whatever its format calls them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
