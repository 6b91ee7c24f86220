"""Whether synth and distilabel keep a server busy: the same simulated server, in one run.

    python -m venv DIR && DIR/bin/pip install 'distilabel[openai]' requests
    SYNTH_DISTILABEL_PYTHON=DIR/bin/python python benchmarks/peers_saturation.py

Each contestant gets a server of its own: 64 slots, log-normal latency with mean 0.3 s, 1% of the requests eight times
slower. distilabel's EvolInstruct and our client alone make 2,000 independent requests, `synth expand` five rounds of
2,000 pieces of work, in which drafts, judgements and answers depend on one another. Every figure is the server's: the
share of slots busy until 95% of the requests were done, and completions a second, from the first request to the last.
The bounds are a greedy schedule's of the very same service times.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import client
import expand

HERE = Path(__file__).parent
PEER = "SYNTH_DISTILABEL_PYTHON"


@contextlib.contextmanager
def served() -> Iterator[str]:
    command = [sys.executable, "-m", "synth.llm.simserver", "--slots", "64", "--latency", "0.3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().split()[-1]
        finally:
            server.terminate()
            server.communicate()


def evolve(python: str, count: int, batch: int) -> Callable[[str], None]:
    def run(base: str) -> None:
        command = [python, str(HERE / "distilabel_evolve.py"), base, str(count), str(batch)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode or f"{count} evolved" not in done.stdout:
            sys.exit(f"distilabel failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--requests", type=int, default=2000)
    count: int = parser.parse_args().requests
    contestants: dict[str, Callable[[str], Any]] = {
        "synth client": lambda base: asyncio.run(client.measure(base, count, None)),
        "synth expand": lambda base: expand.measure(base, 5, count),
    }
    if python := os.environ.get(PEER):
        contestants["distilabel, batches of 50"] = evolve(python, count, 50)
        contestants["distilabel, one batch"] = evolve(python, count, count)
    else:
        print(f"distilabel is left out: {PEER} names no interpreter that has it (see this file's docstring)")
    print(f"{'':26} completions  busy→95  (greedy)  completions/s  (greedy)")
    for name, work in contestants.items():
        with served() as base, contextlib.redirect_stdout(sys.stderr):
            work(base)
            with urllib.request.urlopen(base.removesuffix("/v1") + "/sim/stats") as answer:
                stats = json.load(answer)
        bound = stats["completed"] / stats["greedy_seconds"]
        busy, most = stats["busy_share_95"], stats["greedy_busy_share_95"]
        print(
            f"{name:26} {stats['completed']:11,} {busy:8.1%} {most:9.1%} "
            f"{stats['completions_per_second']:14.1f} {bound:9.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
