"""Leak: scaffolding of the prompts that made a draft, left in the draft.

Evolving prompts speak of a "#Given Prompt#" and a "#Rewritten Prompt#"; chat templates of ``<|im_start|>``; models add
"Sure, here is the rewritten task:" and "As an AI language model". A draft that trains on any of these teaches them.
A task *about* chat templates or prompts names the same things, inside code or with the subject said; it passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from synth.gates.hints import hints, holds
from synth.gates.rewriter import TAIL, chatter, heading
from synth.gates.slots import ABOUT_SLOTS, BRACED_SLOT, is_cited
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
        if (match := heading(text, lowered)) and not _may_head(field, match, draft):
            return "prompt-heading", _line_of(text, match)
        if match := chatter(field, text, lowered, draft):
            own = _without(draft, match.group())
            about = _ABOUT_PROMPTS.search(own) if field == "instruction" else _NAMES_TASKS.search(draft.instruction)
            if not about:
                return "chatter", _line_of(text, match)
        match = _SCHEMA.match(text) if "{" in text[:40] else None
        if match or ('"instruction"' in lowered and (match := _RECORD.search(text))):
            about = _ABOUT_JSON.search(draft.instruction) if field != "instruction" else None
            if not about:
                return "schema-json", match.group().strip()
        if field == "output":
            return _answer_leak(text, lowered, draft) or _data_leak(text, lowered, draft)
        return _task_leak(text, lowered, draft) if field == "instruction" else None


def _task_leak(text: str, lowered: str, draft: Draft) -> tuple[str, str] | None:
    """What only an instruction can show: its place in a list of tasks, the slots of the prompt that asked for it."""
    if (
        (match := _TASK_LABEL.match(text))
        or ("\n" in text and (match := _HANGING.search(text) or _ran_on(text, lowered)))
        or (("difficulty" in lowered or "难度" in lowered) and (match := _META.match(text)))
    ):
        return "label", match.group().strip()
    if (
        "{" in text
        and (match := BRACED_SLOT.search(text[:_WINDOW]))
        and not (ABOUT_SLOTS.search(_without(draft, match.group())) or is_cited(text, match.start()))
    ):
        return "slot", _line_of(text, match)
    return None


def _answer_leak(text: str, lowered: str, draft: Draft) -> tuple[str, str] | None:
    """What only an answer can show: its turns, its format, the thoughts before it, the model in it."""
    if (match := _LABEL.match(text)) and not _ABOUT_TASKS.search(draft.instruction):
        return "label", match.group().strip()
    if "\n" in text and (match := _ran_on(text, lowered, _NEXT_TASK)) and not _ABOUT_TASKS.search(draft.instruction):
        return "label", match.group().strip()
    if (match := _ECHO.match(text)) and match.group(1).strip() == draft.instruction.strip():
        return "label", match.group().strip()
    if (
        holds(lowered[:TAIL], _THINKS_OF)
        and (match := _THINKS.search(text, 0, TAIL))
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


def _may_head(field: str, match: re.Match[str], draft: Draft) -> bool:
    """Whether the task wants what the heading names: it is about prompts, or asks for a new version of something."""
    if _ABOUT_PROMPTS.search(_without(draft, match.group())):
        return True
    return field == "output" and "#" not in match.group() and _REVISES.search(draft.instruction) is not None


def _ran_on(text: str, lowered: str, pair: re.Pattern[str] | None = None) -> re.Match[str] | None:
    """The label of a second task, where a model went on with its list: a list of the task's own has a first label."""
    if not (holds(lowered, _LABEL_WORDS) and holds(lowered, _LABEL_MARKS)):
        return None
    if pair and (match := pair.search(text)):
        return match
    labels = list(_NEXT_LABEL.finditer(text))
    if not labels or {"1", "一"} & {match[1] or match[2] or match[3] for match in labels}:
        return None
    return None if _ABOUT_TASKS.search(text, 0, labels[0].start()) else labels[0]


def _data_leak(text: str, lowered: str, draft: Draft) -> tuple[str, str] | None:
    """Where the head or the tail calls the sample a sample: its place in a dataset, its seed, its use in training."""
    if not holds(lowered if len(text) < 2 * TAIL else lowered[:TAIL] + lowered[-TAIL:], _DATA_HINTS):
        return None
    match = _SAMPLE_TALK.search(text, 0, TAIL) or _SAMPLE_TALK.search(text, max(0, len(text) - TAIL))
    if match is None or _ABOUT_DATA.search(f"{draft.instruction}\n{draft.input}"):
        return None
    return "dataset-talk", _line_of(text, match)


_WINDOW = 4000
"""Characters in which slots are looked for."""
# Texts without any of these cannot match the patterns below, and need no slower look.
_TEMPLATE_HINTS = hints("<|[|###|human:|assistant:|user:")
_LABEL_MARKS = hints(":|：")
_LABEL_WORDS = hints("task|instruction|prompt|指令|任务|题目|提示")
_DATA_HINTS = hints("dataset|training |tuning|seed |训练|数据集|微调|多样性|种子|改写")
_ROLE_HINTS = hints("ai:|chatgpt:|user:|human:|system:|assistant:|助手：|助手:|用户：|用户:|人类：|人类:|系统：|系统:")
_SELF_HINTS = hints(" ai|artificial intelligence|language model|人工智能|语言模型|大模型|智能助手|为ai|是ai|个ai")

# A task that is itself about prompts may name them; one that names tasks at all may be answered with one.
_ABOUT_PROMPTS = re.compile(
    r"prompt(?:s|ing)? engineer|evol-?instruct|wizardlm|self-instruct|language model|\bllms?\b|chat ?(?:bot|gpt)"
    r"|\bjson\b.*[{]|writing prompt|creative prompt|command prompt|shell prompt|提示词工程|大模型|语言模型|提示工程",
    re.IGNORECASE | re.DOTALL,
)
# A task that asks for a new version of something may be answered with a heading over it.
_REVISES = re.compile(
    r"\b(?:re-?(?:writ|word|phras|vis|work|draft)\w*|improv\w+|edit|polish|modif\w+|upgrad\w+|optimi[sz]\w+"
    r"|enhanc\w+|version"
    r"|harder|better|clearer|correct|fix|change|simplif\w+|paraphras\w+)\b|改|修订|润色|优化|升级|完善|提升|版本|更",
    re.IGNORECASE,
)
# The sample as a sample.
_SAMPLE_TALK = re.compile(
    r"\bthis (?:sample|data ?point|entry|response|answer|output|task|instruction|example"
    r"|item)\b[^.!?\n]{0,90}?\b(?:datasets?"
    r"|training (?:data|purposes)|instruction[- ]tuning|fine-?tuning|seed (?:task|instruction|example)s?)\b"
    r"|\b(?:samples?|responses?|answers?|outputs?|tasks?|instructions?|examples?)\b[^.!?\n]{0,60}?\b(?:for|in"
    r"|as) (?:(?:a|an"
    r"|the|your|our|use as|use in) )?(?:[\w-]+ ){0,2}?(?:datasets?|training (?:data|purposes)|instruction[- ](?:tuning"
    r"|following)|fine-?tuning)\b|\b(?:original|initial|given|the) seed (?:task|instruction|prompt)s?\b"
    r"|(?:(?<!文)本|该|此|这|以上|上述|以下|下面)的?(?:条|个|段)?(?:数据|样本|回答|回复|输出|任务"
    r"|指令)[^。！？\n]{0,24}?(?:训练(?:数据|集|模型)"
    r"|数据集|微调|种子)|(?:该|此|本|这)条?(?:数据|样本|回答)[^。！？\n]{0,20}?改写|种子(?:任务|指令|数据)|(?:样本"
    r"|数据)多样性",
    re.IGNORECASE,
)
_ABOUT_DATA = re.compile(
    r"\bdata\b|data ?sets?|machine learning|train|\bmodels?\b|neural|statistic|sampl|classif|scikit|sklearn"
    r"|pandas|\bai\b"
    r"|\bnlp\b|seed|divers|survey|数据|样本|训练|模型|微调|机器学习|统计|算法|抽样|多样|种子|人工智能|神经",
    re.IGNORECASE,
)
_NAMES_TASKS = re.compile(
    r"prompt|instruction|\btasks?\b|question|\busers?\b|request|exercise|problem|指令|提示|任务|题|用户|问题",
    re.IGNORECASE,
)
_TEMPLATE_TOKEN = re.compile(
    r"<(?:\|(?:im_start|im_end|im_sep|endoftext|end_of_text|begin_of_text|eot_id|eom_id|start_header_id|end_header_id"
    r"|assistant|user|system|end|eos|bos|pad|endofprompt|fim_\w+|tool_call\w*|channel|message|start|return)\|>"
    r"|｜[^｜>\n]{2,30}｜>|</?SYS>>|/?think(?:ing)?>|(?:start|end)_of_turn>|/?s>(?!\w)"
    r"|/?(?:tool_call|scratchpad|reasoning)>|\s*/?(?:no[ _-]?(?:input|output)|无输入|无输出|无)\s*>)|\[/?INST\]"
    r"|^(?:#{3,4}\s*\Z|### ?(?:Instruction|Response|Human|Assistant|Input|指令|回复|回答)(?: ?\d{1,3})?\s*[:：]"
    r"|(?:Human|Assistant|USER|ASSISTANT): ?$)",
    re.IGNORECASE | re.MULTILINE,
)
_ABOUT_TEMPLATES = re.compile(
    r"chat ?(?:ml|template)|prompt (?:template|format)|special tokens?|control tokens?|tokeni[sz]|jinja"
    r"|end-of-(?:sequence|text)|\bllama\b|\bqwen\b|\bmistral\b|\bgpt|\bbert\b|language model|\bllms?\b|\bhtml\b"
    r"|strikethrough|markup|\btags?\b|regex|pars(?:e|er|ing)|vocab|fine-?tun|n-gram|对话模板|聊天模板|特殊(?:标记"
    r"|词元|符号|token)|分词|大模型|语言模型|微调|标签|正则|解析|模板",
    re.IGNORECASE,
)
_HTML = re.compile(r"</?(?:p|div|span|b|i|html|body|del|a|td|li|h\d)\b", re.IGNORECASE)

_TASK_LABEL = re.compile(
    r"[\s*#\-]*(?:task|instruction|prompt)\s*(?:no\.?|#)?\s*\d{0,3}\s*[*]*\s*[:：][*\s]*(?=\S)|#+ ?(?:instruction"
    r"|指令)\s*\n|[\s*#\-]*(?:任务|指令|提示词|题目)\s*(?:\d{1,3}|[一二三四五六七八九十]{1,3})?\s*[*]*\s*[:：]"
    r"|[\s*#]*\d{1,2}\s*[.、)）]\s*(?:instruction|task|指令|任务)\s*[:：]",
    re.IGNORECASE,
)
# The label of a later task of a list.
_NEXT_LABEL = re.compile(
    r"^[\s*#\-\[【]*(?:(?:task|instruction|prompt)\s*(?:no\.?|#)?\s*(\d{1,3})|(?:任务|指令|提示词?|题目)\s*(\d{1,3}"
    r"|[一二三四五六七八九十])|(\d{1,3})\s*[.)、]\s*(?:task|instruction|任务|指令))[*\]】]*\s*[:：]",
    re.IGNORECASE | re.MULTILINE,
)
# What a task is said to be, above it: "【难度：3/5】【类别：…】".
_ABOVE = r"(?:(?:task )?(?:difficulty|category|type|topic|domain)(?: level)?|难度|类别|类型|任务类型|领域|主题)"
_META = re.compile(
    rf"(?=.{{0,40}}(?:difficulty"
    rf"|难度))[\s*\-【\[(（]*{_ABOVE}[\s*\]】:：]+[^\n【\[]{{1,24}}[】\]\n【\[]\s*[*\-【\[(（]*{_ABOVE}\W{{0,3}}"
    r"[:：\]】]",
    re.IGNORECASE | re.DOTALL,
)
# An instruction that breaks off where its answer should come.
_HANGING = re.compile(r"\n\W{0,4}(?:output|response|输出)\W{0,3}[:：]\s*\Z", re.IGNORECASE)
# A record of the dataset, wherever it stands.
_RECORD = re.compile(r'\{\s*"instruction"\s*:\s*"[^{}]{1,1000}?"(?:input|output|response)"\s*:', re.IGNORECASE)
# An answer that goes on with the list: a label, and under it another.
_NEXT_TASK = re.compile(
    r"^\W*(?:\d{1,3}\s*[.)、]\s*)?(?:instruction|指令|(?:task"
    r"|任务)(?=\s*\d))\s*\d{0,3}\s*[:：][^\n]*\n+\W*(?:\d{1,3}\s*[.)、]\s*)?"
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
    r'\s*(?:\w{1,12}\s*[:：]\s*)?(?:```(?:json)?\s*)?[\[{]\s*(?:\{\s*)?"(?:instruction|tasks?|rewritten'
    r"|(?:rewritten|new|evolved|final)_\w+|output|response|answer"
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
    r"|故事|小说|独白|飞船|电脑",
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
