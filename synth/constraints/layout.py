# ruff: noqa: ARG002 - every kind has the same signatures, whether it needs each argument or not
"""Constraints on what divides and heads a text: a title, headings, dividers; or none of it, as plain text."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Mapping
from typing import ClassVar

from synth import text
from synth.constraints.kind import Args, Finding, Kind, enumeration, string_of, strings
from synth.constraints.task import (
    Form,
    Task,
    prose_lines,
)


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
        # A first paragraph of one plain sentence or two answers the question; a longer one is part of the tale.
        direct = asked and task.explains and len(found) >= 2 and "**" not in found[0]
        if direct and len(text.sentences(found[0])) <= 2 and len(text.tokens(found[0])) <= 70:
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
            "The first line must be the title {line}, written exactly like that.",
            "Please head it with {line} on a separate line, so that we can find it again in the folder.",
            "Above the text I would like a title line that reads {line} and nothing else.",
            "Start with {line} as a title on its own line, because the page template looks for it there.",
        ),
        "zh": (
            "请在最上面单独一行写标题{line}，下面再写正文。",
            "第一行是标题，照{line}这个写法，独占一行。",
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
        line = string_of(args, "line")
        # A hash sign in the middle of a sentence needs quotation marks to be seen as part of the title.
        return {"line": enumeration([line], language) if line.startswith("#") else line}


KINDS: tuple[Kind, ...] = (
    NoMarkdown(),
    Divider(),
    Sections(),
    Title(),
)

_MARKDOWN = re.compile(
    r"(?m)\*\*|__\w|(?<!\w)\*\w[^*\n]*\*|`|^[ \t]*#{1,6}[ \t]|^[ \t]*[-*+>][ \t]|^[ \t]*\d+\.[ \t]|^[ \t]*\|.*\|"
    r"|\]\(|^[ \t]*(?:-{3,}|\*{3,})[ \t]*$"
)
_PART_HEADINGS: Mapping[str, Mapping[int, tuple[tuple[str, ...], ...]]] = {
    "en": {
        2: (("Part 1", "Part 2"), ("First", "Second")),
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
        (r"列出|提取|找出|挑出|整理|摘出", ("整理结果", "提取结果", "一览")),
        (r"多少|推断|推理|推出|求证", ("解答", "参考解答")),
        (r"为什么|怎么|为何|原理|解释|什么", ("原因说明", "解释", "答疑")),
        (r"区别|比较|对比|不同", ("两者比较", "区别说明")),
    ),
}
