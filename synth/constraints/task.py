"""What a task already is and already asks for: the reading on which constraints are proposed.

Everything here errs on the side of caution: where an instruction may already govern something, it is taken to.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from synth import text


class Form(StrEnum):
    """The form of an answer, which decides what can be done to it."""

    LABEL = "label"  # a word or a name
    PROSE = "prose"
    LIST = "list"  # every line an item
    PAIRS = "pairs"  # every line "key: value", each key once
    LINES = "lines"  # short lines, one thing a line
    MIXED = "mixed"  # prose with items in it
    DIALOGUE = "dialogue"
    VERSE = "verse"
    TABLE = "table"
    JSON = "json"
    CODE = "code"  # code, alone or with words around it
    FORMULA = "formula"  # reckoning


@dataclass(frozen=True)
class Task:
    """One instruction with its input and its right answer.

    ``instruction`` is without the phrases of constraints that were woven into it: those are known by kind.
    """

    instruction: str
    input: str
    answer: str
    language: str

    @cached_property
    def form(self) -> Form:
        return form_of(self.answer, self.instruction)

    @cached_property
    def own_language(self) -> bool:
        """Whether the answer is in the instruction's language, so that words of that language fit into it."""
        return text.language_of(self.answer) == self.language

    @cached_property
    def words(self) -> int:
        """The answer's length in words; in characters (字) where the task is in Chinese."""
        return measure(self.answer, self.language)

    def demands(self, group: str) -> bool:
        """Whether the instruction itself already says something about what ``group`` governs."""
        composed = group != "length" and self._composed
        return composed or bool(_DEMANDS[group].search(self.instruction))

    @cached_property
    def strict(self) -> bool:
        """Whether nothing may stand around the answer: "nothing but the labels", “只输出结果”."""
        return self._composed or bool(_STRICT.search(self.instruction))

    @cached_property
    def _composed(self) -> bool:
        """Whether the instruction is long and of several parts: it arranges its answer itself."""
        return len(text.paragraphs(self.instruction)) >= 3

    @cached_property
    def crafted(self) -> bool:
        """Whether the answer is a text to be used as it is (a letter, a translation, a poem), not an explanation."""
        return (
            (not self.own_language and self.form not in (Form.JSON, Form.CODE, Form.TABLE, Form.FORMULA))
            or self.form in (Form.VERSE, Form.DIALOGUE)
            or bool(_CRAFTED.search(self.instruction) or _ADDRESSED.search(self.answer))
        )

    @cached_property
    def explains(self) -> bool:
        """Whether the answer tells the asker something in the writer's own words: no text to be used, no record."""
        return not self.crafted and bool(_EXPLAINS.search(self.instruction)) and not _RECORDS.search(self.instruction)

    @cached_property
    def framable(self) -> bool:
        """Whether a sentence of the writer's own ("I hope this helps.") may stand before or after the answer."""
        return (
            not self.strict
            and not self.crafted
            and self.own_language
            and self.form in (Form.PROSE, Form.LIST, Form.MIXED, Form.FORMULA, Form.TABLE)
            and self.words >= 20
        )


def measure(answer: str, language: str) -> int:
    """Length as people of that language count it: words, or 字 in Chinese."""
    return text.count_characters(answer) if language == "zh" else text.count_words(answer)


def items(answer: str) -> list[re.Match[str]]:
    """The list items of ``answer`` at the outermost level, outside code. Groups: ``indent mark gap body``."""
    found = [match for line in prose_lines(answer) if (match := ITEM.match(line))]
    outermost = min((len(match["indent"]) for match in found), default=0)
    return [match for match in found if len(match["indent"]) <= outermost + 1]


def bullets(answer: str) -> list[re.Match[str]]:
    """The items that a bullet marks."""
    return [match for match in items(answer) if match["mark"] in BULLETS]


def numbered(answer: str) -> list[re.Match[str]]:
    """The items that an Arabic number marks."""
    return [match for match in items(answer) if number_of(match) is not None]


def number_of(item: re.Match[str]) -> int | None:
    """The number that marks an item, None for a bullet or a letter."""
    mark = item["mark"]
    if mark in _CIRCLED:
        return _CIRCLED.index(mark) + 1
    digits = re.search(r"\d+", mark)
    return int(digits.group()) if digits else None


def prose_lines(answer: str) -> list[str]:
    """The non-blank lines outside fenced code."""
    found: list[str] = []
    fence = ""
    for line in text.lines(answer):
        mark = FENCE.match(line)
        if mark and (not fence or (line.strip() == mark["mark"] and mark["mark"].startswith(fence))):
            fence = "" if fence else mark["mark"]
        elif not fence:
            found.append(line)
    return found


def sure_sentences(answer: str) -> list[str] | None:
    """The sentences of plain prose, None where two people could count them differently."""
    found = text.sentences(answer)
    if any(not re.search(r"""[.!?。！？]["'”’」』)）*]*$""", sentence) for sentence in found):
        return None
    # Whoever counts marks and whoever reads for sense must come to the same number; decimals confuse neither.
    marks = re.findall(r"[.!?…。！？]+", re.sub(r"(?<=\d)\.(?=\d)", "", answer))
    return found if len(marks) == len(found) else None


def form_of(answer: str, instruction: str = "") -> Form:
    """The form of ``answer``; ``instruction`` helps to tell verse from lines."""
    stripped = answer.strip()
    if stripped[:1] in "{[" and _is_json(stripped):
        return Form.JSON
    if "```" in stripped or "~~~" in stripped or len(_CODE_LINE.findall(stripped)) >= 2:
        return Form.CODE
    if _TABLE_RULE.search(stripped):
        return Form.TABLE
    form = _form_of_lines(text.lines(stripped), instruction)
    reckons = len(_RECKONING.findall(stripped)) >= 3 and form not in (Form.DIALOGUE, Form.VERSE)
    return Form.FORMULA if reckons else form


def word_set(words: str) -> frozenset[str]:
    """The words of a list that is written with blanks between them."""
    return frozenset(words.split())


BULLETS = "-*+•·–▪◦●○"
ITEM = re.compile(
    r"^(?P<indent>[ \t]*)"
    r"(?P<mark>(?:[-*+•·–▪◦●○]|\d{1,3}[.)]|[a-zA-Z][.)]|[ivx]{1,4}[.)])(?=[ \t])"
    r"|[(（](?:\d{1,3}|[a-z])[)）]|\d{1,3}[．、）]|[①-⑳]|[一二三四五六七八九十]{1,3}、)"
    r"(?P<gap>[ \t]*)(?P<body>\S.*)$"
)
ITEM_OR_LINE = re.compile(r"^[ \t]*(?:[-*+•·–▪◦●○][ \t]+|\d{1,3}[.)][ \t]+|\d{1,3}[、．]\s*)?(?P<body>\S.*)$")
FENCE = re.compile(r"^[ \t]*(?P<mark>`{3,}|~{3,})(?P<tag>[^`\n]*)$")
PAIR = re.compile(r"^(?P<key>[^\s:：.。!?！？|][^:：。!?！？|]{0,39}?)[:：][ \t]*(?P<value>\S[^|]*)$")


def _form_of_lines(lines: list[str], instruction: str) -> Form:
    marked = sum(ITEM.match(line) is not None for line in lines)
    if marked == len(lines) >= 2:
        return Form.LIST
    if marked >= 2:
        return Form.MIXED
    pairs = [match for line in lines if (match := PAIR.match(line))]
    keys = [match["key"].casefold() for match in pairs]
    if len(pairs) == len(lines) >= 2 and len(set(keys)) == len(keys):
        return Form.PAIRS
    # Speakers take turns, and sooner or later somebody asks something.
    turns = len(pairs) >= 3 and len(set(keys)) < len(keys) and any(re.search("[?？]", pair["value"]) for pair in pairs)
    if turns and 2 * len(pairs) >= len(lines):
        return Form.DIALOGUE
    if sum(line.lstrip()[:1] in '"“「' for line in lines) * 2 > len(lines) >= 4:
        return Form.DIALOGUE
    if len(lines) == 1:
        short = len(lines[0]) <= 12 if text.language_of(lines[0]) == "zh" else len(lines[0].split()) <= 4
        return Form.LABEL if short and not re.search(r"[。！？]|[.!?]\s", lines[0]) else Form.PROSE
    if len(lines) >= 3 and _VERSE.search(instruction) and all(len(line) <= 90 for line in lines):
        return Form.VERSE
    ended = sum(bool(re.search(r"""[.!?。！？]["'”’」』)）*]*$""", line)) for line in lines)
    if all(len(line) <= 90 and len(text.sentences(line)) <= 1 for line in lines):
        if ended * 2 > len(lines):
            return Form.PROSE
        verse = len(lines) >= 4 and sum(line.rstrip()[-1] in ",;，；" for line in lines) * 4 >= len(lines)
        return Form.VERSE if verse else Form.LINES
    return Form.PROSE


def _is_json(answer: str) -> bool:
    try:
        return isinstance(json.loads(answer), (dict, list))
    except (ValueError, RecursionError):
        return False


_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_TABLE_RULE = re.compile(r"^[ \t]*\|?[ \t]*:?-{3,}:?[ \t]*(?:\|[ \t]*:?-{3,}:?[ \t]*)+\|?[ \t]*$", re.MULTILINE)
_RECKONING = re.compile(r"[=＝≈≥≤√÷∠Δ]|\\(?:frac|times|sqrt|le|ge)|\d\s*[×*+−]\s*\d")
_CODE_LINE = re.compile(
    r"^[ \t]*(?:(?:def|class|import|from|return|function|const|let|var|public|private|#include|package|fn)\b.*"
    r"|(?:SELECT|INSERT|UPDATE|DELETE|CREATE|FROM|WHERE|JOIN|GROUP BY|ORDER BY)\b.*|.*[;{}]|</?\w+[^>]*>.*)[ \t]*$",
    re.MULTILINE,
)
_VERSE = re.compile(
    r"\b(?:poems?|verses?|limericks?|haikus?|sonnets?|rhym\w+|couplets?|stanzas?|lyrics?|song|ballad)\b"
    r"|诗|词牌|对联|歌词|童谣|儿歌|顺口溜|打油|押韵|俳句|春联",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(
    r"^(?:Dear|Hi|Hello|Hey|To whom|Good (?:morning|evening))\b|^(?:亲爱的|尊敬的|各位|.{0,6}[您你]好|致)"
    r"|\b(?:Best|Kind|Warm) (?:regards|wishes)\b|\bYours (?:sincerely|faithfully|truly)\b|此致|敬礼|敬上",
)
_CRAFTED = re.compile(
    r"\b(?:translat\w+|rewrit\w+|rewrite|reword\w*|rephras\w+|recast|paraphras\w+|proofread|polish"
    r"|copy-?edit\w*|redraft"
    r"|e-?mails?|letters?|notes?|messages?|postcards?|reply|replies|toast|speech|eulogy|obituary|announcement|notice"
    r"|you are (?:a|an|the)|next turn|(?:first|second|third) person|tell (?:a|the|us)|narrat\w+|plot"
    r"|poems?|verses?|limericks?|haikus?|sonnets?|rhym\w+|lyrics?|song|story|stories|tale|fable|scene|dialogues?"
    r"|conversation|monologue|script|slogans?|taglines?|advert\w*|ads?|blurbs?|headlines?|captions?|posts?|tweets?"
    r"|invitations?|memo|press release|sign|labels?|diary|letter|cover letter|in (?:plain|formal|simple) English"
    r"|into (?:English|Chinese|French|German|Spanish|formal|plain)|act out|role-?play|play the|pretend"
    r"|continue|carry on"
    r"|(?:write|draft|compose) (?:me |us |them |him |her )?(?:a|an|the|my|some|two|three)"
    r"|sounds?|friendlier|politer|more polite|fix (?:only|the)|correct (?:the|only|all)|voice|tone|register)\b"
    r"|翻译|译成|译为|翻成|译出|英译|中译|怎么说|改写|改成|改得|改通顺|润色|重写|缩写|扩写|续写|仿写|校对|修改|改错|病句"
    r"|邮件|书信|写信|写一封|封信|回信|短信|消息|留言|通知|公告|启事|海报|文案|致辞|讲话|发言稿|演讲|悼词|贺词|祝福|请柬|邀请函"
    r"|诗|词牌|对联|歌词|童谣|儿歌|顺口溜|故事|小说|散文|童话|寓言|剧本|对话|台词|相声|独白|日记|标语|口号|广告|旁白|解说词"
    r"|便条|字条|作文|写(?:一|张|篇|段|首|则|个|封)|代写|替我写|扮演|模拟|回复客户|回复顾客|语气|口吻|接着写|开场白|朋友圈|展牌|导览",
    re.IGNORECASE,
)
_EXPLAINS = re.compile(
    r"\?|\b(?:explain|describe|compare|tell me|why|how|what|suggest|advise|help me)\b"
    r"|？|说明|解释|介绍|讲讲|为什么|怎么|如何|什么|哪|吗|建议|推荐|谈谈|说说",
    re.IGNORECASE,
)
_RECORDS = re.compile(
    r"\b(?:extract|classify|label|tag|sort|assign|mark|categori[sz]e|pull|list|tables?|json|csv|minutes|log|match)\b"
    r"|提取|摘出|挑出|找出|列出|分类|归类|标注|判断|整理|表格|纪要|记录",
    re.IGNORECASE,
)
_STRICT = re.compile(
    r"\b(?:nothing (?:but|else|more)|only (?:the|with|output|return|give|write|print|reply|answer|list)"
    r"|no (?:other|extra|"
    r"explanations?|comments?|commentary)|without (?:any )?(?:explanations?|comments?|adding)|verbatim|word for word"
    r"|(?:just|simply|solely) the|one word|a single word|yes or no|exact(?:ly)?)\b"
    r"|只(?:需|要)?(?:输出|回答|写|给|列|用|填|说|回复|返回)|仅(?:输出|回答|写|给|列|返回)|不要(?:加|写|解释|多|附|带|任何|出现)"
    r"|不(?:加|用|必|需)(?:解释|说明|多|任何)|别的(?:都)?(?:不|别)|原样|直接(?:给|输出|写出|返回)|一个词|一个字|是或否|无需",
    re.IGNORECASE,
)
_NUMBER = r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|fifteen|twenty|thirty|forty|fifty|sixty|a hundred)"
_DEMANDS = {
    "length": re.compile(
        rf"\b{_NUMBER}[- ](?:or (?:fewer|more|less) )?(?:words?|characters?|letters?|syllables?|seconds?|pages?)\b"
        r"|\b(?:words?|characters?) (?:or (?:less|fewer)|at most|maximum|limit)\b|\bsame length\b|\bword count\b"
        r"|[\d一二三四五六七八九十百千两]个?字|字(?:以内|左右|上下)|字数|篇幅|\d+秒",
        re.IGNORECASE,
    ),
    "brief": re.compile(
        r"\b(?:brief|short|concise|terse|quick|few words|summar\w+|boil|in brief)\b"
        r"|简短|简要|简洁|概括|摘要|压缩|精简|一句话",
        re.I,
    ),
    "sentences": re.compile(
        r"\bsentences?\b|\blines?\b|[一二两三四五六七八九十几每\d]\s*(?:个)?(?:短)?句|句话|句子", re.I
    ),
    "paragraphs": re.compile(r"\b(?:paragraphs?|stanzas?|sections?|parts?|one block)\b|段|分部分|部分|章|节", re.I),
    "layout": re.compile(
        r"\b(?:bullets?|bullet points?|lists?|listed|numbered|numbering|table|tabular|rows?|columns?|json"
        r"|yaml|csv|xml|html"
        r"|markdown|headings?|headed|sections?|lines?|format|formatted|form|points?|one per|separated"
        r"|semicolons?|schema"
        r"|outline|timeline|each as|code block|running text|prose|keys?|fields?|array|object|template|verdict"
        r"|order)\b"
        r"|列表|清单|编号|序号|分条|分点|逐条|逐项|表格|一栏|列为|表头|每行|一行|分行|格式|标题|分段|要点|条目|各列|字段|数组|对象|顺序|分成|排成|填",
        re.I,
    ),
    "items": re.compile(
        r"\b(?:numbered|numbering|bullets?|markers?|semicolons?|full stops?|punctuation|keep the (?:list"
        r"|format|numbers))\b|编号|序号|格式|标点|保留",
        re.I,
    ),
    "title": re.compile(
        r"\b(?:titles?|headings?|headed|headlines?|captions?|subject lines?|labels?)\b|标题|题目|小标题|题为|命名|取名",
        re.I,
    ),
    "opening": re.compile(
        r"\b(?:begin\w*|start\w*|opening|open with|first (?:word|line|sentence|say|give|state)|lead with|up front)\b"
        r"|开头|第一句|首句|先(?:说|写|给|讲|用|回答)|结论先|开门见山",
        re.I,
    ),
    "closing": re.compile(
        r"\b(?:end(?:s|ing)? (?:with|on|in|by)|finish\w*|closing|close (?:with|on)|conclud\w+|last (?:line"
        r"|sentence|word|paragraph)"
        r"|sign(?:ed|ing)?(?:-| )off|at the end|finally|p\.?s\.?)\b|结尾|最后|末尾|收尾|落款|文末|句末|结束|附注",
        re.I,
    ),
    "bold": re.compile(
        r"\b(?:bold\w*|italics?|emphasi\w+|highlight\w*|mark\w*|underlin\w+|markdown)\b|加粗|粗体|标出|标注|划出|突出",
        re.I,
    ),
    "wrap": re.compile(
        r"\b(?:quotes?|quotation|quoted|code block|fenced?|brackets?|json|yaml|csv|xml|table)\b|引号|代码块|括号"
        r"|JSON|YAML|CSV|XML|表格",
        re.I,
    ),
    "case": re.compile(r"\b(?:upper|lower|capitals?|capitali[sz]\w+|caps|case)\b|大写|小写", re.I),
    "words": re.compile(
        r"\b(?:verbatim|word for word|wording|unchanged|quote|spelling|proofread)\b|原文|原样|原话|照抄|不改|引用", re.I
    ),
    "language": re.compile(
        r"\b(?:English|Chinese|French|German|Spanish|translat\w+|language)\b|中文|英文|英语|汉语|译|翻", re.I
    ),
    "digits": re.compile(
        r"\b(?:digits?|numerals?|numbers?|figures?|how (?:many|much)|dates?)\b|数字|数值|金额|多少|几|日期|时间|号码",
        re.I,
    ),
    "questions": re.compile(r"\b(?:questions?|ask\w*|interview|quiz)\b|问", re.I),
    "address": re.compile(
        r"\b(?:you|your|polite\w*|formal\w*|casual\w*|informal\w*|colloquial\w*|friendl\w+|warm\w*)\b|您|口语|正式"
        r"|礼貌|客气|大白话|随意|敬语",
        re.I,
    ),
    "terms": re.compile(
        r"\b(?:use|using|without|avoid\w*|mention\w*|include|including|leave out|do not say|don't say|term"
        r"|word|words)\b|包含|提到|出现|不用|避免|用上|词",
        re.I,
    ),
}
