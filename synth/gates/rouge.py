"""Novelty: a draft that is too near to a pool sample by ROUGE-L (Self-Instruct, Wang et al. 2022: over 0.7).

Compared are instructions; the instances of one fitting task, whose instruction is fixed, are compared by their input,
among themselves. A draft's own ancestors do not count: see the evolution gate for those.
"""

from __future__ import annotations

import functools
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path

from synth.novelty.rouge import THRESHOLD, Hit, RougeIndex
from synth.novelty.store import reopened
from synth.novelty.vocabulary import words_of
from synth.protocols import View
from synth.records import Draft, Sample, Verdict, fingerprint, passing
from synth.text import joined, token_octets


class RougeGate:
    """Remembers the novelty text of each pool sample, an index for each fitting task and one for all the rest.

    ``task_thresholds`` are those of fitting tasks that set their own, by task name.
    """

    name = "rouge"
    screens = True
    reads_answer = False
    reads_pool = True

    def __init__(self, threshold: float = THRESHOLD, task_thresholds: Mapping[str, float] | None = None) -> None:
        self._threshold = threshold
        self._task_thresholds = dict(task_thresholds or {})
        self._indexes = {"": RougeIndex(threshold)}
        # Ordered: a dict that loses its first entries looks through all of the lost ones for the next.
        self._passed: OrderedDict[tuple[str, str, frozenset[str]], int] = OrderedDict()

    def judge(self, draft: Draft, view: View) -> Verdict:
        index = self._index(draft.task)
        octets = _octets(draft.novelty_text)
        # A draft is judged when it is screened and again when it is offered: then only what came in between is read.
        judged = (draft.task, draft.novelty_text, view.ancestors)
        hit = index.nearest_over(octets, exclude=view.ancestors, start=self._passed.pop(judged, 0))
        if hit is None:
            self._passed[judged] = len(index)
            if len(self._passed) > _PASSED:
                self._passed.popitem(last=False)
            return passing(self.name)
        return Verdict(
            self.name,
            passed=False,
            rule="rouge-l",
            score=hit.score,
            threshold=index.threshold,
            evidence=_evidence(words_of(octets), hit),
            neighbour=hit.id,
        )

    def remember(self, sample: Sample) -> None:
        self._index(sample.task).add(sample.id, _octets(sample.novelty_text))

    def recall(self, samples: Sequence[Sample], directory: Path) -> list[str]:
        tasks: dict[str, list[Sample]] = {}
        for sample in samples:
            tasks.setdefault(sample.task, []).append(sample)
        problems = []
        for task, rows in tasks.items():
            ids = [sample.id for sample in rows]
            index, problem = reopened(RougeIndex.open, directory / _folder(task), self._index(task).threshold, ids)
            if index is not None:
                self._indexes[task] = index
            elif problem:
                problems.append(problem)
            for sample in rows[len(self._index(task)) :]:
                self.remember(sample)
        return problems

    def save(self, directory: Path) -> None:
        for task, index in list(self._indexes.items()):  # a draft that is judged meanwhile may add an empty one
            if len(index):
                index.save(directory / _folder(task))

    def _index(self, task: str) -> RougeIndex:
        if task not in self._indexes:
            self._indexes[task] = RougeIndex(self._task_thresholds.get(task, self._threshold))
        return self._indexes[task]


@functools.lru_cache(maxsize=4)  # what is admitted was judged just before
def _octets(text: str) -> bytes:
    octets = token_octets(text)
    if len(octets) < 2 * _LONGEST:
        return octets
    return b" ".join(octets.split(maxsplit=_LONGEST)[:_LONGEST])


def _folder(task: str) -> str:
    """A task's name is the user's, and no path."""
    return f"task-{fingerprint(task)}" if task else "rest"


_LONGEST = 8192
"""Tokens of a text that count. An LCS takes time by the product of both lengths, and a stray book would stall a run."""

_PASSED = 8192
"""Drafts whose pass is kept in mind: more than are ever under way between screening and offering."""

_RUN = 500
"""Tokens of each text in which the longest run is looked for."""

_EXCERPT = 60
"""Tokens of the neighbour that the evidence quotes."""


def _evidence(words: tuple[str, ...], hit: Hit) -> str:
    # The matcher's time grows faster than the texts: the run is looked for where they begin.
    run = SequenceMatcher(None, words[:_RUN], hit.tokens[:_RUN], autojunk=False).find_longest_match()
    quote = joined(hit.tokens[:_EXCERPT]) + (" …" if len(hit.tokens) > _EXCERPT else "")
    return (
        f"{len(words)} and {len(hit.tokens)} tokens, longest run “{joined(words[run.a : run.a + run.size])}”: “{quote}”"
    )
