"""What a request tells of the parents, and what a draft inherits from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from synth.prompts import Prompt, in_language
from synth.records import JSON, Constraint, Lineage, Sample

ROOM = 0.75
"""The share of a schema's maxLength that a parent may take up: a rewrite is longer than what it rewrites."""


def prompt_for(versions: Mapping[str, Prompt], parents: Sequence[Sample]) -> Prompt | None:
    """The prompt for these parents; None if they are not of one language, or no prompt serves it."""
    languages = {parent.language for parent in parents}
    return in_language(versions, languages.pop()) if len(languages) == 1 else None


def has_room(prompt: Prompt, parent: Sample) -> bool:
    """Whether a rewrite of the parent fits into what the prompt's schema lets the model write."""
    properties = (prompt.schema or {}).get("properties", {})
    limits = {name: properties.get(name, {}).get("maxLength") for name in ("instruction", "input")}
    texts = {"instruction": parent.instruction, "input": parent.input}
    return all(limit is None or len(texts[name]) <= ROOM * limit for name, limit in limits.items())


def task(parent: Sample) -> dict[str, JSON]:
    """A task to rewrite, as prompts show it. ``keep`` lists the sentences that a program checks answers by."""
    shown: dict[str, JSON] = {"instruction": parent.instruction, "input": parent.input}
    if parent.constraints:
        shown["keep"] = [constraint.phrase for constraint in parent.constraints]
    return shown


def example(parent: Sample) -> dict[str, JSON]:
    """A task as an example for new ones, with the labels that a new one gets as well."""
    labels: dict[str, JSON] = {name: parent.labels[name] for name in ("family", "topic") if name in parent.labels}
    return {**labels, "instruction": parent.instruction, "input": parent.input}


def described(parent: Sample) -> dict[str, Any]:
    """A parent as data, for the payload."""
    return {
        "instruction": parent.instruction,
        "input": parent.input,
        "output": parent.output,
        "language": parent.language,
        "constraints": [constraint.to_json() for constraint in parent.constraints],
    }


def lineage(operator: str, parents: Sequence[Sample], depth: int, number: int = 0) -> Lineage:
    """A draft's lineage as far as an operator knows it: round, requests and models are the caller's to add."""
    return Lineage(operator=operator, parents=tuple(parent.id for parent in parents), depth=depth, draft=number)


def standing(constraints: Sequence[Constraint], instruction: str) -> tuple[Constraint, ...]:
    """Those of the constraints that the instruction still states, word for word, each with its words as they stand.

    A sentence may have become a clause: its first letter may change case, and its full stop may go.
    """
    kept = []
    for constraint in constraints:
        core = constraint.phrase.rstrip(" .。;；!！")
        clause = core[:1].swapcase() + core[1:]
        phrase = next((text for text in (constraint.phrase, core, clause) if text and text in instruction), None)
        if phrase is not None:
            kept.append(replace(constraint, phrase=phrase))
    return tuple(kept)
