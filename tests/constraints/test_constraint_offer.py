"""Several constraints together: offered, combined, woven into the instruction."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.constraints import KINDS, check, compatible, conflict, offer, realise, weave
from synth.constraints.table import _CONFLICTS
from synth.records import Constraint
from synth.rng import derive

HERE = Path(__file__).parent
TASKS = [json.loads(line) for line in (HERE / "answers.jsonl").read_text(encoding="utf-8").strip().split("\n")]


def test_each_offer_can_be_met_and_leaves_the_existing_ones_met() -> None:
    for row in TASKS:
        language = row["language"]
        held: list[Constraint] = []
        instruction, answer = row["instruction"], row["answer"]
        for depth in range(4):
            rng = derive(depth, row["name"])
            offers = offer(instruction, row["input"], answer, language, held, rng, 5)
            for one in offers:
                edited = realise([*held, one], answer, language)
                assert edited is not None
                assert all(check(constraint, edited, language).passed for constraint in [*held, one])
            if not offers:
                break
            edited = realise([*held, offers[0]], answer, language)
            assert edited is not None
            held.append(offers[0])
            instruction, answer = weave(instruction, offers[0], language, rng), edited
        assert compatible(held)
        assert all(constraint.phrase in instruction for constraint in held)


def test_conflicting_kinds_are_never_offered_together() -> None:
    for row in TASKS:
        for seed in range(3):
            first = offer(row["instruction"], row["input"], row["answer"], row["language"], [], derive(seed), 3)
            for held in first:
                answer = realise([held], row["answer"], row["language"])
                assert answer is not None
                woven = weave(row["instruction"], held, row["language"], derive(seed))
                for one in offer(woven, row["input"], answer, row["language"], [held], derive(seed, "b"), 99):
                    assert not conflict(one.kind, held.kind)
                    assert compatible([held, one])


def test_conflict_is_symmetric_and_covers_groups() -> None:
    for one, other in itertools.product(KINDS, repeat=2):
        assert conflict(one, other) == conflict(other, one)
        if KINDS[one].group == KINDS[other].group:
            assert conflict(one, other)


def test_the_conflict_table_names_only_kinds_that_exist() -> None:
    assert {*_CONFLICTS, *itertools.chain(*_CONFLICTS.values())} <= {*KINDS}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("max_words", "min_words"),
        ("bullets_exact", "numbered_list"),
        ("bullets_exact", "no_lists"),
        ("json_object", "title"),
        ("json_object", "closing_line"),
        ("json_object", "no_commas"),
        ("no_markdown", "bold_terms"),
        ("no_markdown", "sections"),
        ("one_line", "paragraphs_exact"),
        ("lowercase", "title"),
        ("uppercase", "lowercase"),
        ("no_digits", "numbering_style"),
        ("closing_line", "end_mark"),
        ("quoted", "opening_line"),
        ("no_commas", "first_words"),
    ],
)
def test_contradictory_kinds_conflict(one: str, other: str) -> None:
    assert conflict(one, other)


def test_two_destinations_or_the_same_reason_twice_do_not_go_together() -> None:
    slide = Constraint("max_words", {"count": 40}, "It goes on a slide, so keep it to 40 words.")
    box = Constraint("no_markdown", {}, "No Markdown, because the box I paste it into shows plain text only.")
    plain = Constraint("no_emoji", {}, "Words only, no emoji.")
    assert not compatible([slide, box])
    assert compatible([slide, plain])
    again = Constraint("max_sentences", {"count": 3}, "Three sentences at most, because space is tight.")
    tight = Constraint("max_sentence_words", {"count": 20}, "Space is tight, so no sentence over 20 words.")
    assert not compatible([again, tight])


def kinds_offered(instruction: str, answer: str, language: str = "en") -> set[str]:
    return {
        one.kind
        for seed in range(20)
        for one in offer(instruction, "", answer, language, [], derive(seed, "asked"), 99)
    }


def test_what_the_instruction_already_governs_is_left_alone() -> None:
    answer = "A lock lets water run down. The boat floats up with the water. The gates open once both levels are equal."
    free = kinds_offered("How does a canal lock work?", answer)
    assert {"max_words", "sentences_exact", "title", "closing_line"} <= free
    assert not {"max_words", "words_between", "min_words"} & kinds_offered(
        "How does a canal lock work? At most 60 words.", answer
    )
    assert not {"sentences_exact", "max_sentences"} & kinds_offered("How does a lock work? Three sentences.", answer)
    framed = kinds_offered("How does a canal lock work? Write nothing but the explanation.", answer)
    assert not {"opening_line", "closing_line", "postscript", "title", "placeholders"} & framed


def test_what_a_chinese_instruction_already_governs_is_left_alone() -> None:
    answer = "船闸让水往低处流。船随着水面升高。最后闸门打开。水泵是用不着的，因为全程都靠重力。"
    free = kinds_offered("船闸是怎么工作的？", answer, "zh")
    assert {"max_words", "sentences_exact", "closing_line"} <= free
    assert not {"max_words", "words_between"} & kinds_offered("船闸是怎么工作的？不超过100字。", answer, "zh")
    assert not {"sentences_exact", "max_sentences"} & kinds_offered("用四句话说明船闸怎么工作。", answer, "zh")
    assert not {"opening_line", "closing_line", "title"} & kinds_offered(
        "船闸怎么工作？只写说明，不要加别的。", answer, "zh"
    )


def test_letters_translations_and_stories_get_no_words_of_the_writer_around_them() -> None:
    framing = {"opening_line", "closing_line", "postscript", "first_words", "placeholders"}
    for row in TASKS:
        if row["name"] in ("message", "letter", "translation", "便条", "译文", "verse", "诗", "dialogue"):
            assert not framing & kinds_offered(row["instruction"], row["answer"], row["language"]), row["name"]


def test_other_languages_are_offered_nothing() -> None:
    assert offer("Pourquoi ?", "", "Parce que.", "fr", [], derive(1), 5) == []


def test_offers_depend_on_the_seed_alone() -> None:
    code = (
        "import json,sys\nfrom synth.constraints import offer\nfrom synth.rng import derive\n"
        f"rows=[json.loads(line) for line in open({str(HERE / 'answers.jsonl')!r}, encoding='utf-8')][:25]\n"
        "print([one.to_json() for r in rows "
        "for one in offer(r['instruction'],r['input'],r['answer'],r['language'],[],derive(3),4)])"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONUTF8": "1", "PYTHONPATH": str(HERE.parents[1])},
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] != b""


def test_offers_and_phrases_vary_with_the_seed() -> None:
    row = TASKS[0]
    phrases = {
        one.phrase
        for seed in range(40)
        for one in offer(row["instruction"], row["input"], row["answer"], "en", [], derive(seed), 2)
    }
    assert len(phrases) >= 70


A = Constraint("no_emoji", {}, "No emoji, please.")
B = Constraint("max_words", {"count": 40}, "Keep it under 40 words.")


@pytest.mark.parametrize(
    "instruction",
    [
        "Why is the sky blue?",
        "Why is the sky blue",
        "Fix this:\n\n```python\nx = 1\n```",
        "Choose one:\n- red\n- blue",
        "Translate: the meeting is moved to Friday",
        "Translate the following:",
        'What does "sub rosa" mean?',
    ],
)
def test_weaving_keeps_instruction_and_phrases_word_for_word(instruction: str) -> None:
    for seed in range(30):
        woven = weave(instruction, [A, B], "en", derive(seed))
        assert instruction in woven
        assert A.phrase in woven
        assert B.phrase in woven


def test_weaving_keeps_off_what_the_instruction_carries() -> None:
    for seed in range(20):
        code = weave("Fix this:\n\n```python\nx = 1\n```", A, "en", derive(seed))
        assert code.startswith("Fix this:\n\n```python\nx = 1\n```\n\n")
        assert weave("Choose one:\n- red\n- blue", A, "en", derive(seed)).startswith("Choose one:\n- red\n- blue\n\n")
        assert weave("Translate the following:", A, "en", derive(seed)) == f"{A.phrase} Translate the following:"


def test_weaving_chinese_needs_no_spaces_and_ends_the_sentence_before() -> None:
    phrase = Constraint("max_words", {"count": 80}, "请控制在80字以内。")
    for seed in range(30):
        woven = weave("说明船闸怎么工作", phrase, "zh", derive(seed))
        assert woven.startswith("说明船闸怎么工作。")
        assert " " not in woven
        assert phrase.phrase in woven


def test_weaving_nothing_changes_nothing() -> None:
    assert weave("Why? ", [], "en", derive(1)) == "Why? "


SENTENCES = {
    "en": [
        "Water boils.",
        "The lid rattles!",
        "Is it hot?",
        "Steam, they say, rises.",
        "It cools by 3.5 °C.",
        "Dr. Li left.",
    ],
    "zh": ["水开了。", "锅盖响了！", "烫不烫？", "蒸汽往上升，窗户模糊了。", "降了3.5度。", "你先别动。"],
}
SOUP = st.sampled_from(["en", "zh"]).flatmap(
    lambda language: st.tuples(
        st.just(language),
        st.lists(
            st.one_of(
                st.sampled_from(SENTENCES[language]),
                st.sampled_from(
                    ["\n", "\n\n", "- ", "1. ", "**x** ", "`a` ", "| a |", "# T\n", "```\n", '"', "{", " "]
                ),
                st.text(max_size=12),
            ),
            max_size=25,
        ).map("".join if language == "zh" else " ".join),
    )
)


@settings(max_examples=150, deadline=None)
@given(SOUP, st.text(max_size=40), st.integers(0, 1000))
def test_an_offer_keeps_its_promise_on_any_text(soup: tuple[str, str], instruction: str, seed: int) -> None:
    language, answer = soup
    offers = offer(instruction, "", answer, language, [], derive(seed), 60)
    for one in offers:
        edited = realise([one], answer, language)
        assert edited is not None
        assert check(one, edited, language).passed
        assert one.phrase in weave(instruction, one, language, derive(seed))
    assert offers == offer(instruction, "", answer, language, [], derive(seed), 60)


@settings(max_examples=60, deadline=None)
@given(SOUP, st.integers(0, 1000))
def test_what_is_realised_together_passes_together(soup: tuple[str, str], seed: int) -> None:
    language, answer = soup
    offers = offer("?", "", answer, language, [], derive(seed), 8)
    for pair in itertools.combinations(offers, 2):
        edited = realise(pair, answer, language)
        if edited is not None:
            assert all(check(one, edited, language).passed for one in pair)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_no_check_and_no_edit_breaks_on_any_text(answer: str) -> None:
    verdicts = [json.loads(line) for line in (HERE / "verdicts.jsonl").read_text(encoding="utf-8").strip().split("\n")]
    for row in verdicts:
        constraint = Constraint(row["kind"], row["args"], "")
        edited = realise([constraint], answer, row["language"])
        assert edited is None or check(constraint, edited, row["language"]).passed
