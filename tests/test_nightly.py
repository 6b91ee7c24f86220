"""Night after night on one folder: the pool grows, the manifest pins it, and what was there never changes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

import synth
from synth.gates.copy import CopyGate
from synth.gates.minhash import MinHashGate
from synth.gates.rouge import RougeGate
from synth.gates.table import build_gates
from synth.pool import Pool
from synth.records import Sample
from synth.rounds import Engine
from synth.run import RunObserver
from synth.run_folder import RunFolder, Yield

SEEDS = Path(__file__).parent.parent / "seeds"
FLAGS = ["--seeds", str(SEEDS), "--llm", "rules", "--quiet"]


def command(run: Path, *flags: str) -> list[str]:
    return [sys.executable, "-m", "synth", "expand", *FLAGS, "--run", str(run), *flags]


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}


def results(path: Path) -> dict[str, bytes]:
    files = [path / "samples.jsonl", *sorted((path / "rounds").glob("*.jsonl"))]
    return {file.name: file.read_bytes() for file in files}


class Notices(RunObserver):
    def __init__(self) -> None:
        self.texts: list[str] = []

    def noticed(self, text: str) -> None:
        self.texts.append(text)


def rules(rounds: int) -> synth.Recipe:
    flags = {"seeds": [SEEDS], "rounds": rounds, "per_round": 40, "llm.backend": "rules", "gates.skip": ()}
    return synth.load_recipe(None, flags)


def test_seven_nights_in_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = b""
    remembered: Counter[str] = Counter()
    for gate in (CopyGate, MinHashGate, RougeGate):
        real = gate.remember

        def remember(self: Any, sample: Sample, real: Callable[..., None] = real) -> None:
            remembered[self.name] += 1
            real(self, sample)

        monkeypatch.setattr(gate, "remember", remember)
    for night in range(1, 8):
        observer = Notices()
        remembered.clear()
        new = synth.expand(rules(1), tmp_path, observer=observer).accepted
        data = (tmp_path / "samples.jsonl").read_bytes()
        manifest = json.loads((tmp_path / "manifest.json").read_text())
        assert data.startswith(before)
        assert manifest["rounds"] == night
        assert manifest["bytes"] == len(data)
        assert manifest["samples"] == len(data.splitlines())
        assert manifest["sha256"] == hashlib.sha256(data).hexdigest()
        before = data
        assert observer.texts == []
        seeds = len(RunFolder(tmp_path).seeds()) if night == 1 else 0
        assert remembered == dict.fromkeys(("copy", "minhash", "rouge"), seeds + new), "old rows are in index/"
        pool = RunFolder(tmp_path).pool()
        assert Pool(build_gates(), ()).recall(pool, tmp_path / "index") == []
    first = json.loads((tmp_path / "manifests" / "0001.json").read_text())
    pinned = hashlib.sha256(before[: first["bytes"]]).hexdigest()
    assert pinned == first["sha256"], "a manifest of the first night still names its data"


def test_nights_without_index_and_with_a_spoiled_one_end_in_the_same_bytes(tmp_path: Path) -> None:
    for night in range(3):
        for name in ("kept", "deleted", "spoiled"):
            index = tmp_path / name / "index"
            observer = Notices()
            if name == "deleted":
                shutil.rmtree(index, ignore_errors=True)
            if name == "spoiled" and night:
                for file in [*index.rglob("*.npy"), *index.rglob("*.txt"), *index.rglob("0001.json")]:
                    file.write_bytes(file.read_bytes()[:-1])
            synth.expand(rules(2), tmp_path / name, observer=observer)
            assert any("built again" in text for text in observer.texts) == (name == "spoiled" and night > 0)
    assert results(tmp_path / "deleted") == results(tmp_path / "spoiled") == results(tmp_path / "kept")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("which", [1, 2, 3])
def test_killed_while_it_saves_the_index_of_a_round_the_same_command_ends_in_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, undisturbed: Path, which: int, share: float
) -> None:
    class Killed(BaseException):
        pass

    saves = steps = 0
    real_save, real_fsync = Engine._save_index, os.fsync

    def save(self: Engine, number: int, yields: Sequence[Yield]) -> str:
        nonlocal saves, steps
        saves, steps = saves + 1, 0
        return real_save(self, number, yields)

    def fsync(number: int) -> None:
        nonlocal steps
        if saves == which:
            if steps >= share * 20:
                raise Killed
            steps += 1
        real_fsync(number)

    with monkeypatch.context() as patch:
        patch.setattr(Engine, "_save_index", save)
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(Killed):
            synth.expand(rules(3), tmp_path)
    assert RunFolder(tmp_path).state.completed == which
    synth.expand(rules(3), tmp_path)
    assert results(tmp_path) == results(undisturbed)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("undisturbed")
    synth.expand(rules(3), path)
    return path


def test_where_index_cannot_be_written_the_run_says_so_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, undisturbed: Path
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Pool, "save", full)
    observer = Notices()
    synth.expand(rules(3), tmp_path, observer=observer)
    assert "index/ is not up to date, so the next run opens more slowly" in observer.texts[0]
    assert results(tmp_path) == results(undisturbed)


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
    planned = (run / "log.jsonl").read_text().count('"event":"plan"')
    with subprocess.Popen(command(run, "--on-finish", hook), env=environment(), stderr=subprocess.PIPE) as process:
        while (run / "log.jsonl").read_text().count('"event":"plan"') == planned:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=40) == 3
    assert (tmp_path / "hook").read_text() == f"{run} ended with 3\n" * 2
    events = [json.loads(line)["event"] for line in (run / "log.jsonl").read_text().splitlines()]
    assert events.count("stopped") == 2
    assert RunFolder(run).state.until == 500, "the command under way is still the first one"
