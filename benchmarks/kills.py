"""What ``kill -9`` can do to a run: nothing. A hundred kills of ``synth expand`` on one folder, then byte for byte.

    python benchmarks/kills.py --kills 120

One command (some rounds against a simulated server) is run over and over; each process is killed at a random instant:
half of them anywhere, half just after a commit began to write, which shows in the folder. When a process lives to the
end its command is done, and the same command then adds rounds. In every tenth life the server, too, goes away and comes
back. The kills over, the last command is left to finish, and an undisturbed folder gets as many commands.

The server notes the sampling seed of each request, which names it. A request whose completion was in a journal before a
process started, and that this process sent again, is bought twice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from synth.llm.probe import PROBE
from synth.llm.simserver import SimServer
from synth.run_folder import RunFolder

if TYPE_CHECKING:
    from aiohttp import web

SEEDS = Path(__file__).parent.parent / "seeds"


class Ledger(SimServer):
    """The simulated server, which also notes who asked for what."""

    def __init__(self) -> None:
        super().__init__(slots=16, latency=0.02)
        self.asked: list[int] = []

    async def _complete(self, request: web.BaseRequest) -> web.StreamResponse:
        seed = json.loads(await request.read())["seed"]
        if seed != PROBE.seed:
            self.asked.append(seed)
        return await super()._complete(request)


def results(path: Path) -> dict[str, bytes]:
    files = [path / "samples.jsonl", *sorted((path / "rounds").glob("*.jsonl"))]
    return {file.name: file.read_bytes() for file in files}


def journaled(path: Path) -> list[str]:
    """The request ids of all whole lines in the journals, twice where a line is there twice."""
    lines = [line for file in (path / "journal").glob("*") for line in file.read_bytes().splitlines(keepends=True)]
    return [json.loads(line)["request"] for line in lines if line.endswith(b"\n")]


def seed_of(request_id: str) -> int:
    return int(request_id[:8], 16) >> 1  # as Request.seed has it


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def wreck(path: Path) -> str:
    """What a killed process left behind, in words; the first that fits."""
    state = RunFolder(path).state
    if len(list((path / "rounds").glob("*.jsonl"))) > state.completed:
        return "commit: round renamed, state older"
    if list((path / "rounds").glob("*.part")) and size(path / "samples.jsonl") > state.samples_bytes:
        return "commit: round half written aside"
    if size(path / "samples.jsonl") != state.samples_bytes:
        return "commit: samples longer than the state says"
    if parts := sorted(path.rglob("*.part")):
        return f"{parts[0].name.lstrip('0123456789.')} lies there"
    if state.completed and state.completed == state.until:
        return "after the last round" if state.under_way else "after the command's end"
    if any(not file.read_bytes().endswith(b"\n") for file in (path / "journal").glob("*") if size(file)):
        return "a torn journal line"
    return "elsewhere"


class Lives:
    """The same command on one folder, life after life."""

    def __init__(self, server: Ledger, base: str, path: Path, rng: random.Random, rounds: int, per_round: int) -> None:
        self._server = server
        self._port = int(base.split(":")[2].split("/")[0])
        self._path = path
        self._rng = rng
        self._command = [sys.executable, "-m", "synth", "expand", "--seeds", str(SEEDS), "--llm", "openai"]
        self._command += ["--base-url", base, "--rounds", str(rounds), "--per-round", str(per_round)]
        self._command += ["--run", str(path), "--quiet"]
        self.restarts = 0
        self.bought_again: list[int] = []

    async def life(self, death: str | None, *, restart: bool = False) -> bool:
        """One process: ``death`` says when it is killed: ``anywhere``, in a ``commit``, never. True if it finished."""
        on_disk = {seed_of(name) for name in journaled(self._path)}
        self._server.asked.clear()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENAI_")}
        process = await asyncio.create_subprocess_exec(*self._command, env=environment)
        waiting = asyncio.create_task(process.wait())
        if restart:
            while not self._server.asked and not waiting.done():  # without a server, a run does not begin
                await asyncio.sleep(0.01)
            await asyncio.wait({waiting}, timeout=self._rng.uniform(0.0, 1.0))
            await self._server.stop()
            await asyncio.sleep(self._rng.uniform(0.1, 0.5))
            await self._server.start(port=self._port)
            self.restarts += 1
        if death == "anywhere":
            await asyncio.wait({waiting}, timeout=self._rng.uniform(0.3, 3.0))
        elif death == "commit":
            await self._commit_begins(waiting)
            await asyncio.sleep(self._rng.uniform(0.0, 0.01))
        if death is not None and not waiting.done():
            process.kill()
        code = await waiting
        if code not in (0, -9):
            raise SystemExit(f"the command failed with exit {code}")
        self.bought_again += [seed for seed in self._server.asked if seed in on_disk]
        return code == 0

    async def _commit_begins(self, process: asyncio.Task[int]) -> None:
        """Until samples.jsonl grows or a round's file is being written; which of the two, chance decides."""
        before = size(self._path / "samples.jsonl")
        aside = self._rng.random() < 0.5
        parts = {file: file.stat().st_mtime_ns for file in (self._path / "rounds").glob("*.part")}
        while not process.done():
            if aside:
                new = {file: file.stat().st_mtime_ns for file in (self._path / "rounds").glob("*.part")}
                if new != parts:
                    return
            elif size(self._path / "samples.jsonl") > before:
                return
            await asyncio.sleep(0.0003)


async def measure(kills: int, rounds: int, per_round: int, seed: int) -> bool:
    rng = random.Random(seed)
    server = Ledger()
    base = await server.start()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "killed"
        lives = Lives(server, base, path, rng, rounds, per_round)
        wrecks: Counter[str] = Counter()
        while wrecks.total() < kills:
            death = "commit" if rng.random() < 0.5 else "anywhere"
            if not await lives.life(death, restart=rng.random() < 0.1):
                wrecks[wreck(path) if (path / "state.json").exists() else "before there was a state"] += 1
        if RunFolder(path).state.under_way:
            await lives.life(None)
        commands = len(RunFolder(path).state.firsts)  # one that was killed on its way out had ended all the same
        calm = Path(folder) / "calm"
        undisturbed = Lives(server, base, calm, rng, rounds, per_round)
        for _ in range(commands):
            await undisturbed.life(None)
        same = results(path) == results(calm)
        names = journaled(path)
        done = RunFolder(path).state
        print(f"{wrecks.total()} kills, {lives.restarts} restarts of the server, {time.monotonic() - began:.0f} s")
        for name, count in wrecks.most_common():
            print(f"  {count:4} {name}")
        print(f"{commands} commands, {done.completed} rounds, {sum(item.accepted for item in done.rounds)} samples")
        print(
            f"journal lines {len(names)}, of different requests {len(set(names))}, undisturbed {len(journaled(calm))}"
        )
        print(f"requests sent again whose completion was on disk: {len(lives.bought_again)}")
        print(f"files left behind: {[file.name for file in path.rglob('*.part')]}")
        print(f"same bytes as undisturbed: {same}")
    await server.stop()
    return same and not lives.bought_again and len(names) == len(set(names))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--per-round", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    sys.exit(not asyncio.run(measure(options.kills, options.rounds, options.per_round, options.seed)))


if __name__ == "__main__":
    main()
