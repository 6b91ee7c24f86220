"""``synth filter``: exact accounting, first come stays, and whatever is in the file, no traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.errors import UsageError
from synth.filter import filter_rows
from synth.records import Lineage, Sample

ROWS = [
    {"instruction": "Name three rivers that flow into the Baltic Sea.", "input": "", "output": "Oder, Vistula, Neva"},
    {"instruction": "Name three rivers that flow into the Baltic sea!", "input": "", "output": "Vistula, Neva, Oder"},
    {"instruction": "为什么夏天的白天比冬天长？", "input": "", "output": "因为地轴倾斜，夏季太阳直射北半球。"},
    {"instruction": "为什么夏天的白天要比冬天长呢？", "input": "", "output": "地轴是倾斜的，夏季太阳直射北半球。"},
    {
        "instruction": "How do I keep bread fresh for a week?",
        "input": "",
        "output": "I'm sorry, I can't help with that.",
    },
]


def write(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def read(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_of_two_near_duplicates_the_first_stays_and_the_reject_names_gate_and_neighbour(tmp_path: Path) -> None:
    data = write(tmp_path / "in.jsonl", ROWS)
    done = filter_rows([data], tmp_path / "kept.jsonl", tmp_path / "rejected.jsonl")
    assert read(tmp_path / "kept.jsonl") == [ROWS[0], ROWS[2]]
    rejected = read(tmp_path / "rejected.jsonl")
    assert [row["row"] for row in rejected] == [ROWS[1], ROWS[3], ROWS[4]]
    assert [row["place"] for row in rejected] == [f"{data}:{number}" for number in (2, 4, 5)]
    assert rejected[2]["verdict"]["gate"] == "refusal"
    assert all(row["verdict"]["evidence"] for row in rejected)
    assert done.rows == done.kept + done.rejected.total() == 5


def test_a_reject_names_its_neighbour_by_its_place_and_holds_the_row_to_the_byte(tmp_path: Path) -> None:
    lines = [b'{"instruction":  "Name a river in Poland, please.", "output": "Oder", "score": 1.50}\n'] * 2
    (tmp_path / "in.jsonl").write_bytes(b"".join(lines))
    filter_rows([tmp_path / "in.jsonl"], tmp_path / "kept.jsonl", tmp_path / "rejected.jsonl", only=["rouge"])
    rejected = (tmp_path / "rejected.jsonl").read_bytes()
    assert json.loads(rejected)["verdict"]["neighbour"] == f"{tmp_path / 'in.jsonl'}:1"
    assert rejected.endswith(b', "row": ' + lines[0].strip() + b"}\n")


def test_a_kept_line_is_the_line_that_came_in_to_the_byte(tmp_path: Path) -> None:
    line = b'{"output":  "Oder",   "extra": [1, 2],"instruction": "Name a river in Poland, please."}\r\n'
    (tmp_path / "in.jsonl").write_bytes(line)
    filter_rows([tmp_path / "in.jsonl"], tmp_path / "kept.jsonl")
    assert (tmp_path / "kept.jsonl").read_bytes() == line


def test_what_a_run_made_is_not_compared_with_its_own_ancestors(tmp_path: Path) -> None:
    task = "Name three rivers that flow into the Baltic Sea"
    texts = [f"{task}.", f"{task}, each with its source.", f"{task}, each with its source and length."]
    samples = [Sample(texts[0], "", "Oder, Vistula, Neva", "en")]
    for depth, text in enumerate(texts[1:], 1):
        lineage = Lineage(1, "deepen", (samples[-1].id,), depth)
        samples.append(Sample(text, "", "Oder, Vistula, Neva", "en", lineage=lineage))
    write(tmp_path / "seeds.jsonl", [samples[0].to_json()])
    made = write(tmp_path / "samples.jsonl", [sample.to_json() for sample in samples[1:]])
    assert filter_rows([tmp_path / "seeds.jsonl", made], tmp_path / "kept.jsonl").kept == 3, "grandparents too"
    assert filter_rows([made], tmp_path / "kept.jsonl", against=[tmp_path / "seeds.jsonl"]).kept == 2
    plain = [{name: row[name] for name in ("instruction", "input", "output")} for row in read(made)]
    assert filter_rows([write(tmp_path / "plain.jsonl", plain)], tmp_path / "kept.jsonl").kept == 1
    invented = [{**row, "lineage": {**row["lineage"], "depth": 0}} for row in read(made)]
    assert filter_rows([write(tmp_path / "invented.jsonl", invented)], tmp_path / "kept.jsonl").kept == 1
    odd: list[Any] = [{**plain[0], "lineage": odd} for odd in (1, [2], {"depth": 1}, {"depth": 1, "parents": [3, [4]]})]
    assert filter_rows([write(tmp_path / "odd.jsonl", odd)], tmp_path / "kept.jsonl").kept == 1


def test_only_the_named_gates_are_asked(tmp_path: Path) -> None:
    data = write(tmp_path / "in.jsonl", ROWS)
    done = filter_rows([data], tmp_path / "kept.jsonl", only=["refusal"])
    assert dict(done.rejected) == {"refusal": 1}
    done = filter_rows([data], tmp_path / "kept.jsonl", only=["rouge"], rouge=1.0)
    assert done.kept == 5


def test_against_data_or_a_run_what_is_there_already_is_rejected(tmp_path: Path) -> None:
    data = write(tmp_path / "in.jsonl", ROWS)
    pool = write(tmp_path / "pool.jsonl", [ROWS[0], ROWS[2]])
    done = filter_rows([data], tmp_path / "kept.jsonl", against=[pool])
    assert done.kept == 0


@pytest.mark.parametrize("ending", ["jsonl", "json", "parquet"])
def test_every_format_is_read_and_written(tmp_path: Path, ending: str) -> None:
    source = tmp_path / f"in.{ending}"
    if ending == "parquet":
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(ROWS), source)
    elif ending == "json":
        source.write_text(json.dumps(ROWS), encoding="utf-8")
    else:
        write(source, ROWS)
    for other in ("jsonl", "json", "parquet"):
        out = tmp_path / f"out.{other}"
        assert filter_rows([source], out).kept == 2
        kept = pyarrow.parquet.read_table(out).to_pylist() if other == "parquet" else None
        kept = kept or (json.loads(out.read_text(encoding="utf-8")) if other == "json" else read(out))
        assert kept == [ROWS[0], ROWS[2]]


def test_bad_rows_are_rejected_with_the_reason_and_the_rest_is_kept(tmp_path: Path) -> None:
    good = [json.dumps(row, ensure_ascii=False).encode() for row in (ROWS[0], ROWS[2])]
    bad = {
        b'{"instruction": "torn': "not JSON",
        "价格表".encode("gbk"): "not UTF-8",
        b"\x00\x00\x00": "not JSON",
        b"[1, 2]": "must be a JSON object",
        b'{"instruction": 5, "output": "x"}': "must be a text",
        b'{"instruction": "x", "output": null}': "output is missing",
        b"[" * 100_000: "not JSON",
        b'{"instruction": "' + b"x " * 5_000_000 + b'", "output": "y"}': "",
        b'{"instruction": "Half of a \\ud83d character, what is it?", "output": "\\udc00"}': "",
        b'{"instruction": "A \\u0000 byte in the middle of it?", "output": "yes"}': "",
    }
    (tmp_path / "in.jsonl").write_bytes(b"\n".join([good[0], *bad, good[1]]))
    done = filter_rows([tmp_path / "in.jsonl"], tmp_path / "kept.jsonl", tmp_path / "rejected.jsonl")
    assert done.rows == done.kept + done.rejected.total() == len(bad) + 2
    kept = (tmp_path / "kept.jsonl").read_bytes().splitlines()
    assert kept[0] == good[0]
    assert kept[-1] == good[1]
    reasons = {row["place"]: row["verdict"]["evidence"] for row in read(tmp_path / "rejected.jsonl")}
    for number, reason in enumerate(bad.values(), 2):
        assert reason in reasons.get(f"{tmp_path / 'in.jsonl'}:{number}", ""), number


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(st.binary(max_size=80) | st.sampled_from([json.dumps(row).encode() for row in ROWS]), max_size=8))
def test_no_bytes_whatever_break_it_and_the_figures_add_up(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]
) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "in.jsonl").write_bytes(b"\n".join(lines))
    done = filter_rows([folder / "in.jsonl"], folder / "kept.jsonl", folder / "rejected.jsonl")
    assert done.kept == len((folder / "kept.jsonl").read_bytes().splitlines())
    assert done.rejected.total() == len(read(folder / "rejected.jsonl"))
    assert done.rows == done.kept + done.rejected.total()


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
known_keys = "instruction input output instances conversations messages labels language lineage".split()


@settings(max_examples=100, deadline=None)
@given(row=st.dictionaries(st.sampled_from(known_keys), json_values))
def test_no_row_of_wrong_types_breaks_it(tmp_path_factory: pytest.TempPathFactory, row: dict[str, Any]) -> None:
    folder = tmp_path_factory.mktemp("types")
    (folder / "in.jsonl").write_text(json.dumps(row) + "\n")
    assert filter_rows([folder / "in.jsonl"], folder / "kept.jsonl").rows == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputs": ["none.jsonl"]}, "no such file"),
        ({"inputs": ["in.csv"]}, "unknown ending"),
        ({"out": "in.jsonl"}, "is read and written"),
        ({"rejects": "kept.jsonl"}, "are both"),
        ({"only": ["rogue"]}, "no gate named rogue; the gates are shape"),
        ({"only": [""]}, "no gate named ''; the gates are shape"),
    ],
)
def test_wrong_files_and_names_are_clear_errors(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    write(tmp_path / "in.jsonl", ROWS)
    (tmp_path / "in.csv").write_text("a,b\n")
    inputs = [tmp_path / name for name in change.get("inputs", ["in.jsonl"])]
    rejects = tmp_path / change["rejects"] if "rejects" in change else None
    with pytest.raises(UsageError, match=message):
        filter_rows(inputs, tmp_path / change.get("out", "kept.jsonl"), rejects, only=change.get("only", ()))
    assert len(read(tmp_path / "in.jsonl")) == 5


def test_streams_go_through_stdin_and_stdout_and_the_table_to_stderr(tmp_path: Path) -> None:
    data = write(tmp_path / "in.jsonl", ROWS).read_bytes()
    command = [sys.executable, "-m", "synth", "filter", "-", "--out", "-"]
    done = subprocess.run(command, input=data, capture_output=True, check=True)
    assert [json.loads(line) for line in done.stdout.splitlines()] == [ROWS[0], ROWS[2]]
    assert "rejected by refusal" in done.stderr.decode()


@pytest.mark.parametrize("odd", [{}, {"text": "\ud800"}], ids=["object without fields", "half a character"])
def test_what_parquet_has_no_column_for_is_written_as_text(tmp_path: Path, odd: dict[str, Any]) -> None:
    row = {**ROWS[0], "meta": odd}
    (tmp_path / "in.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    filter_rows([tmp_path / "in.jsonl"], tmp_path / "kept.parquet")
    (kept,) = pyarrow.parquet.read_table(tmp_path / "kept.parquet").to_pylist()
    assert json.loads(kept["row"])["instruction"] == row["instruction"]


def test_a_key_that_parquet_filled_with_null_is_a_key_that_is_not_there(tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {**ROWS[0], "labels": {"family": "qa"}},
        {**ROWS[2], "labels": {"topic": "science"}},
        {"messages": [{"role": "user", "content": "How long do eggs boil?"}, {"role": "assistant", "content": "7 m"}]},
    ]
    data = write(tmp_path / "in.jsonl", rows)
    filter_rows([data], tmp_path / "kept.parquet")
    assert filter_rows([tmp_path / "kept.parquet"], tmp_path / "kept.jsonl").kept == 3
    assert read(tmp_path / "kept.jsonl")[2]["messages"] == rows[2]["messages"]


def test_a_role_that_is_no_text_is_a_bad_row(tmp_path: Path) -> None:
    chat = {"messages": [{"role": ["user"], "content": "x"}, {"role": "assistant", "content": "y"}]}
    data = write(tmp_path / "in.jsonl", [chat, ROWS[0]])
    done = filter_rows([data], tmp_path / "kept.jsonl", tmp_path / "rejected.jsonl")
    assert (done.kept, done.rejected["read"]) == (1, 1)
    assert "role must be a text, this is a list" in read(tmp_path / "rejected.jsonl")[0]["verdict"]["evidence"]


def test_one_file_by_two_names_is_not_written_twice_and_a_failure_leaves_no_part(tmp_path: Path) -> None:
    data = write(tmp_path / "in.jsonl", ROWS)
    (tmp_path / "sub").mkdir()
    with pytest.raises(UsageError, match="choose two files"):
        filter_rows([data], tmp_path / "out.jsonl", tmp_path / "sub" / ".." / "out.jsonl")
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"no parquet")
    with pytest.raises(UsageError, match="not a Parquet file"):
        filter_rows([data, broken], tmp_path / "out.jsonl")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.parquet", "in.jsonl", "sub"]


def test_a_threshold_that_is_no_number_is_a_usage_error_and_a_tiny_one_takes_no_memory(tmp_path: Path) -> None:
    data = write(tmp_path / "in.jsonl", ROWS)
    with pytest.raises(UsageError, match="threshold"):
        filter_rows([data], tmp_path / "kept.jsonl", rouge=float("nan"))
    assert filter_rows([data], tmp_path / "kept.jsonl", only=["rouge"], rouge=1e-9).kept == 3
