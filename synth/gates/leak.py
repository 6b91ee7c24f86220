"""Leak: scaffolding of the prompts that made a draft, left in the draft.

Evolving prompts speak of a "#Given Prompt#" and a "#Rewritten Prompt#"; chat templates of ``<|im_start|>``; models add
"Sure, here is the rewritten task:" and "As an AI language model". A draft that trains on any of these teaches them.
A task *about* chat templates or prompts names the same things, inside code or with the subject said; it passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from synth.gates.hints import hints, holds
from synth.gates.slots import ABOUT_SLOTS, BRACED_SLOT, is_quoted
from synth.protocols import View
from synth.records import Draft, Sample, Verdict, passing


class LeakGate:
    """Rejects drafts that hold prompt scaffolding, template tokens, chatter about the rewrite or a model's self-talk.

    ``phrases`` are further texts that no draft may hold (headings and sentences of the prompt files in use); they
    match as whole phrases, in any case.
    """

    name = "leak"
    screens = True
    reads_answer = True
    reads_pool = False

    def __init__(self, phrases: Iterable[str] = ()) -> None:
        bounded = [_bounded(phrase) for phrase in sorted(set(phrases)) if phrase.strip()]
        self._phrases = re.compile("|".join(bounded), re.IGNORECASE) if bounded else None

    def judge(self, draft: Draft, view: View) -> Verdict:
        for field, text in (("instruction", draft.instruction), ("input", draft.input), ("output", draft.output)):
            if text and (found := self._leak(field, text, draft)):
                rule, quote = found
                return Verdict(self.name, passed=False, rule=rule, evidence=f"{field}: “{quote}”")
        return passing(self.name)

    def remember(self, sample: Sample) -> None:
        """Nothing: a leak is in the draft itself."""

    def _leak(self, field: str, text: str, draft: Draft) -> tuple[str, str] | None:
        if self._phrases and (match := self._phrases.search(text)):
            return "prompt-phrase", _line_of(text, match)
        lowered = text.lower()
        if holds(lowered, _TEMPLATE_HINTS) and (match := _TEMPLATE_TOKEN.search(text)):
            about = _ABOUT_TEMPLATES.search(_without(draft, match.group()))
            if not about and not (match.group().lower() in ("<s>", "</s>") and _HTML.search(text)):
                return "template-token", _line_of(text, match)
        if (match := _heading(text, lowered)) and not _may_head(field, match, draft):
            return "prompt-heading", _line_of(text, match)
        if match := _chatter(field, text, lowered, draft):
            own = _without(draft, match.group())
            about = _ABOUT_PROMPTS.search(own) if field == "instruction" else _NAMES_TASKS.search(draft.instruction)
            if not about:
                return "chatter", _line_of(text, match)
        if field == "instruction" and (match := _TASK_LABEL.match(text) or _META.match(text) or _ran_on(text, lowered)):
            return "label", match.group().strip()
        if field == "instruction" and "{" in text and (match := BRACED_SLOT.search(text[:_WINDOW])):
            about = ABOUT_SLOTS.search(_without(draft, match.group())) or is_quoted(text, match.start())
            if not about:
                return "slot", _line_of(text, match)
        if (
            field != "input"
            and holds(lowered, _DATA_HINTS)
            and (match := _speaks_of_data(text))
            and not _ABOUT_DATA.search(_without(draft, _sentence_of(text, match)))
        ):
            return "dataset-talk", _line_of(text, match)
        if "{" in text[:40] and (match := _SCHEMA.match(text)):
            about = _ABOUT_JSON.search(draft.instruction) if field != "instruction" else None
            if not about:
                return "schema-json", match.group().strip()
        return _answer_leak(text, lowered, draft) if field == "output" else None


def _answer_leak(text: str, lowered: str, draft: Draft) -> tuple[str, str] | None:
    """What only an answer can show: its turns, its format, the thoughts before it, the model in it."""
    if (match := _LABEL.match(text)) and not _ABOUT_TASKS.search(draft.instruction):
        return "label", match.group().strip()
    if (
        holds(lowered, _LABEL_WORDS)
        and (match := _NEXT_TASK.search(text))
        and not _ABOUT_TASKS.search(draft.instruction)
    ):
        return "label", _line_of(text, match)
    if (match := _ECHO.match(text)) and match.group(1).strip() == draft.instruction.strip():
        return "label", match.group().strip()
    if (
        holds(lowered[:_TAIL], _THINKS_OF)
        and (match := _THINKS.search(text, 0, _TAIL))
        and not _NAMES_TASKS.search(draft.instruction)
    ):
        return "thinking", _line_of(text, match)
    if (
        (":" in lowered or "：" in lowered)
        and holds(lowered, _ROLE_HINTS)
        and (match := _TURNS.search(text))
        and not _ABOUT_TALK.search(draft.instruction)
    ):
        return "turns", _line_of(text, match)
    if holds(lowered, _SELF_HINTS) and (match := _SELF_TALK.search(text)):
        task = f"{draft.instruction}\n{draft.input}"
        if not _ABOUT_AI.search(task):
            return "self-talk", _line_of(text, match)
    return None


def _heading(text: str, lowered: str) -> re.Match[str] | None:
    if holds(lowered, _HEADING_MARKS) and (match := _MARKED_HEADING.search(text)):
        return match
    return _WORDED_HEADING.search(text) if holds(lowered, _HEADING_WORDS) else None


def _may_head(field: str, match: re.Match[str], draft: Draft) -> bool:
    """Whether the task wants what the heading names: it is about prompts, or asks for a new version of something."""
    if _ABOUT_PROMPTS.search(_without(draft, match.group())):
        return True
    return field == "output" and "#" not in match.group() and _REVISES.search(draft.instruction) is not None


def _ran_on(text: str, lowered: str) -> re.Match[str] | None:
    """The label of a second task, where a model went on with its list: a list of the task's own has a first one."""
    if not holds(lowered, _LABEL_WORDS):
        return None
    labels = list(_NEXT_LABEL.finditer(text))
    if not labels or {"1", "一"} & {match[1] or match[2] for match in labels}:
        return None
    return None if _ABOUT_TASKS.search(text, 0, labels[0].start()) else labels[0]


def _speaks_of_data(text: str) -> re.Match[str] | None:
    """Where the head or the tail calls the sample a sample: its place in a dataset, its seed, its use in training."""
    for start in (0, max(0, len(text) - _TAIL)):
        match = _SAMPLE_TALK.search(text, start, start + _TAIL)
        if match:
            return match
    return None


def _sentence_of(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - 80) : match.end() + 80]


def _chatter(field: str, text: str, lowered: str, draft: Draft) -> re.Match[str] | None:
    """Where the text speaks of its own rewriting: at its head, at its tail, or of the prompt anywhere."""
    if field == "output":
        return _ANSWERS_WITH_TASK.match(text)
    if field == "input" or not holds(lowered, _REWRITE_HINTS):
        return None
    match = (
        _TASK_LEAD.match(text)
        or _GIVEN_PROMPT.search(text)
        or _ORDERED.match(text)
        or _CHANGES.search(text, max(0, len(text) - _TAIL))
    )
    if match is None and not draft.input.strip() and (match := _UNSEEN.search(text)):
        match = None if _EXAMPLE.search(text) or "\n" in text[: match.start()].strip() else match
    return match or (_speaks_of_itself(text) if holds(lowered, _WORK_HINTS) and holds(lowered, _MAKER_HINTS) else None)


def _speaks_of_itself(text: str) -> re.Match[str] | None:
    """The first or the last sentence, if it is about the prompt (by its author, or as somebody's) rather than of it.

    The prompt must be named; its author, its kin ("the original", "this version"), a word of making and one of
    difficulty add up. A sentence that asks for the rewriting ("please make this task harder") is an honest task.
    """
    head, tail = text[:_TAIL], text[max(0, len(text) - _TAIL) :].rstrip()
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


_WINDOW = 4000
"""Characters in which slots are looked for."""
_TAIL = 240
"""Characters at an instruction's head and end in which a rewriter may speak of his work."""
_ENOUGH = 3
"""Kinds of word that a sentence must hold to be a rewriter's on his work."""

# Texts without any of these cannot match the patterns below, and need no slower look.
_TEMPLATE_HINTS = hints("<|[|###|human:|assistant:|user:")
_HEADING_MARKS = hints("#|[|【")
_HEADING_WORDS = hints("prompt|instruction|evolved|methods list|方法列表|进化|改写|重写|进化|升级后|优化后|修改后")
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
    "examples |以下是|要求，|示例|样例|种子|例子|prompt|instruction|task|rewr|modif|deepen|evol|version|varia|original|revis|harder|challeng|difficult|complex"
    "|change|added"
    "|note:|sure|certainly|absolutely|of course|question|more | field| words"
    "|改|重写|进化|原|指令|提示|难|优化|挑战|版|字段|当然|没问题|好的|升级|增加|新增|加入|注：|说明|题"
)
_LABEL_WORDS = hints(
    "\ntask|\ninstruction|\nprompt|# task|# instr|#task|#instr|*task|*instr|. instr|. task|[task|[instr"
    "|\n指令|\n任务|\n题目|\n提示|# 指令|# 任务|*指令|*任务|. 指令|. 任务|【指令|【任务"
)
_DATA_HINTS = hints(
    "dataset|training data|seed task|fine-tun|finetun|this sample|data point|diversity|instruction-follow|训练数据|数据集|种子|本条|该样本|该数据|此样本|本样本|样本多样|微调|多样性"
)
_ROLE_HINTS = hints("ai:|chatgpt:|user:|human:|system:|assistant:|助手：|助手:|用户：|用户:|人类：|人类:|系统：|系统:")
_SELF_HINTS = hints(" ai|artificial intelligence|language model|人工智能|语言模型|大模型|智能助手|为ai|是ai|个ai")

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
    r"|^\W{0,4}(?:(?:第?[一二三四\d]步|步骤[一二三四\d])\W{0,3})?(?:方法列表|(?:改写|进化|重写)(?:计划|方案|方法))\W{0,4}(?:[:：]|$)"
    rf"|^\W{{0,4}}{_ZH_REMADE}{_ZH_THING}(?:如下)?\W{{0,4}}(?:[:：]|$)",
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
    r"|exercises?)\b"
    r"|任务|指令|提示词?|题目|原题|这道题|版本|请求|[将把](?:该|这个?|原)?问题",
    re.IGNORECASE,
)
_OWN_WORK = re.compile(
    rf"\b(?:(?:(?:the|an?|this) (?:{_GIVEN}) (?:\w+ )?{_THING}|your (?:\w+ )?(?!tasks?\b){_PROMPT})|{_REMADE}"
    rf" (?:{_THING}|{_VERSION})|{_VERSION} of (?:the|your) (?:\w+ )?{_PROMPT}"
    rf"|this (?:\w+ )?(?:{_VERSION}|prompt|instruction)|this (?:makes|keeps) the original|rewrite of the given|the"
    r" (?:rewritten|evolved|modified|new|revised) (?:version|prompt|instruction|task))\b|(?:原有?的?|原始的?|给定的"
    r"|所给的|初始的?"
    rf"|[您你](?:给出|提供)?的)[^，。\n]{{0,3}}?{_ZH_PROMPT}"
    rf"|{_ZH_REMADE}(?<=[后过版的]){_ZH_THING}|[\u4e00-\u9fff]{{2}}后的(?:指令|提示词?|任务)|[该本]版本|这个版本"
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
    r"|made|turn(?:ed|s))\b|改写|重写|改得|改成|改为|修改|增加|新增"
    r"|加入|添加|升级|进化|优化|保留|得到|改编",
    re.IGNORECASE,
)
_HARDER = re.compile(
    r"\b(?:hard(?:er)?|more \w+|challeng\w+|complex\w*|difficult\w*|constraints?|requirements?|specific|depth"
    r"|reasoning|\d+ (?:to \d+ )?words)\b"
    r"|难|复杂|挑战|约束|限制|条件|个字|更",
    re.IGNORECASE,
)
# A user's own words on his own text: an honest task.
_REQUESTS = re.compile(
    r"\b(?:please|can you|could you|how (?:can|do|would)|my|our)\b|\A\W*(?:re-?write|make|write|given|give|find"
    r"|identify|provide|rearrange|determine|suppose|what|convert|change|turn|improve|create|generate|list|explain"
    r"|describe|you are|edit|fix|correct|translate|use|using)\b|请"
    r"|帮我|我的|\A\W*把",
    re.IGNORECASE,
)
# It names a prompt that its reader never saw, or the fields in which it stood.
_GIVEN_PROMPT = re.compile(
    rf"\bthe (?:original|initial) (?:prompt|instruction)\b|\bthe given (?:{_PROMPT}) (?:ask|want|require|request"
    r"|say)\w*|\bthe (?:rewritten )?(?:instruction|prompt) (?:should|must) (?:not |also |still )?(?:be|add|have|keep"
    r"|ask)\b|[\"“'`](?:instruction|input|output)[\"”'`] (?:field|key)\b|\binstruction (?:field|key)\b"
    r"|原始?(?:指令|提示词?)|给定的?(?:指令|提示词?)要求|(?:instruction|input|output)[\"”'`]?\s*(?:字段|键)",
    re.IGNORECASE,
)
# The same of a task that has nothing with it: the prompt it builds on, the examples it sets itself off from.
_UNSEEN = re.compile(
    r"\b(?:on|upon|from|to|using|extend\w*|beyond|with|in|of|follow\w*) the (?:given|provided|source|seed|base) (?:prompt"
    r"|instruction)s?,|\b(?:unlike|differ\w*|similar|contrast|avoid\w*|like|overlap\w*|distinct|inspired|based|same"
    r"|follow\w*)\b[^.:\n]{0,40}?(?:\b(?:example|sample|seed|previous|existing|earlier) (?:task|instruction|prompt|one)s?"
    r"|\b(?:examples|tasks|instructions|prompts) (?:above|given|provided|listed))\b"
    r"|给定的?(?:指令|提示词?)(?:的?基础|[中里上，])|种子(?:任务|指令)"
    r"|(?:上述|上面|以上|前面|之前|已有|现有|给出)的?[^，。：:\n]{0,4}?(?:示例|样例|例子|示范)(?:任务|指令|题目"
    r"|[^，。：:\n]{0,4}(?:重复|不同|雷同|区别|区分))",
    re.IGNORECASE,
)
_EXAMPLE = re.compile(r"\b(?:e\.g\.|examples?\s*\d?\s*:|input\s*:)|->|→|[例入][一二\d]?\s*[：:]", re.IGNORECASE)
# It says that it does what it was told: "as required, I added a constraint", "here is the new instruction".
_ORDERED = re.compile(
    r"\W*(?:as (?:requested|instructed|required|asked)|(?:as )?per (?:the|your) \w+|(?:according to|following) the (?:\w+"
    r" )?(?:requirements?|instructions?|rules?|methods?)),? (?:i|we|the|this)\b[^.:\n]{0,30}?\b(?:add|increas|ma[dk]e|rewr"
    r"|modif|deepen|chang|complicat|introduc|creat|generat)\w*"
    r"|\W*(?:根据|按照?|依照|遵照|应)[^，。\n]{0,8}?(?:要求|规则|方法)[，,]\s*(?:我|现|已|特|本|对|将)[^，。\n]{0,8}?(?:增加|添加|加入|改|深化|调整"
    r"|提高|新增|生成|设计)[^。：:\n]{0,16}?(?:约束|限制|条件|要求|难度|指令|任务|题目|深化|复杂)?[^。：:\n]{0,6}[:：]"
    rf"|\W*{_ZH_POLITE}(?:以下|下面|这里|这)(?:便|就)?[是为](?:我)?(?:[为给][您你])?[^：:，。\n]{{0,8}}?(?:新|生成|设计|创建|编写|下一)[^：:，。\n]{{0,4}}?"
    rf"{_ZH_PROMPT}(?:如下)?\s*[:：]"
    rf"|\W*{_POLITE}(?:here(?:'s|’s| is| are)|below is|this is) (?:a|an|the|my|your|another|one|task)\b[^.:\n]{{0,24}}?\b(?:new|next"
    rf"|another|generated|sample|example) (?:\w+ )?{_PROMPT}\b[^.:\n]{{0,60}}:",
    re.IGNORECASE,
)
# It ends with a list of what was changed.
_CHANGES = re.compile(
    r"[(\[（【](?:added|new|新增|增加|添加)\s*[:：]|(?:^|[(\[（【]|\s)(?:note|changes?(?: made)?|explanation"
    r"|rationale|added constraints?|constraints? added|modifications?|added|new)\s*:[^\n]{0,60}?"
    r"\b(?:added|introduced|increased|changed|replaced|made|removed|rewr\w+|original)\b"
    r"|(?:^|[（(【\[])(?:注意?|说明|备注|改动|修改说明|改写说明|变更)\s*[:：][^\n]{0,40}?(?:增加了|添加了|加入了"
    r"|改为|提高了|增加|原[题指任问])|[\[(（【][^\])）】\n]{0,12}\d+ ?(?:words|characters"
    r"|个?字)[^\])）】\n]{0,3}(?:added|more"
    r"|longer)[\])）】]\s*\Z|[（【](?:增加|新增)了?\d+个?字",
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
# A task that is itself about prompts may name them; one that names tasks at all may be answered with one.
_ABOUT_PROMPTS = re.compile(
    r"prompt(?:s|ing)? engineer|evol-?instruct|wizardlm|self-instruct|language model|\bllms?\b|chat ?(?:bot|gpt)"
    r"|\bjson\b.*[{]"
    r"|writing prompt|creative prompt|command prompt|shell prompt|提示词工程|大模型|语言模型|提示工程",
    re.IGNORECASE | re.DOTALL,
)
# A task that asks for a new version of something may be answered with a heading over it.
_REVISES = re.compile(
    r"\b(?:re-?(?:writ|word|phras|vis|work|draft)\w*|improv\w+|edit|polish|modif\w+|upgrad\w+|optimi[sz]\w+|enhanc\w+|version"
    r"|harder|better|clearer|correct|fix|change|simplif\w+|paraphras\w+)\b|改|修订|润色|优化|升级|完善|提升|版本|更",
    re.IGNORECASE,
)
# The sample as a sample.
_SAMPLE_TALK = re.compile(
    r"(?:\bthis|\bthe|\ba|\byour)\b[^.!?\n]{0,50}?\b(?:sample|data ?point|entry|response|answer|output|task|instruction|example|item)\b[^.!?\n]{0,90}?\b(?:datasets?"
    r"|training data|instruction[- ](?:tuning|following)|fine-?tuning|seed (?:task|instruction)s?|diversity)\b"
    r"|\b(?:original|initial|given|the) seed (?:task|instruction|prompt)s?\b"
    r"|(?:本|该|此|这)(?:条|个|段)?(?:数据|样本|回答|回复|输出|任务|指令)[^。！？\n]{0,30}?(?:训练|数据集|微调|多样性|种子|改写)"
    r"|(?:以下|下面)[^。！？\n]{0,10}?(?:回答|回复|输出|数据|样本)[^。！？\n]{0,16}?(?:训练数据|数据集|微调|训练集)"
    r"|种子(?:任务|指令|数据)|样本多样性|数据多样性",
    re.IGNORECASE,
)
_ABOUT_DATA = re.compile(
    r"\bdata\b|data ?sets?|machine learning|train|\bmodels?\b|neural|statistic|sampl|classif|scikit|sklearn|pandas|\bai\b"
    r"|\bnlp\b|seed|divers|survey|数据|样本|训练|模型|微调|机器学习|统计|算法|抽样|多样|种子|人工智能|神经",
    re.IGNORECASE,
)
_NAMES_TASKS = re.compile(
    r"prompt|instruction|\btasks?\b|question|\busers?\b|request|exercise|problem|指令|提示|任务|题|用户|问题",
    re.IGNORECASE,
)
_TEMPLATE_TOKEN = re.compile(
    r"<\|(?:im_start|im_end|im_sep|endoftext|end_of_text|begin_of_text|eot_id|eom_id|start_header_id|end_header_id"
    r"|assistant|user|system|end|eos|bos|pad|endofprompt|fim_\w+|tool_call\w*|channel|message|start|return)\|>"
    r"|<｜[^｜>\n]{2,30}｜>|\[/?INST\]|<</?SYS>>|</?think(?:ing)?>|<(?:start|end)_of_turn>|<(?:/s|s)>(?!\w)"
    r"|</?(?:tool_call|scratchpad|reasoning)>|<\s*/?(?:no[ _-]?(?:input|output)|无输入|无输出|无)\s*>|^(?:### ?(?:Instruction|Response|Human|Assistant|Input|指令|回复"
    r"|回答)(?: ?\d{1,3})?\s*[:：]|(?:Human|Assistant"
    r"|USER|ASSISTANT): ?$)",
    re.IGNORECASE | re.MULTILINE,
)
_ABOUT_TEMPLATES = re.compile(
    r"chat ?(?:ml|template)|prompt (?:template|format)|special tokens?|control tokens?|tokeni[sz]|jinja"
    r"|end-of-(?:sequence|text)|\bllama\b|\bqwen\b|\bmistral\b|\bgpt|\bbert\b|language model|\bllms?\b|\bhtml\b"
    r"|strikethrough|markup|\btags?\b|regex|pars(?:e|er|ing)|vocab|fine-?tun|n-gram|对话模板|聊天模板|特殊(?:标记"
    r"|词元|符号|token)|分词|大模型|语言模型|微调"
    r"|标签|正则|解析|模板",
    re.IGNORECASE,
)
_HTML = re.compile(r"</?(?:p|div|span|b|i|html|body|del|a|td|li|h\d)\b", re.IGNORECASE)

_TASK_LABEL = re.compile(
    r"[\s*#\-]*(?:task|instruction|prompt)\s*(?:no\.?|#)?\s*\d{0,3}\s*[*]*\s*[:：][*\s]*(?=\S)"
    r"|[\s*#\-]*(?:任务|指令|提示词|题目)\s*(?:\d{1,3}|[一二三四五六七八九十]{1,3})?\s*[*]*\s*[:：]"
    r"|[\s*#]*\d{1,2}\s*[.、)）]\s*(?:instruction|task|指令|任务)\s*[:：]",
    re.IGNORECASE,
)
# The label of a later task of a list.
_NEXT_LABEL = re.compile(
    r"^[\s*#\-\[【]*(?:(?:task|instruction|prompt)\s*(?:no\.?|#)?\s*(\d{1,3})|(?:任务|指令|提示词?|题目)\s*(\d{1,3}"
    r"|[一二三四五六七八九十]))[*\]】]*\s*[:：]",
    re.IGNORECASE | re.MULTILINE,
)
# What a task is said to be, above it: "【难度：3/5】【类别：…】".
_ABOVE = r"(?:(?:task )?(?:difficulty|category|type|topic|domain)(?: level)?|难度|类别|类型|任务类型|领域|主题)"
_META = re.compile(
    rf"(?=.{{0,40}}(?:difficulty|难度))[\s*\-【\[(（]*{_ABOVE}[\s*\]】:：]+[^\n【\[]{{1,24}}[】\]\n,;，；\s]+[*\-【\[(（]*{_ABOVE}\W"
    r"{0,3}[:：\]】]",
    re.IGNORECASE | re.DOTALL,
)
# An answer that goes on with the list: a label, and under it another.
_NEXT_TASK = re.compile(
    r"^\W*(?:\d{1,3}\s*[.)、]\s*)?(?:instruction|task|指令|任务)\s*\d{0,3}\s*[:：][^\n]*\n+\W*(?:\d{1,3}\s*[.)、]\s*)?"
    r"(?:input|output|response|输入|输出|回答|回复)\s*[:：]",
    re.IGNORECASE | re.MULTILINE,
)
_LABEL = re.compile(
    r"[\s*#\-]*(?:task|instruction|prompt)\s+\d{1,3}\s*[:：]|[\s*#\-]*(?:new|rewritten|evolved) (?:task|instruction"
    r"|prompt)\s*[:：]"
    r"|[\s*#\-]*(?:任务|指令)\s*(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s*[:：]|[\s*#\-]*(?:instruction|指令)\s*[:：]",
    re.IGNORECASE,
)
# "Input: Name a lake.\nOutput: …": the answer says its task again, under a label.
_ECHO = re.compile(
    r"\W*(?:input|question|task|prompt|query|user|q|输入|问题?|任务|题目|提示)\W{0,3}[:：][\s*]*([^\n]+)\n",
    re.IGNORECASE,
)
_ABOUT_TASKS = re.compile(r"\b(?:tasks?|instructions?|prompts?|to-?do)\b|任务|指令|作业|步骤|安排|计划", re.IGNORECASE)
_SCHEMA = re.compile(
    r'\s*(?:\w{1,12}\s*[:：]\s*)?(?:```(?:json)?\s*)?[\[{]\s*(?:\{\s*)?"(?:instruction|tasks?|rewritten|(?:rewritten|new|evolved|final)_\w+|output|response|answer'
    r'|gained|instances|指令|任务)"\s*:',
    re.IGNORECASE,
)
_ABOUT_JSON = re.compile(
    r"json|dictionary|dict\b|object|schema|key|field|payload|\bapi\b|字典|字段|键|对象|格式", re.IGNORECASE
)

# Thoughts before the answer: the user, or the instruction, in the third person.
_THINKS_OF = hints("the user|the human|instruction|prompt|用户|提问者|指令|提示")
_THINKS = re.compile(
    r"(?:\A\W*|[.!?,\n]\s+)(?:so |that |now )?(?:the (?:user|human)|(?:the|this) (?:instruction|prompt)) (?:want|ask"
    r"|request|need|say|said|is (?:asking|requesting)|would like|gave|provided)\w*"
    r"|(?:\A\W*|[，。！\n]\s*)(?:用户|提问者|该指令|这个?指令|该提示)(?:是|正)?(?:在?(?:询问|提问|问)|想|希望|要求"
    r"|需要我|让我|给出?了?|的(?:问题|要求|意思)是)",
    re.IGNORECASE,
)
# The next turns of a chat, or the message that set it up.
_TURNS = re.compile(
    r"^(?:user|human|用户|人类)\s*[:：][^\n]*\n+(?:assistant|ai|bot|system|model|gpt|助手|助理|机器人|AI助手)\s*[:：]"
    r"|\n(?:human|user|人类|用户)\s*[:：]|^(?:system|系统)\s*[:：]\s*(?:you are|你是)|\A\W*(?:assistant|ai|chatgpt"
    r"|助手|AI助手)\s*[:：]",
    re.IGNORECASE | re.MULTILINE,
)
_ABOUT_TALK = re.compile(
    r"dialog|conversation|\bchat|script|exchange|transcript|interview|support|customer|user stor|log\b|yaml|config"
    r"|对话|聊天|剧本|客服|问答|交谈|访谈",
    re.IGNORECASE,
)

_AI = (
    r"(?:ai|artificial intelligence|(?:large |text-based )?language model|(?:virtual|digital|ai) assistant|chat ?bot)"
    r"(?: language model| assistant| model| chatbot| program| system)?"
)
_ZH_AI = r"(?:AI|人工智能|大?语言模型|智能助手|大模型|聊天机器人|虚拟助手)"
_SELF_TALK = re.compile(
    rf"\b(?:as|being) (?:just |only )?(?:an? )?{_AI}\b(?=[^.!?\n]{{0,60}}?[,，]?\s*(?:\bi\b|\bmy\b|\bit is\b|\bit's\b))"
    rf"|\bi(?:'m|’m| am) (?:just |only |merely )?an? {_AI}\b(?=\W*(?:,|and|so|\.|that|which|without|developed"
    rf"|trained|but|;|—))|(?:作为|身为)(?:一[个名款种位台])?{_ZH_AI}[^，。\n]{{0,12}}[，,]?\s*我"
    rf"|我(?:只|仅仅|毕竟)?是(?:一[个名款种位])?(?:没有\w{{1,6}}的)?{_ZH_AI}",
    re.IGNORECASE,
)
# A task about AI, or one whose answer is told by a machine of fiction.
_ABOUT_AI = re.compile(
    r"\bai\b|artificial intelligence|language model|chat ?bot|robot|assistant|virtual|machine|gpt|siri|alexa|android"
    r"|computer|spaceship|cyborg|stor(?:y|ies)|novel|fiction|monologue|人工智能|语言模型|机器人|助手|大模型|智能"
    r"|故事|小说"
    r"|独白|飞船|电脑",
    re.IGNORECASE,
)


def _bounded(phrase: str) -> str:
    phrase = phrase.strip()
    left = r"(?<![^\W_])" if phrase[0].isascii() and phrase[0].isalnum() else ""
    right = r"(?![^\W_])" if phrase[-1].isascii() and phrase[-1].isalnum() else ""
    return left + re.sub(r"(?:\\\s|\s)+", r"\\s+", re.escape(phrase)) + right


def _without(draft: Draft, found: str) -> str:
    """The task's own words, the suspected ones taken out: they must not vouch for themselves."""
    return f"{draft.instruction}\n{draft.input}".replace(found, " ")


def _line_of(text: str, match: re.Match[str]) -> str:
    start = max(text.rfind("\n", 0, match.start()) + 1, match.start() - 30)
    end = text.find("\n", match.end())
    return text[start : min(match.end() + 30, len(text) if end < 0 else end)].strip()
