"""Task files: the format, its errors, and whether the shipped ones are right, natural enough and novel enough.

What the shipped files claim is computed again here by other means: equations in answers are evaluated, weekdays are
looked up in the calendar, SQL runs in SQLite, Python code runs, spoken Chinese times are read back.
"""

from __future__ import annotations

import ast
import contextlib
import json
import random
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import LCSseq

from synth.errors import InputError, UsageError
from synth.taskfile import Contract, Filled, TaskFile, read_taskfile

SEEDS = Path(__file__).parent.parent / "seeds"
FIT = sorted(path.stem for path in (SEEDS / "fit").glob("*.yaml"))
BREADTH = sorted(path.stem for path in (SEEDS / "breadth").glob("*.yaml"))

MINIMAL = """
task: parking
language: en
slots:
  hours: {int: [2, 9]}
  rate: {decimal: [1.20, 3.60, 1]}
instruction: ["Parking costs £{rate:.2f} an hour. What do {hours} hours cost?"]
output: "£{total:.2f}"
"""


@cache
def shipped(name: str) -> TaskFile:
    return read_taskfile(next(SEEDS.glob(f"*/{name}.yaml")))


@cache
def fills(name: str, count: int) -> tuple[Filled, ...]:
    task = shipped(name)
    return tuple(task.fill(random.Random(seed)) for seed in range(count))


def written(folder: Path, text: str) -> Path:
    path = folder / "task.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def one_fill(folder: Path, text: str, seed: int = 0) -> Filled:
    return read_taskfile(written(folder, text)).fill(random.Random(seed))


def answer(folder: Path, slots: str, output: str, language: str = "en") -> str:
    """The output of a task with ``slots`` (a YAML flow mapping)."""
    text = f"task: t\nlanguage: {language}\nslots: {slots}\ninstruction: ['one way to ask']\noutput: {output}\n"
    return one_fill(folder, text).output


# The format


@pytest.mark.parametrize(
    ("slots", "output", "expected"),
    [
        ("{a: {calc: 7 / 2}}", "'{a}'", "3.5"),
        ("{a: {calc: 2.675}}", "'{a:.2f}'", "2.68"),
        ("{a: {calc: 1234.5}}", "'{a:,.2f}'", "1,234.50"),
        ("{a: {calc: 12.50}}", "'{a:~2}'", "12.5"),
        ("{a: {calc: 0.1 + 0.2}}", "'{a}'", "0.3"),
        ("{a: {calc: 7}}", "'{a:03d}'", "007"),
        ("{a: {calc: -0.5}}", "'{a:.0f}'", "-1"),
        ("{a: {calc: 1}}", "'{a} {a:night|nights}'", "1 night"),
        ("{a: {calc: 2}}", "'{a} {a:night|nights}'", "2 nights"),
        ("{a: [hour]}", "'{a:a}'", "an hour"),
        ("{a: [unicycle]}", "'{a:a}'", "a unicycle"),
        ("{a: [NASA launch]}", "'{a:cap}'", "NASA launch"),
        ("{a: {calc: 42}}", "'{a:words}'", "forty-two"),
        ("{a: {calc: 13}}", "'{a:ordinal}'", "13th"),
        ("{a: {calc: 15 * 60 + 5}}", "'{a:hm} {a:ampm}'", "15:05 3:05 pm"),
        (
            "{a: {date: [2026-03-09, 2026-03-09]}}",
            "'{a} {a:weekday} {a:dmy} {a:md}'",
            "2026-03-09 Monday 9 March 2026 March 9",
        ),
        ("{a: {date: [2026-03-09, 2026-03-09]}, b: {calc: a - 9}}", "'{b}'", "2026-02-28"),
        ("{a: {map: n, of: {2: two}}, n: {calc: 1 + 1}}", "'{a}'", "two"),
        ("{a: [{x: left, y: 'from {a.x}'}]}", "'{a.y}'", "from left"),
        ("{a: {sample: 3, of: [x, x2, x3]}, b: {calc: \"join('-', sorted(a))\"}}", "'{b}'", "x-x2-x3"),
        ("{a: {table: [{n: 3}, {n: 1}]}, b: {calc: 'sum(row.n for row in a if row.n > 1)'}}", "'{b}'", "3"),
        ("{a: {table: [{n: 3}, {n: 1}]}, b: {calc: \"sort_by(a, 'n')[0].n\"}}", "'{b}'", "1"),
        ("{a: [yes]}", "'{a}'", "yes"),
        ("{a: [12:30]}", "'{a}'", "12:30"),
        ("{a: [x]}", "'{{a}} {a} {\"k\": 1}'", '{a} x {"k": 1}'),
    ],
)
def test_slots_and_formats_give(tmp_path: Path, slots: str, output: str, expected: str) -> None:
    assert answer(tmp_path, slots, output) == expected


@pytest.mark.parametrize(
    ("slots", "output", "expected"),
    [
        ("{a: {calc: 2}}", "'{a:words}个'", "两个"),
        ("{a: {calc: 12}}", "'{a:words}个'", "十二个"),
        ("{a: {calc: 20}}", "'{a:words}个'", "二十个"),
        ("{a: {calc: 870}}", "'{a:zhtime}'", "下午2点半"),
        ("{a: {calc: 545}}", "'{a:zhtime}'", "上午9点05分"),
        ("{a: {date: [2026-03-09, 2026-03-09]}}", "'{a:zhdate}{a:weekday}'", "2026年3月9日星期一"),
    ],
)
def test_chinese_formats_give(tmp_path: Path, slots: str, output: str, expected: str) -> None:
    assert answer(tmp_path, slots, output, "zh") == expected


def test_a_mapping_as_output_is_json_whose_values_keep_their_types(tmp_path: Path) -> None:
    slots = "{n: {calc: 1 + 2}, half: {calc: 1 / 2}, day: {date: [2026-01-02, 2026-01-02]}, no: [null], yes: [true]}"
    output = "{n: '{n}', half: '{half}', day: '{day}', no: '{no}', yes: '{yes}', text: '{n} 件'}"
    text = answer(tmp_path, slots, output, "zh")
    assert text == '{"n": 3, "half": 0.5, "day": "2026-01-02", "no": null, "yes": true, "text": "3 件"}'


def test_values_that_look_like_templates_are_not_rendered_again(tmp_path: Path) -> None:
    assert answer(tmp_path, "{a: ['{{b}}'], b: [never]}", "'{a} {b}'") == "{b} never"


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_a_fixed_instruction_and_examples_are_never_templates(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    raw = {
        "task": "t",
        "language": "en",
        "slots": {"a": ["x"]},
        "instruction": text,
        "input": ["{a}"],
        "output": "{a}",
        "examples": [{"input": text, "output": text}],
    }
    path = written(tmp_path_factory.mktemp("task"), json.dumps(raw, ensure_ascii=False))
    task = read_taskfile(path)
    assert task.fill(random.Random(1)).instruction == text
    assert task.examples == (Filled(text, text, text),)


@given(st.integers(1, 500), st.decimals(0, 999, places=2, allow_nan=False))
@settings(max_examples=50, deadline=None)
def test_money_is_computed_as_decimals_do_it(tmp_path_factory: pytest.TempPathFactory, n: int, price: Decimal) -> None:
    folder = tmp_path_factory.mktemp("task")
    assert answer(folder, f"{{a: {{calc: '{n} * {price}'}}}}", "'{a:.2f}'") == f"{n * price:.2f}"


def test_a_condition_holds_in_every_fill(tmp_path: Path) -> None:
    text = MINIMAL.replace("output:", "where: [hours * rate > 20, 'distinct(hours, 7)']\noutput:")
    task = read_taskfile(written(tmp_path, text.replace("{total:.2f}", "{rate}|{hours}")))
    for seed in range(100):
        rate, hours = task.fill(random.Random(seed)).output.removeprefix("£").split("|")
        assert float(rate) * int(hours) > 20
        assert hours != "7"


def test_importing_the_module_does_not_import_faker() -> None:
    code = "import sys, synth.taskfile; sys.exit('faker' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent.parent)


# Errors


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("£{total:.2f}", "{tota}", "{tota}: is no slot"),
        ("£{total:.2f}", "{rate:.2x}", "output: {rate:.2x}: no format '.2x'"),
        ("£{total:.2f}", "{hours} {{a{rate}}}", "output: {{ has no }}"),
        ("{int: [2, 9]}", "{int: [9, 2]}", "slots.hours: int: must be [low, high]"),
        ("{int: [2, 9]}", "{integer: [2, 9]}", "slots.hours: must have exactly one of"),
        ("{int: [2, 9]}", "{faker: paragraph}", "slots.hours: faker: 'paragraph' is none of"),
        ("{int: [2, 9]}", "{calc: 'len('}", "slots.hours: 'len(' is not an expression"),
        ("{int: [2, 9]}", "{calc: '(lambda: 1)()'}", "slots.hours: '(lambda: 1)()': call functions by name"),
        ("{int: [2, 9]}", "{calc: '[x for x in (1, 2)]'}", "Tuple is not allowed here"),
        ("{int: [2, 9]}", "{calc: '__import__(1)'}", "{__import__}: is no slot"),
        ("language: en", "language: fr", "language: must be en or zh"),
        ("language: en", "langauge: en", "langauge: is not a key of a task file"),
        ("slots:", "slots:\n  spare: [x]", "slots.spare: is never used"),
        ("instruction:", "contract: {format: json}\ninstruction:", "contract: format json has keys"),
        ("instruction:", "examples: [{output: x}]\ninstruction:", "examples[1]: must have instruction and output"),
    ],
)
def test_a_mistake_is_reported_with_its_key(tmp_path: Path, old: str, new: str, problem: str) -> None:
    good = MINIMAL.replace("slots:", "slots:\n  total: {calc: hours * rate}")
    assert old in good
    read_taskfile(written(tmp_path, good))
    path = written(tmp_path, good.replace(old, new))
    with pytest.raises(InputError) as caught:
        read_taskfile(path)
    assert any(line.startswith(f"{path}: ") and problem in line for line in caught.value.problems), caught.value


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, MINIMAL.replace("en", "xx", 1).replace("[2, 9]", "[9, 2]"))
    with pytest.raises(InputError) as caught:
        read_taskfile(path)
    assert len(caught.value.problems) == 3  # the language, the range, and {total}, which is no slot


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("task: a\nslots: {a: [}", ":2: "),
        ("task: a\ntask: b\n", ":2: the key 'task' occurs twice"),
        ("- a", ": file: "),
    ],
)
def test_broken_yaml_is_reported_with_its_line(tmp_path: Path, text: str, where: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_taskfile(path)
    assert caught.value.problems[0].startswith(f"{path}{where}")


@pytest.mark.parametrize(
    ("total", "problem"),
    [
        ("{calc: total + 1}", "slots.total: needs itself"),
        ("{calc: hours / 0}", "slots.total: Fraction"),
        ("{calc: hours.__class__}", "slots.total: 'int' object is not subscriptable"),
        ("{map: hours, of: {1: x}}", "slots.total: map: `of` has nothing for"),
        ("{calc: hours / 7}", "{total:}: ValueError"),
    ],
)
def test_a_slot_that_cannot_be_drawn_is_reported_when_the_file_is_read(
    tmp_path: Path, total: str, problem: str
) -> None:
    text = MINIMAL.replace("slots:", f"slots:\n  total: {total}").replace("total:.2f", "total}{rate")
    path = written(tmp_path, text)
    with pytest.raises(UsageError, match=re.escape(f"{path}: {problem}")):
        read_taskfile(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 70) | st.floats(-2, 2, allow_nan=False) | st.text(max_size=6)
    | st.sampled_from(["{a}", "{b.x:dmy}", "{n:words}", "{{n}}", "n + 1", "rows[9]", "b.x", "[x for x in n]", "n / 0"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from("a b x of calc int map sample format keys".split()), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_no_file_ends_in_a_traceback(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    raw = {
        "task": "t",
        "language": "en",
        "labels": {"family": "x"},
        "slots": {
            "n": {"int": [1, 5]},
            "b": [{"x": "{n}"}],
            "rows": {"table": [1, 2]},
            "m": {"map": "n > 2", "of": {"x": 1}},
        },
        "where": ["n > 1"],
        "instruction": ["{n} {b.x}"],
        "input": ["{rows:json}{m}"],
        "output": "{n}",
        "contract": {"format": "text", "avoid": ["x"]},
        "examples": [{"instruction": "i", "output": "o"}],
    }
    node: dict[str, Any] = raw
    key = data.draw(st.sampled_from(sorted(node)))
    while isinstance(node[key], dict) and data.draw(st.booleans()):
        node = node[key]
        key = data.draw(st.sampled_from(sorted(node)))
    node[key] = data.draw(JSON)
    path = written(tmp_path_factory.mktemp("task"), json.dumps(raw, ensure_ascii=False))
    with contextlib.suppress(UsageError):
        assert isinstance(read_taskfile(path).fill(random.Random(0)).output, str)


def test_a_condition_that_never_holds_is_reported(tmp_path: Path) -> None:
    text = MINIMAL.replace('output: "£{total:.2f}"', "where: hours > 9\noutput: '{rate}'")
    with pytest.raises(UsageError, match="where: did not hold in 2000 draws"):
        read_taskfile(written(tmp_path, text))


def test_fills_and_examples_that_break_the_contract_are_reported(tmp_path: Path) -> None:
    text = "task: t\nlanguage: zh\nslots: {a: [好, 坏]}\ninstruction: 好不好？\ninput: ['{a}']\noutput: '{a}'\n"
    path = written(tmp_path, text + "contract: {format: label, labels: [好]}\n")
    with pytest.raises(UsageError, match="output: '坏' breaks the contract"):
        read_taskfile(path)
    path = written(tmp_path, text + "contract: {format: label, labels: [好, 坏]}\nexamples: [{input: x, output: 差}]\n")
    with pytest.raises(InputError, match=r"examples\[1\]: output: '差' is none of the labels 好, 坏"):
        read_taskfile(path)


@pytest.mark.parametrize(
    ("contract", "good", "bad"),
    [
        (Contract("json", keys={"a": "integer?"}), '{"a": null}', '{"a": 1.5}'),
        (Contract("json", keys={"a": "date"}), '{"a": "2026-01-02"}', '{"a": "2 January"}'),
        (Contract("json", keys={"a": "boolean"}), '{"a": true}', '{"a": true, "b": 1}'),
        (Contract("json", keys={"a": ["x", "y"]}), '{"a": "x"}', '{"a": "z"}'),
        (Contract("json", keys={"a": "string"}), '{"a": "x"}', "a: x"),
        (Contract("label", labels=("市容环卫",)), "市容环卫", "市容"),
        (Contract("text", lines=("A: .+", "B")), "A: x\nB", "A: x\nB\nC"),
        (Contract("text", lines=("A: .+",)), "A: x", "B: x"),
        (Contract("text", avoid=("啥",)), "什么", "啥"),
    ],
)
def test_a_contract_tells_good_from_bad(contract: Contract, good: str, bad: str) -> None:
    assert contract.problems(good) == []
    assert len(contract.problems(bad)) == 1


# The shipped files


def test_there_are_enough_task_files_in_both_languages() -> None:
    languages = Counter(shipped(name).language for name in BREADTH)
    assert Counter(shipped(name).language for name in FIT) == {"en": 2, "zh": 2}
    assert languages["en"] >= 14
    assert languages["zh"] >= 10
    families = {shipped(name).labels["family"] for name in BREADTH}
    assert {"extraction", "classification", "summarizing", "rewriting", "translation", "closed_qa"} <= families
    assert {"reasoning", "mathematics", "code", "table_json", "planning"} <= families


@pytest.mark.parametrize("name", [*FIT, *BREADTH])
def test_a_fill_depends_on_the_generator_alone(name: str) -> None:
    task = shipped(name)
    first = task.fill(random.Random(5))
    task.fill(random.Random(6))
    rng = random.Random(5)
    assert task.fill(rng) == first
    assert read_taskfile(task.path).fill(random.Random(5)) == first


# A leftover field, a doubled blank or stop, an empty quotation, "a apple": what goes wrong when templates are filled.
ACCIDENT = re.compile(
    r"\{[a-z_]+[.:}]|[^\s（]  +\S|\.\.(?!\.)|。。|，，|，。|“”|\bNone\b|\b1 (?!is|pm|am)[a-z]+s\b"
    r"|\ba (?!one-)[aeio][a-z]|\b[Aa]n [bcdfgjkmpqtvwxz]"
)


@pytest.mark.parametrize("name", [*FIT, *BREADTH])
def test_fills_are_clean_text(name: str) -> None:
    for filled in fills(name, 150):
        for text in (filled.instruction, filled.input, filled.output):
            assert text == text.strip(" ")
            prose = re.sub(r"```.*?```|^\|.*\|$", "", text, flags=re.S | re.M)
            accident = ACCIDENT.search(prose)
            assert accident is None, (accident, text)
        assert filled.instruction
        assert filled.output


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+|[㐀-鿿]", text.lower())


def mutually_novel(texts: list[str], threshold: float = 0.7) -> int:
    """How many of ``texts``, taken greedily in order, are at most ``threshold`` ROUGE-L F from each one before."""
    kept: list[list[str]] = []
    for text in texts:
        new = words(text)
        if all(2 * LCSseq.similarity(new, old) / (len(new) + len(old)) <= threshold for old in kept):
            kept.append(new)
    return len(kept)


@pytest.mark.parametrize("name", FIT)
def test_a_fitting_task_has_enough_novel_inputs(name: str) -> None:
    task = shipped(name)
    assert task.fixed
    assert task.contract is not None
    assert mutually_novel([filled.input for filled in fills(name, 400)]) >= 250


@pytest.mark.parametrize("name", FIT)
def test_a_fitting_task_has_twelve_examples_unlike_its_fills(name: str) -> None:
    task = shipped(name)
    assert len(task.examples) == 12
    inputs = [example.input for example in task.examples]
    assert mutually_novel(inputs + [filled.input for filled in fills(name, 20)], 0.6) >= 12 + 15
    assert mutually_novel(inputs, 0.5) == 12


@pytest.mark.parametrize("name", BREADTH)
def test_a_breadth_family_has_enough_novel_instructions(name: str) -> None:
    assert not shipped(name).fixed
    assert mutually_novel([filled.instruction for filled in fills(name, 60)]) >= 12


def test_every_label_of_the_hotline_occurs() -> None:
    contract = shipped("hotline-label").contract
    assert contract is not None
    counts = Counter(filled.output for filled in fills("hotline-label", 400))
    assert set(counts) == set(contract.labels)
    assert min(counts.values()) >= 20


# Right answers, computed again by other means


UNIT = r"(?<=\d) ?(?:km/h|km|cm|m²|m|g|h|litres|days|hours|minutes|元|分钟|公里|米|小时|天)(?![a-z])"
NUMBER = r"[£€(]*\d+(?:,\d{3})*(?:\.\d+)?[%)]*"
EQUATION = re.compile(
    rf"(?<![+×÷/-] )(?<![\d.,:£€(])({NUMBER}(?: ?[+×÷/-] ?{NUMBER})+) = ({NUMBER}(?:/\d+)?)(?!\d|[:.]\d)"
)


def value(expression: str) -> Fraction:
    """The value of ``12 × £3.50 + 4%``, as exact as it is written."""
    text = re.sub(r"[£€, ]", "", expression).replace("×", "*").replace("÷", "/")
    text = re.sub(r"([\d.]+)%", r"(\1/100)", text)
    text = re.sub(r"\d+(?:\.\d+)?", lambda number: f"F('{number[0]}')", text)
    result = eval(text, {"F": Fraction})
    assert isinstance(result, Fraction)
    return result


def equations(text: str) -> Iterator[tuple[str, Fraction, Fraction, Fraction]]:
    """Each equation in ``text``: as written, the left side's value, the right side's, and half its last digit."""
    prose = re.sub(UNIT, "", re.sub(r"```.*?```", "", text, flags=re.S))
    for left, right in EQUATION.findall(prose):
        places = len(right.rstrip("%").partition(".")[2]) + (2 if right.endswith("%") else 0)
        yield f"{left} = {right}", value(left), value(right), Fraction(1, 2 * 10**places)


@pytest.mark.parametrize(
    "name",
    ["price-and-percent", "rates-and-quantities", "work-backwards", "who-comes-first", "house-rules", "train-times",
     "jiage-baifenbi", "anpai-richeng", "paidui-tuili", "kan-xuzhi", "riqi-shijian"],
)  # fmt: skip
def test_every_equation_in_an_answer_holds(name: str) -> None:
    checked = 0
    for filled in fills(name, 300):
        for text, left, right, tolerance in equations(filled.output):
            assert abs(left - right) <= tolerance, (text, filled)
            checked += 1
    assert checked >= 30


MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December"]  # fmt: skip
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
ENGLISH_DATE = rf"(\d+) ({'|'.join(MONTHS)}) (\d{{4}})"


def english_date(day: str, month: str, year: str) -> date:
    return date(int(year), MONTHS.index(month) + 1, int(day))


@pytest.mark.parametrize("name", [*FIT, *BREADTH])
def test_weekdays_belong_to_their_dates(name: str) -> None:
    for filled in [*fills(name, 150), *shipped(name).examples]:
        text = f"{filled.instruction}\n{filled.input}\n{filled.output}"
        for weekday, *parts in re.findall(rf"({'|'.join(DAYS)}),? {ENGLISH_DATE}", text):
            assert DAYS[english_date(*parts).weekday()] == weekday, text
        for year, month, day, weekday in re.findall(r"(\d{4})年(\d+)月(\d+)日[，（]?星期(.)", text):
            assert "一二三四五六日"[date(int(year), int(month), int(day)).weekday()] == weekday, text


def test_days_are_counted_as_the_calendar_does() -> None:
    checked = 0
    for filled in fills("counting-days", 300):
        for found in re.finditer(rf"(\d+) days after {ENGLISH_DATE} is (?:\w+ )?{ENGLISH_DATE}", filled.output):
            n, *parts = found.groups()
            assert english_date(*parts[:3]) + timedelta(days=int(n)) == english_date(*parts[3:]), filled
            checked += 1
        if deadline := re.search(rf'"within (\d+) working days".*?{ENGLISH_DATE}', filled.instruction):
            day, left = english_date(*deadline.groups()[1:]), int(deadline[1])
            while left:
                day += timedelta(days=1)
                left -= day.weekday() < 5
            assert f"{day.day} {MONTHS[day.month - 1]} {day.year}" in filled.output, filled
            checked += 1
    assert checked >= 30


def test_chinese_working_days_are_counted_as_the_calendar_does() -> None:
    checked = 0
    for filled in fills("riqi-shijian", 300):
        if found := re.search(r"(\d+)个工作日内答复。材料(\d+)年(\d+)月(\d+)日", filled.instruction):
            left, *parts = map(int, found.groups())
            day = date(*parts)
            while left:
                day += timedelta(days=1)
                left -= day.weekday() < 5
            assert f"最晚{day.year}年{day.month}月{day.day}日" in filled.output, filled
            checked += 1
    assert checked >= 5


def minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def test_journeys_last_as_long_as_their_clock_times_say() -> None:
    checked = 0
    for filled in fills("train-times", 300):
        if found := re.search(r"from ([\d:]+) to ([\d:]+), (?:(\d+) h)?(?: ?(\d+) min)?", filled.output):
            whole = int(found[3] or 0) * 60 + int(found[4] or 0)
            assert minutes(found[2]) - minutes(found[1]) == whole, filled
            checked += 1
    assert checked >= 5


def test_repair_requests_say_what_their_json_says() -> None:
    ago = {
        "yesterday": 1,
        "two days ago": 2,
        "three days ago": 3,
        "four days ago": 4,
        "five days ago": 5,
        "six days ago": 6,
    }
    for filled in fills("repair-request", 300):
        request = json.loads(filled.output)
        header = re.search(ENGLISH_DATE, filled.input)
        assert header
        sent = english_date(*header.groups())
        body = filled.input[header.end() :]
        for key in ("tenant", "flat", "building", "room", "item", "phone"):
            assert request[key] is None or request[key].lower() in filled.input.lower(), filled
        assert (request["phone"] is not None) == bool(re.search(r"\d{5} ?\d{3} ?\d{3}", body)), filled
        told = re.search(rf"\b({'|'.join(ago)})\b", body)
        if told:
            assert request["since"] == (sent - timedelta(days=ago[told[1]])).isoformat(), filled
        elif named := re.search(rf"\b({'|'.join(DAYS)})\b(?=[ .])", re.sub(r"^\W*\w+day\W", "", body)):
            since = date.fromisoformat(request["since"])
            assert DAYS[since.weekday()] == named[1], filled
            assert 1 <= (sent - since).days <= 6, filled


def test_spoken_chinese_times_become_the_right_clock_times() -> None:
    for filled in fills("notice-register", 300):
        spoken = []
        for part, hour, minute in re.findall(r"(早上|上午|中午|下午|晚上)(\d+)点(半|\d\d分)?", filled.input):
            hours = int(hour) + (12 if part in ("下午", "晚上") and hour != "12" else 0)
            spoken.append(f"{hours:02d}:{30 if minute == '半' else int(minute[:-1] or 0) if minute else 0:02d}")
        assert re.findall(r"\d\d:\d\d", filled.output) == spoken, filled


@pytest.mark.parametrize("name", ["sql-questions", "daima-wenti"])
def test_sql_answers_run(name: str) -> None:
    ran = 0
    for filled in fills(name, 200):
        for block in re.findall(r"```sql\n(.*?)```", filled.output, flags=re.S):
            database = sqlite3.connect(":memory:")
            if "CREATE TABLE" not in block:
                table = re.search(r"(?:FROM|UPDATE|TABLE) (\w+)", block)
                assert table
                schema = next(
                    line
                    for source in [shipped(name).path.read_text(encoding="utf-8")]
                    for line in re.findall(rf'"({table[1]}\(id,.*?\))"', source)
                )
                database.execute(f"CREATE TABLE {schema}")
            database.executescript(block)
            database.close()
            ran += 1
    assert ran >= 60


@pytest.mark.parametrize("name", ["small-python", "daima-wenti"])
def test_python_answers_run_and_give_what_they_say(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    ran = 0
    for filled in fills(name, 200):
        for block in re.findall(r"```python\n(.*?)```", filled.output, flags=re.S):
            ast.parse(block)
            if "def " in block and "pytest" not in block:
                scope: dict[str, object] = {}
                exec(block, scope)
                for call, said in re.findall(
                    r"`(\w+\([^`]*\))`(?: returns | is .*= |：.*= )\"?([^\"`元 ]+(?: h \d+ min)?)", filled.output
                ):
                    if call.split("(")[0] in scope and "add" not in call:
                        assert str(eval(call, scope)) == said, (call, filled)
                ran += 1
        for block in re.findall(r"```python\n(nums = .*?)```", filled.instruction, flags=re.S):
            capsys.readouterr()
            exec(block, {})
            assert f"`{capsys.readouterr().out.strip()}`" in filled.output
            ran += 1
    assert ran >= 60


@pytest.mark.parametrize(
    ("name", "pair"), [("lists-and-tables", r"([A-Z][a-z]+) (\d+)"), ("biaoge-json", r"(\w{2})(\d+)分")]
)
def test_rankings_are_sorted_and_complete(name: str, pair: str) -> None:
    checked = 0
    for filled in fills(name, 200):
        if rows := re.findall(r"^\| (\d) \| (\w+) \| (\d+) \|$", filled.output, flags=re.M):
            given_rows = [(who, int(score)) for who, score in re.findall(pair, filled.instruction)]
            assert [(who, int(score)) for _, who, score in rows] == sorted(given_rows, key=lambda row: -row[1]), filled
            checked += 1
    assert checked >= 5


def test_the_example_of_the_description_is_a_task_file(tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(.*?)```", (SEEDS / "TASKFILES.md").read_text(encoding="utf-8"), flags=re.S)
    assert example
    filled = one_fill(tmp_path, example[1])
    assert json.loads(filled.output)["customer"] in filled.input


def test_the_yaml_of_shipped_files_is_also_plain_yaml() -> None:
    """No private dialect: any YAML reader accepts the files."""
    for path in SEEDS.glob("*/*.yaml"):
        assert yaml.safe_load(path.read_text(encoding="utf-8"))["task"] == path.stem
