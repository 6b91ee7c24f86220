"""The copy gate: the same task again, or an answer that only repeats what it was given."""

from __future__ import annotations

import pytest

from synth.gates.copy import CopyGate
from synth.protocols import View
from synth.records import Draft, Sample


def draft(instruction: str, given: str = "", output: str | None = None) -> Draft:
    return Draft(instruction=instruction, input=given, language="en", output=output)


def sample(instruction: str, given: str = "") -> Sample:
    return Sample(instruction=instruction, input=given, output="…", language="en")


@pytest.mark.parametrize(
    ("known", "again"),
    [
        (("Name three birds.", ""), ("name  three birds", "")),
        (("列出三种鸟。", ""), ("列出三种鸟", "")),
        (("分类：", "苹果，梨"), ("分类：", "苹果,梨。")),
        (("Add.", "2 + 3"), ("add", "２ + ３")),
    ],
)
def test_the_task_of_a_parent_or_of_the_pool_is_a_copy(known: tuple[str, str], again: tuple[str, str]) -> None:
    parent = sample(*known)
    verdict = CopyGate().judge(draft(*again), View(parents=(parent,)))
    assert (verdict.passed, verdict.rule, verdict.neighbour) == (False, "same-as-parent", parent.id)
    gate = CopyGate()
    gate.remember(parent)
    verdict = gate.judge(draft(*again), View(ancestors=frozenset({parent.id})))
    assert (verdict.passed, verdict.rule, verdict.neighbour) == (False, "same-as-pool", parent.id)


@pytest.mark.parametrize(
    ("known", "other"),
    [
        (("Work it out.", "2 + 3"), ("Work it out.", "2 - 3")),
        (("Fix the code.", "a = b"), ("Fix the code.", "a == b")),
        (("判断情感。", "很好"), ("判断情感。", "不好")),
        (("Name three birds.", ""), ("Name three birds.", "In Peru")),
    ],
)
def test_a_sign_or_an_input_makes_another_task(known: tuple[str, str], other: tuple[str, str]) -> None:
    gate = CopyGate()
    gate.remember(sample(*known))
    assert gate.judge(draft(*other), View(parents=(sample(*known),))).passed


@pytest.mark.parametrize(
    ("instruction", "given", "output", "rule"),
    [
        ("What should I ask my doctor?", "", "What should I ask my doctor?", "answer-is-instruction"),
        ("我应该问医生什么？", "", "我应该问医生什么", "answer-is-instruction"),
        ("Sum up.", "It rained all day.", "Sum up. It rained all day.", "answer-is-instruction"),
        ("Translate into French.", "Good morning", "Good morning", "answer-is-input"),
        ("请把这句话翻译成法语。", "早上好", "早上好", "answer-is-input"),
        ("用自己的话改写。", "今天天气很好。", "今天天气很好。", "answer-is-input"),
        (
            "Write a reply to this message.",
            "Can you send me the report by noon on Friday?",
            "Can you send me the report by noon on Friday?",
            "answer-is-input",
        ),
    ],
)
def test_an_answer_that_repeats_what_it_was_given_is_a_copy(
    instruction: str, given: str, output: str, rule: str
) -> None:
    verdict = CopyGate().judge(draft(instruction, given, output), View())
    assert (verdict.passed, verdict.rule) == (False, rule)
    assert verdict.evidence == output


@pytest.mark.parametrize(
    ("instruction", "given", "output"),
    [
        (
            "Correct the grammar, if needed.",
            "She goes to school every single day.",
            "She goes to school every single day.",
        ),
        ("改正句子中的错别字。", "我们明天一起去公园看花吧。", "我们明天一起去公园看花吧。"),
        ("Sort the numbers.", "1, 2, 3, 4, 5, 6, 7, 8", "1, 2, 3, 4, 5, 6, 7, 8"),
        (
            "Repeat the sentence word for word.",
            "The sea is calm tonight, my friend.",
            "The sea is calm tonight, my friend.",
        ),
        ("给句子加上标点。", "今天天气很好我们去公园吧", "今天天气很好，我们去公园吧。"),
        ("Capitalise the sentence.", "the sun shone all day long here", "The sun shone all day long here"),
        ("Name the capital in the text.", "Paris", "Paris"),
        ("Translate into French.", "Good morning", "Bonjour"),
        ("What is a haiku?", "", "A haiku is a short poem."),
    ],
)
def test_an_answer_that_may_rightly_stay_as_it_was_passes(instruction: str, given: str, output: str) -> None:
    assert CopyGate().judge(draft(instruction, given, output), View()).passed


def test_before_it_is_answered_only_the_task_is_judged() -> None:
    assert CopyGate().judge(draft("Translate into French.", "Good morning"), View()).passed
