"""Every seed format that people have, read into samples.

A seeds folder may mix them. One row of each, as read here::

    {"instruction": "Name the capital of Peru.", "input": "", "output": "Lima"}                          Alpaca, synth
    {"instruction": "…", "instances": [{"input": "…", "output": "…"}], "is_classification": false}      Self-Instruct
    {"conversations": [{"from": "human", "value": "…"}, {"from": "gpt", "value": "…"}]}                 ShareGPT
    {"messages": [{"role": "user", "content": "…"}, {"role": "assistant", "content": "…"}]}             messages

``.jsonl`` holds one row a line, ``.json`` one list of rows, ``.yaml`` one task file (:mod:`synth.taskfile`): a fitting
task's examples are seeds, a breadth family only serves the embedded model. Of a conversation the first exchange is the
seed; a system message opens its instruction.

Nothing is guessed and nothing is skipped: every bad row of every file is reported at once, as ``file:line: what``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synth.errors import InputError, SynthError, UsageError
from synth.records import Sample, encodable
from synth.taskfile import TaskFile, read_taskfile
from synth.text import language_of

FORMATS = "instruction/output (Alpaca), instruction/instances (Self-Instruct), conversations (ShareGPT) or messages"


@dataclass(frozen=True, slots=True)
class Seeds:
    """What a seeds folder holds. ``duplicates`` are places of rows that repeat an earlier one word for word."""

    samples: tuple[Sample, ...]
    taskfiles: tuple[TaskFile, ...]
    duplicates: tuple[str, ...]


def read_seeds(*paths: Path) -> Seeds:
    """All seeds in files and folders (searched recursively, in name order).

    Raises:
        UsageError: a path does not exist, or there is no seed in all of them.
        InputError: some rows are bad; the message lists every one as ``file:line: what``.
    """
    samples: dict[str, Sample] = {}
    taskfiles: dict[str, TaskFile] = {}
    problems: list[str] = []
    duplicates: list[str] = []
    for file in _files(paths):
        if file.suffix in {".yaml", ".yml"}:
            try:
                taskfile = read_taskfile(file)
            except InputError as error:
                problems.extend(error.problems)
                continue
            except SynthError as error:
                problems.append(str(error))
                continue
            if taskfile.name in taskfiles:
                problems.append(f"{file}: the task name {taskfile.name!r} is taken by another file; choose another")
            taskfiles[taskfile.name] = taskfile
            rows = [(str(file), sample) for sample in _examples(taskfile)]
        else:
            rows = []
            for place, row in _rows(file, problems):
                try:
                    rows.extend((place, sample) for sample in parse_row(row))
                except ValueError as error:
                    problems.append(f"{place}: {error}")
        for place, sample in rows:
            if sample.id in samples:
                duplicates.append(place)
            samples.setdefault(sample.id, sample)
    if problems:
        raise InputError(f"{len(problems)} bad seed rows; nothing was written. Mend or remove them:", problems)
    if not samples:
        where = ", ".join(str(path) for path in paths)
        raise UsageError(f"no seeds in {where}: put .jsonl or .json files there, with rows of {FORMATS}")
    return Seeds(tuple(samples.values()), tuple(taskfiles.values()), tuple(duplicates))


def parse_row(row: Any, name: str = "") -> list[Sample]:
    """The samples in one row (several where a Self-Instruct row has several instances).

    ``name`` is the id that they get instead of their own; a sample that synth made keeps its own.

    Raises:
        ValueError: what is wrong with the row, without its place.
    """
    if not isinstance(row, dict):
        raise ValueError(f"a row must be a JSON object, this is {_kind(row)}")  # noqa: TRY004 - one error type a row
    # Parquet fills in null for a key that other rows have.
    if row.get("conversations") is not None:
        pairs = [_exchange(row["conversations"], "conversations", "from", "value")]
    elif row.get("messages") is not None:
        pairs = [_exchange(row["messages"], "messages", "role", "content")]
    elif row.get("instances") is not None:
        pairs = _instances(row)
    elif "instruction" in row:
        pairs = [(_text(row, "instruction"), _text(row, "input", optional=True), _text(row, "output"))]
    else:
        keys = ", ".join(sorted(map(str, row))[:6]) or "no keys"
        raise ValueError(f"no known format: it has {keys}; expected {FORMATS}")
    name = "" if "lineage" in row else name
    return [_sample(row, name, *pair) for pair in pairs]


def _sample(row: Mapping[str, Any], name: str, instruction: str, context: str, output: str) -> Sample:
    for key, text in (("instruction", instruction), ("output", output)):
        if not text.strip():
            raise ValueError(f"{key} is empty")
    labels = _labels(row["labels"]) if row.get("labels") else {}
    if not labels and isinstance(row.get("category"), str):  # Dolly's name for the task family
        labels = {"family": row["category"]}
    language = row.get("language") or language_of(instruction)
    if language == "und":  # "2 + 2 = ?"
        language = language_of(output)
    if not isinstance(language, str):
        raise ValueError(f"language must be a text such as en or zh, this is {_kind(language)}")  # noqa: TRY004 - see above
    task = row.get("task", "")  # a sample that synth made says which fitting task it is an instance of
    return Sample(
        instruction=encodable(instruction),
        input=encodable(context),
        output=encodable(output),
        language=language,
        labels=labels,
        task=task if isinstance(task, str) else "",
        name=name,
    )


def _labels(value: Any) -> dict[str, str]:
    labels = {key: label for key, label in value.items() if label is not None} if isinstance(value, dict) else None
    if labels is None or not all(isinstance(item, str) for pair in labels.items() for item in pair):
        raise ValueError('labels must be an object of texts, such as {"family": "extraction"}')
    return labels


def _text(row: Mapping[str, Any], key: str, *, optional: bool = False) -> str:
    value = row.get(key)
    if value is None and optional:
        return ""
    if value is None:
        raise ValueError(f"{key} is missing")
    if not isinstance(value, str):
        raise ValueError(f"{key} must be a text, this is {_kind(value)}")  # noqa: TRY004 - one error type a row
    return value


def _instances(row: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    instances = row["instances"]
    if not isinstance(instances, list) or not instances:
        raise ValueError("instances must be a list with at least one {input, output}")
    instruction = _text(row, "instruction")
    pairs = []
    for number, instance in enumerate(instances, 1):
        if not isinstance(instance, dict):
            raise ValueError(f"instance {number} must be an object, this is {_kind(instance)}")  # noqa: TRY004 - see above
        pairs.append((instruction, _text(instance, "input", optional=True), _text(instance, "output")))
    return pairs


def _exchange(turns: Any, key: str, role_key: str, text_key: str) -> tuple[str, str, str]:
    if not isinstance(turns, list):
        raise ValueError(f"{key} must be a list, this is {_kind(turns)}")  # noqa: TRY004 - one error type a row
    system, question = "", None
    for number, turn in enumerate(turns, 1):
        if not isinstance(turn, dict):
            raise ValueError(f"{key}[{number}] must be an object, this is {_kind(turn)}")  # noqa: TRY004 - see above
        role, text = _text(turn, role_key, optional=True), _text(turn, text_key)
        if role == "system":
            system = text
        elif role in {"human", "user"} and question is None:
            question = text
        elif role in {"gpt", "assistant", "model"} and question is not None:
            return (f"{system}\n\n{question}" if system.strip() else question), "", text
    raise ValueError(f"{key} has no user turn followed by an assistant turn")


def _examples(taskfile: TaskFile) -> Iterator[Sample]:
    if not taskfile.fixed:
        return
    for example in taskfile.examples:
        yield Sample(
            instruction=example.instruction,
            input=example.input,
            output=example.output,
            language=taskfile.language,
            labels=dict(taskfile.labels),
            task=taskfile.name,
        )


def _files(paths: tuple[Path, ...]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            found = sorted(
                file
                for file in path.rglob("*")
                if file.suffix in {".jsonl", ".json", ".yaml", ".yml"} and not file.name.startswith(".")
            )
            yield from found
        elif path.is_file():
            yield path
        else:
            raise UsageError(f"{path}: no such file or folder; --seeds takes a folder of seed files, or one file")


def _rows(file: Path, problems: list[str]) -> Iterator[tuple[str, Any]]:
    """Each row with its place; what cannot be parsed goes to ``problems``."""
    try:
        data = file.read_bytes()
    except OSError as error:
        problems.append(f"{file}: cannot be read: {error.strerror}")
        return
    if file.suffix == ".json":
        try:
            rows = json.loads(data.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            problems.append(f"{file}: not JSON: {error}")
            return
        if not isinstance(rows, list):
            problems.append(f"{file}: must hold a list of rows, this is {_kind(rows)}; one row a line goes in a .jsonl")
            return
        yield from ((f"{file}: row {number}", row) for number, row in enumerate(rows, 1))
        return
    # Split at \n alone: JSON text may hold U+2028 and other characters at which str.splitlines would cut a row in two.
    for number, line in enumerate(data.split(b"\n"), 1):
        place = f"{file}:{number}"
        if not line.strip():
            continue
        try:
            yield place, json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        except UnicodeDecodeError as error:
            problems.append(f"{place}: not UTF-8 at byte {error.start + 1}; save the file as UTF-8")
        except (ValueError, RecursionError) as error:
            problems.append(f"{place}: not JSON: {error}")


def _kind(value: Any) -> str:
    names = {
        dict: "an object",
        list: "a list",
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    return names.get(type(value), "null" if value is None else type(value).__name__)
