"""What flows through a run: frozen records, and the one way each is written as JSON.

::

    Sample ──► Request ──► Completion ──► Draft ──► Verdict… ──► Outcome ──► Sample
    (parents)  (operator)  (LLM)          (reader)  (gates)      (pool)

Records hold data only. Identity is by content: a :class:`Sample` and a :class:`Request` are named by a hash of
what they hold, so the same thing has the same name in every run and on every machine.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from json.encoder import encode_basestring
from typing import Any, TypeAlias

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"
"""Any JSON value."""


_SURROGATE = re.compile("[\ud800-\udfff]")

_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical(value: Any) -> str:
    """One text for one value: sorted keys, no spaces, text kept as it is.

    A lone surrogate (half of a character, which JSON's ``\\ud800`` can smuggle in) cannot be written as UTF-8;
    it becomes U+FFFD.
    """
    return encodable(_CANONICAL.encode(value))


def encodable(text: str) -> str:
    """``text`` with each lone surrogate replaced by U+FFFD, so that it can be written as UTF-8."""
    try:
        text.encode()  # a tenth of the price of looking for surrogates, which next to no text has
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def fingerprint(*parts: Any, size: int = 8) -> str:
    """A hex name of ``2 * size`` characters for JSON-able ``parts``."""
    if all(type(part) is str for part in parts):  # as below, without building an encoder
        text = encodable(f"[{','.join(map(encode_basestring, parts))}]")
    else:
        text = canonical(list(parts))
    return hashlib.blake2b(text.encode(), digest_size=size).hexdigest()


@dataclass(frozen=True, slots=True)
class Constraint:
    """A verifiable constraint: ``synth.constraints`` can phrase it, check an answer for it, and realise it.

    ``args`` are the kind's arguments, e.g. ``{"count": 80}`` for ``max_words``; ``phrase`` is the sentence that
    states it in the instruction.
    """

    kind: str
    args: Mapping[str, JSON]
    phrase: str

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "args": dict(self.args), "phrase": self.phrase}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Constraint:
        return cls(kind=row["kind"], args=dict(row["args"]), phrase=row["phrase"])


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a sample comes from. A seed has round 0 (or the round after which it was added), no operator, no parents.

    ``requests`` are the ids of the completions it was made of: the draft's, the judge's where there was one, the
    answer's. ``draft`` is the place in the draft completion (a bootstrap completion holds several).
    """

    round: int = 0
    operator: str = "seed"
    parents: tuple[str, ...] = ()
    depth: int = 0
    requests: tuple[str, ...] = ()
    draft: int = 0
    models: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "round": self.round,
            "operator": self.operator,
            "parents": list(self.parents),
            "depth": self.depth,
            "requests": list(self.requests),
            "draft": self.draft,
            "models": list(self.models),
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Lineage:
        return cls(
            round=row["round"],
            operator=row["operator"],
            parents=tuple(row["parents"]),
            depth=row["depth"],
            requests=tuple(row["requests"]),
            draft=row["draft"],
            models=tuple(row["models"]),
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """A task that wants to become a sample: without ``output`` when it is screened, with it when it is offered.

    ``task`` names the fitting task it is an instance of, else ``""``: for a fitting task the instruction is fixed and
    novelty reads the input. ``finish_reason`` is that of the answer (``"stop"``, ``"length"``, …), None before
    it is answered. ``opinion`` is the judge's word on whether an evolution gained anything, None where none was asked.
    """

    instruction: str
    input: str
    language: str
    labels: Mapping[str, str] = field(default_factory=dict)
    constraints: tuple[Constraint, ...] = ()
    task: str = ""
    lineage: Lineage = Lineage()
    output: str | None = None
    finish_reason: str | None = None
    opinion: Opinion | None = None

    @property
    def id(self) -> str:
        """The draft's name: its place in the run (first request, place in the completion), not its words."""
        return fingerprint("draft", self.lineage.requests[:1], self.lineage.draft)

    @property
    def novelty_text(self) -> str:
        """What novelty reads: the instruction, or the input where a fitting task fixes the instruction."""
        return self.input if self.task else self.instruction


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the judge said of an evolution: did it gain anything over its parent, and why."""

    gained: bool
    reason: str

    def to_json(self) -> dict[str, Any]:
        return {"gained": self.gained, "reason": self.reason}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Opinion:
        return cls(gained=row["gained"], reason=row["reason"])


@dataclass(frozen=True, slots=True)
class Sample:
    """One row of the dataset. ``id`` is a hash of its instruction, input and output, unless a name is given.

    ``dataclasses.replace`` makes the id anew: what has other words has another id.
    """

    instruction: str
    input: str
    output: str
    language: str
    labels: Mapping[str, str] = field(default_factory=dict)
    constraints: tuple[Constraint, ...] = ()
    task: str = ""
    lineage: Lineage = Lineage()
    scores: Mapping[str, float] = field(default_factory=dict)
    id: str = field(init=False)
    name: InitVar[str] = ""

    def __post_init__(self, name: str) -> None:
        given = name or fingerprint("sample", self.instruction, self.input, self.output)
        object.__setattr__(self, "id", given)

    @property
    def novelty_text(self) -> str:
        """What novelty reads: the instruction, or the input where a fitting task fixes the instruction."""
        return self.input if self.task else self.instruction

    def to_json(self) -> dict[str, Any]:
        """Instruction, input and output on top, so that any trainer reads the row as an Alpaca row."""
        return {
            "instruction": self.instruction,
            "input": self.input,
            "output": self.output,
            "id": self.id,
            "language": self.language,
            "task": self.task,
            "labels": dict(self.labels),
            "constraints": [constraint.to_json() for constraint in self.constraints],
            "lineage": self.lineage.to_json(),
            "scores": dict(self.scores),
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Sample:
        return cls(
            instruction=row["instruction"],
            input=row["input"],
            output=row["output"],
            language=row["language"],
            task=row["task"],
            labels=dict(row["labels"]),
            constraints=tuple(Constraint.from_json(item) for item in row["constraints"]),
            lineage=Lineage.from_json(row["lineage"]),
            scores=dict(row["scores"]),
        )


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message: role ``system``, ``user`` or ``assistant``."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """Sampling parameters, by their vLLM and OpenAI names. ``max_tokens`` bounds the completion, in tokens."""

    temperature: float = 0.7
    top_p: float = 1.0
    max_tokens: int = 2048

    def to_json(self) -> dict[str, Any]:
        return {"temperature": self.temperature, "top_p": self.top_p, "max_tokens": self.max_tokens}


@dataclass(frozen=True, slots=True)
class Request:
    """All that determines one completion; ``id`` is a hash of it.

    ``stage`` is draft, judge or answer. ``schema`` is a JSON schema that the completion must fit (None: free text).
    ``payload`` is the same request as data, for the embedded model, which reads no prose. ``draw`` tells repeated
    requests for the same thing apart (round and count), so that each gets a completion of its own.
    """

    stage: str
    operator: str
    messages: tuple[Message, ...]
    sampling: Sampling = Sampling()
    schema: Mapping[str, Any] | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    draw: str = ""
    model: str = ""
    id: str = field(init=False)

    def __post_init__(self) -> None:
        name = fingerprint(
            self.stage,
            self.operator,
            [[message.role, message.content] for message in self.messages],
            self.sampling.to_json(),
            self.schema,
            self.payload,
            self.draw,
            self.model,
            size=12,
        )
        object.__setattr__(self, "id", name)

    @property
    def seed(self) -> int:
        """A 31-bit sampling seed that belongs to this request alone."""
        return int(self.id[:8], 16) >> 1


@dataclass(frozen=True, slots=True)
class Completion:
    """What the LLM returned for a request, and what it cost in tokens.

    ``finish_reason``: ``stop``, ``length`` (cut at max_tokens), ``repetition`` (the server ended a loop), or ``error``,
    where this one request can never be answered and ``text`` says why (a prompt longer than the context).
    """

    request_id: str
    text: str
    finish_reason: str
    model: str
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0

    def to_json(self) -> dict[str, Any]:
        return {
            "request": self.request_id,
            "text": self.text,
            "finish_reason": self.finish_reason,
            "model": self.model,
            "prompt_tokens": self.prompt_tokens,
            "cached_tokens": self.cached_tokens,
            "completion_tokens": self.completion_tokens,
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Completion:
        return cls(
            request_id=row["request"],
            text=row["text"],
            finish_reason=row["finish_reason"],
            model=row["model"],
            prompt_tokens=row["prompt_tokens"],
            cached_tokens=row["cached_tokens"],
            completion_tokens=row["completion_tokens"],
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one gate said of one draft.

    ``rule`` is a stable slug (``rouge-l``, ``refusal-phrase``, ``loop-at-tail``); ``score`` and ``threshold`` are in
    the gate's own unit, None where the rule is not a measurement; ``evidence`` quotes what decided (the n-gram, the
    phrase, the line); ``neighbour`` is the id of the pool sample it was compared with.
    """

    gate: str
    passed: bool
    rule: str = ""
    score: float | None = None
    threshold: float | None = None
    evidence: str = ""
    neighbour: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "gate": self.gate,
            "passed": self.passed,
            "rule": self.rule,
            "score": self.score,
            "threshold": self.threshold,
            "evidence": self.evidence,
            "neighbour": self.neighbour,
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Verdict:
        return cls(**row)


@functools.cache
def passing(gate: str) -> Verdict:
    """The verdict of a gate that has found nothing, the same object each time: there are a dozen a draft."""
    return Verdict(gate, passed=True)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one draft ended, or one completion that no draft could be read from (``draft`` is None).

    ``work`` is its piece of work in the round's plan. Accepted exactly when every verdict passed.
    """

    round: int
    work: int
    draft: Draft | None
    verdicts: tuple[Verdict, ...]
    requests: tuple[str, ...]
    operator: str
    parents: tuple[str, ...]
    number: int = 0

    @property
    def accepted(self) -> bool:
        return self.draft is not None and all(verdict.passed for verdict in self.verdicts)

    @property
    def id(self) -> str:
        """The draft's id; it tells the drafts of one completion apart, readable or not."""
        return fingerprint("draft", self.requests[:1], self.number)

    @property
    def rejected_by(self) -> Verdict | None:
        """The verdict that rejected it, None when it was accepted."""
        return next((verdict for verdict in self.verdicts if not verdict.passed), None)

    def to_json(self) -> dict[str, Any]:
        draft = self.draft
        return {
            "id": self.id,
            "accepted": self.accepted,
            "round": self.round,
            "work": self.work,
            "number": self.number,
            "operator": self.operator,
            "parents": list(self.parents),
            "requests": list(self.requests),
            "draft": None
            if draft is None
            else {
                "instruction": draft.instruction,
                "input": draft.input,
                "output": draft.output,
                "language": draft.language,
                "task": draft.task,
                "labels": dict(draft.labels),
                "constraints": [constraint.to_json() for constraint in draft.constraints],
                "lineage": draft.lineage.to_json(),
                "finish_reason": draft.finish_reason,
                "opinion": None if draft.opinion is None else draft.opinion.to_json(),
            },
            "verdicts": [verdict.to_json() for verdict in self.verdicts],
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Outcome:
        body = row["draft"]
        draft = None
        if body is not None:
            draft = Draft(
                instruction=body["instruction"],
                input=body["input"],
                output=body["output"],
                language=body["language"],
                task=body["task"],
                labels=dict(body["labels"]),
                constraints=tuple(Constraint.from_json(item) for item in body["constraints"]),
                lineage=Lineage.from_json(body["lineage"]),
                finish_reason=body["finish_reason"],
                opinion=None if body["opinion"] is None else Opinion.from_json(body["opinion"]),
            )
        return cls(
            round=row["round"],
            work=row["work"],
            number=row["number"],
            draft=draft,
            verdicts=tuple(Verdict.from_json(item) for item in row["verdicts"]),
            requests=tuple(row["requests"]),
            operator=row["operator"],
            parents=tuple(row["parents"]),
        )
