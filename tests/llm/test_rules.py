"""The embedded model: what it drafts it can answer, and the answer is right by construction."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from synth import constraints
from synth.llm.rules import Rules
from synth.operators.table import load_operators
from synth.prompts import PromptSet
from synth.records import Draft, Request, Sample
from synth.rng import derive
from synth.seeds import Seeds, read_seeds

SEEDS = Path(__file__).parent.parent.parent / "seeds"


@pytest.fixture(scope="module")
def seeds() -> Seeds:
    return read_seeds(SEEDS)


@pytest.fixture(scope="module")
def rules(seeds: Seeds) -> Rules:
    return Rules(seeds.taskfiles)


async def drafts_of(name: str, parents: list[Sample], seeds: Seeds, rules: Rules, draw: str) -> list[tuple[Draft, str]]:
    """The drafts of one operator on some parents, each with the answer that the embedded model gives to it."""
    table = load_operators(
        PromptSet.load(), seeds.taskfiles, model=rules.model, answer_model=rules.model, slots_only=True
    )
    operator, asker = table.operators[name], table.asker(judging=False)
    request = operator.ask(parents, derive(0, "test", draw), draw)
    if request is None:
        return []
    completion = await rules.submit(request)
    answered = []
    for draft in operator.read(completion, request, parents):
        assert isinstance(draft, Draft), draft
        question: Request = asker.respond(draft, parents, request, [])
        answered.append((draft, asker.read_answer(await rules.submit(question), question)))
    return answered


def free(seeds: Seeds, language: str) -> list[Sample]:
    return [sample for sample in seeds.samples if sample.language == language and not sample.task]


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_added_constraints_stand_in_the_instruction_and_hold_in_the_answer(
    seeds: Seeds, rules: Rules, language: str
) -> None:
    made = 0
    for number, parent in enumerate(free(seeds, language)[::3]):
        for draft, answer in await drafts_of("add_constraints", [parent], seeds, rules, str(number)):
            assert 1 <= len(draft.constraints) <= 3
            for constraint in draft.constraints:
                assert constraint.phrase in draft.instruction
                assert constraints.check(constraint, answer, language).passed
            assert draft.input == parent.input
            made += 1
    assert made > 25


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_composed_task_holds_both_and_its_answer_is_labelled_as_it_asks(
    seeds: Seeds, rules: Rules, language: str
) -> None:
    parents = free(seeds, language)
    for number in range(0, len(parents) - 1, 7):
        pair = parents[number : number + 2]
        for draft, answer in await drafts_of("compose", pair, seeds, rules, str(number)):
            for parent in pair:
                assert parent.instruction in draft.instruction
                assert parent.input in draft.input
                assert parent.output in answer
            labels = [line.strip("#* ：:") for line in answer.splitlines() if line.strip("#* ：:") in draft.instruction]
            assert len(labels) >= 2


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_filled_task_is_answered_as_its_task_file_says(seeds: Seeds, rules: Rules, language: str) -> None:
    for taskfile in seeds.taskfiles:
        if not taskfile.fixed or taskfile.language != language:
            continue
        parents = [sample for sample in seeds.samples if sample.task == taskfile.name][:4]
        answered = await drafts_of("fit", parents, seeds, rules, "1")
        assert len(answered) == 3
        assert len({draft.input for draft, _ in answered}) == 3
        for draft, answer in answered:
            assert draft.instruction == parents[0].instruction
            if taskfile.contract is not None:
                assert taskfile.contract.problems(answer) == []


async def test_the_same_request_gets_the_same_completion_and_another_draw_another_one(
    seeds: Seeds, rules: Rules
) -> None:
    parents = free(seeds, "en")[:1]
    first, again, other = [await drafts_of("breadth", parents, seeds, rules, draw) for draw in ("1.0", "1.0", "1.1")]
    assert first == again
    assert first[0][0].instruction != other[0][0].instruction


async def test_what_it_cannot_do_truthfully_it_does_not_offer(rules: Rules) -> None:
    assert rules.operators is not None
    assert not rules.operators & {"deepen", "reasoning", "concretise", "complicate_input", "bootstrap"}


async def test_it_returns_what_a_model_would_json_for_drafts_and_text_for_answers(seeds: Seeds, rules: Rules) -> None:
    table = load_operators(PromptSet.load(), seeds.taskfiles, model=rules.model, slots_only=True)
    request = table.operators["breadth"].ask(free(seeds, "en")[:1], derive(0), "1.0")
    assert request is not None
    completion = await rules.submit(request)
    reply: Any = json.loads(completion.text)
    assert {"instruction", "input"} <= set(reply)
    assert completion.finish_reason == "stop"
