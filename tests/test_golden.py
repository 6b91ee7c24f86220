"""What a real chat model wrote for our prompts, verbatim (tests/golden/), through readers, gates and the whole engine.

The verdicts in ``verdicts.jsonl`` were reviewed by hand. Where a change of a gate changes one, look at the draft,
decide who is right, and write the new verdict down.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from golden.record import MODEL, FixedPlanner, read_works

from synth.gates.table import build_gates
from synth.llm.replay import Replay
from synth.operators.table import load_operators
from synth.plan import Work
from synth.pool import Pool
from synth.prompts import PromptSet
from synth.protocols import Unreadable
from synth.records import Outcome, Sample
from synth.rounds import Engine
from synth.run import RunObserver
from synth.run_folder import RunFolder, load_journal

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def seeds() -> dict[str, Sample]:
    lines = (GOLDEN / "seeds.jsonl").read_text(encoding="utf-8").splitlines()
    samples = [Sample.from_json(json.loads(line)) for line in lines]
    return {sample.id: sample for sample in samples}


@pytest.fixture(scope="module")
def works(seeds: dict[str, Sample]) -> list[Work]:
    return read_works(PromptSet.load(GOLDEN / "prompts"), seeds)


def test_every_operator_was_tried_six_times_in_each_language(works: list[Work]) -> None:
    tried = Counter((work.operator.name, work.parents[0].language) for work in works)
    names = {work.operator.name for work in works}
    assert len(names) >= 9
    assert all(tried[name, language] >= 6 for name in names for language in ("en", "zh"))


def test_at_least_95_percent_of_the_completions_are_read_without_loss(works: list[Work]) -> None:
    journal = load_journal(GOLDEN / "journal.jsonl")
    lost = []
    for work in works:
        items = work.operator.read(journal[work.request.id], work.request, work.parents)
        expected = (work.request.schema or {})["properties"]
        count = next((spec["maxItems"] for spec in expected.values() if spec.get("minItems", 0) > 2), 1)
        if len(items) < count or any(isinstance(item, Unreadable) for item in items):
            lost.append((work.request.id, items))
    assert len(lost) <= 0.05 * len(works), lost


async def run_golden(path: Path, works: list[Work], seeds: dict[str, Sample]) -> list[Outcome]:
    folder = RunFolder(path)
    folder.lock()
    try:
        folder.write_seeds(seeds.values())
        folder.state.until = 1
        prompts = PromptSet.load(GOLDEN / "prompts")
        asker = load_operators(prompts, (), model=MODEL, answer_model=MODEL).asker(judging=True)
        replay = Replay(GOLDEN / "journal.jsonl", MODEL)
        pool = Pool(build_gates())
        engine = Engine(
            pool, FixedPlanner(works), folder, replay, replay, asker, RunObserver(), per_round=1, cut=1.0, window=64
        )
        await engine.restore()
        await engine.run(1)
        return list(folder.outcomes(1))
    finally:
        folder.unlock()


async def test_the_whole_engine_judges_them_as_people_did(
    tmp_path: Path, works: list[Work], seeds: dict[str, Sample]
) -> None:
    outcomes = await run_golden(tmp_path, works, seeds)
    found: dict[str, Any] = {}
    for outcome in outcomes:
        verdict = outcome.rejected_by
        found[outcome.id] = {
            "id": outcome.id,
            "operator": outcome.operator,
            "rejected": None if verdict is None else f"{verdict.gate}/{verdict.rule}",
        }
    lines = (GOLDEN / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()
    expected = {row["id"]: row for row in map(json.loads, lines)}
    assert found == expected
