"""Task files: a task whose instances can be filled in, exactly right by construction.

A *fitting* task has one fixed instruction, examples, and a grammar of inputs; a *breadth* family has slots in the
instruction itself. Both are one YAML format (``seeds/TASKFILES.md`` describes it all). A whole breadth family::

    task: parking-charge
    language: en
    labels: {family: mathematics, difficulty: easy, topic: travel}
    slots:
      hours: {int: [2, 9]}
      rate: {decimal: [1.20, 3.60, 1]}
      place: [the station car park, "the car park behind {building}"]
      building: [the library, the market hall]
      total: {calc: hours * rate}
    where: total < 30
    instruction:
      - "Parking at {place} costs £{rate:.2f} an hour. What do {hours} hours cost?"
      - "I left the car in {place} for {hours} hours. At £{rate:.2f} an hour, what do I owe?"
    output: "{hours} × £{rate:.2f} = £{total:.2f}"

Slots are drawn once a fill, when first needed. Only the text that a task file itself declares as a template is
one, and only ``{slot}``, ``{slot.field}`` and ``{slot:format}`` are replaced in it; examples, the instruction of a
fitting task and drawn values never are. ``calc`` is a small expression language over Python's grammar, walked
here node by node: there is no ``eval`` and no attribute access (``row.price`` looks up a key).
Numbers are exact: a decimal is a :class:`~fractions.Fraction`, and rounding is half up, as people do it.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import json
import math
import operator
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar, Protocol

import yaml

from synth.errors import InputError, UsageError

_TRIES = 2000  # draws before a `where` counts as impossible
_TRIAL_FILLS = 8  # fills made at load, so that a mistake shows before a run starts

# What a mistake in a task file can raise when its values meet; each is reported with the slot or field it came from.
_MISTAKES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)


@dataclass(frozen=True, slots=True)
class Filled:
    """One instance of a task. ``output`` is the answer that belongs to ``instruction`` and ``input``."""

    instruction: str
    input: str
    output: str


@dataclass(frozen=True, slots=True)
class Contract:
    """What every output of a task must look like.

    ``format`` is ``json`` (an object with exactly ``keys``), ``label`` (one of ``labels``) or ``text`` (``lines``:
    a regular expression for each line; ``avoid``: phrases that must not occur).
    """

    format: str
    keys: Mapping[str, Any] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()

    def problems(self, output: str) -> list[str]:
        """What ``output`` breaks, in words; empty when it keeps the contract."""
        if self.format == "label":
            return [] if output in self.labels else [f"{output!r} is none of the labels {', '.join(self.labels)}"]
        if self.format == "json":
            return self._json_problems(output)
        found = [f"it has the phrase {phrase!r}" for phrase in self.avoid if phrase in output]
        if self.lines:
            lines = output.split("\n")
            if len(lines) != len(self.lines):
                return [*found, f"it has {len(lines)} lines, not {len(self.lines)}"]
            for number, (line, pattern) in enumerate(zip(lines, self.lines, strict=True), 1):
                if not re.fullmatch(pattern, line):
                    found.append(f"line {number} {line!r} does not match {pattern}")
        return found

    def _json_problems(self, output: str) -> list[str]:
        try:
            value = json.loads(output)
        except ValueError as error:
            return [f"it is not JSON ({error})"]
        if not isinstance(value, dict) or list(value) != list(self.keys):
            return [f"it must be an object with the keys {', '.join(self.keys)}, in this order"]
        return [
            f"{key}: {value[key]!r} is not {kind if isinstance(kind, str) else ' or '.join(map(str, kind))}"
            for key, kind in self.keys.items()
            if not _is_of_kind(value[key], kind)
        ]


@dataclass(frozen=True, slots=True)
class TaskFile:
    """A task file, read and checked.

    ``instruction`` is the fixed instruction of a fitting task, ``""`` for a breadth family (there the slots fill it).
    ``examples`` are hand-written. ``sha256`` is that of the file's bytes, for the record of a run.
    """

    path: Path
    name: str
    language: str
    labels: Mapping[str, str]
    instruction: str
    examples: tuple[Filled, ...]
    contract: Contract | None
    sha256: str
    _slots: Mapping[str, _Slot] = field(repr=False)
    _where: tuple[ast.expr, ...] = field(repr=False)
    _instructions: tuple[_Text, ...] = field(repr=False)
    _inputs: tuple[_Text, ...] = field(repr=False)
    _output: Any = field(repr=False)

    @property
    def fixed(self) -> bool:
        """Whether the instruction is fixed: a fitting task, whose novelty is in the input."""
        return bool(self.instruction)

    def fill(self, rng: random.Random) -> Filled:
        """A new instance: a pure function of the generator's state (and of the installed version of Faker)."""
        for _ in range(_TRIES):
            filling = _Filling(self._slots, self.language, rng)
            try:
                if filling.holds(self._where):
                    return self._finish(filling)
            except _SlotError as error:
                raise UsageError(f"{self.path}: {error}") from error
        raise UsageError(f"{self.path}: where: did not hold in {_TRIES} draws; loosen it or widen the slots")

    def _finish(self, filling: _Filling) -> Filled:
        instruction = self.instruction or filling.pick(self._instructions)
        text = filling.pick(self._inputs) if self._inputs else ""
        value = filling.resolve(filling.resolve(self._output))  # twice: a bare {slot} may give a row of templates
        if value is None or isinstance(value, bool):
            raise _SlotError(f"output: {value!r} is no text")
        output = _to_json(value) if isinstance(value, dict | list) else _show(value, "", self.language)
        if self.contract and (problems := self.contract.problems(output)):
            raise _SlotError(f"output: {output!r} breaks the contract: {'; '.join(problems)}")
        return Filled(instruction, text, output)


def read_taskfile(path: Path) -> TaskFile:
    """Read, check and try out the task file at ``path``; InputError lists all that is wrong, each with its key."""
    try:
        data = path.read_bytes()
        raw = yaml.load(data, _Loader)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InputError("A task file is not YAML:", [f"{path}:{line}: {error.problem}"]) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError("A task file is not YAML:", [f"{path}: {error}; save it as UTF-8 text"]) from error
    reader = _Reader(path)
    task = reader.read(raw, hashlib.sha256(data).hexdigest())
    if reader.problems or task is None:
        raise InputError("A task file is wrong (seeds/TASKFILES.md describes the format):", reader.problems)
    for seed in range(_TRIAL_FILLS):
        task.fill(random.Random(seed))
    return task


# Reading: YAML -> slots, texts and expressions, with every problem noted under its key.


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # libyaml where it is built in
    """YAML whose scalars mean what they look like, and whose keys are unique.

    YAML 1.1 reads ``no`` as false, ``12:30`` as 750 and ``2026-05-01`` as a date object; here only null, true,
    false and numbers are not strings.
    """

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} occurs twice", key_node.start_mark
                )
            seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


for _tag, _pattern, _first in (
    ("null", r"null|~|", ["n", "~", ""]),
    ("bool", r"true|false", list("tf")),
    ("int", r"-?(0|[1-9][0-9]*)", list("-0123456789")),
    ("float", r"-?(0|[1-9][0-9]*)\.[0-9]+", list("-0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern})\\Z"), _first)


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[str] = []
        self._used: set[str] = set()

    def note(self, key: str, what: str) -> None:
        self.problems.append(f"{self.path}: {key}: {what}")

    def read(self, raw: Any, sha256: str) -> TaskFile | None:
        keys = {
            "task",
            "language",
            "labels",
            "instruction",
            "input",
            "output",
            "slots",
            "where",
            "contract",
            "examples",
        }
        if not isinstance(raw, dict):
            self.note("file", f"must be a mapping with the keys {', '.join(sorted(keys))}")
            return None
        for key in sorted(set(map(str, raw)) - keys):
            self.note(key, f"is not a key of a task file; these are: {', '.join(sorted(keys))}")
        for key in ("task", "language", "instruction", "output"):
            if key not in raw:
                self.note(key, "is missing")
        if not isinstance(raw.get("task"), str):
            self.note("task", "must be a name")
        if raw.get("language") not in ("en", "zh"):
            self.note("language", "must be en or zh")
        labels = raw.get("labels", {})
        if not isinstance(labels, dict) or not all(isinstance(value, str) for value in labels.values()):
            self.note("labels", "must be a mapping of names to words, e.g. {family: extraction, difficulty: easy}")
        slots = {name: self._slot(f"slots.{name}", spec) for name, spec in self._mapping("slots", raw).items()}
        conditions = raw.get("where", [])
        where = [
            self._expression("where", text) for text in (conditions if isinstance(conditions, list) else [conditions])
        ]
        instruction = raw.get("instruction", "")
        fixed = isinstance(instruction, str)
        instructions = () if fixed else self._texts("instruction", instruction)
        inputs = self._texts("input", raw["input"]) if "input" in raw else ()
        if fixed and not inputs:
            self.note("input", "is missing: a fixed instruction needs inputs that differ")
        output = self._value("output", raw.get("output"))
        contract = self._contract(raw["contract"]) if "contract" in raw else None
        examples = self._examples(raw.get("examples", []), instruction if fixed else "", contract)
        for name in sorted(self._used - set(slots)):
            self.note(f"{{{name}}}", "is no slot; declare it under slots, or write {{" + name + "}} for literal braces")
        for name in sorted(set(slots) - self._used):
            self.note(f"slots.{name}", "is never used; take it out, or mend the name where it is meant")
        if self.problems:
            return None
        return TaskFile(
            path=self.path,
            name=raw["task"],
            language=raw["language"],
            labels=labels,
            instruction=instruction if fixed else "",
            examples=examples,
            contract=contract,
            sha256=sha256,
            _slots={name: slot for name, slot in slots.items() if slot is not None},
            _where=tuple(node for node in where if node is not None),
            _instructions=instructions,
            _inputs=inputs,
            _output=output,
        )

    def _mapping(self, key: str, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        value = raw.get(key, {})
        if not isinstance(value, dict):
            self.note(key, "must be a mapping")
            return {}
        for name in value:
            if not re.fullmatch(_NAME, str(name)):
                self.note(f"{key}.{name}", "is not a name: use small letters, digits and underscores")
        return value

    def _slot(self, key: str, spec: Any) -> _Slot | None:
        if isinstance(spec, list):
            spec = {"choice": spec}
        if not isinstance(spec, dict):
            self.note(key, f"must be a list of alternatives, or one of {', '.join(_KINDS)}")
            return None
        kind = next((name for name in _KINDS if name in spec), None)
        if kind is None or set(spec) - {kind, *_KINDS[kind]}:
            self.note(key, f"must have exactly one of {', '.join(_KINDS)} (map and sample also `of`)")
            return None
        body = spec[kind]
        if kind == "choice":
            if isinstance(body, list) and body:
                return _Choice([self._value(key, value) for value in body])
            if isinstance(body, str):
                node = self._expression(key, body)
                return _Choice(node) if node is not None else None
            self.note(key, "choice: needs a list of alternatives, at least one, or an expression that gives one")
        elif kind == "table":
            if isinstance(body, list) and body:
                return _Table([self._value(key, value) for value in body])
            self.note(key, "table: needs a list of rows")
        elif kind == "calc":
            node = self._expression(key, body)
            return _Calc(node) if node is not None else None
        elif kind == "faker":
            if body in _FAKER:
                return _Fake(body)
            self.note(key, f"faker: {body!r} is none of {', '.join(_FAKER)}")
        elif kind == "map":
            return self._map(key, body, spec.get("of"))
        elif kind == "sample":
            return self._sample(key, body, spec.get("of"))
        else:
            return self._range(key, kind, body)
        return None

    def _map(self, key: str, source: Any, table: Any) -> _Slot | None:
        node = self._expression(key, source)
        if not isinstance(table, dict) or not table:
            self.note(key, "map: needs `of`, a mapping from each value to what it gives")
            return None
        return None if node is None else _Map(node, {_number(k): self._value(key, v) for k, v in table.items()})

    def _sample(self, key: str, count: Any, source: Any) -> _Slot | None:
        node = self._expression(key, str(count))
        slot = self._slot(key, source)
        return _Sample(node, slot) if node is not None and slot is not None else None

    def _range(self, key: str, kind: str, body: Any) -> _Slot | None:
        forms = {"int": "[low, high] or [low, high, step]", "decimal": "[low, high, places]", "date": "[from, to]"}
        try:
            if kind == "int":
                low, high, step = (*body, 1)[:3]
                if all(type(number) is int for number in (low, high, step)) and step > 0 and low <= high:
                    return _Whole(low, high, step)
            elif kind == "decimal":
                low, high, places = body
                scale = 10**places
                if low <= high:
                    return _Decimal(int(_number(low) * scale), int(_number(high) * scale), scale)
            else:
                first, last = (date.fromisoformat(day) for day in body)
                if first <= last:
                    return _Day(first, last)
        except (TypeError, ValueError):
            pass
        self.note(key, f"{kind}: must be {forms[kind]}, in ascending order")
        return None

    def _texts(self, key: str, raw: Any) -> tuple[_Text, ...]:
        options = raw if isinstance(raw, list) else [raw]
        if not options or not all(isinstance(option, str) and option for option in options):
            self.note(key, "must be a text, or a list of alternative texts")
            return ()
        return tuple(self._text(key, option) for option in options)

    def _value(self, key: str, raw: Any) -> Any:
        """A declared value, ready to be drawn: each string with a field in it becomes a template."""
        if isinstance(raw, str):
            return self._text(key, raw) if "{" in raw else raw
        if isinstance(raw, list):
            return [self._value(key, item) for item in raw]
        if isinstance(raw, dict):
            return {name: self._value(f"{key}.{name}", item) for name, item in raw.items()}
        return _number(raw)

    def _text(self, key: str, raw: str) -> _Text:
        pieces: list[str | _Field] = []
        end = 0
        for match in _FIELD.finditer(raw):
            pieces.append(raw[end : match.start()])
            end = match.end()
            if match["literal"]:
                pieces.append(match["literal"])
                continue
            spec = match["format"] or ""
            if not _FORMAT.fullmatch(spec):
                self.note(
                    key, f"{match[0]}: no format {spec!r}; there are .2f  ~2  ,  03d  one|many  {' '.join(_FORMATS)}"
                )
            self._used.add(match["name"])
            pieces.append(_Field(match["name"], match["key"] or "", spec))
        pieces.append(raw[end:])
        if any(isinstance(piece, str) and "{{" in piece for piece in pieces):
            self.note(key, "{{ has no }} that belongs to it (there may be no other brace between them)")
        return _Text(tuple(piece for piece in pieces if piece != ""))

    def _expression(self, key: str, text: Any) -> ast.expr | None:
        try:
            node = ast.parse(f"({text}\n)", mode="eval").body
        except (SyntaxError, ValueError):
            self.note(key, f"{text!r} is not an expression, such as: nights * price")
            return None
        bound: set[str] = set()
        names: set[str] = set()
        for part in ast.walk(node):
            if not isinstance(part, _ALLOWED):
                self.note(key, f"{text!r}: {type(part).__name__} is not allowed here; {_ALLOWED_WORDS}")
                return None
            if isinstance(part, ast.Call) and (not isinstance(part.func, ast.Name) or part.keywords):
                self.note(key, f"{text!r}: call functions by name, without keywords; {_ALLOWED_WORDS}")
                return None
            if isinstance(part, ast.comprehension) and isinstance(part.target, ast.Name):
                bound.add(part.target.id)
            if isinstance(part, ast.Name):
                names.add(part.id)
        self._used |= names - bound - set(_FUNCTIONS)
        return node

    def _contract(self, raw: Any) -> Contract | None:
        parts = {"json": "keys", "label": "labels", "text": "lines or avoid"}
        form = raw.get("format") if isinstance(raw, dict) else None
        if not isinstance(form, str) or form not in parts:
            self.note(
                "contract", "must have `format`: json (with keys), label (with labels) or text (with lines, avoid)"
            )
            return None
        mine = parts[form].split(" or ")
        if set(raw) - {"format", *mine} or not any(raw.get(name) for name in mine):
            self.note("contract", f"format {form} has {parts[form]}, and nothing else")
            return None
        lists = [raw.get(name, []) for name in ("labels", "lines", "avoid")]
        if not isinstance(raw.get("keys", {}), dict) or not all(
            isinstance(found, list) and all(isinstance(item, str) for item in found) for found in lists
        ):
            self.note("contract", "keys must be a mapping; labels, lines and avoid must be lists of texts")
            return None
        for name, kind in raw.get("keys", {}).items():
            if not isinstance(kind, list) and str(kind).rstrip("?") not in _JSON_KINDS:
                self.note(
                    f"contract.keys.{name}", f"{kind!r} is none of {', '.join(_JSON_KINDS)} (with ? where null may be)"
                )
        for pattern in raw.get("lines", []):
            try:
                re.compile(pattern)
            except re.error as error:
                self.note("contract.lines", f"{pattern!r} is not a regular expression ({error})")
                return None
        return Contract(
            format=form,
            keys=raw.get("keys", {}),
            labels=tuple(raw.get("labels", ())),
            lines=tuple(raw.get("lines", ())),
            avoid=tuple(raw.get("avoid", ())),
        )

    def _examples(self, raw: Any, instruction: str, contract: Contract | None) -> tuple[Filled, ...]:
        wanted = {"input", "output"} if instruction else {"instruction", "output"}
        found = []
        for number, row in enumerate(raw if isinstance(raw, list) else [raw], 1):
            key = f"examples[{number}]"
            if not isinstance(row, dict) or not wanted <= set(row) <= wanted | {"input"}:
                self.note(key, f"must have {' and '.join(sorted(wanted))}, and nothing else")
                continue
            if not all(isinstance(row.get(part, ""), str) for part in ("instruction", "input")):
                self.note(key, "instruction and input must be texts")
                continue
            output = row["output"] if isinstance(row["output"], str) else _to_json(row["output"])
            output = output.rstrip("\n")
            for problem in contract.problems(output) if contract else ():
                self.note(key, f"output: {problem}")
            found.append(Filled(instruction or row["instruction"], row.get("input", "").rstrip("\n"), output))
        return tuple(found)


# Filling: one fill draws each slot at most once, when it is first needed.


class _SlotError(Exception):
    """A fill that cannot be finished, with the key to blame; ``fill`` adds the file."""


class _Slot(Protocol):
    def draw(self, filling: _Filling, /) -> Any: ...


class _Filling:
    def __init__(self, slots: Mapping[str, _Slot], language: str, rng: random.Random) -> None:
        self.language = language
        self.rng = rng
        self._slots = slots
        self._values: dict[str, Any] = {}
        self._drawing: list[str] = []

    def value(self, name: str) -> Any:
        if name not in self._values:
            if name in self._drawing:
                raise _SlotError(f"slots.{name}: needs itself, by way of {' and '.join(self._drawing)}")
            self._drawing.append(name)
            try:
                self._values[name] = self._slots[name].draw(self)
            except _MISTAKES as error:
                raise _SlotError(f"slots.{name}: {error}") from error
            self._drawing.pop()
        return self._values[name]

    def holds(self, conditions: Sequence[ast.expr]) -> bool:
        for condition in conditions:
            try:
                if not _evaluate(condition, self):
                    return False
            except _MISTAKES as error:
                raise _SlotError(f"where: {ast.unparse(condition)}: {error}") from error
        return True

    def pick(self, texts: Sequence[_Text]) -> str:
        return str(self.resolve(self.rng.choice(texts)))

    def resolve(self, value: Any) -> Any:
        """``value`` with its templates rendered; a template that is one bare ``{slot}`` gives the slot's own value."""
        if isinstance(value, _Text):
            if len(value.pieces) == 1 and isinstance(value.pieces[0], _Field) and not value.pieces[0].format:
                return self._field(value.pieces[0])
            return "".join(piece if isinstance(piece, str) else self._show(piece) for piece in value.pieces)
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if isinstance(value, dict):
            return {key: self.resolve(item) for key, item in value.items()}
        return value

    def unwrap(self, value: Any) -> Any:
        """``value``, rendered if it is a template. Lists and rows stay as they are: one of them may be all we need."""
        return self.resolve(value) if isinstance(value, _Text) else value

    def _field(self, part: _Field) -> Any:
        value = self.value(part.name)
        if not part.key:
            return value
        if not isinstance(value, dict) or part.key not in value:
            raise _SlotError(f"{{{part.name}.{part.key}}}: the value {value!r} has no such field")
        return self.unwrap(value[part.key])

    def _show(self, part: _Field) -> str:
        try:
            return _show(self._field(part), part.format, self.language)
        except _MISTAKES as error:
            raise _SlotError(f"{{{part.name}{part.key and '.'}{part.key}:{part.format}}}: {error!r}") from error


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    key: str
    format: str


@dataclass(frozen=True, slots=True)
class _Text:
    """A template: literal text and fields."""

    pieces: tuple[str | _Field, ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    options: Sequence[Any] | ast.expr  # an expression gives a list, such as the phrases of the row that was drawn

    def draw(self, filling: _Filling) -> Any:
        option = filling.rng.choice(self.all(filling))
        # A row's templates wait until they are asked for: they may need slots that look at the row.
        return option if isinstance(option, dict) else filling.resolve(option)

    def all(self, filling: _Filling) -> Sequence[Any]:
        if not isinstance(self.options, ast.expr):
            return self.options
        options = _evaluate(self.options, filling)
        if not isinstance(options, list | range):
            raise TypeError(f"choice: {ast.unparse(self.options)} is not a list; declare it as {{table: [...]}}")
        return options


@dataclass(frozen=True, slots=True)
class _Table:
    rows: list[Any]

    def draw(self, _: _Filling) -> list[Any]:
        return self.rows


@dataclass(frozen=True, slots=True)
class _Calc:
    node: ast.expr

    def draw(self, filling: _Filling) -> Any:
        return _evaluate(self.node, filling)


@dataclass(frozen=True, slots=True)
class _Map:
    node: ast.expr
    table: Mapping[Any, Any]

    def draw(self, filling: _Filling) -> Any:
        value = _evaluate(self.node, filling)
        if value not in self.table:
            raise LookupError(f"map: `of` has nothing for {value!r}")
        found = self.table[value]
        if isinstance(found, list):
            found = filling.rng.choice(found)
        return found if isinstance(found, dict) else filling.resolve(found)


@dataclass(frozen=True, slots=True)
class _Sample:
    count: ast.expr
    source: _Slot

    def draw(self, filling: _Filling) -> list[Any]:
        count = _evaluate(self.count, filling)
        if isinstance(self.source, _Choice):
            chosen = filling.rng.sample(self.source.all(filling), count)
            return [item if isinstance(item, dict) else filling.resolve(item) for item in chosen]
        values: list[Any] = []
        for _ in range(_TRIES):
            if len(values) == count:
                return values
            value = self.source.draw(filling)
            if value not in values:
                values.append(value)
        raise ValueError(f"sample: there are not {count} different values")


@dataclass(frozen=True, slots=True)
class _Whole:
    low: int
    high: int
    step: int

    def draw(self, filling: _Filling) -> int:
        return filling.rng.randrange(self.low, self.high + 1, self.step)


@dataclass(frozen=True, slots=True)
class _Decimal:
    low: int
    high: int
    scale: int

    def draw(self, filling: _Filling) -> Any:
        return _tidy(Fraction(filling.rng.randint(self.low, self.high), self.scale))


@dataclass(frozen=True, slots=True)
class _Day:
    first: date
    last: date

    def draw(self, filling: _Filling) -> date:
        return self.first + timedelta(days=filling.rng.randint(0, (self.last - self.first).days))


@dataclass(frozen=True, slots=True)
class _Fake:
    provider: str

    def draw(self, filling: _Filling) -> str:
        fake = _faker({"en": "en_US", "zh": "zh_CN"}[filling.language])
        fake.seed_instance(filling.rng.getrandbits(32))
        return str(getattr(fake, self.provider)())


@functools.cache
def _faker(locale: str) -> Any:
    from faker import Faker

    return Faker(locale)


_KINDS: Mapping[str, tuple[str, ...]] = {
    "choice": (),
    "table": (),
    "int": (),
    "decimal": (),
    "date": (),
    "faker": (),
    "calc": (),
    "map": ("of",),
    "sample": ("of",),
}
_FAKER = (
    "name",
    "name_female",
    "name_male",
    "first_name",
    "last_name",
    "first_name_female",
    "first_name_male",
)
_NAME = "[a-z][a-z0-9_]*"
_FIELD = re.compile(
    rf"\{{(?P<literal>\{{[^{{}}]*\}})\}}|\{{(?P<name>{_NAME})(?:\.(?P<key>{_NAME}))?(?::(?P<format>[^{{}}]*))?\}}"
)


# Expressions: the nodes of Python's grammar that `calc`, `map` and `where` may use, and what each means.

_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + timedelta(days=b) if isinstance(a, date) else a + b,
    ast.Sub: lambda a, b: (
        (a - b).days if isinstance(b, date) else a - timedelta(days=b) if isinstance(a, date) else a - b
    ),
    ast.Mult: operator.mul,
    ast.Div: lambda a, b: Fraction(a) / b,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: lambda a, b: a ** min(b, 64),
}
_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
_ALLOWED = (
    *(ast.BinOp, ast.UnaryOp, ast.USub, ast.Not, ast.BoolOp, ast.And, ast.Or, ast.Compare, ast.IfExp, ast.Constant),
    *(ast.Name, ast.Load, ast.Store, ast.Attribute, ast.Subscript, ast.Slice, ast.Call),
    *(ast.List, ast.Dict, ast.ListComp, ast.GeneratorExp, ast.comprehension, *_BINARY, *_COMPARE),
)


def _evaluate(node: ast.AST | None, filling: _Filling, local: Mapping[str, Any] | None = None) -> Any:
    """The value of an expression; ``local`` holds the variables of the comprehensions around it."""
    local = local or {}

    def of(part: ast.AST | None) -> Any:
        return _evaluate(part, filling, local)

    match node:
        case None:
            return None
        case ast.Constant(value=value):
            return _number(value)
        case ast.Name(id=name):
            return local[name] if name in local else filling.value(name)
        case ast.Attribute(value=row, attr=key):
            return filling.unwrap(of(row)[key])
        case ast.Subscript(value=base, slice=ast.Slice(lower=low, upper=high)):
            return of(base)[of(low) : of(high)]
        case ast.Subscript(value=base, slice=index):
            return filling.unwrap(of(base)[of(index)])
        case ast.BinOp(left=left, op=op, right=right):
            return _tidy(_BINARY[type(op)](of(left), of(right)))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not of(operand)
        case ast.UnaryOp(operand=operand):
            return -of(operand)
        case ast.BoolOp(op=ast.And(), values=values):
            return all(of(value) for value in values)
        case ast.BoolOp(values=values):
            return any(of(value) for value in values)
        case ast.Compare(left=left, ops=ops, comparators=others):
            values = [of(left), *map(of, others)]
            return all(_COMPARE[type(op)](values[i], values[i + 1]) for i, op in enumerate(ops))
        case ast.IfExp(test=test, body=body, orelse=other):
            return of(body) if of(test) else of(other)
        case ast.List(elts=items):
            return [of(item) for item in items]
        case ast.Dict(keys=keys, values=values):
            return {of(key): of(value) for key, value in zip(keys, values, strict=True)}
        case ast.ListComp(elt=item, generators=[loop]) | ast.GeneratorExp(elt=item, generators=[loop]):
            return [_evaluate(item, filling, scope) for scope in _loop(loop, filling, local)]
        case ast.Call(func=ast.Name(id="fmt"), args=[value, spec]):
            return _show(of(value), of(spec), filling.language)
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in _FUNCTIONS:
            return _tidy(_FUNCTIONS[name](*map(of, arguments)))
    raise ValueError(f"{ast.unparse(node)!r} cannot be computed; {_ALLOWED_WORDS}")


def _loop(loop: ast.comprehension, filling: _Filling, local: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if not isinstance(loop.target, ast.Name):
        raise TypeError("a loop has one variable")
    for value in _evaluate(loop.iter, filling, local):
        scope = {**local, loop.target.id: filling.unwrap(value)}
        if all(_evaluate(condition, filling, scope) for condition in loop.ifs):
            yield scope


def _number(value: Any) -> Any:
    """A float as it is written (0.1 is one tenth); anything else as it is."""
    return _tidy(Fraction(repr(value))) if isinstance(value, float) else value


def _tidy(value: Any) -> Any:
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def _round(value: int | Fraction, places: int = 0) -> int | Fraction:
    """Half up, away from zero: 2.5 gives 3."""
    scaled = math.floor(abs(value) * 10**places + Fraction(1, 2))
    rounded = Fraction(scaled if value >= 0 else -scaled, 10**places)
    return rounded.numerator if rounded.denominator == 1 else rounded


_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": abs,
    "all": all,
    "any": any,
    "ceil": math.ceil,
    "date": date,
    "distinct": lambda *values: len({repr(value) for value in values}) == len(values),
    "floor": math.floor,
    "fmt": lambda: None,  # needs the language: see _evaluate
    "gcd": math.gcd,
    "join": lambda separator, items: separator.join(map(str, items)),
    "len": len,
    "max": max,
    "min": min,
    "range": range,
    "replace": lambda text, old, new: text.replace(old, new),
    "reversed": lambda items: list(reversed(items)),
    "round": _round,
    "sort_by": lambda rows, key: sorted(rows, key=lambda row: row[key]),
    "sorted": sorted,
    "split": lambda text, separator: text.split(separator),
    "str": str,
    "sum": sum,
}
_ALLOWED_WORDS = (
    "use slots, numbers, texts, + - * / // % **, comparisons, and/or/not, a if c else b, lists, [x for x in y if z], "
    f"and {' '.join(_FUNCTIONS)}"
)


# Formats: how a value is written.


def _show(value: Any, spec: str, language: str) -> str:
    if "|" in spec:
        one, many = spec.split("|")
        return one if value == 1 else many
    if spec in _FORMATS:
        return _FORMATS[spec](value, language)
    if value is None or isinstance(value, list | dict | bool):
        raise TypeError(f"{value!r} cannot be written into a text; use a map to give its wording")
    if spec == "":
        return value.isoformat() if isinstance(value, date) else _plain(value)
    if spec.startswith("~"):
        whole, _, rest = _fixed(value, int(spec[1:])).partition(".")
        return f"{whole}.{kept}" if (kept := rest.rstrip("0")) else whole
    if spec.startswith("0"):
        return f"{value:{spec}}"
    places = int(spec[-2]) if spec.endswith("f") else 0
    whole, _, rest = _fixed(value, places).partition(".") if spec.endswith("f") else _plain(value).partition(".")
    grouped = f"{int(whole):,}" if spec.startswith(",") else whole
    return f"{grouped}.{rest}" if rest else grouped


def _plain(value: Any) -> str:
    if not isinstance(value, Fraction):
        return str(value)
    for places in range(1, 13):
        if (value * 10**places).denominator == 1:
            return _fixed(value, places)
    raise ValueError(f"{value} has no exact decimal form; give it a format, such as .2f")


def _fixed(value: int | Fraction, places: int) -> str:
    scaled = abs(int(_round(value, places) * 10**places))
    digits = f"{scaled:0{places + 1}d}"
    sign = "-" if value < 0 and scaled else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def _article(value: str, _: str) -> str:
    """``value`` with its indefinite article, by sound."""
    silent = re.match(r"(hour|honest|heir|8|11\b|18\b)", value, re.I)
    hard = re.match(r"(uni|use|usu|uti|eu|one\b|once|ukulele)", value, re.I)
    return f"{'an' if silent or (value[0] in 'aeiouAEIOU' and not hard) else 'a'} {value}"


def _words(value: int, language: str) -> str:
    """A count from 0 to 99 in words: ``twenty-three``; in Chinese as before a measure word: 两, 二十三."""
    if not 0 <= value <= 99:
        raise ValueError(f"words: {value} is not within 0 to 99")
    tens, ones = divmod(value, 10)
    if language == "zh":
        digits = "零一二三四五六七八九"
        if value == 2:
            return "两"
        return (digits[tens] if tens > 1 else "") + ("十" if tens else "") + (digits[ones] if ones or not tens else "")
    if value < 20:
        return _ENGLISH[value]
    return _TENS[tens] + (f"-{_ENGLISH[ones]}" if ones else "")


def _clock(minutes: int) -> tuple[int, int]:
    return divmod(minutes % 1440, 60)


def _ampm(minutes: int, _: str) -> str:
    hour, minute = _clock(minutes)
    return f"{hour % 12 or 12}{f':{minute:02d}' if minute else ''} {'am' if hour < 12 else 'pm'}"


def _clock_zh(minutes: int, _: str) -> str:
    hour, minute = _clock(minutes)
    part = next(
        name
        for until, name in ((6, "凌晨"), (9, "早上"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上"))
        if hour < until
    )
    rest = {0: "", 30: "半"}.get(minute, f"{minute:02d}分")
    return f"{part}{hour if hour <= 12 else hour - 12}点{rest}"


_ENGLISH = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
]
_TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def _ordinal(number: int) -> str:
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


_FORMATS: Mapping[str, Callable[[Any, str], str]] = {
    "cap": lambda value, _: value[:1].upper() + value[1:],
    "lower": lambda value, _: value.lower(),
    "upper": lambda value, _: value.upper(),
    "a": _article,
    "words": _words,
    "ordinal": lambda value, _: _ordinal(value.day if isinstance(value, date) else value),
    "hm": lambda value, _: "{:02d}:{:02d}".format(*_clock(value)),
    "ampm": _ampm,
    "zhtime": _clock_zh,
    "dm": lambda value, _: f"{value.day} {_MONTHS[value.month - 1]}",
    "dmy": lambda value, _: f"{value.day} {_MONTHS[value.month - 1]} {value.year}",
    "md": lambda value, _: f"{_MONTHS[value.month - 1]} {value.day}",
    "month": lambda value, _: _MONTHS[value.month - 1],
    "weekday": lambda value, language: (
        "星期" + "一二三四五六日"[value.weekday()] if language == "zh" else _DAYS[value.weekday()]
    ),
    "zhday": lambda value, _: f"{value.month}月{value.day}日",
    "zhdate": lambda value, _: f"{value.year}年{value.month}月{value.day}日",
    "json": lambda value, _: _to_json(value),
}
_FORMAT = re.compile(rf",?(\.[0-9]f)?|0[1-9]d|~[1-9]|[^|]*\|[^|]*|{'|'.join(_FORMATS)}")


def _to_json(value: Any) -> str:
    return json.dumps(_jsonable(value), ensure_ascii=False)


def _jsonable(value: Any) -> Any:
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    if isinstance(value, dict):
        return {key: _jsonable(item) for key, item in value.items()}
    return value


_JSON_KINDS: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str) and bool(value),
    "integer": lambda value: type(value) is int,
    "number": lambda value: type(value) in (int, float),
    "boolean": lambda value: isinstance(value, bool),
    "date": lambda value: isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None,
    "time": lambda value: isinstance(value, str) and re.fullmatch(r"[0-2]\d:[0-5]\d", value) is not None,
    "list": lambda value: isinstance(value, list),
}


def _is_of_kind(value: Any, kind: Any) -> bool:
    if isinstance(kind, list):
        return value in kind
    return (kind.endswith("?") and value is None) or (value is not None and _JSON_KINDS[kind.rstrip("?")](value))
