"""Repetition: loops and padding, in every script, without mistaking code, tables, verse or lists for them.

Five tests, cheapest first; each runs only where the one before leaves room for what it finds:

===================  =============================================================================================
``character-run``    one character many times over ("！！！！！！…"), rules and dotted lines excepted
``loop-at-tail``     the text ends in a unit that repeats. Any period: where the last few characters occur before
                     gives each candidate period (the borders that a prefix function of the reversed text finds, at
                     the speed of ``str.rfind``), and the run is then followed back to where it began. A loop that
                     generation cut in mid-word is one too. How often a unit must repeat depends on its length: a
                     word four or five times, a sentence three times, a paragraph twice
``repeated-lines``,  a line, sentence or paragraph that comes again and again anywhere in the text
``…sentences``,
``…paragraphs``
``top-n-gram``,      Gopher's table (Rae et al. 2021, A1): the share of characters in the most frequent 2-4-gram, and
``repeated-n-grams`` in all 5-10-grams that occur twice. Its thresholds were set for web pages and reject a third of
                     good answers, so here they are wider and apply to texts of ``gopher_words`` tokens and more
``compression``      zlib makes less than ``1/compression`` of a long text
===================  =============================================================================================

The last two run only on texts that compress well, which good prose does not: that is what keeps the gate fast.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from synth.protocols import View
from synth.records import Draft, Sample, Verdict, passing
from synth.text import tokens


class RepetitionGate:
    """Rejects instructions, inputs and outputs that loop or repeat themselves.

    ``gopher_words``: tokens from which on the n-gram table applies. ``top_ngrams``: largest share of characters in the
    most frequent n-gram, by n. ``repeated_ngrams``: largest share of characters in n-grams that occur twice, by n.
    ``compression``: largest ratio of a text to its zlib.
    """

    name = "repetition"
    screens = True
    reads_answer = True
    reads_pool = False

    def __init__(
        self,
        gopher_words: int = 120,
        top_ngrams: tuple[tuple[int, float], ...] = ((2, 0.30), (3, 0.30), (4, 0.30)),
        repeated_ngrams: tuple[tuple[int, float], ...] = ((5, 0.60), (10, 0.45)),
        compression: float = 6.0,
    ) -> None:
        self.gopher_words = gopher_words
        self.top_ngrams = top_ngrams
        self.repeated_ngrams = repeated_ngrams
        self.compression = compression

    def judge(self, draft: Draft, view: View) -> Verdict:
        for field, text in (("instruction", draft.instruction), ("input", draft.input), ("output", draft.output)):
            if text and (found := self._find(text)):
                return Verdict(self.name, False, found.rule, found.score, found.threshold, f"{field}: {found.evidence}")
        return passing(self.name)

    def remember(self, sample: Sample) -> None:
        """Nothing: repetition is within one draft."""

    def _find(self, text: str) -> _Repetition | None:
        if len(text) < _SHORTEST:
            return None
        head = text[:_WINDOW]
        return _character_run(head) or _tail_loop(text) or _repeated_units(head) or self._squeezed(head)

    def _squeezed(self, text: str) -> _Repetition | None:
        """The tests for texts that compress well."""
        if 4 * len(text) < _LONG or len(data := text.encode("utf-8", "replace")) < _LONG:
            return None
        ratio = len(data) / len(zlib.compress(data, 1))
        if ratio < _DENSE:
            return None
        return self._repeated_ngrams(text) or self._compressed(text, ratio)

    def _compressed(self, text: str, ratio: float) -> _Repetition | None:
        limit = self.compression * (2 if _is_structured(text) else 1)
        if ratio <= limit or not _has_words(text):
            return None
        return _Repetition("compression", round(ratio, 2), limit, f"“{text[:60]}…”")

    def _repeated_ngrams(self, text: str) -> _Repetition | None:
        words = tokens(text)
        if len(words) < self.gopher_words or _is_structured(text):
            return None
        total = sum(map(len, words))
        for n, limit in self.top_ngrams:
            gram, count = Counter(zip(*(words[i:] for i in range(n)), strict=False)).most_common(1)[0]
            share = count * sum(map(len, gram)) / total
            if share > limit and count > 3 and len(set(gram)) == n and not any(map(str.isdigit, gram)):
                return _Repetition("top-n-gram", round(share, 3), limit, f"“{' '.join(gram)}” {count} times")
        for n, limit in self.repeated_ngrams:
            share, example = _share_in_repeated(words, n, total)
            if share > limit:
                return _Repetition("repeated-n-grams", round(share, 3), limit, f"{n} tokens again: “{example}”")
        return None


@dataclass(frozen=True, slots=True)
class _Repetition:
    rule: str
    score: float
    threshold: float
    evidence: str


_SHORTEST = 8
"""Characters below which nothing is called a repetition."""
_LONG = 500
"""UTF-8 bytes from which on compression says something."""
_DENSE = 3.0
"""Compression ratio from which on n-grams are counted; good prose lies around 2."""
_WINDOW = 20_000
"""Characters that are looked at: the end for loops, the beginning for the rest. It bounds the cost of huge texts."""

_RUN = re.compile(r"([^\s\-=_*#.~+─━═│|/\\\u2500-\u259f0-9xX·…—])\1{24,}")


_SAMPLED_RUN = re.compile(r"(.)\1\1\1", re.DOTALL)
"""What a run of 25 leaves in every sixth character of a text; the pattern itself takes ten times as long to fail."""


def _character_run(text: str) -> _Repetition | None:
    if not _SAMPLED_RUN.search(text[::6]):
        return None
    if match := _RUN.search(text):
        return _Repetition("character-run", len(match.group()), 24, f"“{match.group(1)}” {len(match.group())} times")
    return None


def _tail_loop(text: str) -> _Repetition | None:
    """The loop that ``text`` ends in, if it repeats often enough for its length."""
    bare = text.rstrip(_AFTER_LAST)
    last = bare[-4:]
    if bare.find(last) == len(bare) - len(last) and not any(map(str.isspace, last)):
        return None  # most texts end in letters that come nowhere else, which is soon seen
    text = " ".join(text[-_WINDOW:].split()).rstrip(_QUOTES)
    size = len(text)
    probe = 8 if text.isascii() else 4
    if size < _SHORTEST:
        return None
    suffix = text[-probe:]
    end = size - 1
    while (at := text.rfind(suffix, 0, end)) >= 0:
        end = at + probe - 1
        period = size - probe - at
        if 2 * period > size:
            return None
        unit = text[size - period :]
        if text[size - 2 * period : size - period] == unit:
            loop = _follow_back(text, period)
            if " " in unit and (loop + 1) % period == 0:
                loop += 1  # the space after the last word, or before the first one, is a part of its unit
            repeats = loop / period
            needed = _needed_repeats(unit, repeats)
            if needed and repeats >= needed:
                return _Repetition(
                    "loop-at-tail", round(repeats, 2), needed, f"“{unit[:80]}” {round(repeats, 1):g} times at the end"
                )
            # Within this run all further periods are multiples of this one (Fine and Wilf): go on beyond it.
            end = min(end, size - loop // 2 - 1)
    return None


_QUOTES = " \"'”’`…"
_AFTER_LAST = f"{_QUOTES}\n\t\r"


def _follow_back(text: str, period: int) -> int:
    """Characters of the longest suffix of ``text`` that has this period."""
    size = len(text)
    low, high = 2 * period, size
    while low < high:
        middle = (low + high + 1) // 2
        if text[size - middle : size - period] == text[size - middle + period :]:
            low = middle
        else:
            high = middle - 1
    return low


_LETTER = re.compile(r"[^\W\d_]")
_TAG = re.compile(r"</?\w+[^>]*>")
_INTERJECTION = re.compile(
    r"\W*(?:(?:ha|hah|na|la|ho|he|da|no|yeah|row|bla|blah|hee|ding|knock|tick|tock|beep|哈|呵|嘿|嘻|啦"
    r"|呀|汪|喵|嘎|咚|嗒|滴|叮|咕|噜|轰|隆)\W*)+",
    re.IGNORECASE,
)


def _needed_repeats(unit: str, repeats: float) -> float | None:
    """How often ``unit`` must repeat to be a loop; None where it may repeat as it likes."""
    words = tokens(unit)
    span = len(unit) * repeats
    if not _LETTER.search(_TAG.sub("", unit)):
        # Rows of figures, rules, empty table cells, closing brackets and tags.
        return 8.0 if span > 400 else None
    if len(words) == 1:
        if unit.isascii() and unit.isalnum():
            return 25.0  # letters within one word
        if _INTERJECTION.fullmatch(unit) or (len(words[0]) < 2 and words[0].isascii()):
            return 12.0
        return 4.0
    if len(words) <= 3:
        return 5.0 if _INTERJECTION.fullmatch(unit) else 4.0
    if len(words) <= 12:
        return 3.0
    return 2.5 if len(words) < 30 else 2.0


_ASCII_SENTENCE_ENDS = ".!?\n"
_SENTENCE_ENDS = f"{_ASCII_SENTENCE_ENDS}。！？；"
_MARKER = re.compile(r"^[\s\-*•·>#|]*(?:\(?\d{1,3}[.)、：:）]|[a-zA-Z][.)])?\s*")


def _repeated_units(text: str) -> _Repetition | None:
    if (breaks := text.count("\n")) >= 3:
        lines = [line for line in map(str.strip, text.split("\n")) if line]
        if len(set(lines)) < len(lines) and (found := _repeated(lines, "repeated-lines", 4)):
            return found
        if breaks >= 6 and (found := _numbered_alike(lines)):
            return found
        if "\n\n" in text:
            blocks = [block.strip() for block in text.split("\n\n") if block.strip()]
            if len(set(blocks)) < len(blocks) and (found := _repeated(blocks, "repeated-paragraphs", 3)):
                return found
    for end in _ASCII_SENTENCE_ENDS if text.isascii() else _SENTENCE_ENDS:
        text = text.replace(end, "\n")  # all ends made one split in a third of a pattern's time
    if text.count("\n") < 3:
        return None
    parts = [part for part in map(str.strip, text.split("\n")) if len(part) > 3]
    if len(parts) >= 4 and len(set(parts)) < len(parts):
        return _repeated(parts, "repeated-sentences", 4)
    return None


def _repeated(units: list[str], rule: str, least: int) -> _Repetition | None:
    """Whether one of ``units``, a wordy one, comes ``least`` times and makes a good part of the text."""
    counts = Counter(units)
    total = max(1, sum(map(len, units)))
    for unit, count in counts.most_common(3):
        if count < least:
            break
        # A refrain comes again after a verse; what follows upon itself is a loop.
        in_a_row = any(units[at : at + 3] == [unit] * 3 for at in range(len(units) - 2))
        limit = 0.35 if in_a_row else 0.6
        share = count * len(unit) / total
        if share > limit and _is_wordy(unit):
            return _Repetition(rule, round(share, 3), limit, f"“{unit[:80]}” {count} times")
    again = sum((count - 1) * len(unit) for unit, count in counts.items() if count > 1 and _is_wordy(unit)) / total
    if len(units) >= _MANY and again > 0.55:
        return _Repetition(
            rule, round(again, 3), 0.55, f"{len(counts)} different ones among {len(units)}: “{units[0][:80]}”"
        )
    return None


_MANY = 6
"""Lines or sentences from which on the share of all repeated ones says something."""


def _numbered_alike(lines: list[str]) -> _Repetition | None:
    """List items that differ in their number alone."""
    if len({line[-3:] for line in lines}) > len(lines) - 2:
        return None  # not even their ends are alike
    return _repeated([_MARKER.sub("", line) for line in lines], "repeated-lines", 5)


def _is_wordy(unit: str) -> bool:
    words = tokens(unit)
    return len(words) >= 3 and _has_words(unit) and not _CODE_LINE.search(unit)


_CODE_LINE = re.compile(r"[{};=<>|]|\)\s*:?$|^\s*(?:end|else|return|break|try|pass)\b")
_WORD = re.compile(r"[^\W\d_]{2,}|[\u4e00-\u9fff]")


def _has_words(text: str) -> bool:
    return len(_WORD.findall(text[:2000])) >= 3


def _is_structured(text: str) -> bool:
    """Code, mark-up, tables, JSON: their n-grams repeat by nature."""
    lines = text.split("\n")
    marked = sum(1 for line in lines if _CODE_LINE.search(line))
    return "```" in text or text.lstrip()[:1] in ("{", "[", "<") or marked > 0.3 * len(lines)


def _share_in_repeated(words: Sequence[str], n: int, total: int) -> tuple[float, str]:
    """The share of characters in n-grams seen before, none counted twice, and the first of them."""
    seen: set[tuple[str, ...]] = set()
    covered, at, example = 0, 0, ""
    while at + n <= len(words):
        gram = tuple(words[at : at + n])
        if gram in seen:
            covered += sum(map(len, gram))
            example = example or " ".join(gram)
            at += n
        else:
            seen.add(gram)
            at += 1
    return covered / total, example
