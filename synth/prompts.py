"""Prompt files: front matter, a constant system part, and a user part that ends in what varies.

A whole one (``evolve/shorten.en.md``; dropped into a folder given by ``--prompts``, it adds an operator)::

    ---
    stage: draft
    operator: shorten
    language: en
    version: 1
    weight: 1.0
    parents: 1
    temperature: 0.9
    max_tokens: 1024
    schema:
      type: object
      properties:
        instruction: {type: string, maxLength: 2400}
      required: [instruction]
      additionalProperties: false
    ---
    --- system
    You rewrite tasks so that … Reply with one JSON object: {"instruction": "…"}
    --- user
    The task:
    {{ task | json }}

The system part may use no variable and the user part ends in the material, so two requests share all tokens up to
the material, and vLLM's prefix cache holds them. The user part is Jinja in an immutable sandbox. Data is never code:
seeds and completions reach a template as variables only, and ``json`` writes them as JSON on one line, so no text in
them can end the material or pass for an instruction's frame.

A schema decides what the model writes: an evolve prompt without ``input`` in its schema keeps its parent's input to
the letter. A string that reaches its ``maxLength`` was cut there, and is rejected as truncated.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from synth.errors import InputError, UsageError
from synth.records import Message, Request, Sampling, encodable

if TYPE_CHECKING:
    import jinja2
    from jinja2.sandbox import ImmutableSandboxedEnvironment


@dataclass(frozen=True, slots=True, eq=False)
class Prompt:
    """One prompt file, read, checked and proved to render."""

    name: str
    """Folder and operator: ``evolve/deepen``."""

    stage: str
    operator: str
    language: str
    version: int
    weight: float
    """How often the sampler chooses it, relative to the others; 0 for never."""

    parents: int
    """How many parents it takes; 0 for a prompt that answers or judges."""

    sampling: Sampling
    schema: Mapping[str, Any] | None
    """JSON schema of the completion; None for free text."""

    path: Path
    sha256: str
    system: str
    _user: jinja2.Template = field(repr=False)

    def messages(
        self, material: Mapping[str, Any], demonstrations: Sequence[tuple[Mapping[str, Any], str]] = ()
    ) -> tuple[Message, ...]:
        """The prompt filled in. Each demonstration (material, answer) becomes a turn of its own before the question."""
        turns = [Message("system", self.system)]
        for shown, answer in demonstrations:
            turns += [Message("user", self._fill(shown)), Message("assistant", encodable(answer))]
        return (*turns, Message("user", self._fill(material)))

    def request(
        self,
        material: Mapping[str, Any],
        *,
        payload: Mapping[str, Any],
        draw: str,
        model: str,
        demonstrations: Sequence[tuple[Mapping[str, Any], str]] = (),
        operator: str | None = None,
    ) -> Request:
        """The request that this prompt makes of ``material``; ``payload`` says the same to the embedded model.

        ``operator`` names the operator whose draft is answered or judged; a drafting prompt is its own.
        """
        return Request(
            stage=self.stage,
            operator=operator or self.operator,
            messages=self.messages(material, demonstrations),
            sampling=self.sampling,
            schema=self.schema,
            payload=payload,
            draw=draw,
            model=model,
        )

    def _fill(self, material: Mapping[str, Any]) -> str:
        return encodable(self._user.render(material).strip())


class PromptSet:
    """All prompts by name and language: ``prompts["evolve/deepen"]["zh"]``."""

    def __init__(self, prompts: Sequence[Prompt]) -> None:
        self._prompts: dict[str, dict[str, Prompt]] = {}
        for prompt in sorted(prompts, key=lambda prompt: (prompt.name, prompt.language)):
            self._prompts.setdefault(prompt.name, {})[prompt.language] = prompt

    @classmethod
    def load(cls, directory_override: Path | None = None) -> PromptSet:
        """The prompts that come with the package, each replaced by the file of the same name in
        ``directory_override``; files there with new names are added.

        Raises:
            UsageError: ``directory_override`` is no folder, or holds no prompts.
            InputError: naming every file that is wrong, the line, and the cure.
        """
        files = dict(_files_in(_bundled()))
        if directory_override is not None:
            if not directory_override.is_dir():
                raise UsageError(f"--prompts {directory_override}: no such folder")
            overrides = dict(_files_in(directory_override))
            if not overrides:
                raise UsageError(
                    f"--prompts {directory_override}: no prompt files here; `synth prompts` lists their names, "
                    "such as evolve/deepen.en.md"
                )
            files |= overrides
        environment = _environment()
        prompts, problems = [], []
        for name, path in sorted(files.items()):
            try:
                prompts.append(_read(name, path, environment))
            except _BadPromptError as error:
                problems.append(f"{path}:{error.line}: {error}")
        if not problems:
            problems = list(_disagreements(prompts))
        if problems:
            raise InputError("Prompt files are wrong:", problems)
        return cls(prompts)

    def __getitem__(self, name: str) -> Mapping[str, Prompt]:
        """One prompt in each of its languages; KeyError if there is none of that name."""
        return self._prompts[name]

    def __iter__(self) -> Iterator[Prompt]:
        for versions in self._prompts.values():
            yield from versions.values()

    def names(self, stage: str) -> list[str]:
        """The names of the prompts of a stage (draft, judge or answer), sorted."""
        return [name for name, versions in self._prompts.items() if _any_of(versions).stage == stage]

    def hashes(self) -> dict[str, str]:
        """The SHA-256 of each prompt file by its name (``evolve/deepen.en.md``), for the record of a run."""
        return {f"{prompt.name}.{prompt.language}.md": prompt.sha256 for prompt in self}

    def table(self) -> list[dict[str, str]]:
        """One row a prompt, for ``synth prompts``."""
        return [
            {
                "prompt": prompt.name,
                "language": prompt.language,
                "stage": prompt.stage,
                "parents": str(prompt.parents) if prompt.parents else "",
                "weight": f"{prompt.weight:g}" if prompt.stage == "draft" else "",
                "temperature": f"{prompt.sampling.temperature:g}",
                "max_tokens": str(prompt.sampling.max_tokens),
                "version": str(prompt.version),
                "sha256": prompt.sha256[:12],
                "file": str(prompt.path),
            }
            for prompt in self
        ]

    def example(self, name: str, language: str) -> tuple[Message, ...]:
        """A prompt filled with a built-in example. ``name`` is ``evolve/deepen``, or ``deepen`` where that is clear.

        Raises:
            UsageError: no prompt has that name, or none in that language.
        """
        matches = [full for full in self._prompts if name in (full, full.rpartition("/")[2])]
        if len(matches) != 1:
            known = matches or difflib.get_close_matches(name, self._prompts, n=3, cutoff=0.3) or list(self._prompts)
            raise UsageError(f"{name}: {'more than one' if matches else 'no such'} prompt; try {' or '.join(known)}")
        versions = self[matches[0]]
        if language not in versions:
            raise UsageError(f"{matches[0]}: not in {language!r}; there is {', '.join(versions)}")
        return _example(versions[language])


def in_language(versions: Mapping[str, Prompt], language: str) -> Prompt | None:
    """The prompt for work in ``language``: the one written in it, else the English one, which asks for its language."""
    return versions.get(language) or versions.get("en")


# What each folder's prompts must be like.


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a prompt of one folder (or of one name) is for: the variables of its user part, and what it must return."""

    stage: str
    variables: frozenset[str]
    parents: tuple[int, int] = (0, 0)  # fewest and most
    fields: Mapping[str, str] = field(default_factory=dict)  # required in the schema, with their JSON types


_TASK = {"instruction": "string", "input": "string"}
_KINDS = {
    "bootstrap": _Kind("draft", frozenset({"tasks"}), (1, 64), {"tasks": "array"}),
    "evolve": _Kind("draft", frozenset({"task"}), (1, 1), {"instruction": "string"}),
    "evolve/add_constraints": _Kind(
        "draft", frozenset({"task", "offers"}), (1, 1), {"used": "array", "instruction": "string"}
    ),
    "breadth": _Kind("draft", frozenset({"task"}), (1, 1), _TASK),
    "breadth/compose": _Kind("draft", frozenset({"first", "second"}), (2, 2), _TASK),
    "fit": _Kind("draft", frozenset({"instruction", "inputs"}), (1, 64), {"inputs": "array"}),
    "respond/respond": _Kind("answer", frozenset({"instruction", "input"})),
    "respond/fit": _Kind("answer", frozenset({"instruction", "input"})),
    "judge/judge": _Kind("judge", frozenset({"parent", "rewrite"}), fields={"reason": "string", "verdict": "string"}),
}

# key: the type it must have, what it must satisfy, and how to say so
_FRONT_MATTER: dict[str, tuple[type | tuple[type, ...], Any, str]] = {
    "stage": (str, lambda stage: stage in ("draft", "judge", "answer"), "draft, judge or answer"),
    "operator": (str, bool, "the name that the file has"),
    "language": (str, bool, "the language that the file's name ends in"),
    "version": (int, lambda version: version >= 1, "a whole number from 1; raise it with each change"),
    "weight": ((int, float), lambda weight: 0 <= weight < 1e6, "a number, 0 or more"),
    "parents": (int, lambda parents: parents >= 1, "a whole number from 1"),
    "temperature": ((int, float), lambda temperature: 0 <= temperature <= 2, "a number from 0 to 2"),
    "max_tokens": (int, lambda tokens: tokens >= 16, "a whole number from 16"),
    "schema": (dict, bool, "a JSON schema of type object"),
}
_DRAFT_ONLY = ("weight", "parents")
_FILE_NAME = re.compile(r"(?P<name>[a-z]+/[a-z][a-z0-9_]*)\.(?P<language>[a-z]{2,3}(?:-[A-Za-z]+)?)\.md")
_PARTS = re.compile(r"(?P<before>.*?)^--- system *\n(?P<system>.*?)^--- user *\n(?P<user>.*)", re.S | re.M)


class _BadPromptError(Exception):
    """What is wrong with a prompt file, and the cure; ``line`` is where."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def _bundled() -> Path:
    """The prompts of the package: beside this module in a wheel, at the top of the repository in a checkout."""
    here = Path(__file__).parent
    packaged = here / "prompts_data"
    return packaged if packaged.is_dir() else here.parent / "prompts"


def _files_in(directory: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(directory.rglob("*.md")):
        if path.name != "README.md":
            yield path.relative_to(directory).as_posix(), path


def _environment() -> ImmutableSandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters = {"json": _as_json}  # the one filter; a template needs no other
    return environment


def _as_json(value: Any) -> str:
    # "<|" opens the control tokens of most chat templates; JSON has another way to write the same text.
    return json.dumps(value, ensure_ascii=False).replace("<|", "\\u003c|")


def _read(name: str, path: Path, environment: ImmutableSandboxedEnvironment) -> Prompt:
    match = _FILE_NAME.fullmatch(name)
    kind = (_KINDS.get(match["name"]) or _KINDS.get(match["name"].partition("/")[0])) if match else None
    if match is None or kind is None:
        folders = ", ".join(f"{known}/NAME" if "/" not in known else known for known in sorted(_KINDS))
        raise _BadPromptError(f"no prompt has such a name; the names are {folders}, each with .LANGUAGE.md")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _BadPromptError(f"cannot be read ({error}); save it as UTF-8 text") from error
    head, body, body_line = _split(text)
    front = _front_matter(head, kind)
    folder, operator = match["name"].split("/")
    for key, value in (("stage", kind.stage), ("operator", operator), ("language", match["language"])):
        if front[key] != value:
            raise _BadPromptError(f"{key} is {front[key]!r}, but a file named {name} has {key}: {value}")
    fewest, most = kind.parents
    parents = front.get("parents", 0)
    if not fewest <= parents <= most:
        many = str(most) if fewest == most else f"{fewest} to {most}"
        raise _BadPromptError(f"parents is {parents}, but a prompt in {folder}/ takes {many}")
    schema = front.get("schema")
    if schema is not None:
        _check_schema(schema, "schema")
        for key, type_ in kind.fields.items():
            if schema["properties"].get(key, {}).get("type") != type_ or key not in schema["required"]:
                raise _BadPromptError(f"schema: needs the required property {key}: {{type: {type_}}}, which is read")
    system, user = _template_parts(body, body_line, kind, environment)
    prompt = Prompt(
        name=match["name"],
        stage=kind.stage,
        operator=operator,
        language=match["language"],
        version=front["version"],
        weight=float(front.get("weight", 0.0)),
        parents=parents,
        sampling=Sampling(temperature=float(front["temperature"]), max_tokens=front["max_tokens"]),
        schema=schema,
        path=path,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        system=system,
        _user=user,
    )
    try:
        _example(prompt)
    except Exception as error:  # a template is the user's text: whatever it raises is a mistake in it
        raise _BadPromptError(f"does not render: {error}", body_line) from error
    return prompt


def _split(text: str) -> tuple[str, str, int]:
    """Front matter, body, and the line on which the body begins."""
    opening, _, rest = text.partition("\n")
    head, closing, body = rest.partition("\n---\n")
    if opening.rstrip() != "---" or not closing:
        raise _BadPromptError("no front matter; a prompt file begins with a line ---, its settings, and a line ---")
    return head, body, head.count("\n") + 4


def _front_matter(head: str, kind: _Kind) -> dict[str, Any]:
    try:
        front = yaml.safe_load(head)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: a date of month 13
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "cannot be parsed"
        raise _BadPromptError(f"front matter is not YAML: {what}", mark.line + 2 if mark else 2) from error
    if not isinstance(front, dict):
        raise _BadPromptError("front matter must be lines of `key: value`", 2)
    needed = [key for key in _FRONT_MATTER if kind.stage == "draft" or key not in _DRAFT_ONLY]
    if not kind.fields:
        needed.remove("schema")
    lines = head.split("\n")
    for key, value in front.items():
        at = next((number for number, line in enumerate(lines, 2) if line.startswith(f"{key}:")), 2)
        if key not in needed:
            near = difflib.get_close_matches(str(key), needed, n=1)
            cure = f"did you mean {near[0]}?" if near else f"the keys here are {', '.join(needed)}"
            raise _BadPromptError(f"unknown key {key!r}; {cure}", at)
        type_, holds, words = _FRONT_MATTER[key]
        # YAML's true is an int to Python
        if not isinstance(value, type_) or isinstance(value, bool) or not holds(value):
            raise _BadPromptError(f"{key} must be {words}, this is {value!r}", at)
    for key in needed:
        if key not in front:
            raise _BadPromptError(f"{key} is missing; add `{key}: …` ({_FRONT_MATTER[key][2]})")
    return front


_SCHEMA_TYPES = ("object", "array", "string", "integer", "number", "boolean")


def _check_schema(schema: Any, where: str) -> None:
    """Whether a server can enforce the schema: the subset of JSON schema that all of them know."""
    if not isinstance(schema, dict) or schema.get("type") not in _SCHEMA_TYPES:
        raise _BadPromptError(f"{where}: needs a type, one of {', '.join(_SCHEMA_TYPES)}")
    if where == "schema" and schema["type"] != "object":
        raise _BadPromptError("schema: must be of type object")
    if schema["type"] == "object":
        properties = schema.get("properties")
        if not isinstance(properties, dict) or not properties:
            raise _BadPromptError(f"{where}: an object needs properties")
        required = schema.get("required")
        if not isinstance(required, list) or not set(required) <= set(properties):
            raise _BadPromptError(f"{where}: required must list some of {', '.join(map(str, properties))}")
        if schema.get("additionalProperties") is not False:
            raise _BadPromptError(f"{where}: add `additionalProperties: false`, or a server may invent more")
        for key, value in properties.items():
            _check_schema(value, f"{where}.{key}")
    if schema["type"] == "array":
        if not isinstance(schema.get("maxItems"), int):
            raise _BadPromptError(f"{where}: an array needs maxItems, or a server may never end it")
        _check_schema(schema.get("items"), f"{where}.items")


def _template_parts(
    body: str, body_line: int, kind: _Kind, environment: ImmutableSandboxedEnvironment
) -> tuple[str, jinja2.Template]:
    from jinja2 import TemplateSyntaxError, meta

    match = _PARTS.fullmatch(body)
    if match is None or match["before"].strip():
        raise _BadPromptError("the body must be a line `--- system`, its text, a line `--- user`, its text", body_line)
    parts = {}
    for part in ("system", "user"):
        line = body_line + body.count("\n", 0, match.start(part))
        try:
            found = meta.find_undeclared_variables(environment.parse(match[part]))
        except TemplateSyntaxError as error:
            raise _BadPromptError(f"template: {error.message}", line + error.lineno - 1) from error
        if part == "system" and found:
            raise _BadPromptError(
                f"the system part uses {', '.join(sorted(found))}; what varies belongs at the end of the user part, "
                "or no prefix cache can hold the prompt",
                line,
            )
        if part == "user" and found != kind.variables:
            unknown, unused = sorted(found - kind.variables), sorted(kind.variables - found)
            what = f"{', '.join(unknown)} is no variable here" if unknown else f"{', '.join(unused)} is never used"
            raise _BadPromptError(f"{what}; the user part must use {', '.join(sorted(kind.variables))}", line)
        parts[part] = match[part].strip()
    system = environment.from_string(parts["system"]).render()
    return system, environment.from_string(parts["user"])


def _disagreements(prompts: Sequence[Prompt]) -> Iterator[str]:
    """An operator is one thing in all its languages, and its name is its own."""
    first: dict[tuple[str, str], Prompt] = {}
    for prompt in prompts:
        other = first.setdefault((prompt.stage, prompt.operator), prompt)
        if other.name != prompt.name:
            yield f"{prompt.path}:1: {other.path} has the operator name {prompt.operator} already; choose another"
        for key in ("parents", "weight"):
            here, there = getattr(prompt, key), getattr(other, key)
            if other.name == prompt.name and here != there:
                yield f"{prompt.path}:1: {key} is {here}, but {there} in {other.path}; make them agree"


def _any_of(versions: Mapping[str, Prompt]) -> Prompt:
    return next(iter(versions.values()))


# The built-in example, for `synth prompts` and to prove that a file renders.

_EXAMPLE_TASKS: dict[str, list[dict[str, Any]]] = {
    "en": [
        {
            "family": "planning",
            "topic": "beekeeping",
            "instruction": "Plan my first inspection of the hive this spring. I have about an hour.",
            "input": "",
        },
        {
            "family": "extraction",
            "topic": "repairs",
            "instruction": "List what was replaced and what it cost.",
            "input": "Invoice 318: new brake pads, front, 42.00; chain cleaned, 0.00; bell 6.50.",
        },
    ],
    "zh": [
        {
            "family": "planning",
            "topic": "养蜂",
            "instruction": "开春第一次查蜂箱该怎么安排？我大概有一个小时。",
            "input": "",
        },
        {
            "family": "extraction",
            "topic": "修车",
            "instruction": "把换过的零件和价钱列出来。",
            "input": "第318号单：前刹车片换新，42元；清洗链条，免费；车铃一个，6.5元。",
        },
    ],
}
_EXAMPLE_OFFERS = {
    "en": {"1": "Use at most 120 words.", "2": "Number the steps."},
    "zh": {"1": "不超过150字。", "2": "用编号列出各个步骤。"},
}
_EXAMPLE_REWRITE = {
    "en": "Plan my first inspection of the hive this spring. I have about an hour. Which finding would make you "
    "close it at once, and why?",
    "zh": "开春第一次查蜂箱该怎么安排？我大概有一个小时。看到什么情况就该马上合上箱盖，为什么？",
}
_EXAMPLE_DONE = {
    "en": ("Invoice 305: inner tube, rear, 7.20; gears adjusted, 0.00.", "inner tube, rear: 7.20"),
    "zh": ("第305号单：后轮内胎换新，18元；调变速，免费。", "后轮内胎：18元"),
}


def _example(prompt: Prompt) -> tuple[Message, ...]:
    language = prompt.language if prompt.language in _EXAMPLE_TASKS else "en"
    tasks = _EXAMPLE_TASKS[language]
    plain = [{"instruction": task["instruction"], "input": task["input"]} for task in tasks]
    kind = _KINDS.get(prompt.name) or _KINDS[prompt.name.partition("/")[0]]
    values: dict[str, Any] = {
        "task": plain[0] if prompt.name.startswith("evolve/") else tasks[0],
        "tasks": tasks,
        "offers": _EXAMPLE_OFFERS[language],
        "first": plain[0],
        "second": plain[1],
        "instruction": plain[1]["instruction"],
        "input": plain[1]["input"],
        "inputs": [plain[1]["input"]],
        "parent": plain[0],
        "rewrite": {"instruction": _EXAMPLE_REWRITE[language], "input": ""},
    }
    material = {variable: values[variable] for variable in kind.variables}
    if prompt.name != "respond/fit":
        return prompt.messages(material)
    shown, result = _EXAMPLE_DONE[language]
    return prompt.messages(material, [({**material, "input": shown}, result)])
