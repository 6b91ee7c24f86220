"""The pool: whose words a draft may keep, and who is asked about what."""

from __future__ import annotations

from synth.pool import Pool
from synth.protocols import View
from synth.records import Draft, Lineage, Sample, Verdict


class Recorder:
    """A gate that passes everything and notes what it was asked."""

    def __init__(self, name: str, screens: bool, reads_answer: bool, reads_pool: bool = False) -> None:
        self.name, self.screens, self.reads_answer, self.reads_pool = name, screens, reads_answer, reads_pool
        self.asked: list[str | None] = []
        self.remembered: list[str] = []

    def judge(self, draft: Draft, view: View) -> Verdict:
        self.asked.append(draft.output)
        return Verdict(self.name, "bad" not in (draft.output or draft.instruction), evidence=str(len(view.ancestors)))

    def remember(self, sample: Sample) -> None:
        self.remembered.append(sample.id)


def sample(text: str, *parents: Sample, depth: int = 0) -> Sample:
    lineage = Lineage(operator="x", parents=tuple(parent.id for parent in parents), depth=depth)
    return Sample(text, "", "done", "en", lineage=lineage)


def test_ancestors_are_followed_through_rewriting_and_stop_at_what_was_invented() -> None:
    demonstration = sample("shown as an example")
    root = sample("invented", demonstration)
    child = sample("rewritten", root, depth=1)
    other = sample("another")
    joined = sample("joined", child, other, depth=2)
    pool = Pool([], [demonstration, root, child, other, joined])
    draft = Draft("next", "", "en", lineage=Lineage(parents=(joined.id,), depth=3))
    assert pool.view(draft).ancestors == {joined.id, child.id, root.id, other.id}
    invented = Draft("new", "", "en", lineage=Lineage(parents=(joined.id,), depth=0))
    assert pool.view(invented).ancestors == frozenset()
    assert pool.view(invented).parents == (joined,)


def test_a_gate_is_asked_before_the_answer_after_it_or_both_and_the_last_word_counts() -> None:
    early, late, both = Recorder("early", True, False), Recorder("late", False, True), Recorder("both", True, True)
    pool = Pool([early, both, late])
    draft = Draft("task", "", "en")
    screened = pool.screen(draft, View())
    assert [verdict.gate for verdict in screened] == ["early", "both"]
    answered = Draft("task", "", "en", output="bad")
    verdicts = pool.judge(answered, View(), screened)
    assert [(verdict.gate, verdict.passed) for verdict in verdicts] == [("early", True), ("both", False)]
    assert (early.asked, both.asked, late.asked) == ([None], [None, "bad"], [])


def test_at_its_turn_a_draft_is_judged_again_by_the_gates_that_read_the_pool_alone() -> None:
    own, novelty, late = (
        Recorder("own", True, False),
        Recorder("novelty", True, False, True),
        Recorder("z", True, False),
    )
    pool = Pool([own, novelty, late])
    draft = Draft("task", "", "en")
    early = pool.screen(draft, View())
    assert pool.screen(draft, View(), early) == early
    assert (len(own.asked), len(novelty.asked), len(late.asked)) == (1, 2, 1)
    bad = Draft("bad", "", "en")
    rejected = pool.screen(bad, View())
    assert pool.screen(bad, View(), rejected) == rejected == (Verdict("own", False, evidence="0"),)
    assert len(own.asked) == 2


def test_gates_remember_what_is_admitted_and_nothing_else() -> None:
    gate = Recorder("gate", True, True)
    pool = Pool([gate])
    draft = Draft("task", "", "en", output="fine")
    pool.judge(draft, View(), pool.screen(draft, View()))
    assert gate.remembered == []
    kept = sample("kept")
    pool.admit(kept)
    assert gate.remembered == [kept.id]
    assert kept.id in pool
    assert pool[kept.id] is kept
