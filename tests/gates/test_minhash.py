"""The minhash gate: near-duplicates of instruction and input."""

from __future__ import annotations

import pytest

from synth.gates.minhash import MinHashGate
from synth.novelty.minhash import jaccard
from synth.protocols import View
from synth.records import Draft, Sample
from synth.text import tokens

EMAIL = (
    "Dear team, the meeting on Thursday moves to room 4, please bring the printed plans and your questions with you. "
    "We start at nine and finish before lunch; those who join by phone find the number in the invitation."
)
NOTICE = "各位同事：周四的会议改到四号会议室，请带上打印好的方案和你们的问题，准时参加，谢谢配合。"


def draft(instruction: str, given: str) -> Draft:
    return Draft(instruction=instruction, input=given, language="en")


def sample(instruction: str, given: str) -> Sample:
    return Sample(instruction=instruction, input=given, output="…", language="en")


@pytest.mark.parametrize(
    ("instruction", "given", "near"),
    [
        ("Summarise this e-mail.", EMAIL, EMAIL.replace("you.", "YOU!")),
        ("Summarise this e-mail.", EMAIL, EMAIL.replace("room 4", "room 5")),
        ("请概括这则通知。", NOTICE, NOTICE.replace("谢谢配合", "谢谢")),
    ],
)
def test_a_near_duplicate_is_rejected_with_its_true_jaccard(instruction: str, given: str, near: str) -> None:
    gate = MinHashGate(0.8)
    known = sample(instruction, given)
    gate.remember(known)
    verdict = gate.judge(draft(instruction, near), View())
    assert not verdict.passed
    assert verdict.rule == "jaccard"
    assert verdict.neighbour == known.id
    assert verdict.score == jaccard(tokens(f"{instruction}\n{given}"), tokens(f"{instruction}\n{near}"))
    assert verdict.evidence.startswith("5-token shingles in common with “")
    assert gate.judge(draft(instruction, near), View(ancestors=frozenset({known.id}))).passed


def test_the_same_instruction_with_another_input_is_another_task() -> None:
    gate = MinHashGate()
    gate.remember(sample("Is this review positive or negative?", "The soup was cold and the waiter rude."))
    assert gate.judge(
        draft("Is this review positive or negative?", "Best holiday we have had in years!"), View()
    ).passed


@pytest.mark.parametrize("pair", [("Yes", "No"), ("好", "坏"), ("3 + 4", "5 + 6"), ("", "")])
def test_unrelated_short_texts_pass(pair: tuple[str, str]) -> None:
    gate = MinHashGate()
    gate.remember(sample("", pair[0]))
    assert gate.judge(draft("", pair[1]), View()).passed
