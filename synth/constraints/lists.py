# ruff: noqa: ARG002 - every kind has the same signatures, whether it needs each argument or not
"""Constraints on lists: how many items, how they are marked, ended, joined and ordered."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import ClassVar

from synth import text
from synth.constraints.kind import Args, Finding, Kind, counted, integer, number_word, string_of
from synth.constraints.task import (
    BULLETS,
    ITEM_OR_LINE,
    Form,
    Task,
    bullets,
    items,
    number_of,
    numbered,
    prose_lines,
    sure_sentences,
)


class BulletsExact(Kind):
    """Exactly so many bullet points and no numbered item."""

    name = "bullets_exact"
    group = "list"
    weight = 2.0
    wordings: ClassVar = {
        "en": (
            "Please give it to me as exactly {points}; {scan}.",
            "Use a bulleted list with exactly {points}, one thought to each.",
            "{Scan}, so lay it out as {points}, no more and no fewer.",
            "I want to go through it point by point: exactly {points}, please.",
            "Write it as a list of {points}, without numbers in front of them.",
            "The handout has room for {points}, so make it exactly that many.",
        ),
        "zh": (
            "请用项目符号列成正好{points}，{scan}。",
            "分点来写，恰好{points}，每点前面用圆点或短横，不要编号。",
            "{scan}，请整理成{points}，用项目符号而不是数字。",
            "我想一点一点地看，请用无序列表列出{points}，不多不少。",
            "讲义上只留了{points}的位置，请用项目符号逐点列出，数目要对。",
            "不用数字编号，改用项目符号，总共{points}。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        return _propose_list(self, task, rng)

    def check(self, args: Args, answer: str, language: str) -> Finding:
        count, numbers, wanted = len(bullets(answer)), len(numbered(answer)), integer(args, "count")
        return Finding(
            count == wanted and not numbers, f"{count} bullets and {numbers} numbers, exactly {wanted} bullets"
        )

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        return _as_list(answer, integer(args, "count"), language, lambda _: "-")

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        count = integer(args, "count")
        if language == "zh":
            return {"points": f"{rng.choice((number_word(count, 'zh'), str(count)))}点"}
        return {"points": counted(count, rng.choice(("bullet point", "bullet")))}


class NumberedList(Kind):
    """Items numbered from 1 to n without a gap, and no bullets."""

    name = "numbered_list"
    group = "list"
    weight = 2.0
    wordings: ClassVar = {
        "en": (
            "Number the points from 1 to {count} so that we can refer to them in the meeting.",
            "Please write it as a numbered list of exactly {items}.",
            "I need a list numbered 1 to {count}, because we will tick the points off one after the other.",
            "Lay it out as {items}, each with its number in front.",
            "A numbered list of {items} would suit me best; {scan}.",
            "Give each point a number, running from 1 to {count}.",
        ),
        "zh": (
            "请从1到{count}编上号，开会时方便引用。",
            "用编号列表来写，总共{items}，号码要连续。",
            "给每一条标上数字序号，正好{items}，{scan}。",
            "请写成{items}带数字编号的要点，逐条核对用。",
            "按1、2、3的顺序编号，编到{count}为止，一条讲一件事。",
            "{scan}，请列成带序号的{items}，不多也不少。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        return _propose_list(self, task, rng)

    def check(self, args: Args, answer: str, language: str) -> Finding:
        found, wanted = [number_of(item) for item in numbered(answer)], integer(args, "count")
        marked = len(bullets(answer))
        return Finding(
            found == list(range(1, wanted + 1)) and not marked,
            f"numbers {found} and {marked} bullets, exactly 1 to {wanted}",
        )

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        return _as_list(answer, integer(args, "count"), language, lambda number: f"{number}.")

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        count = integer(args, "count")
        if language == "zh":
            return {"count": str(count), "items": f"{rng.choice((number_word(count, 'zh'), str(count)))}条"}
        return {"count": str(count), "items": counted(count, rng.choice(("item", "point")))}


class BulletMarker(Kind):
    """Which sign marks the bullets."""

    name = "bullet_marker"
    group = "marker"
    wordings: ClassVar = {
        "en": (
            'Use "{marker}" as the bullet sign throughout; {house}.',
            'Every bullet should start with "{marker}", because {house}.',
            'Please mark the bullets with "{marker}" and with nothing else.',
            'For the bullets I would like the sign "{marker}" rather than anything fancier or plainer.',
            'Our editor only recognises "{marker}" as a bullet, so use that one for all of them.',
        ),
        "zh": (
            "项目符号统一用“{marker}”，{house}。",
            "每个要点前面请都用“{marker}”开头，不要混用别的符号。",
            "列表符号请用“{marker}”，因为{house}。",
            "我们的编辑器只认“{marker}”这一种列表符号，请全部用它。",
            "要点一律以“{marker}”起头，保持一致。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form not in (Form.LIST, Form.MIXED) or task.demands("items"):
            return None
        if len(bullets(task.answer)) < 2 or len(bullets(task.answer)) != _bullets_of_any_depth(task.answer):
            return None
        return {"marker": rng.choice("-*•–" if task.language == "en" else "-*•·")}

    def check(self, args: Args, answer: str, language: str) -> Finding:
        used, wanted = [item["mark"] for item in bullets(answer)], string_of(args, "marker")
        return Finding(len(used) >= 2 and set(used) == {wanted}, f"bullets {' '.join(used)}, all to be {wanted}")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        marker = string_of(args, "marker")
        return _remark(answer, lambda item: marker if item["mark"] in BULLETS else None)


class NumberingStyle(Kind):
    """How the numbers of a numbered list are written: ``1.`` ``1)`` ``(1)`` ``1、`` ``（1）`` ``①``."""

    name = "numbering_style"
    group = "marker"
    weight = 1.5
    wordings: ClassVar = {
        "en": (
            'Write the numbers of the list as "{sample}" and so on; {house}.',
            'The items should be numbered in the style "{sample}", because {house}.',
            'Please number the points "{sample}" and onwards, in exactly that form.',
            'I would like the numbering to look like this: "{sample}" and so forth.',
            'Our template numbers things "{sample}", so do the same here.',
        ),
        "zh": (
            "编号请写成“{sample}”这样的形式，{house}。",
            "序号格式统一用“{sample}”，不要用别的写法。",
            "各条的编号按“{sample}”的样式往下排，因为{house}。",
            "请用“{sample}”这种序号，和我手头的文件保持一致。",
            "模板里的序号是“{sample}”，请照这个样子编。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form not in (Form.LIST, Form.MIXED) or task.demands("items"):
            return None
        if not 2 <= len(numbered(task.answer)) <= 20:
            return None
        styles = ("{}.", "{})", "({})") if task.language == "en" else ("{}.", "{}、", "（{}）", "①")
        return {"style": rng.choice(styles)}

    def check(self, args: Args, answer: str, language: str) -> Finding:
        style = string_of(args, "style")
        used = [item["mark"] for item in numbered(answer)]
        wanted = [_number(style, number) for number in range(1, len(used) + 1)]
        return Finding(len(used) >= 2 and used == wanted, f"numbers {' '.join(used)}, to be {' '.join(wanted)}")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        style = string_of(args, "style")
        spaced = style in ("{}.", "{})", "({})")

        def mark(item: re.Match[str]) -> str | None:
            number = number_of(item)
            return None if number is None else _number(style, number)

        return _remark(answer, mark, gap=" " if spaced else "")

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        style = string_of(args, "style")
        glue = ", " if language == "en" else "" if style in ("①", "（{}）", "{}、") else " "
        return {"sample": glue.join(_number(style, number) for number in (1, 2, 3))}


class ItemEnds(Kind):
    """Every list item ends with a full stop, or none does."""

    name = "item_ends"
    group = "item_ends"
    wordings: ClassVar = {
        "en": (
            "Every item in the list should end {with_mark}; {house}.",
            "Please end each item of the list {with_mark}, because {house}.",
            "As for punctuation, the list items end {with_mark}, all of them alike.",
            "Our proofreader insists that list items end {with_mark}, so please see to that.",
            "Be consistent about the ends of the list items: {with_mark} after every one of them.",
        ),
        "zh": (
            "列表里每一条的末尾{with_mark}，{house}。",
            "请注意标点：各条结尾{with_mark}，全部统一。",
            "每条要点最后{with_mark}，因为{house}。",
            "校对要求列表各项末尾{with_mark}，请逐条照办。",
            "条目结尾的标点要一致，一律{with_mark}。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form is not Form.LIST or task.demands("items"):
            return None
        bodies = [item["body"].rstrip() for item in items(task.answer)]
        stop = _stop_of(task.language)
        if all(body.endswith(stop) for body in bodies):
            simple = all(len(text.sentences(body)) <= 1 for body in bodies)
            return {"mark": rng.choice((stop, "")) if simple else stop}
        if any(re.search(r"[.。;；!！?？:：]$", body) for body in bodies):
            return None
        long = all(len(text.tokens(body)) >= (5 if task.language == "en" else 10) for body in bodies)
        return {"mark": rng.choice((stop, "")) if long else ""}

    def check(self, args: Args, answer: str, language: str) -> Finding:
        mark = string_of(args, "mark")
        bodies = [item["body"].rstrip() for item in items(answer)]
        if mark:
            wrong = [body for body in bodies if not body.endswith(mark)]
        else:
            wrong = [body for body in bodies if re.search(r"[.。;；,，!！?？…]$", body)]
        return Finding(
            bool(bodies) and not wrong, f"{len(bodies)} items, wrongly ended: {[body[-20:] for body in wrong]}"
        )

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        mark = string_of(args, "mark")
        lines = []
        for line in text.lines(answer):
            body = line.rstrip()
            if mark:
                # "**Name**." reads oddly; so does a stop after a figure of speech in quotes.
                if not re.search(r"[\w)）%]$|[.。]$", body):
                    return None
                lines.append(body if body.endswith(mark) else body + mark)
            else:
                lines.append(re.sub(r"(?<![.。])[.。]$", "", body))
        return "\n".join(lines)

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        if language == "zh":
            return {"with_mark": "都用句号" if string_of(args, "mark") else rng.choice(("都不加标点", "不用任何标点"))}
        return {"with_mark": "with a full stop" if string_of(args, "mark") else "without any punctuation mark"}


class NoLists(Kind):
    """Running text without bullets and numbered items."""

    name = "no_lists"
    group = "list"
    wordings: ClassVar = {
        "en": (
            "Please write running text and leave out bullets and numbered lists; {aloud}.",
            "No bullet points or numbered lists, please: {aloud}, and lists sound choppy.",
            "I would like connected prose, without any bulleted or numbered list.",
            "Do not break it up into bullets or numbered points; I prefer to read whole sentences.",
            "{Aloud}, so no lists of any sort, only ordinary sentences.",
            "It should read like something said in conversation, so avoid bullets and numbering.",
        ),
        "zh": (
            "请写成连贯的文字，不要用项目符号或编号列表，{aloud}。",
            "{aloud}，所以别分点罗列，用完整的句子说。",
            "不要列一二三四，也不要打圆点，像平时说话那样写。",
            "我不喜欢一条一条的清单，请用连续的段落，不出现列表。",
            "{it}里不要出现任何列表，前后句子要接得上。",
            "用成段的话来讲，别拆成要点，也别编号。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        suits = task.form is Form.PROSE and not task.crafted and task.own_language and not task.demands("layout")
        suits = suits and not task.demands("paragraphs") and not task.demands("sentences")
        return {} if suits and len(text.sentences(task.answer)) >= 2 else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        found = [item.group().strip()[:40] for item in items(answer)]
        return Finding(not found, f"{len(found)} list items: {found[:3]}")


class JoinedBy(Kind):
    """All items on one line with a given separator."""

    name = "joined_by"
    group = "list"
    wordings: ClassVar = {
        "en": (
            'Put the {items} on one line with "{separator}" between them, because {script}.',
            'I need the {items} on a single line, separated by "{separator}".',
            'Please string the {items} together on one line with "{separator}" as the only separator.',
            'Write the {items} one after the other on one line, divided by "{separator}"; {paste}.',
            '{Script}, so give the {items} on one line with "{separator}" in between.',
        ),
        "zh": (
            "请把{items}写在同一行，用“{separator}”隔开，{script}。",
            "{items}连成一行，中间以“{separator}”分隔，不要换行。",
            "{paste}，请将{items}放在一行里，用“{separator}”间隔。",
            "不要一条一行，{items}排成一行，彼此之间用“{separator}”分开。",
            "结果写成一行，{items}之间统一加“{separator}”。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form not in (Form.LIST, Form.LINES) or task.demands("layout") or numbered(task.answer):
            return None
        separators = [";", " | ", " / "] if task.language == "en" else ["、", "；", " | "]
        count = len(text.lines(task.answer))
        if not 2 <= count <= 10:
            return None
        args: Args = {"separator": rng.choice(separators), "count": count}
        return args if self.realise(args, task.answer, task.language) is not None else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        parts = answer.strip().split(string_of(args, "separator").strip())
        count, lines = sum(bool(part.strip()) for part in parts), len(text.lines(answer))
        wanted = integer(args, "count")
        return Finding(lines == 1 and count == len(parts) == wanted, f"{count} items on {lines} lines, {wanted} on one")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        separator = string_of(args, "separator")
        bodies = []
        for line in text.lines(answer):
            item = ITEM_OR_LINE.match(line)
            body = (item["body"] if item else line).strip()
            if separator.strip() in body or len(text.tokens(body)) > 12 or re.search(r"[.。!！?？;；:：,，、*|]", body):
                return None
            bodies.append(body)
        return (separator + " " if separator == ";" else separator).join(bodies)

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        count = integer(args, "count")
        named = f"{number_word(count, 'zh')}项" if language == "zh" else counted(count, rng.choice(("item", "entry")))
        return {"separator": string_of(args, "separator").strip(), "items": named.replace("entrys", "entries")}


class SortedItems(Kind):
    """The list items in alphabetical order."""

    name = "sorted_items"
    group = "order"
    wordings: ClassVar = {
        "en": (
            "Sort the list alphabetically from A to Z; {scan}.",
            "Please put the items in alphabetical order, because {scan}.",
            "The items should run from A to Z, as in an index.",
            "I would like the list in alphabetical order so that nobody feels favoured.",
            "Arrange the entries alphabetically, which is how our own lists are kept.",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        ordered = re.search(r"order|rank|sort|first|step|then|date|time|line|each", task.instruction, re.I)
        if task.language != "en" or task.form is not Form.LIST or ordered or numbered(task.answer):
            return None
        return {} if self.realise({}, task.answer, "en") is not None else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        found = [_sort_key(item) for item in items(answer)]
        return Finding(len(found) >= 3 and found == sorted(found), f"order {[key[:20] for key in found]}")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        lines = text.lines(answer)
        found = items(answer)
        if len(found) != len(lines) or len(found) < 3 or len({item["mark"] for item in found}) != 1:
            return None
        # Longer items may lean on those before them.
        if any(len(item["body"].split()) > 8 or not item["body"][:1].isalpha() for item in found):
            return None
        return "\n".join(item.group() for item in sorted(found, key=_sort_key))


KINDS: tuple[Kind, ...] = (
    BulletsExact(),
    NumberedList(),
    BulletMarker(),
    NumberingStyle(),
    ItemEnds(),
    NoLists(),
    JoinedBy(),
    SortedItems(),
)

# A sentence that points to another one cannot become an item of its own.
_LEANS_ON_OTHERS = re.compile(
    r"^(?:it|this|that|these|those|they|he|she|its|their|his|her|such|so|and|but|or|then|also|both"
    r"|neither|either|which"
    r"|however|otherwise|there|therefore|instead|yes|no|not|here|only then|in (?:that|this|short"
    r"|fact)|for (?:example|instance)"
    r"|as a result|of course|on the other|by contrast|afterwards|finally|the (?:first|second|third"
    r"|former|latter|other|same|rest)"
    r"|one|another|if so|later|meanwhile|similarly)\b|\b(?:following|above|below)\b|[:：]"
    r"|^[它他她这那其此前后两]|^(?:所以|因此|于是|而|但|也|还|又|则|因为|否则|不然|比如|例如|另外|此外|然后|最后|首先|其次|同时|不过|可是|是的|不是|对|如果|等)",
    re.IGNORECASE,
)


def _propose_list(kind: Kind, task: Task, rng: random.Random) -> Args | None:  # noqa: ARG001 - the answer decides
    if task.demands("layout") or not task.own_language or task.form not in (Form.LIST, Form.PROSE):
        return None
    if task.form is Form.PROSE:
        if task.crafted or task.demands("sentences") or task.demands("paragraphs"):
            return None
        count = len(text.sentences(task.answer))
    else:
        count = len(items(task.answer))
    args: Args = {"count": count}
    if not 2 <= count <= 10:
        return None
    if kind.check(args, task.answer, task.language).passed:
        return args
    return args if kind.realise(args, task.answer, task.language) is not None else None


def _as_list(answer: str, count: int, language: str, mark: Callable[[int], str]) -> str | None:
    """A list with other marks, or sentences that stand alone, as ``count`` items; None where that reads badly."""
    found = items(answer)
    lines = text.lines(answer)
    if found and len(found) == len(lines) == count:
        # Letters and own numberings ("A)", "Q3.") are referred to; 1, 2, 3 and bullets are not.
        numbers = [number_of(item) for item in found]
        plain = all(item["mark"] in BULLETS for item in found) or numbers == list(range(1, count + 1))
        ordered = mark(1) == "-" and numbers[0] is not None
        return (
            None
            if not plain or ordered
            else "\n".join(f"{mark(number)} {item['body']}" for number, item in enumerate(found, 1))
        )
    if found or len(lines) != 1:
        return None
    sentences = sure_sentences(answer)
    if sentences is None or len(sentences) != count or not 2 <= count <= 6:
        return None
    limit = 60 if language == "zh" else 32
    if any(_LEANS_ON_OTHERS.search(sentence) or len(text.tokens(sentence)) > limit for sentence in sentences):
        return None
    return "\n".join(f"{mark(number)} {sentence}" for number, sentence in enumerate(sentences, 1))


def _remark(answer: str, mark: Callable[[re.Match[str]], str | None], gap: str | None = None) -> str | None:
    """``answer`` with the marks of its outermost items exchanged; other lines as they were."""
    wanted = {item.group(): item for item in items(answer)}
    lines = []
    for line in answer.strip().splitlines():
        item = wanted.get(line)
        new = mark(item) if item else None
        if item is None or new is None:
            lines.append(line)
        else:
            lines.append(f"{item['indent']}{new}{item['gap'] or ' ' if gap is None else gap}{item['body']}")
    return "\n".join(lines)


def _number(style: str, number: int) -> str:
    return "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"[number - 1] if style == "①" else style.format(number)


def _stop_of(language: str) -> str:
    return "。" if language == "zh" else "."


def _bullets_of_any_depth(answer: str) -> int:
    return sum(bool(re.match(r"[ \t]*[-*+•·–▪◦●○][ \t]", line)) for line in prose_lines(answer))


def _sort_key(item: re.Match[str]) -> str:
    return re.sub(r"[^\w ]", "", item["body"]).casefold()
