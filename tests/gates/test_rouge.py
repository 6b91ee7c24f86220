"""The rouge gate: what is too near to the pool, by instruction, or by input for a fitting task."""

from __future__ import annotations

from dataclasses import replace

import pytest

from synth.gates.rouge import RougeGate
from synth.protocols import View
from synth.records import Draft, Sample


def draft(instruction: str, given: str = "", task: str = "") -> Draft:
    return Draft(instruction=instruction, input=given, language="en", task=task)


def sample(instruction: str, given: str = "", task: str = "") -> Sample:
    return Sample(instruction=instruction, input=given, output="…", language="en", task=task)


@pytest.mark.parametrize(
    ("known", "near", "far"),
    [
        (
            "Write a short poem about the sea in autumn.",
            "Write a short poem about the sea in winter!",
            "List three ways to cook rice without a stove.",
        ),
        (
            "请写一首关于秋天大海的短诗。",
            "请写一首关于冬天大海的短诗！",
            "列出三种不用炉子煮饭的方法。",
        ),
        (
            "用 Python 写一个函数，统计文本中的单词数。",
            "用 Python 写一个函数，统计文章中的单词数。",
            "解释 Redis 的持久化机制。",
        ),
    ],
)
def test_near_is_rejected_with_score_and_neighbour_and_far_passes(known: str, near: str, far: str) -> None:
    gate = RougeGate(0.7)
    gate.remember(sample(known))
    verdict = gate.judge(draft(near), View())
    assert not verdict.passed
    assert verdict.rule == "rouge-l"
    assert verdict.threshold == 0.7
    assert verdict.score is not None
    assert 0.7 < verdict.score < 1
    assert verdict.neighbour == sample(known).id
    assert gate.judge(draft(far), View()).passed


def test_the_evidence_quotes_the_longest_run_and_the_neighbour() -> None:
    gate = RougeGate()
    gate.remember(sample("请把下面的句子翻译成英文。"))
    verdict = gate.judge(draft("请把下面的段落翻译成英文。"), View())
    assert verdict.evidence == "12 and 12 tokens, longest run “请把下面的”: “请把下面的句子翻译成英文”"


def test_its_own_ancestors_do_not_count_but_everything_else_does() -> None:
    gate = RougeGate()
    parent = sample("Explain how a bicycle stays upright.")
    gate.remember(parent)
    evolved = draft("Explain how a bicycle stays upright. Use one example.")
    view = View(parents=(parent,), ancestors=frozenset({parent.id}))
    assert gate.judge(evolved, view).passed
    sibling = sample("Explain how a bicycle stays upright. Use two examples.")
    gate.remember(sibling)
    verdict = gate.judge(evolved, view)
    assert verdict.neighbour == sibling.id


def test_instances_of_a_fitting_task_are_compared_by_input_among_themselves() -> None:
    gate = RougeGate(0.7, {"receipts": 0.9})
    gate.remember(sample("Extract the fields.", "Order 17, two apples, paid in cash on Monday", "orders"))
    again = draft("Extract the fields.", "Order 18, two apples, paid in cash on Monday", "orders")
    other = draft("Extract the fields.", "A parcel from Lyon came damaged and late", "orders")
    assert not gate.judge(again, View()).passed
    assert gate.judge(other, View()).passed
    assert gate.judge(replace(again, task="receipts"), View()).passed
    assert gate.judge(replace(again, task=""), View()).passed
    gate.remember(sample("Extract the fields.", "Order 17, two apples, paid in cash on Monday", "receipts"))
    assert gate.judge(replace(again, task="receipts"), View()).passed  # 8 of 9 tokens: under its own threshold


def test_judging_again_finds_what_came_in_between() -> None:
    gate = RougeGate()
    late = draft("Name five rivers in Africa and their length.")
    assert gate.judge(late, View()).passed
    assert gate.judge(late, View()).passed
    gate.remember(sample("Name six rivers in Africa and their length."))
    assert not gate.judge(late, View()).passed
    assert not gate.judge(late, View()).passed


def test_a_text_without_words_is_near_to_nothing() -> None:
    gate = RougeGate()
    gate.remember(sample("???"))
    assert gate.judge(draft("！！！"), View()).passed


def test_a_stray_book_is_compared_by_its_beginning_and_does_not_stall() -> None:
    gate = RougeGate()
    book = "word and other " * 50_000
    gate.remember(sample(book))
    verdict = gate.judge(draft(f"{book} to the end"), View())
    assert not verdict.passed
    assert len(verdict.evidence) < 5000
