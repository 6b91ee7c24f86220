"""Takes the reasoning of a thinking model off its answer.

Servers with a reasoning parser send it apart; others leave it in the text, in one of three shapes::

    <think>The user wants …</think>\\n\\nHere is the list: …      Qwen3, most others
    The user wants …\\n</think>\\n\\nHere is the list: …         DeepSeek-R1, QwQ: the template opened the tag
    <think>The user wants …                                   cut at max_tokens: no answer was reached
"""

from __future__ import annotations

OPEN, CLOSE = "<think>", "</think>"


def without_reasoning(text: str) -> str:
    """``text`` without its reasoning; ``""`` where the reasoning never ended.

    Only a tag that opens the text, or a closing one alone on its line, counts: an answer may write about such tags.
    """
    if CLOSE not in text and OPEN not in text:
        return text
    body = text.lstrip()
    if body.startswith(OPEN):
        _, closed, answer = body.partition(CLOSE)
        return answer.lstrip() if closed else ""
    reasoning, closed, answer = text.partition(f"\n{CLOSE}\n")
    return answer.lstrip() if closed and OPEN not in reasoning else text
