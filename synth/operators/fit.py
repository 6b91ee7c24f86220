"""Fit: new inputs for a fitting task, whose instruction is fixed; the answer to each is asked for apart."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from synth.operators.parents import lineage, prompt_for
from synth.operators.reader import as_text, read_list
from synth.prompts import Prompt
from synth.protocols import Unreadable
from synth.records import Completion, Draft, Request, Sample
from synth.taskfile import TaskFile


class Fit:
    """Asks for as many new inputs as the prompt's schema holds, with those of its parents as examples."""

    fits = True
    descends = False

    def __init__(
        self,
        name: str,
        versions: Mapping[str, Prompt],
        parents: int,
        taskfiles: Sequence[TaskFile] = (),
        model: str = "",
        *,
        slots_only: bool = False,
    ) -> None:
        self.name = name
        self.parents = parents
        self.demonstrations: tuple[int, int] | None = (parents - parents // 4, parents // 4)
        self._versions = versions
        self._taskfiles = {taskfile.name: taskfile for taskfile in taskfiles if taskfile.fixed}
        self._model = model
        self._slots_only = slots_only

    def takes(self, sample: Sample) -> bool:
        """An instance of a fitting task; for a model that only fills slots, of one whose task file is there."""
        return sample.task in self._taskfiles if self._slots_only else sample.task != ""

    def suits(self, parents: Sequence[Sample]) -> bool:
        """Of one task, in a language that a prompt serves; fewer than the prompt asks for will do."""
        return (
            prompt_for(self._versions, parents) is not None
            and len(parents) <= self.parents
            and all(self.takes(parent) for parent in parents)
            and len({(parent.task, parent.instruction) for parent in parents}) == 1
        )

    def ask(self, parents: Sequence[Sample], rng: random.Random, draw: str) -> Request | None:
        prompt = prompt_for(self._versions, parents)
        if prompt is None:
            return None
        shown = rng.sample(list(parents), len(parents))
        payload: dict[str, Any] = {"n": (prompt.schema or {})["properties"]["inputs"]["maxItems"]}
        if taskfile := self._taskfiles.get(parents[0].task):
            payload |= {"taskfile": taskfile.name, "sha": taskfile.sha256}
        return prompt.request(
            {"instruction": parents[0].instruction, "inputs": [parent.input for parent in shown]},
            payload=payload,
            draw=draw,
            model=self._model,
        )

    def read(self, completion: Completion, request: Request, parents: Sequence[Sample]) -> list[Draft | Unreadable]:
        parent = parents[0]
        schema = (request.schema or {})["properties"]["inputs"]["items"]
        drafts: list[Draft | Unreadable] = []
        for number, item in enumerate(read_list(completion, "inputs")):
            if isinstance(item, Mapping) and list(item) == ["input"]:
                item = item["input"]
            read = item if isinstance(item, Unreadable) else as_text(item, schema)
            if isinstance(read, Unreadable):
                drafts.append(read)
            elif not read:
                drafts.append(Unreadable("empty", "an input without text"))
            else:
                drafts.append(
                    Draft(
                        instruction=parent.instruction,
                        input=read,
                        language=parent.language,
                        labels=parent.labels,
                        task=parent.task,
                        lineage=lineage(self.name, parents, depth=0, number=number),
                    )
                )
        return drafts
