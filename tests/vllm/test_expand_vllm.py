"""``synth expand`` on the real vLLM, in process and served: the whole machine with real completions.

The tiny model's texts are gibberish, so next to nothing is accepted; what is tested is everything around that:
structured outputs, token counts, the accounting, the journal, and that a killed server or process costs nothing.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from synth.run import read_run
from synth.run_folder import RunFolder

if TYPE_CHECKING:
    from conftest import Server

pytestmark = [pytest.mark.vllm, pytest.mark.filterwarnings("default")]

SEEDS = Path(__file__).parent.parent.parent / "seeds"
ROUNDS, PER_ROUND = 2, 24
FLAGS = ["--seeds", str(SEEDS), "--rounds", str(ROUNDS), "--per-round", str(PER_ROUND), "--quiet"]


def recipe(folder: Path) -> list[str]:
    """Short completions: a random model never ends by itself."""
    file = folder / "recipe.yaml"
    file.write_text("sampling: {max_tokens: 192}\nanswer_sampling: {max_tokens: 64}\n")
    return ["--recipe", str(file)]


def expand(*flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "synth", "expand", *FLAGS, *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


def check(folder: RunFolder) -> None:
    assert folder.state.completed == ROUNDS
    for summary in folder.state.rounds:
        outcomes = list(folder.outcomes(summary.round))
        completions = folder.completions(summary.round)
        assert summary.works == PER_ROUND == len({outcome.work for outcome in outcomes})
        assert summary.accepted + sum(summary.rejected.values()) == summary.drafts + summary.unreadable == len(outcomes)
        assert all(name in completions for outcome in outcomes for name in outcome.requests)
        for completion in completions.values():
            if completion.finish_reason == "error":  # the tiny tokenizer makes long prompts
                assert "context" in completion.text
                continue
            assert completion.prompt_tokens > 0
            assert completion.completion_tokens > 0
            assert completion.finish_reason in {"stop", "length", "repetition"}
        drafts = [completions[outcome.requests[0]] for outcome in outcomes]
        # Structured outputs hold; not strict, as the grammar lets raw control characters into strings.
        for completion in drafts:
            if completion.finish_reason == "stop":
                assert isinstance(json.loads(completion.text, strict=False), dict)
        assert summary.prompt_tokens > 0
    assert sum(summary.cached_tokens for summary in folder.state.rounds) > 0, "prompts share a prefix, so some are hits"


def test_in_process(tiny_model: Path, tmp_path: Path) -> None:
    engine = ["max_model_len=4096", "enforce_eager=true", "max_num_seqs=16"]
    flags = [flag for argument in engine for flag in ("--engine-arg", argument)]
    flags += ["--llm", "vllm", "--model", str(tiny_model), "--run", str(tmp_path / "run")]
    done = expand(*recipe(tmp_path), *flags)
    assert done.returncode in {0, 5}, done.stderr[-3000:]
    check(read_run(tmp_path / "run"))


def test_served_and_replayed(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve(context=4096)
    run = tmp_path / "run"
    done = expand(*recipe(tmp_path), "--base-url", server.base, "--run", str(run))
    assert done.returncode in {0, 5}, done.stderr[-3000:]
    check(read_run(run))
    again = tmp_path / "again"
    done = expand(*recipe(tmp_path), "--llm", "replay", "--replay", str(run), "--run", str(again))
    assert done.returncode in {0, 5}, done.stderr[-3000:]
    for name in ("samples.jsonl", "rounds/0001.jsonl", "rounds/0002.jsonl"):
        assert (again / name).read_bytes() == (run / name).read_bytes()


def test_the_server_and_then_synth_are_killed_and_the_same_command_goes_on(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve(context=4096)
    run = tmp_path / "run"
    flags = [*recipe(tmp_path), "--base-url", server.base, "--run", str(run)]
    command = [sys.executable, "-m", "synth", "expand", *FLAGS, *flags]
    journal = run / "journal" / "0001.jsonl"

    with subprocess.Popen(command, env=os.environ) as process:
        wait_for(journal, lines=5)
        server.kill()
        time.sleep(1)
        server.start()
        server.wait()
        wait_for(journal, lines=len(journal.read_bytes().splitlines()) + 1)
        process.send_signal(signal.SIGKILL)
    bought = set(RunFolder(run).completions(1))
    assert bought

    done = expand(*flags)
    assert done.returncode in {0, 5}, done.stderr[-3000:]
    folder = read_run(run)
    check(folder)
    lines = [json.loads(line)["request"] for line in journal.read_bytes().splitlines()]
    assert len(lines) == len(set(lines)), "nothing on disk is bought again"
    assert bought <= set(lines)


def wait_for(journal: Path, lines: int) -> None:
    until = time.monotonic() + 300  # the engine computes on the cores that everything else runs on
    while time.monotonic() < until:
        if journal.exists() and len(journal.read_bytes().splitlines()) >= lines:
            return
        time.sleep(0.1)
    raise AssertionError(f"no {lines} completions in {journal} after five minutes")
