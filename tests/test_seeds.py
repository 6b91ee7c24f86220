"""Every seed format is read; every bad row is reported at once, with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from synth.errors import InputError, UsageError
from synth.seeds import parse_row, read_seeds


def write_rows(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def test_formats_mixed_in_one_folder_are_all_read(tmp_path: Path) -> None:
    write_rows(tmp_path / "a.jsonl", {"instruction": "Name a prime.", "output": "7"})
    (tmp_path / "b.json").write_text(json.dumps([{"instruction": "Add.", "input": "2, 3", "output": "5"}]))
    instances = [{"input": "cat", "output": "animal"}, {"input": "oak", "output": "plant"}]
    write_rows(tmp_path / "c.jsonl", {"id": "seed_1", "instruction": "Classify.", "instances": instances})
    turns = [{"from": "human", "value": "你好，今天星期几？"}, {"from": "gpt", "value": "星期五。"}]
    write_rows(tmp_path / "d.jsonl", {"conversations": turns})
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Why is the sky blue?"},
        {"role": "assistant", "content": "Rayleigh scattering."},
    ]
    write_rows(tmp_path / "e.jsonl", {"messages": messages})

    samples = read_seeds(tmp_path).samples

    assert [(sample.instruction, sample.input, sample.output) for sample in samples] == [
        ("Name a prime.", "", "7"),
        ("Add.", "2, 3", "5"),
        ("Classify.", "cat", "animal"),
        ("Classify.", "oak", "plant"),
        ("你好，今天星期几？", "", "星期五。"),
        ("Be brief.\n\nWhy is the sky blue?", "", "Rayleigh scattering."),
    ]
    assert samples[4].language == "zh"
    assert samples[5].language == "en"


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ([1, 2], "a row must be a JSON object, this is a list"),
        ({"question": "x"}, "no known format: it has question"),
        ({"instruction": "x"}, "output is missing"),
        ({"instruction": " ", "output": "y"}, "instruction is empty"),
        ({"instruction": "x", "output": 3}, "output must be a text, this is a number"),
        ({"instruction": "x", "output": "y", "labels": "z"}, "labels must be an object"),
        ({"instruction": "x", "instances": []}, "instances must be a list with at least one"),
        ({"instruction": "x", "instances": ["y"]}, "instance 1 must be an object"),
        ({"conversations": [{"from": "gpt", "value": "hi"}]}, "no user turn followed by an assistant turn"),
        ({"messages": "hello"}, "messages must be a list, this is a text"),
        ({"messages": [{"role": "user", "content": None}]}, "content is missing"),
    ],
)
def test_a_bad_row_says_what_is_wrong(row: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=problem.replace("(", r"\(")):
        parse_row(row)


def test_all_bad_rows_of_all_files_are_reported_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"instruction": "x", "output": "y"}\n\n{"instruction": "x"\n{"output": "y"}\n')
    (tmp_path / "b.jsonl").write_bytes('{"instruction": "价格", "output": "十元"}'.encode("gbk"))
    (tmp_path / "c.json").write_text('{"instruction": "x"}')
    with pytest.raises(InputError) as caught:
        read_seeds(tmp_path)
    problems = [problem.replace(str(tmp_path) + "/", "") for problem in caught.value.problems]
    assert problems[0].startswith("a.jsonl:3: not JSON: ")
    assert problems[1].startswith("a.jsonl:4: no known format: it has output")
    assert problems[2].startswith("b.jsonl:1: not UTF-8 at byte ")
    assert problems[3].startswith("c.json: must hold a list of rows, this is an object")
    assert len(problems) == 4


def test_a_line_separator_inside_a_text_does_not_split_the_row(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"instruction": "one\u2028two\x85three", "output": "y"}\n', encoding="utf-8")
    assert read_seeds(path).samples[0].instruction == "one\u2028two\x85three"


def test_a_lone_surrogate_becomes_the_replacement_character(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"instruction": "bad \\ud800 half", "output": "y"}\n')
    assert read_seeds(path).samples[0].instruction == "bad \ufffd half"


def test_a_repeated_row_is_kept_once_and_its_place_is_told(tmp_path: Path) -> None:
    row = {"instruction": "x y z", "output": "y"}
    path = write_rows(tmp_path / "a.jsonl", row, row)
    seeds = read_seeds(path)
    assert len(seeds.samples) == 1
    assert seeds.duplicates == (f"{path}:2",)


def test_no_seeds_and_no_folder_are_errors_that_name_the_cure(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no seeds in .*put \.jsonl or \.json files there"):
        read_seeds(tmp_path)
    with pytest.raises(UsageError, match="no such file or folder"):
        read_seeds(tmp_path / "nowhere")
