"""Near-duplicates: exactly the pairs that exact Jaccard finds? How fast, in how much memory? Beside datasketch.

    SYNTH_BENCH_DATA=DIR python benchmarks/minhash.py ours        # every row against all before it
    SYNTH_BENCH_DATA=DIR python benchmarks/minhash.py datasketch  # the same with datasketch alone, unverified
    SYNTH_BENCH_DATA=DIR python benchmarks/minhash.py exact       # the true pairs, and which of them are not found
    SYNTH_BENCH_DATA=DIR python benchmarks/minhash.py planted     # recall on planted pairs of Jaccard 0.8 and more

DIR holds JSONL files of {"instruction": …, "input": …} rows; those with "zh" in their name are the Chinese ones.
Times are CPU times of one core; the memory is the peak of the whole process.
"""

from __future__ import annotations

import json
import os
import random
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from synth.novelty.minhash import SHINGLE, MinHashIndex, jaccard
from synth.text import shingles, tokens


def ours() -> None:
    """Read, tokenise, look up and add each row in turn."""
    started = time.process_time()
    index = MinHashIndex()
    duplicates = rows = 0
    for _, text in texts():
        words = tokens(text)
        duplicates += index.nearest_over(words) is not None
        index.add(str(rows), words)
        rows += 1
    report("ours", rows, time.process_time() - started, f"{duplicates} rows duplicate an earlier one")


def datasketch() -> None:
    """128 permutations, the library's own bands for 0.8, the same shingles, its hits as they are."""
    from datasketch import MinHash, MinHashLSH

    started = time.process_time()
    index = MinHashLSH(threshold=0.8, num_perm=128)
    duplicates = rows = 0
    for _, text in texts():
        signature = MinHash(num_perm=128)
        grams = shingles(tokens(text), SHINGLE)
        signature.update_batch([" ".join(word or "" for word in gram).encode() for gram in grams])
        duplicates += bool(index.query(signature))
        index.insert(str(rows), signature)
        rows += 1
    report("datasketch", rows, time.process_time() - started, f"{duplicates} rows, unverified")


def exact() -> None:
    """All pairs, by way of shared shingles (rarest first: a pair of Jaccard 0.8 shares one of its rarest 20%)."""
    rows = [tokens(text) for _, text in texts()]
    grams = [shingles(words, SHINGLE) for words in rows]
    counts = Counter(gram for own in grams for gram in own)
    met: dict[object, list[int]] = defaultdict(list)
    pairs: dict[tuple[int, int], float] = {}
    for number, own in enumerate(grams):
        rarest = sorted(own, key=lambda gram: (counts[gram], str(gram)))
        candidates = set()
        for gram in rarest[: len(own) - int(0.8 * len(own)) + 1]:
            candidates.update(met[gram])
            met[gram].append(number)
        for other in candidates:
            if (near := jaccard(rows[other], rows[number])) >= 0.8:
                pairs[other, number] = near
    index = MinHashIndex()
    missed = wrong = 0
    for number, words in enumerate(rows):
        best = min(((-near, other) for (other, later), near in pairs.items() if later == number), default=None)
        hit = index.nearest_over(words)
        missed += hit is None and best is not None
        wrong += hit is not None and best != (-hit.jaccard, hit.row)
        index.add(str(number), words)
    duplicates = len({later for _, later in pairs})
    print(f"exact: {len(pairs)} pairs, {duplicates} rows duplicate an earlier one; {missed} missed, {wrong} wrong")


def planted() -> None:
    """Edit real texts by one to four tokens; of the pairs that stay at 0.8 or more, how many are found."""
    rng = random.Random(5)
    rows: dict[str, list[list[str]]] = {"en": [], "zh": []}
    for language, text in texts():
        if len(words := tokens(text)) >= 4:
            rows[language].append(words)
    for language, own in rows.items():
        corpus = [word for words in own for word in words]
        pairs = found = 0
        for _ in range(60000):
            words = rng.choice(own)
            near = list(words)
            for _ in range(rng.randint(1, 4)):
                place = rng.randrange(len(near))
                near[place : place + rng.randint(0, 1)] = rng.choices(corpus, k=rng.randint(0, 1))
                near = near or [rng.choice(corpus)]
            if jaccard(words, near) >= 0.8 and words != near:
                index = MinHashIndex()
                index.add("0", words)
                pairs += 1
                found += index.nearest_over(near) is not None
        print(f"planted, {language}: {found} of {pairs} pairs found, recall {found / pairs:.4f}")


def texts() -> Iterator[tuple[str, str]]:
    """(language, instruction and input) of each row of the data folder."""
    folder = os.environ.get("SYNTH_BENCH_DATA")
    if not folder:
        sys.exit("set SYNTH_BENCH_DATA to a folder of JSONL files")
    for path in sorted(Path(folder).glob("*.jsonl")):
        with path.open() as file:
            for line in file:
                row = json.loads(line)
                given = row["input"] if "input" in row else row["instances"][0]["input"]
                yield "zh" if "zh" in path.name else "en", f"{row['instruction']}\n{given}"


def report(name: str, rows: int, seconds: float, found: str) -> None:
    """One line: rows a second, peak memory, what was found."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name}: {rows} rows, {rows / seconds:,.0f} rows/s, {memory:.0f} MB, {found}")


if __name__ == "__main__":
    modes = {"ours": ours, "datasketch": datasketch, "exact": exact, "planted": planted}
    if len(sys.argv) != 2 or sys.argv[1] not in modes:
        sys.exit(__doc__)
    modes[sys.argv[1]]()
