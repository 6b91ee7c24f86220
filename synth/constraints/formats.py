# ruff: noqa: ARG002 - every kind has the same signatures, whether it needs each argument or not
"""Constraints on the format of the whole answer: a table, JSON, code and its fences, quotation marks."""

from __future__ import annotations

import json
import random
import re
from typing import ClassVar

from synth import text
from synth.constraints.kind import Args, Finding, Kind, counted, enumeration, integer, number_word, string_of, strings
from synth.constraints.task import (
    FENCE,
    ITEM_OR_LINE,
    PAIR,
    Form,
    Task,
    prose_lines,
)


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
            return Finding(False, "not JSON, or not written the usual way")
        # On one line, blanks after the marks are a matter of taste.
        passed = answer.strip() == wanted if spaces else "\n" not in answer.strip()
        return Finding(
            passed, f"to be set {f'with {spaces} spaces' if spaces else 'on one line'}: {answer.strip()[:40]!r}"
        )

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
            "整个回复用三个反引号围成代码块，语言标记写`{tag}`，外面不要有别的文字。",
            "{paste}，请统一放在一个`{tag}`代码块中。",
            "放进代码块会有复制按钮，所以请整体用`{tag}`代码块包住。",
            "请用一个`{tag}`代码围栏包住全部内容，围栏外不留文字。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if "```" in task.answer or (task.demands("wrap") and task.form not in (Form.JSON, Form.TABLE)):
            return None
        if re.search(r"code block|fence|代码块|围栏", task.instruction, re.I):
            return None
        tags = {Form.JSON: "json", Form.TABLE: "markdown", Form.LINES: "text", Form.PAIRS: "text"}
        tag = tags.get(task.form, "text" if task.crafted and task.form is Form.PROSE and task.words >= 60 else "")
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
        if not tags or not _holds_code(task) or len(set(tags)) > 1 or not re.fullmatch(r"[\w+#-]+", tags[0]):
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
        if not _holds_code(task) or task.demands("opening"):
            return None
        # Where there are no words at all there is nothing to put in order.
        return {} if self.check({}, task.answer, "").passed and prose_lines(task.answer) else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        first = text.lines(answer)[0] if text.lines(answer) else ""
        return Finding(FENCE.match(first) is not None, f"first line {first[:40]!r}")


class MaxCodeLine(Kind):
    """No line of code longer than so many characters."""

    name = "max_code_line"
    group = "code_width"
    wordings: ClassVar = {
        "en": (
            "Keep every line of code within {count} characters; our linter insists on it.",
            "No line in the code may be longer than {count} characters, comments included.",
            "Our code reviews are done side by side, so wrap the code at {count} characters.",
            "Please make sure that the code has no line over {count} characters, as the checker rejects longer ones.",
            "I print listings, and the printer cuts code lines after {count} characters, so stay within that.",
            "The maximum line length for code in this project is {count} characters; please respect it.",
        ),
        "zh": (
            "代码每行不要超过{count}个字符，我们的检查工具会卡这一项。",
            "代码里任何一行（包括注释）都控制在{count}个字符以内。",
            "评审时要左右分屏看，代码单行宽度请限制在{count}个字符。",
            "项目规定代码行宽上限为{count}个字符，请遵守。",
            "代码要打印出来，一行最多放得下{count}个字符，别超出。",
            "写代码时注意换行，每行最多{count}个字符，太长的提交不上去。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if not _holds_code(task) or re.search(r"\bcharacters?\b|字符", task.instruction):
            return None
        widest = max((len(line) for line in _code_lines(task.answer)), default=0)
        options = [limit for limit in (60, 72, 79, 80, 88, 100, 120) if widest <= limit <= max(72, 2 * widest)]
        return {"count": rng.choice(options)} if options and len(_code_lines(task.answer)) >= 3 else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        limit = integer(args, "count")
        found = _code_lines(answer)
        widest = max(found, key=len, default="")
        return Finding(0 < len(widest) <= limit, f"widest code line {len(widest)} characters, at most {limit}")


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
        if not _holds_code(task) or re.search(r"\btabs?\b|制表符|indent|缩进", task.instruction, re.I):
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
        if task.form is not Form.PROSE or not task.crafted or task.demands("wrap"):
            return None
        if task.words > 90 or "\n" in task.answer.strip():
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


KINDS: tuple[Kind, ...] = (
    Table(),
    JsonObject(),
    JsonIndent(),
    FencedAnswer(),
    CodeBlocks(),
    CodeFirst(),
    MaxCodeLine(),
    NoTabs(),
    Quoted(),
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


def _code_lines(answer: str) -> list[str]:
    """The lines inside fences; all lines where there is no fence."""
    inside: list[str] = []
    fence = ""
    fenced = False
    for line in answer.splitlines():
        mark = FENCE.match(line)
        if mark and (not fence or (mark["mark"].startswith(fence) and not mark["tag"].strip())):
            fenced, fence = True, "" if fence else mark["mark"]
        elif fence and line.strip():
            inside.append(line.rstrip())
    return inside if fenced else [line.rstrip() for line in text.lines(answer)]


def _holds_code(task: Task) -> bool:
    """Whether the answer has code in it: a fence around plain words, for copying, has not."""
    return task.form is Form.CODE and not re.search(r"^```(?:text|markdown)$", task.answer, re.MULTILINE)
