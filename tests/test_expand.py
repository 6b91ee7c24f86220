"""The main job end to end with the embedded model, on the repository's own seeds."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rapidfuzz.distance import LCSseq

import synth
from synth import constraints
from synth.records import Sample
from synth.text import tokens

SEEDS = Path(__file__).parent.parent / "seeds"
ROUNDS, PER_ROUND = 2, 150


def recipe(**flags: object) -> synth.Recipe:
    return synth.load_recipe(
        None, {"seeds": [SEEDS], "rounds": ROUNDS, "per_round": PER_ROUND, "llm.backend": "rules", **flags}
    )


def results(path: Path) -> dict[str, bytes]:
    files = [path / "samples.jsonl", *sorted((path / "rounds").glob("*.jsonl"))]
    return {file.name: file.read_bytes() for file in files}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("run")
    synth.expand(recipe(), path)
    return path


def rouge_l(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    return 2 * LCSseq.similarity(one, other) / (len(one) + len(other)) if one and other else 0.0


def test_every_operator_of_the_embedded_model_adds_samples_in_both_languages(run: Path) -> None:
    samples = synth.read_run(run).samples()
    made = {(sample.lineage.operator, sample.language) for sample in samples}
    operators = ["add_constraints", "breadth", "compose", "fit"]
    assert made == set(itertools.product(operators, ["en", "zh"]))


def test_every_stored_constraint_holds_and_stands_in_its_instruction(run: Path) -> None:
    checked = 0
    for sample in synth.read_run(run).samples():
        for constraint in sample.constraints:
            finding = constraints.check(constraint, sample.output, sample.language)
            assert finding.passed, f"{sample.id} {constraint}: {finding.evidence}"
            assert constraint.phrase in sample.instruction
            checked += 1
    assert checked > 50


def test_no_two_samples_are_alike_unless_one_descends_from_the_other(run: Path) -> None:
    folder = synth.read_run(run)
    pool = {sample.id: sample for sample in [*folder.seeds(), *folder.samples()]}

    def ancestors(sample: Sample) -> set[str]:
        found: set[str] = set()
        for name in sample.lineage.parents:
            if name in pool:
                found |= {name} | ancestors(pool[name])
        return found

    rows = [(sample, tokens(sample.novelty_text), ancestors(sample)) for sample in pool.values()]
    made = {sample.id for sample in folder.samples()}
    for (one, one_tokens, one_ancestors), (other, other_tokens, other_ancestors) in itertools.combinations(rows, 2):
        if one.task != other.task or not {one.id, other.id} & made:
            continue
        if one.id in other_ancestors or other.id in one_ancestors:
            continue
        score = rouge_l(one_tokens, other_tokens)
        assert score <= 0.7 + 1e-12, f"{one.id} {other.id}: {score}"


def test_the_figures_add_up_and_every_rejection_says_why(run: Path) -> None:
    folder = synth.read_run(run)
    total = 0
    for summary in folder.state.rounds:
        outcomes = list(folder.outcomes(summary.round))
        assert summary.works == PER_ROUND == len({outcome.work for outcome in outcomes})
        assert summary.accepted + sum(summary.rejected.values()) == summary.drafts + summary.unreadable == len(outcomes)
        assert sum(kept for kept, _ in summary.operators.values()) == summary.accepted
        for outcome in outcomes:
            verdict = outcome.rejected_by
            assert verdict is None or (verdict.rule and verdict.evidence), outcome.to_json()
        total += summary.accepted
    assert total == len(folder.samples()) == len((run / "samples.jsonl").read_bytes().splitlines())


def test_the_dataset_loads_as_alpaca_rows(run: Path) -> None:
    for line in (run / "samples.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        assert list(row)[:3] == ["instruction", "input", "output"]
        assert all(isinstance(row[key], str) for key in ("instruction", "input", "output"))
        assert row["instruction"]
        assert row["output"]


def test_another_folder_a_replay_and_other_concurrency_give_the_same_bytes(run: Path, tmp_path: Path) -> None:
    synth.expand(recipe(**{"llm.in_flight": 1}), tmp_path / "narrow")
    synth.expand(recipe(**{"llm.in_flight": 64}), tmp_path / "wide")
    synth.expand(recipe(**{"llm.backend": "replay", "llm.journal": run}), tmp_path / "replayed")
    for name in ("narrow", "wide", "replayed"):
        assert results(tmp_path / name) == results(run), name


def test_killed_at_any_moment_the_same_command_ends_in_the_same_bytes(run: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "synth", "expand", "--seeds", str(SEEDS), "--rounds", str(ROUNDS)]
    command += ["--per-round", str(PER_ROUND), "--llm", "rules", "--run", str(tmp_path), "--quiet"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    for delay in (0.9, 1.5, 2.2, 3.0):
        with subprocess.Popen(command, env=environment) as process:
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
    subprocess.run(command, env=environment, check=True, timeout=120)
    if synth.read_run(tmp_path).state.completed == ROUNDS:
        assert results(tmp_path) == results(run)
    else:  # a fast machine finished before the last kill, so that the last command added rounds
        assert (tmp_path / "samples.jsonl").read_bytes().startswith((run / "samples.jsonl").read_bytes())


def test_run_again_the_pool_grows_and_what_was_there_stays(tmp_path: Path) -> None:
    synth.expand(recipe(rounds=1), tmp_path)
    before = results(tmp_path)
    result = synth.expand(recipe(rounds=1), tmp_path)
    after = results(tmp_path)
    assert result.accepted > 0
    assert after["samples.jsonl"].startswith(before.pop("samples.jsonl"))
    assert {name: after[name] for name in before} == before
