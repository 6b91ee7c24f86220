"""Whether an instruction speaks of material ("the following text", "下面这段话") that is nowhere to be found.

Shape asks this of every draft, evolution of those that lost their parent's input. What counts as material inside the
instruction: anything quoted or fenced, anything after a colon, figures or a formula, or a sentence after (for "the
text above": before) the reference that is not itself a direction such as "Keep it under 50 words."
"""

from __future__ import annotations

import re

from synth.text import sentences


def missing_material(instruction: str) -> str | None:
    """The words that refer to material that ``instruction`` does not hold; None where nothing is missing.

    >>> missing_material("Summarize the following article in two sentences. Use plain words.")
    'the following article'
    >>> missing_material("把下面的句子改成被动句：小猫打翻了花瓶。")
    """
    bare = _BARE.match(instruction)
    if bare is None and not _HINT.search(instruction):
        return None
    reference = _AFTER.search(instruction) or _BEFORE.search(instruction) or bare
    if reference is None and not _WRITES_CODE.search(instruction):
        # "a function that sorts the given list" speaks of its argument, not of anything at hand.
        reference = _EITHER.search(instruction) or _GIVEN.search(instruction)
    if reference is None:
        return None
    before, after = instruction[: reference.start()], instruction[reference.end() :]
    noun = reference.group().split()[-1] if reference.group().isascii() else reference.group()[-2:]
    if reference.re is _EITHER and noun.lower() in before.lower():
        # "Write an article … in this article": what the answer will be.
        return None
    if _has_payload(after) or _other_sentences(after, skip_first=True):
        return None
    if reference.re is not _AFTER and (_has_payload(before) or _other_sentences(before, skip_last=True)):
        return None
    return reference.group()


_EN_NOUN = (
    r"(?:texts?|passages?|paragraphs?|articles?|sentences?|essays?|stor(?:y|ies)|poems?|excerpts?|e-?mails?|letters?"
    r"|reviews?|tweets?|posts?|conversations?|dialogues?|transcripts?|documents?|reports?|quotes?|headlines?"
    r"|code(?: snippets?)?|snippets?|tables?|data(?:set)?|lists?|words?|numbers?|equations?|expressions?|statements?"
    r"|questions?|phrases?|descriptions?|messages?|notes?|abstracts?|recipes?|lyrics|summary|menus?|logs?|figures?)"
)
_ZH_NOUN = (
    r"(?:文本|文章|段落|句子|句|段|篇|短文|文字|材料|内容|邮件|信|对话|代码|表格|数据|列表|单词|词语|词"
    r"|数字|方程|表达式|陈述"
    r"|问题|题目|短语|描述|信息|摘要|评论|新闻|故事|诗|语句|段话|话|通知|会议记录|合同|报告|食谱|菜单|日志|评价|文档)"
)
_HINT = re.compile(
    r"following|below|above|given|provided|\bth(?:is|ese)\b|attached|以下|下面|下列|下述|如下|给定|所给"
    r"|提供的|这|该|上述|上面|以上|附"
)

_AFTER = re.compile(
    rf"\b(?:the|these|those|this|each of the|of the) following\b"
    rf"(?!\s+(?:day|week|month|year|morning|night|evening|decade|century"
    rf"|season))(?:\s+(?:\w+[ -]){{0,2}}?{_EN_NOUN}\b)?"
    rf"|\bthe (?:\w+ ){{0,2}}{_EN_NOUN} (?:given |provided |shown |listed )?below\b(?! (?:it|them|that|this|each))"
    rf"|(?<![字岁元个度人米分天年月日倍成级层%％0-9])以下(?:的|这|几|各"
    rf"|[一二两三四五六七八九十\d]+[个条段句篇])?\w{{0,6}}?{_ZH_NOUN}"
    rf"|下面(?:的|这|是|几|那|[一二两三四五六七八九十\d]+)\w{{0,6}}?{_ZH_NOUN}|下面{_ZH_NOUN}"
    rf"|(?:下列|下述|如下|附上的|所附)(?:的)?\w{{0,6}}?{_ZH_NOUN}",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    rf"\bthe above (?:\w+ )?{_EN_NOUN}\b|\bthe (?:\w+ )?{_EN_NOUN} above\b|(?:上述|上面的?"
    rf"|以上)(?:这[段篇句]|的)?\w{{0,4}}?{_ZH_NOUN}",
    re.IGNORECASE,
)
_EITHER = re.compile(
    r"\bthis (?:\w+ )?(?:text|passage|paragraph|article|sentence|excerpt|e-?mail|review|tweet|conversation|dialogue"
    r"|transcript|snippet|code|poem|headline|abstract)\b"
    r"|\bthe attached (?:file|document|image|text|article|table)|\b(?:the )?provided (?:\w+ )?"
    + _EN_NOUN
    + r"\b|\bthe (?:\w+ )?"
    + _EN_NOUN
    + r" provided\b"
    r"|这(?:段|篇|句|首|封|则|份)(?:话|文字|文本|文章|短文|句子|诗|邮件|信|新闻|材料|代码|对话|评论|通知|报告|内容)"
    r"|该(?:段落?|句子?|篇?文章|文本|段文字|邮件|代码)|提供的" + _ZH_NOUN,
    re.IGNORECASE,
)
_GIVEN = re.compile(
    r"\bthe given (?:\w+ )?(?:texts?|passages?|paragraphs?|articles?|sentences?|essays?|stor(?:y|ies)|poems?|excerpts?"
    r"|e-?mails?|reviews?|tweets?|conversations?|dialogues?|tables?|headlines?|code(?: snippet)?|snippet"
    r"|data(?:set)?)\b"
    r"|(?:给定|所给)的?(?:一?[段篇句个])?(?:文本|文章|段落|句子|短文|文字|材料|邮件|对话|代码|表格|数据|评论|新闻)",
    re.IGNORECASE,
)
# A request that opens with what is to be worked on, as if it were at hand: "Proofread the essay."
_BARE = re.compile(
    r"(?:please )?(?:rate|summari[sz]e|correct|proofread|paraphrase|shorten|edit|rewrite|simplify"
    r"|translate|critique|condense)"
    r" the (?:essay|passage|paragraph|article|excerpt|transcript|e-?mail|sentences?|text|review|dialogue)\b"
    r"(?!\s+(?:of|about|by|on|that|which|called|titled|between|written))"
    r"|请?(?:总结|概括|翻译|修改|改写|缩写|润色|改正|校对)(?:文章|段落|句子|短文|文本|材料|邮件|课文)(?=[，。,.！]|\Z)",
    re.IGNORECASE,
)
_WRITES_CODE = re.compile(
    r"\b(?:function|program|script|algorithm|class|method|model|classifier|quer(?:y|ies)|regex|regular expression|api"
    r"|app|application|system|python|java|javascript|sql|html|c\+\+|chatbot|pipeline|prompt)\b"
    r"|函数|程序|脚本|算法|模型|分类器|查询|正则|系统|接口|代码来|编写|提示词",
    re.IGNORECASE,
)
_PAYLOAD = re.compile(
    r"[:：]\s*\S"  # Fix this: …
    r"|[“\"「『《][^”\"」』》\n]{2,}|(?<!\w)['‘][^'’\n]{3,}['’](?!\w)|`"
    r"|\d\s*[,，、]\s*-?\d|\d\s*[-+*/^=×÷<>]\s*\w|\w\s*[+*/^=×÷]\s*-?\d|\[[^\]]+\]|\d+\s+\d+\s+\d+"
    r"|\S[^\S\n]*\n\s*\S|\s[-–—]\s*\w|=>|;|——\w",
)
_DIRECTION = re.compile(
    r"(?:please|keep|use|make|ensure|do not|don't|avoid|include|write|give|your|you|it (?:should|must)|each|limit"
    r"|provide|explain|then|also|finally|be|return|answer|state|highlight|end|begin|start|finish|output|format|present"
    r"|list|mention|no|only|respond|reply|identify|compare|justify|describe|support|focus|assume|rewrite|summari[sz]e"
    r"|translate|classify|and|afterwards?|next|first|second|lastly|in (?:your|the|addition|no|about|at"
    r"|under|one|two|three)"
    r"|the (?:answer|response|summary|output|result|rewrite|rewritten|translation|final|whole|entire|new"
    r"|title|tone|list)"
    r"|put|add|show|choose|pick|select|label|separate|organi[sz]e|arrange|sort|point|say|tell|what|which|who|how|why"
    r"|where|when|is|are|does|did|can|should|find|correct|remove|replace|convert|capitali[sz]e|cite|note|under|within"
    r"|at (?:least|most)|that|without|with|stick|refrain|preserve|maintain|retain|conclude|wrap|structure|all|every)\b"
    r"|请|要求|不要|不得|不能|必须|需|使用|用|字数|控制|并|同时|每|答案|回答|回复|结果|输出|最后|开头"
    r"|结尾|保持|保留|确保|限|避免|只"
    r"|以|按|其中|语气|格式|分|先|再|然后|另外|此外|注意|说明|解释|列出|指出|给出|写|全文|总|不超过|至少"
    r"|它|你|如果|若|标题|译文|改写"
    r"|摘要|概括|总结|什么|哪|为什么|如何|怎|是否|找出|判断|将|把|别|不|最好|最多|最少|各|整|重点|突出|提",
    re.IGNORECASE,
)


def _has_payload(text: str) -> bool:
    return _PAYLOAD.search(text) is not None


def _other_sentences(text: str, *, skip_first: bool = False, skip_last: bool = False) -> bool:
    """Whether ``text`` has a sentence of its own, beside the rest of the referring one, that is no direction."""
    found = sentences("x" + text if skip_first else text + " x")
    rest = found[1:] if skip_first else found[:-1] if skip_last else found
    return any(not _DIRECTION.match(sentence.lstrip("-*•· \t")) for sentence in rest)
