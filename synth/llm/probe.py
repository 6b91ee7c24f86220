"""The probe at start: does the model answer, and is a constraint on its answer enforced?

Servers ignore the fields that they do not know. ``guided_json``, for years the name of the constraint in vLLM, is one
of these today: a run that relies on it gets free prose and rejects it all. So the probe asks for one thing in words
and for another by schema. A model left to itself says hello; only an enforced schema makes it say the password.
"""

from __future__ import annotations

import json

from synth.errors import LLMError
from synth.records import Completion, Message, Request, Sampling

PASSWORD = "cinnabar-4817"  # no secret, only a word that no model greets with

PROBE = Request(
    stage="answer",
    operator="probe",
    messages=(Message("user", "Say hello to me in three words."),),
    # Room for a model that thinks first, where the server lets it think outside the constraint. Not greedy: JSON lets
    # white space go on for ever, and greedy decoding of a small model may find no way out of it.
    sampling=Sampling(temperature=0.7, max_tokens=512),
    schema={
        "type": "object",
        "properties": {"greeting": {"type": "string", "enum": [PASSWORD]}},
        "required": ["greeting"],
        "additionalProperties": False,
    },
)


def examine(completion: Completion, *, structured: bool, name: str) -> None:
    """Raise LLMError unless ``completion`` answers ``PROBE``; ``name`` is the server or engine, for the message."""
    if completion.finish_reason == "error":
        raise LLMError(f"{name} refuses a plain request: {completion.text}")
    if not structured:
        return
    try:
        answer = json.loads(completion.text)
    except ValueError:
        answer = None
    if answer == {"greeting": PASSWORD}:
        return
    thinks = completion.finish_reason == "length"
    cure = (
        "the model may be thinking all its tokens away: turn that off (chat_template_kwargs: {enable_thinking: false})"
        if thinks
        else "use a server that supports response_format json_schema (vLLM does)"
    )
    raise LLMError(
        f"structured output is not enforced by {name} (it said {completion.text[:60]!r}); {cure}, "
        "or choose structured: off and let the tolerant readers cope"
    )
