"""How long a nightly run takes to open: from its start to the first work, as the pool grows.

    python benchmarks/nightly.py [--nights 7] [--per-round 200] [--rows 200000]

First ``--nights`` commands of two rounds on one folder, with the embedded model on seeds/. Then a folder of ``--rows``
samples made up from the words of those (in rounds of 2,000 drafts, two of three accepted), opened by a command of
one small round: without index/, then with what that command saved, then once more with a byte of it spoiled. Each
command is a process of its own, so nothing is warm but the disk.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from synth.records import Completion, Draft, Lineage, Outcome, Verdict
from synth.run_folder import RoundRecord, RunFolder

SEEDS = Path(__file__).parent.parent / "seeds"

NIGHT = """
import json, resource, sys, time
began = time.perf_counter()
import synth
from synth.run import RunObserver
class First(RunObserver):
    at = cpu = 0.0
    notices = []
    def completed(self, completion):
        if not self.at:
            self.at, self.cpu = time.perf_counter() - began, time.process_time()
    def committed(self, summary):
        self.last = time.perf_counter() - began
    def noticed(self, text):
        self.notices.append(text)
first = First()
path, seeds, rounds, per_round = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
flags = {"seeds": [seeds], "rounds": rounds, "per_round": per_round, "llm.backend": "rules"}
result = synth.expand(synth.load_recipe(None, flags), path, observer=first)
end = time.perf_counter() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([result.total + result.seeds, first.at, first.cpu, end - first.last, peak, first.notices]))
"""


def night(path: Path, rounds: int, per_round: int, label: str) -> None:
    command = [sys.executable, "-c", NIGHT, str(path), str(SEEDS), str(rounds), str(per_round)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    pool, first, cpu, closing, peak, notices = json.loads(done.stdout)
    print(f"  {label}: pool {pool:,} at its end, first work after {first:.2f} s ({cpu:.2f} s CPU)", end="")
    told = "".join(f"; notice: {notice}" for notice in notices)
    print(f", closing {closing:.2f} s, peak {peak:.0f} MB{told}", flush=True)


def made_up(model: RunFolder, number: int, works: int, rng: random.Random, words: list[str]) -> Iterator[Outcome]:
    """Outcomes of a round, two of three accepted: the samples of ``model`` with other words in their instructions."""
    samples = model.samples()
    for work in range(works):
        sample = rng.choice(samples)
        lineage = Lineage(number, "deepen", (rng.choice(samples).id,), 1, (f"{number}-{work}", f"{number}-{work}a"))
        draft = Draft(
            " ".join(rng.choices(words, k=len(sample.instruction.split()) + 3)),
            sample.input,
            sample.language,
            sample.labels,
            sample.constraints,
            lineage=lineage,
            output=sample.output,
            finish_reason="stop",
        )
        verdicts = tuple(Verdict(gate, True) for gate in ("shape", "copy", "minhash", "rouge", "finish", "constraints"))
        if work % 3 == 0:
            verdicts = (*verdicts[:3], Verdict("rouge", False, "rouge-l", 0.8, 0.7, "made up"))
        yield Outcome(number, work, draft, verdicts, lineage.requests, "deepen", lineage.parents)


def large(path: Path, model: RunFolder, rows: int) -> None:
    """A run folder of ``rows`` made-up samples."""
    rng = random.Random(1)
    words = sorted({word for sample in model.samples() for word in sample.instruction.split() if len(word) <= 12})
    folder = RunFolder(path)
    folder.lock()
    folder.state.firsts.append(1)
    folder.write_seeds(model.seeds())
    number = accepted = 0
    while accepted < rows:
        number += 1
        outcomes = list(made_up(model, number, 2000, rng, words))
        record = RoundRecord(number)
        for item in outcomes:
            record.add(item)
        paid = {
            name: Completion(name, "", "stop", "rules-1", 700, 0, 300) for item in outcomes for name in item.requests
        }
        accepted += folder.commit_round(record, paid).accepted
    folder.state.until = number
    folder.write_state()
    folder.unlock()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--nights", type=int, default=7)
    parser.add_argument("--per-round", type=int, default=200)
    parser.add_argument("--rows", type=int, default=200_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        small, big = Path(folder) / "small", Path(folder) / "big"
        print(f"{options.nights} nights of two rounds of {options.per_round}")
        for number in range(1, options.nights + 1):
            night(small, 2, options.per_round, f"night {number}")
        large(big, RunFolder(small), options.rows)
        print(f"{options.rows:,} made-up rows")
        night(big, 1, 20, "without index/")
        night(big, 1, 20, "with index/   ")
        for column in (big / "index").rglob("tokens.npy"):
            with column.open("r+b") as file:
                file.seek(-1, 2)
                file.write(b"\xff")
        night(big, 1, 20, "spoiled       ")


if __name__ == "__main__":
    main()
