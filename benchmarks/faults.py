"""A run against a server that fails in every way, beside one against a server that does not: the same pool?

    python benchmarks/faults.py --rounds 5 --per-round 400
    python benchmarks/faults.py --rounds 5 --per-round 400 --latency 0.1 --timeout 2    a limit below the slowest answer

Faults: 10% 5xx, 5% connections reset, 5% half bodies, 2% hangs, and the server's process is killed (SIGKILL) twice and
started again. Both runs have the same mean latency and timeout, 64 slots; the ratio is of wall time.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import synth
from synth.run import RunObserver
from synth.run_folder import RoundSummary, RunFolder, load_journal

SEEDS = Path(__file__).parent.parent / "seeds"
FAULTS = ["--fail", "0.10", "--reset", "0.05", "--broken", "0.05", "--hang", "0.02"]
DOWN = 3.0


class Server:
    """The simulated server in a process of its own, which can be killed and started again at the same address."""

    def __init__(self, flags: list[str]) -> None:
        self._flags = flags
        self._port = 0
        self.base = self._start()

    def restart(self) -> None:
        self.kill()
        time.sleep(DOWN)
        self._start()

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _start(self) -> str:
        command = [sys.executable, "-m", "synth.llm.simserver", "--port", str(self._port)]
        self._process = subprocess.Popen([*command, *self._flags], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        base = self._process.stdout.readline().split()[-1]
        self._port = int(re.findall(r":(\d+)/", base)[0])
        return base


class Saboteur(RunObserver):
    """Restarts the server when the rounds in ``after`` are complete, while the next one is well under way."""

    def __init__(self, server: Server, after: set[int]) -> None:
        self._server = server
        self._after = after
        self.restarts: list[threading.Thread] = []

    def committed(self, summary: RoundSummary) -> None:
        if summary.round in self._after:
            self.restarts.append(threading.Thread(target=self._server.restart))
            self.restarts[-1].start()


def run(
    path: Path, rounds: int, per_round: int, timeout: float, flags: list[str], restarts: set[int]
) -> tuple[float, int]:
    """Seconds, and how often the server was restarted."""
    server = Server(flags)
    observer = Saboteur(server, restarts)
    recipe = {"seeds": [SEEDS], "rounds": rounds, "per_round": per_round, "llm.timeout": timeout}
    try:
        began = time.perf_counter()
        synth.expand(synth.load_recipe(None, {**recipe, "llm.base_urls": (server.base,)}), path, observer=observer)
        seconds = time.perf_counter() - began
        for thread in observer.restarts:
            thread.join()
    finally:
        server.kill()
    return seconds, len(observer.restarts)


def results(path: Path) -> dict[str, bytes]:
    files = [path / "samples.jsonl", *sorted((path / "rounds").glob("*.jsonl"))]
    return {file.name: file.read_bytes() for file in files}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--per-round", type=int, default=400)
    parser.add_argument("--latency", type=float, default=0.05, help="mean seconds of a request")
    parser.add_argument("--timeout", type=float, default=4.0, help="seconds, the recipe's llm.timeout")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        calm, rough = Path(folder) / "calm", Path(folder) / "rough"
        size = options.rounds, options.per_round, options.timeout
        flags = ["--latency", str(options.latency)]
        calm_seconds, _ = run(calm, *size, flags, set())
        rough_seconds, restarts = run(rough, *size, [*flags, *FAULTS], {1, options.rounds // 2 + 1})
        same = results(calm) == results(rough)
        state = RunFolder(rough).state
        known = [item for file in (rough / "journal").glob("*") for item in load_journal(file).values()]
        given_up = sum(item.finish_reason == "error" for item in known)
        print(f"{state.completed} rounds, {sum(item.accepted for item in state.rounds)} samples, {len(known)} bought")
        print(f"fault-free {calm_seconds:.1f} s, with faults and {restarts} restarts {rough_seconds:.1f} s")
        print(f"ratio {rough_seconds / calm_seconds:.2f}, requests given up {given_up}, same bytes {same}")
    sys.exit(not same)


if __name__ == "__main__":
    main()
