"""The rewriter's voice: what a model says of a prompt while it rewrites it, left in the rewriting.

It comes as headings of the evolving prompt ("#Methods List#", 改写后的任务：), as a lead ("Sure! Here is a harder
version:"), as a note at the end ("Note: I added a constraint"), and as sentences about a prompt that the reader never
saw. The last are known by classes of words that add up (:func:`_speaks_of_itself`). The leak gate asks for all of them
and decides whether the task may speak so.
"""

from __future__ import annotations

import re

from synth.gates.hints import hints, holds
from synth.records import Draft


def heading(text: str, lowered: str) -> re.Match[str] | None:
    """The heading of an evolving prompt, between marks or on a line of its own."""
    if holds(lowered, _HEADING_MARKS) and holds(lowered, _THINGS) and (match := _MARKED_HEADING.search(text)):
        return match
    return _WORDED_HEADING.search(text) if holds(lowered, _HEADING_WORDS) else None


def chatter(field: str, text: str, lowered: str, draft: Draft) -> re.Match[str] | None:
    """Where the text speaks of its own rewriting: at its head, at its tail, or of the prompt anywhere."""
    if field == "output":
        return _ANSWERS_WITH_TASK.match(text)
    if field == "input" or not holds(lowered, _REWRITE_HINTS):
        return None
    match = _TASK_LEAD.match(text) or _ORDERED.match(text)
    if match is None and holds(lowered, _GIVEN_HINTS):
        match = _GIVEN_PROMPT.search(text)
    if match is None and holds(lowered, _NOTES):
        match = _CHANGES.search(text, max(0, len(text) - TAIL))
    if match is None and holds(lowered, _UNSEEN_HINTS) and not draft.input.strip() and (match := _UNSEEN.search(text)):
        match = None if _EXAMPLE.search(text) or "\n" in text[: match.start()].strip() else match
    return match or (_speaks_of_itself(text) if holds(lowered, _WORK_HINTS) and holds(lowered, _MAKER_HINTS) else None)


def _speaks_of_itself(text: str) -> re.Match[str] | None:
    """The first or the last sentence, if it is about the prompt (by its author, or as somebody's) rather than of it.

    The prompt must be named; its author, its kin ("the original", "this version"), a word of making and one of
    difficulty add up. A sentence that asks for the rewriting ("please make this task harder") is an honest task.
    """
    head, tail = text[:TAIL], text[max(0, len(text) - TAIL) :].rstrip()
    cuts = [match.start() for match in _SENTENCE_END.finditer(tail)]
    first = _SENTENCE_END.search(head)
    last, last_two = (cuts[-1] if cuts else 0), (cuts[-2] if len(cuts) > 1 else 0)
    for sentence in (head[: first.end() if first else None], tail[last:], tail[last_two:]):
        work, own, maker = _WORK.search(sentence), _OWN_WORK.search(sentence), _MAKER.search(sentence)
        if not (own or (work and maker)) or (_REQUESTS.search(sentence) and not (own and maker)):
            continue
        points = 1 + bool(own) + bool(maker) + bool(_MAKING.search(sentence)) + bool(_HARDER.search(sentence))
        if points >= _ENOUGH:
            return own or work
    return None


TAIL = 240
"""Characters at an instruction's head and end in which a rewriter may speak of his work."""
_ENOUGH = 3
"""Kinds of word that a sentence must hold to be a rewriter's on his work."""

# Texts without any of these cannot match the patterns below, and need no slower look.
_HEADING_MARKS = hints("#|[|【")
_HEADING_WORDS = hints("prompt|instruction|evolved|methods list|方法列表|改写|重写|进化|升级后|优化后|修改后")
_UNSEEN_HINTS = hints("example|sample|seed|given|provided|above|listed|source|base|给|种子|示例|样例|例子|示范")
_THINGS = hints(
    "prompt|instruction|task|request|query|queries|question|problem|exercise|任务|指令|提示|请求|问题|题|版本"
)
_GIVEN_HINTS = hints("prompt|instruction|task|request|quer| field| key|指令|提示|字段|键")
_NOTES = hints(":|(|[|：|（|【")
_WORK_HINTS = hints(
    "prompt|instruction|task|version|varia|request|quer|rewrite|revision|question|problem|exercise|任务|指令|提示|题"
    "|版本|请求"
)
_MAKER_HINTS = hints(
    "original|initial|given |rewr|evol|modif|revis|upgrad|version|your prompt|your inst|your req|your quer|this"
    " prompt|this inst|i've|i’ve|i have |i added|i made"
    "|i rewr|i turn|i chang|i incr|we get|we obtain|hope|let me|like me|here|below|following is|also could|i can also"
    "|原|改|增|加|您的|你的|该|本|以上|以下|下面|希望|我|这是|需要"
)
_REWRITE_HINTS = hints(
    "examples |任务|要求，|示例|样例|种子|例子|prompt|instruction|task|rewr|modif|deepen|evol|version|varia|original"
    "|revis|harder|challeng|difficult|complex|change|added"
    "|note:|sure|certainly|absolutely|of course|question|more | field| words"
    "|改|重写|进化|原|指令|提示|难|优化|挑战|版|字段|当然|没问题|好的|升级|增加|新增|加入|注：|说明|题"
)

# ---- Word classes: what a rewriter calls his work (made), what he had (given), and what both are (a thing)

_MADE = (
    r"(?:re-?(?:written|worded|vised|fined|phrased|created)|rewrite|evolved|modified|upgraded|improved|enhanced"
    r"|optimi[sz]ed|adapted|transformed|updated|expanded|deepened|harder|tougher|trickier|(?:more|increasingly) \w+"
    r"|complex|challenging|advanced|demanding|difficult|complicated|final(?:ly)?|new|created|alternative)"
)
_REMADE = r"(?:re-?(?:written|worded|phrased)|rewrite|evolved|upgraded|modified|revised|final(?:ly)? \w+)"
_GIVEN = r"(?:given|original|initial|source|seed|base|provided|previous|old|starting)"
_PROMPT = r"(?:prompt|instruction|task|request|query)s?"
_THING = rf"(?:{_PROMPT}|questions?|problems?|exercises?)"
_VERSION = r"(?:versions?|variants?|variations?|rewrites?|rewriting|revisions?)"
_ZH_MADE = (
    r"(?:(?:改写|重写|改编|修改|升级|进化|进阶|优化|改进|更新|增强|加强|改良|改造|扩展)(?:后|过|版)?的?|(?:最终"
    r"|新)的?(?:改写|重写|进化)?的?|更(?:为|加|具|有)?(?:复杂|困难|难|深入|高级|挑战性?)的?|(?:复杂|困难|挑战"
    r"|高级)(?:版|性)?的?)"
)
_ZH_REMADE = r"(?:(?:最终|新)?(?:改写|重写|进化|升级|优化|修改)(?:后|过|版)?的?)"
_ZH_GIVEN = r"(?:给定的?|原始的?|原来?的?|初始的?|所给的?)"
_ZH_PROMPT = r"(?:任务|指令|提示词?|请求)"
_ZH_THING = rf"(?:{_ZH_PROMPT}|问题|题目?|版本)"
_POLITE = r"(?:(?:sure(?: thing)?|certainly|of course|absolutely|okay|ok|great|alright)[!,.:]*\s+)?"
_ZH_POLITE = r"(?:(?:好的?|当然(?:可以)?|没问题|可以)[，,。！!：:]\s*)?"

_MARKED_HEADING = re.compile(
    rf"#\s{{0,3}}(?:the\s+)?(?:(?:{_GIVEN}|{_MADE})\s+){{1,2}}{_THING}\s{{0,3}}#"
    rf"|#\s{{0,3}}(?:{_ZH_GIVEN}|{_ZH_MADE}|创建的?)+{_ZH_THING}\s{{0,3}}#"
    rf"|[\[【]\s*(?:(?:the\s+)?(?:{_GIVEN}|{_MADE})\s+{_THING}|(?:{_ZH_GIVEN}|{_ZH_MADE}){_ZH_THING})\s*[\]】]",
    re.IGNORECASE,
)
_WORDED_HEADING = re.compile(
    rf"^\W{{0,4}}(?:the\s+)?(?:{_GIVEN}|{_MADE})\s+(?:prompt|instruction)\W{{0,4}}(?:[:：]|$)"
    r"|\b(?:rewritten (?:prompt|instruction)|evolved (?:prompt|instruction|task))\b|\bmethods list\W{0,3}(?:[#:]|$)"
    r"|^\W{0,4}(?:(?:第?[一二三四\d]步|步骤[一二三四\d])\W{0,3})?(?:方法列表|(?:改写|进化|重写)(?:计划|方案"
    r"|方法))\W{0,4}(?:[:：]|$)"
    rf"|^\W{{0,4}}(?:步骤\s?[\d一二三四]\W{{0,3}})?{_ZH_REMADE}(?:{_ZH_THING}|回答|答案"
    rf"|输出)(?:如下)?\W{{0,4}}(?:[:：]|$)",
    re.IGNORECASE | re.MULTILINE,
)
# An instruction under a label that only its rewriter could have put there.
_TASK_LEAD = re.compile(
    rf"[\s*#\-\[]*(?:the )?(?:(?:{_GIVEN}|{_MADE}) )(?:{_THING}|{_VERSION})(?:\s*\([^)\n]{{0,40}}\))?[\s*#\]]*[:：]"
    r"|[\s*#\-\[]*(?:original|rewritten|evolved)[\s*#\]]*[:：]|\W*(?:sure(?: thing)?|certainly|of course"
    r"|absolutely)[!,.]\s"
    rf"|\W*as an? {_MADE} {_VERSION}\b|\W*(?:好的?|当然(?:可以)?|没问题)[，,。！!：:]\s*(?:以下|下面|这)[是为]?"
    rf"|[\s*#\-【\[]*(?:(?:{_ZH_GIVEN}|{_ZH_MADE}){_ZH_PROMPT}|{_ZH_REMADE}(?<=[后过版的])|{_ZH_MADE}(?:问题|题目"
    r"|版本?)|原题|改后)(?:（[^）\n]{0,20}）)?[\s*\]】]*[:：]",
    re.IGNORECASE,
)
# What a rewriter's words on his work are made of; no class of them proves anything alone (see _speaks_of_itself).
_WORK = re.compile(
    rf"\b(?:{_PROMPT}|versions?|variants?|variations?|(?:this|the|my|a) (?:rewrite|revision|question|problem)"
    r"|exercises?)\b|任务|指令|提示词?|题目|原题|这道题|版本|请求|[将把](?:该|这个?|原)?问题",
    re.IGNORECASE,
)
_OWN_WORK = re.compile(
    rf"\b(?:(?:(?:the|an?|this) (?:{_GIVEN}) (?:\w+ )?{_THING}|your (?:\w+ )?(?!tasks?\b){_PROMPT})|{_REMADE}"
    rf" (?:{_THING}|{_VERSION})|{_VERSION} of (?:the|your) (?:\w+ )?{_PROMPT}"
    rf"|this (?:\w+ )?(?:{_VERSION}|prompt|instruction)|this (?:makes|keeps) the original|rewrite of the given|the"
    r" (?:rewritten|evolved|modified|new|revised) (?:version|prompt|instruction|task))\b|(?:原有?的?|原始的?|给定的"
    r"|所给的|初始的?"
    rf"|[您你](?:给出|提供)?的)[^，。\n]{{0,3}}?{_ZH_PROMPT}"
    rf"|{_ZH_REMADE}(?<=[后过版的]){_ZH_THING}|(?-i:[\u4e00-\u9fff]{{2}})后的(?:指令|提示词?|任务)|[该本]版本|这个版本"
    r"|[该此本](?:指令|提示)|(?:加入|增加"
    rf"|添加)[^，。\n]{{0,8}}?后的{_ZH_THING}|原题",
    re.IGNORECASE,
)
_MAKER = re.compile(
    r"\bi(?:'ve|’ve| have)? (?:\w+ly )?(?:rewr\w+|revised|modified|evolved|added|made|taken|turned|changed|extended"
    r"|upgraded|transformed|deepened|increased|kept|included|introduced)\b|\bwe (?:get|obtain|arrive)\b|\blet me"
    r" know\b|\bi (?:hope|can also|could also)\b|\blike me to\b|\b(?:here(?:'s|’s| is| are)|below(?: is| are| you)"
    r"|the following (?:is|are))\b|我(?!们|想|要|需|希望|是|家|的)[^，。\n]{0,3}?(?:已|将|还|也|在|把|对|做|给|改"
    r"|加)|希望(?:这|该|以上|符合|能)"
    r"|如(?:果|有)?需要?|(?:以下|下面)[是为]|这是(?:一个?更|[^，。\n]{0,10}?[后过]的)|现改",
    re.IGNORECASE,
)
_MAKING = re.compile(
    r"\b(?:rewr\w+|evolv\w+|revis(?:ed|ion|ing)|modifi\w+|add(?:s|ed|ing)|increas(?:es|ed|ing)|upgrad\w+"
    r"|transform\w+|deepen\w*|introduc(?:es|ed|ing)|chang(?:ed|es|ing)|enhanc\w+|expand\w+|maintain\w*|keeps|makes?"
    r"|made|turn(?:ed|s))\b|改写|重写|改得|改成|改为|修改|增加|新增|加入|添加|升级|进化|优化|保留|得到|改编",
    re.IGNORECASE,
)
_HARDER = re.compile(
    r"\b(?:hard(?:er)?|more \w+|challeng\w+|complex\w*|difficult\w*|constraints?|requirements?|specific|depth"
    r"|reasoning|\d+ (?:to \d+ )?words)\b|难|复杂|挑战|约束|限制|条件|个字|更",
    re.IGNORECASE,
)
# A user's own words on his own text: an honest task.
_REQUESTS = re.compile(
    r"\b(?:please|can you|could you|how (?:can|do|would)|my|our)\b|\A\W*(?:re-?write|make|write|given|give|find"
    r"|identify|provide|rearrange|determine|suppose|what|convert|change|turn|improve|create|generate|list|explain"
    r"|describe|you are|edit|fix|correct|translate|use|using)\b|请|帮我|我的|\A\W*把",
    re.IGNORECASE,
)
# It names a prompt that its reader never saw, or the fields in which it stood.
_GIVEN_PROMPT = re.compile(
    rf"\bthe (?:original|initial) (?:prompt|instruction)\b|\bthe (?:prompt|instruction) now\b"
    rf"|\bthe given (?:{_PROMPT}) (?:ask|want|require|request"
    r"|say)\w*|\bthe (?:rewritten )?(?:instruction|prompt) (?:should|must) (?:not |also |still )?(?:be|add|have|keep"
    r"|ask)\b|[\"“'`](?:instruction|input|output)[\"”'`] (?:field|key)\b|\binstruction (?:field|key)\b"
    r"|原始?(?:指令|提示词?)|给定的?(?:指令|提示词?)(?:要求|[是为“])|(?:instruction|input|output)[\"”'`]?\s*(?:字段"
    r"|键)",
    re.IGNORECASE,
)
# The same of a task that has nothing with it: the prompt it builds on, the examples it sets itself off from.
_UNSEEN = re.compile(
    r"\b(?:on|upon|from|to|using|extend\w*|beyond|with|in|of|follow\w*) the (?:given|provided|source|seed"
    r"|base) (?:prompt"
    r"|instruction)s?,|\b(?:unlike|differ\w*|similar|contrast|avoid\w*|like|overlap\w*|distinct|inspired|based|same"
    r"|follow\w*)\b[^.:\n]{0,40}?(?:\b(?:example|sample|seed) (?:task|instruction|prompt)s?"
    r"|\b(?:examples|tasks|instructions|prompts) (?:above|given|provided|listed))\b"
    r"|[与和同跟](?:示例|样例)(?:任务|指令)|给定的?(?:指令|提示词?)(?:的?基础|[中里上，])|种子(?:任务|指令)"
    r"|(?:上述|上面|以上|前面|之前|已有|现有|给出)的?[^，。：:\n]{0,4}?(?:示例|样例|例子|示范)(?:任务|指令|题目"
    r"|[^，。：:\n]{0,4}(?:重复|不同|雷同|区别|区分))",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(r"\b(?:e\.g\.|examples?\s*\d?\s*:|input\s*:)|->|→|[例入][一二\d]?\s*[：:]", re.IGNORECASE)
# It says that it does what it was told: "as required, I added a constraint", "here is the new instruction".
_ORDERED = re.compile(
    r"\W*(?:as (?:requested|instructed|required|asked)|(?:as )?per (?:the|your) \w+|(?:according to"
    r"|following) the (?:\w+"
    r" )?(?:requirements?|instructions?|rules?|methods?)),? (?:i|we|the|this)\b[^.:\n]{0,60}?\b(?:constraint|prompt"
    r"|instruction|task|question|requirement|complex|difficult|hard|challeng|concrete|specific)\w*"
    r"|\W*(?:let me|i(?:'ll|’ll| will)) (?:rewrite|evolve|modify|deepen|complicate) (?:the|this"
    r"|your) (?:\w+ )?(?:prompt|instruction|task)\b"
    r"|\W*(?:(?:根据|按照?|依照|遵照)(?:[您你]的|上述|以上|给定的?|改写|这些)?(?:要求|规则|方法)[，,]?"
    r"|在原[^，。\n]{0,4}?基础上[，,]?)\s*(?:我|现|已|特|本|对|将)?[^，。\n]{0,8}?(?:增加|添加|加入|改|深化|调整|提高"
    r"|新增|生成|设计)[^。：:\n]{0,12}?(?:约束|限制|条件|难度|指令|任务|题目|复杂|要求|(?<=深化))[^。：:\n]{0,6}[:：]"
    rf"|\W*{_ZH_POLITE}(?:以下|下面|这里|这)(?:便|就)?[是为](?:我)?(?:[为给][您你])?[^：:，。\n]{{0,8}}?(?:新|生成"
    rf"|下一)"
    r"[^：:，。\n]{0,4}?(?:任务|指令|提示词)(?:如下)?\s*[:：]"
    rf"|\W*{_POLITE}(?:here(?:'s|’s| is| are)|below is|this is) (?:a|an|the|my|your|another|one|task)\b[^.:\n]{{0,24}}?"
    r"\b(?:new|next|another|generated) (?:\w+ )?(?:prompt|instruction|task)s?\b[^.:\n]{0,60}:",
    re.IGNORECASE,
)
# It ends with a list of what was changed.
_CHANGES = re.compile(
    r"[(\[（【](?:added|new|constraints? added|新增|增加|添加)\s*[:：]|(?:^|[(\[（【]|\s)(?:note|changes?(?: made)?"
    r"|explanation|rationale|added constraints?|constraints? added|modifications?|added|new)\s*:[^\n]{0,60}?"
    r"\b(?:added|introduced|increased|changed|replaced|made|removed|rewr\w+|original)\b"
    r"|(?:^|[（(【\[])(?:注意?|说明|备注|改动|修改说明|改写说明|变更)\s*[:：][^\n]{0,40}?(?:增加了|添加了|加入了"
    r"|改为|提高了|增加|原[题指任问])|[\[(（【][^\])）】\n]{0,12}\d+ ?(?:words|characters"
    r"|个?字)[^\])）】\n]{0,3}(?:added|more|longer)[\])）】]\s*\Z|[（【](?:增加|新增)了?\d+个?字",
    re.IGNORECASE | re.MULTILINE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|[。！？\n]+|(?<=[:：])\s*")
_ANSWERS_WITH_TASK = re.compile(
    rf"\W*{_POLITE}(?:here(?:'s|’s| is)|below is|the following is|this is)\s+(?:a|an|the|my|your|one)\s+(?:\w+"
    rf" )?(?:{_MADE} )(?:{_PROMPT}|question|version of (?:the|your) (?:\w+ )?{_THING})\b|\W*as an evolved\b"
    rf"|\W*i(?:'ve| have)? (?:rewr\w+|evolved|revised|modified) (?:the|your) (?:\w+ )?{_THING}\b"
    rf"|\W*{_ZH_POLITE}(?:以下|下面|这里?)[是为](?:我)?(?:改写|重写|进化|优化|升级|修改)(?:后|过|版)?的?(?:任务|指令"
    r"|题目|提示|问题)",
    re.IGNORECASE,
)
