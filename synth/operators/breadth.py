"""Evolution in breadth (WizardLM, arXiv 2304.12244, section 3.2) and the composition of two tasks into one."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from synth.operators.parents import described, example, has_room, lineage, prompt_for, task
from synth.operators.reader import read_task
from synth.prompts import Prompt
from synth.protocols import Unreadable
from synth.records import Completion, Draft, Request, Sample
from synth.taskfile import TaskFile

COMPOSED = 4000
"""Characters of two tasks and their answers, at most: the composed task must stay one that a person would send."""


class Breadth:
    """Invents a new task in the parent's field, but a rarer one. It is a new root, with labels of its own."""

    parents = 1
    demonstrations: tuple[int, int] | None = None
    fits = False
    descends = False

    def __init__(
        self,
        name: str,
        versions: Mapping[str, Prompt],
        taskfiles: Sequence[TaskFile] = (),
        model: str = "",
        *,
        slots_only: bool = False,
    ) -> None:
        self.name = name
        self._versions = versions
        self._families = [taskfile for taskfile in taskfiles if not taskfile.fixed]
        self._model = model
        self._slots_only = slots_only

    def takes(self, sample: Sample) -> bool:
        """A free task in a language that a prompt serves; for a model that only fills slots, that a family is in."""
        if prompt_for(self._versions, [sample]) is None or sample.task:
            return False
        return not self._slots_only or any(family.language == sample.language for family in self._families)

    def suits(self, parents: Sequence[Sample]) -> bool:
        return len(parents) == 1 and self.takes(parents[0])

    def ask(self, parents: Sequence[Sample], rng: random.Random, draw: str) -> Request | None:
        prompt = prompt_for(self._versions, parents)
        if prompt is None:
            return None
        families = [taskfile for taskfile in self._families if taskfile.language == parents[0].language]
        payload: dict[str, Any] = {"parents": [described(parents[0])]}
        if families:
            chosen = rng.choice(families)
            payload |= {"taskfile": chosen.name, "sha": chosen.sha256}
        return prompt.request({"task": example(parents[0])}, payload=payload, draw=draw, model=self._model)

    def read(self, completion: Completion, request: Request, parents: Sequence[Sample]) -> list[Draft | Unreadable]:
        read = read_task(completion, request.schema)
        if isinstance(read, Unreadable):
            return [read]
        return [
            Draft(
                instruction=read.instruction,
                input=read.input,
                language=parents[0].language,
                labels=read.labels,
                lineage=lineage(self.name, parents, depth=0),
            )
        ]


class Compose:
    """Makes one message of two tasks, so that one answer has to do both."""

    parents = 2
    demonstrations: tuple[int, int] | None = None
    fits = False
    descends = True

    def __init__(self, name: str, versions: Mapping[str, Prompt], model: str = "") -> None:
        self.name = name
        self._versions = versions
        self._model = model

    def takes(self, sample: Sample) -> bool:
        """A free task, not composed, and without constraints: these are about a whole answer, not a part of one."""
        return not (sample.task or sample.constraints or sample.lineage.operator == self.name)

    def suits(self, parents: Sequence[Sample]) -> bool:
        """Two different ones of one language, short together."""
        prompt = prompt_for(self._versions, parents)
        if prompt is None or len(parents) != 2 or parents[0].id == parents[1].id:
            return False
        if not all(self.takes(parent) for parent in parents):
            return False
        size = sum(len(parent.instruction) + len(parent.input) + len(parent.output) for parent in parents)
        return size <= COMPOSED and all(has_room(prompt, parent) for parent in parents)

    def ask(self, parents: Sequence[Sample], rng: random.Random, draw: str) -> Request | None:
        prompt = prompt_for(self._versions, parents)
        if prompt is None:
            return None
        first, second = parents
        return prompt.request(
            {"first": task(first), "second": task(second)},
            payload={"parents": [described(first), described(second)]},
            draw=draw,
            model=self._model,
        )

    def read(self, completion: Completion, request: Request, parents: Sequence[Sample]) -> list[Draft | Unreadable]:
        read = read_task(completion, request.schema)
        if isinstance(read, Unreadable):
            return [read]
        first, second = parents
        return [
            Draft(
                instruction=read.instruction,
                input=read.input,
                language=first.language,
                # What the two do not share is true of half the task only.
                labels={name: value for name, value in first.labels.items() if second.labels.get(name) == value},
                lineage=lineage(self.name, parents, depth=max(first.lineage.depth, second.lineage.depth) + 1),
            )
        ]
