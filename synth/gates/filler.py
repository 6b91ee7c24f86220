"""What a text holds beside filler: the words that carry a task, in English and Chinese.

Filler are the words that add nothing to any task. The classes are general ones, by what their words do: grammar, the
verbs and nouns of asking, talk of the task, and praise, care and correctness, which any answer may be asked for. What
could as well be a demand is in none of them: formats and kinds ("table", "sonnet", "formal"), numbers, negations,
comparisons, audiences, "example", "why", "only". The other words are folded, derivations to a stem, synonyms to one.
"""

from __future__ import annotations

import functools
import re

from synth.text import tokens


@functools.lru_cache(maxsize=64)
def content(text: str) -> tuple[str, ...]:
    """The tokens that carry the task, in order, folded.

    >>> content("Could you please give me a clear explanation of how tides work?")
    ('tid',)
    >>> content("请详细、准确地解释潮汐。")
    ('潮', '汐')
    """
    return tuple(carried for token in tokens(folded(text)) if (carried := carries(token)))


@functools.lru_cache(maxsize=64)
def known_of(text: str) -> frozenset[str]:
    """Every token that is not new to somebody who has read ``text``, filler and synonyms included."""
    stems = {stem(token) for token in (*tokens(text), *tokens(folded(text)))}
    return frozenset(stems | {_STANDS_FOR[word] for word in stems if word in _STANDS_FOR})


@functools.lru_cache(maxsize=1 << 16)
def carries(token: str) -> str:
    """What a token carries: the stem that stands for it, or "" for filler."""
    root = stem(token)
    return "" if token in _GRAMMAR or root in _FILLER_STEMS else _STANDS_FOR.get(root, root)


def praises(text: str) -> bool:
    """Whether there is a word of quality in it."""
    return any(stem(token) in _QUALITY for token in tokens(text))


def limits(carried: str) -> bool:
    """Whether what a token carries is a number or a negation."""
    return carried.isdigit() or carried == _NO


@functools.lru_cache(maxsize=64)
def folded(text: str) -> str:
    """``text`` in lower case, without phrases and Chinese words that are filler (the longest first), synonyms folded.

    English words are told from filler one by one, in ``carries``; Chinese has no spaces to tell its words by.
    """
    text = text.lower()
    if text.isascii():
        return text if _PHRASE_WORDS.isdisjoint(tokens(text)) else _PHRASE.sub(" ", text)
    text = _ZH_PHRASE.sub(" ", _ZH_MEASURE.sub("", _PHRASE.sub(" ", text)))
    found, at = [], 0
    while at < len(text):
        for length in _ZH_LENGTHS.get(text[at], ()):
            if stand := _ZH_WORDS.get(text[at : at + length]):
                found.append(stand)
                at += length
                break
        else:
            found.append(text[at])
            at += 1
    return "".join(found)


_NO = "no"
_NEGATIONS = frozenset("not no never without none 不 没 无 勿".split())
# Derivations of one word: "classify", "classification"; "accurate", "accurately", "accuracy". Not -er, which compares.
_ENDING = re.compile(
    r"(?<=[a-z]{3})(?:i[sz](?:e|es|ed|ing|ations?)|if(?:y|ies|ied|ying|ications?)|ations?|at(?:e|es|ed|ing)|isons?"
    r"|itions?|ions?|ings?|ments?|ness|ly|ity|acy|[ae]nces?|ied|ies|ed|es|s|e|y)\Z"
)


def stem(word: str) -> str:
    if word in _NEGATIONS:
        return _NO
    root = _ENDING.sub("", _ENDING.sub("", word))
    return root[:-1] if root[-2:] in _DOUBLED else root


_DOUBLED = frozenset(letter * 2 for letter in "bdgmnprt")  # "planning" is of "plan"

_GENERAL = {
    "grammar": "entirely totally absolutely definitely certainly generally typically usually especially things keep"
    " go lot lots plenty whole entire a an the d ll m re s t ve i me my you your yours we us our he him his she her"
    " they them their it its one be is are was were been being am do does did done doing have has had having will"
    " would shall should can could may might must to of in on for with by from as at into onto upon about regarding"
    " concerning around through and or but so that this these those there here such any some all every each both what"
    " which who whom whose how if whether when where while also too well let anything everything something someone"
    " somebody anyone everyone people person thing own same between towards via use used using namely together due"
    " really very quite much many more various different certain particular specific then actually always ever up out",
    "asking": "inform assist delve explore address articulate convey express gain understanding guidance devise hear"
    " bring happen occur look verify confirm ask explain explanation describe description descriptive clarify"
    " elaborate discuss illustrate outline tell talk say share show display give given provide offer suggest"
    " recommend propose present define definition list name enumerate mention write written compose create generate"
    " craft draft produce prepare construct develop formulate implement come put get find identify locate spot"
    " determine compute calculate work detect check decide know understand learn see need want like help answer"
    " response respond reply account discussion overview please kindly appreciate grateful cheers hello hi hey"
    " curious wonder question request call able possible possibly",
    "task": "matter insight reflect focus highlight field phenomenon task assignment instruction prompt topic subject"
    " content text follow following below above attached rewrite version information read reader make made ensure"
    " sure include contain consist cover covering capture appear exist serve perform carry complete deal relate"
    " involve aspect concept idea approach method way manner fashion means mean step process technique strategy term"
    " act think thought consider try attempt effort ability kind return input result point main take",
    "quality": "adequate sufficient ample fitting apt decent superb brilliant marvelous fantastic awesome delightful"
    " pleasant elegant eloquent refined consistent unambiguous legible digestible intuitive constructive productive"
    " pertinent noteworthy intriguing stimulating riveting gripping absorbing expressive evocative genuine fluency"
    " attention specific attractive appealing memorable remarkable nicely neat flawless grammatical grammatically"
    " sensible reasonable successful successfully sound robust smooth smoothly properly attentively accurate correct"
    " precise exact right proper appropriate suitable relevant valid true factual faithful reliable clear clarity"
    " lucid coherent cohesive logical concise brief short long lengthy simple simply easy easily straightforward"
    " understandable readable readability comprehensible fluent natural naturally detail comprehensive thorough"
    " complete full exhaustive extensive depth systematic holistic balanced nuanced rigorous meticulous careful"
    " carefully attentive diligent thoughtful polished effective efficient useful helpful valuable practical"
    " actionable realistic meaningful informative insightful insightfully interesting engaging fascinating compelling"
    " captivating exciting enjoyable impressive amazing incredible incredibly excellent outstanding exceptional"
    " wonderful great good nice perfect beautiful vivid lively creative clean imaginative imagination high quality"
    " well structured organized crafted important essential crucial vital fundamental key necessary general basic"
    " overall worth truly ideal fully",
}
_GRAMMAR = frozenset(_GENERAL["grammar"].split())  # not by their stems: "theme" is no "them"
_QUALITY = frozenset(map(stem, _GENERAL["quality"].split()))
_FILLER_STEMS = _QUALITY.union(map(stem, f"{_GENERAL['asking']} {_GENERAL['task']}".split()))
# Words of the same use in a task, by the one that stands for them.
_SYNONYMS = {
    "why": "reason cause", "story": "tale narrative", "tip": "advice suggestion recommendation hint pointer piece",
    "summary": "condense sum recap", "improve": "enhance boost better", "rephrase": "reword paraphrase restate",
    "advantage": "benefit pro upside", "disadvantage": "drawback con downside", "big": "large huge",
    "biggest": "largest greatest", "effect": "impact influence consequence", "color": "colour", "example": "instance",
    "significance": "importance significant", "kid": "child children", "joyful": "cheerful", "fast": "quick",
    "difference": "distinguish distinction differentiate differ", "function": "method routine program code",
    "article": "passage text", "begin": "start", "essay": "composition", "job": "occupation", "buy": "purchase",
    "obtain": "acquire get", "error": "mistake bug", "fix": "correct repair debug",
    "convert": "transform change turn", "conversion": "convert", "remove": "delete eliminate", "street": "road",
    "sort": "arrange", "choose": "select pick", "happen": "occur", "extract": "pull",
    "classify": "categorize category", "solve": "compute calculate find", "capital": "city",
    **dict(zip("23456789", "two three four five six seven eight nine".split(), strict=True)), "10": "ten",
}  # fmt: skip
_STANDS_FOR = {stem(word): stem(stand) for stand, words in _SYNONYMS.items() for word in words.split()}
# Several words that do what one of a general class would: effort, a wish, freedom from errors, plain words.
_PHRASE = re.compile(
    r"\b(?:in order to|in other words|whether or not|or not(?=\W*\Z|[.,;?])"
    r"|(?:compiles? and )?(?:works?|runs?) (?:correctly|properly|smoothly|well)|as well as|a lot"
    r"|(?:to the )?best of (?:your|my) \w+"
    r"|your \w+ (?:here |now )?is to|the best ways?|do your (?:very )?best|double-check\w*|take your time"
    r"|in your own words|(?:that|which) (?:people |everyone |readers? )?(?:will |can |would )?"
    r"(?:love|enjoy|understand|appreciate|works? well)|(?:i|we) would be \w+ to|error-free|pay \w* ?attention to"
    r"|with (?:great |utmost )?care|figure out|as (?:expected|intended|requested)|(?:on|about) the theme of"
    r"|(?:i|we)(?:'d| would|'m| am)? (?:really |just )?(?:hope|hoping|wish|love|be (?:glad|happy))"
    r"|thank(?:s| you)(?=\W*\Z| (?:so|very|for|in))"
    r"|(?:without|with no|free (?:of|from)|do not|don't|no) (?:\w+ ){0,2}?"
    r"(?:errors?|mistakes?|omit\w*|omissions?|miss\w*|overlook\w*|inaccurac\w+|leav\w+ (?:\w+ )?out)"
    r"|(?:clear|simple|plain|rich|vivid|precise|easy)(?:,? (?:and )?\w+){0,2} (?:language|words|terms|style))\b"
)
_PHRASE_WORDS = frozenset(  # each of these phrases holds one of them: most texts need no look
    "order words correctly properly smoothly whether well lot your best time attention care figure expected"
    " intended requested theme love enjoy understand appreciate works would d error double hope hoping wish glad"
    " happy thank thanks without no free not don language terms style".split()
)

_ZH_GENERAL = {
    "grammar": "一共 总共 做到 尤其 相关 相应 整体 总体 通常 足够 较为 相当 极其 极为 先 如果 到底 不同的 一遍 一番"
    " 好好 究竟 的 一 地 得 了 吗 呢 吧 啊 呀 嘛 着 过 是 有 你 我 您 它 他 她 们 这 那 其 该 此 个 一个 和 与 跟 及"
    " 以及 并 并且 且 而 而且 中 里 上 下 出 来 去 到 做 进行 被 会 能 能够 可以 即 也 都 就 又 还 所 给 为 对 对于"
    " 于 把 将 由 从 在 以 使 让 令 使用 用 用于 用来 通过 按照 根据 向 关于 有关 针对 后 之后 然后 再 当 时 之 哪里"
    " 哪些 哪几 哪 什么 什么样 怎么 怎么样 怎样 如何 多少 谁 是否 能否 能不能 可否 是不是 有没有 所有 全部 一切 各"
    " 各种 各个 各类 每 每个 任何 某个 某些 一下 一些 一种 很 非常 十分 特别 好 具有 存在 出现 包含 包括 涵盖 称为 叫"
    " 叫做 人 人们 大家 她们 他们 自己 分别 真正 其中 一一",
    "asking": "代我 替我 为我 剖析 梳理 告知 呈现 展示 展现 给予 构思 想出 陈述 表述 解读 探讨 讨论 予以 加以 协助"
    " 弄清 搞清 明白 检查 描绘 打算 谈论 分享 阐释 回复 请 请问 请你 请您 帮 帮忙 帮我 帮助 麻烦 劳烦 劳驾 烦请 谢谢"
    " 感谢 多谢 先谢 提前 不胜感激 您好 你好 嗨 啦 请教 希望 期待 想 想要 想知道 知道 了解 好奇 需要 需 要 正在 找"
    " 寻找 送 带来 说明 解释 描述 描写 介绍 阐述 讲述 讲解 讲 阐明 叙述 谈 谈谈 论述 概述 说 说说 说出 列 列出 列举"
    " 举出 罗列 写 写出 编写 撰写 创作 书写 拟写 起草 生成 制作 作 提供 推荐 提出 告诉 给出 给我 找出 找到 指出 识别"
    " 确定 求 求出 计算 计算出 算出 判断 回答 解答 实现 完成 表达",
    "task": "文本 结果 要求 如下 自己的话 任务 指令 提示 题目 问题 给定 所给 以下 下面 下列 上述 改写 重写 围绕 主题"
    " 话题 内容 答案 信息 作为 助手 专家 人士 过程 方面 要点 概念 含义 意思 定义 步骤 方式 方法 办法 灵感 思考 思路"
    " 注意 尽力",
    "quality": "恰到好处 一流 绝佳 极佳 良好 优雅 细腻 精致 饱满 翔实 周全 周密 缜密 扼要 明晰 直观 直白 严密 连贯"
    " 得当 贴切 引人注目 感染力 有感染力 新意 有新意 出众 卓越 杰出 简明扼要 科学合理 量身 深入浅出 恰如其分 到位"
    " 妥当 细心 精炼 凝练 精确地 切实 优良 上乘 高水平 有吸引力 有说服力 有深度 认真地 出彩 漂亮 全方位 多角度 系统性"
    " 详细 详尽 详实 细致 仔细 认真 用心 耐心 全面 完整 完善 深入 透彻 深刻 准确 精准 正确 无误 准确无误 精确 严谨"
    " 客观 公正 辩证 系统地 合理 恰当 得体 合适 适当 清晰 清楚 明确 明了 简洁 简明 简要 简单 简短 长一点 长一 较长"
    " 具体 通俗 通俗易懂 易懂 易读 易于理解 浅显 流畅 通顺 通顺自然 自然流畅 优美 生动 形象 有趣 精彩 动人 感人"
    " 吸引人 引人入胜 丰富 充实 充分 充分发挥 发挥 高质量 优质 优秀 出色 完美 精美 好看 精心 规范 实用 可行 有用 有效"
    " 有价值 有意义 有帮助 有条理 条理 周到 贴心 独特 新颖 创意 有创意 想象力 创造力 富有 充满 重要 关键 基本 必要"
    " 值得一读 值得 确保 保证 务必 尽量 尽可能 尽 专业的 专业地 高效 正常运行 知识渊博 最大程度 忠实 完全",
}
_ZH_SYNONYMS = {
    "总结": "概括 归纳 摘要 小结", "方法": "技巧 窍门 途径 手段", "建议": "忠告 意见", "优点": "好处 优势 长处 益处",
    "缺点": "坏处 劣势 弊端 不足", "提高": "提升 改善 增强 增进", "区别": "差异 不同 差别", "分类": "归类",
    "学会": "掌握", "原因": "为什么 为何 什么原因 理由 缘故", "保持": "维持", "诗": "诗歌",
    "孩子": "小朋友 儿童 小孩", "和": "总和", "修改": "改正 修正 纠正 更正", "提取": "抽取", "翻译": "译",
    "用": "利用 运用 采用", "首都": "城市", "错误": "差错 毛病",
    **dict(zip("23456789", "二三四五六七八九", strict=True)), "2": "两 二", "10": "十",
}  # fmt: skip
# Words that are made of filler alone, and are none: 作用, 感谢信, 判断题.
_ZH_WHOLE = [
    *"作用 过去 小说 需求 求和 写作 过时 当地 人生 中和 会计 作对 上当 人人".split(),
    *(verb + noun for verb in "感谢 推荐 介绍 说明 判断 计算 问答 请求".split() for noun in "信书题稿器会"),
]
_ZH_WORDS = {
    **{word: stand for stand, words in _ZH_SYNONYMS.items() for word in words.split()},
    **{word: " " for words in _ZH_GENERAL.values() for word in words.split()},
    **{word: word for word in _ZH_WHOLE},
}
_ZH_LENGTHS = {
    first: sorted({len(word) for word in _ZH_WORDS if word[0] == first}, reverse=True)
    for first in {word[0] for word in _ZH_WORDS}
}
_ZH_MEASURE = re.compile(r"(?<=[一二两三四五六七八九十几这那每\d])(?:[个条种项点位名首篇段份件座句]|本(?!书))")
_ZH_GOOD = "|".join(sorted(_ZH_GENERAL["quality"].split(), key=len, reverse=True))
# 结构 or 语言 may be what is asked about, but not where it is only praised (结构完整, 生动的语言).
_ZH_PHRASE = re.compile(
    r"(?:内容|语言|结构|逻辑|条理|表达|文笔|文字|格式|思路|译文|代码|答案|回答)(?:应该?|需要|必须|[要须])?"
    rf"(?:尽量|更加?)?(?:{_ZH_GOOD})|(?<=[的、])(?:语言|方式|文字|态度|形式)|更加?(?={_ZH_GOOD})|(?:{_ZH_GOOD})性(?=[，。]|\Z)"
    r"|专业(?=[的地、，])"
    r"|(?:不[要得能可]|避免|请勿|没有|[不别])有?(?:任何)?(?:遗漏|漏掉?|出错|有误|差错|疏漏)"
    r"|[使让][^，。]{0,12}(?:没有|不再有|无)(?:语病|错误|问题)|([谈说讲看列想数])一\1|越.{1,4}越好"
    r"|[使让](?:人|读者|大家)[^，。]{0,8}(?:懂|明白|理解|喜欢|印象深刻|难忘)|阅?读(?:一[下遍])?(?=[以下上给这所文])"
)
