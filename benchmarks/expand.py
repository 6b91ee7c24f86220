"""Whether ``synth expand`` keeps a server busy: drafts, judge and answers chained, all gates on, default settings.

    python benchmarks/expand.py --rounds 5 --per-round 2000

The server is synth.llm.simserver in a process of its own: 64 slots, FIFO, log-normal latency with mean 0.3 s, 1% of the
requests eight times slower. The bound is a greedy list schedule of the very same service times; its share is of the
time from the first service to the end of the last, and again of all time, with the run's opening and closing.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import synth
from synth.run import RunObserver
from synth.run_folder import RoundSummary, RunFolder

SEEDS = Path(__file__).parent.parent / "seeds"


class Watch(RunObserver):
    """Starts the server's and our own clock when the first round begins, and prints each round's end."""

    def __init__(self, root: str) -> None:
        self._root = root
        self.cpu = self.began = 0.0

    def started(self, folder: RunFolder, backend: str, model: str, resumed: bool) -> None:
        urllib.request.urlopen(urllib.request.Request(self._root + "/sim/reset", method="POST")).close()
        self.cpu, self.began = time.process_time(), time.perf_counter()

    def committed(self, summary: RoundSummary) -> None:
        seconds = time.perf_counter() - self.began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"round {summary.round}: {seconds:.0f} s, {summary.accepted} accepted, peak {peak:.0f} MB", flush=True)


def measure(base: str, rounds: int, per_round: int) -> dict[str, Any]:
    root = base.removesuffix("/v1")
    watch = Watch(root)
    flags = {"seeds": [SEEDS], "rounds": rounds, "per_round": per_round, "llm.base_urls": (base,)}
    with tempfile.TemporaryDirectory() as folder:
        result = synth.expand(synth.load_recipe(None, flags), folder, observer=watch)
    cpu, seconds = time.process_time() - watch.cpu, time.perf_counter() - watch.began
    with urllib.request.urlopen(root + "/sim/stats") as answer:
        stats = json.load(answer)
    return {
        "completions": stats["completed"],
        "accepted": result.accepted,
        "seconds": seconds,
        "completions_per_second": stats["completed"] / seconds,
        "share_of_greedy": stats["greedy_seconds"] / stats["seconds"],
        "share_with_opening": stats["greedy_seconds"] / seconds,
        "busy_share_95": stats["busy_share_95"],
        "greedy_busy_share_95": stats["greedy_busy_share_95"],
        "cpu_ms_a_completion": 1000 * cpu / stats["completed"],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--per-round", type=int, default=2000)
    options = parser.parse_args()
    command = [sys.executable, "-m", "synth.llm.simserver", "--port", "0", "--slots", "64", "--latency", "0.3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            base = next(word for word in server.stdout.readline().split() if word.startswith("http"))
            for name, value in measure(base, options.rounds, options.per_round).items():
                print(f"{name:24} {value:,.4g}" if isinstance(value, float) else f"{name:24} {value:,}")
        finally:
            server.terminate()
            server.communicate()


if __name__ == "__main__":
    main()
