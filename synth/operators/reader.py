"""The one reader of structured completions: strict where it can be, tolerant where it must.

A server that enforces the schema sends plain JSON. Others send what models write when left to themselves::

    Sure! Here is the rewritten task:
    ```json
    {'instruction': "Explain the term "dew point"
    to a child.", 'input': '',}
    ```

JSON that parses is taken as it is. Else a value is looked for that opens with ``{`` or ``[``, read by a grammar that
also takes single quotes, line breaks and unescaped quotes inside strings, Python's constants, trailing and missing
commas. Only structure is looked at, never words: no text inside a string can end it or pass for a field. What was
cut is never completed: the whole items of a list that was cut are kept, anything else is truncated. Where a model
wrote several objects (an echo of the task, a first try), the last whole one counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from synth.protocols import Unreadable
from synth.records import Completion, encodable

QUOTE = 160
"""Characters of a completion that are quoted as evidence."""


@dataclass(frozen=True, slots=True)
class Task:
    """A task as a completion gives it: ``labels`` are those that the model named, ``fields`` all that it wrote."""

    instruction: str
    input: str
    labels: Mapping[str, str]
    fields: Mapping[str, Any]


def read_object(completion: Completion, *fields: str) -> dict[str, Any] | Unreadable:
    """The last object in the completion that has all ``fields``."""
    if completion.finish_reason != "stop":
        return _unfinished(completion)
    found = _find(completion.text)
    holding = _holding(found.values, fields)
    return holding[-1] if holding else _why_not(completion.text, found, fields)


def read_list(completion: Completion, name: str, *fields: str) -> list[Any | Unreadable]:
    """The items of the list ``name``: objects with ``fields``, or anything where there are none.

    What is not in its list is read as well, where it can be told: a bare list, or one object after the other. Where
    the list was cut or broken, the last item is an Unreadable for the rest of it.
    """
    if completion.finish_reason == "error":
        return [_unfinished(completion)]
    found = _find(completion.text)
    lists = [value[name] for value in _holding(found.values, (name,)) if isinstance(value[name], list)]
    if not lists and not fields:
        lists = [value for value in found.values if isinstance(value, list)]
    if lists:
        return list(lists[-1]) or [_why_not(completion.text, found, (name,))]
    # The list was cut, or its frame is broken or missing: each item stands for itself.
    items: list[Any | Unreadable] = []
    if fields:
        items += _holding([*found.values, *found.kept], fields)
    elif found.kept_name in (name, ""):
        items += found.kept
    if completion.finish_reason != "stop":
        items.append(_unfinished(completion))
    elif found.cut or found.broken or not items:
        items.append(_why_not(completion.text, found, (name,)))
    return items


def read_task(completion: Completion, schema: Mapping[str, Any] | None) -> Task | Unreadable:
    """The one task in the completion."""
    found = read_object(completion, "instruction")
    return found if isinstance(found, Unreadable) else as_task(found, schema)


def as_task(value: Any, schema: Mapping[str, Any] | None) -> Task | Unreadable:
    """The task in an object; ``schema`` is the object's own, and says what it must have and how long it may be."""
    if not isinstance(value, Mapping):
        return Unreadable("wrong-type", f"a task must be an object, this is {_quote(value)}")
    for name in (schema or {}).get("required", ()):
        if name in ("instruction", "input") and name not in value:
            return Unreadable("missing-field", f"no {name} in {_quote(value)}")
    instruction = value.get("instruction")
    if not isinstance(instruction, str):
        return Unreadable("wrong-type", f"instruction must be text, this is {_quote(instruction)}")
    properties = (schema or {}).get("properties", {})
    texts = []
    for name in ("instruction", "input"):
        text = as_text(value.get(name), properties.get(name))
        if isinstance(text, Unreadable):
            return text
        texts.append(text)
    if not texts[0].strip():
        return Unreadable("empty", f"no instruction in {_quote(value)}")
    labels = {
        name: " ".join(value[name].split())
        for name in ("family", "topic")
        if isinstance(value.get(name), str) and value[name].strip()
    }
    if "family" in labels:
        labels["family"] = labels["family"].lower().replace(" ", "_").replace("-", "_")
    return Task(texts[0].strip(), texts[1], labels, value)


def as_text(value: Any, schema: Mapping[str, Any] | None) -> str | Unreadable:
    """A field as text: an object or a list becomes its JSON, a word that says "none" becomes the empty text.

    A text as long as its schema allows was ended by the server, in the middle of a word: it is truncated. A form feed
    or a backspace is LaTeX whose backslash was not escaped (``\\frac``), and other commands in it are lost for good.
    """
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    limit = (schema or {}).get("maxLength")
    if limit is not None and len(text) >= limit:
        return Unreadable("truncated", f"cut at the {limit} characters of its maxLength: … {_tail(text)}")
    if match := _CONTROL.search(text):
        return Unreadable("control-character", f"{match[0]!r} before “{text[match.end() : match.end() + 40]}”")
    text = encodable(text).strip("\r\n").rstrip()
    return "" if text.strip(" .。()（）<>[]*-—").lower() in _NOTHING else text


# Only where a whole input is one of these; "none" and its like are what models write for an empty field.
_NOTHING = frozenset({"", "none", "null", "n/a", "na", "empty", "no input", "noinput", "无", "空", "没有", "无材料"})


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(slots=True)
class _Found:
    """What was found in a text, in order. ``kept`` are the whole items of a list, ``kept_name``, cut at the end."""

    values: list[Any] = field(default_factory=list)
    kept: list[Any] = field(default_factory=list)
    kept_name: str = ""
    cut: bool = False
    broken: bool = False


def _find(text: str) -> _Found:
    found = _Found()
    try:
        found.values.append(json.loads(text))
    except (ValueError, RecursionError):
        pass
    else:
        return found
    strict = json.JSONDecoder()
    at = 0
    while opening := _OPENING.search(text, at):
        start = opening.start()
        try:
            value, at = strict.raw_decode(text, start)
        except (ValueError, RecursionError):
            parser = _Lenient(text, start)
            try:
                value, at = parser.value("top"), parser.at
            except _CutError:
                found.cut = True
                found.kept_name, found.kept = parser.whole_items()
                break
            except _BrokenError:
                # Prose has braces too; they are told from a broken object by what follows.
                found.broken = found.broken or _KEY.match(text, start + 1) is not None
                at = start + 1
                continue
        found.values.append(value)
    return found


def _holding(values: Sequence[Any], fields: Sequence[str]) -> list[dict[str, Any]]:
    """The objects with all ``fields``, in order. Only what has not got them is searched for objects inside."""
    holding: list[dict[str, Any]] = []
    for value in values:
        if isinstance(value, dict) and all(name in value for name in fields):
            holding.append(value)
        elif isinstance(value, dict):
            holding += _holding(list(value.values()), fields)
        elif isinstance(value, list):
            holding += _holding(value, fields)
    return holding


def _unfinished(completion: Completion) -> Unreadable:
    if completion.finish_reason == "error":
        return Unreadable("error", completion.text[:QUOTE])
    rule = "truncated" if completion.finish_reason == "length" else completion.finish_reason
    return Unreadable(rule, f"finish_reason is {completion.finish_reason}: … {_tail(completion.text)}")


def _why_not(text: str, found: _Found, fields: Sequence[str]) -> Unreadable:
    if not text.strip():
        return Unreadable("empty", "the completion is empty")
    if found.cut:
        return Unreadable("truncated", f"ends inside a value: … {_tail(text)}")
    if found.values and not found.broken:
        return Unreadable("missing-field", f"no object with {', '.join(fields)} in {_quote(text)}")
    return Unreadable("not-json", f"no whole JSON in {_quote(text)}")


def _quote(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = encodable(text).strip()
    return text if len(text) <= QUOTE else f"{text[:QUOTE]} …"


def _tail(text: str) -> str:
    return encodable(text).rstrip()[-QUOTE:]


# The lenient grammar.

_OPENING = re.compile(r"[{\[]")
_KEY = re.compile(r"""\s*["'](?:[^"'\\\n]|\\.){1,60}["']\s*:""")
_PLAIN = re.compile(r"""[^\\"']+""")
_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})')
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.])")
_CONSTANT = re.compile(r"(?:true|True|false|False|null|None)\b")
_CONSTANTS = {"true": True, "True": True, "false": False, "False": False, "null": None, "None": None}
# A quote closes its string only before what can follow one at its place; any other is part of the text.
_CLOSES = {
    "key": re.compile(r"\s*+:"),
    "member": re.compile(r"""\s*+,?+\s*+(?:\Z|\}|["'](?:[^"'\\\n]|\\.){1,60}["']\s*+:)"""),
    "item": re.compile(r"""\s*+(?:\Z|\]|,\s*+(?:\Z|[\]\["'{\d-]|true|True|false|False|null|None))"""),
}
_DEPTH = 32


class _CutError(Exception):
    """The text ends inside the value."""


class _BrokenError(Exception):
    """This is no value, however one reads it."""


class _Lenient:
    """A recursive-descent parser of one value of ``text``, from ``at`` on; ``at`` moves to its end."""

    def __init__(self, text: str, at: int) -> None:
        self.text = text
        self.at = at
        self._open: list[tuple[str, dict[str, Any] | list[Any]]] = []  # with the key that each belongs to

    def whole_items(self) -> tuple[str, list[Any]]:
        """After a cut: the name of the outermost list that is open, and those of its items that are whole."""
        return next(((name, value) for name, value in self._open if isinstance(value, list)), ("", []))

    def value(self, place: str, name: str = "") -> Any:
        char = self._peek()
        if char in "{[":
            if len(self._open) >= _DEPTH:
                raise _BrokenError
            return self._object(name) if char == "{" else self._list(name)
        if char in "\"'":
            return self._string(place)
        match = _NUMBER.match(self.text, self.at) or _CONSTANT.match(self.text, self.at)
        if match is None:
            raise _BrokenError
        self.at = match.end()
        try:
            return _CONSTANTS[match[0]] if match[0] in _CONSTANTS else json.loads(match[0])
        except ValueError as error:  # Python refuses whole numbers of thousands of digits
            raise _BrokenError from error

    def _object(self, name: str) -> dict[str, Any]:
        members: dict[str, Any] = {}
        self._open.append((name, members))
        self.at += 1
        while (char := self._peek()) != "}":
            if char not in "\"'":
                raise _BrokenError
            key = self._string("key")
            if self._peek() != ":":
                raise _BrokenError
            self.at += 1
            members[key] = self.value("member", key)
            if self._peek() == ",":
                self.at += 1
        self._close()
        return members

    def _list(self, name: str) -> list[Any]:
        items: list[Any] = []
        self._open.append((name, items))
        self.at += 1
        while self._peek() != "]":
            items.append(self.value("item"))
            if (char := self._peek()) == ",":
                self.at += 1
            elif char != "]":
                raise _BrokenError
        self._close()
        return items

    def _close(self) -> None:
        self._open.pop()
        self.at += 1

    def _string(self, place: str) -> str:
        quote = self.text[self.at]
        self.at += 1
        body: list[str] = []  # as JSON would have it
        while self.at < len(self.text):
            if match := _PLAIN.match(self.text, self.at) or _ESCAPE.match(self.text, self.at):
                body.append(match[0])
                self.at = match.end()
                continue
            char = self.text[self.at]
            self.at += 1
            if char == quote and _CLOSES[place].match(self.text, self.at):
                return str(json.loads(f'"{"".join(body)}"', strict=False))
            if char == "\\" and self.text[self.at : self.at + 1] == "'":
                self.at += 1
                body.append("'")
            else:  # an unescaped quote, or a backslash that escapes nothing (LaTeX, a Windows path)
                body.append({'"': '\\"', "\\": "\\\\"}.get(char, char))
        raise _CutError

    def _peek(self) -> str:
        while self.text[self.at : self.at + 1].isspace():
            self.at += 1
        if self.at >= len(self.text):
            raise _CutError
        return self.text[self.at]
