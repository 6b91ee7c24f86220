"""What the reader makes of completions: golden cases in cases/, and what must hold for any text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.operators.reader import Task, as_task, as_text, read_list, read_object, read_task
from synth.protocols import Unreadable
from synth.records import Completion

CASES = Path(__file__).parent / "cases"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"instruction": {"type": "string", "maxLength": 200}, "input": {"type": "string", "maxLength": 400}},
    "required": ["instruction", "input"],
}


def cases(name: str) -> list[Any]:
    rows = [json.loads(line) for line in (CASES / name).read_text(encoding="utf-8").splitlines()]
    return [pytest.param(row, id=row["case"]) for row in rows]


def completion(row: dict[str, Any]) -> Completion:
    return Completion("r", row["text"], row.get("finish_reason", "stop"), "m")


@pytest.mark.parametrize("row", cases("tasks.jsonl"))
def test_a_task_is_read_or_the_reason_is_given(row: dict[str, Any]) -> None:
    read = read_task(completion(row), SCHEMA)
    if "rule" in row:
        assert isinstance(read, Unreadable)
        assert read.rule == row["rule"]
        assert row.get("evidence", "") in read.evidence
    else:
        assert isinstance(read, Task), read
        assert (read.instruction, read.input) == (row["instruction"], row["input"])


@pytest.mark.parametrize("row", cases("task_lists.jsonl"))
def test_whole_tasks_of_a_list_are_kept(row: dict[str, Any]) -> None:
    items = read_list(completion(row), "tasks", "instruction")
    read = [item if isinstance(item, Unreadable) else as_task(item, SCHEMA) for item in items]
    if "rule" in row:
        last = read.pop()
        assert isinstance(last, Unreadable)
        assert last.rule == row["rule"]
    assert [item.instruction if isinstance(item, Task) else f"!{item.rule}" for item in read] == row["items"]


@pytest.mark.parametrize("text", ["", " ", "none", "None.", "N/A", "(empty)", "<noinput>", "无", "（无）", "null"])
def test_words_for_no_input_become_the_empty_text(text: str) -> None:
    assert as_text(text, None) == ""


@pytest.mark.parametrize("text", ["None of the above", "无锡", "0", "no", "空调坏了", "{}"])
def test_an_input_that_only_begins_like_one_of_them_stays(text: str) -> None:
    assert as_text(text, None) == text


def test_indentation_of_an_input_stays() -> None:
    assert as_text("\n    if x:\n        y()\n", None) == "    if x:\n        y()"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
PROSE = st.text(alphabet=st.characters(exclude_characters="{[", exclude_categories=["Cs"]))
TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]))
HOSTILE = st.lists(
    st.sampled_from(['{"', '"}', "{'", '": "', '", "', "instruction", "input", "\\", "```json\n", "]", "["])
)


@given(JSON_VALUES, PROSE, PROSE)
def test_json_among_prose_is_read_exactly(value: Any, before: str, after: str) -> None:
    whole = {"it": value}
    for ascii_only in (True, False):
        text = before + json.dumps(whole, ensure_ascii=ascii_only) + after
        assert read_object(Completion("r", text, "stop", "m"), "it") == whole


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,12}", fullmatch=True), TEXT.filter(str.isprintable), max_size=4))
def test_what_python_prints_is_read_exactly(value: dict[str, str]) -> None:
    # What is not printable, repr writes in a way that JSON does not know (\xa0): that stays as it is written.
    whole = {"it": "x", **value}
    assert read_object(Completion("r", f"Here: {whole!r}", "stop", "m"), "it") == whole


CUT = st.sampled_from(["stop", "length", "repetition"])


@given(TEXT, TEXT, st.integers(min_value=0), CUT)
def test_a_task_cut_anywhere_is_never_completed(instruction: str, material: str, at: int, finish: str) -> None:
    text = json.dumps({"instruction": f"a{instruction}", "input": material}, ensure_ascii=False)
    assert isinstance(read_task(Completion("r", text[: at % len(text)], finish, "m"), None), Unreadable)


@given(st.lists(TEXT, min_size=1, max_size=5), st.integers(min_value=0), CUT)
def test_items_before_a_cut_are_kept_exactly(inputs: list[str], at: int, finish: str) -> None:
    texts = [json.dumps(item, ensure_ascii=False) for item in inputs]
    text = f'{{"inputs": [{", ".join(texts)}]}}'
    at %= len(text) - 1  # before the list's own bracket is closed
    whole = [number for number in range(len(inputs)) if len(f'{{"inputs": [{", ".join(texts[: number + 1])}') <= at]
    *kept, rest = read_list(Completion("r", text[:at], finish, "m"), "inputs")
    assert isinstance(rest, Unreadable)
    assert kept == inputs[: len(whole)]


@given(HOSTILE.map("".join) | st.text(), st.sampled_from(["stop", "length", "repetition", "error"]))
def test_any_text_is_read_or_unreadable_and_never_raises(text: str, finish: str) -> None:
    reply = Completion("r", text, finish, "m")
    assert isinstance(read_task(reply, SCHEMA), Task | Unreadable)
    assert read_list(reply, "tasks", "instruction")
    assert read_list(reply, "inputs")


@given(TEXT, TEXT)
def test_content_never_splits_a_task(instruction: str, material: str) -> None:
    markers = "\n## Step 1\nExample: ```json\n{'instruction': 'x', 'input': 'y'}\n```\n### Input:\n"
    text = json.dumps({"instruction": f"a {instruction}{markers}b", "input": f"c{markers}{material} d"})
    read = read_task(Completion("r", text, "stop", "m"), None)
    assert isinstance(read, Task)
    assert read.instruction == f"a {instruction}{markers}b"
    assert read.input == f"c{markers}{material} d"
