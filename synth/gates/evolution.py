"""Evolution: did the rewrite gain anything over its parent?

WizardLM's elimination rules (Xu et al. 2023, section 3.2), on the instruction alone, before an answer is paid for:
a rewrite that says the same is out, whether by order, synonyms, politeness or by leaving something out; so is one that
lost the input that it still speaks of, and one that has grown past sense. Where a judge was asked, its opinion counts
too, as the boolean that the reader made of it: no text such as "not equal" is looked at here.

Only operators that descend from a parent are judged. What counts is what a rewrite *adds*: its words that its parent
has not (derivations and synonyms folded) and that are in no general class. The general classes are grammar, the verbs
and nouns of asking, talk of the task, and praise, care and correctness, which any answer may be asked for; sentences
that define the parent's own words, praise its topic or say the task over are left out as a whole. A rewrite that adds
nothing gained nothing, and one that states what its parent asks for answers it. One real word is a gain: numbers,
negations, comparisons, formats and names are in no class. So what is said again in other content words (a paraphrase)
looks like a gain to this: that takes a judge.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from itertools import pairwise

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
        # An input is compared word by word: it is material, and what fills an instruction may be the point of it.
        known = _known(parent.instruction).union(tokens(parent.input))
        asked = _without_remarks(_unframed(draft.instruction), known)
        new = _content(asked) + tokens(draft.input)
        old = _content(parent.instruction) + tokens(parent.input)
        added = [token for token in new if token not in known] or _recombined(asked, parent.instruction)
        gained = added or _demands_more(draft.instruction, parent.instruction)
        if new == old and not gained:
            return self._reject("same", "only words that carry no task differ", parent=parent)
        if draft.task:
            # The instruction is fixed, and a new input is like the old one in all but what matters.
            return None
        if parent.input.strip() and not draft.input.strip() and (reference := missing_material(draft.instruction)):
            return self._reject("lost-input", f"“{reference}”, and the parent's input is gone", parent=parent)
        if not gained:
            rule = "reordered" if len(new) == len(old) else "shortened" if len(new) < len(old) else "said-again"
            return self._reject(rule, "it holds no content word that its parent does not", parent=parent)
        if not _CODE.match(parent.instruction) and (answer := _answers(draft.instruction, parent.instruction, old)):
            return self._reject("answered", f"it answers its parent: “{answer[:80]}”", parent=parent)
        shared = (Counter(new) & Counter(old)).total() / max(1, len(new), len(old))
        if added and len(new) <= len(old) and shared >= self.overlap:
            words = [token for token in tokens(f"{draft.instruction}\n{draft.input}") if _meant(token) in added]
            return self._reject("barely-changed", f"new in it: {' '.join(words)}", shared, parent)
        return None

    def _overgrown(self, draft: Draft, view: View) -> Verdict | None:
        fewest = 2 if draft.instruction.isascii() else 1  # characters a word takes, with what parts it from the next
        if draft.lineage.operator == _GROWS_BY_DESIGN or len(draft.instruction) <= fewest * self.growth_words:
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


_GROWS_BY_DESIGN = "complicate_input"


# Derivations of one word: "classify", "classification"; "accurate", "accurately", "accuracy". No -er: "clearer" compares.
_ENDING = re.compile(
    r"(?<=[a-z]{3})(?:i[sz](?:e|es|ed|ing|ations?)|if(?:y|ies|ied|ying|ications?)|ations?|at(?:e|es|ed|ing)|isons?"
    r"|itions?|ions?|ings?|ments?|ness|ly|ity|acy|[ae]nces?|ied|ies|ed|es|s|e|y)\Z"
)


_NEGATIONS = frozenset("not no never without none 不 没 无 勿".split())


def _stem(word: str) -> str:
    if word in _NEGATIONS:
        return "no"
    stem = _ENDING.sub("", _ENDING.sub("", word))
    return stem[:-1] if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] in "bdgmnprt" else stem


# Words that add nothing to a task, by what they do. What could as well be a demand is in no class: formats and kinds
# ("table", "sonnet"), numbers, negations, comparisons, audiences, "example", "why", "only", "formal".
_GENERAL = {
    "grammar": "things keep go lot lots plenty whole entire a an the d ll m re s t ve i me my you your yours we us our he him his she her they them their it its"
    " one be is are was were been being am do does did done doing have has had having will would shall should can"
    " could may might must to of in on for with by from as at into onto upon about regarding concerning around"
    " through and or but so that this these those there here such any some all every each both what which who whom"
    " whose how if whether when where while also too well let anything everything something someone somebody anyone"
    " everyone people person thing own same between towards via use used using namely together due really very"
    " quite much many more various different certain particular specific then actually always ever up out",
    "asking": "hear bring happen occur look verify confirm ask explain explanation describe description descriptive clarify elaborate discuss illustrate outline"
    " tell talk say share show display give given provide offer suggest recommend propose present define definition"
    " list name enumerate mention write written compose create generate craft draft produce prepare construct"
    " develop formulate implement come put get find identify locate spot determine compute calculate work detect"
    " check decide know understand learn see need want like help look answer response respond reply account"
    " discussion overview please kindly appreciate grateful cheers hello hi hey curious wonder question request"
    " call able possible possibly",
    "task": "reflect focus highlight field phenomenon task assignment instruction prompt topic subject content text follow following below above attached"
    " rewrite version information read reader make made ensure sure include contain consist cover covering capture"
    " appear exist serve perform carry complete deal relate involve aspect concept idea approach method way manner"
    " fashion means mean step process technique strategy term act think thought consider try attempt effort ability"
    " kind return input result point main take",
    "quality": "specific attractive appealing memorable remarkable nicely neat flawless grammatical grammatically sensible reasonable successful successfully sound robust smooth smoothly properly attentively accurate correct precise exact right proper appropriate suitable relevant valid true factual"
    " faithful reliable clear clarity lucid coherent cohesive logical concise brief short long lengthy simple"
    " simply easy easily straightforward understandable readable readability comprehensible fluent natural"
    " naturally detail comprehensive thorough complete full exhaustive extensive depth systematic holistic balanced"
    " nuanced rigorous meticulous careful carefully attentive diligent thoughtful polished effective efficient"
    " useful helpful valuable practical actionable realistic meaningful informative insightful insightfully"
    " interesting engaging fascinating compelling captivating exciting enjoyable impressive amazing incredible"
    " incredibly excellent outstanding exceptional wonderful great good nice perfect beautiful vivid lively"
    " creative clean imaginative imagination high quality well structured organized crafted important essential"
    " crucial vital fundamental key necessary general basic overall worth truly ideal fully",
}
_GRAMMAR = frozenset(_GENERAL["grammar"].split())  # not by their stems: "theme" is no "them"
_QUALITY = frozenset(map(_stem, _GENERAL["quality"].split()))
_GENERAL_STEMS = _QUALITY.union(map(_stem, f"{_GENERAL['asking']} {_GENERAL['task']}".split()))
# Words of the same use, by the one that stands for them.
_SYNONYMS = {
    "why": "reason cause", "story": "tale narrative", "tip": "advice suggestion recommendation hint pointer piece",
    "summary": "condense sum recap", "improve": "enhance boost better", "rephrase": "reword paraphrase restate",
    "advantage": "benefit pro upside", "disadvantage": "drawback con downside", "big": "large huge",
    "biggest": "largest greatest", "effect": "impact influence consequence", "color": "colour", "example": "instance",
    "significance": "importance significant", "kid": "child children", "joyful": "cheerful", "fast": "quick",
    "difference": "distinguish distinction differentiate differ", "function": "method routine program code",
    "article": "passage text", "begin": "start", "essay": "composition", "job": "occupation", "buy": "purchase",
    "obtain": "acquire get", "error": "mistake bug", "fix": "correct repair debug", "convert": "transform change turn",
    "conversion": "convert", "remove": "delete eliminate", "street": "road", "sort": "arrange", "choose": "select pick", "happen": "occur", "extract": "pull",
    "classify": "categorize category", "solve": "compute calculate find", "capital": "city",
    **dict(zip("23456789", "two three four five six seven eight nine".split(), strict=True)), "10": "ten",
}  # fmt: skip
_STANDS_FOR = {_stem(word): _stem(stand) for stand, words in _SYNONYMS.items() for word in words.split()}

_ZH_GENERAL = {
    "grammar": "先 如果 到底 不同的 一遍 一番 好好 究竟 的 一 地 得 了 吗 呢 吧 啊 呀 嘛 着 过 是 有 你 我 您 它 他 她 们 这 那 其 该 此 个 一个 和 与 跟 及"
    " 以及 并 并且 且 而 而且 中 里 上 下 出 来 去 到 做 进行 被 会 能 能够 可以 即 也 都 就 又 还 所 给 为 对 对于"
    " 于 把 将 由 从 在 以 使 让 令 使用 用 用于 用来 通过 按照 根据 向 关于 有关 针对 后 之后 然后 再 当 时 之"
    " 哪里 哪些 哪几 哪 什么 什么样 怎么 怎么样 怎样 如何 多少 谁 是否 能否 能不能 可否 是不是 有没有 所有 全部"
    " 一切 各 各种 各个 各类 每 每个 任何 某个 某些 一下 一些 一种 很 非常 十分 特别 好 具有 存在 出现 包含 包括"
    " 涵盖 称为 叫 叫做 人 人们 大家 她们 他们 自己 分别 真正 其中 一一",
    "asking": "检查 描绘 打算 谈论 分享 阐释 回复 请 请问 请你 请您 帮 帮忙 帮我 帮助 麻烦 劳烦 劳驾 烦请 谢谢 感谢 多谢 先谢 提前 不胜感激 您好 你好"
    " 嗨 啦 请教 希望 期待 想 想要 想知道 知道 了解 好奇 需要 需 要 正在 找 寻找 送 带来 说明 解释 描述 描写 介绍"
    " 阐述 讲述 讲解 讲 阐明 叙述 谈 谈谈 论述 概述 说 说说 说出 列 列出 列举 举出 罗列 写 写出 编写 撰写 创作 书写"
    " 拟写 起草 生成 制作 作 提供 推荐 提出 告诉 给出 给我 找出 找到 指出 识别 确定 求 求出 计算 计算出 算出 判断"
    " 回答 解答 实现 完成 表达",
    "task": "文本 结果 要求 如下 自己的话 任务 指令 提示 题目 问题 给定 所给 以下 下面 下列 上述 如下 改写 重写 围绕 主题 话题 内容 答案 信息"
    " 作为 助手 专家 人士 过程 方面 要点 概念 含义 意思 定义 步骤 方式 方法 办法 灵感 思考 思路 注意 尽力",
    "quality": "简明扼要 科学合理 量身 深入浅出 恰如其分 到位 妥当 细心 精炼 凝练 精确地 切实 优良 上乘 高水平 有吸引力 有说服力 有深度 认真地 出彩 漂亮 全方位 多角度 系统性 详细 详尽 详实 细致 仔细 认真 用心 耐心 全面 完整 完善 深入 透彻 深刻 准确 精准 正确 无误 准确无误"
    " 精确 严谨 客观 公正 辩证 系统地 合理 恰当 得体 合适 适当 清晰 清楚 明确 明了 简洁 简明 简要 简单 简短 长一点"
    " 长一 较长 具体 通俗 通俗易懂 易懂 易读 易于理解 浅显 流畅 通顺 通顺自然 自然流畅 优美 生动 形象 有趣 精彩"
    " 动人 感人 吸引人 引人入胜 丰富 充实 充分 充分发挥 发挥 高质量 优质 优秀 出色 完美 精美 好看 精心 规范 实用"
    " 可行 有用 有效 有价值 有意义 有帮助 有条理 条理 周到 贴心 独特 新颖 创意 有创意 想象力 创造力 富有 充满 重要"
    " 关键 基本 必要 值得一读 值得 确保 保证 务必 尽量 尽可能 尽 专业的 专业地 高效 正常运行 知识渊博 最大程度 忠实"
    " 完全",
}
# 结构, 语言 and the like may be what is asked about, but not where they are only praised.
_ZH_MANNER_NOUN = "内容|语言|结构|逻辑|条理|表达|文笔|文字|格式|思路|译文|代码|答案|回答"
_ZH_SYNONYMS = {
    "总结": "概括 归纳 摘要 小结", "方法": "技巧 窍门 途径 手段", "建议": "忠告 意见", "优点": "好处 优势 长处 益处",
    "缺点": "坏处 劣势 弊端 不足", "提高": "提升 改善 增强 增进", "区别": "差异 不同 差别", "分类": "归类", "学会": "掌握",
    "原因": "为什么 为何 什么原因 理由 缘故", "保持": "维持", "诗": "诗歌", "孩子": "小朋友 儿童 小孩", "和": "总和",
    "修改": "改正 修正 纠正 更正", "提取": "抽取", "翻译": "译", "用": "利用 运用 采用", "首都": "城市", "错误": "差错 毛病",
    **dict(zip("23456789", "二三四五六七八九", strict=True)), "2": "两 二", "10": "十",
}  # fmt: skip

_ZH_FOLD = {word: stand for stand, words in _ZH_SYNONYMS.items() for word in words.split()}
_ZH_IN_CLASS = {word: " " for words in _ZH_GENERAL.values() for word in words.split()}
# Words that are made of such words alone, and are none: 感谢信, 判断题, 写作.
_ZH_WHOLE = {word: word for word in "作用 过去 小说 需求 求和 写作 过时 当地 人生 中和 会计 作对 上当 人人".split()}
_ZH_WHOLE |= {
    verb + noun: verb + noun for verb in "感谢 推荐 介绍 说明 判断 计算 问答 请求".split() for noun in "信书题稿器会"
}
_ZH_WORDS = _ZH_FOLD | _ZH_IN_CLASS | _ZH_WHOLE
_ZH_LONGEST = {
    first: sorted({len(word) for word in _ZH_WORDS if word[0] == first}, reverse=True)
    for first in {word[0] for word in _ZH_WORDS}
}
_ZH_MEASURE = re.compile(
    r"(?<=[一二两三四五六七八九十几这那每\d])(?:个|条|种|项|点|位|名|首|篇|段|份|件|座|句|本(?!书))"
)
_ZH_GOOD = "|".join(sorted(_ZH_GENERAL["quality"].split(), key=len, reverse=True))
_ZH_PHRASE = re.compile(
    rf"(?:{_ZH_MANNER_NOUN})(?:要|须|应|应该|需要|必须)?(?:尽量|更加?)?(?:{_ZH_GOOD})"
    rf"|(?<=[的、])(?:语言|方式|文字|态度|形式)|更加?(?={_ZH_GOOD})"
    r"|(?:不要|不得|不能|不可|避免|请勿|没有|不|别)(?:有)?(?:任何)?(?:遗漏|漏掉|漏|出错|有误|差错|疏漏)"
    r"|专业(?=[的地、，])|([谈说讲看列想])一\1|越.{1,4}越好|[让使](?:人|读者|大家)[^，。]{0,8}(?:懂|明白|理解|喜欢|印象深刻|难忘)|(?:阅读|读)(?:一[下遍])?(?=[以下上给这所文])|[使让][^，。]{0,12}(?:没有|不再有|无)(?:语病|错误|问题)"
)
# Several words that say in English what one of the general classes would.
_PHRASE = re.compile(
    r"\b(?:in order to|in other words|whether or not|as well as|(?:to the )?best of (?:your|my) \w+|a lot"
    r"|your \w+ (?:here |now )?is to|the best ways?"
    r"|do your (?:very )?best|double-check\w*|take your time|in your own words|(?:that|which) (?:people |everyone |readers? )?(?:will |can |would )?"
    r"(?:love|enjoy|understand|appreciate|works? well)|(?:i|we) would be \w+ to|error-free|pay \w* ?attention to|with \w* ?care|figure out|as (?:expected|intended|requested)|(?:on|about) the theme of"
    r"|(?:i|we)(?:'d| would|'m| am)? (?:really |just )?(?:hope|hoping|wish|love|be (?:glad|happy))|thank(?:s| you)(?=\W*\Z| (?:so|very|for|in))"
    r"|(?:without|with no|free (?:of|from)|do not|don't|no) (?:\w+ ){0,2}?"
    r"(?:errors?|mistakes?|omit\w*|omissions?|miss\w*|overlook\w*|inaccurac\w+|leav\w+ (?:\w+ )?out)"
    r"|(?:clear|simple|plain|rich|vivid|precise|easy)(?:,? (?:and )?\w+){0,2} (?:language|words|terms|style))\b"
)
_PHRASE_WORDS = frozenset(  # one of which each of these phrases holds, so that most texts need no look
    "order words whether well lot your best time attention care figure expected intended requested theme love enjoy"
    " understand appreciate works would d error double hope hoping wish glad happy thank thanks without no free not don"
    " language terms style".split()
)
# Demands that are made with general words alone.
_DEMAND = re.compile(
    r"step[- ]by[- ]step|\bstepwise|\b(?:and|then|also) (?:then |also |briefly )?(?:explain|solve|compute|calculate|check)(?= (?:it|them|each|every|your)\b|[.,;!]|\Z)"
    r"|\bwhich (?:of|one|is|are|do|does|would|should)\b|\bas an? (?:\w+ ){0,2}list\b"
    r"|\b(?:when|where) (?:do|does|did|is|are|was|were|can|will|it|they|to)\b|\bhow (?:long|often|far|old)\b|\b(?:the|and) mean\b"
    r"|\b(?:cover|recommendation|request|thank[- ]you|discussion) (?:letter|note|e-?mail|card|speech|question)"
    r"|\b(?:letter|note) of \w+|answer key|with (?:the )?(?:correct )?answers?\b|附上?答案|[并和]给出答案"
    r"|[并再且](?:简要)?(?:说明|解释|计算)(?=[。；，！]|\Z)|哪一?[个种]更|分步|逐步|列表|清单"
)
_QUOTED = re.compile(r"[\"“「『]([^\"“”「」『』\n]{1,60})[\"”」』]")


def _demands_more(rewrite: str, parent: str) -> bool:
    """Whether a rewrite demands, in general words or in quotes, what its parent does not."""
    rewrite, parent = rewrite.lower(), parent.lower()
    if any(quoted not in parent for quoted in _QUOTED.findall(rewrite)):
        return True
    return _DEMAND.search(rewrite) is not None and _DEMAND.search(parent) is None


@functools.lru_cache(maxsize=1 << 16)
def _meant(token: str) -> str:
    """What a token adds: the stem that stands for it, "" where a general class holds it."""
    stem = _stem(token)
    return "" if token in _GRAMMAR or stem in _GENERAL_STEMS else _STANDS_FOR.get(stem, stem)


@functools.lru_cache(maxsize=64)
def _content(text: str) -> tuple[str, ...]:
    """The tokens that carry the task, synonyms folded into one."""
    return tuple(meant for token in _words(text) if (meant := _meant(token)))


@functools.lru_cache(maxsize=64)
def _known(text: str) -> frozenset[str]:
    """Every token that adds nothing to ``text``: its own in any class, with what stands for them."""
    raw = {_stem(token) for token in (*tokens(text), *_words(text))}
    return frozenset(raw | {_STANDS_FOR[stem] for stem in raw if stem in _STANDS_FOR})


def _recombined(rewrite: str, parent: str) -> list[str]:
    """What is new though each part of it was there: "three" of something else, a word of old characters (老 + 师)."""
    new, old = _content(rewrite), _content(parent)
    more, pairs = Counter(new) - Counter(old), set(pairwise((*old, "")))
    limits = [
        token for token, of in pairwise((*new, "")) if more[token] and _limits(token) and (token, of) not in pairs
    ]
    if rewrite.isascii():
        return limits
    there = f"{parent.lower()}\n{_folded(parent)}"
    return limits + [
        run for run in _ZH_RUN.findall(_folded(rewrite)) if not any(a + b in there for a, b in pairwise(run))
    ]


_ZH_RUN = re.compile(r"[\u4e00-\u9fff]{2,}")


def _limits(token: str) -> bool:
    return token.isdigit() or token == "no"


def _words(text: str) -> tuple[str, ...]:
    return tokens(_folded(text))


@functools.lru_cache(maxsize=64)
def _folded(text: str) -> str:
    """``text`` without phrases and Chinese words of the general classes (the longest first), synonyms folded."""
    text = text.lower()
    if text.isascii():
        return text if _PHRASE_WORDS.isdisjoint(tokens(text)) else _PHRASE.sub(" ", text)
    text = _PHRASE.sub(" ", text)
    text = _ZH_PHRASE.sub(" ", _ZH_MEASURE.sub("", text))
    found, at = [], 0
    while at < len(text):
        for length in _ZH_LONGEST.get(text[at], ()):
            if stand := _ZH_WORDS.get(text[at : at + length]):
                found.append(stand)
                at += length
                break
        else:
            found.append(text[at])
            at += 1
    return "".join(found)


# What stands around a task and is none: "Improve this prompt: …"; a role that anybody could play ("You are a helpful
# assistant."); a wish to know; a sentence of thanks.
_FRAME = re.compile(
    r"\A[^:：\n]{0,50}(?:\b(?:prompt|instruction|task|request|question)\b|指令|提示词?|任务|题目"
    r"|问题)[^:：\n]{0,20}[:：]\s*(?=\S)"
    r"|\A\W*\w+(?: \w+){0,2}!\s+(?=\S)|\A[\u4e00-\u9fff]{1,5}[！!](?=.)"
    r"|\A\W*(?:please )?(?:act as|you are|you're|as|imagine you are) an? (?:[\w-]+ ){0,3}(?:assistant|expert|ai"
    r"|helper|specialist|professional)\b[.,]?(?: and\b)?"
    r"|\A\W*(?:请?(?:你是|作为|假设你是|扮演))一?[个名位]?[^，。\n]{0,8}?(?:助手|专家|人士)[，。]"
    r"|\bi(?:'d| would) (?:like|love) to (?:know|learn|understand|hear)(?: more)?(?: about)?"
    r"|(?<=[.!?。！？，,])[^.!?。！？，,]*(?:\bthank|grateful|appreciat|感激|感谢|谢谢)[^.!?。！？]*[.!?。！？]*\s*\Z",
    re.IGNORECASE,
)
_FRAME_HINTS = (":", "!", "：", "！", "你", "您", "作为", "扮演", "ou are", "ou're", "ct as", "As a", "as a", "I ", "I'd", "i'd")
_THANKS = ("hank", "grateful", "ppreciat", "感", "谢")


def _unframed(instruction: str) -> str:
    framed = any(map(instruction.__contains__, (*_FRAME_HINTS, *_THANKS)))
    return _FRAME.sub("", instruction) if framed else instruction


# Sentences that ask for nothing: what the parent's own words mean, praise of its topic, the task said over.
_REMARK = re.compile(
    r"(?!(?:the|this|that|my|our|your|his|her) )(?:an? )?(?P<topic>[^,.?!:;]{3,60}?)\s"
    r"(?:(?P<defines>means\b|refers? to\b|(?:is|are)(?: \w+ly)? (?:an?|known|defined|considered"
    r"|the (?:process|practice|act|study|art|ability|result|way))\b)|(?:is|are|has|have|plays?|can be)\b)(?P<said>[^?]*)\Z"
    r"|(?P<zh>[^，。？！：]{2,15}?)(?P<zh_defines>是指|指的是|的意思是|是一[种类门]|)(?P<zh_said>[是很非在具有][^？?]*|(?<=[指是种类门])[^？?]*)\Z",
    re.IGNORECASE,
)
_SAID_OVER = re.compile(
    r"(?:[Ii]n other words|[Tt]hat is to say|i\.e\.|(?<=[,;.] )(?:[Tt]hat is|namely),)[^.?!\n]*"
    r"|(?:也就是|换句话说|换言之)[^。？！\n]*"
)
_REMARK_HINTS = (" is ", " are ", " means ", " refer", " has ", " have ", " play", "是", "很", "非")
_SAID_OVER_HINTS = ("n other words", "hat is", "i.e.", "namely", "也就是", "换")
_PRAISE = re.compile(
    r"\b(?:popular|famous|common|well-known|known|widely|role|world|lives|many people)\b|常见|著名|欢迎|热门|重要|有趣|意义"
)


def _without_remarks(text: str, known: frozenset[str]) -> str:
    for said in _SAID_OVER.findall(text) if any(map(text.__contains__, _SAID_OVER_HINTS)) else ():
        if not any(_limits(token) and token not in known for token in _content(said)):
            text = text.replace(said, " ")
    if not any(map(text.__contains__, _REMARK_HINTS)):
        return text
    found = sentences(_ZH_ASKS_NEXT.sub("。", text))
    return " ".join(sentence for sentence in found if not _is_remark(sentence, known)) or text


_ZH_ASKS_NEXT = re.compile(r"，(?=请|为什么|那么|如何|怎)")


def _is_remark(sentence: str, known: frozenset[str]) -> bool:
    """Whether it says what a word of the parent means, or how good its topic is; "the", "my" speak of something else."""
    match = _REMARK.match(sentence)
    if match is None or not known.issuperset(topic := _content(match["topic"] or match["zh"])) or not topic:
        return False
    if match["defines"] or match["zh_defines"]:
        return True
    said = match["said"] or match["zh_said"]
    return _PRAISE.search(said) is not None or any(_stem(token) in _QUALITY for token in tokens(said))


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
