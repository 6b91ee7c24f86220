"""Respond: the answer to a draft, as free text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from synth.operators.parents import described
from synth.prompts import PromptSet, in_language
from synth.records import Completion, Draft, Request, Sample

DEMONSTRATIONS = 6
"""Examples of a fitting task that are shown, always the same ones and in the same order, so that a cache holds them."""


class Respond:
    """Asks for the answer to a draft; an instance of a fitting task is answered after its examples."""

    def __init__(self, prompts: PromptSet, model: str = "") -> None:
        self._free = prompts["respond/respond"]
        self._fitting = prompts["respond/fit"]
        self._model = model

    def ask(
        self, draft: Draft, drafted: Request, parents: Sequence[Sample], examples: Sequence[Sample] = ()
    ) -> Request:
        """The request for the answer. ``drafted`` is the draft's own request, ``examples`` are its fitting task's."""
        examples = examples[:DEMONSTRATIONS] if draft.task else ()
        prompt = in_language(self._fitting if examples else self._free, draft.language)
        assert prompt is not None, "the package has its prompts in English"
        return prompt.request(
            {"instruction": draft.instruction, "input": draft.input},
            payload={
                "draft": {"parents": [described(parent) for parent in parents], **drafted.payload},
                "operator": drafted.operator,
                "request": drafted.id,
                "number": draft.lineage.draft,
                "instruction": draft.instruction,
                "input": draft.input,
                "constraints": [constraint.to_json() for constraint in draft.constraints],
            },
            draw=drafted.draw,
            model=self._model,
            demonstrations=[
                ({"instruction": example.instruction, "input": example.input}, example.output) for example in examples
            ],
            operator=drafted.operator,
        )

    def read(self, completion: Completion, request: Request) -> str:
        """The answer's text: without a frame that is clearly no part of it, and otherwise as it came.

        A code fence around the whole is taken off where it says that it holds plain text, or where the examples of the
        task have none, unless the task speaks of one; a label such as "Answer:" where the task does not speak of one.
        """
        text = completion.text.strip()
        asked = request.messages[-1].content
        if not _FENCE_WANTED.search(asked) and (fence := _FENCE.fullmatch(text)):
            examples = [message.content for message in request.messages if message.role == "assistant"]
            unlike = bool(examples) and not any(example.lstrip().startswith("```") for example in examples)
            if fence["tag"].lower() in _PLAIN_TAGS or unlike:
                text = fence["body"].strip("\n")
        label = _LABEL.match(text)
        if label and label["word"].lower() not in asked.lower():
            text = text[label.end() :]
        return text


_FENCE = re.compile(r"```(?P<tag>[\w+-]*)[ \t]*\n(?P<body>(?:(?!^```).)*)\n```", re.DOTALL | re.MULTILINE)
_FENCE_WANTED = re.compile(r"```|\bfence|\bcode[ -]?block|代码块|代码围栏|围栏", re.IGNORECASE)
_PLAIN_TAGS = ("text", "txt", "plaintext", "plain", "markdown", "md")
_LABEL = re.compile(
    r"(?:\*\*|#+ )?(?P<word>Answer|Response|Output|答案|回答|答复|输出)(?:\*\*[:：]|[:：]\*\*|[:：])\s*(?=\S)",
    re.IGNORECASE,
)
