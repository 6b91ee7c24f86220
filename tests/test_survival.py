"""Whatever dies, and whenever, the bytes are the same: benchmarks/kills.py and benchmarks/faults.py in small."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from toys import ToyLLM, toy_run

import synth
from synth.errors import Stopped
from synth.llm.simserver import Faults, SimServer
from synth.rounds import Budget
from synth.run_folder import RunFolder, load_journal

SEEDS = Path(__file__).parent.parent / "seeds"
ROUNDS, PER_ROUND = 3, 30


def results(path: Path) -> dict[str, bytes]:
    files = [path / "samples.jsonl", *sorted((path / "rounds").glob("*.jsonl"))]
    return {file.name: file.read_bytes() for file in files}


def recipe(**flags: Any) -> synth.Recipe:
    return synth.load_recipe(None, {"seeds": [SEEDS], "rounds": ROUNDS, "per_round": PER_ROUND, **flags})


@contextlib.asynccontextmanager
async def serving(server: SimServer) -> AsyncIterator[str]:
    base = await server.start()
    try:
        yield base
    finally:
        await server.stop()


async def expanded(path: Path, base: str, **flags: Any) -> synth.Result:
    return await asyncio.to_thread(synth.expand, recipe(**{"llm.base_urls": (base,)} | flags), path, environment={})


async def test_killed_anywhere_and_in_each_commit_the_same_command_ends_in_the_same_bytes(tmp_path: Path) -> None:
    rng = random.Random(1)
    calm, killed = tmp_path / "calm", tmp_path / "killed"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
    async with serving(SimServer(slots=16, latency=0.01)) as base:
        await expanded(calm, base)
        command = [sys.executable, "-m", "synth", "expand", "--seeds", str(SEEDS), "--quiet", "--llm", "openai"]
        command += ["--base-url", base, "--run", str(killed), "--rounds", str(ROUNDS), "--per-round", str(PER_ROUND)]
        for number in range(1, ROUNDS + 1):
            process = await asyncio.create_subprocess_exec(*command, env=environment)
            until = time.monotonic() + 30
            while not list((killed / "rounds").glob(f"{number:04}.jsonl*")):  # .part as well: in the middle of a commit
                assert time.monotonic() < until
                await asyncio.sleep(0.001)
            await asyncio.sleep(rng.uniform(0, 0.003))
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            assert await process.wait() in (-9, 0)
        if RunFolder(killed).state.under_way:  # not so where the last kill came too late
            await expanded(killed, base)
    assert results(killed) == results(calm)
    bought = [line for file in (killed / "journal").glob("*") for line in file.read_bytes().splitlines()]
    assert len(bought) == sum(len(load_journal(file)) for file in (killed / "journal").glob("*")), "bought twice"


async def test_after_a_deadline_nothing_more_is_sent_and_what_was_sent_is_kept(tmp_path: Path) -> None:
    server = SimServer(slots=16, latency=0.3)
    async with serving(server) as base:
        with pytest.raises(Stopped, match="deadline"):
            await expanded(tmp_path, base, per_round=600, **{"budget.deadline": "+2s"})
        stats = server.stats()
    journaled = [name for file in (tmp_path / "journal").glob("*") for name in load_journal(file)]
    assert stats["waiting"] == stats["running"] == 0
    assert len(journaled) == stats["completed"] - 1, "all but the probe"
    assert stats["completed"] < 300, "about 100 in 2 s, and some that were on their way; 600 drafts were waiting"


async def test_a_server_that_fails_in_every_way_and_restarts_changes_no_byte(tmp_path: Path) -> None:
    calm, rough = tmp_path / "calm", tmp_path / "rough"
    async with serving(SimServer(slots=16, latency=0.01)) as base:
        await expanded(calm, base)
    faults = Faults(fail=0.10, reset=0.05, broken=0.05, hang=0.02, empty=0.02, refuse=0.02)
    server = SimServer(slots=16, latency=0.01, faults=faults)
    async with serving(server) as base:
        running = asyncio.create_task(expanded(rough, base, **{"llm.timeout": 0.5}))
        while server.stats()["completed"] < 60:
            await asyncio.sleep(0.01)
        await server.stop()
        await asyncio.sleep(0.2)
        await server.start(port=int(base.split(":")[2].split("/")[0]))
        await running
    assert set(server.stats()["faults"]) >= {"fail", "reset", "broken", "hang"}
    assert results(rough) == results(calm)


def test_killed_after_its_last_round_a_command_is_finished_and_not_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    rules = recipe(rounds=1, **{"llm.backend": "rules"})
    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "write_manifest", die)
        with pytest.raises(Killed):
            synth.expand(rules, tmp_path)
    assert RunFolder(tmp_path).state.completed == 1
    before = results(tmp_path)
    assert synth.expand(rules, tmp_path).accepted == before["samples.jsonl"].count(b"\n")
    assert results(tmp_path) == before
    assert (tmp_path / "manifest.json").exists()
    synth.expand(rules, tmp_path)
    assert RunFolder(tmp_path).state.completed == 2, "once finished, the same command adds to it"


@pytest.mark.parametrize("budget", [Budget(samples=33), Budget(drafts=50), Budget(min_yield=0.9)])
async def test_killed_in_the_commit_at_which_a_budget_ends_the_command_it_still_ends_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, budget: Budget
) -> None:
    with contextlib.suppress(Stopped):
        await toy_run(tmp_path / "calm", ToyLLM(), until=9, budget=budget)
    last = RunFolder(tmp_path / "calm").state.completed

    class Killed(BaseException):
        pass

    real = RunFolder.write_state

    def die(folder: RunFolder) -> None:
        if folder.state.completed == last:  # the round is in its place, the state is not
            raise Killed
        real(folder)

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "write_state", die)
        with pytest.raises(Killed):
            await toy_run(tmp_path / "killed", ToyLLM(), until=9, budget=budget)
    folder = RunFolder(tmp_path / "killed")
    folder.lock()
    folder.unlock()
    assert folder.state.completed == folder.state.until == last
    assert results(tmp_path / "killed") == results(tmp_path / "calm")
