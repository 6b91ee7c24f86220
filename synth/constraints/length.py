# ruff: noqa: ARG002 - every kind has the same signatures, whether it needs each argument or not
"""Constraints on how much: words and characters, sentences, paragraphs, lines.

Words and 字 are counted by :mod:`synth.text`. People count differently (is "well-known" one word? does a full stop
count as a 字?), so limits are proposed only where every usual way of counting gives the same verdict.
"""

from __future__ import annotations

import random
import re
from typing import ClassVar

from synth import text
from synth.constraints.kind import Args, Finding, Kind, counted, integer, number_word
from synth.constraints.task import Form, Task, measure, sure_sentences


class MaxWords(Kind):
    """At most so many words; in Chinese, 字."""

    name = "max_words"
    group = "length"
    weight = 3.0
    wordings: ClassVar = {
        "en": (
            "Keep {it} to {count} words or fewer; {tight}.",
            "{Tight}, so please use no more than {count} words.",
            "Please stay within {count} words, since {tight}.",
            "{It} should not run over {count} words, because {tight}.",
            "There is a limit of {count} words on this, and I cannot stretch it.",
            "At most {count} words, please: {tight}.",
            "Anything beyond {count} words will be cut off, so stay below that.",
            "I can only use {count} words of text at the very most, so make them count.",
        ),
        "zh": (
            "{tight}，请控制在{count}字以内。",
            "{it}请不要超过{count}字，{tight}。",
            "字数上限是{count}字，超出的部分会被截掉。",
            "因为{tight}，最多写{count}字，标点也算在内。",
            "{it}连标点在内不超过{count}字，挑要紧的说。",
            "篇幅请压在{count}字以内，{tight}。",
            "只给你{count}字的地方，写到这个数之内就好。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if not _countable(task) or task.demands("length"):
            return None
        _, most = _counts(task.answer, task.language)
        limit = _round_above(most, rng, reach=1.35)
        return None if most < 8 else {"count": limit}

    def check(self, args: Args, answer: str, language: str) -> Finding:
        count, limit = measure(answer, language), integer(args, "count")
        return Finding(count <= limit, f"{count} {_unit(language)}, at most {limit}")


class MinWords(Kind):
    """At least so many words; in Chinese, 字."""

    name = "min_words"
    group = "length"
    wordings: ClassVar = {
        "en": (
            "Please go into some detail: at least {count} words.",
            "{It} should be {count} words long or more, so that it is of real use to a beginner.",
            "A couple of lines will not do here; write no fewer than {count} words.",
            "I need a proper explanation of at least {count} words, not just the gist.",
            "Take the space you need, but do not go below {count} words.",
            "My form refuses anything under {count} words, so please write at least that much.",
        ),
        "zh": (
            "请说得详细一些，不少于{count}字。",
            "{it}至少要有{count}字，三言两语说不清楚。",
            "我需要完整的说明，篇幅不低于{count}字。",
            "别写得太简略，至少{count}字，外行也要能看懂。",
            "可以展开来写，但不要少于{count}字。",
            "提交页面要求至少{count}字，请写够这个数。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form not in (Form.PROSE, Form.MIXED) or not task.own_language or not task.explains:
            return None
        if task.demands("length") or task.demands("brief"):
            return None
        least, _ = _counts(task.answer, task.language)
        return None if least < 60 else {"count": _round_below(least, rng)}

    def check(self, args: Args, answer: str, language: str) -> Finding:
        count, limit = measure(answer, language), integer(args, "count")
        return Finding(count >= limit, f"{count} {_unit(language)}, at least {limit}")


class WordsBetween(Kind):
    """A range of words; in Chinese, of 字."""

    name = "words_between"
    group = "length"
    weight = 2.0
    wordings: ClassVar = {
        "en": (
            "Aim for somewhere between {low} and {high} words; {tight}, but I do not want mere keywords either.",
            "{It} should come to between {low} and {high} words in all.",
            "The slot on the page takes {low} to {high} words, so please stay in that range.",
            "Length: no fewer than {low} and no more than {high} words.",
            "Please write {low} to {high} words, which is about what people are willing to read.",
            "Anything from {low} to {high} words is fine; shorter looks careless and longer will not be read.",
        ),
        "zh": (
            "篇幅请控制在{low}到{high}字之间，{tight}，但也别太单薄。",
            "{it}写{low}至{high}字，不要多也不要少。",
            "留给这段内容的位置大约能放{low}到{high}字，请写在这个范围内。",
            "字数要求：不少于{low}字，不多于{high}字。",
            "太短说不清，太长没人看，写{low}到{high}字比较合适。",
            "{it}的长度以{low}到{high}字为宜，标点计算在内。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if not _countable(task) or task.demands("length") or task.demands("brief"):
            return None
        if task.form not in (Form.PROSE, Form.MIXED, Form.DIALOGUE):
            return None
        least, most = _counts(task.answer, task.language)
        low, high = _round_below(least, rng), _round_above(most, rng, reach=1.3)
        return {"low": low, "high": high} if least >= 40 and high <= 1.8 * low else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        count, low, high = measure(answer, language), integer(args, "low"), integer(args, "high")
        return Finding(low <= count <= high, f"{count} {_unit(language)}, between {low} and {high}")


class MaxCharacters(Kind):
    """At most so many characters as a form counts them: letters, spaces and marks, line breaks included."""

    name = "max_characters"
    group = "length"
    wordings: ClassVar = {
        "en": (
            "It has to fit into a field of {count} characters, spaces included.",
            "The form cuts everything after {count} characters (spaces count), so stay below that.",
            "I will send it as a message, so {count} characters including spaces are the most I can use.",
            "Please use no more than {count} characters in all, counting spaces and punctuation.",
            "{It} must not be longer than {count} characters, spaces and punctuation included.",
            "Our template has room for {count} characters with spaces; please keep within it.",
        ),
        "zh": (
            "系统的输入框最多容纳{count}个字符（标点和空格都算），请不要超出。",
            "{it}连标点、空格在内不超过{count}个字符。",
            "超过{count}个字符的部分会被系统自动截断，标点也计入，请写在限度以内。",
            "这个栏位限{count}个字符，空格和标点都占位置，务必写得下。",
            "要当消息发出去，含标点最多{count}个字符。",
            "请把总长度压到{count}个字符之内，标点、字母和空格各算一个。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form is not Form.PROSE or task.demands("length") or len(task.answer.strip()) > 300:
            return None
        size = len(task.answer.strip())
        if size < 15:
            return None
        usual = [limit for limit in (70, 140, 160, 280) if size <= limit <= 1.4 * size]
        return {"count": rng.choice(usual) if usual else _round_above(size, rng, reach=1.35)}

    def check(self, args: Args, answer: str, language: str) -> Finding:
        count, limit = len(answer.strip()), integer(args, "count")
        return Finding(count <= limit, f"{count} characters, at most {limit}")


class SentencesExact(Kind):
    """Exactly so many sentences."""

    name = "sentences_exact"
    group = "sentences"
    weight = 2.0
    wordings: ClassVar = {
        "en": (
            "Please give {it} in exactly {sentences}, neither more nor fewer.",
            "Use exactly {sentences}; {tight}.",
            "I would like it to be exactly {sentences} long.",
            "{It} should consist of exactly {sentences}, because {tight}.",
            "Say it in exactly {sentences}, each of them complete.",
            "The layout needs exactly {sentences} here, so please stick to that number.",
        ),
        "zh": (
            "请正好用{sentences}写完，不多也不少。",
            "{it}由{sentences}组成，每句都要完整。",
            "{tight}，请用整整{sentences}说清楚。",
            "我这里排版固定，正好要{sentences}，请按这个数来。",
            "刚好写{sentences}就行，{tight}。",
            "请恰好写成{sentences}，以句号、问号或感叹号为准。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form is not Form.PROSE or not task.own_language or task.demands("sentences"):
            return None
        found = sure_sentences(task.answer)
        return {"count": len(found)} if found and 2 <= len(found) <= 6 else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        count, wanted = len(text.sentences(answer)), integer(args, "count")
        return Finding(count == wanted, f"{count} sentences, exactly {wanted}")

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        return {"sentences": _sentence_count(integer(args, "count"), language, rng)}


class MaxSentences(Kind):
    """At most so many sentences."""

    name = "max_sentences"
    group = "sentences"
    weight = 1.5
    wordings: ClassVar = {
        "en": (
            "No more than {sentences}, please; {tight}.",
            "{Tight}, so {sentences} at the most.",
            "Please keep {it} down to {sentences} at most, and leave side issues aside.",
            "{It} may have up to {sentences}; if fewer will do, all the better.",
            "Do not go beyond {sentences}: {tight}.",
            "Let it be {sentences} at most, because {tight}.",
        ),
        "zh": (
            "最多{sentences}，{tight}。",
            "{tight}，请不要超过{sentences}。",
            "{it}控制在{sentences}以内，枝节就不必说了。",
            "能短则短，上限是{sentences}。",
            "至多写{sentences}，够用就行，因为{tight}。",
            "句子别太多，{sentences}封顶，{tight}。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form is not Form.PROSE or not task.own_language or task.demands("sentences"):
            return None
        found = sure_sentences(task.answer)
        return {"count": len(found) + rng.randrange(2)} if found and 2 <= len(found) <= 7 else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        count, limit = len(text.sentences(answer)), integer(args, "count")
        return Finding(count <= limit, f"{count} sentences, at most {limit}")

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        return {"sentences": _sentence_count(integer(args, "count"), language, rng)}


class MaxSentenceWords(Kind):
    """No sentence longer than so many words; in Chinese, 字."""

    name = "max_sentence_words"
    group = "sentence_length"
    weight = 1.5
    wordings: ClassVar = {
        "en": (
            "Write short sentences, none of them longer than {count} words; {easy}.",
            "Please keep every sentence to {count} words or fewer, because {easy}.",
            "No sentence should have more than {count} words: {easy}.",
            "Mind the length of the sentences: {count} words is the most any of them may have.",
            "{Easy}, so no single sentence may run over {count} words.",
            "Our plain-language rule allows at most {count} words in a sentence; please respect it throughout.",
        ),
        "zh": (
            "请用短句，每句不超过{count}字，{easy}。",
            "{easy}，所以任何一句都别超过{count}字。",
            "单句长度请控制在{count}字以内，该断句就断句。",
            "注意句子不要太长，最长的一句也不能超过{count}字。",
            "每个句子连标点最多{count}字，因为{easy}。",
            "我们对单句有限制，一句不得多于{count}字，请全文遵守。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form not in (Form.PROSE, Form.MIXED, Form.LIST) or not task.own_language:
            return None
        if task.demands("sentences") or task.demands("length"):
            return None
        found = text.sentences(task.answer)
        longest = max((_counts(sentence, task.language)[1] for sentence in found), default=0)
        low, high = (20, 70) if task.language == "zh" else (9, 32)
        if len(found) < 3 or not low <= longest <= high:
            return None
        step = 10 if task.language == "zh" else 5
        return {"count": step * (longest // step + 1 + rng.randrange(2))}

    def check(self, args: Args, answer: str, language: str) -> Finding:
        limit = integer(args, "count")
        found = text.sentences(answer)
        longest = max(found, key=lambda sentence: measure(sentence, language), default="")
        count = measure(longest, language)
        return Finding(count <= limit, f"longest sentence {count} {_unit(language)}, at most {limit}: {longest[:60]}")


class ParagraphsExact(Kind):
    """Exactly so many paragraphs."""

    name = "paragraphs_exact"
    group = "paragraphs"
    weight = 2.0
    wordings: ClassVar = {
        "en": (
            "Set it out in exactly {paragraphs} with a blank line in between; {scan}.",
            "Please divide {it} into {paragraphs}, separated by blank lines.",
            "{It} should have exactly {paragraphs}, because {scan}.",
            "I would like exactly {paragraphs}, each set off by an empty line.",
            "Break the text into exactly {paragraphs}: {scan}.",
            "For the layout I need {paragraphs} with an empty line between them, no more and no fewer.",
        ),
        "zh": (
            "请分成{paragraphs}来写，段与段之间空一行，{scan}。",
            "{it}正好分{paragraphs}，中间用空行隔开。",
            "不要挤成一大块，分成{paragraphs}，各段之间留一个空行。",
            "{scan}，请把内容整整齐齐分成{paragraphs}，段间空行。",
            "排版需要正好{paragraphs}，段与段之间请空一行。",
            "请恰好写{paragraphs}，每段之间空一行，不多不少。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form is not Form.PROSE or not task.own_language or task.demands("paragraphs"):
            return None
        if task.demands("layout"):
            return None
        count = len(text.paragraphs(task.answer))
        if 2 <= count <= 5 and _blank_lines_only(task.answer):
            return {"count": count}
        if count > 1 or task.crafted or task.demands("sentences"):
            return None
        options = [number for number in (2, 3) if _split_into(task.answer, number) is not None]
        return {"count": rng.choice(options)} if options else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        count, wanted = len(text.paragraphs(answer)), integer(args, "count")
        return Finding(count == wanted, f"{count} paragraphs, exactly {wanted}")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        if len(text.paragraphs(answer)) != 1:
            return None
        return _split_into(answer, integer(args, "count"))

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        count = integer(args, "count")
        if language == "zh":
            return {"paragraphs": f"{rng.choice((number_word(count, 'zh'), str(count)))}段"}
        return {"paragraphs": counted(count, "paragraph")}


class MaxParagraphWords(Kind):
    """No paragraph longer than so many words; in Chinese, 字."""

    name = "max_paragraph_words"
    group = "paragraph_length"
    wordings: ClassVar = {
        "en": (
            "Keep the paragraphs short, at most {count} words each; {scan}.",
            "No paragraph should be longer than {count} words, because {scan}.",
            "Walls of text put people off, so please allow no paragraph more than {count} words.",
            "Please see to it that each paragraph stays within {count} words.",
            "{Scan}, so no single paragraph may exceed {count} words.",
        ),
        "zh": (
            "段落不要太长，每段不超过{count}字，{scan}。",
            "每一段请控制在{count}字以内，大段文字看着累。",
            "{scan}，任何一段都不要超过{count}字。",
            "请注意分段，单个段落最多{count}字。",
            "密密麻麻一大片没人愿意看，所以每段以{count}字为限。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form is not Form.PROSE or not task.own_language:
            return None
        if task.demands("length") or task.demands("paragraphs") or not _blank_lines_only(task.answer):
            return None
        found = text.paragraphs(task.answer)
        longest = max(_counts(paragraph, task.language)[1] for paragraph in found)
        return {"count": _round_above(longest, rng, reach=1.35)} if len(found) >= 2 and longest >= 20 else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        limit = integer(args, "count")
        count = max((measure(paragraph, language) for paragraph in text.paragraphs(answer)), default=0)
        return Finding(count <= limit, f"longest paragraph {count} {_unit(language)}, at most {limit}")


class LinesExact(Kind):
    """Exactly so many lines, one thing a line."""

    name = "lines_exact"
    group = "lines"
    wordings: ClassVar = {
        "en": (
            "Put one entry on each line, {lines} in all, with no empty lines; {script}.",
            "{It} should be exactly {lines} long, one entry to a line and no blank lines.",
            "I expect exactly {lines}, one for each entry, since {script}.",
            "Give me {lines}, no blank ones among them, so that I can check them off one by one.",
            "One line per entry, please, which makes {lines}; leave no gaps between them.",
            "{Script}, so stick to one entry per line and exactly {lines}.",
        ),
        "zh": (
            "一行写一条，总共{lines}，中间不要空行，{script}。",
            "{it}正好{lines}，每行一条，不留空行。",
            "{script}，请严格一行一条，合计{lines}。",
            "每条单独占一行，不多不少共{lines}，方便我逐行核对。",
            "请给我{lines}，一条一行，行与行之间不空。",
            "按一行一条来排，总数{lines}，不要夹空行。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form not in (Form.LIST, Form.LINES, Form.PAIRS) or re.search(r"\blines?\b|行", task.instruction):
            return None
        count = len(text.lines(task.answer))
        flat = "\n\n" not in task.answer and len(set(re.findall(r"(?m)^[ \t]*", task.answer.strip()))) == 1
        return {"count": count} if flat and 3 <= count <= 15 else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        found, wanted = answer.strip().splitlines(), integer(args, "count")
        blank = sum(not line.strip() for line in found)
        return Finding(len(found) == wanted and not blank, f"{len(found)} lines ({blank} blank), exactly {wanted}")

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        count = integer(args, "count")
        if language == "zh":
            return {"lines": f"{rng.choice((number_word(count, 'zh'), str(count)))}行"}
        return {"lines": counted(count, "line")}


class OneLine(Kind):
    """No line break anywhere."""

    name = "one_line"
    group = "lines"
    wordings: ClassVar = {
        "en": (
            "Put everything on a single line without any line breaks, because it goes into a spreadsheet cell.",
            "{It} must not contain line breaks; the field I paste it into holds one line only.",
            "Please write it as one unbroken line of text, since {script}.",
            "No line breaks, please: {paste}, and breaks would split it up.",
            "Everything has to stand on one line, as a line break would end the record.",
            "Give it to me as one line with no breaks; {script}.",
        ),
        "zh": (
            "全部写在一行里，不要换行，因为要填进表格的一个单元格。",
            "{it}中间不要出现换行，我要粘贴的栏位只认一行。",
            "{script}，所以请写成不换行的一整行。",
            "请不要分行，一换行后面的内容就会丢掉。",
            "写成连续的一行就好，中途不换行，{paste}。",
            "不要回车换行，整段连着写，{script}。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form is not Form.PROSE or task.demands("paragraphs") or task.demands("layout"):
            return None
        if task.words > 160 or (task.crafted and "\n" in task.answer):
            return None
        return None if self.realise({}, task.answer, task.language) is None else {}

    def check(self, args: Args, answer: str, language: str) -> Finding:
        count = len(answer.strip().splitlines())
        return Finding(count == 1, f"{count} lines")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        parts = [line.strip() for line in text.lines(answer)]
        # A line that ends without a stop is a heading, a formula or an item: on one line it would run into the next.
        if not all(re.search(r"""[.!?。！？]["'”’」』)）]*$""", part) for part in parts[:-1]):
            return None
        joined = parts[0]
        for part in parts[1:]:
            joined += ("" if text.is_cjk(part[0]) else " ") + part
        return joined


KINDS: tuple[Kind, ...] = (
    MaxWords(),
    MinWords(),
    WordsBetween(),
    MaxCharacters(),
    SentencesExact(),
    MaxSentences(),
    MaxSentenceWords(),
    ParagraphsExact(),
    MaxParagraphWords(),
    LinesExact(),
    OneLine(),
)


def _countable(task: Task) -> bool:
    return task.own_language and task.form in (Form.PROSE, Form.LIST, Form.MIXED, Form.DIALOGUE, Form.PAIRS)


def _counts(answer: str, language: str) -> tuple[int, int]:
    """The least and the most that the usual ways of counting give for one text."""
    measured = measure(answer, language)
    if language == "zh":
        return min(measured, sum(map(text.is_cjk, answer))), max(measured, len(re.sub(r"\s", "", answer)))
    words = re.findall(r"[^\W_]+", answer)
    return min(measured, len(answer.split())), max(measured, len(answer.split()), len(words))


def _round_above(count: int, rng: random.Random, reach: float) -> int:
    """A round number that a person might set as a limit, from ``count`` to ``reach`` times that."""
    step = 5 if count < 60 else 10 if count < 200 else 50
    first = -(-count // step) * step
    return int(rng.choice(range(first, max(first, int(count * reach)) + 1, step)))


def _round_below(count: int, rng: random.Random) -> int:
    step = 10 if count < 200 else 50
    last = count // step * step
    first = max(step, int(count * 0.7) // step * step)
    return int(rng.choice(range(min(first, last), last + 1, step)))


def _unit(language: str) -> str:
    return "characters" if language == "zh" else "words"


def _sentence_count(count: int, language: str, rng: random.Random) -> str:
    if language == "zh":
        return f"{rng.choice((number_word(count, 'zh'), str(count)))}{rng.choice(('句话', '个句子'))}"
    return counted(count, "sentence")


def _blank_lines_only(answer: str) -> bool:
    """Whether paragraphs stand apart by blank lines alone, so that nobody counts them differently."""
    return not re.search(r"[^\n]\n[^\n]", answer.strip())


# A paragraph does not open well on a word that leans on the sentence before it.
_LEANS = re.compile(
    r"(?:it|this|that|these|those|they|he|she|its|their|his|her|such|so|and|but|or|then|also|both"
    r"|neither|which|otherwise"
    r"|either|there|in that case|for (?:example|instance))\b"
    r"|[它他她这那其此]|所以|因此|于是|而|但|也|还|又|则|因为|否则|不然|比如|例如",
    re.IGNORECASE,
)


def _split_into(answer: str, count: int) -> str | None:
    """One paragraph cut into ``count`` at sentence ends, in about equal parts; None where it would not read well."""
    found = sure_sentences(answer)
    if found is None or "\n" in answer.strip() or len(found) < 2 * count:
        return None
    glue = "" if text.is_cjk(found[0][0]) else " "
    total = sum(map(len, found))
    parts: list[list[str]] = [[]]
    done = 0
    for sentence in found:
        due = done >= total * len(parts) / count - len(sentence) / 2
        if parts[-1] and due and len(parts) < count and not _LEANS.match(sentence):
            parts.append([])
        parts[-1].append(sentence)
        done += len(sentence)
    split = "\n\n".join(glue.join(part) for part in parts)
    return split if len(parts) == count and glue.join(found) == answer.strip() else None
