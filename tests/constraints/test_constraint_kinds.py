"""Each kind by itself: its wordings, its proposals, its check, its edits."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from synth.constraints import KINDS, check, realise
from synth.constraints.kind import SLOTS, number_word
from synth.constraints.task import Task
from synth.records import Constraint
from synth.rng import derive

HERE = Path(__file__).parent
TASKS = [json.loads(line) for line in (HERE / "answers.jsonl").read_text(encoding="utf-8").strip().split("\n")]
VERDICTS = [json.loads(line) for line in (HERE / "verdicts.jsonl").read_text(encoding="utf-8").strip().split("\n")]
ONE_LANGUAGE = {"no_contractions": "en", "sorted_items": "en", "polite_you": "zh"}
KIND_AND_LANGUAGE = [(name, language) for name, kind in KINDS.items() for language in kind.wordings]


def task_of(row: dict[str, Any]) -> Task:
    return Task(row["instruction"], row["input"], row["answer"], row["language"])


def proposals(seeds: int = 6) -> list[tuple[dict[str, Any], Constraint]]:
    """Every proposal of every kind for every task of the data file, with a phrase."""
    found = []
    for row in TASKS:
        for name, kind in KINDS.items():
            if row["language"] not in kind.wordings:
                continue
            for seed in range(seeds):
                rng = derive(seed, name, row["name"])
                args = kind.propose(task_of(row), rng)
                if args is not None:
                    found.append((row, Constraint(name, args, kind.phrase(args, row["language"], rng))))
    return found


PROPOSALS = proposals()


def test_there_are_many_kinds_and_nearly_all_speak_both_languages() -> None:
    assert len(KINDS) >= 28
    single = {name: next(iter(kind.wordings)) for name, kind in KINDS.items() if len(kind.wordings) == 1}
    assert single == ONE_LANGUAGE


@pytest.mark.parametrize(("name", "language"), KIND_AND_LANGUAGE)
def test_each_kind_has_at_least_five_wordings_a_language(name: str, language: str) -> None:
    wordings = KINDS[name].wordings[language]
    assert len(set(wordings)) == len(wordings) >= 5
    ends = r"""[.}"`]$""" if language == "en" else r"[。”}]$"
    assert [wording for wording in wordings if not re.search(ends, wording)] == []


def test_every_kind_is_proposed_in_every_language_it_speaks() -> None:
    proposed = {(constraint.kind, row["language"]) for row, constraint in PROPOSALS}
    assert sorted(set(KIND_AND_LANGUAGE) - proposed) == []


def test_a_phrase_states_its_arguments() -> None:
    for row, constraint in PROPOSALS:
        for key, value in constraint.args.items():
            for part in value if isinstance(value, list) else [value]:
                assert states(constraint.phrase, constraint.kind, key, part, row["language"]), (constraint, key)


def states(phrase: str, kind: str, key: str, value: Any, language: str) -> bool:
    if isinstance(value, int):
        shown = {str(value), number_word(value, language), "twice" if value == 2 else "", "one line", "一行"} - {""}
        return any(form in phrase for form in shown)
    match kind, key, value:
        case "numbering_style", _, "①":
            return "①" in phrase
        case "numbering_style", _, style:
            return style.format(1) in phrase and style.format(3) in phrase
        case (("item_ends" | "final_mark"), "mark", mark):
            stop = "full stop" if language == "en" else "句号"
            return (
                stop in phrase
                if mark
                else bool(re.search("without any|no full stop|no punct|不加|不用任何|不要任何", phrase))
            )
        case "no_pronoun", _, person:
            return {"first": '"I"', "second": '"you"'}[person] in phrase or {"first": "“我”", "second": "“你”"}[
                person
            ] in phrase
        case "answer_language", _, code:
            return any(name in phrase for name in {"en": ("English", "英文"), "zh": ("Chinese", "中文")}[code])
    return str(value).strip() in phrase


def test_a_phrase_is_whole_sentences_without_leftovers() -> None:
    for row, constraint in PROPOSALS:
        phrase = constraint.phrase
        assert not re.search(r"\{[a-z_]*\}", phrase), phrase
        assert phrase == phrase.strip()
        assert phrase[0] == phrase[0].upper()
        assert "  " not in phrase
        assert not re.search(r"[。，；]{2}|[.,;:]{2}(?!\")", re.sub(r"\.\.\.|\d\.,", "", phrase)), phrase
        if row["language"] == "en":
            assert len(phrase.split()) >= 5, phrase


def test_the_reasons_of_a_kind_vary() -> None:
    for language, slots in SLOTS.items():
        for name, fillers in slots.items():
            assert len(set(fillers)) == len(fillers) >= 3, (language, name)


def test_realising_what_was_proposed_satisfies_it() -> None:
    unrealised = []
    for row, constraint in PROPOSALS:
        edited = realise([constraint], row["answer"], row["language"])
        if edited is None:
            unrealised.append((constraint.kind, row["name"]))
        else:
            finding = check(constraint, edited, row["language"])
            assert finding.passed, (constraint, finding)
            assert realise([constraint], edited, row["language"]) == edited
    assert unrealised == []


def test_an_edit_keeps_every_word_of_the_answer() -> None:
    """Only full forms, forms of address and case change a word; all else adds, marks up or rearranges."""
    rewords = {"no_contractions", "polite_you", "lowercase", "uppercase", "first_words", "plain_punctuation"}
    for row, constraint in PROPOSALS:
        edited = realise([constraint], row["answer"], row["language"])
        assert edited is not None
        if constraint.kind in rewords:
            continue
        text = json.dumps(json.loads(edited), ensure_ascii=False) if constraint.kind == "json_object" else edited
        marks = r"(?m)^\s*(?:\d+[.)、．]|[（(]\d+[)）]|[①-⑳])|\\n"
        before = re.findall(r"\w", re.sub(marks, " ", row["answer"]))
        after = re.findall(r"\w", re.sub(marks, " ", text))
        for char in set(before):
            assert after.count(char) >= before.count(char), (constraint, char)


@pytest.mark.parametrize("row", VERDICTS, ids=lambda row: f"{row['kind']}-{row['language']}")
def test_check_decides_hard_cases(row: dict[str, Any]) -> None:
    constraint = Constraint(row["kind"], row["args"], "")
    for answer in row["passes"]:
        assert check(constraint, answer, row["language"]).passed, answer
    for answer in row["fails"]:
        finding = check(constraint, answer, row["language"])
        assert not finding.passed, answer
        assert finding.evidence


def test_every_kind_and_language_has_hard_cases() -> None:
    assert sorted(set(KIND_AND_LANGUAGE) - {(row["kind"], row["language"]) for row in VERDICTS}) == []
    assert all(row["passes"] and row["fails"] for row in VERDICTS)


def test_an_empty_answer_satisfies_nothing() -> None:
    for _, constraint in PROPOSALS:
        assert not check(constraint, " \n", "en").passed
        assert realise([constraint], " \n", "en") is None


def test_code_comes_through_unbroken() -> None:
    for row, constraint in PROPOSALS:
        edited = realise([constraint], row["answer"], row["language"])
        assert edited is not None
        for block in re.findall(r"(?s)```\w*\n.*?```", row["answer"]):
            assert block in edited, constraint
        if row["name"] == "code-raw":
            assert row["answer"] in edited


def test_json_keeps_its_value_and_its_decimals() -> None:
    for row, constraint in PROPOSALS:
        if "json" not in row["name"].lower():
            continue
        edited = realise([constraint], row["answer"], row["language"])
        assert edited is not None
        body = re.sub(r"^```json\n|\n```$", "", edited)
        assert json.loads(body, parse_float=str) == json.loads(row["answer"], parse_float=str), constraint


def test_tables_and_verse_keep_their_lines() -> None:
    for row, constraint in PROPOSALS:
        if row["name"] in ("table", "verse", "表格", "诗"):
            edited = realise([constraint], row["answer"], row["language"])
            assert edited is not None
            assert row["answer"] in edited, constraint


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("lowercase", "NASA and ESA"),
        ("lowercase", "- Turkey\n- Poland"),
        ("lowercase", "I"),
        ("uppercase", "Take 5 mg twice"),
        ("uppercase", "Write to a.b@example.org"),
        ("no_contractions", "Doesn't it rain?"),
        ("no_contractions", 'She said "don\'t".'),
        ("no_commas", "Apples, pears and plums."),
        ("no_digits", "Wait 3 minutes."),
        ("one_line", "First\nSecond"),
        ("bold_opening", "Yes. **It** does."),
    ],
)
def test_what_would_harm_the_answer_is_not_realised(kind: str, answer: str) -> None:
    assert realise([Constraint(kind, {}, "")], answer, "en") is None


def test_polite_address_leaves_the_plural_and_quotations_alone() -> None:
    assert realise([Constraint("polite_you", {}, "")], "你们先走。", "zh") is None
    assert realise([Constraint("polite_you", {}, "")], "他说“你走吧”。", "zh") is None
    assert realise([Constraint("polite_you", {}, "")], "你可以先走。", "zh") == "您可以先走。"


def test_first_words_lower_only_what_is_no_name() -> None:
    constraint = Constraint("first_words", {"text": "In short,"}, "")
    assert realise([constraint], "The bridge holds.", "en") == "In short, the bridge holds."
    assert realise([constraint], "Turkey joined later.", "en") is None
    assert realise([constraint], "NASA joined later.", "en") is None


def test_sentences_that_lean_on_each_other_do_not_become_bullets() -> None:
    constraint = Constraint("bullets_exact", {"count": 2}, "")
    assert realise([constraint], "Bacteria die on copper. Solder flows well.", "en") == (
        "- Bacteria die on copper.\n- Solder flows well."
    )
    assert realise([constraint], "Bacteria die on copper. They need water.", "en") is None


def test_a_numbered_procedure_does_not_lose_its_order() -> None:
    assert realise([Constraint("bullets_exact", {"count": 2}, "")], "1. Unplug it.\n2. Open it.", "en") is None


def test_json_with_trailing_zeros_is_not_set_anew() -> None:
    assert realise([Constraint("json_indent", {"spaces": 2}, "")], '{"tea": 2.50}', "en") is None
