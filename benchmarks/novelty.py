"""The ROUGE-L index beside rouge_score: the same decisions, how much faster, and what a large pool costs.

    SYNTH_BENCH_DATA=DIR python benchmarks/novelty.py equal         # greedy, in order, against a full scan
    SYNTH_BENCH_DATA=DIR python benchmarks/novelty.py ratio         # over rouge_score's loop, one candidate at a time
    SYNTH_BENCH_DATA=DIR python benchmarks/novelty.py scale 1e6 en  # cost against rows, bytes a row, time to open
    python benchmarks/novelty.py plot RESULTS.jsonl COST.svg        # of the lines that scale printed (matplotlib)

DIR holds JSONL files of {"instruction": …} rows; those with "zh" in their name are the Chinese ones. Times are CPU
times of one core. Rows beyond those of DIR are made by recombining them: the beginning of one, the end of another,
and every eighth word replaced by one drawn from the corpus, so that a pool of them is about as dense as a real one.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from synth.novelty.rouge import RougeIndex, rouge_l
from synth.text import token_octets, tokens


def equal() -> None:
    """Greedy admission of every instruction in order: each decision, neighbour and score against a full scan.

    The scan is ``rouge_score``'s F-measure with rapidfuzz's LCS, which a sample of 2,000 pairs compares with
    ``rouge_score`` itself: the loop proper would take hours.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import LCSseq
    from rouge_score.rouge_scorer import RougeScorer

    scorer, rng = RougeScorer(["rougeL"]), random.Random(1)
    for language, texts in corpora().items():
        index = RougeIndex()
        kept: list[str] = []
        lengths: list[int] = []
        characters: dict[str, str] = {}
        wrong = rejected = 0
        for text in texts:
            words = tokens(text)
            # A character for each word, so that rapidfuzz scans strings.
            coded = "".join(characters.setdefault(word, chr(0x10000 + len(characters))) for word in words)
            lcs = (
                process.cdist([coded], kept, scorer=LCSseq.similarity, dtype=int)[0].tolist() if kept and words else []
            )
            hits = [
                (-2 * common / (len(words) + length), row)
                for row, (common, length) in enumerate(zip(lcs, lengths, strict=False))
                if common and _f_measure(common, len(words), length) > 0.7
            ]
            hit = index.nearest_over(token_octets(text))
            wrong += (hit.row if hit else None) != (min(hits)[1] if hits else None)
            if hit is None:
                index.add(str(len(kept)), token_octets(text))
                kept.append(coded)
                lengths.append(len(words))
            else:
                rejected += 1
        print(f"{language}: {len(texts)} instructions, {rejected} rejected, {wrong} decisions or neighbours differ")
        if language == "en":
            pairs = [(rng.choice(texts), rng.choice(texts)) for _ in range(2000)]
            gap = max(
                abs(scorer.score(one, two)["rougeL"].fmeasure - rouge_l(tokens(one), tokens(two)))
                for one, two in pairs
                if one.isascii() and two.isascii()
            )
            print(f"{language}: scores of 2,000 pairs differ from rouge_score's by at most {gap}")


def ratio() -> None:
    """CPU time a candidate, tokenising included, over rouge_score's loop in the same run; the best of five each."""
    from rouge_score.rouge_scorer import RougeScorer

    scorer = RougeScorer(["rougeL"])
    texts = corpora()["en"]
    random.Random(1).shuffle(texts)
    pool, candidates = texts[1000:], texts[:1000]
    index = RougeIndex()
    for number, text in enumerate(pool):
        index.add(str(number), token_octets(text))
    ours = (
        min(_seconds(lambda: [index.nearest_over(token_octets(text)) for text in candidates]) for _ in range(6)) / 1000
    )
    one = min(_seconds(lambda: [scorer.score(text, candidates[0]) for text in pool[:3000]]) for _ in range(5)) / 3000
    loop = one * len(pool)
    print(
        f"{len(pool)} rows: {ours * 1e6:.1f} µs a candidate; rouge_score's loop: {one * 1e6:.1f} µs a pair,"
        f" {loop:.3f} s a candidate, {loop / ours:,.0f} times as long"
    )


def scale(rows: int, language: str) -> None:
    """Grow a pool to ``rows``; at each power of ten print a JSON line with the cost of a candidate there."""
    texts = [words for words in map(tokens, corpora()[language]) if len(words) > 2]
    corpus = [word for words in texts for word in words]
    rng = random.Random(7)

    def fresh() -> bytes:
        first, second = rng.choice(texts), rng.choice(texts)
        words = first[: rng.randint(1, len(first) - 1)] + second[rng.randint(1, len(second) - 1) :]
        return " ".join(rng.choice(corpus) if rng.random() < 1 / 8 else word for word in words).encode()

    index = RougeIndex()
    candidates = [fresh() for _ in range(1000)]
    marks = {10**power * step for power in range(3, 8) for step in (1, 3)} | {rows}
    started = time.process_time()
    for number in range(1, rows + 1):
        index.add(f"{number:016x}", fresh())
        if number not in marks:
            continue
        built = time.process_time() - started
        index.nearest_over(candidates[0])
        costs = sorted(_seconds(lambda words=words: index.nearest_over(words)) for words in candidates)  # type: ignore[misc] # mypy takes the default for an argument
        hits = sum(index.nearest_over(words) is not None for words in candidates)
        top = _seconds(lambda: [index.top_k(words, 5) for words in candidates[:20]]) / 20
        with tempfile.TemporaryDirectory() as folder:
            index.save(Path(folder))
            size = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
            opened = _seconds(lambda: RougeIndex.open(Path(folder)))
        line = {
            "language": language,
            "rows": number,
            "mean_us": round(sum(costs) / len(costs) * 1e6, 1),
            "median_us": round(costs[len(costs) // 2] * 1e6, 1),
            "p99_us": round(costs[len(costs) * 99 // 100] * 1e6, 1),
            "hit_share": hits / len(candidates),
            "top5_ms": round(top * 1e3, 2),
            "bytes_a_row": round(size / number, 1),
            "open_s": round(opened, 3),
            "build_s": round(built, 1),
        }
        print(json.dumps(line), flush=True)


def plot(results: Path, image: Path) -> None:
    """Cost of a candidate against rows, both axes logarithmic, beside Self-Instruct's loop over all rows.

    The loop's line is extrapolated from 52.7 µs a pair, what ``ratio`` measured (docs/log.md).
    """
    from matplotlib import pyplot  # type: ignore[import-not-found] # only this plot needs it

    lines = [json.loads(line) for line in results.read_text().splitlines() if line.startswith("{")]
    figure, axes = pyplot.subplots(figsize=(7.5, 4.6), layout="constrained")
    everywhere = sorted({line["rows"] for line in lines})
    loop = [rows * 52.7 for rows in everywhere]
    axes.loglog(everywhere, loop, ":", color="0.4", label="Self-Instruct's loop of rouge_score (extrapolated)")
    for language, name, colour in (("en", "English", "tab:blue"), ("zh", "Chinese", "tab:red")):
        own = [line for line in lines if line["language"] == language]
        for cost, style, kind in (("p99_us", "--", "99th percentile"), ("mean_us", "-o", "mean")):
            axes.loglog(
                [line["rows"] for line in own],
                [line[cost] for line in own],
                style,
                color=colour,
                markersize=4,
                linewidth=1.0 if style == "--" else 1.8,
                label=f"RougeIndex, {name}, {kind}",
            )
    times = {10: "10 µs", 100: "100 µs", 1e3: "1 ms", 1e4: "10 ms", 1e5: "0.1 s", 1e6: "1 s", 1e7: "10 s", 1e8: "100 s"}
    axes.set_yticks(list(times), list(times.values()))
    axes.set_ylim(4, 2e9)
    axes.minorticks_off()
    axes.set_xticks([10**power for power in range(3, 8)], [f"{10**power:,}" for power in range(3, 8)])
    axes.set_xlabel("rows in the pool")
    axes.set_title("CPU time to judge one candidate by exact ROUGE-L, one core", fontsize=11)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8.5, loc="upper left")
    figure.savefig(image)


def corpora() -> dict[str, list[str]]:
    """The instructions of the data folder by language."""
    folder = os.environ.get("SYNTH_BENCH_DATA")
    if not folder:
        sys.exit("set SYNTH_BENCH_DATA to a folder of JSONL files")
    found: dict[str, list[str]] = {"en": [], "zh": []}
    for path in sorted(Path(folder).glob("*.jsonl")):
        with path.open() as file:
            found["zh" if "zh" in path.name else "en"].extend(json.loads(line)["instruction"] for line in file)
    return found


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _f_measure(common: int, first: int, second: int) -> float:
    precision, recall = common / first, common / second
    return 2 * precision * recall / (precision + recall)


def main(arguments: Sequence[str]) -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # the first one serves the system too
    match arguments:
        case ["equal"]:
            equal()
        case ["ratio"]:
            ratio()
        case ["scale", rows, language]:
            scale(int(float(rows)), language)
        case ["plot", results, image]:
            plot(Path(results), Path(image))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
