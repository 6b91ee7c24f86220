# ruff: noqa: ARG002 - every kind has the same signatures, whether it needs each argument or not
"""Constraints on manner: case, punctuation, digits, pronouns, contractions, the language of the answer."""

from __future__ import annotations

import functools
import random
import re
from typing import ClassVar

from synth import text
from synth.constraints.kind import Args, Finding, Kind, string_of
from synth.constraints.task import Form, Task, word_set


class NoCommas(Kind):
    """No commas, Western or Chinese."""

    name = "no_commas"
    group = "commas"
    wordings: ClassVar = {
        "en": (
            "Please write it without any commas, because it goes into a CSV file that they would break.",
            "No commas anywhere in {it}: {script}, and it takes each comma for a new field.",
            "Do not use commas; the database splits the text at every one of them.",
            "{It} must not contain a single comma, as the import tool treats commas as separators.",
            "Keep commas out of it, since they would upset the comma-separated file it ends up in.",
        ),
        "zh": (
            "不要用逗号，内容要放进以逗号分隔的文件里，会被拆坏。",
            "{it}里一个逗号也不能有，导入工具会把逗号当分隔符。",
            "请避免使用逗号，{script}，碰到逗号就会断成两栏。",
            "写的时候别用逗号，因为数据库是按逗号切分的。",
            "全文不得出现逗号，否则表格导入时会错列。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        suits = task.form in (Form.PROSE, Form.LIST, Form.LINES) and not task.demands("wrap") and task.words >= 6
        return {} if suits and not re.search(r"\bcommas?\b|逗号", task.instruction) and _clean(self, task) else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        return _none_of(answer, r"[,，﹐‚]", "commas")


class NoDigits(Kind):
    """No digits: numbers, if any, in words."""

    name = "no_digits"
    group = "digits"
    wordings: ClassVar = {
        "en": (
            "Write all numbers out in words and use no digits; {aloud}.",
            "Please spell out every number instead of using figures, because {aloud}.",
            "No digits at all: numbers belong in words here.",
            "{Aloud}, so put numbers into words and avoid digits altogether.",
            "Our style is to spell numbers out, so there should be no digit in {it}.",
        ),
        "zh": (
            "数字一律写成汉字，不用阿拉伯数字，{aloud}。",
            "请不要出现阿拉伯数字，数目都用汉字写出来。",
            "{aloud}，所以数字请写成汉字，不用1、2、3这种写法。",
            "{it}里不要有阿拉伯数字，需要写数时用汉字。",
            "按我们的体例，数目用汉字表示，不出现阿拉伯数字。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if (
            task.form not in (Form.PROSE, Form.LIST, Form.DIALOGUE, Form.VERSE)
            or task.demands("digits")
            or not _clean(self, task)
        ):
            return None
        if re.search(r"\d", task.input) and task.words < 40:
            return None
        counts = r"\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|hundred|thousand|half|once|twice)\b"
        return (
            {} if re.search(counts if task.language == "en" else r"[两三四五六七八九十百千万]", task.answer) else None
        )

    def check(self, args: Args, answer: str, language: str) -> Finding:
        found = "".join(char for char in answer if char.isdigit())
        return Finding(not found, f"digits: {found[:20]}")


class NoExclamation(Kind):
    """No exclamation marks."""

    name = "no_exclamation"
    group = "exclamation"
    weight = 0.4
    wordings: ClassVar = {
        "en": (
            "No exclamation marks, please; {sober}.",
            "{Sober}, so do without exclamation marks.",
            "Please keep exclamation marks out of it, because {sober}.",
            "Not a single exclamation mark in {it}: {sober}.",
            "I would rather not see any exclamation marks, since they feel like shouting.",
        ),
        "zh": (
            "不要用感叹号，{sober}。",
            "{sober}，全文请勿出现感叹号。",
            "请避免使用感叹号，看着像在喊。",
            "{it}里一个感叹号都不要有，因为{sober}。",
            "语气再热情也别用感叹号，{sober}。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        suits = task.form in (Form.PROSE, Form.MIXED, Form.DIALOGUE, Form.VERSE) and task.own_language
        suits = suits and task.words >= 60  # in a short, sober answer nobody would think of it
        return {} if suits and not re.search(r"exclam|感叹号", task.instruction) and _clean(self, task) else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        return _none_of(answer, r"[!！﹗‼⁉]", "exclamation marks")


class NoQuestions(Kind):
    """No question marks."""

    name = "no_questions"
    group = "questions"
    wordings: ClassVar = {
        "en": (
            "Do not ask anything back and use no question marks; I only want statements.",
            "Please avoid questions, rhetorical ones included, so no question marks at all.",
            "No question marks in {it}: readers want to be told, not asked.",
            "Rhetorical questions annoy me, so leave out question marks entirely.",
            "I would like plain statements only, without a single question mark.",
        ),
        "zh": (
            "不要反问，也不要设问，全文不出现问号。",
            "{it}里请不要用问句，一个问号都别有。",
            "请只用陈述句，不要出现问号，读的人想要的是答案。",
            "我不喜欢自问自答的写法，所以不要有问号。",
            "别把问题抛回来，全文不要带问号。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        suits = task.form in (Form.PROSE, Form.MIXED) and task.own_language and task.explains and task.words >= 25
        return {} if suits and not task.demands("questions") and _clean(self, task) else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        return _none_of(answer, r"[?？﹖⁇⁈⁉¿]", "question marks")


class NoParentheses(Kind):
    """No round brackets."""

    name = "no_parentheses"
    group = "parentheses"
    wordings: ClassVar = {
        "en": (
            "Please avoid brackets; {aloud}, and asides in brackets get lost.",
            "No parentheses, please: whatever matters should be part of the sentence.",
            "Do not put anything in round brackets, because {aloud}.",
            "I find asides in brackets distracting, so do without parentheses altogether.",
            "{It} should contain no brackets; either say it properly or leave it out.",
        ),
        "zh": (
            "请不要用括号，{aloud}，括号里的话没法念。",
            "不要在括号里加补充说明，要紧的就写进句子里。",
            "{aloud}，所以{it}中不要出现括号。",
            "我不喜欢句子里夹括号，请一个也不要用。",
            "全文请勿使用圆括号，重要的内容直接说，不重要的就不说。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        suits = task.form in (Form.PROSE, Form.DIALOGUE, Form.VERSE) and task.own_language and task.words >= 25
        if not suits or task.demands("wrap") or re.search(r"parenthes|[(（]", task.instruction):
            return None
        return {} if _clean(self, task) else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        return _none_of(answer, r"[()（）﹙﹚]", "brackets")


class PlainPunctuation(Kind):
    """English: straight quotation marks, no long dashes or ellipsis signs. Chinese: full-width marks after Chinese."""

    name = "plain_punctuation"
    group = "punctuation"
    stage = 1
    wordings: ClassVar = {
        "en": (
            "Use straight quotation marks and no long dashes, because our old system garbles the curly ones.",
            "Stick to punctuation found on a keyboard: no curly quotes, long dashes or ellipsis signs.",
            "Please avoid typographic punctuation such as curly quotes and em dashes; {script}.",
            "Only plain punctuation, please, so no curly quotation marks and no dashes longer than a hyphen.",
            "Curly quotes and long dashes turn into question marks in our mailer, so leave them out.",
        ),
        "zh": (
            "标点请一律用中文全角标点，不要混入英文半角标点。",
            "中文里的逗号、句号等都要用全角的，{house}。",
            "请注意标点规范，汉字后面不要用半角标点。",
            "排版时对标点查得很严，汉字之后只用全角标点，因为{house}。",
            "标点统一用全角，别出现英文的逗号和句号。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form not in (Form.PROSE, Form.MIXED, Form.LIST, Form.DIALOGUE) or not task.own_language:
            return None
        if re.search(r"punctuation|标点", task.instruction) or task.words < 20:
            return None
        if task.language == "en" and not re.search(r"['\"-]", task.answer) and _clean(self, task):
            return None  # nothing to watch
        done = self.realise({}, task.answer, task.language)
        return {} if done is not None and self.check({}, done, task.language).passed else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        if language == "zh":
            return _none_of(answer, r"(?<=[\u4e00-\u9fff])[,.;:!?()]", "half-width marks after Chinese")
        return _none_of(answer, r"[“”‘’„«»–—…]", "typographic marks")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        if language == "zh":
            return answer
        plain = answer.translate(_TYPEWRITER)
        return re.sub(r"(?<=\d)–(?=\d)", "-", plain)


class NoEmoji(Kind):
    """No emoji."""

    name = "no_emoji"
    group = "emoji"
    weight = 0.3
    wordings: ClassVar = {
        "en": (
            "No emoji or other pictograms, please; {sober}.",
            "Please leave out emoji altogether, because they distract me.",
            "Do not decorate it with emoji: {sober}.",
            "I do not want any emoji in {it}, since they look silly in print.",
            "Words only, no emoji of any kind; our printer turns them into boxes.",
        ),
        "zh": (
            "不要用表情符号，{sober}。",
            "请别加emoji，打印出来会变成方框。",
            "{it}里不要出现任何表情符号，我看着分心。",
            "只要文字，不要表情和图形符号，{sober}。",
            "全文请勿使用emoji，文字本身就够了。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        suits = task.form in (Form.PROSE, Form.LIST, Form.MIXED, Form.DIALOGUE, Form.VERSE) and task.own_language
        return {} if suits and task.words >= 60 and "emoji" not in task.instruction and _clean(self, task) else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        return _none_of(answer, "[\u2600-\u27bf\u2b50\u2b55\ufe0f\U0001f000-\U0001faff]", "emoji")


class Lowercase(Kind):
    """Lower-case letters only."""

    name = "lowercase"
    group = "case"
    stage = 1
    weight = 0.7
    wordings: ClassVar = {
        "en": (
            "Write everything in lower case, first letters included; {house}.",
            "Please use small letters only, without any capitals, because {script}.",
            "No capital letters at all: our design sets everything in lower case.",
            "All lower case, please, even at the start; {house}.",
            "{It} should be entirely in lower-case letters, since the search ignores anything else.",
        ),
        "zh": (
            "文中的英文字母一律小写，{house}。",
            "凡是英文都用小写字母，不要出现大写。",
            "请把英文部分全部写成小写，因为{script}。",
            "涉及英文的地方统一小写，{house}。",
            "英文字母请都用小写，大写的系统认不出来。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form not in (Form.LABEL, Form.LINES, Form.LIST) or task.demands("case") or task.demands("words"):
            return None
        if not re.search(r"[a-zA-Z]{2}", task.answer) or task.words > 60:
            return None
        return {} if self.realise({}, task.answer, task.language) is not None else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        capitals = [word for word in re.findall(r"\w+", answer) if any(char.isupper() for char in word)]
        letters = any(char.islower() for char in answer)
        return Finding(letters and not capitals, f"with capitals: {capitals[:5]}")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        if not any(char.isupper() for char in answer):
            return answer
        if language != "en" or "`" in answer:
            return None
        # A capital inside a line, or on a word not known to be common, may be a name, an acronym, a unit.
        for word in re.finditer(r"\w+", answer):
            if word.group() == word.group().lower():
                continue
            opens = re.search(r"(?:^|\n)(?:[ \t]*(?:[-*•]|\d{1,3}[.)])[ \t]+)?$", answer[: word.start()])
            if not opens or word.group().lower() not in _COMMON or word.group()[1:] != word.group()[1:].lower():
                return None
        return answer.lower()


class Uppercase(Kind):
    """Capital letters only."""

    name = "uppercase"
    group = "case"
    stage = 1
    weight = 0.7
    wordings: ClassVar = {
        "en": (
            "Write it in capital letters throughout, as it goes on a sign.",
            "ALL CAPS, please, because the label printer has nothing else.",
            "Please use capitals only; {house}.",
            "{It} should be entirely in upper case, so that it can be read from a distance.",
            "Everything in capital letters, please: it will be stencilled on a board.",
        ),
        "zh": (
            "文中的英文字母一律大写，{house}。",
            "凡是英文都写成大写字母，不要出现小写。",
            "请把英文缩写和代号全部用大写，因为{script}。",
            "涉及英文的地方统一大写，{house}。",
            "英文字母请全用大写，标签打印机不支持小写。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.demands("case") or task.demands("words") or task.strict:
            return None
        if task.language == "zh":
            letters = re.findall(r"[A-Za-z]+", task.answer)
            plain = task.form in (Form.PROSE, Form.LIST, Form.LINES, Form.PAIRS)
            return {} if plain and letters and all(word.isupper() for word in letters) else None
        sign = re.search(
            r"\b(?:sign|label|poster|slogan|banner|notice|headline|name|title|board)\b", task.instruction, re.I
        )
        if task.form not in (Form.LABEL, Form.PROSE, Form.LIST) or not sign or task.words > 30 or not task.own_language:
            return None
        return {} if self.realise({}, task.answer, "en") is not None else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        small = [word for word in re.findall(r"\w+", answer) if any(char.islower() for char in word)]
        letters = any(char.isupper() for char in answer)
        return Finding(letters and not small, f"with small letters: {small[:5]}")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        # Units, addresses and code mean something else in capitals: 5 mg, kPa, a.b@c.org.
        if language != "en" or re.search(r"\d\s*[a-zA-Zµ]|[@`_/\\]|\w\.\w|\w[a-z][A-Z]", answer):
            return None
        return answer.upper() if len(answer.upper()) == len(answer) else None


class NoPronoun(Kind):
    """No pronoun of the first or of the second person."""

    name = "no_pronoun"
    group = "person"
    weight = 1.5
    wordings: ClassVar = {
        "en": (
            "Leave yourself and the reader's feelings out of it: no {words}.",
            "Please write impersonally, without {words}; {sober}.",
            "Avoid {words}, because {house}.",
            "It should read like an encyclopedia entry, so do not use {words}.",
            "The text is for a report, where {words} are not allowed.",
        ),
        "zh": (
            "请用客观的口吻写，不要出现{words}。",
            "{it}里不用{words}，{sober}。",
            "这是要放进报告里的，不能有{words}这样的人称。",
            "写得像百科条目一样，避免{words}。",
            "不要带{words}，因为{house}。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form not in (Form.PROSE, Form.MIXED) or not task.explains or not task.own_language or task.words < 30:
            return None
        options = [
            person
            for person in ("first", "second")
            if self.check({"person": person}, task.answer, task.language).passed
        ]
        # A text about the reader's own affairs cannot do without "you".
        if re.search(r"\b(?:I|my|me|we|our|us)\b|我|咱", task.instruction):
            options = [person for person in options if person == "first"]
        return {"person": rng.choice(options)} if options and not task.demands("address") else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        return _none_of(answer, _PRONOUNS[language][string_of(args, "person")], "pronouns")

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        first = string_of(args, "person") == "first"
        if language == "zh":
            return {"words": "“我”“我们”" if first else "“你”“您”"}
        return {"words": '"I" and "we"' if first else '"you" and "your"'}


class NoContractions(Kind):
    """Full forms instead of don't, it's and we'll."""

    name = "no_contractions"
    group = "contractions"
    stage = 1
    weight = 1.5
    wordings: ClassVar = {
        "en": (
            'Please avoid contractions ("do not" instead of "don\'t"); some readers are still learning English.',
            "Write out all contractions in full, because {house}.",
            'No contractions such as "it\'s" or "can\'t", please; it goes into a formal document.',
            "I need the full forms throughout, so no contractions.",
            "Keep the register formal enough to do without contractions of any kind.",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.language != "en" or not task.own_language or task.words < 20:
            return None
        if task.form not in (Form.PROSE, Form.MIXED, Form.LIST) or task.demands("address") or task.demands("words"):
            return None
        if not re.search(f"{_CONTRACTION}|{_CONTRACTIBLE}", task.answer, re.IGNORECASE):
            return None
        done = task.answer if _clean(self, task) else self.realise({}, task.answer, "en")
        return {} if done is not None and self.check({}, done, "en").passed else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        return _none_of(answer, f"(?i){_CONTRACTION}", "contractions")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        if language != "en" or re.search(r"[\"“`]", answer):  # quoted speech is not ours to change
            return None
        # "Doesn't it" turns round: the full form would be "does it not".
        if re.search(r"n[’']t (?:I|you|he|she|it|we|they|there|that|this)\b", answer):
            return None
        for short, full in _FULL_FORMS:
            answer = re.sub(rf"(?i)(?<!\w){short}(?!\w)", functools.partial(_in_full, full), answer)
        return answer


class PoliteYou(Kind):
    """您 and never 你."""

    name = "polite_you"
    group = "address"
    stage = 1
    wordings: ClassVar = {
        "zh": (
            "称呼对方时请用“您”，不要用“你”，看的人年纪都比较大。",
            "文中一律用“您”，别写“你”，这是给客户看的。",
            "请使用敬称“您”，全文不要出现“你”字。",
            "对方是长辈，提到对方都写“您”，不写“你”。",
            "我们对外的文字统一用“您”不用“你”，请照办。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.language != "zh" or task.form not in (Form.PROSE, Form.MIXED, Form.LIST) or task.demands("address"):
            return None
        if not re.search("[你您]", task.answer) or re.search("给我自己|写给孩子|孩子|学生|儿童", task.instruction):
            return None
        done = self.realise({}, task.answer, "zh")
        return {} if done is not None and self.check({}, done, "zh").passed else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        plain, polite = answer.count("你"), answer.count("您")
        return Finding(polite > 0 and plain == 0, f"你 {plain} times, 您 {polite} times")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        # “你” in quotes is someone's words, and 您们 is no word.
        return None if re.search(r"你们|[“「『\"]|迷你", answer) else answer.replace("你", "您")


class AnswerLanguage(Kind):
    """The answer is in a given language."""

    name = "answer_language"
    group = "language"
    wordings: ClassVar = {
        "en": (
            "Please answer in {name}, whatever language the material is in.",
            "The reply should be in {name}, since my colleagues read nothing else.",
            "Write your reply in {name} even though not everything here is.",
            "I need this in {name}; do not switch to another language halfway.",
            "Reply in {name} throughout, apart from names.",
        ),
        "zh": (
            "请用{name}回答，不管材料是什么语言。",
            "我的同事只看得懂{name}，请用{name}写。",
            "{it}请用{name}，不要中途换成别的语言。",
            "全文使用{name}，人名和专有名词除外。",
            "麻烦用{name}作答，原材料里的外文不用照搬。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        used = text.language_of(task.answer)
        foreign = text.language_of(task.input)
        mixed = used != task.language or (foreign in ("en", "zh") and foreign != task.language)
        if used not in _LANGUAGE_NAMES[task.language] or task.demands("language") or not mixed:
            return None
        return {"language": used} if task.form in (Form.PROSE, Form.LIST, Form.MIXED, Form.PAIRS) else None

    def check(self, args: Args, answer: str, language: str) -> Finding:
        used, wanted = text.language_of(answer), string_of(args, "language")
        return Finding(used == wanted, f"language {used}, to be {wanted}")

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        return {"name": _LANGUAGE_NAMES[language][string_of(args, "language")]}


class FinalMark(Kind):
    """The answer ends with a full stop, or without any mark."""

    name = "final_mark"
    group = "final_mark"
    stage = 1
    weight = 0.7
    wordings: ClassVar = {
        "en": (
            "There should be {mark} at the very end; {house}.",
            "Please put {mark} after the last word, because {house}.",
            "As for punctuation, I want {mark} at the end.",
            "Mind the end of it: {mark} there, as in all the other entries.",
            "Our entries end with {mark} after the last word, so follow that here too.",
        ),
        "zh": (
            "结尾{mark}，{house}。",
            "请注意末尾的标点：最后{mark}。",
            "写完最后一个字{mark}，和其他条目保持一致。",
            "最末尾{mark}，因为{house}。",
            "收尾处的标点要统一，{mark}就对了。",
        ),
    }

    def propose(self, task: Task, rng: random.Random) -> Args | None:
        if task.form is not Form.LABEL or re.search(r"punctuation|full stop|标点|句号", task.instruction):
            return None
        if not re.search(r"\w$", task.answer.strip()) or text.language_of(task.answer) not in ("en", "zh"):
            return None
        return {"mark": ""}

    def check(self, args: Args, answer: str, language: str) -> Finding:
        mark, last = string_of(args, "mark"), answer.strip()[-1:]
        passed = last == mark if mark else bool(last) and last not in ".。!！?？…,，;；:："
        return Finding(passed, f"ends {last!r}, to end {mark!r}")

    def realise(self, args: Args, answer: str, language: str) -> str | None:
        mark, whole = string_of(args, "mark"), answer.strip()
        if mark:
            return whole + mark if whole[-1].isalnum() else None
        return whole[:-1] if whole[-1] in ".。" and len(text.sentences(whole)) == 1 else None

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        mark = string_of(args, "mark")
        if language == "zh":
            return {"mark": "加上句号" if mark else rng.choice(("不加句号", "不要任何标点"))}
        return {"mark": "a full stop" if mark else rng.choice(("no full stop", "no punctuation mark"))}


KINDS: tuple[Kind, ...] = (
    NoCommas(),
    NoDigits(),
    NoExclamation(),
    NoQuestions(),
    NoParentheses(),
    PlainPunctuation(),
    NoEmoji(),
    Lowercase(),
    Uppercase(),
    NoPronoun(),
    NoContractions(),
    PoliteYou(),
    AnswerLanguage(),
    FinalMark(),
)

_PRONOUNS = {
    "en": {
        "first": r"(?<![\w'’])(?:I|[Mm]e|[Mm]y|[Mm]ine|[Mm]yself|[Ww]e|us|Us|[Oo]urs?|[Oo]urselves)(?![\w])(?![.)]\s)",
        "second": r"(?i)(?<![\w'’])(?:you|your|yours|yourself|yourselves)(?!\w)",
    },
    "zh": {"first": "[我咱俺]", "second": "[你您]"},
}
_CONTRACTION = (
    r"\b\w+n[’']t\b|\b\w+[’'](?:re|ve|ll|d)\b|\b(?:I|i)[’']m\b"
    r"|\b(?:it|that|there|here|he|she|what|who|where|how|let|this|everything|everyone|nobody|one)[’']s\b|\b(?:gonna|wanna|gotta)\b"
)
_CONTRACTIBLE = (
    r"\b(?:(?:do|does|did|is|are|was|were|has|have|will|would|should|could|can) ?not"
    r"|it is|that is|(?:you|they|we) (?:are|will|have)|I am)\b"
)
_LANGUAGE_NAMES = {"en": {"en": "English", "zh": "Chinese"}, "zh": {"en": "英文", "zh": "中文"}}
_TYPEWRITER = str.maketrans({ord("“"): '"', ord("”"): '"', ord("‘"): "'", ord("’"): "'", ord("…"): "..."})
_FULL_FORMS = (
    ("can[’']t", "cannot"),
    ("won[’']t", "will not"),
    ("shan[’']t", "shall not"),
    ("(?:do|does|did|is|are|was|were|has|have|had|should|would|could|must|need|might)n[’']t", "{} not"),
    ("I[’']m", "I am"),
    ("(?:you|we|they)[’']re", "{} are"),
    ("(?:I|you|we|they)[’']ve", "{} have"),
    ("(?:I|you|we|they|he|she|it|that|there)[’']ll", "{} will"),
    ("let[’']s", "let us"),
)
_COMMON = word_set(
    """the a an and or to of in on no yes not new old red blue green white black yellow grey brown big small two
    three four five six open closed mixed positive negative neutral sweet bread cheese milk water paper glass
    wood stone salt sugar tea coffee rice beans soup fruit apple pear plum cherry onion potato carrot garlic
    egg eggs flour butter honey summer winter spring autumn morning evening night day week month year home
    house garden street road bridge river lake hill forest field farm school library office kitchen cellar
    roof door window wall table chair lamp book letter story song music dance film play game ball bike bicycle
    car train bus boat plane walk run swim read write draw paint sing cook bake plant water clean repair mend
    build sort check ask call send bring take give keep make find use add put wash cut mix stir heat cool fill
    empty wait rest sleep start stop turn press pull push lift carry hold drop wear remove replace store
    collect return borrow lend share sell buy pay save spend count measure weigh test try learn teach help
    thank welcome invite visit meet talk listen look watch see hear smell taste touch feel think plan quiet
    loud fast slow warm cold hot dry wet light dark heavy soft hard clear fresh free full early late cheap
    expensive safe dangerous easy difficult simple plain second first third old"""
)


def _clean(kind: Kind, task: Task) -> bool:
    return kind.check({}, task.answer, task.language).passed


def _none_of(answer: str, pattern: str, name: str) -> Finding:
    found = [match.group() for match in re.finditer(pattern, answer)]
    return Finding(not found, f"{len(found)} {name}: {found[:5]}")


def _in_full(full: str, short: re.Match[str]) -> str:
    """The full form with the case of the short one; ``{}`` stands for the word before the apostrophe."""
    stem = re.split(r"n[’']t|[’']", short.group())[0]
    written = full.replace("{}", stem)
    return written[0].upper() + written[1:] if short.group()[0].isupper() else written
