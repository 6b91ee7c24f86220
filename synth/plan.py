"""The sampler: which parents, which operator, for each piece of work of a round.

Parents are drawn by a tournament: a handful at random, the one used least wins, then the one whose label and depth
the pool has least of. That is the "least used, under-represented first" of a sorted pool at a cost that does not
grow with the pool, and with chance enough that two rounds are never the same.

**A bandit over the operators** (Thompson sampling: Thompson 1933; with costs, Xia et al. 2015; with discounted memory,
for yields that fall as the pool fills, Raj and Kalyani 2017). What counts is accepted samples per token paid. An
operator's yield has a Gamma posterior, from a prior worth :data:`PRIOR` pieces of work at the mean yield of all. For
each piece of work one yield is drawn for every operator, and the shares are those that bring most at these yields
while each stays within its bounds:

=============  =====================================================================================================
at least       :data:`FLOOR` × the share that its weight in the recipe gives it, so that none starves or is forgotten
at most        :data:`CEILING` × that share: the recipe has the first word, and data that is cheap is not all data
=============  =====================================================================================================

Of the parents, one whose drafts are rejected more often than others' counts as used more often than it was, up to
:data:`CEILING` times, one that yields more as used less often. Languages and tasks keep the shares of their seeds.

A plan is a pure function of (run seed, round, the pool as it stood, the outcomes up to the cut). What the bandit
knows are whole numbers, so a planner that learns the same outcomes in another order plans the same.
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
from synth.run_folder import RunFolder, Yield

TOURNAMENT = 12
"""Candidates drawn for each parent: while a tenth of the pool is unused, an unused one is found 72 times in 100."""

ATTEMPTS = 20
"""Draws of parents before a piece of work is given to another operator."""

FLOOR, CEILING = 0.5, 2.0
"""Bounds of an operator's share, as multiples of what its weight gives it, and of how much a parent's uses count."""

DISCOUNT = 0.8
"""What an outcome counts for with each round that has passed since."""

MEMORY = 12
"""Rounds that are remembered; one before them would count for less than 0.07."""

PRIOR = 10.0
"""Pieces of work of mean yield and mean price that an operator is credited with before its own."""

PARENT_PRIOR = 2.0
"""Drafts of mean yield that a parent is credited with before its own."""


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of work: a request for drafts, made by ``operator`` from ``parents``."""

    round: int
    index: int
    operator: Operator
    parents: tuple[Sample, ...]
    request: Request


class Planner:
    """Knows of the pool what a plan needs, in step with the pool; :meth:`plan` draws a round's work from it.

    Without ``bandit``, what outcomes teach is left unused: operators get work by their weights, parents by their uses.
    """

    def __init__(
        self, operators: Mapping[str, tuple[Operator, float]], seed: int, max_depth: int, *, bandit: bool = True
    ) -> None:
        self._operators = {name: pair for name, pair in sorted(operators.items()) if pair[1] > 0}
        self._seed = seed
        self._max_depth = max_depth
        self._bandit = _Bandit({name: weight for name, (_, weight) in self._operators.items()}) if bandit else None
        self._groups: dict[tuple[str, str], list[Sample]] = defaultdict(list)
        self._human: dict[tuple[str, str], list[Sample]] = defaultdict(list)
        self._made: dict[tuple[str, str], list[Sample]] = defaultdict(list)
        self._uses: Counter[str] = Counter()
        self._drafts: Counter[str] = Counter()
        self._accepted: Counter[str] = Counter()
        self._labels: Counter[str] = Counter()
        self._depths: Counter[int] = Counter()

    def admit(self, sample: Sample) -> None:
        """The pool admitted ``sample``: from now on it can be a parent."""
        group = (sample.task, sample.language)
        self._groups[group].append(sample)
        (self._human if sample.lineage.operator == "seed" else self._made)[group].append(sample)
        self._labels[_family(sample)] += 1
        self._depths[sample.lineage.depth] += 1

    def use(self, parents: Sequence[str]) -> None:
        """A piece of work was planned with these parents."""
        self._uses.update(parents)

    def learn(self, number: int, brought: Yield) -> None:
        """A piece of work of round ``number`` is judged."""
        for parent in (*brought.parents, _ALL):
            self._drafts[parent] += brought.drafts
            if brought.accepted:
                self._accepted[parent] += brought.accepted
        if self._bandit is not None:
            self._bandit.learn(number, brought)

    def recall(self, folder: RunFolder, number: int, cut: float) -> list[Yield]:
        """Learn from a folder what was known when round ``number`` was planned. Returns what was learned after that.

        ``cut`` is the share of a round that was judged by then, unless round ``number`` is the first of a command.
        """
        judged = folder.judged_at_plan(number, cut)
        late: list[Yield] = []
        for done in range(1, number):
            yields = folder.yields(done)
            for brought in yields:
                self.use(brought.parents)
            if done == number - 1:
                yields, late = yields[:judged], yields[judged:]
            for brought in yields:
                self.learn(done, brought)
        return late

    def plan(self, number: int, count: int) -> Iterator[Work]:
        """The work of round ``number``, at most ``count`` pieces, in order; none if no operator suits any sample."""
        asked: set[str] = set()
        index = 0
        if self._bandit is not None:
            self._bandit.look_back(number)
        for attempt in range(count):
            work = self._draw(number, index, derive(self._seed, "plan", number, attempt), asked)
            if work is not None:
                index += 1
                self.use([parent.id for parent in work.parents])
                yield work

    def _draw(self, number: int, index: int, rng: random.Random, asked: set[str]) -> Work | None:
        if self._bandit is None:
            shares = {name: weight for name, (_, weight) in self._operators.items()}
        else:
            shares = self._bandit.shares(rng)
        while shares:
            name = rng.choices(list(shares), list(shares.values()))[0]
            del shares[name]
            operator, _ = self._operators[name]
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
        groups = [group for group in self._groups if bool(group[0]) == operator.fits and self._human[group]]
        if not groups:
            return None
        # Groups in proportion to their seeds: a language keeps the share that the user gave it.
        group = rng.choices(groups, [len(self._human[group]) for group in groups])[0]
        wanted: list[list[Sample]] = [self._groups[group]] * operator.parents
        if operator.demonstrations is not None:
            seeds, made = operator.demonstrations
            wanted = [self._human[group]] * seeds + [self._made[group]] * (made if self._made[group] else 0)
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
        best: tuple[tuple[int, float], Sample] | None = None
        for _ in range(TOURNAMENT):
            sample = rng.choice(members)
            if not operator.takes(sample) or any(sample.id == other.id for other in taken):
                continue
            if operator.descends and sample.lineage.depth >= self._max_depth:
                continue
            crowding = self._labels[_family(sample)] / len(members) + self._depths[sample.lineage.depth] / len(members)
            cost = (self._used(sample.id), crowding)
            if best is None or cost < best[0]:
                best = cost, sample
        return None if best is None else best[1]

    def _used(self, parent: str) -> int:
        """How often a parent counts as used: whole numbers, so that crowding still decides between equals."""
        uses = self._uses[parent]
        mean = self._accepted[_ALL] / self._drafts[_ALL] if self._accepted[_ALL] else 0.0
        if self._bandit is None or not mean:
            return uses
        own = (self._accepted[parent] + PARENT_PRIOR * mean) / (self._drafts[parent] + PARENT_PRIOR)
        return round(uses * min(CEILING, max(FLOOR, mean / own)))


class _Bandit:
    """Shares of the operators, by what their work brought of late."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        whole = sum(weights.values())
        self._weights = {name: weight / whole for name, weight in weights.items()}
        self._rounds: dict[int, dict[str, _Tally]] = {}
        self._posteriors: dict[str, tuple[float, float]] = {}

    def learn(self, number: int, brought: Yield) -> None:
        tally = self._rounds.setdefault(number, defaultdict(_Tally))[brought.operator]
        tally.works += 1
        tally.drafts += brought.drafts
        tally.accepted += brought.accepted
        tally.tokens += brought.tokens

    def look_back(self, number: int) -> None:
        """Take stock before round ``number`` is planned: shape and rate of each operator's posterior."""
        self._rounds = {past: self._rounds[past] for past in sorted(self._rounds) if past >= number - MEMORY}
        works = 0.0
        accepted, cost = dict.fromkeys(self._weights, 0.0), dict.fromkeys(self._weights, 0.0)
        for past, names in self._rounds.items():
            counts = DISCOUNT ** (number - 1 - past)
            for name in sorted(names.keys() & self._weights.keys()):
                works += counts * names[name].works
                accepted[name] += counts * names[name].accepted
                cost[name] += counts * names[name].tokens
        self._posteriors = {}
        # Where nothing is paid, as to the embedded model, there is nothing to save: the weights stand.
        if sum(accepted.values()) and sum(cost.values()):
            unit = sum(cost.values()) / works  # the mean price of a piece of work
            mean = sum(accepted.values()) / works
            self._posteriors = {
                name: (PRIOR * mean + accepted[name], PRIOR + cost[name] / unit) for name in self._weights
            }

    def shares(self, rng: random.Random) -> dict[str, float]:
        """The shares, within their bounds, that bring most if yields are as they are drawn here."""
        if not self._posteriors:
            return dict(self._weights)
        drawn = {name: rng.gammavariate(shape, 1 / rate) for name, (shape, rate) in self._posteriors.items()}
        shares = {name: FLOOR * weight for name, weight in self._weights.items()}
        left = 1.0 - FLOOR
        for name in sorted(drawn, key=lambda name: -drawn[name]):
            more = min(left, (CEILING - FLOOR) * self._weights[name])
            shares[name] += more
            left -= more
        return shares


@dataclass(slots=True)
class _Tally:
    """What an operator's work of one round brought, and what it cost, in whole numbers."""

    works: int = 0
    drafts: int = 0
    accepted: int = 0
    tokens: int = 0


_ALL = ""
"""No sample's id: the place of the sums over all parents."""


def _family(sample: Sample) -> str:
    return sample.labels.get("family", "")
