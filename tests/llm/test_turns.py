from __future__ import annotations

import pytest

from synth.llm.turns import BURST, Turns


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


def test_what_opens_alike_goes_together_in_bursts_that_let_what_has_waited_longest_go_next() -> None:
    turns: Turns[str] = Turns()
    for n in range(2 * BURST):
        turns.push("draft", f"a{n}", opening="a")
        turns.push("draft", f"b{n}", opening="b")
    turns.push("draft", "c", opening="c")
    order = [turns.pop() for _ in range(4 * BURST + 1)]
    first, second = range(BURST), range(BURST, 2 * BURST)
    assert order[:-1] == [f"{name}{n}" for half in (first, second) for name in "ab" for n in half]
    assert order[-1] == "c"
    assert not turns
