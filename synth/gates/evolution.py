"""Evolution: did the rewrite gain anything over its parent?

WizardLM's elimination rules (Xu et al. 2023, section 3.2), on the instruction alone, before an answer is paid for:
a rewrite that says the same is out, whether by order, synonyms, politeness or by leaving something out; so is one that
lost the input that it still speaks of, and one that has grown past sense. Where a judge was asked, its opinion counts
too, as the boolean that the reader made of it: no text such as "not equal" is looked at here.

Only operators that descend from a parent are judged. Tokens are compared without the words that carry no task
("please", "write"/"compose", "请", "撰写"/"写"); what remains is the content.
"""

from __future__ import annotations

import re
from collections import Counter

from synth.gates.material import missing_material
from synth.protocols import View
from synth.records import Draft, Sample, Verdict
from synth.text import count_words, tokens


class EvolutionGate:
    """Rejects rewrites that gained nothing.

    ``overlap``: the share of content that a rewrite may have in common with a parent that it is not longer than.
    ``growth`` and ``growth_words``: an instruction more than ``growth`` times as long as its parents' together and more
    than ``growth_words`` words longer has grown past sense (complicating the input is exempt).
    """

    name = "evolution"
    screens = True
    reads_answer = False
    reads_pool = False

    def __init__(self, overlap: float = 0.9, growth: float = 4.0, growth_words: int = 200) -> None:
        self.overlap = overlap
        self.growth = growth
        self.growth_words = growth_words

    def judge(self, draft: Draft, view: View) -> Verdict:
        if draft.lineage.depth == 0 or not view.parents:
            return Verdict(self.name, passed=True)
        if draft.opinion is not None and not draft.opinion.gained:
            return self._reject("judge", f"the judge: {draft.opinion.reason}")
        for parent in view.parents:
            if rejection := self._no_gain(draft, parent):
                return rejection
        return self._overgrown(draft, view) or Verdict(self.name, passed=True)

    def remember(self, sample: Sample) -> None:
        """Nothing: a rewrite is compared with its parents, which the view holds."""

    def _no_gain(self, draft: Draft, parent: Sample) -> Verdict | None:
        new = _content(f"{draft.instruction}\n{draft.input}")
        old = _content(f"{parent.instruction}\n{parent.input}")
        if new == old:
            return self._reject("same", "only words that carry no task differ", parent=parent)
        if draft.task:
            # The instruction is fixed, and a new input is like the old one in all but what matters.
            return None
        if parent.input.strip() and not draft.input.strip() and (reference := missing_material(draft.instruction)):
            return self._reject("lost-input", f"“{reference}”, and the parent's input is gone", parent=parent)
        shared = (Counter(new) & Counter(old)).total() / max(1, len(new), len(old))
        added = Counter(new) - Counter(old)
        # A word or two that were there before, said once more, add nothing ("a description that describes").
        if added.total() < _SAID_AGAIN and all(token in old for token in added):
            rule = "reordered" if len(new) == len(old) else "shortened"
            return self._reject(rule, "it holds no content word that its parent does not", parent=parent)
        if len(new) <= len(old) and shared >= self.overlap:
            return self._reject("barely-changed", f"new in it: {' '.join(added)}", shared, parent)
        return None

    def _overgrown(self, draft: Draft, view: View) -> Verdict | None:
        if draft.lineage.operator == _GROWS_BY_DESIGN:
            return None
        new = count_words(draft.instruction)
        old = sum(count_words(parent.instruction) for parent in view.parents)
        if new <= self.growth * old or new <= old + self.growth_words:
            return None
        return Verdict(self.name, False, "overgrown", new / max(1, old), self.growth, f"{old} words became {new}")

    def _reject(self, rule: str, evidence: str, score: float | None = None, parent: Sample | None = None) -> Verdict:
        threshold = self.overlap if score is not None else None
        if parent is not None:
            evidence = f"{evidence}; parent: “{parent.instruction[:80]}”"
        return Verdict(self.name, False, rule, score, threshold, evidence, parent.id if parent else None)


_SAID_AGAIN = 3
"""Repeated content words from which on a rewrite may well say something new with old words."""

_GROWS_BY_DESIGN = "complicate_input"

# Words of the same use in an instruction, by the one that stands for them; first those that add nothing at all.
_SYNONYMS = {
    "": "a an the please kindly can could would you me i am my us is are be it that this of to in on for with and some"
    " detailed detail comprehensive thorough thoroughly thorough clear clearly brief briefly short concise simple good"
    " nice great your task need want like so just very really following there here as by at will shall do does s"
    " they them their its these those he she his her we our"
    # What asks for an answer, whatever it is: "What are …?", "List …", "Explain …" ask the same of the same thing.
    " what which who explain describe clarify elaborate discuss illustrate outline tell talk about regarding concerning"
    " list give name provide enumerate offer suggest mention state present share supply define meaning definition",
    "write": "compose create generate craft draft produce make come up prepare author construct develop formulate pen",
    "find": "determine identify compute calculate work out figure solve locate spot",
    "why": "reason reasons", "story": "tale narrative",
    "tips": "advice suggestions pieces recommendations tip suggestion hints pointers",
    "ways": "methods approaches means way method techniques technique strategies",
    "summarize": "summarise condense summary sum recap", "improve": "enhance better boost",
    "rewrite": "rephrase reword paraphrase restate", "advantages": "benefits pros advantage benefit upsides",
    "disadvantages": "drawbacks cons drawback downsides", "big": "large huge", "example": "instance examples instances",
    "use": "using utilize employ used", "significance": "importance important significant",
    "difference": "differences distinguish differ distinction", "function": "functions method routine program",
    "kids": "children child kid", "happy": "joyful glad cheerful", "sentence": "sentences", "text": "passage",
    "return": "returns", "classify": "categorize categorise", "main": "key primary major principal",
}  # fmt: skip
_STANDS_FOR = {word: stand for stand, words in _SYNONYMS.items() for word in words.split()}

_ZH_SYNONYMS = {
    "": "请你帮我|请帮我|请您|请你|帮我|麻烦|请|一下|一个|一篇|一段|一首|一份|一些|一种|能否|可以|能不能"
    "|是否可以|详细地|详细|简要地|简要|简单地|简单|简短地|简短|清楚地|全面地|具体地"
    "|的|地|得|了|吗|呢|吧|啊|着|是|有|你|我|您|它|这|那|个|和|与|及|以及|并|关于|有关|对于|中|里|上|来"
    "|去|做|进行"
    "|说明|解释|描述|介绍|阐述|讲述|讲解|阐明|叙述|讲讲|谈谈|论述|概述|说说"
    "|列出|给出|列举|举出|提供|说出|罗列|给我|有哪些|哪些|哪几|什么叫|什么",
    "写": "撰写|创作|编写|书写|写作|写出|拟写|起草|生成|制作|作",
    "总结": "概括|归纳|摘要|小结",
    "方法": "方式|办法|途径|手段|技巧|窍门",
    "建议": "忠告|提示|意见",
    "优点": "好处|优势|长处|益处",
    "缺点": "坏处|劣势|弊端|不足",
    "改写": "重写|改述",
    "找出": "确定|识别|指出|找到|求出|计算|算出|求",
    "重要": "关键|主要",
    "提高": "提升|改善|增强|增进",
    "区别": "差异|不同|差别",
    "分类": "归类",
    "使用": "利用|运用|采用|用",
    "学会": "掌握",
    "怎样": "如何|怎么样|怎么|该如何|应该如何",
    "因": "为什么|为何|什么原因|原因|理由|缘故",
    "保持": "维持",
}
_ZH_STANDS_FOR = {word: stand for stand, words in _ZH_SYNONYMS.items() for word in words.split("|")}
_ZH_WORD = re.compile("|".join(sorted(map(re.escape, _ZH_STANDS_FOR), key=len, reverse=True)))


_ENDING = re.compile(r"(?<=[a-z]{3})(?:ing|ed|es|s)\Z")
_ZH_MEASURE = re.compile(r"(?<=[一二两三四五六七八九十几\d])(?:个|条|种|项|点|位|名|首|篇|段|份|件)")

# The same question, asked in several words.
_HOW = re.compile(
    r"\b(?:in what ways?|by what means|what (?:is|are) (?:the |some )?(?:best )?ways? (?:to|of|in which))\b",
    re.IGNORECASE,
)
_WHY = re.compile(
    r"\b(?:for what reasons?|what (?:is|are) the reasons? (?:that|why|for which)|reasons? why|how come)\b",
    re.IGNORECASE,
)


def _content(text: str) -> list[str]:
    """The tokens that carry the task, synonyms folded into one."""
    text = _WHY.sub("why", _HOW.sub("how", text))
    if not text.isascii():
        text = _ZH_MEASURE.sub("", text)
        text = _ZH_WORD.sub(lambda match: _ZH_STANDS_FOR[match.group()], text)
    folded = (_STANDS_FOR.get(token, token) for token in tokens(text))
    return [_ENDING.sub("", token) for token in folded if token]
