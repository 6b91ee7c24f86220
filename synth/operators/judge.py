"""The judge: did an evolution gain anything over its parent? (WizardLM, arXiv 2304.12244, "elimination evolving".)

The paper asks whether two prompts are "Equal" or "Not Equal", and readers that look for the word "equal" find it in
both. Here the verdict is one of four words, in a field of its own, and only the whole field counts.
"""

from __future__ import annotations

from synth.operators.reader import read_object
from synth.prompts import PromptSet, in_language
from synth.protocols import Unreadable
from synth.records import Completion, Draft, Opinion, Request, Sample

VERDICTS = ("harder", "equal", "worse", "unanswerable")
"""What a judge may say; only the first is a gain."""


class Judge:
    """Asks for an opinion on a draft that was made from one parent."""

    def __init__(self, prompts: PromptSet, model: str = "") -> None:
        self._versions = prompts["judge/judge"]
        self._model = model

    def ask(self, draft: Draft, parent: Sample, drafted: Request) -> Request:
        prompt = in_language(self._versions, draft.language)
        assert prompt is not None, "the package has its prompts in English"
        before = {"instruction": parent.instruction, "input": parent.input}
        after = {"instruction": draft.instruction, "input": draft.input}
        return prompt.request(
            {"parent": before, "rewrite": after},
            payload={"parent": before, "rewrite": after, "request": drafted.id, "number": draft.lineage.draft},
            draw=drafted.draw,
            model=self._model,
            operator=drafted.operator,
        )

    def read(self, completion: Completion) -> Opinion | Unreadable:
        found = read_object(completion, "verdict")
        if isinstance(found, Unreadable):
            return found
        verdict = str(found["verdict"]).strip(" .。\"'").lower()
        if verdict not in VERDICTS:
            return Unreadable("wrong-value", f"verdict is {found['verdict']!r}, not one of {', '.join(VERDICTS)}")
        reason = " ".join(str(found.get("reason") or "").split())
        return Opinion(gained=verdict == "harder", reason=f"{verdict}: {reason}" if reason else verdict)
