"""The command line as a new user meets it: one-line errors that name the cure, the right exit code, no traceback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

SEEDS = Path(__file__).parent.parent / "seeds"


def synth(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    return subprocess.run(
        [sys.executable, "-m", "synth", *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**clean, "COLUMNS": "100", **environment},
        timeout=120,
        check=False,
    )


def error_of(done: subprocess.CompletedProcess[str], code: int) -> str:
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr.strip()


@pytest.mark.parametrize("command", [[], ["expand"], ["status"], ["prompts"]])
def test_help_says_what_a_command_does(command: list[str]) -> None:
    done = synth(*command, "--help")
    assert done.returncode == 0
    assert "Exit codes:" in done.stdout


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from synth.cli import cli; cli.main(['--help'], standalone_mode=False);"
        "heavy = {'numpy', 'numba', 'pydantic', 'rich', 'torch', 'datasketch', 'jinja2', 'faker', 'aiohttp', 'yaml'};"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_typo_in_a_flag_is_met_with_the_right_one() -> None:
    message = error_of(synth("expand", "--round", "2"), 2)
    assert "--rounds" in message


def test_an_empty_seeds_folder(tmp_path: Path) -> None:
    message = error_of(synth("expand", "--seeds", str(tmp_path), cwd=tmp_path), 2)
    assert message.startswith(f"synth: error: no seeds in {tmp_path}: put .jsonl or .json files there")
    assert list(tmp_path.iterdir()) == []


def test_no_seeds_folder_at_all(tmp_path: Path) -> None:
    message = error_of(synth("expand", cwd=tmp_path), 2)
    assert message == "synth: error: seeds: no such file or folder; --seeds takes a folder of seed files, or one file"


def test_broken_seed_rows_are_listed_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"instruction": "x", "output": "y"}\n{"instruction": 5}\n{oops\n')
    message = error_of(synth("expand", "--seeds", "a.jsonl", cwd=tmp_path), 2)
    assert message.splitlines()[0] == "synth: error: 2 bad seed rows; nothing was written. Mend or remove them:"
    assert "a.jsonl:2: instruction must be a text, this is a number" in message
    assert "a.jsonl:3: not JSON" in message
    assert not (tmp_path / "runs").exists()


def test_an_unknown_model_of_the_embedded_backend() -> None:
    message = error_of(synth("expand", "--seeds", str(SEEDS), "--llm", "rules", "--model", "gpt"), 2)
    assert "--llm rules has no model 'gpt'" in message
    assert "leave --model out" in message


def test_a_server_that_is_down(tmp_path: Path) -> None:
    done = synth("expand", "--seeds", str(SEEDS), "--base-url", "http://127.0.0.1:9/v1", cwd=tmp_path)
    message = error_of(done, 1)
    assert message.count("\n") == 0
    assert "http://127.0.0.1:9/v1" in message


def test_a_folder_that_cannot_be_written() -> None:
    message = error_of(synth("expand", "--seeds", str(SEEDS), "--llm", "rules", "--run", "/proc/run"), 1)
    assert "/proc/run: cannot be written" in message
    assert "choose another --run" in message


def test_a_run_that_is_not_there(tmp_path: Path) -> None:
    for command in (["status", "nowhere"], ["why", "nowhere", "1"]):
        assert "nowhere: no run here; `synth expand --run nowhere`" in error_of(synth(*command, cwd=tmp_path), 2)


def test_an_engine_argument_or_a_list_of_gates_that_cannot_be_read(tmp_path: Path) -> None:
    assert "'[' is no YAML value" in error_of(synth("expand", "--engine-arg", "max_num_seqs=["), 2)
    (tmp_path / "in.jsonl").touch()
    message = error_of(synth("filter", "in.jsonl", "--out", "out.jsonl", "--only", "", cwd=tmp_path), 2)
    assert message.startswith("synth: error: --only: no gate named ''; the gates are shape")


def test_a_prompt_that_is_not_there() -> None:
    assert "no such prompt; try" in error_of(synth("prompts", "deepn"), 2)


def test_a_small_run_from_first_command_to_status(tmp_path: Path) -> None:
    flags = ["--seeds", str(SEEDS), "--llm", "rules", "--run", "r", "--rounds", "1", "--per-round", "30"]
    done = synth("expand", *flags, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "samples in r/samples.jsonl" in done.stdout
    state = json.loads(synth("status", "r", "--json", cwd=tmp_path).stdout)
    assert state["rounds"][0]["works"] == 30
    assert state["tokens_per_accepted"] is None, "the embedded model counts no tokens"
    assert "all finished" in synth("status", "r", cwd=tmp_path).stdout
    name = json.loads((tmp_path / "r/samples.jsonl").read_text(encoding="utf-8").splitlines()[0])["id"]
    (tmp_path / "r/recipe.yaml").write_text("a: [")
    story = synth("why", "r", name, cwd=tmp_path)
    assert story.returncode == 0, story.stderr
    assert "The prompts cannot be shown: r/recipe.yaml: not YAML" in story.stdout, "all else of the story is told"
    other = error_of(synth("expand", *flags, "--llm", "openai", "--base-url", "http://127.0.0.1:9/v1", cwd=tmp_path), 2)
    assert "was made with --llm rules; choose another --run" in other
    (tmp_path / "r/state.json").write_text(json.dumps({**state_of(tmp_path / "r"), "pinned": {"backend": "gpt"}}))
    assert "names 'gpt', which is no --llm; correct or remove it" in error_of(synth("expand", *flags, cwd=tmp_path), 2)


@pytest.mark.parametrize("slow", ["synth.pool.Pool.recall", "synth.run_folder.RunFolder.pool"])
def test_a_second_ctrl_c_stops_at_once_also_while_a_large_pool_is_opened(tmp_path: Path, slow: str) -> None:
    script = (
        "import sys, time; from unittest.mock import patch; from synth.cli import main\n"
        f"with patch('{slow}', lambda *_: print('opening', flush=True) or time.sleep(50)): main()\n"
    )
    flags = ["--seeds", str(SEEDS), "--llm", "rules", "--run", "r", "--on-finish", "echo exit $SYNTH_EXIT"]
    command = [sys.executable, "-c", script, "expand", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line == "opening\n":
                break
        for _ in range(2):
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=20)
    assert process.returncode == 3
    assert stdout.endswith("exit 3\n")
    assert stderr == "synth: stopped at once; run the same command again to go on\n"


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("filter - --out k.jsonl <&-", 2, "-: standard input or output is closed"),
        ("filter in.jsonl --out - >&-", 2, "-: standard input or output is closed"),
        ("filter in.jsonl --out k.jsonl >&-", 0, ""),
        ("filter in.jsonl --out k.jsonl <&- >&- 2>&-", 0, ""),
        ("status nowhere >&- 2>&-", 2, ""),
        ("expand --seeds in.jsonl --llm rules --rounds 1 --per-round 2 --run r <&- >&- 2>&-", 0, ""),
        ("prompts | head -n 1", 0, ""),
        ("filter in.jsonl --out - --only shape | head -c 1", 0, ""),
    ],
)
def test_a_closed_stream_or_a_reader_that_has_seen_enough(tmp_path: Path, line: str, code: int, said: str) -> None:
    row = json.dumps({"instruction": "Name two rivers that flow into the Baltic Sea.", "output": "Oder and Neva"})
    (tmp_path / "in.jsonl").write_text(f"{row}\n" * 9999 if "|" in line else f"{row}\n")
    command = f"{sys.executable} -m synth {line}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, cwd=tmp_path, timeout=60, check=False)
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith(f"synth: error: {said}") if said else done.stderr == ""
    if line.startswith("expand"):
        assert (tmp_path / "r/lock").read_text().strip().isdigit(), "nothing was printed into a file"


def state_of(run: Path) -> dict[str, Any]:
    state: dict[str, Any] = json.loads((run / "state.json").read_text())
    return state


def test_prompts_are_listed_and_shown_in_both_languages() -> None:
    listed = synth("prompts").stdout
    assert "evolve/deepen" in listed
    assert "judge/judge" in listed
    assert "任务" in synth("prompts", "deepen", "-l", "zh").stdout
