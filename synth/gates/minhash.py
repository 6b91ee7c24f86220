"""Near-duplicates of the pool, by instruction and input: exact Jaccard of shingles, found by MinHash."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from synth.novelty.minhash import SHINGLE, THRESHOLD, MinHashIndex
from synth.novelty.shared_minhash import SharedMinHashIndex
from synth.novelty.store import reopened
from synth.protocols import View
from synth.records import Draft, Sample, Verdict, passing
from synth.text import joined, token_octets


class MinHashGate:
    """Remembers the instruction and input of each pool sample. A draft's own ancestors do not count.

    With ``redis``, the URL of a database, samples are compared with those of all pools that share it; ``member`` names
    this one, and is the same whenever it is opened again.
    """

    name = "minhash"
    screens = True
    reads_answer = False
    reads_pool = True

    def __init__(self, threshold: float = THRESHOLD, redis: str | None = None, member: str | None = None) -> None:
        self._index: MinHashIndex | SharedMinHashIndex = MinHashIndex(threshold)
        if redis is not None:
            self._index = SharedMinHashIndex(redis, member or uuid4().hex, threshold)

    def judge(self, draft: Draft, view: View) -> Verdict:
        duplicate = self._index.nearest_over(_words(draft), exclude=view.ancestors)
        if duplicate is None:
            return passing(self.name)
        quote = joined(duplicate.tokens[:_EXCERPT]) + (" …" if len(duplicate.tokens) > _EXCERPT else "")
        return Verdict(
            self.name,
            passed=False,
            rule="jaccard",
            score=duplicate.jaccard,
            threshold=self._index.threshold,
            evidence=f"{SHINGLE}-token shingles in common with “{quote}”",
            neighbour=duplicate.id,
        )

    def remember(self, sample: Sample) -> None:
        self._index.add(sample.id, _words(sample))

    def recall(self, samples: Sequence[Sample], directory: Path) -> list[str]:
        ids = [sample.id for sample in samples]
        if isinstance(self._index, SharedMinHashIndex):  # it is kept by those who share it
            new = set(self._index.missing(ids))
            for sample in samples:
                if sample.id in new:
                    self.remember(sample)
            return []
        index, problem = reopened(MinHashIndex.open, directory, self._index.threshold, ids)
        if index is not None:
            self._index = index
        for sample in samples[len(self._index) :]:
            self.remember(sample)
        return [problem] if problem else []

    def save(self, directory: Path) -> None:
        if isinstance(self._index, MinHashIndex):
            self._index.save(directory)


_EXCERPT = 60
"""Tokens of the neighbour that the evidence quotes."""


def _words(task: Draft | Sample) -> bytes:
    return _joined(task.instruction, task.input)


@functools.lru_cache(maxsize=4)  # what is admitted was judged just before
def _joined(instruction: str, context: str) -> bytes:
    return token_octets(instruction) + b" " + token_octets(context)
