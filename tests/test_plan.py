"""The sampler: pure, fair to what is used least, and true to the languages that the user's seeds have."""

from __future__ import annotations

from collections import Counter

import pytest
from toys import ToyOperator

from synth.plan import Planner
from synth.protocols import Operator
from synth.records import Lineage, Sample


def sample(number: int, language: str = "en", family: str = "x", depth: int = 0, task: str = "") -> Sample:
    operator = "seed" if depth == 0 else "deepen"
    lineage = Lineage(operator=operator, depth=depth)
    return Sample(f"do {number}", "", "done", language, {"family": family}, task=task, lineage=lineage)


def planner(samples: list[Sample], *operators: tuple[Operator, float], seed: int = 1, max_depth: int = 5) -> Planner:
    made = Planner({operator.name: (operator, weight) for operator, weight in operators}, seed, max_depth)
    for item in samples:
        made.admit(item)
    return made


def works(made: Planner, number: int, count: int) -> list[tuple[str, str, str]]:
    return [(work.operator.name, work.parents[0].id, work.request.id) for work in made.plan(number, count)]


DEEPEN: Operator = ToyOperator("deepen", True)
INVENT: Operator = ToyOperator("invent", False)


def test_a_plan_depends_on_seed_round_and_pool_alone() -> None:
    samples = [sample(number) for number in range(20)]
    first = works(planner(samples, (DEEPEN, 1.0), (INVENT, 1.0)), 3, 30)
    again = works(planner(samples, (INVENT, 1.0), (DEEPEN, 1.0)), 3, 30)
    assert first == again
    assert first != works(planner(samples, (DEEPEN, 1.0), (INVENT, 1.0), seed=2), 3, 30)
    assert first != works(planner(samples, (DEEPEN, 1.0), (INVENT, 1.0)), 4, 30)


def test_no_two_requests_of_a_plan_are_the_same_even_from_the_same_parent() -> None:
    plan = works(planner([sample(0)], (DEEPEN, 1.0)), 1, 25)
    assert len(plan) == 25
    assert len({request for _, _, request in plan}) == 25


def test_parents_are_used_about_equally_often() -> None:
    plan = works(planner([sample(number) for number in range(40)], (DEEPEN, 1.0)), 1, 120)
    uses = Counter(parent for _, parent, _ in plan)
    assert len(uses) == 40
    assert max(uses.values()) <= 5


def test_a_rare_label_gets_more_than_its_share() -> None:
    samples = [sample(number, family="common") for number in range(45)] + [sample(99, family="rare")]
    made = planner(samples, (DEEPEN, 1.0))
    plan = works(made, 1, 23)
    assert any(parent == samples[-1].id for _, parent, _ in plan)


def test_languages_keep_the_share_that_the_seeds_have_whatever_the_pool_grew_to() -> None:
    samples = [sample(number) for number in range(15)] + [sample(number, "zh") for number in range(100, 105)]
    samples += [sample(number, "zh", depth=1) for number in range(200, 300)]
    made = planner(samples, (DEEPEN, 1.0))
    languages = Counter(work.parents[0].language for work in made.plan(1, 400))
    assert languages["zh"] == pytest.approx(100, abs=30)


def test_operators_get_work_by_weight_and_none_at_weight_zero() -> None:
    samples = [sample(number) for number in range(30)]
    silent: Operator = ToyOperator("silent", True)
    plan = works(planner(samples, (DEEPEN, 3.0), (INVENT, 1.0), (silent, 0.0)), 1, 400)
    shares = Counter(name for name, _, _ in plan)
    assert shares["deepen"] == pytest.approx(300, abs=40)
    assert "silent" not in shares


def test_what_is_deep_enough_is_not_rewritten_again_but_may_inspire() -> None:
    samples = [sample(0), sample(1, depth=5)]
    made = planner(samples, (DEEPEN, 1.0), (INVENT, 1.0), max_depth=5)
    parents = {(name, parent) for name, parent, _ in works(made, 1, 100)}
    assert ("deepen", samples[1].id) not in parents
    assert ("invent", samples[1].id) in parents


def test_instances_of_a_fitting_task_are_left_to_the_operators_that_fit() -> None:
    made = planner([sample(0), sample(1, task="booking")], (DEEPEN, 1.0))
    assert {work.parents[0].task for work in made.plan(1, 50)} == {""}


def test_a_pool_that_no_operator_suits_has_no_plan() -> None:
    assert works(planner([sample(0, task="booking")], (DEEPEN, 1.0)), 1, 5) == []
