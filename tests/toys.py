"""Toys for tests of the engine: the smallest operator, gate and LLM that show what the engine does with them."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Sequence
from pathlib import Path

from synth.errors import LLMError
from synth.plan import Planner
from synth.pool import Pool
from synth.protocols import Unreadable, View
from synth.records import Completion, Draft, Lineage, Message, Opinion, Outcome, Request, Sample, Verdict
from synth.rng import derive
from synth.rounds import Budget, Engine
from synth.run_folder import RoundSummary, RunFolder

NO_LIMIT = Budget()
CUT = 0.9
WORDS = ["red", "green", "blue", "grey", "pink", "gold"]


class ToyLLM:
    """Answers from the request's id alone; ``scramble`` delays each by a random time, so they arrive in any order.

    ``die_after`` makes it fail for good after so many completions, as a server that goes away does.
    """

    model = "toy"
    operators: frozenset[str] | None = None

    def __init__(self, scramble: int | None = None, die_after: int | None = None) -> None:
        self._clock = None if scramble is None else random.Random(scramble)
        self._left = die_after
        self.bought: list[str] = []

    async def start(self) -> None: ...

    def finish(self) -> None: ...

    def withdraw(self) -> None: ...

    async def stop(self) -> None: ...

    def submit(self, request: Request) -> asyncio.Future[Completion]:
        return asyncio.ensure_future(self._complete(request))

    async def _complete(self, request: Request) -> Completion:
        if self._clock is not None:
            await asyncio.sleep(self._clock.random() * 0.003)
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise LLMError("the toy server is gone")
        self.bought.append(request.id)
        rng = derive(0, request.id)
        text = json.dumps([rng.choice(WORDS) + rng.choice(WORDS) for _ in range(rng.randrange(4))])
        if request.stage == "judge":
            text = rng.choice(["yes", "yes", "no"])
        # Prices differ, as the bandit looks at them; what is cached depends on timing, so nothing else may look at it.
        return Completion(request.id, text, "stop", self.model, 5, len(self.bought) % 5, 1 + rng.randrange(5))


class ToyOperator:
    """Reads a list of words; a grey one cannot be read."""

    demonstrations: tuple[int, int] | None = None
    fits = False
    parents = 1

    def __init__(self, name: str, descends: bool) -> None:
        self.name = name
        self.descends = descends

    def takes(self, sample: Sample) -> bool:
        return True

    def suits(self, parents: Sequence[Sample]) -> bool:
        return bool(parents)

    def ask(self, parents: Sequence[Sample], rng: random.Random, draw: str) -> Request | None:
        if rng.random() < 0.1:
            return None
        return Request("draft", self.name, (Message("user", parents[0].instruction),), draw=draw, model="toy")

    def read(self, completion: Completion, request: Request, parents: Sequence[Sample]) -> list[Draft | Unreadable]:
        depth = parents[0].lineage.depth + 1 if self.descends else 0
        lineage = Lineage(operator=self.name, parents=(parents[0].id,), depth=depth)
        return [
            Unreadable("grey", word) if word.startswith("grey") else Draft(word, "", "en", lineage=lineage)
            for word in json.loads(completion.text)
        ]


class ToyAsker:
    """Asks for an opinion on every other draft, and for an answer on all that gained."""

    def judge(self, draft: Draft, parents: Sequence[Sample], drafted: Request) -> Request | None:
        if len(draft.instruction) % 2:
            return None
        return Request("judge", "judge", (Message("user", draft.instruction),), draw=draft.id, model="toy")

    def read_opinion(self, completion: Completion, request: Request) -> Opinion:
        return Opinion(completion.text == "yes", "toy")

    def respond(self, draft: Draft, parents: Sequence[Sample], drafted: Request, examples: Sequence[Sample]) -> Request:
        return Request("answer", "respond", (Message("user", draft.instruction),), draw=draft.id, model="toy")

    def read_answer(self, completion: Completion, request: Request) -> str:
        return completion.text


class ToyNovelty:
    """Rejects a draft whose words the pool has more than twice already (its ancestors left out): it is monotone."""

    name = "toy-novelty"
    screens = True
    reads_answer = False
    reads_pool = True

    def __init__(self) -> None:
        self._held: dict[str, list[str]] = {}

    def judge(self, draft: Draft, view: View) -> Verdict:
        held = [name for name in self._held.get(draft.instruction, []) if name not in view.ancestors]
        return Verdict(
            self.name, len(held) < 3, "seen", float(len(held)), 3.0, draft.instruction, held[0] if held else None
        )

    def remember(self, sample: Sample) -> None:
        self._held.setdefault(sample.instruction, []).append(sample.id)


class ToyOpinion:
    """Rejects what the judge was against."""

    name = "toy-opinion"
    screens = True
    reads_answer = False
    reads_pool = False

    def judge(self, draft: Draft, view: View) -> Verdict:
        return Verdict(self.name, draft.opinion is None or draft.opinion.gained, "judge")

    def remember(self, sample: Sample) -> None: ...


class ToyAnswer:
    """Rejects an empty answer."""

    name = "toy-answer"
    screens = False
    reads_answer = True
    reads_pool = False

    def judge(self, draft: Draft, view: View) -> Verdict:
        return Verdict(self.name, draft.output != "[]", "empty", evidence=draft.output or "")

    def remember(self, sample: Sample) -> None: ...


class Silent:
    """An observer that only counts."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []
        self.planned_at: list[tuple[int, int]] = []
        """Rounds planned, each with the pieces of work that were judged by then."""

    def noticed(self, text: str) -> None: ...

    def planned(self, number: int, works: int) -> None:
        judged = {(outcome.round, outcome.work) for outcome in self.outcomes}
        self.planned_at.append((number, len(judged)))

    def completed(self, completion: Completion) -> None: ...

    def decided(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def committed(self, summary: RoundSummary) -> None: ...


def toy_seeds(count: int = 12) -> list[Sample]:
    return [Sample(f"seed {number}", "", str(number), "en" if number % 3 else "zh") for number in range(count)]


def toy_planner() -> Planner:
    operators = {"deepen": (ToyOperator("deepen", True), 2.0), "invent": (ToyOperator("invent", False), 1.0)}
    return Planner(operators, seed=3, max_depth=4)


async def toy_run(
    path: Path,
    llm: ToyLLM,
    until: int,
    *,
    per_round: int = 40,
    window: int = 16,
    stop_after: int | None = None,
    budget: Budget = NO_LIMIT,
) -> Silent:
    """Rounds up to ``until`` in a folder, with toys for all parts: begun, or gone on with, as the folder says."""
    folder = RunFolder(path)
    folder.lock()
    try:
        if folder.state.completed >= folder.state.until:
            folder.state.firsts.append(folder.state.completed + 1)
            folder.state.until = until
            folder.write_state()
        if not folder.seeds():
            folder.write_seeds(toy_seeds())
        observer = Silent()
        engine = Engine(
            Pool([ToyNovelty(), ToyOpinion(), ToyAnswer()]),
            toy_planner(),
            folder,
            llm,
            llm,
            ToyAsker(),
            observer,
            per_round=per_round,
            cut=CUT,
            window=window,
            budget=budget,
        )
        if stop_after is not None:
            decided = observer.decided

            def count(outcome: Outcome) -> None:
                decided(outcome)
                if len(observer.outcomes) == stop_after:
                    engine.stop("enough")

            observer.decided = count  # type: ignore[method-assign]  # this one observer also pulls the brake
        await engine.restore()
        await engine.run(folder.state.until)
        return observer
    finally:
        folder.unlock()
