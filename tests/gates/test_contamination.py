"""Contamination: 13 tokens in common with a held-out row, and whoever descends from such a sample."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from synth.errors import InputError, UsageError
from synth.gates.contamination import ContaminationGate
from synth.protocols import View
from synth.records import Draft, Lineage, Sample

ENGLISH = "If a gardener plants four rows of nine tulips and seven of them fail to open, how many are in bloom?"
CHINESE = "一辆公交车上原有二十六名乘客，第一站下了九人又上来十二人，请问现在车上有多少人？"


@pytest.fixture
def gate(tmp_path: Path) -> ContaminationGate:
    rows = [{"question": ENGLISH, "answer": ["29"]}, {"messages": [{"role": "user", "content": CHINESE}]}]
    path = tmp_path / "eval.jsonl"
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    (tmp_path / "short.txt").write_text("Who wrote the first Bulgarian novel?\nYes.\n")
    return ContaminationGate([path, tmp_path / "short.txt"])


def draft(instruction: str, context: str = "", output: str | None = None) -> Draft:
    return Draft(instruction, context, "en", output=output)


@pytest.mark.parametrize(
    ("instruction", "context", "output", "row"),
    [
        (f"Solve this. {ENGLISH} Explain.", "", None, "eval.jsonl:1"),
        ("Solve the riddle below.", ENGLISH.upper(), None, "eval.jsonl:1"),
        ("Write a riddle.", "", f"Here: {ENGLISH}", "eval.jsonl:1"),
        (f"请解答：{CHINESE}", "", None, "eval.jsonl:2"),
        ("who wrote the FIRST Bulgarian novel", "", None, "short.txt:1"),
    ],
)
def test_a_shared_run_is_rejected_and_the_row_is_named(
    gate: ContaminationGate, instruction: str, context: str, output: str | None, row: str
) -> None:
    verdict = gate.judge(draft(instruction, context, output), View())
    assert not verdict.passed
    assert row in verdict.evidence
    assert verdict.rule == "held-out-ngram"


@pytest.mark.parametrize(
    "instruction",
    [
        "If a gardener plants four rows of nine tulips, how wide must the bed be?",  # nine tokens in common
        "一辆公交车上原有二十六位乘客，终点站全部下车。",  # eleven characters in common
        "Tell me who wrote the first Bulgarian novel and why it mattered.",  # a short row counts only as a whole
        "Yes.",
    ],
)
def test_less_than_a_run_in_common_passes(gate: ContaminationGate, instruction: str) -> None:
    assert gate.judge(draft(instruction), View()).passed


def test_twelve_tokens_pass_and_thirteen_do_not(gate: ContaminationGate) -> None:
    words = ENGLISH.split()
    assert gate.judge(draft(" ".join([*words[:12], "sell"])), View()).passed
    assert not gate.judge(draft(" ".join(words[:13])), View()).passed


def test_a_descendant_of_a_contaminated_seed_is_out_whatever_its_own_words(gate: ContaminationGate) -> None:
    clean = Sample("Name a tulip.", "", "Queen of Night", "en")
    tainted = Sample(ENGLISH, "", "29", "en")
    for sample in (clean, tainted):
        gate.remember(sample)
    child = Draft("Work out the blooms of a bed.", "", "en", lineage=Lineage(parents=(tainted.id,), depth=1))
    verdict = gate.judge(child, View((tainted,), frozenset({clean.id, tainted.id})))
    assert (verdict.passed, verdict.rule, verdict.neighbour) == (False, "contaminated-ancestor", tainted.id)
    assert "eval.jsonl:1" in verdict.evidence
    assert gate.judge(child, View((clean,), frozenset({clean.id}))).passed


@pytest.mark.parametrize("kind", ["json", "parquet", "run folder"])
def test_a_held_out_set_may_be_json_parquet_or_a_run_folder(tmp_path: Path, kind: str) -> None:
    rows = [{"instruction": f"{word} it.", "input": word, "output": ENGLISH} for word in ("Solve", "Explain")]
    path = tmp_path / f"eval.{kind}"
    place = f"{path}: row 1"
    if kind == "json":
        path.write_text(json.dumps(rows))
    elif kind == "parquet":
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    else:
        path.mkdir()
        (path / "state.json").touch()
        place = f"{path / 'samples.jsonl'}:1"
        (path / "samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    verdict = ContaminationGate([path]).judge(draft(ENGLISH), View())
    assert verdict.evidence.startswith(f"{place}: ")


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        ContaminationGate([tmp_path / "none.jsonl"])
    with pytest.raises(UsageError, match=r"cannot be read: Is a directory; .* or a run folder"):
        ContaminationGate([tmp_path])
    (tmp_path / "broken.parquet").write_text("no parquet")
    with pytest.raises(UsageError, match="not a Parquet file"):
        ContaminationGate([tmp_path / "broken.parquet"])
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(UsageError, match="no text in it"):
        ContaminationGate([tmp_path / "empty.jsonl"])
    (tmp_path / "torn.jsonl").write_text('{"question": "x"}\n{"question\n')
    with pytest.raises(InputError, match=r"torn\.jsonl:2: not JSON"):
        ContaminationGate([tmp_path / "torn.jsonl"])
