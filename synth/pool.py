"""The pool: every admitted sample, behind the gates that decide what is admitted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from synth.protocols import Gate, Keeper, View
from synth.records import Draft, Sample, Verdict


class Pool:
    """Samples in the order of their coming, and gates that remember exactly these.

    A pool rebuilt by admitting the same samples in the same order judges as this one does.
    """

    def __init__(self, gates: Sequence[Gate], samples: Iterable[Sample] = ()) -> None:
        self.gates = tuple(gates)
        self.samples: list[Sample] = []
        self._by_id: dict[str, Sample] = {}
        for sample in samples:
            self.admit(sample)

    def __contains__(self, sample_id: str) -> bool:
        return sample_id in self._by_id

    def __getitem__(self, sample_id: str) -> Sample:
        return self._by_id[sample_id]

    def __len__(self) -> int:
        return len(self.samples)

    def admit(self, sample: Sample) -> None:
        """Take a sample in, and have every gate remember it."""
        self.samples.append(sample)
        self._by_id[sample.id] = sample
        for gate in self.gates:
            gate.remember(sample)

    def recall(self, samples: Sequence[Sample], directory: Path) -> list[str]:
        """Take in the samples of a pool that is opened again; gates read what they saved of it in ``directory``.

        Returns what was wrong with that, where it could not be used. The pool is the same in any case.
        """
        problems: list[str] = []
        self.samples.extend(samples)
        self._by_id.update((sample.id, sample) for sample in samples)
        for gate in self.gates:
            if isinstance(gate, Keeper):
                problems.extend(gate.recall(samples, directory / gate.name))
            else:
                for sample in samples:
                    gate.remember(sample)
        return problems

    def save(self, directory: Path) -> None:
        """Have the gates save what takes long to build. Raises OSError where it cannot be written."""
        for gate in self.gates:
            if isinstance(gate, Keeper):
                gate.save(directory / gate.name)

    def view(self, draft: Draft) -> View:
        """What the gates may look at besides ``draft``: its parents, and whose words it may keep.

        Only a draft that rewrites or joins its parents (depth above 0) keeps their words; what was invented from
        demonstrations or from a task's slots is compared with those like with everything else.
        """
        parents = tuple(self._by_id[name] for name in draft.lineage.parents if name in self._by_id)
        return View(parents, self.ancestors(parents) if draft.lineage.depth > 0 else frozenset())

    def ancestors(self, parents: Iterable[Sample]) -> frozenset[str]:
        """Ids of ``parents`` and of all that they were rewritten from."""
        found: set[str] = set()
        waiting = list(parents)
        while waiting:
            sample = waiting.pop()
            if sample.id in found:
                continue
            found.add(sample.id)
            if sample.lineage.depth > 0:
                waiting.extend(self._by_id[name] for name in sample.lineage.parents if name in self._by_id)
        return frozenset(found)

    def screen(self, draft: Draft, view: View, earlier: Iterable[Verdict] = ()) -> tuple[Verdict, ...]:
        """Verdicts of the gates that need no answer, up to the first rejection.

        ``earlier`` are those of the same draft when the pool was smaller: what does not read the pool says the same.
        """
        known = {verdict.gate: verdict for verdict in earlier}
        verdicts = []
        for gate in self.gates:
            if gate.screens:
                verdict = None if gate.reads_pool else known.get(gate.name)
                verdicts.append(verdict or gate.judge(draft, view))
                if not verdicts[-1].passed:
                    break
        return tuple(verdicts)

    def judge(self, draft: Draft, view: View, screened: Sequence[Verdict]) -> tuple[Verdict, ...]:
        """Verdicts on an answered draft that has just been screened, up to the first rejection.

        A gate that has more to say about the answer is asked again, and its word replaces that of the screening.
        """
        gates = [gate for gate in self.gates if gate.reads_answer]
        asked_again = {gate.name for gate in gates}
        verdicts = [item for item in screened if item.gate not in asked_again]
        for gate in gates:
            verdicts.append(gate.judge(draft, view))
            if not verdicts[-1].passed:
                break
        return tuple(verdicts)
