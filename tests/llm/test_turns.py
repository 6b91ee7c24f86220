from __future__ import annotations

import pytest

from synth.llm.turns import Turns


def test_one_that_must_be_tried_again_goes_before_its_stage_but_not_before_a_higher_one() -> None:
    turns: Turns[str] = Turns()
    turns.push("draft", "d1")
    turns.push("answer", "a1")
    turns.push("draft", "again", front=True)
    turns.push("score", "unknown stage")
    assert len(turns) == 4
    assert [turns.pop() for _ in range(4)] == ["a1", "again", "d1", "unknown stage"]
    with pytest.raises(IndexError):
        turns.pop()


def test_at_the_end_of_a_run_what_has_most_to_follow_goes_first() -> None:
    turns: Turns[str] = Turns()
    for stage in ("answer", "draft", "judge", "answer", "draft"):
        turns.push(stage, stage)
    assert turns.pop() == "answer"
    turns.finish()
    turns.push("draft", "again", front=True)
    assert [turns.pop() for _ in range(5)] == ["again", "draft", "draft", "judge", "answer"]
