import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.gates.repetition import RepetitionGate
from synth.protocols import View
from synth.records import Draft, Verdict

STORY = (
    "The ferry left at six, an hour late, with forty cars on deck. A boy counted gulls while his aunt slept under a "
    "newspaper. Near the second island the engine coughed, and everybody looked up at once."
)
WORDS = (
    "the boat goes on past every small red buoy and then turns left again near an old stone pier where two men mend "
    "nets beside their dog who watches gulls fight over bread until rain begins to fall upon all of them"
).split()
CHARACTERS = "船慢慢驶过每一个红色浮标然后在旧石码头旁向左转两位老人补网他们的狗望着海鸥争抢面包直到雨落下来"


def judge(output: str, instruction: str = "Tell a story about a ferry.") -> Verdict:
    return RepetitionGate().judge(Draft(instruction, "", "en", output=output), View())


@settings(max_examples=200, deadline=None)
@given(period=st.integers(2, len(WORDS)), extra=st.integers(0, 5), cut=st.floats(0, 1), head=st.integers(0, len(STORY)))
def test_a_loop_of_words_at_the_tail_is_found_wherever_it_is_cut(
    period: int, extra: int, cut: float, head: int
) -> None:
    unit = " ".join(WORDS[:period]) + " "
    verdict = judge(STORY[:head] + " " + unit * (4 + extra) + unit[: int(cut * len(unit))])
    assert verdict.rule == "loop-at-tail"
    assert verdict.score is not None
    assert verdict.score >= 3


@settings(max_examples=200, deadline=None)
@given(period=st.integers(2, len(CHARACTERS)), extra=st.integers(0, 5), cut=st.floats(0, 1))
def test_a_loop_of_characters_at_the_tail_is_found_wherever_it_is_cut(period: int, extra: int, cut: float) -> None:
    unit = CHARACTERS[:period]
    verdict = judge("清晨六点，渡船终于离开了码头。" + unit * (4 + extra) + unit[: int(cut * len(unit))])
    assert verdict.rule == "loop-at-tail"


@pytest.mark.parametrize(
    ("output", "rule"),
    [
        (STORY + "!" * 40, "character-run"),
        (STORY + " the the the the the", "loop-at-tail"),
        (STORY + "因为因为因为因为因为因为", "loop-at-tail"),
        (STORY + "\n\n" + f"{STORY}\n\n" * 2, "loop-at-tail"),
        ("\n".join(f"{n}. Turn off the tap while you brush your teeth." for n in range(1, 9)), "repeated-lines"),
        (
            "It was late. " + "The committee discussed the budget again. " * 6 + "Then we went home.",
            "repeated-sentences",
        ),
        (
            f"{STORY}\n\n" + "Order by phone today.\nPay when the ferry lands.\n\n" * 3 + "Thank you.",
            "repeated-paragraphs",
        ),
    ],
)
def test_each_rule_says_its_name(output: str, rule: str) -> None:
    verdict = judge(output)
    assert (verdict.passed, verdict.rule) == (False, rule)


def test_a_phrase_between_changing_words_is_found_by_the_n_gram_table() -> None:
    names = [
        f"{first}{second}" for first in ("am", "bel", "cor", "dun", "el") for second in ("an", "ia", "os", "ur", "ys")
    ]
    text = ". ".join(f"In the quiet village by the river lives {name}" for name in names)
    verdict = judge(text)
    assert verdict.rule in ("top-n-gram", "repeated-n-grams")
    assert verdict.score is not None
    assert verdict.threshold is not None
    assert verdict.score > verdict.threshold


def test_the_instruction_is_screened_too() -> None:
    draft = Draft("Explain gravity " + "in simple terms " * 8, "", "en")
    verdict = RepetitionGate().judge(draft, View())
    assert (verdict.rule, verdict.evidence.split(":")[0]) == ("loop-at-tail", "instruction")


@pytest.mark.parametrize(
    "output",
    [
        STORY,
        "Ho ho ho ho! Ha ha ha ha ha!",
        "哈哈哈哈哈哈哈哈！",
        "\n".join(["0 0 0 0 0 0 0 0"] * 8),
        "<table>\n" + "  <tr><td></td><td></td><td></td></tr>\n" * 4 + "</table>",
        "\n".join(f"7 x {n} = {7 * n}" for n in range(1, 13)),
        "0." + "3" * 24,
        "=" * 60,
        "if (a) {\n  if (b) {\n    if (c) {\n      f();\n    }\n  }\n}",
        "Row, row, row your boat,\ngently down the stream.\nMerrily, merrily, merrily, merrily,\nlife is but a dream.",
        "小星星，眨眼睛，\n照着妈妈回家的路。\n啦啦啦，啦啦啦，\n小月亮，弯弯的，\n照着爸爸回家的路。\n啦啦啦，啦啦啦。",
    ],
)
def test_verse_tables_figures_and_code_are_legitimate(output: str) -> None:
    assert judge(output).passed


def test_evidence_quotes_the_unit_and_how_often_it_repeats() -> None:
    verdict = judge(STORY + " and on" * 5)
    assert verdict.evidence == "output: “ and on” 5 times at the end"
    assert (verdict.score, verdict.threshold) == (5.0, 4.0)


@pytest.mark.parametrize("text", ["0, " * 100_000, "a" * 300_000, "\n" * 300_000, "[" * 300_000, "ha..." * 60_000])
def test_a_huge_text_is_judged_in_bounded_time(text: str) -> None:
    assert judge(text).gate == "repetition"  # a quadratic test would not come back within the suite's time
