from __future__ import annotations

import pytest

from synth.llm.reasoning import without_reasoning


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Plain answer.", "Plain answer."),
        ("<think>\nHm.\n</think>\n\nForty-two.", "Forty-two."),
        ("<think></think>答案是四十二。", "答案是四十二。"),
        ("  <think>用户想要一个列表。</think>\n\n1. 苹果", "1. 苹果"),
        ("The user wants a list.\n</think>\n\n1. Apple", "1. Apple"),
        ("<think>Cut before an answer", ""),
        ("Close it with </think>, as HTML does.", "Close it with </think>, as HTML does."),
        ("Write `<think>` first and\n</think>\nlast.", "Write `<think>` first and\n</think>\nlast."),
        ("", ""),
    ],
)
def test_reasoning_is_taken_off_and_text_about_its_tags_is_kept(text: str, answer: str) -> None:
    assert without_reasoning(text) == answer
