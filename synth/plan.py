"""The sampler: which parents, which operator, for each piece of work of a round.

Parents are drawn by a tournament: a handful at random, the one used least wins, then the one whose label and depth
the pool has least of. That is the "least used, under-represented first" of a sorted pool at a cost that does not
grow with the pool, and with chance enough that two rounds are never the same.

A plan is a pure function of (run seed, round, the pool as it stood, how often each sample was used).
"""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from synth.protocols import Operator
from synth.records import Request, Sample
from synth.rng import derive

TOURNAMENT = 12
"""Candidates drawn for each parent: while a tenth of the pool is unused, an unused one is found 72 times in 100."""

ATTEMPTS = 20
"""Draws of parents before a piece of work is given to another operator."""


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of work: a request for drafts, made by ``operator`` from ``parents``."""

    round: int
    index: int
    operator: Operator
    parents: tuple[Sample, ...]
    request: Request


class Planner:
    """Knows of the pool what a plan needs, in step with the pool; :meth:`plan` draws a round's work from it."""

    def __init__(self, operators: Mapping[str, tuple[Operator, float]], seed: int, max_depth: int) -> None:
        self._operators = {name: pair for name, pair in sorted(operators.items()) if pair[1] > 0}
        self._seed = seed
        self._max_depth = max_depth
        self._groups: dict[tuple[str, str], list[Sample]] = defaultdict(list)
        self._seeds: Counter[tuple[str, str]] = Counter()
        self._uses: Counter[str] = Counter()
        self._labels: Counter[str] = Counter()
        self._depths: Counter[int] = Counter()

    def admit(self, sample: Sample) -> None:
        """The pool admitted ``sample``: from now on it can be a parent."""
        group = (sample.task, sample.language)
        self._groups[group].append(sample)
        self._seeds[group] += sample.lineage.operator == "seed"
        self._labels[_family(sample)] += 1
        self._depths[sample.lineage.depth] += 1

    def use(self, parents: Sequence[str]) -> None:
        """A piece of work was planned with these parents."""
        self._uses.update(parents)

    def plan(self, number: int, count: int) -> Iterator[Work]:
        """The work of round ``number``, at most ``count`` pieces, in order; none if no operator suits any sample."""
        asked: set[str] = set()
        index = 0
        for attempt in range(count):
            work = self._draw(number, index, derive(self._seed, "plan", number, attempt), asked)
            if work is not None:
                index += 1
                self.use([parent.id for parent in work.parents])
                yield work

    def _draw(self, number: int, index: int, rng: random.Random, asked: set[str]) -> Work | None:
        operators = dict(self._operators)
        while operators:
            names = list(operators)
            name = rng.choices(names, [operators[item][1] for item in names])[0]
            operator, _ = operators.pop(name)
            for _ in range(ATTEMPTS):
                parents = self._parents(operator, rng)
                if parents is None:
                    break
                request = operator.ask(parents, rng, f"{number}.0")
                if request is None:
                    continue
                for draw in itertools.count(1):
                    if request.id not in asked:
                        break
                    request = replace(request, draw=f"{number}.{draw}")
                asked.add(request.id)
                return Work(number, index, operator, parents, request)
        return None

    def _parents(self, operator: Operator, rng: random.Random) -> tuple[Sample, ...] | None:
        """Parents of one language and one task (or of none), least used first; None where there are not enough."""
        groups = [group for group in self._groups if bool(group[0]) == operator.fits and self._seeds[group]]
        if not groups:
            return None
        # Groups in proportion to their seeds: a language keeps the share that the user gave it.
        members = self._groups[rng.choices(groups, [self._seeds[group] for group in groups])[0]]
        wanted: list[list[Sample]] = [members] * operator.parents
        if operator.demonstrations is not None:
            seeds, made = operator.demonstrations
            machine_made = [sample for sample in members if sample.lineage.operator != "seed"]
            human = [sample for sample in members if sample.lineage.operator == "seed"]
            wanted = [human] * seeds + [machine_made] * (made if machine_made else 0)
        chosen: list[Sample] = []
        for candidates in wanted:
            parent = self._tournament(candidates, operator, rng, chosen)
            if parent is not None:
                chosen.append(parent)
        if len(chosen) < (operator.parents if operator.demonstrations is None else 1):
            return None
        return tuple(chosen) if operator.suits(chosen) else None

    def _tournament(
        self, members: Sequence[Sample], operator: Operator, rng: random.Random, taken: Sequence[Sample]
    ) -> Sample | None:
        best: tuple[tuple[float, float], Sample] | None = None
        for _ in range(TOURNAMENT):
            sample = rng.choice(members)
            if not operator.takes(sample) or any(sample.id == other.id for other in taken):
                continue
            if operator.descends and sample.lineage.depth >= self._max_depth:
                continue
            crowding = self._labels[_family(sample)] / len(members) + self._depths[sample.lineage.depth] / len(members)
            cost = (float(self._uses[sample.id]), crowding)
            if best is None or cost < best[0]:
                best = cost, sample
        return None if best is None else best[1]


def _family(sample: Sample) -> str:
    return sample.labels.get("family", "")
