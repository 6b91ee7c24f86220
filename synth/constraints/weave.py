"""Add the sentences that state constraints to an instruction, where and how a person would."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from synth.records import Constraint


def weave(instruction: str, constraints: Constraint | Sequence[Constraint], language: str, rng: random.Random) -> str:
    """``instruction`` with the phrases of ``constraints``, each word for word.

    They follow as sentences, on a line of their own, or as a short list. What an instruction carries with it (code, a
    list, a text after a colon) stays whole: the phrases then stand in a paragraph of their own. An instruction that
    ends in a colon leads to its input, so that there they come first.
    """
    held = [constraints] if isinstance(constraints, Constraint) else list(constraints)
    phrases = [constraint.phrase for constraint in held]
    if not phrases:
        return instruction
    body = instruction.rstrip()
    glue = "" if language == "zh" else " "
    if _POINTS_AHEAD.search(body):
        return f"{glue.join(phrases)}{chr(10) * 2 if chr(10) in body else glue}{body}"
    if _CARRIES.search(body):
        return f"{body}\n\n{_paragraph(phrases, language, rng)}"
    if not _ENDED.search(body):
        body += "。" if language == "zh" else "."
    if len(phrases) > 1 and rng.random() < 0.3:
        return f"{body}\n\n{_listed(phrases, language, rng)}"
    if rng.random() < 0.2:
        return f"{body}\n\n{_paragraph(phrases, language, rng)}"
    return f"{body}{glue}{_paragraph(phrases, language, rng)}"


_POINTS_AHEAD = re.compile(r"[:：]$")
_CARRIES = re.compile(
    r"```|\n[ \t]*(?:[-*•]|\d{1,3}[.)、]|[A-Za-z][.)])[ \t]?|\n[^\n]*$|^[^:：]{0,80}[:：][^:：]{60,}$|[>}\])|;]$|`$"
)
_ENDED = re.compile(r"[.!?。！？…][\"'”’」』)）]*$")
_LEADS = {
    "en": ("One more thing: ", "Please note: ", "A word on the form: ", "Also: ", "And one request: "),
    "zh": ("另外，", "还有一点：", "注意：", "对了，", "补充一句，"),
}
_SECOND = {"en": ("Also: ", "And: ", "Besides: "), "zh": ("另外，", "同时，", "还有，")}
_LIST_LEADS = {
    "en": ("Two things to observe:", "Requirements:", "Please mind two points:", "What I need:"),
    "zh": ("有两点要求：", "要求：", "请注意：", "写的时候留意两点："),
}


def _paragraph(phrases: Sequence[str], language: str, rng: random.Random) -> str:
    """The phrases as running text, some with a connector before them, none with the same one twice."""
    first = rng.choice(_LEADS[language]) if rng.random() < 0.25 else ""
    parts = [first + phrases[0]]
    for phrase in phrases[1:]:
        connectors = [lead for lead in _SECOND[language] if lead != first]
        parts.append((rng.choice(connectors) if rng.random() < 0.6 else "") + phrase)
    return ("" if language == "zh" else " ").join(parts)


def _listed(phrases: Sequence[str], language: str, rng: random.Random) -> str:
    leads = [
        lead for lead in _LIST_LEADS[language] if len(phrases) == 2 or ("two" not in lead.lower() and "两" not in lead)
    ]
    mark = rng.choice(("-", "{}."))
    rows = [f"{mark.format(number)} {phrase}" for number, phrase in enumerate(phrases, 1)]
    return "\n".join([rng.choice(leads), *rows])
