import pytest

from synth.gates.finish import FinishGate
from synth.protocols import View
from synth.records import Draft, Verdict


def judge(output: str, finish_reason: str | None = "stop", instruction: str = "Explain how it is made.") -> Verdict:
    return FinishGate().judge(Draft(instruction, "", "en", output=output, finish_reason=finish_reason), View())


@pytest.mark.parametrize("reason", ["length", "repetition", "error"])
def test_a_finish_reason_other_than_stop_rejects_whatever_the_text_looks_like(reason: str) -> None:
    verdict = judge("It is made of glass.", reason)
    assert verdict.rule == f"finish-{reason}"
    assert "It is made of glass." in verdict.evidence


@pytest.mark.parametrize(
    ("output", "rule"),
    [
        ("Like this:\n```python\nprint(1)\n", "open-fence"),
        ('{"items": [{"name": "tea", "count":', "open-json"),
        ('{"name": "a ] } closing bracket in a string"', "open-json"),
        ("The melt is poured into moulds, cooled slowly and then cut by the", "mid-sentence"),
        ("先把石英砂和纯碱混合，再加热到熔化，", "mid-sentence"),
    ],
)
def test_an_answer_that_stops_in_the_middle_is_rejected(output: str, rule: str) -> None:
    assert judge(output).rule == rule


@pytest.mark.parametrize(
    "output",
    [
        "red, green, blue",
        "《夜的守望者》",
        "```python\nprint(1)\n```",
        '{"name": "a [ in a string"}',
        "The morning opens like a door,\nand light walks in across the floor",
        "Inline ``` is no fence.",
    ],
)
def test_an_answer_needs_no_full_stop_to_be_whole(output: str) -> None:
    assert judge(output).passed


def test_a_task_may_ask_for_a_word_that_ends_no_sentence() -> None:
    instruction = "Complete the sentence with one preposition: I have been afraid ___ spiders for years."
    assert judge("I have been afraid, for years and years, of", instruction=instruction).passed


def test_a_text_without_a_finish_reason_is_judged_by_its_end() -> None:
    assert judge("It is made of glass.", None).passed
    assert judge("Glass is made of sand, soda, lime, and of all the", None).rule == "mid-sentence"
