"""Shape: what can be seen of a draft without reading it for sense.

Lengths are counted in words, a Chinese or Japanese character being one word. Placeholders and broken characters are
legitimate where the task is about them (templates, f-strings, encodings), so those rules look at the task first.
"""

from __future__ import annotations

import json
import re

from synth.gates.material import missing_material
from synth.gates.slots import ABOUT_SLOTS, SLOT, is_quoted
from synth.protocols import View
from synth.records import Draft, Sample, Verdict, passing
from synth.text import count_words


class ShapeGate:
    """Rejects empty, too short, too long, broken and unfilled drafts, and those whose material is missing."""

    name = "shape"
    screens = True
    reads_answer = True
    reads_pool = False

    def __init__(self, min_words: int = 3, max_words: int = 1200, max_output_words: int = 4000) -> None:
        self.min_words = min_words
        self.max_words = max_words
        self.max_output_words = max_output_words

    def judge(self, draft: Draft, view: View) -> Verdict:
        return (
            self._judge_answer(draft)
            or self._judge_lengths(draft)
            or _judge_characters(draft)
            or _judge_placeholders(draft)
            or _judge_request(draft)
            or passing(self.name)
        )

    def remember(self, sample: Sample) -> None:
        """Nothing: shape is a draft's own."""

    def _judge_answer(self, draft: Draft) -> Verdict | None:
        if draft.output is None:
            return None
        if not draft.output.strip():
            return _reject("empty-output", "the output is empty")
        return self._too_long(draft.output, self.max_output_words, "output")

    def _judge_lengths(self, draft: Draft) -> Verdict | None:
        instruction = draft.instruction
        if not instruction.strip():
            return _reject("empty-instruction", "the instruction is empty")
        # With an input, a word or two may be a whole request ("Translate", "填空").
        if len(instruction) < 40 and not draft.input.strip() and not _SUM.match(instruction):
            words = count_words(instruction)
            if words < self.min_words:
                return _reject("short-instruction", f"instruction: “{instruction.strip()}”", words, self.min_words)
        return self._too_long(instruction, self.max_words, "instruction")

    def _too_long(self, text: str, limit: int, field: str) -> Verdict | None:
        # No text has more words than characters, so most need no counting.
        if len(text) <= limit or (words := count_words(text)) <= limit:
            return None
        return _reject(f"long-{field}", f"{field}: {words} words, from “{text[:40]}…”", words, limit)


_WINDOW = 20_000
"""Characters in which placeholders are looked for; it bounds the cost of huge texts."""

_BROKEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ue000-\uf8ff\ufffd-\uffff]")
# UTF-8 read as Windows-1252 ("donâ€™t", "cafÃ©"), and as GBK.
_MOJIBAKE = re.compile(r"â€[™œ˜¢¦“”\x9d]|Ã[©¨¡³±¼¶¤]|ï»¿|ï¿½|锟斤拷|烫烫烫|屯屯屯")
_ABOUT_ENCODINGS = re.compile(
    r"unicode|encod|decod|utf-?8|mojibake|garbled|ascii|latin-?1|编码|乱码|解码|字符集", re.IGNORECASE
)

_FILLER = re.compile(
    # A set first: texts are then searched for its characters alone.
    r"[\[<{(【（《「](?=[\[<{]?\s*[piefytascd请在此这插填输粘贴放你您])(?:"
    r"(?<=[\[<{])[\[<{]?\s*(?:please\s+)?(?:insert|enter|paste|type|fill(?:\s+in)?|put)\b[^\]>}\n=]{0,60}[\]>}]"
    r"|(?<=\()(?:please\s+)?(?:insert|paste|enter)\s[^)\n]{0,40}\bhere\)"
    r"|(?<=[\[<{])[\[<{]?\s*your\s[^\]>}\n=]{1,40}[\]>}]"
    r"|(?<=[\[<{])[\[<{]?\s*(?:text|article|passage|paragraph|sentence|input|content|document|code)\s+(?:here"
    r"|goes here)\s*[\]>}]"
    r"|\s*(?:请)?(?:在此处?|此处|在这里|这里)?(?:插入|填写|填入|填上|输入|粘贴|贴入"
    r"|放入)[^\]】）)>》」}\n]{0,20}[\]】）)>》」}]"
    r"|(?<=[\[【<{])\s*(?:你|您)的[^\]】>}\n=]{1,16}[\]】>}])",
    re.IGNORECASE,
)
_ASCII_BRACKETS = "[<{("
_BRACKETS = f"{_ASCII_BRACKETS}【（《「"
"""Every filler and slot begins with one of these; most texts hold none."""

# A letter may well be signed "[Your Name]": the writer's name is not the model's to invent.
_MAY_BE_SIGNED = re.compile(
    r"letter|e-?mail|invit|cover|resume|résumé|memo|contract|agreement|form\b|note\b|message|announce"
    r"|press release|speech"
    r"|introduc|bio\b|script|post\b|apolog|review|reply|proposal|card\b|receipt|invoice|survey|report"
    r"|certificate|draft|toast"
    r"|信|邮件|邀请|简历|通知|合同|协议|函|声明|稿|自我介绍|贺卡|请假|便条|申请|公告|报告|祝福|回复|证明|海报|文案",
    re.IGNORECASE,
)
_LETTER = re.compile(
    r"\W*(?:dear|hi|hey|hello|to whom)\b[^\n]{0,40}[,:\n]|\W*(?:我?最?(?:亲爱|尊敬|敬爱)的|[^\n]{0,12}[您你]好)",
    re.IGNORECASE,
)
_LABELLED_INPUT = re.compile(r"\s*(?:#+\s*)?(?:input|输入)\s*[:：]", re.IGNORECASE)
_SUM = re.compile(r"[\d\s+\-*/×÷^().=]+[?？]\s*\Z")
_BARE = re.compile(r"https?://\S+|[\w.+-]+@[\w-]+\.\w+|[\W\d_]+")


def _judge_characters(draft: Draft) -> Verdict | None:
    for field, text in _fields(draft):
        if text.isascii() and text.isprintable():
            continue
        if match := _BROKEN.search(text):
            if match.group() == "\ufffd" and _ABOUT_ENCODINGS.search(draft.instruction):
                continue
            return _reject("broken-characters", f"{field}: U+{ord(match.group()):04X} at character {match.start()}")
        if (match := _MOJIBAKE.search(text)) and not _ABOUT_ENCODINGS.search(draft.instruction):
            return _reject("broken-characters", f"{field}: “{_around(text, match)}”")
    return None


def _judge_placeholders(draft: Draft) -> Verdict | None:
    for field, whole in _fields(draft):
        text = whole[:_WINDOW]
        if not any(map(text.__contains__, _ASCII_BRACKETS if text.isascii() else _BRACKETS)):
            continue
        match = _FILLER.search(text)
        if match is None and field == "instruction":
            match = SLOT.search(text)
        elif match is None and field == "input":
            # Code and templates are often the input; a slot that is all of it is not.
            match = SLOT.fullmatch(text.strip())
        if match is None:
            continue
        task = draft.instruction.replace(match.group(), " ")
        if ABOUT_SLOTS.search(task) or (field == "instruction" and is_quoted(text, match.start())):
            continue
        if field == "output" and (_MAY_BE_SIGNED.search(f"{task} {draft.input}") or _is_letter(text, match)):
            continue
        if field != "instruction" and ABOUT_SLOTS.search(text.replace(match.group(), " ")):
            continue
        return _reject("placeholder", f"{field}: “{_around(text, match)}”")
    return None


def _judge_request(draft: Draft) -> Verdict | None:
    instruction = draft.instruction
    asks = "?" in instruction or "？" in instruction
    if (
        _LABELLED_INPUT.match(instruction)
        or (not asks and _BARE.fullmatch(instruction.strip()))
        or _is_json(instruction)
    ):
        return _reject("only-an-input", f"instruction: “{instruction.strip()[:80]}”")
    if not draft.input.strip() and (reference := missing_material(instruction)):
        return _reject("missing-material", f"instruction: “{reference}”, and the input is empty")
    return None


def _fields(draft: Draft) -> list[tuple[str, str]]:
    fields = [("instruction", draft.instruction), ("input", draft.input), ("output", draft.output or "")]
    return [(field, text) for field, text in fields if text]


def _is_letter(text: str, placeholder: re.Match[str]) -> bool:
    """Whether ``text`` is addressed to somebody, or signed with the placeholder."""
    signed = placeholder.end() == len(text.rstrip()) and text[: placeholder.start()].endswith("\n")
    return signed or _LETTER.match(text) is not None


def _is_json(text: str) -> bool:
    text = text.strip()
    if not (text[:1] in "{[" and text[-1:] in "}]"):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _around(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - 20) : match.end() + 20]


def _reject(rule: str, evidence: str, score: float | None = None, threshold: float | None = None) -> Verdict:
    return Verdict(ShapeGate.name, False, rule, score, threshold, evidence)
