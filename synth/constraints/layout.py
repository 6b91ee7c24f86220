# ruff: noqa: ARG002 - every kind has the same signatures, whether it needs each argument or not
"""Constraints on the shape of an answer: lists, headings, a title, a table, JSON, code fences, quotation marks."""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Callable, Mapping
from typing import ClassVar

from synth import text
from synth.constraints.kind import Args, Finding, Kind, counted, enumeration, integer, number_word, string_of, strings
from synth.constraints.task import (
    FENCE,
    PAIR,
    Form,
    Task,
    bullets,
    items,
    number_of,
    numbered,
    prose_lines,
    sure_sentences,
)
from synth.constraints.terms import central_terms


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
        return _remark(answer, lambda item: marker if item["mark"] in "-*+•·–▪◦●○" else None)


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
        return {} if suits and len(text.sentences(task.answer)) >= 2 else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        found = [item.group().strip()[:40] for item in items(answer)]
        return Finding(not found, f"{len(found)} list items: {found[:3]}")


class NoMarkdown(Kind):
    """Plain text: no headings, bold, lists with Markdown signs, code marks, tables or links."""

    name = "no_markdown"
    group = "markdown"
    weight = 1.5
    wordings: ClassVar = {
        "en": (
            "Plain text only, please, with no Markdown of any kind; {plain}.",
            "Do not use Markdown (no asterisks, no hash signs, no backticks), because {plain}.",
            "{Plain}, so leave out bold type, headings and every other bit of Markdown.",
            "Please refrain from any Markdown formatting; I need nothing but bare text.",
            "I cannot use formatting here: no Markdown signs anywhere in {it}.",
        ),
        "zh": (
            "请用纯文本，不要带任何Markdown标记，{plain}。",
            "{plain}，所以不要出现星号、井号、反引号这类Markdown符号。",
            "不要加粗、不要标题、不要Markdown格式，写平常的文字就行。",
            "{it}里不能有Markdown语法，因为{plain}。",
            "我这里用不了排版格式，请别写Markdown，只要干净的文字。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form not in (Form.PROSE, Form.PAIRS, Form.DIALOGUE, Form.LINES, Form.FORMULA) or task.demands("bold"):
            return None
        return (
            {} if not task.demands("layout") and task.words >= 15 and self.check({}, task.answer, "").passed else None
        )

    def check(self, args: Args, answer: str, language: str) -> Finding:
        found = _MARKDOWN.search(answer)
        return Finding(found is None, f"Markdown: {found.group()[:40]!r}" if found else "no Markdown")


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


class Divider(Kind):
    """A line of signs between the paragraphs."""

    name = "divider"
    group = "divider"
    wordings: ClassVar = {
        "en": (
            'Separate the paragraphs by a line that holds just "{mark}"; {scan}.',
            'Between one paragraph and the next, put "{mark}" on a line of its own.',
            'I split the text at the divider later, so place a line with "{mark}" between the paragraphs.',
            'Please set the paragraphs apart with "{mark}" on separate lines, because {scan}.',
            'A divider line "{mark}" belongs between every two paragraphs, but not before the first or after the last.',
        ),
        "zh": (
            "段与段之间请单独加一行“{mark}”作分隔，{scan}。",
            "每两段之间插入一行“{mark}”，首尾不用加。",
            "后面要按分隔线拆开，请在各段之间独占一行写上“{mark}”。",
            "各段用一行“{mark}”隔开，因为{scan}。",
            "请在相邻两段中间放一条“{mark}”分隔线，单独成行。",
        ),
    }
    stage = 3

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form is not Form.PROSE or not task.own_language or task.demands("paragraphs") or task.demands("layout"):
            return None
        count = len(text.paragraphs(task.answer))
        return {"mark": rng.choice(("---", "***", "* * *", "====="))} if 2 <= count <= 5 and not task.crafted else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        mark = string_of(args, "mark")
        parts = re.split(rf"(?m)^[ \t]*{re.escape(mark)}[ \t]*$", answer)
        whole = all(len(text.paragraphs(part)) == 1 for part in parts)
        return Finding(
            len(parts) >= 2 and whole, f"{len(parts) - 1} dividers, one between every two paragraphs: {whole}"
        )

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        found = text.paragraphs(answer)
        return f"\n\n{string_of(args, 'mark')}\n\n".join(found) if len(found) >= 2 else None


class Sections(Kind):
    """Markdown headings, given word for word, each with text under it, and nothing before the first."""

    name = "sections"
    group = "heading"
    stage = 3
    weight = 1.5
    wordings: ClassVar = {
        "en": (
            "Divide {it} into sections under the Markdown headings {headings}, in that order; {scan}.",
            "Please use the second-level Markdown headings {headings} and put the text beneath them.",
            "I need the headings {headings}, written in Markdown, each with its text below it.",
            "Structure it with the Markdown headings {headings}, because {scan}.",
            "Our wiki expects the headings {headings} on lines of their own, with the text under each.",
        ),
        "zh": (
            "请用Markdown二级标题分节，标题依次为{headings}，{scan}。",
            "{it}分成几节，标题分别写{headings}，内容放在各自标题下面。",
            "知识库页面要求有{headings}这几个标题，请按此分节，标题单独成行。",
            "用{headings}作小标题（Markdown格式），把内容归到下面，因为{scan}。",
            "结构上请设{headings}标题，顺序不要变，每个标题下都要有内容。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form is not Form.PROSE or not task.framable or task.demands("title") or task.demands("paragraphs"):
            return None
        if task.demands("layout"):
            return None
        found = text.paragraphs(task.answer)
        asked = re.search(r"[?？]", task.instruction)
        sets: list[tuple[str, ...]] = []
        if 2 <= len(found) <= 3:
            sets.extend(_PART_HEADINGS[task.language][len(found)])
        if asked and len(found) >= 2 and len(text.tokens(found[0])) <= 70 < len(text.tokens(task.answer)):
            sets.extend(_ANSWER_HEADINGS[task.language])
        return {"headings": [f"## {title}" for title in rng.choice(sets)]} if sets else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        wanted = strings(args, "headings")
        lines = prose_lines(answer)
        places = [number for number, line in enumerate(lines) if line.startswith("#")]
        used = [lines[place].strip() for place in places]
        filled = all(after - before > 1 for before, after in itertools.pairwise([*places, len(lines)]))
        return Finding(
            used == wanted and filled and places[:1] == [0],
            f"headings {used}, each with text: {filled}; to be {wanted}",
        )

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        wanted, found = strings(args, "headings"), text.paragraphs(answer)
        if len(found) < len(wanted) or any(line.startswith("#") for line in prose_lines(answer)):
            return None
        parts = [*found[: len(wanted) - 1], "\n\n".join(found[len(wanted) - 1 :])]
        return "\n\n".join(f"{heading}\n\n{part}" for heading, part in zip(wanted, parts, strict=True))

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        return {"headings": enumeration(strings(args, "headings"), language)}


class Title(Kind):
    """A given title on the first line, dressed in a given way: ``**Title**`` ``# Title`` ``<<Title>>`` ``《标题》``."""

    name = "title"
    group = "heading"
    stage = 5
    weight = 2.0
    wordings: ClassVar = {
        "en": (
            "Put the title {line} on a line of its own at the top, with the text below it.",
            "The first line must be the title, written exactly like this: {line}",
            "Please head it with {line} on a separate line, so that we can find it again in the folder.",
            "Above the text I would like a title line that reads {line} and nothing else.",
            "Start with {line} as a title on its own line, because the page template looks for it there.",
        ),
        "zh": (
            "请在最上面单独一行写标题{line}，下面再写正文。",
            "第一行是标题，照这个写法：{line}，独占一行。",
            "正文之前加一行标题{line}，方便我归档时查找。",
            "开头先写标题{line}，标题后换行再写内容。",
            "页面模板要求首行为标题，请写{line}，不要加别的字。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.strict or task.demands("title") or task.demands("opening") or not task.own_language:
            return None
        if task.form is Form.TABLE and all(line.startswith("|") for line in text.lines(task.answer)):
            return {"line": "**Table 1**" if task.language == "en" else "**表1**"}
        if not task.framable or task.demands("bold"):
            return None
        titles = next(
            (list(titles) for asked, titles in _TITLES[task.language] if re.search(asked, task.instruction, re.I)), []
        )
        if task.language == "zh":
            titles += [f"关于{term}" for term in central_terms(task)[:1]]
        if not titles:
            return None
        dress = rng.choice(
            ("**{}**", "# {}", "<<{}>>") if task.language == "en" else ("《{}》", "**{}**", "# {}", "【{}】")
        )
        return {"line": dress.format(rng.choice(titles))}

    def check(self, args: Args, answer: str, language: str) -> Finding:
        lines, wanted = text.lines(answer), string_of(args, "line")
        first = lines[0].strip() if lines else ""
        return Finding(first == wanted and len(lines) > 1, f"first line {first[:60]!r}, to be {wanted!r}")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        return f"{string_of(args, 'line')}\n\n{answer.strip()}"

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        return {"line": string_of(args, "line")}


class Table(Kind):
    """A Markdown table with given columns."""

    name = "table"
    group = "list"
    weight = 1.5
    wordings: ClassVar = {
        "en": (
            "Please present it as a Markdown table with the columns {columns}; {scan}.",
            "I would like a Markdown table whose columns are called {columns}.",
            "Put the result into a Markdown table, the columns being {columns}.",
            "A table would help: Markdown, with the columns {columns} in that order.",
            "Our wiki renders Markdown tables, so use one with the columns {columns}.",
        ),
        "zh": (
            "请整理成Markdown表格，列名为{columns}，{scan}。",
            "结果用Markdown表格给我，表头是{columns}。",
            "做成一张Markdown表，各列依次为{columns}。",
            "请列成表格（Markdown格式），列名分别写{columns}。",
            "我们的知识库支持Markdown表格，请用表格呈现，表头写{columns}。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form is not Form.PAIRS or task.demands("layout") or not task.own_language or task.crafted:
            return None
        pairs = [PAIR.match(line) for line in text.lines(task.answer)]
        if len(pairs) < 2 or not all(pair and "|" not in pair.group() for pair in pairs):
            return None
        choices = (("Item", "Details"), ("Name", "Result"), ("Entry", "Answer"))
        columns = rng.choice(
            choices if task.language == "en" else (("项目", "内容"), ("名称", "结果"), ("条目", "说明"))
        )
        return {"columns": list(columns)}

    def check(self, args: Args, answer: str, language: str) -> Finding:
        rows = [_cells(line) for line in prose_lines(answer) if line.strip().startswith("|")]
        columns = strings(args, "columns")
        whole = len(rows) >= 3 and all(len(row) == len(columns) for row in rows)
        ruled = len(rows) >= 2 and all(re.fullmatch(r":?-{3,}:?", cell) for cell in rows[1])
        return Finding(whole and ruled and rows[0] == columns, f"{len(rows)} rows, header {rows[:1]}, to be {columns}")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        columns = strings(args, "columns")
        rows = []
        for line in text.lines(answer):
            pair = PAIR.match(line)
            if pair is None or "|" in line or len(columns) != 2:
                return None
            rows.append(f"| {pair['key'].strip()} | {pair['value'].strip()} |")
        return "\n".join(["| " + " | ".join(columns) + " |", "| --- | --- |", *rows])

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        return {"columns": enumeration(strings(args, "columns"), language)}


class JsonObject(Kind):
    """The whole answer is one JSON object with exactly the given keys."""

    name = "json_object"
    group = "list"
    stage = 6
    weight = 1.5
    wordings: ClassVar = {
        "en": (
            "Return {it} as a JSON object with exactly {keys}, and nothing around it; {script}.",
            "{Script}, so wrap everything in one JSON object with {keys}.",
            "I need valid JSON: a single object with {keys}, no code fence and no comment.",
            "The reply has to be a JSON object containing {keys} and no other, because {script}.",
            "Format the whole reply as one JSON object that has {keys}.",
        ),
        "zh": (
            "请把{it}写成一个JSON对象，{keys}，前后不要有别的文字，{script}。",
            "{script}，所以只返回一个JSON对象，{keys}。",
            "输出必须是合法的JSON对象，{keys}，不加代码围栏，也不加说明。",
            "以JSON对象的形式回复，{keys}，不要有其他键。",
            "整个回复就是一个JSON对象，{keys}，因为{script}。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.demands("wrap") or task.demands("layout") or '"' in task.answer or "**" in task.answer:
            return None
        keys = _JSON_KEYS[task.language]
        if task.form is Form.PAIRS:
            found = [pair["key"].strip() for line in text.lines(task.answer) if (pair := PAIR.match(line))]
            short = all(len(key) <= 24 and not re.search(r"[*\"]", key) for key in found)
            return {"keys": list(found)} if short and len(found) <= 8 else None
        if task.form in (Form.LIST, Form.LINES) and len(text.lines(task.answer)) <= 12:
            return {"keys": [rng.choice(keys["many"])]} if self._items(task.answer) else None
        if task.form not in (Form.PROSE, Form.LABEL) or task.words > 120 or "\n" in task.answer.strip():
            return None
        translated = re.search(r"translat|译|翻", task.instruction, re.IGNORECASE)
        return {"keys": [rng.choice(keys["translation" if translated else "one"])]}

    def check(self, args: Args, answer: str, language: str) -> Finding:
        wanted = strings(args, "keys")
        pairs: list[tuple[str, object]] = []

        def keep(found: list[tuple[str, object]]) -> dict[str, object]:
            pairs[:] = found
            return dict(found)

        try:
            value = json.loads(answer, object_pairs_hook=keep)
        except (ValueError, RecursionError) as error:
            return Finding(False, f"not JSON: {error}")
        if not isinstance(value, dict):
            return Finding(False, f"JSON, but {type(value).__name__} and no object")
        used = list(value)
        # The hook sees the outermost object last: a key given twice shows there, not in the dict.
        whole = sorted(name for name, _ in pairs) == sorted(wanted)
        filled = all(item not in ("", [], {}, None) for item in value.values())
        return Finding(whole and filled, f"keys {used}, to be {wanted}; all filled: {filled}")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        keys = strings(args, "keys")
        found = [PAIR.match(line) for line in text.lines(answer)]
        if len(found) == len(keys) >= 2 and all(found):
            value: dict[str, object] = {pair["key"].strip(): pair["value"].strip() for pair in found if pair}
        elif keys[0] in _MANY:
            listed = self._items(answer)
            if not listed:
                return None
            value = {keys[0]: listed}
        else:
            value = {keys[0]: answer.strip()}
        return json.dumps(value, ensure_ascii=False, indent=2 if len(value) > 1 or keys[0] in _MANY else None)

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        keys = strings(args, "keys")
        if language == "en":
            noun = "the key" if len(keys) == 1 else "the keys"
            return {"keys": f"{noun} {enumeration(keys, 'en')}"} | ({"it": "the list"} if keys[0] in _MANY else {})
        named = "、".join(f'"{key}"' for key in keys)
        lead = rng.choice(("只有一个键", "键名为")) if len(keys) == 1 else rng.choice(("键依次为", "含有这些键："))
        return {"keys": f"{lead}{named}"} | ({"it": "清单"} if keys[0] in _MANY else {})

    def _items(self, answer: str) -> list[str]:
        """The items without their marks; none where a mark says something or an item spans lines."""
        lines = text.lines(answer)
        found = [ITEM_OR_LINE.match(line) for line in lines]
        bodies = [match["body"].strip() for match in found if match]
        flat = len({len(line) - len(line.lstrip()) for line in lines}) == 1
        return bodies if flat and len(bodies) == len(lines) >= 2 else []


class JsonIndent(Kind):
    """JSON set with so many spaces of indentation, or all on one line (0)."""

    name = "json_indent"
    group = "json_layout"
    wordings: ClassVar = {
        "en": (
            "Please format the JSON {how}; {house}.",
            "The JSON should be written {how}, because {house}.",
            "As to layout, I need the JSON {how}.",
            "Our repository checks formatting, so set the JSON {how}.",
            "Write the JSON {how}, which is what the next tool in the chain expects.",
        ),
        "zh": (
            "JSON请{how}，{house}。",
            "排版上，JSON要{how}。",
            "请将JSON{how}，因为{house}。",
            "仓库里有格式检查，JSON必须{how}。",
            "后面的工具要求JSON{how}，请照此输出。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form is not Form.JSON or re.search(
            r"indent|compact|one line|pretty|缩进|一行|压缩", task.instruction, re.I
        ):
            return None
        sizes = (2, 4, 0) if len(task.answer) < 400 else (2, 4)
        options = [size for size in sizes if self.realise({"spaces": size}, task.answer, "en") is not None]
        return {"spaces": rng.choice(options)} if options else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        spaces = integer(args, "spaces")
        wanted = _set_json(answer, spaces)
        if wanted is None:
            return Finding(False, "not JSON")
        return Finding(answer.strip() == wanted, f"JSON set otherwise than {spaces} spaces, or over several lines")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        return _set_json(answer, integer(args, "spaces"))

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        spaces = integer(args, "spaces")
        if language == "zh":
            return {"how": f"按{number_word(spaces, 'zh')}个空格缩进、逐项换行" if spaces else "压成一行，不换行"}
        if not spaces:
            return {"how": "on one line, without line breaks"}
        return {"how": f"with an indentation of {number_word(spaces, 'en')} spaces and one element per line"}


class FencedAnswer(Kind):
    """The whole answer stands in one fenced code block with a given tag."""

    name = "fenced_answer"
    group = "wrap"
    stage = 6
    wordings: ClassVar = {
        "en": (
            "Put the whole reply in one fenced code block marked `{tag}`; {paste}.",
            "Please wrap everything in a single code fence tagged `{tag}`, because {paste}.",
            "The reply should be one code block, opened with three backticks and `{tag}`, with nothing outside it.",
            "{Paste}, so place all of it inside one `{tag}` code block.",
            "I would like all of it in a `{tag}` code fence, since that gives me a copy button.",
        ),
        "zh": (
            "请把全部内容放进一个标注为`{tag}`的代码块里，{paste}。",
            "整个回复用三个反引号围起来，语言标记写`{tag}`，外面不要有别的文字。",
            "{paste}，请统一放在一个`{tag}`代码块中。",
            "放进代码块会有复制按钮，所以请整体用`{tag}`代码块包住。",
            "请用一个`{tag}`代码围栏包住全部内容，围栏外不留文字。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if "```" in task.answer or (task.demands("wrap") and task.form is not Form.JSON):
            return None
        if re.search(r"code block|fence|代码块|围栏", task.instruction, re.I):
            return None
        tags = {Form.JSON: "json", Form.TABLE: "markdown", Form.LINES: "text", Form.PAIRS: "text"}
        tag = tags.get(task.form, "text" if task.crafted and task.form is Form.PROSE and task.words >= 15 else "")
        return {"tag": tag} if tag else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        lines, wanted = answer.strip().splitlines(), f"```{string_of(args, 'tag')}"
        first, last = lines[0].strip(), lines[-1].strip()
        inner = sum(FENCE.match(line) is not None for line in lines[1:-1])
        passed = len(lines) >= 3 and first == wanted and last == "```" and not inner
        return Finding(
            passed, f"first line {first[:30]!r}, last {last[:30]!r}, {inner} fences between; to be {wanted!r}"
        )

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        return None if "```" in answer else f"```{string_of(args, 'tag')}\n{answer.strip()}\n```"


class CodeBlocks(Kind):
    """Exactly so many fenced code blocks, each with a given tag."""

    name = "code_blocks"
    group = "wrap"
    weight = 1.5
    wordings: ClassVar = {
        "en": (
            "Put the code in exactly {blocks} marked `{tag}`; {paste}.",
            "Please use exactly {blocks} with the tag `{tag}`, so that the highlighting works.",
            "Code goes into {blocks} tagged `{tag}`, no more and no fewer.",
            "I run a script over the reply that takes {blocks} opened with `{tag}`, so keep to that number.",
            "Our documentation tool wants exactly {blocks} labelled `{tag}` here.",
        ),
        "zh": (
            "代码请放在{blocks}标注为`{tag}`的代码块里，{paste}。",
            "正好用{blocks}代码块，语言标记写`{tag}`，否则不会高亮。",
            "我有脚本会提取代码，它只认{blocks}`{tag}`代码块，请照这个数来。",
            "代码部分用`{tag}`围栏，总共{blocks}，不要多也不要少。",
            "文档工具要求这里恰好有{blocks}带`{tag}`标记的代码块。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        tags = _fence_tags(task.answer)
        if not tags or len(set(tags)) > 1 or not re.fullmatch(r"[\w+#-]+", tags[0]):
            return None
        return {"tag": tags[0], "count": len(tags)} if len(tags) <= 3 and not task.demands("bold") else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        tags, wanted = _fence_tags(answer), [string_of(args, "tag")] * integer(args, "count")
        return Finding(tags == wanted, f"code blocks {tags}, to be {wanted}")

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        count, tag = integer(args, "count"), string_of(args, "tag")
        if language == "zh":
            return {"tag": tag, "blocks": f"{number_word(count, 'zh')}个"}
        return {"tag": tag, "blocks": counted(count, rng.choice(("fenced code block", "code block")))}


class CodeFirst(Kind):
    """The answer opens with the code; words about it come after."""

    name = "code_first"
    group = "code_order"
    wordings: ClassVar = {
        "en": (
            "Start with the code and put any explanation after it; {paste}.",
            "I want to see the code first, so keep remarks for below it.",
            "Please open straight away with the code block, without any introduction.",
            "No preamble, please: the code comes first and whatever needs saying follows.",
            "The code block should be the very first thing, so that I need not scroll past text.",
        ),
        "zh": (
            "先给代码，说明放在代码后面，{paste}。",
            "请直接以代码块开头，不要写引言。",
            "我想一眼先看到代码，解释请放到下面。",
            "开头就放代码，有要交代的写在代码之后。",
            "不用铺垫，代码块放在最前面，文字说明跟在后面。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form is not Form.CODE or task.demands("opening"):
            return None
        # Where there are no words at all there is nothing to put in order.
        return {} if self.check({}, task.answer, "").passed and prose_lines(task.answer) else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        first = text.lines(answer)[0] if text.lines(answer) else ""
        return Finding(FENCE.match(first) is not None, f"first line {first[:40]!r}")


class NoTabs(Kind):
    """No tab character anywhere in the code."""

    name = "no_tabs"
    group = "tabs"
    wordings: ClassVar = {
        "en": (
            "Indent with spaces only; a tab anywhere in the code fails our checks.",
            "Please use spaces and no tabs in the code, as my editor shows tabs eight columns wide.",
            "The code must not contain tab characters, since the form I paste it into drops them.",
            "Spaces instead of tabs for indentation, please, throughout the code.",
            "I am allergic to mixed indentation, so use spaces and not a single tab.",
        ),
        "zh": (
            "代码缩进只用空格，不要用制表符，否则检查通不过。",
            "请统一用空格缩进，代码里不能有Tab。",
            "代码中不要出现制表符，贴进网页表单会丢失。",
            "缩进一律用空格，我的编辑器里Tab显示得很宽。",
            "混用缩进很麻烦，代码请全部用空格，别用Tab键。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form is not Form.CODE or re.search(r"\btabs?\b|制表符|indent|缩进", task.instruction, re.I):
            return None
        indented = re.search(r"(?m)^ {2,}\S", task.answer)
        return {} if indented and self.check({}, task.answer, "").passed else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        count = answer.count("\t")
        return Finding(count == 0, f"{count} tabs")


class Quoted(Kind):
    """The whole answer in quotation marks of a given sort."""

    name = "quoted"
    group = "wrap"
    stage = 6
    wordings: ClassVar = {
        "en": (
            "Put the whole reply in {marks}, as I will drop it into an article as it stands.",
            "Please enclose {it} in {marks}, from the first word to the last.",
            "Wrap everything in {marks}; {paste}.",
            "It should open and close with {marks}, so that I can see where your text begins and ends.",
            "I need the complete text between {marks}, because {script}.",
        ),
        "zh": (
            "请把整段内容放在{marks}里，我要原样引用。",
            "{it}从头到尾用{marks}括起来。",
            "全文请加上{marks}，{paste}。",
            "开头和结尾要有{marks}，这样我看得清哪里是你写的内容。",
            "请将完整的文字置于{marks}之中，外面不要再写别的。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form not in (Form.PROSE, Form.LABEL) or task.demands("wrap") or "\n" in task.answer.strip():
            return None
        if task.words > 90 or not (task.crafted or task.form is Form.LABEL):
            return None
        pairs = [["“", "”"], ['"', '"']] if task.language == "en" else [["“", "”"], ["「", "」"]]
        return {"marks": list(rng.choice(pairs))} if not re.search(r"[\"“”「」]", task.answer) else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        opening, closing = strings(args, "marks")
        whole = answer.strip()
        inner = whole[1:-1]
        passed = len(whole) > 2 and whole[0] == opening and whole[-1] == closing and not re.search('["“”「」]', inner)
        return Finding(passed and bool(inner.strip()), f"starts {whole[:12]!r}, ends {whole[-12:]!r}")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        opening, closing = strings(args, "marks")
        return f"{opening}{answer.strip()}{closing}"

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        opening, closing = strings(args, "marks")
        if language == "zh":
            return {"marks": f"{'双引号' if opening == '“' else '直角引号'}{opening}{closing}"}
        return {"marks": f"{'curly' if opening == '“' else 'straight'} double quotation marks ({opening} {closing})"}


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
    NoMarkdown(),
    JoinedBy(),
    Divider(),
    Sections(),
    Title(),
    Table(),
    JsonObject(),
    JsonIndent(),
    FencedAnswer(),
    CodeBlocks(),
    CodeFirst(),
    NoTabs(),
    Quoted(),
    SortedItems(),
)

ITEM_OR_LINE = re.compile(r"^[ \t]*(?:[-*+•·–▪◦●○][ \t]+|\d{1,3}[.)][ \t]+|\d{1,3}[、．]\s*)?(?P<body>\S.*)$")
_MARKDOWN = re.compile(
    r"(?m)\*\*|__\w|(?<!\w)\*\w[^*\n]*\*|`|^[ \t]*#{1,6}[ \t]|^[ \t]*[-*+>][ \t]|^[ \t]*\d+\.[ \t]|^[ \t]*\|.*\|"
    r"|\]\(|^[ \t]*(?:-{3,}|\*{3,})[ \t]*$"
)
_JSON_KEYS = {
    "en": {
        "one": ("answer", "reply", "result", "text"),
        "translation": ("translation",),
        "many": ("items", "results", "entries"),
    },
    "zh": {
        "one": ("answer", "回答", "result", "text"),
        "translation": ("译文", "translation"),
        "many": ("items", "条目", "list"),
    },
}
_MANY = frozenset({*_JSON_KEYS["en"]["many"], *_JSON_KEYS["zh"]["many"]})
_PART_HEADINGS: Mapping[str, Mapping[int, tuple[tuple[str, ...], ...]]] = {
    "en": {
        2: (("Part 1", "Part 2"), ("In brief", "In more detail"), ("First", "Second")),
        3: (("Part 1", "Part 2", "Part 3"), ("First", "Second", "Third")),
    },
    "zh": {
        2: (("第一部分", "第二部分"), ("其一", "其二"), ("上", "下")),
        3: (("第一部分", "第二部分", "第三部分"), ("其一", "其二", "其三"), ("上", "中", "下")),
    },
}
_ANSWER_HEADINGS = {
    "en": (("Short answer", "Explanation"), ("In short", "Details"), ("Answer", "More about it")),
    "zh": (("简要回答", "详细说明"), ("要点", "说明"), ("先看结论", "展开来说")),
}
# What the instruction asks for, and what the answer to that may be called.
_TITLES = {
    "en": (
        (r"\b(?:names? for|needs a name|name it)\b", ("Possible Names", "Candidates")),
        (r"\b(?:ideas?|suggest\w*|brainstorm\w*|come up with)\b", ("Ideas", "Suggestions", "A Few Ideas")),
        (r"\b(?:plan|schedule|timetable|itinerary|agenda)\b", ("Plan", "The Plan", "Draft Plan")),
        (r"\b(?:summar\w+|boil|condense|gist)\b", ("Summary", "In Brief", "The Gist")),
        (
            r"\b(?:how (?:many|much|long|far|old)|work out|calculate|solve|prove|deduc\w+|puzzle)\b",
            ("Solution", "Worked Answer"),
        ),
        (
            r"\b(?:why|explain|what (?:is|are|does|do|causes?)|how (?:can|does|do|is|are))\b",
            ("Explanation", "The Explanation"),
        ),
        (r"\b(?:compare|difference|versus|pros and cons)\b", ("Comparison", "The Two Compared")),
        (r"\b(?:extract|pull|collect|list|find all|pick out)\b", ("Overview", "Findings", "What I Found")),
    ),
    "zh": (
        (r"店名|起名|取名|名字", ("候选名单", "备选名称")),
        (r"点子|创意|想法|建议|出主意|提出", ("几点建议", "建议清单", "想法汇总")),
        (r"计划|安排|日程|方案|规划", ("安排草案", "初步方案", "计划")),
        (r"概括|总结|摘要|归纳|压缩", ("内容摘要", "要点", "摘要")),
        (r"多少|证明|推理|推断|推出|计算", ("解答", "参考解答", "推算过程")),
        (r"为什么|怎么|为何|原理|解释|什么", ("原因说明", "解释", "答疑")),
        (r"区别|比较|对比|不同", ("两者比较", "区别说明")),
        (r"列出|提取|找出|挑出|整理|摘出", ("整理结果", "提取结果", "一览")),
    ),
}


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
        plain = all(item["mark"] in "-*+•·–▪◦●○" for item in found) or numbers == list(range(1, count + 1))
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


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def _set_json(answer: str, spaces: int) -> str | None:
    """The same JSON with another layout; None unless every number and string survives as it was written."""
    try:
        value = json.loads(answer)
        layout = json.dumps(value, ensure_ascii=False, indent=spaces or None)
    except (ValueError, RecursionError):
        return None
    # 24.50 would come back as 24.5, "é" as é, and the second of two equal keys alone.
    return layout if re.sub(r"\s", "", layout) == re.sub(r"\s", "", answer) else None


def _fence_tags(answer: str) -> list[str]:
    """The tag of every fenced block, in order; an unclosed fence counts as the tag ``?``."""
    tags: list[str] = []
    fence = ""
    for line in answer.splitlines():
        mark = FENCE.match(line)
        if mark and not fence:
            fence = mark["mark"]
            tags.append(mark["tag"].strip())
        elif mark and mark["mark"].startswith(fence) and not mark["tag"].strip():
            fence = ""
    return [*tags[:-1], "?"] if fence else tags


def _sort_key(item: re.Match[str]) -> str:
    return re.sub(r"[^\w ]", "", item["body"]).casefold()
