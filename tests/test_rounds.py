"""The engine's invariants: plan order decides, nothing vanishes, and a run can die anywhere."""

from __future__ import annotations

import asyncio
import json
import math
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import CUT, ToyLLM, toy_planner, toy_run

from synth.errors import LLMError, Stopped
from synth.rounds import Budget
from synth.run_folder import RunFolder, load_journal


def results(path: Path) -> dict[str, bytes]:
    """All that must not depend on timing: the dataset, and every outcome of every round."""
    files = [path / "samples.jsonl", *sorted((path / "rounds").glob("*.jsonl"))]
    return {file.name: file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("undisturbed")
    asyncio.run(toy_run(path, ToyLLM(), until=4))
    return path


@settings(max_examples=8, deadline=None)
@given(scramble=st.integers(0, 1000), window=st.sampled_from([1, 2, 7, 64]))
def test_neither_arrival_order_nor_concurrency_changes_a_byte(
    undisturbed: Path, tmp_path_factory: pytest.TempPathFactory, scramble: int, window: int
) -> None:
    path = tmp_path_factory.mktemp("scrambled")
    asyncio.run(toy_run(path, ToyLLM(scramble), until=4, window=window))
    assert results(path) == results(undisturbed)


async def test_every_finished_round_can_be_planned_again_from_the_folder_alone(undisturbed: Path) -> None:
    folder = RunFolder(undisturbed)
    for summary in folder.state.rounds:
        planner = toy_planner()
        planner.recall(folder, summary.round, CUT)
        for sample in folder.pool()[: folder.known_at_plan(summary.round, CUT)]:
            planner.admit(sample)
        planned = [work.request.id for work in planner.plan(summary.round, 40)]
        assert planned == list(dict.fromkeys(outcome.requests[0] for outcome in folder.outcomes(summary.round)))


async def test_every_piece_of_work_ends_in_outcomes_that_add_up(undisturbed: Path) -> None:
    folder = RunFolder(undisturbed)
    for summary in folder.state.rounds:
        outcomes = list(folder.outcomes(summary.round))
        assert {outcome.work for outcome in outcomes} == set(range(summary.works))
        assert summary.drafts + summary.unreadable == len(outcomes)
        assert summary.accepted + sum(summary.rejected.values()) == len(outcomes)
        assert all(outcome.rejected_by is not None for outcome in outcomes if not outcome.accepted)
    gates = {gate for summary in folder.state.rounds for gate in summary.rejected}
    assert gates == {"read", "toy-novelty", "toy-opinion", "toy-answer"}, "the toys should exercise every way to end"


async def test_the_next_round_is_planned_at_the_cut_and_not_at_the_end(tmp_path: Path) -> None:
    observer = await toy_run(tmp_path, ToyLLM(1), until=2)
    works = RunFolder(tmp_path).state.rounds[0].works
    assert observer.planned_at == [(1, 0), (2, math.ceil(CUT * works))]


@pytest.mark.parametrize("seed", range(6))
async def test_a_server_that_dies_any_number_of_times_costs_nothing_and_changes_nothing(
    undisturbed: Path, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    bought: list[str] = []
    deaths = 0
    while True:
        llm = ToyLLM(scramble=rng.randrange(1000), die_after=rng.randrange(1, 120))
        try:
            await toy_run(tmp_path, llm, until=4, window=rng.choice([3, 16]))
        except LLMError:
            deaths += 1
        else:
            break
        finally:
            bought.extend(llm.bought)
    assert deaths > 2
    assert results(tmp_path) == results(undisturbed)
    journaled = [name for file in (tmp_path / "journal").glob("*.jsonl") for name in load_journal(file)]
    assert len(bought) == len(set(bought)) == len(journaled), "a completion that reached the disk is not bought again"


@pytest.mark.parametrize("stop_after", [1, 30, 77, 120])
async def test_a_stopped_run_goes_on_where_it_was(undisturbed: Path, tmp_path: Path, stop_after: int) -> None:
    with pytest.raises(Stopped, match="enough"):
        await toy_run(tmp_path, ToyLLM(5), until=4, stop_after=stop_after)
    await toy_run(tmp_path, ToyLLM(6), until=4)
    assert results(tmp_path) == results(undisturbed)


async def test_running_again_adds_rounds_and_leaves_what_was_there(tmp_path: Path) -> None:
    await toy_run(tmp_path, ToyLLM(), until=2)
    before = results(tmp_path)
    await toy_run(tmp_path, ToyLLM(), until=3)
    after = results(tmp_path)
    assert after["samples.jsonl"].startswith(before.pop("samples.jsonl"))
    assert len(after["samples.jsonl"]) > 0
    assert {name: after[name] for name in before} == before
    assert RunFolder(tmp_path).state.completed == 3


async def test_a_sample_names_its_parents_and_the_completions_it_was_made_of(undisturbed: Path) -> None:
    folder = RunFolder(undisturbed)
    known = {sample.id for sample in folder.seeds()}
    journaled = {name for number in range(1, 5) for name in folder.completions(number)}
    for line in (undisturbed / "samples.jsonl").read_text().splitlines():
        row = json.loads(line)
        assert set(row["lineage"]["parents"]) <= known
        assert set(row["lineage"]["requests"]) <= journaled
        known.add(row["id"])


async def test_a_budget_of_samples_is_kept_exactly_and_ends_at_the_same_place_every_time(tmp_path: Path) -> None:
    for number, (scramble, window) in enumerate([(None, 1), (3, 64)]):
        path = tmp_path / str(number)
        with pytest.raises(Stopped, match="33 samples are accepted"):
            await toy_run(path, ToyLLM(scramble), until=9, window=window, budget=Budget(samples=33))
        assert len((path / "samples.jsonl").read_bytes().splitlines()) == 33
    assert results(tmp_path / "0") == results(tmp_path / "1")
    folder = RunFolder(tmp_path / "0")
    assert folder.state.until == folder.state.completed, "the command is over; the next one adds to it"


async def test_a_budget_of_drafts_ends_the_round_where_it_is_reached(tmp_path: Path) -> None:
    with pytest.raises(Stopped, match="--max-drafts is 50"):
        await toy_run(tmp_path, ToyLLM(), until=9, budget=Budget(drafts=50))
    judged = sum(summary.drafts + summary.unreadable for summary in RunFolder(tmp_path).state.rounds)
    assert 50 <= judged < 54, "the last piece of work is judged whole"


@pytest.mark.parametrize("tokens", [400, 2000, 4001])
async def test_a_budget_of_tokens_is_never_overspent_and_nearly_used_up(tmp_path: Path, tokens: int) -> None:
    llm = ToyLLM(2)
    with pytest.raises(Stopped, match="token budget"):
        await toy_run(tmp_path, llm, until=9, per_round=200, window=64, budget=Budget(tokens=tokens))
    journaled = [item for file in (tmp_path / "journal").glob("*.jsonl") for item in load_journal(file).values()]
    assert len(journaled) == len(llm.bought)
    spent = sum(item.prompt_tokens + item.completion_tokens for item in journaled)
    assert 0.97 * tokens <= spent <= tokens + 10
    await toy_run(tmp_path, llm, until=9, per_round=200, window=64)
    assert RunFolder(tmp_path).state.completed == 9, "run again without the budget, it goes on"


async def test_when_little_is_accepted_the_round_is_the_last(tmp_path: Path) -> None:
    await toy_run(tmp_path, ToyLLM(), until=9, budget=Budget(min_yield=0.9))
    folder = RunFolder(tmp_path)
    assert folder.state.completed == folder.state.until == 1
