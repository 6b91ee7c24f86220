# ruff: noqa: ARG002 - every kind has the same signatures, whether it needs each argument or not
"""Constraints on particular words: terms in or out, first and last words, a postscript, blanks, bold type."""

from __future__ import annotations

import random
import re
from typing import ClassVar

from synth import text
from synth.constraints.kind import Args, Finding, Kind, enumeration, integer, number_word, string_of, strings
from synth.constraints.task import Form, Task, sure_sentences, word_set
from synth.constraints.terms import central_terms, occurrences


class KeywordsIncluded(Kind):
    """Given terms occur."""

    name = "keywords_included"
    group = "keywords"
    weight = 1.5
    wordings: ClassVar = {
        "en": (
            "Make sure that {terms} comes up in {it}, since that is what people search for.",
            "Please work {terms} into the text, because readers look for that very word.",
            "I expect to see {terms} mentioned, so do not write around it.",
            "{It} has to mention {terms} in so many words.",
            "Use the actual term {terms} somewhere; my pupils have just learned it.",
        ),
        "zh": (
            "{it}里要出现{terms}，方便别人搜索到。",
            "请在文中用上{terms}这个说法，不要换成别的词。",
            "务必提到{terms}，读者要找的就是它。",
            "行文中请直接写出{terms}，别绕着说。",
            "请保证文中能看到{terms}，我要拿它做关键词。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        # Where there is material, its terms give the answer away.
        if task.form not in (Form.PROSE, Form.MIXED) or not task.explains or task.input:
            return None
        if task.demands("terms") or task.words < 40:
            return None
        terms = [term for term in central_terms(task)[:4] if not occurrences(term, task.instruction)]
        return {"words": [rng.choice(terms)]} if terms else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        missing = [word for word in strings(args, "words") if not occurrences(word, answer)]
        return Finding(not missing, f"missing: {missing}")

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        return {"terms": enumeration(strings(args, "words"), language)}


class KeywordFrequency(Kind):
    """A term occurs at least so many times."""

    name = "keyword_frequency"
    group = "keywords"
    wordings: ClassVar = {
        "en": (
            "For the sake of search engines, use the word {term} at least {times}.",
            "The word {term} should turn up at least {times}, so that nobody loses the thread.",
            "Please repeat {term} rather than replacing it with synonyms: at least {times}, that is.",
            "I want my pupils to meet the word {term} at least {times} while they read.",
            "Stick to the term {term} and use it at least {times} in all.",
        ),
        "zh": (
            "为了便于搜索，{term}这个词至少要出现{times}。",
            "请统一用{term}这个叫法，至少出现{times}，别换来换去。",
            "{term}在文中至少要提到{times}，免得读者读着读着就忘了主题。",
            "我想让学生多见几次这个词，请至少用{times}{term}。",
            "关键词是{term}，全文至少写到{times}。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form is not Form.PROSE or not task.explains or task.input or task.demands("terms") or task.words < 40:
            return None
        options = [(term, count) for term in central_terms(task)[:3] if (count := occurrences(term, task.answer)) >= 2]
        if not options:
            return None
        term, count = rng.choice(options)
        return {"word": term, "count": min(4, rng.choice((count, max(2, count - 1))))}

    def check(self, args: Args, answer: str, language: str) -> Finding:
        word, wanted = string_of(args, "word"), integer(args, "count")
        count = occurrences(word, answer)
        return Finding(count >= wanted, f"{word!r} {count} times, at least {wanted}")

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        count = integer(args, "count")
        term = enumeration([string_of(args, "word")], language)
        if language == "zh":
            return {"term": term, "times": f"{rng.choice((number_word(count, 'zh'), str(count)))}次"}
        return {"term": term, "times": "twice" if count == 2 else f"{number_word(count, 'en')} times"}


class KeywordsExcluded(Kind):
    """Given words do not occur."""

    name = "keywords_excluded"
    group = "keywords_excluded"
    weight = 2.5
    wordings: ClassVar = {
        "en": (
            "Please do without {words}; I am tired of reading them.",
            "Avoid the words {words}, which our editor always strikes out.",
            "Do not use {words} anywhere in {it}.",
            "Our style guide bans {words}, so leave them out.",
            "None of these should appear: {words}. They add nothing.",
            "Write it without {words}; texts full of them sound empty to me.",
        ),
        "zh": (
            "不要出现{words}这类词，看着空洞。",
            "请避开{words}，我们的编辑见了就会删。",
            "{it}里别用{words}，换个实在的说法。",
            "我们的写作规范不许用{words}，请不要写。",
            "像{words}这样的字眼一个也不要有。",
            "请不用{words}，我读到这些词就头疼。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        suits = task.form in (Form.PROSE, Form.DIALOGUE) or (task.form is Form.MIXED and task.explains)
        suits = suits and task.own_language
        if not suits or task.demands("words") or task.demands("terms") or task.words < 40:
            return None
        whole = "\n".join((task.instruction, task.input, task.answer))
        if task.demands("language"):  # a translator does not choose the words alone
            return None
        # Padding can turn up anywhere, jargon only where people trade in it, and suddenness in stories.
        groups = list(_PADDING[task.language])
        if task.form is Form.DIALOGUE or _STORY.search(task.instruction):
            groups += _SUDDENNESS[task.language]
        elif not task.crafted:
            groups += _CLICHES[task.language]
            groups += _JARGON[task.language] if _WHERE_JARGON_GROWS.search(task.instruction) else ()
        sets = [[word for word in group if not occurrences(word, whole)] for group in groups]
        options = [group for group in sets if len(group) >= 2]
        if not options:
            return None
        group = rng.choice(options)
        return {"words": list(rng.sample(group, min(len(group), rng.choice((2, 2, 3)))))}

    def check(self, args: Args, answer: str, language: str) -> Finding:
        found = [word for word in strings(args, "words") if occurrences(word, answer)]
        return Finding(not found, f"present: {found}")

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        return {"words": enumeration(strings(args, "words"), language)}


class FirstWords(Kind):
    """The answer opens with given words, which its first sentence takes up."""

    name = "first_words"
    group = "opening"
    stage = 3
    weight = 1.5
    wordings: ClassVar = {
        "en": (
            'Begin with the words "{text}" and go straight on from there.',
            'The very first words should be "{text}", and the sentence goes on from them.',
            'Open with "{text}", because I do not want a long run-up.',
            'Please let the first sentence start with "{text}".',
            'Your first sentence should open "{text}", so that nobody expects a long lecture.',
        ),
        "zh": (
            "请以“{text}”开头，后面直接接着说。",
            "第一句话从“{text}”说起，不要绕弯子。",
            "开头几个字请写“{text}”，别的客套话都免了。",
            "起首请用“{text}”，让人一听就知道不会长篇大论。",
            "{it}的第一句要以“{text}”领起。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form is not Form.PROSE or not task.framable or task.demands("opening") or not task.explains:
            return None
        args: Args = {"text": rng.choice(_LEAD_INS[task.language])}
        return args if self.realise(args, task.answer, task.language) is not None else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        wanted = string_of(args, "text")
        rest = answer.strip().removeprefix(wanted)
        passed = rest != answer.strip() and bool(rest.strip()) and not (wanted[-1].isalnum() and rest[0].isalnum())
        return Finding(passed, f"starts {answer.strip()[: len(wanted) + 10]!r}, to start {wanted!r}")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        whole, lead = answer.strip(), string_of(args, "text")
        if language == "zh":
            return None if _OPENS_BADLY_ZH.match(whole) else lead + whole
        first = re.match(r"[A-Z][a-z]*(?=[ ,])", whole)
        if first is None or whole.startswith("I "):
            return None
        lowered = first.group().lower()
        # A word may be a name ("May", "Turkey"): it is lowered only if it is no noun, or is lower-case further on.
        known = lowered in _FUNCTION_WORDS or re.search(rf"(?<=[a-z,;] ){lowered}\b", whole)
        return f"{lead} {lowered}{whole[first.end() :]}" if known and lowered not in _OPENS_BADLY else None


class OpeningLine(Kind):
    """A given sentence stands on the first line."""

    name = "opening_line"
    group = "opening"
    stage = 3
    weight = 0.7
    wordings: ClassVar = {
        "en": (
            'Start with the sentence "{text}" on a line of its own, and then say the rest.',
            'Open {it} with this line: "{text}" Everything else comes below it.',
            'The first line should read "{text}" and nothing more; leave a blank line below it.',
            'Before anything else, put "{text}" on a separate line, so that it does not sound abrupt.',
            'Please let the line "{text}" come first, and get to the point after that.',
        ),
        "zh": (
            "第一行请单独写“{text}”，空一行再往下说。",
            "先写一行“{text}”，再另起一段写正文。",
            "{it}开头加一行“{text}”，免得显得生硬。",
            "请以“{text}”作为首行，独占一行，后面再说正事。",
            "我想看到第一行是“{text}”，其余内容放在后面。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if not task.framable or not task.explains or task.demands("opening") or task.form is Form.TABLE:
            return None
        reckons = task.form is Form.FORMULA and re.search(r"\d", task.instruction)
        return {"text": rng.choice((_OPENINGS_OF_RECKONINGS if reckons else _OPENINGS)[task.language])}

    def check(self, args: Args, answer: str, language: str) -> Finding:
        lines, wanted = text.lines(answer), string_of(args, "text")
        first = lines[0].strip() if lines else ""
        return Finding(first == wanted and len(lines) > 1, f"first line {first[:60]!r}, to be {wanted!r}")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        return f"{string_of(args, 'text')}\n\n{answer.strip()}"


class ClosingLine(Kind):
    """The answer ends with a given sentence."""

    name = "closing_line"
    group = "closing"
    stage = 4
    weight = 1.2
    wordings: ClassVar = {
        "en": (
            'End with the sentence "{text}" so that it does not break off abruptly.',
            'The last thing in {it} should be the sentence "{text}"',
            'Please close with "{text}", word for word.',
            'Finish on the line "{text}" and add nothing after it.',
            'I would like the words "{text}" at the very end, so that I know you are through.',
        ),
        "zh": (
            "最后请用“{text}”这句话收尾，免得显得突兀。",
            "{it}末尾加上“{text}”，后面不要再写别的。",
            "结尾一句固定为“{text}”，一字不改。",
            "全文请以“{text}”结束，我看到这句就知道说完了。",
            "收尾请写“{text}”，单独成行。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if not task.framable or not task.explains or task.demands("closing"):
            return None
        return {"text": rng.choice(_CLOSINGS[task.language])}

    def check(self, args: Args, answer: str, language: str) -> Finding:
        wanted, whole = string_of(args, "text"), answer.strip()
        before = whole.removesuffix(wanted)
        passed = before != whole and bool(before.strip()) and not before[-1].isalnum()
        return Finding(passed, f"ends {whole[-len(wanted) - 10 :]!r}, to end {wanted!r}")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        return f"{answer.strip()}\n\n{string_of(args, 'text')}"


class EndMark(Kind):
    """A mark on the last line shows that the answer is complete."""

    name = "end_mark"
    group = "closing"
    stage = 4
    weight = 0.8
    wordings: ClassVar = {
        "en": (
            "Put {mark} on the last line, so that {complete}.",
            "Close with {mark} on a line of its own; messages sometimes arrive cut off here.",
            "The final line should hold {mark} and nothing else, so that {complete}.",
            "When you are done, add {mark} on a separate line.",
            "Please mark the end with {mark} on its own line, so that {complete}.",
        ),
        "zh": (
            "最后单独一行写上{mark}，{complete}。",
            "写完后请另起一行标{mark}，我这里有时会收不全。",
            "末行只写{mark}，{complete}。",
            "全文结束处加一行{mark}，后面不要再有内容。",
            "请在结尾独占一行注明{mark}，{complete}。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form in (Form.LABEL, Form.JSON, Form.LINES, Form.TABLE) or task.strict or task.demands("closing"):
            return None
        return {"mark": rng.choice(_END_MARKS[task.language])} if task.words >= 40 and task.own_language else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        lines, wanted = text.lines(answer), string_of(args, "mark")
        last = lines[-1].strip() if lines else ""
        return Finding(last == wanted and len(lines) > 1, f"last line {last[-60:]!r}, to be {wanted!r}")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        return f"{answer.strip()}\n\n{string_of(args, 'mark')}"

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        return {"mark": enumeration([string_of(args, "mark")], language)}


class Postscript(Kind):
    """The answer ends with a postscript whose words are given."""

    name = "postscript"
    group = "closing"
    stage = 4
    weight = 0.6
    wordings: ClassVar = {
        "en": (
            'Add a postscript at the very end: "{marker} {text}"',
            'Below the text I would like the line "{marker} {text}" as a postscript.',
            'Please finish with a postscript reading "{marker} {text}"',
            'After the main text, leave a blank line and add "{marker} {text}"',
            'Do not forget the postscript; it should say "{marker} {text}"',
        ),
        "zh": (
            "文末另起一段加一条附注：“{marker}{text}”",
            "正文之后请空一行，再写“{marker}{text}”。",
            "最后补一句附注，写成“{marker}{text}”，放在末尾。",
            "结尾处附上一行“{marker}{text}”，不要放在正文里。",
            "别忘了在最后加附注，内容是“{marker}{text}”",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if not task.framable or task.demands("closing") or task.form not in (Form.PROSE, Form.MIXED):
            return None
        # What is worked out of given material is for one reader; an explanation may be passed on.
        if task.input or not task.explains or task.words < 50:
            return None
        marker = rng.choice(("P.S.", "PS:") if task.language == "en" else ("附注：", "又及："))
        return {"marker": marker, "text": rng.choice(_POSTSCRIPTS[task.language])}

    def check(self, args: Args, answer: str, language: str) -> Finding:
        lines = text.lines(answer)
        wanted = _postscript(args, language)
        last = lines[-1].strip() if lines else ""
        return Finding(last == wanted and len(lines) > 1, f"last line {last[-80:]!r}, to be {wanted!r}")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        return f"{answer.strip()}\n\n{_postscript(args, language)}"


class Placeholders(Kind):
    """The answer ends with a line that leaves given blanks, in square brackets, to be filled in."""

    name = "placeholders"
    group = "closing"
    stage = 4
    wordings: ClassVar = {
        "en": (
            'Leave a line at the bottom that reads "{text}", with the brackets as they are; we fill it in by hand.',
            'The last line should be "{text}", and please do not replace the bracketed blanks.',
            'Finish with "{text}" on a line of its own, so that I can fill in the placeholders later.',
            'We file these, so end with the line "{text}", placeholders included.',
            'Please add "{text}" below everything else and keep the square brackets for me to fill in.',
        ),
        "zh": (
            "最下面留一行“{text}”，方括号照原样保留，我们手工填写。",
            "末行写“{text}”，括号里的占位内容不要替换。",
            "结尾另起一行加上“{text}”，占位符留着，我回头再填。",
            "这份材料要存档，请在最后加一行“{text}”，方括号不用填。",
            "请在全文之后附“{text}”，括号部分空着等我补。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if not task.framable or task.demands("closing") or "[" in task.answer:
            return None
        if not _A_DOCUMENT.search(task.instruction):
            return None
        return {"text": rng.choice(_BLANKS[task.language])}

    def check(self, args: Args, answer: str, language: str) -> Finding:
        lines, wanted = text.lines(answer), string_of(args, "text")
        last = lines[-1].strip() if lines else ""
        return Finding(last == wanted and len(lines) > 1, f"last line {last[-80:]!r}, to be {wanted!r}")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        return f"{answer.strip()}\n\n{string_of(args, 'text')}"


class BoldTerms(Kind):
    """Given terms stand in bold, at least once each."""

    name = "bold_terms"
    group = "bold"
    stage = 2
    weight = 1.5
    wordings: ClassVar = {
        "en": (
            "Put {terms} in bold where it first appears; {scan}.",
            "Please set {terms} in bold type at the first mention.",
            "In Markdown, make {terms} bold the first time you use it, because {scan}.",
            "I want {terms} to stand out, so put it in bold when it first comes up.",
            "The key term {terms} should appear in bold at least once.",
        ),
        "zh": (
            "{terms}第一次出现时请加粗，{scan}。",
            "请用Markdown把{terms}加粗，首次出现的地方加就行。",
            "{terms}是重点，请用粗体标出来，至少标一处。",
            "我想让{terms}醒目一点，头一次提到时用粗体。",
            "文中{terms}一词请加粗显示，因为{scan}。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form not in (Form.PROSE, Form.MIXED) or not task.explains or task.demands("bold") or task.strict:
            return None
        if "*" in task.answer or "`" in task.answer or task.words < 25:
            return None
        terms = central_terms(task)[:3]
        return {"words": [rng.choice(terms)]} if terms else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        plain = [word for word in strings(args, "words") if not re.search(rf"\*\*{re.escape(word)}\*\*", answer, re.I)]
        return Finding(not plain, f"not in bold: {plain}")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        for word in strings(args, "words"):
            whole = re.escape(word) if any(map(text.is_cjk, word)) else rf"(?<![\w-]){re.escape(word)}(?![\w-])"
            found = re.search(whole, answer, re.IGNORECASE)
            # Bold within bold, and bold within code, are neither.
            if found is None or "**" in answer or "`" in answer:
                return None
            answer = f"{answer[: found.start()]}**{found.group()}**{answer[found.end() :]}"
        return answer

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        return {"terms": enumeration(strings(args, "words"), language)}


class BoldOpening(Kind):
    """The first sentence, and it alone, stands in bold."""

    name = "bold_opening"
    group = "bold"
    stage = 2
    weight = 1.5
    wordings: ClassVar = {
        "en": (
            "Put the first sentence in bold, and only that one; {scan}.",
            "The opening sentence should be in bold type, because most people read no further.",
            "Please make the first sentence bold and leave the rest as it is.",
            "I would like your first sentence in bold, so that the gist stands out.",
            "Use Markdown to set the first sentence, and nothing but that, in bold; {scan}.",
        ),
        "zh": (
            "第一句话请加粗，其余照常，{scan}。",
            "把开头第一句用粗体标出来，很多人只看这一句。",
            "请用Markdown将首句加粗，后面的不用。",
            "首句用粗体，让人一眼看到要点。",
            "只把第一句加粗就行，因为{scan}。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form is not Form.PROSE or task.crafted or task.demands("bold") or task.strict or "*" in task.answer:
            return None
        found = sure_sentences(task.answer)
        fits = found is not None and len(found) >= 2 and len(text.tokens(found[0])) <= 50
        return {} if fits and self.realise({}, task.answer, task.language) is not None else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        whole = answer.strip()
        bold = re.findall(r"\*\*(.+?)\*\*", whole, re.DOTALL)
        found = text.sentences(whole.replace("**", ""))
        passed = whole.startswith("**") and len(bold) == 1 and bool(found) and bold[0].strip() == found[0]
        return Finding(passed, f"in bold: {[part[:40] for part in bold]}; first sentence {found[:1]}")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        whole, found = answer.strip(), text.sentences(answer)
        if not found or "*" in whole or not whole.startswith(found[0]) or "\n" in found[0]:
            return None
        return f"**{found[0]}**{whole[len(found[0]) :]}"


KINDS: tuple[Kind, ...] = (
    KeywordsIncluded(),
    KeywordFrequency(),
    KeywordsExcluded(),
    FirstWords(),
    OpeningLine(),
    ClosingLine(),
    EndMark(),
    Postscript(),
    Placeholders(),
    BoldTerms(),
    BoldOpening(),
)

_PADDING = {
    "en": (("very", "really", "basically", "actually", "simply", "quite"),),
    "zh": (("非常", "特别", "极其", "十分", "超级"),),
}
_SUDDENNESS = {
    "en": (("suddenly", "somehow", "all at once", "seemed to"),),
    "zh": (("突然", "忽然", "竟然", "居然"),),
}
_STORY = re.compile(r"\b(?:story|stories|tale|fable|scene|novel\w*)\b|故事|小说|童话|寓言|作文", re.IGNORECASE)
_CLICHES = {
    "en": (
        ("moreover", "furthermore", "in conclusion", "it is worth noting", "needless to say"),
        ("obviously", "clearly", "of course", "as everyone knows"),
        ("stuff", "things", "a lot of", "kind of"),
    ),
    "zh": (
        ("众所周知", "综上所述", "总而言之", "值得一提的是", "不言而喻"),
        ("其实", "基本上", "一般来说", "某种程度上", "相对来说"),
        ("首先", "其次", "此外", "与此同时"),
    ),
}
_JARGON = {
    "en": (
        ("leverage", "utilize", "robust", "seamless", "crucial", "cutting-edge"),
        ("amazing", "incredible", "awesome", "unique", "perfect"),
    ),
    "zh": (
        ("赋能", "抓手", "闭环", "打造", "助力", "痛点"),
        ("完美", "震撼", "绝对", "史无前例", "不可思议"),
    ),
}
_WHERE_JARGON_GROWS = re.compile(
    r"\b(?:company|firm|business|product|customers?|market\w*|team|project|strategy|shop|launch|staff|clients?)\b"
    r"|公司|企业|产品|客户|市场|团队|项目|营销|门店|推广|品牌|活动|运营",
    re.IGNORECASE,
)
_LEAD_INS = {
    "en": ("In short,", "Put simply,", "Briefly,", "In plain words,", "To cut a long story short,"),
    "zh": ("简单来说，", "简而言之，", "说白了，", "直接回答：", "长话短说，", "归根结底，"),
}
_OPENINGS = {
    "en": (
        "Here is my answer.",
        "Thank you for asking.",
        "Good question.",
        "Here is what I can tell you.",
        "Thanks for your question.",
    ),
    "zh": ("以下是我的回答。", "感谢您的提问。", "您好，答复如下。", "这个问题问得好。", "谢谢提问，说明如下。"),
}
_OPENINGS_OF_RECKONINGS = {
    "en": ("Here is how I worked it out.", "Here is my answer.", "This is how it comes out."),
    "zh": ("解答如下。", "以下是计算过程。", "算法和结果如下。"),
}
_CLOSINGS = {
    "en": (
        "I hope this helps.",
        "Do ask again if anything is unclear.",
        "That is all there is to it.",
        "Feel free to come back with more questions.",
        "I hope that settles it.",
        "Let me know if you need more detail.",
    ),
    "zh": (
        "希望对你有帮助。",
        "以上供参考。",
        "如有不明白的地方，欢迎再问。",
        "以上就是全部内容。",
        "还有疑问的话，随时告诉我。",
        "说明到此为止。",
    ),
}
_END_MARKS = {
    "en": ("END", "[end]", "(end)", "[END]"),
    "zh": ("（完）", "【完】", "——完——", "【全文完】"),
}
_POSTSCRIPTS = {
    "en": (
        "Ask me if a word is unfamiliar.",
        "More detail on request.",
        "Corrections are welcome.",
        "If you spot a mistake, please tell me.",
    ),
    "zh": (
        "有看不懂的地方可以再问。",
        "如需更详细的说明，请告诉我。",
        "如发现错漏，欢迎指正。",
    ),
}
_BLANKS = {
    "en": (
        "Checked by [name] on [date]",
        "Prepared for [name], [date]",
        "Contact: [name], [telephone]",
        "Read and approved: [signature]",
    ),
    "zh": (
        "审核人：[姓名]　日期：[日期]",
        "经办人：[姓名]，电话：[电话]",
        "整理人：[姓名]　[年月日]",
        "已阅：[签名]",
    ),
}
# Somebody signs a list, a plan or a record; nobody signs the answer to a question.
_A_DOCUMENT = re.compile(
    r"\b(?:lists?|tables?|plans?|schedules?|minutes|records?|summar\w+|report|extract|agenda|checklist|log|inventory)\b"
    r"|清单|表|计划|方案|记录|整理|汇总|摘要|排班|安排|预算|纪要|登记|检查|台账|提取",
    re.IGNORECASE,
)
_FUNCTION_WORDS = word_set(
    """the a an it this that these those in on at by for from with when if as because since while after before
    most many some all each every both there they he she we you its their his her our your to not only what
    how usually about once every several although though unless until under over during between through
    without within"""
)
_OPENS_BADLY = frozenset({"because", "not", "so", "although", "though"})
_OPENS_BADLY_ZH = re.compile(
    r"[“「\"（(【《#*]|[^，。：]{0,12}[：:]|是的|不是|对|不|可以|能|有|没|因为|简|总|先|首先|[A-Za-z0-9]|您|你好"
)


def _postscript(args: Args, language: str) -> str:
    return f"{string_of(args, 'marker')}{'' if language == 'zh' else ' '}{string_of(args, 'text')}"
