"""Night after night on one folder: the pool grows, the manifest pins it, and what was there never changes."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import synth
from synth.run_folder import RunFolder

SEEDS = Path(__file__).parent.parent / "seeds"
FLAGS = ["--seeds", str(SEEDS), "--llm", "rules", "--quiet"]


def command(run: Path, *flags: str) -> list[str]:
    return [sys.executable, "-m", "synth", "expand", *FLAGS, "--run", str(run), *flags]


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}


def test_seven_nights_in_a_row(tmp_path: Path) -> None:
    recipe = synth.load_recipe(
        None, {"seeds": [SEEDS], "rounds": 1, "per_round": 40, "llm.backend": "rules", "gates.skip": ()}
    )
    before = b""
    for night in range(1, 8):
        synth.expand(recipe, tmp_path)
        data = (tmp_path / "samples.jsonl").read_bytes()
        manifest = json.loads((tmp_path / "manifest.json").read_text())
        assert data.startswith(before)
        assert manifest["rounds"] == night
        assert manifest["bytes"] == len(data)
        assert manifest["samples"] == len(data.splitlines())
        assert manifest["sha256"] == hashlib.sha256(data).hexdigest()
        before = data
    first = json.loads((tmp_path / "manifests" / "0001.json").read_text())
    pinned = hashlib.sha256(before[: first["bytes"]]).hexdigest()
    assert pinned == first["sha256"], "a manifest of the first night still names its data"


def test_a_second_run_on_a_folder_leaves_at_once_with_exit_4(tmp_path: Path) -> None:
    with subprocess.Popen(command(tmp_path, "--rounds", "50"), env=environment()) as first:
        while not (tmp_path / "state.json").exists():
            time.sleep(0.05)
        begun = time.monotonic()
        second = subprocess.run(command(tmp_path), env=environment(), capture_output=True, text=True, check=False)
        assert second.returncode == 4
        assert f"another run is at work here (process {first.pid})" in second.stderr
        assert time.monotonic() - begun < 20
        first.kill()


def test_a_deadline_and_a_sigterm_stop_clean_with_exit_3_and_tell_the_hook(tmp_path: Path) -> None:
    hook = f'echo "$SYNTH_RUN ended with $SYNTH_EXIT" >> {tmp_path}/hook'
    run = tmp_path / "run"
    done = subprocess.run(
        command(run, "--rounds", "500", "--deadline", "+3s", "--on-finish", hook),
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "the deadline +3s has come; run again to go on" in done.stderr
    with subprocess.Popen(command(run, "--on-finish", hook), env=environment(), stderr=subprocess.PIPE) as process:
        time.sleep(3)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=40) == 3
    assert (tmp_path / "hook").read_text() == f"{run} ended with 3\n" * 2
    events = [json.loads(line)["event"] for line in (run / "log.jsonl").read_text().splitlines()]
    assert events.count("stopped") == 2
    assert RunFolder(run).state.until == 500, "the command under way is still the first one"
