import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.gates.material import missing_material
from synth.gates.shape import ShapeGate
from synth.protocols import View
from synth.records import Draft, Verdict, canonical


def judge(instruction: str, material: str = "", output: str | None = None, gate: ShapeGate | None = None) -> Verdict:
    return (gate or ShapeGate()).judge(Draft(instruction, material, "en", output=output), View())


@pytest.mark.parametrize(
    ("instruction", "material", "output", "rule"),
    [
        ("", "", None, "empty-instruction"),
        ("Summarize", "", None, "short-instruction"),
        ("写诗", "", None, "short-instruction"),
        ("Name the largest planet.", "", " \n", "empty-output"),
        ("Explain the ca\ufffd sign.", "", None, "broken-characters"),
        ("Explain the half \ud83d of it.", "", None, "broken-characters"),
        ("She donâ€™t agree. Why is that?", "", None, "broken-characters"),
        ("Write a slogan for {product} today.", "", None, "placeholder"),
        ("把这段话译成英文。", "（请在此处输入文本）", None, "placeholder"),
        ("What is the population of Chile?", "", "It is [insert number here].", "placeholder"),
        ('{"name": "Ada", "age": 36}', "", None, "only-an-input"),
        ("输入：三个苹果和五个苹果。", "", None, "only-an-input"),
        ("Summarize the following text in two sentences.", "", None, "missing-material"),
        ("把下面的句子改写成反问句。", "", None, "missing-material"),
    ],
)
def test_each_rule_says_its_name(instruction: str, material: str, output: str | None, rule: str) -> None:
    verdict = judge(instruction, material, output)
    assert (verdict.passed, verdict.rule) == (False, rule)


def test_lengths_are_counted_in_words_and_in_chinese_characters() -> None:
    gate = ShapeGate(min_words=1, max_words=10, max_output_words=5)
    assert judge("one two three four five six seven eight nine ten", gate=gate).passed
    verdict = judge("请写出十一个字的一句话来", gate=gate)
    assert (verdict.rule, verdict.score, verdict.threshold) == ("long-instruction", 12, 10)
    verdict = judge("Count to six.", output="one two three four five six", gate=gate)
    assert (verdict.rule, verdict.score, verdict.threshold) == ("long-output", 6, 5)


def test_a_word_with_an_input_is_a_request() -> None:
    assert judge("Translate", "今天下雨。").passed
    assert judge("6 + 3 = ?").passed


def test_evidence_quotes_the_placeholder_and_names_the_field() -> None:
    verdict = judge("Describe the tone of the speech.", "[Paste the speech here]")
    assert verdict.evidence == "input: “[Paste the speech here]”"


@pytest.mark.parametrize(
    "instruction",
    [
        "Write a Jinja template that greets {{ name }}.",
        "写请假条模板，姓名用{姓名}表示。",
        "Why does “donâ€™t” show up when UTF-8 is decoded wrongly?",
        "Write a function that returns the longest word in a given sentence.",
        "Write an article about tides, and use three headings in this article.",
    ],
)
def test_what_a_task_is_about_is_no_defect(instruction: str) -> None:
    assert judge(instruction).passed


@pytest.mark.parametrize(
    ("instruction", "missing"),
    [
        ("Fix the code below. Explain each change.", "the code below"),
        ("Fix the code below.\nprint('a'", None),
        ("The lake froze overnight. What does this sentence suggest?", None),
        ("What does this sentence suggest? Answer in one word.", "this sentence"),
        ("概括这段话的大意，不超过十个字。", "这段话"),
        ("概括这段话的大意：春天来了，柳树发芽了。", None),
        ("三岁以下的儿童可以坐飞机吗？", None),
    ],
)
def test_material_is_missing_only_if_nothing_in_the_instruction_could_be_it(
    instruction: str, missing: str | None
) -> None:
    assert missing_material(instruction) == missing


@given(st.text(), st.text(), st.text())
def test_any_text_gets_a_verdict_that_can_be_written(instruction: str, material: str, output: str) -> None:
    canonical(judge(instruction, material, output).to_json()).encode()
