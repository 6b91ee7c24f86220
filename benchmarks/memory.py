"""What memory a long run takes: the client and the engine over many drafts, the pool's own growth stated apart.

    python benchmarks/memory.py --minutes 5 [--gates real]

The server is synth.llm.simserver at zero latency in a process of its own. With ``--gates none`` (the default) a share
of the drafts (``--keep``), drawn by their hash, enters the pool, and only these are answered: many drafts in little
time, and what grows besides the pool shows. The pool's own size is what its samples take, at the end, in the pool and
the planner of a process that does nothing else.
"""

from __future__ import annotations

import argparse
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import synth
from synth import run
from synth.errors import Stopped
from synth.gates.table import build_gates
from synth.protocols import Gate, View
from synth.records import Draft, Outcome, Sample, Verdict
from synth.run_folder import RoundSummary

SEEDS = Path(__file__).parent.parent / "seeds"

POOL = """
import sys
from pathlib import Path
from synth.pool import Pool
from synth.plan import Planner
from synth.run_folder import RunFolder
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20
before = resident()
pool, planner = Pool([]), Planner({}, 0, 5)
for sample in RunFolder(Path(sys.argv[1])).pool():
    pool.admit(sample)
    planner.admit(sample)
print(f"the pool itself: {len(pool):,} samples with seeds, {resident() - before:.0f} MB in a fresh process", end="")
"""


class Lottery:
    """Passes a share of the drafts, by their hash."""

    name = "lottery"
    screens = True
    reads_answer = False
    reads_pool = False

    def __init__(self, keep: float) -> None:
        self._keep = keep

    def judge(self, draft: Draft, view: View) -> Verdict:
        score = int(draft.id[:6], 16) / 16**6
        return Verdict(self.name, score < self._keep, "drawn", score, self._keep, "drawn by its hash")

    def remember(self, sample: Sample) -> None: ...


class Meter(run.RunObserver):
    """Prints memory every five rounds: with 2,000 pieces of work a round, some 14,000 drafts."""

    def __init__(self) -> None:
        self.drafts = self.accepted = 0
        self.began = time.perf_counter()

    def decided(self, outcome: Outcome) -> None:
        self.drafts += 1
        self.accepted += outcome.accepted

    def committed(self, summary: RoundSummary) -> None:
        if summary.round % 5 == 0:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{self.drafts:8,} drafts {self.accepted:8,} accepted {time.perf_counter() - self.began:5.0f} s "
                f"now {resident():5.0f} MB, peak {peak:5.0f} MB, {threads():3} threads, {files():3} files open",
                flush=True,
            )


def resident() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


def files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--per-round", type=int, default=2000)
    parser.add_argument("--gates", choices=["none", "real"], default="none")
    parser.add_argument("--keep", type=float, default=0.05)
    options = parser.parse_args()

    def gates(**recipe: object) -> Sequence[Gate]:
        return build_gates(**recipe) if options.gates == "real" else [Lottery(options.keep)]  # type: ignore[arg-type]  # passed on as it came

    command = [sys.executable, "-m", "synth.llm.simserver", "--latency", "0", "--slots", "1024"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,
        tempfile.TemporaryDirectory() as folder,
        patch.object(run, "build_gates", gates),
    ):
        try:
            assert server.stdout is not None
            base = re.findall(r"http\S+", server.stdout.readline())[0]
            flags = {"seeds": [SEEDS], "rounds": 1000, "per_round": options.per_round, "llm.base_urls": (base,)}
            deadline = f"+{options.minutes}m"
            recipe = synth.load_recipe(None, {**flags, "judge": False, "budget.deadline": deadline})
            try:
                synth.expand(recipe, folder, observer=Meter())
            except Stopped as stopped:
                print(stopped)
        finally:
            server.terminate()
            server.communicate()
        print(
            subprocess.run([sys.executable, "-c", POOL, folder], stdout=subprocess.PIPE, text=True, check=True).stdout
        )


if __name__ == "__main__":
    main()
