"""Leak: scaffolding of the prompts that made a draft, left in the draft.

Evolving prompts speak of a "#Given Prompt#" and a "#Rewritten Prompt#"; chat templates of ``<|im_start|>``; models add
"Sure, here is the rewritten task:" and "As an AI language model". A draft that trains on any of these teaches them.
A task *about* chat templates or prompts names the same things, inside code or with the subject said; it passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from synth.protocols import View
from synth.records import Draft, Sample, Verdict


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
        return Verdict(self.name, passed=True)

    def remember(self, sample: Sample) -> None:
        """Nothing: a leak is in the draft itself."""

    def _leak(self, field: str, text: str, draft: Draft) -> tuple[str, str] | None:
        if self._phrases and (match := self._phrases.search(text)):
            return "prompt-phrase", _line_of(text, match)
        lowered = text.lower()
        if (
            any(hint in lowered for hint in _HEADING_HINTS)
            and (match := _HEADING.search(text))
            and not _ABOUT_PROMPTS.search(_without(draft, match.group()))
        ):
            return "prompt-heading", _line_of(text, match)
        if any(hint in lowered for hint in _TEMPLATE_HINTS) and (match := _TEMPLATE_TOKEN.search(text)):
            about = _ABOUT_TEMPLATES.search(_without(draft, match.group()))
            if not about and not (match.group().lower() in ("<s>", "</s>") and _HTML.search(text)):
                return "template-token", _line_of(text, match)
        if match := (_TASK_CHATTER if field == "instruction" else _CHATTER).match(text):
            return "chatter", match.group().strip()
        if field == "instruction" and (match := _TASK_LABEL.match(text)):
            return "label", match.group().strip()
        if field == "output" and (match := _LABEL.match(text)) and not _ABOUT_TASKS.search(draft.instruction):
            return "label", match.group().strip()
        if match := _SCHEMA.match(text):
            about = _ABOUT_JSON.search(draft.instruction) if field != "instruction" else None
            if not about:
                return "schema-json", match.group().strip()
        if (
            field == "output"
            and any(hint in lowered for hint in _SELF_HINTS)
            and (match := _SELF_TALK.search(text))
            and not _ABOUT_AI.search(f"{draft.instruction}\n{draft.input}")
        ):
            return "self-talk", _line_of(text, match)
        return None


# Texts without any of these cannot match the patterns below, and need no slower look.
_HEADING_HINTS = ("#", "prompt", "instruction", "rewritten", "evolved", "改写", "重写", "进化")
_TEMPLATE_HINTS = ("<", "[", "###", "human:", "assistant:", "user:")
_SELF_HINTS = (
    " ai",
    "artificial intelligence",
    "language model",
    "人工智能",
    "语言模型",
    "大模型",
    "智能助手",
    "为ai",
    "是ai",
    "个ai",
)

_ADJECTIVES = r"given|rewritten|rewrite|created|new|original|evolved|old|revised|modified"
_HEADING = re.compile(
    rf"#\s{{0,3}}(?:the\s+)?(?:{_ADJECTIVES})\s+(?:prompts?|tasks?|instructions?|questions?)\s{{0,3}}#"
    rf"|^\W{{0,4}}(?:the\s+)?(?:{_ADJECTIVES})\s+(?:prompt|instruction)\W{{0,4}}(?:[:：]|$)"
    r"|#\s{0,3}(?:给定的?|原始的?|原来?的?|改写后的?|改写的?|新的?|重写后的?|进化后的?|创建的?)(?:任务"
    r"|指令|提示词?|问题|题目)\s{0,3}#"
    r"|^\W{0,4}(?:改写后的?|重写后的?|进化后的?)(?:任务|指令|提示词?|问题|题目)\W{0,4}(?:[:：]|$)"
    rf"|[\[【]\s*(?:{_ADJECTIVES})\s+(?:prompts?|tasks?|instructions?)\s*[\]】]"
    r"|[\[【]\s*(?:改写后的?|重写后的?|进化后的?|给定的?|原始的?)(?:任务|指令|提示词?|问题|题目)\s*[\]】]"
    r"|\brewritten prompt\b|\bevolved (?:prompt|instruction|task)\b",
    re.IGNORECASE | re.MULTILINE,
)
_ABOUT_PROMPTS = re.compile(
    r"prompt(?:s|ing)? engineer|evol-?instruct|wizardlm|self-instruct|language model|\bllms?\b"
    r"|writing prompt|creative prompt"
    r"|command prompt|shell prompt|提示词工程|大模型|语言模型|提示工程",
    re.IGNORECASE,
)
_TEMPLATE_TOKEN = re.compile(
    r"<\|(?:im_start|im_end|im_sep|endoftext|end_of_text|begin_of_text|eot_id|eom_id|start_header_id|end_header_id"
    r"|assistant|user|system|end|eos|bos|pad|endofprompt|fim_\w+|tool_call\w*|channel|message|start|return)\|>"
    r"|<｜[^｜>\n]{2,30}｜>|\[/?INST\]|<</?SYS>>|</?think(?:ing)?>|<(?:start|end)_of_turn>|<(?:/s|s)>(?!\w)"
    r"|</?(?:tool_call|scratchpad|reasoning)>"
    r"|^(?:### ?(?:Instruction|Response|Human|Assistant|Input|指令|回复|回答)\s*[:：]|(?:Human|Assistant"
    r"|USER|ASSISTANT): ?$)",
    re.IGNORECASE | re.MULTILINE,
)
_ABOUT_TEMPLATES = re.compile(
    r"chat ?(?:ml|template)|prompt (?:template|format)|special tokens?|control tokens?|tokeni[sz]|jinja"
    r"|end-of-(?:sequence|text)"
    r"|\bllama\b|\bqwen\b|\bmistral\b|\bgpt|\bbert\b|language model|\bllms?\b|\bhtml\b|strikethrough"
    r"|markup|\btags?\b|regex|pars(?:e|er|ing)"
    r"|vocab|fine-?tun|n-gram|对话模板|聊天模板|特殊(?:标记|词元|符号|token)|分词|大模型|语言模型|微调"
    r"|标签|正则|解析|模板",
    re.IGNORECASE,
)
_HTML = re.compile(r"</?(?:p|div|span|b|i|html|body|del|a|td|li|h\d)\b", re.IGNORECASE)

_POLITE = r"(?:(?:sure|certainly|of course|absolutely|okay|ok|great)[!,.:]*\s+)?"
_MADE = r"(?:rewritten|revised|evolved|modified|upgraded|harder|more \w+)"
_TASK_CHATTER = re.compile(
    rf"\W*{_POLITE}here(?:'s|’s| is| are)\s+(?:a|an|the|my|your|one|some)?\s*(?:\w+\s+){{0,3}}?(?:{_MADE}|new)?\s*"
    r"(?:version|rewrite|rewriting|prompts?|tasks?|instructions?|variation)\b[^\n]{0,80}?(?:[:：]|$)"
    r"|\W*(?:sure|certainly|of course|absolutely)[!,.]\s|\W*(?:as an evolved|i(?:'ve| have) (?:rewritten"
    r"|evolved|revised))\b"
    r"|\W*i(?:'ve|’ve| have) (?:made|turned|changed|extended|upgraded) (?:the|this|your) (?:task"
    r"|instruction|prompt|question)\b"
    r"|\W*(?:好的?|当然(?:可以)?|没问题)[，,。！!：:]\s*(?:以下|下面|这)[是为]?|\W*(?:以下|下面"
    r"|这里?)[是为](?:我)?(?:改写|重写|修改|进化|升级|新)[^\n]{0,20}[:：]"
    r"|\W*我(?:已经?)?(?:把|将|对)?[^。\n]{0,12}(?:改写|重写)(?:成|为|了|如下)",
    re.IGNORECASE,
)
_CHATTER = re.compile(
    rf"\W*{_POLITE}here(?:'s|’s| is)\s+(?:a|an|the|my|your)\s+(?:{_MADE}|new)\s+(?:prompt|task|instruction)\b"
    r"|\W*as an evolved\b|\W*(?:以下|下面|这里?)[是为](?:我)?(?:改写|重写|进化)(?:后|过)?的?(?:任务|指令|题目|提示)",
    re.IGNORECASE,
)
_TASK_LABEL = re.compile(
    r"[\s*#\-]*(?:(?:rewritten|evolved|revised|upgraded|complex|harder|challenging|advanced|improved|enhanced|final|new"
    r"|more \w+) (?:version|rewrite)|(?:改写|重写|修改|升级|进化|进阶|困难|复杂|改进)(?:后的?(?:版本?"
    r"|任务|题目|指令)|版本?(?:的?(?:任务|题目|指令))?))"
    r"\s*[*]*\s*[:：]"
    r"|"
    r"[\s*#\-]*(?:(?:new|rewritten|evolved|revised|modified) )?(?:task|instruction|prompt)\s*(?:no\.?"
    r"|#)?\s*\d{0,3}\s*[*]*\s*[:：][*\s]*(?=\S)"
    r"|[\s*#\-]*(?:新|改写后的?|重写后的?)?(?:任务|指令|提示词|题目)\s*(?:\d{1,3}"
    r"|[一二三四五六七八九十]{1,3})?\s*[*]*\s*[:：]"
    r"|[\s*#]*\d{1,2}\s*[.、)）]\s*(?:instruction|task|指令|任务)\s*[:：]",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"[\s*#\-]*(?:task|instruction|prompt)\s+\d{1,3}\s*[:：]|[\s*#\-]*(?:new|rewritten|evolved) (?:task"
    r"|instruction|prompt)\s*[:：]"
    r"|[\s*#\-]*(?:任务|指令)\s*(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s*[:：]|[\s*#\-]*(?:instruction|指令)\s*[:：]",
    re.IGNORECASE,
)
_ABOUT_TASKS = re.compile(r"\b(?:tasks?|instructions?|prompts?|to-?do)\b|任务|指令|作业|步骤|安排|计划", re.IGNORECASE)
_SCHEMA = re.compile(
    r'\s*(?:```(?:json)?\s*)?[\[{]\s*(?:\{\s*)?"(?:instruction|tasks?|rewritten|rewritten_\w+|output|response|answer'
    r'|gained|instances|指令|任务)"\s*:',
    re.IGNORECASE,
)
_ABOUT_JSON = re.compile(
    r"json|dictionary|dict\b|object|schema|key|field|payload|\bapi\b|字典|字段|键|对象|格式", re.IGNORECASE
)

_SELF_TALK = re.compile(
    r"\bas (?:an? )?(?:ai|artificial intelligence|large language model|language model)(?: language model"
    r"| assistant| model| chatbot)?\b(?=\s*[,，]?\s*(?:i|my|it is|it's)\b)"
    r"|\bi(?:'m|’m| am) (?:just |only )?(?:an? )(?:ai|artificial intelligence|(?:large )?language model)\b"
    r"|作为(?:一[个名款种])?(?:AI|人工智能|大?语言模型|智能助手|大模型)[^，。\n]{0,12}[，,]?\s*我"
    r"|我(?:只)?是(?:一[个名款种])(?:AI|人工智能|大?语言模型|大模型)",
    re.IGNORECASE,
)
_ABOUT_AI = re.compile(
    r"\bai\b|artificial intelligence|language model|chat ?bot|robot|assistant|virtual|machine|gpt|siri"
    r"|alexa|人工智能|语言模型|机器人|助手|大模型|智能",
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
