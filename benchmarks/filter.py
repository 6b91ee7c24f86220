"""``synth filter`` with all gates, beside Self-Instruct's loop and a datasketch-only script, on one core.

    SYNTH_BENCH_DATA=DIR python benchmarks/filter.py

DIR holds ``*.jsonl`` in any seed format. Self-Instruct compares each instruction with all kept ones by rouge_score;
that takes hours, so the time of a sample of candidates against pools of several sizes is scaled up to the whole.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def synth_filter(files: list[Path]) -> dict[str, Any]:
    from synth.filter import filter_rows

    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        done = filter_rows(files, Path(folder) / "kept.jsonl", Path(folder) / "rejected.jsonl")
        seconds = time.perf_counter() - begun
    return {"rows": done.rows, "kept": done.kept, "seconds": seconds, "rejected": dict(done.rejected)}


def datasketch_only(files: list[Path]) -> dict[str, Any]:
    from datasketch import MinHash, MinHashLSH

    rows = [json.loads(line) for file in files for line in file.open(encoding="utf-8")]
    begun = time.perf_counter()
    index = MinHashLSH(threshold=0.8, num_perm=128)
    kept = 0
    for number, row in enumerate(rows):
        words = f"{row.get('instruction', '')} {row.get('input', '')}".lower().split()
        signature = MinHash(num_perm=128)
        signature.update_batch([" ".join(words[at : at + 5]).encode() for at in range(max(1, len(words) - 4))])
        if not index.query(signature):
            index.insert(str(number), signature)
            kept += 1
    return {"rows": len(rows), "kept": kept, "seconds": time.perf_counter() - begun}


def self_instruct_loop(files: list[Path]) -> dict[str, Any]:
    from rouge_score import rouge_scorer

    rows = [json.loads(line)["instruction"] for file in files for line in file.open(encoding="utf-8")]
    scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)
    rng = random.Random(0)
    pairs, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < 20:
        candidate = rng.choice(rows)
        for other in rng.sample(rows, 200):
            scorer.score(candidate, other)
            pairs += 1
    per_pair = (time.perf_counter() - begun) / pairs
    # Greedy, in order: the candidate number n is compared with what is kept of the n - 1 before it (here: all of them).
    return {"rows": len(rows), "seconds": per_pair * len(rows) * (len(rows) - 1) / 2, "extrapolated from pairs": pairs}


JOBS = {"synth filter": synth_filter, "datasketch only": datasketch_only, "Self-Instruct's loop": self_instruct_loop}


def main() -> None:
    data = os.environ.get("SYNTH_BENCH_DATA")
    if not data:
        sys.exit("set SYNTH_BENCH_DATA to a folder of .jsonl files")
    files = sorted(Path(data).glob("*.jsonl"))
    if len(sys.argv) > 1:  # one job, in a process of its own, on one core
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # the first one serves the system too
        found = JOBS[sys.argv[1]](files)
        found["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(found))
        return
    results = {}
    for name in JOBS:
        output = subprocess.run([sys.executable, __file__, name], capture_output=True, text=True, check=True).stdout
        results[name] = json.loads(output.splitlines()[-1])
    ours = results["synth filter"]["seconds"]
    for name, found in results.items():
        rate = found["rows"] / found["seconds"]
        ratio = found["seconds"] / ours
        print(
            f"{name:22} {found['rows']} rows  {rate:9,.1f} rows/s  {ratio:9,.2f} x our time  {found['peak MB']:.0f} MB"
        )
    print(results["synth filter"])


if __name__ == "__main__":
    main()
