"""Evolution: did the rewrite gain anything over its parent?

WizardLM's elimination rules (Xu et al. 2023, section 3.2), on the instruction alone, before an answer is paid for:
a rewrite that says the same is out, whether by order, synonyms, politeness or by leaving something out; so is one that
lost the input that it still speaks of, and one that has grown past sense. Where a judge was asked, its opinion counts
too, as the boolean that the reader made of it: no text such as "not equal" is looked at here.

Only operators that descend from a parent are judged. Tokens are compared without the words that carry no task
(courtesy, asking for an answer, praise, manner: "please", "vividly", "请") and with synonyms folded ("write"/"compose",
"撰写"/"写"), after what stands around the task is taken off ("Improve this prompt: …"); what remains is the content. A
rewrite without new content gained nothing, and one that states what its parent asks for answers it. What is said again
in other content words (a paraphrase) looks like a gain to this: that takes a judge.
"""

from __future__ import annotations

import re
from collections import Counter

from synth.gates.material import missing_material
from synth.protocols import View
from synth.records import Draft, Sample, Verdict, passing
from synth.text import count_words, sentences, tokens


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
            return passing(self.name)
        if draft.opinion is not None and not draft.opinion.gained:
            return self._reject("judge", f"the judge: {draft.opinion.reason}")
        for parent in view.parents:
            if rejection := self._no_gain(draft, parent):
                return rejection
        return self._overgrown(draft, view) or passing(self.name)

    def remember(self, sample: Sample) -> None:
        """Nothing: a rewrite is compared with its parents, which the view holds."""

    def _no_gain(self, draft: Draft, parent: Sample) -> Verdict | None:
        new = _content(f"{_unframed(draft.instruction)}\n{draft.input}")
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
        # Words that were there before, said once more, add nothing ("a description that describes"), be it a word or
        # two or the whole task ("explain …, that is, explain …"); more of them may well say something new.
        said_again = not added - Counter(old) and shared + added.total() / len(new) > self.overlap
        if all(token in old or token in _HOW_MADE for token in added) and (added.total() < _SAID_AGAIN or said_again):
            rule = "reordered" if len(new) == len(old) else "shortened" if len(new) < len(old) else "said-again"
            return self._reject(rule, "it holds no content word that its parent does not", parent=parent)
        if not _CODE.match(parent.instruction) and (answer := _answers(draft.instruction, parent.instruction, old)):
            return self._reject("answered", f"it answers its parent: “{answer[:80]}”", parent=parent)
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


_HOW_MADE = frozenset({"write", "use", "写", "使", "用"})
"""Content words that are none where nothing else is new: "Write a comparison of …", "用通俗的语言……"."""
_SAID_AGAIN = 3
"""Repeated content words from which on a rewrite may well say something new with old words."""

_GROWS_BY_DESIGN = "complicate_input"

# Words of the same use in an instruction, by the one that stands for them. Those that add nothing come first, by
# what they do: grammar, courtesy, asking for an answer, talk of the task, praise that any answer may earn.
_SYNONYMS = {
    "": "a an the d ll m re s t ve me i my us our we is are be it that this these those its of to in on for with and"
    " or both so as at by from"
    " aspects relevant wonderful thoughtful truly cheers ask between good long longer lengthy concept concepts idea"
    " practical actionable realistic so kind all"
    " necessary logical logically balanced nuanced rigorous precise exhaustive extensive meticulous polished careful"
    " coherently"
    " systematic systematically holistic solid useful deeply broad broadly key manner fashion proper giving"
    " knowledgeable know more hello hi hey dear was were whether together everything anything something else also"
    " glad happy pleased advance question think cover"
    " easy easily understandable readable important will shall do does did have has been being they them their he"
    " she his her there here such then than how whom one"
    " please kindly can could may might would you your want like need wish hope love appreciate grateful thank"
    " thanks very really"
    " look ways way methods method approaches approach means techniques technique strategies strategy steps step"
    " just help out if when looking ideas idea curious wondering wonder possible possibly able great nice good"
    " what which who explain describe clarify elaborate discuss illustrate outline tell talk about regarding"
    " concerning list give"
    " name provide enumerate offer suggest recommend propose mention state present share supply define meaning"
    " definition show"
    " explanation description overview discussion account clarification know understand learn let"
    " task instruction prompt given following below rewrite rewritten version topic subject theme terms response"
    " answer reply"
    " sure ensure make making assistant expert professional ai role act exactly mind way manner process order namely"
    " words"
    " detailed detail details depth comprehensive thorough thoroughly carefully accurately accurate correctly"
    " precisely complete"
    " completely clear clearly brief briefly short concise concisely simple simply helpful useful informative"
    " engaging insightful"
    " interesting compelling effective well structured written organized crafted thought high quality coherent relevant"
    " appropriate suitable proper properly full fully much many some several various different any own overall"
    " general basic",
    "write": "compose create generate craft draft produce come up prepare author construct develop formulate pen",
    "find": "determine identify compute calculate work figure solve locate spot",
    "why": "reason reasons cause causes", "story": "tale narrative",
    "tips": "advice suggestions pieces recommendations tip suggestion hints pointers",
    "summarize": "summarise condense summary sum recap", "improve": "enhance better boost",
    "rephrase": "reword paraphrase restate", "advantages": "benefits pros advantage benefit upsides",
    "disadvantages": "drawbacks cons drawback downsides", "big": "large huge", "example": "instance examples instances",
    "effect": "effects impact impacts influence consequence consequences", "color": "colour colors colours",
    "biggest": "largest greatest", "use": "using utilize employ used",
    "significance": "importance significant",
    "difference": "differences distinguish differ distinction differentiate",
    "function": "functions method routine program",
    "kids": "children child kid", "joyful": "cheerful", "sentence": "sentences", "text": "passage",
    "return": "returns", "classify": "categorize categorise", "main": "key primary major principal", "start": "begin",
    "fast": "quick quickly", "essay": "composition", "job": "occupation", "buy": "purchase", "get": "obtain",
    **dict(zip("23456789", "two three four five six seven eight nine".split(), strict=True)), "10": "ten",
}  # fmt: skip
_ENDING = re.compile(r"(?<=[a-z]{3})(?:isons?|ions?|ings?|ed|es|s|e)\Z")
_STANDS_FOR = {
    _ENDING.sub("", word): stand for stand, words in _SYNONYMS.items() for word in (*words.split(), stand) if word
}

_ZH_SYNONYMS = {
    "": "嗨|啦|又|贴心|特别|涵盖|各个方面|各方面|送|好|对|烦请|长一|较长|实用|可行|周到|基本概念|概念|劳驾|不胜感激"
    "|列一下|有条理|必要|所有|各种|辩证|系统地|合理"
    "|严谨|优美|带来|给出一份|重要内容|您好|你好|请教|先谢谢|先谢|提前感谢|不要|遗漏|任何|认真|仔细|思考|通俗易懂"
    "|通俗|易懂|浅显|重要的|给|为|一|的|地|得|了|吗|呢|吧|啊|着|是|有|你|我|您|它|这|那|个|和|与|及|以及|并|中|里"
    "|上|来|去|做|进行|被|会|能"
    "|能够|可以|即|也就是|所"
    "|请你帮我|请帮我|请您|请你|帮我|帮忙|帮|麻烦|劳烦|请|请问|一下|一个|一篇|一段|一首|一份|一些|一种|一名|一位"
    "|能否|能不能|可否|是否可以"
    "|谢谢|感谢|非常|十分|多谢|希望|想要|想知道|想了解|想|需要|需|正在|找|寻找|灵感"
    "|说明|解释|描述|介绍|阐述|讲述|讲解|阐明|叙述|讲讲|谈谈|论述|概述|说说|列出|给出|列举|举出|提供|推荐|说出|罗列"
    "|给我|告诉我|告诉"
    "|有哪些|哪些|哪几|什么叫|什么|怎样|如何|怎么样|怎么|该如何|应该如何|多少|哪里|关于|有关|对于|针对|就"
    "|任务|指令|提示|给定|以下|下面|改写|重写|围绕|主题|话题|这一|内容|回答|答案|确保|保证|务必|作为|助手|专业|专家"
    "|人士|过程|方面"
    "|详细|简要|简单|简短|清楚|全面|具体|详尽|准确|深入|尽可能|尽量|完整|清晰|流畅|丰富|生动|有趣|高质量|优质|结构"
    "|语言|逻辑|条理|条理清晰",
    "写": "撰写|创作|编写|书写|写作|写出|拟写|起草|生成|制作|作",
    "总结": "概括|归纳|摘要|小结",
    "方法": "方式|办法|途径|手段|技巧|窍门",
    "建议": "忠告|意见",
    "优点": "好处|优势|长处|益处",
    "缺点": "坏处|劣势|弊端|不足",
    "找出": "确定|识别|指出|找到|求出|计算|算出|求",
    "重要": "关键|主要",
    "提高": "提升|改善|增强|增进",
    "区别": "差异|不同|差别",
    "分类": "归类",
    "使用": "利用|运用|采用|用",
    "学会": "掌握",
    "因": "为什么|为何|什么原因|原因|理由|缘故",
    "保持": "维持",
    **dict(zip("23456789", "二三四五六七八九", strict=True)), "10": "十",
}  # fmt: skip
_ZH_STANDS_FOR = {word: stand for stand, words in _ZH_SYNONYMS.items() for word in words.split("|")}
_ZH_WORD = re.compile("|".join(sorted(map(re.escape, _ZH_STANDS_FOR), key=len, reverse=True)))
_ZH_MEASURE = re.compile(r"(?<=[一二两三四五六七八九十几\d])(?:个|条|种|项|点|位|名|首|篇|段|份|件)")

# How to go about it says nothing of what is asked: "vividly", "尽量准确、生动地……".
_MANNER = re.compile(
    r"\b(?!(?:on|fami|rep|supp|app|f|ju|on|ear|ral|bul|assemb|ita|mu[lt]ip|week|month|dai|year|hour|quarter"
    r"|like)l?y\b)[a-z]{3,}ly\b|(?:尽可能|尽量|更加?"
    r"|非常)?[\u4e00-\u9fff]{2,4}(?:、[\u4e00-\u9fff]{2,4})*地(?=[描讲解说介列写回阐分讨])",
    re.IGNORECASE,
)
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
    text = _MANNER.sub(" ", _WHY.sub("why", _HOW.sub("how", text)))
    if not text.isascii():
        text = _ZH_MEASURE.sub("", text)
        text = _ZH_WORD.sub(lambda match: _ZH_STANDS_FOR[match.group()], text)
    stems = (_ENDING.sub("", token) for token in tokens(text))
    return [folded for stem in stems if (folded := _STANDS_FOR.get(stem, stem))]


# What stands around a task and is none: "Improve this prompt: …"; a role that anybody could play ("You are a helpful
# assistant."); a wish to know; a sentence of thanks.
_FRAME = re.compile(
    r"\A[^:：\n]{0,50}(?:\b(?:prompt|instruction|task|request|question)\b|指令|提示词?|任务|题目"
    r"|问题)[^:：\n]{0,20}[:：]\s*(?=\S)"
    r"|\A\W*\w+(?: \w+){0,2}!\s+(?=\S)|\A[\u4e00-\u9fff]{1,5}[！!](?=.)"
    r"|\A\W*(?:please )?(?:act as|you are|you're|as|imagine you are) an? (?:[\w-]+ ){0,3}?(?:assistant|expert|ai"
    r"|helper|specialist|professional)\b[.,]?(?: and\b)?"
    r"|\A\W*(?:请?(?:你是|作为|假设你是|扮演))一?[个名位]?[^，。\n]{0,8}?(?:助手|专家|人士)[，。]"
    r"|\bi(?:'d| would) (?:like|love) to (?:know|learn|understand|hear)(?: more)?(?: about)?"
    r"|(?<=[.!?。！？，,])[^.!?。！？，,]*(?:\bthank|grateful|appreciat|感激|感谢|谢谢)[^.!?。！？]*[.!?。！？]*\s*\Z",
    re.IGNORECASE,
)


def _unframed(instruction: str) -> str:
    return _FRAME.sub("", instruction)


# "Three good dishes are …", "蒙古国的首都是…": a topic, and what is said of it.
_STATES = re.compile(
    r"(?P<topic>[^.?!:\n]{3,120}?)\s(?:is|are|was|were|has|have|had|includes?|contains?|can be)\s(?P<said>[^?]{3,})",
    re.IGNORECASE,
)
_ZH_STATES = re.compile(r"(?P<topic>[^。？?！：，\n]{2,40}?)(?:是|有|包括|分别是|(?<![作因])为)(?P<said>[^？?]{2,})")
_CODE = re.compile(
    r"\s*(?:```|def \w+\(|class \w+|import \w+|from \w+ import|#include|function \w+\(|(?:const|let|var) \w+ ="
    r"|SELECT |public \w+|print\()"
)
_ASKS = re.compile(
    r"[?？]|\b(?:you|your|please|i|my|we|our|us|me)\b|\b(?:should|must|write|explain|describe|list|give|tell|name"
    r"|make|find|use)\b"
    r"|[请你您我吗呢]|什么|哪|谁|如何|怎|为何|多少|要求|(?:\A|[，。；])(?:写|列|说明|解释|给|用|把|为)",
    re.IGNORECASE,
)


def _answers(rewrite: str, parent: str, old: list[str]) -> str | None:
    """What a rewrite says of its parent's topic, or codes for it, if it says nothing else and asks for nothing."""
    if code := _CODE.match(rewrite):
        return code.group()
    match = _STATES.match(rewrite) or (None if rewrite.isascii() else _ZH_STATES.match(rewrite))
    if match is None or _ASKS.search(rewrite):
        return None
    asked = parent.split(maxsplit=1)[0].lower() if parent.isascii() and parent.strip() else parent[:2]
    if parent.rstrip()[-1:] not in "?？" and asked in rewrite.lower():
        return None  # it still asks with its parent's verb
    if not all(_STATES.match(sentence) or _ZH_STATES.match(sentence) for sentence in sentences(rewrite)):
        return None
    said = set(_content(rewrite))
    known = len(said & set(old))
    topic = [token for token in _content(match["topic"]) if token in old]
    return match.group() if known >= (0.5 if topic else 0.8) * len(set(old)) else None
