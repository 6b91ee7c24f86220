"""What the bandit saves: tokens per accepted sample, beside choice by the recipe's weights alone.

    python benchmarks/bandit.py [--rounds 8] [--per-round 500] [--repeats 5]

Simulated, where the truth is known: nine operators with the weights of prompts/, each with a yield and a price of its
own, and a pool of which one parent in five is exhausted (its drafts pass a fifth as often). Three settings: operators
differ; all are alike (a bandit can only lose); the best one fades as the pool fills. ``bound`` is what shares within
the bandit's limits would cost if the yields were known. Then whole runs against the simulated server
(synth.llm.simserver).
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, pstdev

import synth
from synth.plan import CEILING, FLOOR, Planner
from synth.prompts import PromptSet
from synth.protocols import Operator, Unreadable
from synth.recipe import Recipe
from synth.records import Completion, Draft, Lineage, Message, Request, Sample
from synth.rng import derive
from synth.run_folder import Yield, cut_at

SEEDS = Path(__file__).parent.parent / "seeds"
CUT = Recipe().cut

Truth = Callable[[str, int], tuple[float, int]]
"""Yield and price (tokens) of an operator in a round."""

YIELDS = {
    "add_constraints": 0.85,
    "bootstrap": 0.45,
    "breadth": 0.5,
    "complicate_input": 0.6,
    "compose": 0.9,
    "concretise": 0.7,
    "deepen": 0.65,
    "fit": 0.95,
    "reasoning": 0.35,
}
PRICES = {
    "add_constraints": 900,
    "bootstrap": 2600,
    "breadth": 1500,
    "complicate_input": 1800,
    "compose": 1600,
    "concretise": 1100,
    "deepen": 1200,
    "fit": 500,
    "reasoning": 1900,
}


def differ(name: str, _number: int) -> tuple[float, int]:
    return YIELDS[name], PRICES[name]


def alike(_name: str, _number: int) -> tuple[float, int]:
    return 0.6, 1200


def fading(name: str, number: int) -> tuple[float, int]:
    return YIELDS[name] * (0.6 ** (number - 1) if name in ("fit", "add_constraints") else 1.0), PRICES[name]


class Simulated:
    """An operator that works on any one sample; its drafts are drawn by the benchmark."""

    demonstrations: tuple[int, int] | None = None
    fits = False
    parents = 1
    descends = True

    def __init__(self, name: str) -> None:
        self.name = name

    def takes(self, sample: Sample) -> bool:
        return True

    def suits(self, parents: Sequence[Sample]) -> bool:
        return True

    def ask(self, parents: Sequence[Sample], rng: random.Random, draw: str) -> Request | None:
        return Request("draft", self.name, (Message("user", parents[0].id),), draw=draw)

    def read(self, completion: Completion, request: Request, parents: Sequence[Sample]) -> list[Draft | Unreadable]:
        return []


@dataclass
class Spent:
    """What a simulated run cost, and who did the work."""

    tokens: int
    accepted: int
    shares: Counter[str]
    exhausted: float
    """Share of the work that went to exhausted parents."""


def simulate(
    weights: Mapping[str, float], truth: Truth, seed: int, rounds: int, per_round: int, *, bandit: bool
) -> Spent:
    operators: dict[str, tuple[Operator, float]] = {name: (Simulated(name), weight) for name, weight in weights.items()}
    planner = Planner(operators, seed, 9, bandit=bandit)
    for number in range(300):
        planner.admit(Sample(f"seed {number}", "", "x", "en", {"family": f"f{number % 20}"}))
    shares: Counter[str] = Counter()
    tokens = accepted = exhausted = 0
    plan = list(planner.plan(1, per_round))
    for number in range(1, rounds + 1):
        coming = []
        for work in plan:
            rng = derive(seed, "benchmark", number, work.index)
            chance, price = truth(work.operator.name, number)
            if tired := int(work.parents[0].id, 16) % 5 == 0:
                chance *= 0.2
            passed = rng.random() < chance
            price = round(price * (1.0 if passed else 0.6) * rng.uniform(0.5, 1.5))  # a rejected one is not answered
            names = tuple(parent.id for parent in work.parents)
            planner.learn(number, Yield(work.operator.name, names, 1, int(passed), price))
            if passed:
                lineage = Lineage(number, work.operator.name, names, work.parents[0].lineage.depth + 1)
                labels = {"family": work.parents[0].labels["family"]}
                planner.admit(Sample(f"{number} {work.index}", "", "x", "en", labels, lineage=lineage))
            shares[work.operator.name] += 1
            tokens, accepted, exhausted = tokens + price, accepted + passed, exhausted + tired
            if work.index + 1 == cut_at(CUT, len(plan)):
                coming = list(planner.plan(number + 1, per_round))
        plan = coming
    return Spent(tokens, accepted, shares, exhausted / shares.total())


def bound(weights: Mapping[str, float], truth: Truth, rounds: int) -> float:
    """Tokens per accepted sample of the best shares within the limits, parents drawn evenly."""
    tokens = accepted = 0.0
    whole = sum(weights.values())
    for number in range(1, rounds + 1):
        expected = {}
        for name in weights:
            chance, price = truth(name, number)
            chance *= 0.8 + 0.2 * 0.2
            expected[name] = chance, price * (0.6 + 0.4 * chance)
        left = 1 - FLOOR
        for name in sorted(expected, key=lambda name: -expected[name][0] / expected[name][1]):
            share = weights[name] / whole
            more = min(left, (CEILING - FLOOR) * share)
            left -= more
            accepted += (FLOOR * share + more) * expected[name][0]
            tokens += (FLOOR * share + more) * expected[name][1]
    return tokens / accepted


def simulated(rounds: int, per_round: int, repeats: int) -> None:
    prompts = PromptSet.load()
    weights = {full.split("/")[1]: next(iter(prompts[full].values())).weight for full in prompts.names("draft")}
    for truth in (differ, alike, fading):
        print(f"\n{truth.__name__}: tokens per accepted sample, mean of {repeats} seeds (standard deviation)")
        print(f"  bound        {bound(weights, truth, rounds):6.0f}")
        for bandit in (False, True):
            runs = [simulate(weights, truth, seed, rounds, per_round, bandit=bandit) for seed in range(repeats)]
            prices = [run.tokens / run.accepted for run in runs]
            tired = mean(run.exhausted for run in runs)
            print(f"  {'bandit ' if bandit else 'weights'}      {mean(prices):6.0f} ({pstdev(prices):.0f})", end="")
            print(f", {tired:.1%} of the work on exhausted parents", end="")
            shares: Counter[str] = sum((run.shares for run in runs), Counter())
            print("; shares %: " + ", ".join(f"{name} {100 * n / shares.total():.0f}" for name, n in shares.items()))


def served(rounds: int, per_round: int) -> None:
    """Through the whole engine and all gates, against the simulated server: its operators differ as its answers do."""
    print(f"\nthe simulated server on seeds/, {rounds} rounds of {per_round}: tokens per accepted sample")
    command = [sys.executable, "-m", "synth.llm.simserver", "--latency", "0", "--slots", "64"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        base = next(word for word in server.stdout.readline().split() if word.startswith("http"))
        for bandit in (False, True):
            flags = {"seeds": [SEEDS], "rounds": rounds, "per_round": per_round, "bandit": bandit}
            with tempfile.TemporaryDirectory() as folder:
                result = synth.expand(synth.load_recipe(None, {**flags, "llm.base_urls": (base,)}), folder)
            tokens = sum(summary.tokens for summary in result.rounds)
            paid: Counter[str] = Counter()
            for summary in result.rounds:
                paid.update(summary.operator_tokens)
            print(f"  {'bandit ' if bandit else 'weights'}      {tokens / result.accepted:6.0f}", end="")
            print(f" ({result.accepted} accepted); tokens %: ", end="")
            print(", ".join(f"{name} {100 * n / tokens:.0f}" for name, n in sorted(paid.items())))
        server.terminate()
        server.communicate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--per-round", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    simulated(options.rounds, options.per_round, options.repeats)
    served(options.rounds, options.per_round)


if __name__ == "__main__":
    main()
