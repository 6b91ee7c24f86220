"""Finish: answers that were cut, by the server's own word or by how they end.

``finish_reason`` decides first: ``length`` (cut at max_tokens), ``repetition`` (the server ended a loop), ``error``.
An answer that stopped by itself can still end in the middle (a stop string, a model that gave up), so four obvious
marks are read too: an open code fence, unbalanced JSON, a trailing comma or opening bracket, a last word that needs
another ("of", "the", "以及").
"""

from __future__ import annotations

import json
import re

from synth.protocols import View
from synth.records import Draft, Sample, Verdict, passing


class FinishGate:
    """Rejects answers that did not come to their end."""

    name = "finish"
    screens = False
    reads_answer = True
    reads_pool = False

    def judge(self, draft: Draft, view: View) -> Verdict:
        answer = (draft.output or "").rstrip()
        reason = draft.finish_reason
        if reason in _CUT:
            return self._reject(f"finish-{reason}", f"finish_reason is {reason}; the answer ends “{answer[-60:]}”")
        if _open_fence(answer):
            return self._reject("open-fence", f"a code fence is open at the end: “{answer[-60:]}”")
        if _open_json(answer):
            return self._reject("open-json", f"starts as JSON and does not close: “{answer[-60:]}”")
        if _ends_mid_sentence(answer, draft):
            return self._reject("mid-sentence", f"the answer ends “{answer[-60:]}”")
        return passing(self.name)

    def remember(self, sample: Sample) -> None:
        """Nothing: how an answer ends is its own."""

    def _reject(self, rule: str, evidence: str) -> Verdict:
        return Verdict(self.name, passed=False, rule=rule, evidence=evidence)


_CUT = ("length", "repetition", "error")
_FENCE = re.compile(r"^[ \t]*(?:[-*>][ \t]+|\d+\.[ \t]+)?(```|~~~)", re.MULTILINE)
_OPENS_JSON = re.compile(r'\{\s*"[^"\n]*"\s*:|\[\s*(?:\{\s*"|"[^"\n]*"\s*,|\d+\s*,)')
# Strings first, so that brackets inside them do not count; an open string goes to the end.
_STRING_OR_BRACKET = re.compile(r'"(?:\\.|[^"\\])*(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_NEEDS_MORE = re.compile(
    r"\b(?:the|an|of|and|or|to|with|for|from|by|in|at|as|because|although|which|whose|their|its|his|my|your|our|is|are"
    r"|was|were|into|than|such as|including)\Z|(?:以及|因为|但是|并且|或者|例如|比如|包括|如果|虽然|由于"
    r"|从而|(?<![总之求温平随饱缓柔附])和|(?<![参给])与|的是|为了|接着|然后|于是|而且|同时|不仅|甚至|(?<![成造将])就|把|被|使得)\Z"
)
_OPEN_END = tuple(",，、（([【“‘「『")
_LIST_ITEM = re.compile(r"\s*(?:[-*•·]|\(?\d{1,3}[.)、）])\s*\S")
_CODE_LINE = re.compile(r"[{};=<>]|\bdef \b|\bimport \b|\bSELECT\b|^\s*[#/]")
# A task may ask for just the beginning of something, or for words rather than sentences.
_ASKS_FOR_A_PART = re.compile(
    r"complete|continue|fill|blank|next (?:word|line|token)|first (?:line|half|part)|phrase|word"
    r"|preposition|conjunction"
    r"|article\b|extract|token|字|词|填|补全|续写|上半|开头|提取|接下[一句]",
    re.IGNORECASE,
)


def _open_fence(answer: str) -> bool:
    return "```" in answer and len(_FENCE.findall(answer)) % 2 == 1


def _open_json(answer: str) -> bool:
    start = answer.lstrip()
    if not _OPENS_JSON.match(start):
        return False
    if start[-1] in "}]" and _parses(start):
        return False
    depth = 0
    for bracket in _STRING_OR_BRACKET.findall(start):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(bracket, 0)
    return depth > 0


def _parses(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _ends_mid_sentence(answer: str, draft: Draft) -> bool:
    if not (answer.endswith(_OPEN_END) or (answer[-1:].isalpha() and _NEEDS_MORE.search(answer[-12:]))):
        return False
    *_, before, last_line = ["", *answer.split("\n")]
    if _LIST_ITEM.match(last_line) and _LIST_ITEM.match(before) and before.rstrip()[-1:].isalnum():
        return False  # items of a list that all end without a stop: "- 4 July: move back in"
    if _CODE_LINE.search(last_line) or len(answer.encode()) < 30:
        return False
    return not _ASKS_FOR_A_PART.search(draft.instruction)
