"""Near-duplicates: exactly the pairs of exact Jaccard? How fast, in how much memory? Beside datasketch and rensa.

    SYNTH_BENCH_DATA=DIR python benchmarks/minhash.py ours        # every row against all before it
    SYNTH_BENCH_DATA=DIR python benchmarks/minhash.py compare     # ours and all of these, each in its own process:
    …                                                 shingling   # what the four below share: read, tokenise, shingle
    …                                                 datasketch  # datasketch alone, row by row, unverified
    …                                                 generator   # its bulk generator
    …                                                 rensa       # rensa row by row (pip install rensa)
    …                                                 matrix      # its bulk digest matrix
    SYNTH_BENCH_DATA=DIR python benchmarks/minhash.py exact       # the true pairs, and which of them are not found
    SYNTH_BENCH_DATA=DIR python benchmarks/minhash.py planted     # recall on planted pairs of Jaccard 0.8 and more

DIR holds JSONL files of {"instruction": …, "input": …} rows; those with "zh" in their name are the Chinese ones.
Times are CPU times of one core; the memory is the peak of the whole process.
"""

from __future__ import annotations

import importlib.util
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from synth.novelty.minhash import SHINGLE, MinHashIndex, jaccard
from synth.text import shingles, token_octets, tokens


def ours() -> None:
    """Read, tokenise, look up and add each row in turn."""
    started = time.process_time()
    index = MinHashIndex()
    duplicates = rows = 0
    for _, text in texts():
        octets = token_octets(text)
        duplicates += index.nearest_over(octets) is not None
        index.add(str(rows), octets)
        rows += 1
    report("ours", rows, time.process_time() - started, f"{duplicates} rows duplicate an earlier one")


def shingling() -> None:
    """What every other tool here needs first: the same shingles, joined to strings."""
    started = time.process_time()
    counts = [len(grams) for grams in joined_shingles()]
    report("shingling alone", len(counts), time.process_time() - started, f"{sum(counts)} shingles")


def datasketch() -> None:
    """128 permutations, the library's own bands for 0.8 (9 of 13 rows), its hits as they are."""
    from datasketch import MinHash

    def signatures() -> Iterator[MinHash]:
        for grams in joined_shingles():
            signature = MinHash(num_perm=128)
            signature.update_batch([gram.encode() for gram in grams])
            yield signature

    _datasketch("datasketch, row by row", signatures())


def generator() -> None:
    """The same by ``MinHash.generator``, which sets up the permutations once."""
    from datasketch import MinHash

    rows = ([gram.encode() for gram in grams] for grams in joined_shingles())
    _datasketch("datasketch, generator", MinHash.generator(rows, num_perm=128))


def rensa() -> None:
    """128 permutations, 16 bands of 8 rows (it takes divisors only, and 8 of 16 would find a fifth of pairs at 0.8)."""
    from rensa import RMinHash, RMinHashLSH  # type: ignore[import-not-found] # only these two modes need it

    started = time.process_time()
    index = RMinHashLSH(0.8, 128, 16)
    rows = duplicates = 0
    for grams in joined_shingles():
        signature = RMinHash(128, 42)
        signature.update(grams)
        duplicates += bool(index.query(signature))
        index.insert(rows, signature)
        rows += 1
    report("rensa, row by row", rows, time.process_time() - started, f"{duplicates} rows, unverified")


def matrix() -> None:
    """All rows at once: it flags both rows of a pair, and does not say which belong together."""
    from rensa import RMinHash, RMinHashLSH

    started = time.process_time()
    digests = RMinHash.digest_matrix_from_token_sets(joined_shingles(), 128, 42)
    flags = RMinHashLSH(0.8, 128, 16).insert_matrix_and_query_duplicate_flags(digests)
    report("rensa, matrix", len(flags), time.process_time() - started, f"{sum(flags)} rows of some pair, unverified")


def compare() -> None:
    """Each in its own process, for its memory, one after the other, and all of it twice."""
    modes = ["ours", "shingling", "datasketch", "generator"]
    if importlib.util.find_spec("rensa"):
        modes += ["rensa", "matrix"]
    else:
        print("rensa is not installed, and left out: pip install rensa")
    for _ in range(2):
        for mode in modes:
            subprocess.run([sys.executable, __file__, mode], check=True)


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
        octets = " ".join(words).encode()
        hit = index.nearest_over(octets)
        missed += hit is None and best is not None
        wrong += hit is not None and best != (-hit.jaccard, hit.row)
        index.add(str(number), octets)
    duplicates = len({later for _, later in pairs})
    print(f"exact: {len(pairs)} pairs, {duplicates} rows duplicate an earlier one; {missed} missed, {wrong} wrong")


def planted() -> None:
    """Edit real texts by one to four tokens; of the pairs that stay at 0.8 or more, how many are found."""
    rng = random.Random(5)
    rows: dict[str, list[tuple[str, ...]]] = {"en": [], "zh": []}
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
            if jaccard(words, near) >= 0.8 and list(words) != near:
                index = MinHashIndex()
                index.add("0", " ".join(words).encode())
                pairs += 1
                found += index.nearest_over(" ".join(near).encode()) is not None
        print(f"planted, {language}: {found} of {pairs} pairs found, recall {found / pairs:.4f}")


def joined_shingles() -> Iterator[list[str]]:
    """The shingles of each row, as strings."""
    for _, text in texts():
        yield [" ".join(word or "" for word in gram) for gram in shingles(tokens(text), SHINGLE)]


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


def _datasketch(name: str, signatures: Iterable[Any]) -> None:
    from datasketch import MinHashLSH

    started = time.process_time()
    index = MinHashLSH(threshold=0.8, num_perm=128)
    rows = duplicates = 0
    for signature in signatures:
        duplicates += bool(index.query(signature))
        index.insert(rows, signature)
        rows += 1
    report(name, rows, time.process_time() - started, f"{duplicates} rows, unverified")


def report(name: str, rows: int, seconds: float, found: str) -> None:
    """One line: rows a second, peak memory, what was found."""
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{name}: {rows} rows, {rows / seconds:,.0f} rows/s, {memory:.0f} MB, {found}")


if __name__ == "__main__":
    modes: dict[str, Callable[[], None]] = {
        mode.__name__: mode for mode in (ours, compare, shingling, datasketch, generator, rensa, matrix, exact, planted)
    }
    if len(sys.argv) != 2 or sys.argv[1] not in modes:
        sys.exit(__doc__)
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # the first one serves the system too
    modes[sys.argv[1]]()
