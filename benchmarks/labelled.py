"""Precision and recall of each gate on the project's own labelled set.

    python benchmarks/labelled.py [--unseen [--recorded]] [--part all|tuned|held-out] [--batch N] [--no-judge]
                                  [--errors]

The set is ``tests/gates/labelled/GATE.jsonl``: one item a line, written by hand, in English and Chinese. An item is a
draft, whether its gate should pass it, and why::

    {"id": "refusal-003", "gate": "refusal", "passes": false, "why": "…", "language": "en", "instruction": "…",
     "input": "", "output": "…"}

``parent`` and ``operator`` make it a rewrite, ``pool`` fills the pool, ``opinion`` is the judge's: rewrites that only a
judge can see through (a paraphrase in other content words) carry one, and ``--no-judge`` takes it away.

Every third item of the first 477 was held out while the gates were first tuned. Later batches were written before
anything was mended for them, judged once, and only then read; ``batch`` numbers them from the fourth on. The figures of
those first judgings, which are what new wordings can expect, stand in docs/log.md; what this prints is of the state
after the mending. Rejection is the positive class: precision is the share of rejections that are right, recall the
share of bad drafts that are rejected.

``--unseen`` is what new wordings can expect: ``tests/gates/unseen/``, by writers who saw neither the gates nor an item.
Nobody tunes a gate on it or reads its errors to that end; whoever does moves the items to the labelled set. Opinions
in it are the writers' guesses at what a judge would say; ``--recorded`` takes those of a chat model instead, which
answered the judge's own prompt for each item (``evolution.judge.jsonl``, verbatim): so the gate is in a run.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synth.gates.table import GATES, build_gates
from synth.operators.judge import Judge
from synth.prompts import PromptSet
from synth.protocols import Gate, View
from synth.records import Completion, Constraint, Draft, Lineage, Opinion, Sample, Verdict

TESTS = Path(__file__).resolve().parent.parent / "tests" / "gates"


@dataclass(frozen=True)
class Judged:
    """An item and what its gate said of it."""

    item: dict[str, Any]
    verdict: Verdict

    @property
    def right(self) -> bool:
        return self.verdict.passed is self.item["passes"]


@dataclass(frozen=True)
class Score:
    """How a gate did; ``precision`` and ``recall`` are 1.0 where there was nothing to be wrong about."""

    gate: str
    items: int
    precision: float
    recall: float
    errors: tuple[Judged, ...]


def measure(
    part: str = "all",
    batch: int | None = None,
    *,
    judge: bool = True,
    unseen: bool = False,
    opinions: Mapping[str, dict[str, Any]] | None = None,
) -> list[Score]:
    """A score for each gate that has items, in judging order.

    ``judge`` says whether its opinions count; ``opinions``, by item, take the place of those that items carry.
    """
    folder = TESTS / ("unseen" if unseen else "labelled")
    changed = {name: {"opinion": opinion} for name, opinion in (opinions or {}).items()}
    return [
        _score(name, [_judge(item | (changed.get(item["id"], {}) if judge else {"opinion": None})) for item in items])
        for name in GATES
        if (file := folder / f"{name}.jsonl").exists()  # contamination is judged against files, and tested by itself
        and (items := [item for item in _items(file, part) if batch is None or item.get("batch") == batch])
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Precision and recall of each gate on the labelled set.")
    parser.add_argument("--unseen", action="store_true", help="the items that no gate was tuned on")
    parser.add_argument("--recorded", action="store_true", help="with the opinions of a chat model (--unseen)")
    parser.add_argument("--part", choices=("all", "tuned", "held-out"), default="all")
    parser.add_argument("--batch", type=int, help="only the items of this batch (4 or later)")
    parser.add_argument("--no-judge", action="store_true", help="without the judge's opinions")
    parser.add_argument("--errors", action="store_true", help="list each item that was judged wrongly")
    options = parser.parse_args()
    opinions = recorded() if options.recorded else {}
    scores = measure(options.part, options.batch, judge=not options.no_judge, unseen=options.unseen, opinions=opinions)
    print(f"{'gate':<12} {'items':>5} {'precision':>9} {'recall':>7}")
    for score in scores:
        print(f"{score.gate:<12} {score.items:>5} {score.precision:>9.3f} {score.recall:>7.3f}")
    print(f"{'all':<12} {sum(score.items for score in scores):>5}   wrong: {sum(len(s.errors) for s in scores)}")
    if options.errors:
        for judged in (judged for score in scores for judged in score.errors):
            said = (
                "passed" if judged.verdict.passed else f"rejected by {judged.verdict.rule}: {judged.verdict.evidence}"
            )
            print(f"\n{judged.item['id']} ({judged.item['why']}) was {said}\n  {judged.item['instruction'][:200]!r}")
            print(f"  {(judged.item['output'] or '')[:200]!r}")


def recorded() -> dict[str, dict[str, Any]]:
    """What a chat model said as judge of the unseen rewrites, by item; what cannot be read is left out."""
    judge = Judge(PromptSet.load())
    rows = map(json.loads, (TESTS / "unseen" / "evolution.judge.jsonl").read_text(encoding="utf-8").splitlines())
    read = {row["id"]: judge.read(Completion(row["id"], row["text"], "stop", "")) for row in rows}
    return {name: opinion.to_json() for name, opinion in read.items() if isinstance(opinion, Opinion)}


def _items(file: Path, part: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        held_out = number % 3 == 0
        if part == "all" or held_out == (part == "held-out"):
            yield json.loads(line)


def _judge(item: dict[str, Any]) -> Judged:
    gate = _gate(item["gate"])
    parent = None if item.get("parent") is None else _sample(item["parent"], item["language"])
    descends = parent is not None and item["operator"] != "bootstrap"
    for sample in [_sample(row, item["language"]) for row in item.get("pool", ())] + ([parent] if parent else []):
        gate.remember(sample)
    opinion = item.get("opinion")
    draft = Draft(
        instruction=item["instruction"],
        input=item["input"],
        language=item["language"],
        output=item["output"],
        finish_reason=item.get("finish_reason", "stop"),
        task=item.get("task", ""),
        constraints=tuple(Constraint.from_json(row) for row in item.get("constraints", ())),
        lineage=Lineage(round=1, operator=item.get("operator", "bootstrap"), depth=1 if descends else 0),
        opinion=None if opinion is None else Opinion.from_json(opinion),
    )
    view = View(
        parents=() if parent is None else (parent,),
        ancestors=frozenset({parent.id}) if parent is not None and descends else frozenset(),
    )
    return Judged(item, gate.judge(draft, view))


def _gate(name: str) -> Gate:
    (gate,) = build_gates(skip=set(GATES) - {name})
    return gate


def _sample(row: dict[str, str], language: str) -> Sample:
    return Sample(row["instruction"], row["input"], row["output"], language)


def _score(gate: str, judged: list[Judged]) -> Score:
    rejected = [one for one in judged if not one.verdict.passed]
    bad = [one for one in judged if not one.item["passes"]]
    hits = sum(1 for one in rejected if one.right)
    return Score(
        gate=gate,
        items=len(judged),
        precision=hits / len(rejected) if rejected else 1.0,
        recall=hits / len(bad) if bad else 1.0,
        errors=tuple(one for one in judged if not one.right),
    )


if __name__ == "__main__":
    main()
