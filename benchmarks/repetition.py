"""The repetition gate on real answers: false alarms, planted loops caught, and speed.

    SYNTH_BENCH_DATA=DIR python benchmarks/repetition.py [--loops 6000] [--list]

DIR holds ``*.jsonl`` with ``instruction``, ``input`` and ``output`` (or Self-Instruct's ``instances``). Each rejected
output is listed with ``--list``: whether it is a false alarm or a real loop is for a reader to say.

Planted loops: a unit of 1-200 tokens taken from a real answer is put after a real answer that was cut anywhere, repeats
at least four times (three times from 10 tokens on) or fills the text to 1,000 tokens, and is itself cut anywhere, in
mid-word too. Half of the periods are drawn evenly from 1-200, half from 1-20. English, Chinese and code alike.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from synth.gates.repetition import RepetitionGate
from synth.protocols import View
from synth.records import Draft
from synth.rng import derive
from synth.text import is_cjk, tokens

BUCKETS = ((1, 1), (2, 3), (4, 12), (13, 50), (51, 200))


def main() -> None:
    parser = argparse.ArgumentParser(description="False alarms, planted loops and speed of the repetition gate.")
    parser.add_argument("--loops", type=int, default=6000, help="how many loops to plant")
    parser.add_argument("--list", action="store_true", help="list each output that is rejected and each loop missed")
    options = parser.parse_args()
    folder = os.environ.get("SYNTH_BENCH_DATA")
    if not folder:
        sys.exit("SYNTH_BENCH_DATA names no folder of *.jsonl")
    drafts = [(path.stem, draft) for path in sorted(Path(folder).glob("*.jsonl")) for draft in _drafts(path)]
    _false_alarms(drafts, options.list)
    _planted(drafts, options.loops, options.list)


def _false_alarms(drafts: list[tuple[str, Draft]], show: bool) -> None:
    gate, view = RepetitionGate(), View()
    start = time.process_time()
    verdicts = [gate.judge(draft, view) for _, draft in drafts]
    seconds = time.process_time() - start
    print(f"{len(drafts)} rows, instruction, input and output: {len(drafts) / seconds:,.0f} rows/s of CPU, one core")
    rejected = [
        (name, draft, verdict) for (name, draft), verdict in zip(drafts, verdicts, strict=True) if not verdict.passed
    ]
    outputs = [entry for entry in rejected if entry[2].evidence.startswith("output")]
    print(f"rejected: {len(rejected)}, of which for the output: {len(outputs)} ({len(outputs) / len(drafts):.3%})")
    if show:
        for name, draft, verdict in rejected:
            print(f"  {name} {verdict.rule} {verdict.score}: {verdict.evidence!r} | {draft.instruction[:80]!r}")


def _planted(drafts: list[tuple[str, Draft]], count: int, show: bool) -> None:
    gate, view = RepetitionGate(), View()
    kinds: dict[str, list[str]] = {"en": [], "zh": [], "code": []}
    for name, draft in drafts:
        if draft.output:
            kinds["code" if "code" in name else draft.language].append(draft.output)
    planted: Counter[tuple[str, tuple[int, int]]] = Counter()
    caught: Counter[tuple[str, tuple[int, int]]] = Counter()
    for kind, texts in kinds.items():
        # Units come from here: real answers one after another, so that a unit may span several lines or answers.
        stream = "\n".join(texts)
        spans = [match.span() for match in _TOKEN.finditer(stream)]
        for number in range(count // len(kinds) if texts else 0):
            rng = derive(0, "planted", kind, number)
            period = rng.randint(1, 200 if number % 2 else 20)
            text = _plant(rng, rng.choice(texts), stream, spans, period)
            bucket = next(bucket for bucket in BUCKETS if bucket[0] <= period <= bucket[1])
            planted[kind, bucket] += 1
            if gate.judge(Draft("Answer the question.", "", "en", output=text), view).passed:
                if show:
                    print(f"  missed, {kind}, period {period}: …{text[-160:]!r}")
            else:
                caught[kind, bucket] += 1
    print(f"\nplanted loops caught, {'kind':<5} by period: " + "  ".join(f"{low}-{high}" for low, high in BUCKETS))
    for kind in kinds:
        cells = [f"{caught[kind, bucket]}/{planted[kind, bucket]}" for bucket in BUCKETS]
        print(f"  {kind:<5} {'  '.join(cells)}")
    print(f"  all   {caught.total()}/{planted.total()} = {caught.total() / max(1, planted.total()):.2%}")


_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")


def _plant(rng: random.Random, host: str, stream: str, spans: list[tuple[int, int]], period: int) -> str:
    """A cut answer with a loop at its tail. A unit without a letter is drawn again: "0 0 0" is data, not a loop."""
    while True:
        first = rng.randrange(len(spans) - period)
        unit = stream[spans[first][0] : spans[first + period][0]]
        if any(any(char.isalpha() for char in token) for token in tokens(unit)):
            break
    if period == 1 and not unit[-1:].isspace() and not is_cjk(unit[0]):
        unit += " "
    repeats = rng.randint(4, 8) if period < 10 else rng.randint(3, 5)
    if rng.random() < 0.5:
        repeats = max(repeats, 1000 // period)
    cut = rng.randrange(len(unit)) if len(unit) > 1 else 0
    return host[: rng.randrange(len(host) + 1)] + " " + unit * repeats + unit[:cut]


def _drafts(path: Path) -> Iterator[Draft]:
    language = "zh" if "zh" in path.stem else "en"
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        for pair in row.get("instances", [row]):
            yield Draft(row["instruction"], pair["input"], language, output=pair["output"])


if __name__ == "__main__":
    main()
