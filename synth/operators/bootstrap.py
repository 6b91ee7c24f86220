"""Bootstrap: several new tasks from eight demonstrations, six seeds and two machine-made.

Self-Instruct (arXiv 2212.10560), section 2.2: two machine-made ones keep the demonstrations varied as the pool grows.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from synth.operators.parents import described, example, lineage, prompt_for
from synth.operators.reader import as_task, read_list
from synth.prompts import Prompt
from synth.protocols import Unreadable
from synth.records import Completion, Draft, Request, Sample


class Bootstrap:
    """Asks for as many new tasks as the prompt's schema holds, with its parents as demonstrations.

    The drafts are new roots: the demonstrations are listed as parents, but are no ancestors.
    """

    fits = False
    descends = False

    def __init__(self, name: str, versions: Mapping[str, Prompt], parents: int, model: str = "") -> None:
        self.name = name
        self.parents = parents
        self.demonstrations: tuple[int, int] | None = (parents - parents // 4, parents // 4)
        self._versions = versions
        self._model = model

    def takes(self, sample: Sample) -> bool:
        """A free task."""
        return not sample.task

    def suits(self, parents: Sequence[Sample]) -> bool:
        """Of one language that a prompt serves; fewer than eight will do."""
        return (
            prompt_for(self._versions, parents) is not None
            and len(parents) <= self.parents
            and all(self.takes(parent) for parent in parents)
        )

    def ask(self, parents: Sequence[Sample], rng: random.Random, draw: str) -> Request | None:
        prompt = prompt_for(self._versions, parents)
        if prompt is None:
            return None
        shown = rng.sample(list(parents), len(parents))  # so that machine-made ones have no place of their own
        return prompt.request(
            {"tasks": [example(parent) for parent in shown]},
            payload={"parents": [described(parent) for parent in shown]},
            draw=draw,
            model=self._model,
        )

    def read(self, completion: Completion, request: Request, parents: Sequence[Sample]) -> list[Draft | Unreadable]:
        schema = (request.schema or {})["properties"]["tasks"]["items"]
        drafts: list[Draft | Unreadable] = []
        for number, item in enumerate(read_list(completion, "tasks", "instruction")):
            read = item if isinstance(item, Unreadable) else as_task(item, schema)
            if isinstance(read, Unreadable):
                drafts.append(read)
                continue
            draft = Draft(
                instruction=read.instruction,
                input=read.input,
                language=parents[0].language,
                labels=read.labels,
                lineage=lineage(self.name, parents, depth=0, number=number),
            )
            drafts.append(draft)
        return drafts
