"""Evolution in depth: one parent becomes one task that asks more (WizardLM, arXiv 2304.12244, section 3.2).

===================  =========================================================
``deepen``           asks for a cause, a consequence, a trade-off, an exception
``concretise``       puts a particular case in the place of general words
``reasoning``        takes more steps, each built on the one before
``complicate_input`` gives material that takes more care to read
``add_constraints``  adds requirements that a program can check an answer by
===================  =========================================================

All but the last are nothing but their prompt files: a new file in ``prompts/evolve/`` is a new operator.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from synth import constraints
from synth.operators.parents import described, has_room, lineage, prompt_for, standing, task
from synth.operators.reader import Task, read_task
from synth.prompts import Prompt
from synth.protocols import Unreadable
from synth.records import Completion, Constraint, Draft, Request, Sample

OFFERS = 4
"""Checkable constraints that the model may choose from: enough that one suits the task."""


class Evolve:
    """Rewrites a task by a prompt of ``prompts/evolve/``, given in each of its languages."""

    parents = 1
    demonstrations: tuple[int, int] | None = None
    fits = False
    descends = True

    def __init__(self, name: str, versions: Mapping[str, Prompt], model: str = "") -> None:
        self.name = name
        self._versions = versions
        self._model = model

    def takes(self, sample: Sample) -> bool:
        """A free task in a language that a prompt serves, short enough to be rewritten within the schema."""
        prompt = prompt_for(self._versions, [sample])
        return prompt is not None and not sample.task and has_room(prompt, sample)

    def suits(self, parents: Sequence[Sample]) -> bool:
        return len(parents) == 1 and self.takes(parents[0])

    def ask(self, parents: Sequence[Sample], rng: random.Random, draw: str) -> Request | None:
        prompt = prompt_for(self._versions, parents)
        if prompt is None:
            return None
        payload = {"parents": [described(parents[0])]}
        return prompt.request({"task": task(parents[0])}, payload=payload, draw=draw, model=self._model)

    def read(self, completion: Completion, request: Request, parents: Sequence[Sample]) -> list[Draft | Unreadable]:
        read = read_task(completion, request.schema)
        return [read if isinstance(read, Unreadable) else _rewrite(self.name, parents[0], read, request)]


class AddConstraints:
    """Adds one or two checkable constraints, chosen by the model from those that suit the parent's answer."""

    parents = 1
    demonstrations: tuple[int, int] | None = None
    fits = False
    descends = True

    def __init__(self, name: str, versions: Mapping[str, Prompt], model: str = "") -> None:
        self.name = name
        self._evolve = Evolve(name, versions, model)
        self._versions = versions
        self._model = model

    def takes(self, sample: Sample) -> bool:
        """As for any evolution, while there is room for one more; what can be offered is only seen in :meth:`ask`.

        Not a composed task: what suits the one half of its answer seldom suits the other.
        """
        composed = sample.lineage.operator == "compose"
        return len(sample.constraints) < constraints.ENOUGH and not composed and self._evolve.takes(sample)

    def suits(self, parents: Sequence[Sample]) -> bool:
        return self._evolve.suits(parents)

    def ask(self, parents: Sequence[Sample], rng: random.Random, draw: str) -> Request | None:
        prompt = prompt_for(self._versions, parents)
        if prompt is None:
            return None
        parent = parents[0]
        offers = constraints.offer(
            parent.instruction, parent.input, parent.output, parent.language, parent.constraints, rng, OFFERS
        )
        if not offers:
            return None
        numbered = {str(number): offered.phrase for number, offered in enumerate(offers, 1)}
        return prompt.request(
            {"task": task(parent), "offers": numbered},
            payload={"parents": [described(parent)], "offers": [offered.to_json() for offered in offers]},
            draw=draw,
            model=self._model,
        )

    def read(self, completion: Completion, request: Request, parents: Sequence[Sample]) -> list[Draft | Unreadable]:
        read = read_task(completion, request.schema)
        if isinstance(read, Unreadable):
            return [read]
        used = read.fields.get("used")
        numbers = {str(number) for number in used} if isinstance(used, list) else set()
        chosen = [
            Constraint.from_json(offered)
            for number, offered in enumerate(request.payload["offers"], 1)
            if str(number) in numbers
        ]
        return [_rewrite(self.name, parents[0], read, request, chosen)]


def _rewrite(
    operator: str, parent: Sample, rewritten: Task, request: Request, added: Sequence[Constraint] = ()
) -> Draft:
    # Where the schema has no input, the parent's is kept to the letter, whatever the model wrote besides.
    writes_input = "input" in (request.schema or {}).get("properties", {})
    return Draft(
        instruction=rewritten.instruction,
        input=rewritten.input if writes_input else parent.input,
        language=parent.language,
        labels=parent.labels,
        constraints=standing((*parent.constraints, *added), rewritten.instruction),
        lineage=lineage(operator, [parent], parent.lineage.depth + 1),
    )
