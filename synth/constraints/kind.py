"""What a kind of verifiable constraint is, and how its sentence is put together.

A kind has three functions: *phrase* (the sentence that states it), *check* (exact code that decides whether an answer
satisfies it, after IFEval, Zhou et al. 2023, https://arxiv.org/abs/2311.07911) and *realise* (edit a right answer so
that it does). A fourth, *propose*, picks arguments that a person could mean for one given task.

Wordings are templates: ``{count}`` stands for an argument, ``{tight}`` for one of several reasons of that sort
(``SLOTS``), and ``{Tight}`` for the same at the start of a sentence.
"""

from __future__ import annotations

import random
import string
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from synth.constraints.task import Task
from synth.records import JSON

Args: TypeAlias = Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether an answer satisfies a constraint, and what was found: ``Finding(False, "94 words, at most 90")``."""

    passed: bool
    evidence: str


class Kind(ABC):
    """One kind of constraint; subclasses fill in all but :meth:`phrase`. They hold no state."""

    name: ClassVar[str]
    group: ClassVar[str]
    """What it governs. Two constraints of one group would repeat or contradict each other: never both."""
    stage: ClassVar[int] = 0
    """When its edit is due among several: 0 shape, 1 wording, 2 emphasis, 3 start, 4 end, 5 title, 6 wrap."""
    weight: ClassVar[float] = 1.0
    """How often it is tried first, compared with the others: how often people ask for it."""
    wordings: ClassVar[Mapping[str, tuple[str, ...]]]
    """Templates by language."""

    @abstractmethod
    def propose(self, task: Task, rng: random.Random) -> Args | None:
        """Arguments that make sense for this task and its answer, None where the kind does not suit it."""

    @abstractmethod
    def check(self, args: Args, answer: str, language: str) -> Finding:
        """Whether ``answer``, given in reply to an instruction in ``language``, satisfies the constraint."""

    def realise(self, args: Args, answer: str, language: str) -> str | None:  # noqa: ARG002 - most kinds edit nothing
        """``answer`` edited so that it satisfies the constraint; None where an honest edit is not to be had."""
        return None

    def fields(self, args: Args, language: str, rng: random.Random) -> dict[str, str]:
        """What the templates' fields stand for."""
        return {name: _shown(value, language, rng) for name, value in args.items()}

    def phrase(self, args: Args, language: str, rng: random.Random) -> str:
        """One whole sentence (or two) that states the constraint in ``language``, as people write it."""
        template = rng.choice(self.wordings[language])
        fields = self.fields(args, language, rng)
        for _, name, _, _ in string.Formatter().parse(template):
            if name and name not in fields:
                filler = rng.choice(SLOTS[language][name.lower()])
                fields[name] = filler[0].upper() + filler[1:] if name[0].isupper() else filler
        sentence = template.format_map(fields)
        return sentence[0].upper() + sentence[1:]


def integer(args: Args, key: str) -> int:
    """``args[key]``, which is an integer."""
    value = args[key]
    assert isinstance(value, int)
    return value


def string_of(args: Args, key: str) -> str:
    """``args[key]``, which is a string."""
    value = args[key]
    assert isinstance(value, str)
    return value


def strings(args: Args, key: str) -> list[str]:
    """``args[key]``, which is a list of strings."""
    value = args[key]
    assert isinstance(value, list)
    return [str(item) for item in value]


def number_word(number: int, language: str) -> str:
    """``three`` or ``三`` up to twelve and ten, as they stand before a noun (``两``, not ``二``); digits above.

    >>> number_word(2, "zh"), number_word(40, "en")
    ('两', '40')
    """
    small = _NUMBER_WORDS[language]
    return small[number] if 0 < number < len(small) else str(number)


def counted(number: int, noun: str) -> str:
    """``one sentence``, ``three sentences``."""
    return f"{number_word(number, 'en')} {noun}{'' if number == 1 else 's'}"


def enumeration(items: list[str], language: str) -> str:
    """The items in quotation marks, joined as in running text: ``"a", "b" and "c"`` · ``“甲”“乙”和“丙”``."""
    if language == "zh":
        quoted = [f"“{item}”" for item in items]
        return quoted[0] if len(quoted) == 1 else "".join(quoted[:-1]) + "和" + quoted[-1]
    quoted = [f'"{item}"' for item in items]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " and " + quoted[-1]


SLOTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "en": {
        "it": ("the answer", "your answer", "the whole answer", "your reply"),
        "tight": (
            "space is tight",
            "I am short of time",
            "long answers do not get read here",
            "I will be reading it on my phone",
            "it has to fit on one screen",
            "most people will only skim it",
            "the box I paste it into is small",
            "there is not much room for it",
            "I would rather not scroll",
        ),
        "plain": (
            "the box I paste it into shows plain text only",
            "our system prints Markdown signs as they are",
            "it goes into an e-mail without formatting",
            "the form I copy it into swallows all formatting",
        ),
        "aloud": (
            "it will be read aloud",
            "I am going to read it out to someone",
            "somebody will hear this over the phone",
            "a screen reader will speak it",
        ),
        "script": (
            "a small script picks it up from here",
            "it goes straight into a program",
            "a program reads it before anybody else does",
            "I load it into another tool",
        ),
        "paste": (
            "I want to copy it in one go",
            "I will paste it elsewhere as it stands",
            "it gets copied and pasted as it is",
        ),
        "house": (
            "that is our house style",
            "our style sheet asks for it",
            "the rest of our pages are set that way",
            "we do it that way everywhere else",
        ),
        "easy": (
            "some readers are still learning English",
            "it will be read by tired people",
            "long sentences lose our readers",
            "it has to be understood at first reading",
        ),
        "scan": (
            "people will jump straight to the part they need",
            "it is easier on the eye that way",
            "I like to find my way around quickly",
            "it helps those who only skim",
        ),
        "sober": (
            "the tone should stay sober",
            "I would like it to sound calm",
            "it should sound matter-of-fact",
            "our readers dislike hype",
        ),
        "complete": (
            "I can tell that nothing was cut off",
            "I can see that the whole text has arrived",
            "I know where the text stops",
        ),
    },
    "zh": {
        "it": ("回答", "整个回答", "全部内容", "答复"),
        "tight": (
            "版面有限",
            "我时间不多",
            "我要在手机上看",
            "太长了没人看",
            "最好一屏就能看完",
            "大家多半只会扫一眼",
            "留给它的地方不大",
            "我不想来回翻页",
        ),
        "plain": (
            "我要贴进去的地方只认纯文本",
            "系统会把Markdown符号原样显示出来",
            "要放进不带格式的邮件里",
            "贴进表单以后格式会全部丢掉",
        ),
        "aloud": (
            "这段内容要念给别人听",
            "到时会用读屏软件朗读",
            "我要在电话里念给对方",
            "回头要读给家里老人听",
        ),
        "script": ("后面由程序读取", "要直接导入系统", "有个小脚本会接着处理", "还要交给别的工具解析"),
        "paste": ("我要一次复制走", "我会原样粘贴到别处", "要整段拷贝过去"),
        "house": ("我们一贯这么排", "我们的格式规范就是这样", "其他材料都是这个样式", "模板里规定是这样"),
        "easy": ("长句子读起来费劲", "要让人读一遍就明白", "看的人时间都很紧"),
        "scan": ("方便快速查找", "这样看起来一目了然", "读的人好找重点", "只想扫一眼的人也能抓住要点"),
        "sober": ("希望语气平实一些", "我想要平和的口吻", "读者不喜欢夸张的说法", "整体语气要冷静"),
        "complete": ("我好确认内容没有被截断", "让人看得出全文到此为止", "方便我确认已经收全"),
    },
}
"""Reasons and nouns that the wordings of several kinds share."""

_NUMBER_WORDS = {
    "en": ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    "zh": ("", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十"),
}


def _shown(value: JSON, language: str, rng: random.Random) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        return str(value)
    return rng.choice((str(value), number_word(value, language)))
