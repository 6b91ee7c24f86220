"""Refusal: answers that refuse, apologise or ask back instead of answering; instructions that refuse to be written.

Whole phrases at word borders, at the head of the answer, in English and Chinese: "I'm sorry, but I can't assist with
that", "很抱歉，我无法提供". The words alone prove nothing ("I cannot overstate how good it was", "I can't help but
smile", "我不能确定"), so a phrase joins an inability to something that *a model* is asked to do. Tasks that write
somebody's speech (letters, dialogues, translations, apologies) may hold a character's refusal: there only what a model
alone would say counts ("as an AI", "this request", "翻译这句话").
"""

from __future__ import annotations

import re

from synth.protocols import View
from synth.records import Draft, Sample, Verdict


class RefusalGate:
    """Rejects refusals in the answer's head and in the instruction."""

    name = "refusal"
    screens = True
    reads_answer = True
    reads_pool = False

    def judge(self, draft: Draft, view: View) -> Verdict:
        head = _head(draft.instruction)
        if _may_refuse(head) and (match := _INSTRUCTION_REFUSES.match(head)):
            return self._reject("refused-task", "instruction", match)
        if draft.output is not None:
            head = _head(draft.output)
            if _may_refuse(head) and (found := _refusal(head, draft)):
                return self._reject(found[0], "output", found[1])
        return Verdict(self.name, passed=True)

    def remember(self, sample: Sample) -> None:
        """Nothing: a refusal is in the draft itself."""

    def _reject(self, rule: str, field: str, match: re.Match[str]) -> Verdict:
        return Verdict(self.name, passed=False, rule=rule, evidence=f"{field}: “{match.group().strip()}”")


_HEAD = 320
"""Characters in which a refusal shows itself: the first two or three sentences."""

# A text without any of these holds no phrase below; they let most texts through at the price of a scan.
_HINTS = (
    "can't|cannot|can not|unable|not able|won't|will not|couldn't|could not|wouldn't|would not|not allowed"
    "|not permitted|not programmed|not designed|not equipped|not capable|not comfortable|possible|appropriate"
    "|unethical|n't have|n't feel|n't provide|n't include|n't give|n't share|n't specif|not have|not feel"
    "|not provide|not include|not give|not share|not specif|decline|refuse|please|provided|no output|nooutput"
    "|sorry|unfortunately"
).split("|")
_ALL_HINTS = (
    *_HINTS,
    *"无法|不能|没法|没有办法|没办法|没有能力|没有权限|不便|不会|不可以|不具备|做不到"
    "|帮不了|不支持|抱歉|对不起|拒绝|恕|请|提供|无输出".split("|"),
)


def _may_refuse(head: str) -> bool:
    lowered = head.lower()
    for hint in _HINTS if lowered.isascii() else _ALL_HINTS:  # noqa: SIM110 - any() takes twice as long, a third of the gate
        if hint in lowered:
            return True
    return False


_SORRY = (
    r"(?:i(?:'m| am) (?:\w+ )?(?:sorry|afraid)|sorry|my (?:\w+ )?apologies|apologies|i (?:\w+ )?apologi[sz]e"
    r"|unfortunately|regrettably|i regret)"
)
_CANNOT = (
    r"(?:can(?:'t|not| not)|could(?:n't| not)|won't(?: be able to)?|will not(?: be able to)?|would(?:n't"
    r"| not) be able to"
    r"|(?:am|'m) (?:currently |simply |still |just )?(?:unable|not (?:able|allowed|permitted|programmed"
    r"|designed|equipped)"
    r"|not capable of|incapable of)(?: to)?"
    r"|do(?:n't| not) (?:have (?:the )?(?:ability|capability|capacity|means|permission)(?: to)?"
    r"|have access|feel comfortable)"
    r"|(?:must|have to|will have to|need to) (?:respectfully )?(?:decline|refuse)(?: to)?|(?:am"
    r"|'m) not comfortable(?: with)?)"
)
# What only somebody who was given a task says he cannot do.
_AUTHOR_VERB = (
    r"(?:(?:assist|help)(?:ing)?(?: you)?(?: with)? (?:that|this|your|the) ?(?:request|task|question"
    r"|kind|type|topic|matter)?\b"
    r"|(?:assist|help)(?:ing)?(?: you)? (?:with )?(?:that|this)\b|fulfil+(?:ing)?|comply(?:ing)?|do (?:that|this|so)\b"
    r"|answer(?:ing)? (?:this|that|your|the|any|such|it)\b|generat(?:e|ing)|summari[sz](?:e|ing)"
    r"|translat(?:e|ing)|classify(?:ing)?"
    r"|(?:creat|writ|rewrit|produc|draft|complet|compos)(?:e|ing)? (?:(?:any|an?|the|this|that|such|your"
    r"|it|you|content|code"
    r"|jokes?|poems?|frightening|harmful|offensive|\w+ content|stories|materials?)\b)"
    r"|(?:view|see|display|open|process|analy[sz]e|interpret|draw) (?:\w+ )?(?:images?|pictures?|photos?"
    r"|files?|links?|videos?|audio)"
    r"|(?:describe|determine|identify|evaluate|analy[sz]e|compare|solve|calculate|predict|discuss"
    r"|condone|promote|perform"
    r"|execute|engage in|participate in|recommend|access|browse|provide|offer|share|give|suggest|list|name)\b"
    r"(?! (?:it|this place|this book|this film|them|him|her|up|in)\b)|browse|access|provid(?:e|ing)|offer(?:ing)?)"
)
# What anybody may be unable to do; in tasks that let somebody speak it is no sign of a refusal.
_ANYBODY_VERB = (
    r"(?:(?:assist|help)(?:ing)?(?: you)?(?:[.!,]| with| to| out| in\b)|support(?:ing)?|respond(?:ing)?"
    r"|continue|proceed|carry out"
    r"|give you|tell you|show you|answer)"
)
_AI = (
    r"(?:an? )?(?:ai|artificial intelligence|(?:large )?language model|gpt\S*|virtual assistant"
    r"|digital assistant|chatbot"
    r"|computer program)(?: language model| assistant| model| program| chatbot)?"
)
_OPENING = (
    r"[\s\"'“”*_>#\-–—]*(?:(?:hi|hello|hey|well|hmm|oh|thank you[^.!\n]{0,60}|thanks[^.!\n]{0,60}"
    r"|i understand[^.!\n]{0,80}"
    r"|i appreciate[^.!\n]{0,80})[,.!]?\s*(?:but )?)?"
)
_REST = r"[^\n]{0,60}"
_I_CANNOT = rf"{_OPENING}(?:{_SORRY}\b[^.!?\n]{{0,60}}?)?\bi\s?{_CANNOT}\s(?:\w+\s){{0,3}}?"
_IMPERSONAL = (
    rf"{_OPENING}(?:{_SORRY}[,.]? (?:but )?)?(?:it|this) (?:(?:is|would be|'s) (?:not (?:possible"
    rf"|appropriate|ethical)|impossible"
    r"|inappropriate|unethical|against my \w+)|(?:isn't|wouldn't be) (?:possible|appropriate)"
    r"|would not be (?:possible|appropriate))"
    rf" (?:for me to\b|to (?:provide|write|answer|generate|create|assist|give)\b){_REST}"
    rf"|{_OPENING}(?:{_SORRY},? )?(?:but )?(?:this|that|the|your) (?:task|request|question|instruction"
    rf"|prompt)\b[^.\n]{{0,50}}?"
    r"(?:cannot be (?:performed|completed|fulfilled|answered|done)|can't be (?:performed|completed|done)"
    r"|violates|goes against"
    rf"|involves personal|falls outside){_REST}"
    rf"|\W*(?:unable|not able) to (?:perform|complete|fulfil+|process|answer|execute|generate|create"
    rf"|provide|assist)\b{_REST}"
    rf"|\W*(?:(?:n/?a|no ?output)\b\W*)(?:[^.\n]{{0,40}}\b(?:gpt|ai|model)\b){_REST}"
    rf"|\W*(?:the |an? |this )?(?:gpt|ai|language) (?:language )?models? (?:cannot|can't|is unable|are unable) {_REST}"
)

_ZH_OPENING = (
    r"[\s\"'“”*_>#\-—]*(?:[您你]好[，,。！!]?\s*)?(?:(?:我(?:感到|深感|真的)?)?(?:很|非常|十分|实在|真的"
    r"|深感|感到|深表)*"
    r"(?:抱歉|对不起|不好意思|遗憾|歉意)|(?:i'm|i am) (?:\w+ )?sorry|sorry|unfortunately)(?:地?(?:告诉"
    r"|通知)[您你])?[，,。！!：:\s]*"
)
_ZH_REASON = (
    r"(?:但是?|不过|我(?:不是|没有|只是|并非)[^，。\n]{0,20}[，,]|(?:由于|因为|作为|身为"
    r"|根据)[^，。\n]{0,30}[，,]|(?:这个?|此)[^，。\n]{0,14}[，,])?\s*(?:所以)?"
)
_ZH_WHO = r"(?:我们?|本人|本AI|本助手|AI)?(?:目前|暂时|现在|还|并|也|真的|实在|恐怕|可能)*"
_ZH_CANNOT = (
    r"(?:无法|不能|没法|没有办法|没办法|不可以|不便|不会|做不到|帮不了|没有能力|没有权限|不具备)(?:再|继续|直接)?"
)
_ZH_AUTHOR_VERB = (
    r"(?:(?:回答|完成|满足|执行|处理|理解|遵循|帮助[您你]完成|协助[您你]完成)(?:这|该|此|[您你]的|上述|类似|任何)"
    r"|生成|创建|创作|撰写|编写|写(?:代码|诗|文章|作)|翻译(?:这|该|此|任何)?|改写|总结|概括|绘制|播放"
    r"|编造|解答|访问|浏览|查看(?:图|实时|网)|识别图|打开(?:链接|文件|网)"
    r"|(?:为|给|向|帮)[您你](?:提供|推荐|生成|写|解答|翻译|创作|查询|完成)|推荐|评价|给出评价"
    r"|提供(?:有关|关于|任何|此|这|该|相关|购买|医疗|法律|投资|具体|实时|[您你])"
    r"|讨论(?:这|该|此)|参与(?:这|该|此)|回答这)"
)
_ZH_ANYBODY_VERB = r"(?:提供|帮助|帮[您你助]|协助|分享|支持|给出|告诉|回复|回应|处理|继续|办理)"
_ZH_REST = r"[^。！？\n]{0,30}"

_AUTHOR_REFUSES = re.compile(
    rf"{_I_CANNOT}{_AUTHOR_VERB}{_REST}|{_IMPERSONAL}"
    rf"|{_OPENING}{_SORRY}[,.]? (?:but )?i\s?{_CANNOT}[.!]"
    rf"|{_OPENING}i (?:must|have to|will have to) (?:respectfully )?(?:decline|refuse) to (?:answer"
    rf"|write|provide|create|assist|help|give){_REST}"
    rf"|{_ZH_OPENING}{_ZH_REASON}{_ZH_WHO}{_ZH_CANNOT}[^。！？\n，,]{{0,10}}?{_ZH_AUTHOR_VERB}{_ZH_REST}"
    rf"|\W*(?:(?:由于|因为)[^，。\n]{{0,30}}[，,])?\s*我(?:目前|暂时|现在|还|并|也|真的|实在"
    rf"|恐怕)*{_ZH_CANNOT}{_ZH_AUTHOR_VERB}{_ZH_REST}"
    rf"|\W*(?:无法|不能)(?:执行|完成|处理|回答)(?:此|该|这)(?:个|项|类)?(?:任务|请求|指令|问题|操作){_ZH_REST}"
    rf"|\W*(?:&lt;)?(?:nooutput|无输出)(?:&gt;)?{_ZH_REST}|[^。\n]{{0,10}}(?:GPT|AI|语言) ?模型(?:无法"
    rf"|不能)(?:完成|执行|生成|处理|创建){_ZH_REST}"
    rf"|{_ZH_OPENING}[^，。\n]{{0,4}}(?:这个?|此|该|[您你]的)(?:请求|要求|问题|内容|话题"
    rf"|任务)[^。！？\n]{{0,16}}?(?:违反|不符合|不合适|不当|敏感|无法|不能){_ZH_REST}"
    rf"|[\s\"'“”]*(?:请?恕我|我必须拒绝|我不得不拒绝|我拒绝(?:回答|提供|协助|生成))(?:无法|不能|难以)?{_ZH_REST}",
    re.IGNORECASE,
)
_ANYBODY_REFUSES = re.compile(
    rf"{_OPENING}{_SORRY}\b[^.!?\n]{{0,60}}?\bi\s?{_CANNOT}\s{_REST}"
    rf"|{_OPENING}i do(?:n't| not) have (?:access to|(?:any|enough) information|information (?:about|on)"
    rf"|real-time)\b{_REST}"
    rf"|{_ZH_OPENING}{_ZH_REASON}我?{_ZH_WHO}(?:{_ZH_CANNOT}|不支持|看不到|没有权限){_ZH_REST}"
    rf"|"
    rf"{_I_CANNOT}{_ANYBODY_VERB}(?! (?:but|feel|think|wonder|it)\b){_REST}"
    rf"|{_ZH_OPENING}{_ZH_REASON}{_ZH_WHO}{_ZH_CANNOT}[^。！？\n，,]{{0,10}}?{_ZH_ANYBODY_VERB}{_ZH_REST}",
    re.IGNORECASE,
)
_MODEL_REFUSES = re.compile(
    rf"{_SORRY}\b[^.!?\n]{{0,40}}?\bi\s?{_CANNOT}\s\w+ (?:this|that|the|your) (?:sentence|text|passage"
    rf"|paragraph|phrase|poem|letter)\b{_REST}"
    rf"|{_ZH_OPENING}{_ZH_REASON}{_ZH_WHO}不支持[^。！？\n]{{0,12}}(?:功能|翻译|语言|任务){_ZH_REST}"
    rf"|"
    rf"\bas {_AI}[^.!?\n]{{0,60}}?[,，]?\s*(?:i|it is|it's)\s?(?:{_CANNOT}|do(?:n't| not)|am not|'m not"
    rf"|not possible|impossible)\b{_REST}"
    rf"|\bi(?:'m| am) (?:just |only )?{_AI}[^.!?\n]{{0,30}}?(?:and|so|,|that)[^.!?\n]{{0,20}}?{_CANNOT}\b{_REST}"
    rf"|\bi\s?{_CANNOT} (?:assist|help)(?: you)? with (?:that|this)(?: request| task)?[.!]|\b(?:fulfil+"
    rf"|comply with) (?:this|that|your) request\b"
    rf"|(?:作为|身为|我(?:只)?是)(?:一[个名款种位])?(?:AI|人工智能|大?语言模型|智能助手|虚拟助手"
    rf"|聊天机器人|计算机程序|大模型|机器人)[^。\n]{{0,30}}?(?:无法|不能|没有|不具备|不会|没法|不可以){_ZH_REST}"
    rf"|{_ZH_OPENING}{_ZH_REASON}{_ZH_WHO}{_ZH_CANNOT}[^。！？\n，,]{{0,10}}?(?:完成|翻译|改写|执行|处理"
    rf"|满足)(?:这|此|该|[您你]的)(?:个|项|句|段|篇)?(?:话|任务|请求|要求|指令|句子|文本|段落){_ZH_REST}",
    re.IGNORECASE,
)
_ASKS_BACK = re.compile(
    rf"{_OPENING}(?:(?:{_SORRY}|it (?:seems|looks like|appears)(?: that| like)?)[^.!?\n]{{0,40}}?)?"
    r"(?:you (?:have not|haven't|did not|didn't) (?:provided?|included?|given?|shared?|specif\w+)"
    rf"|no (?:\w+ )?(?:text|input|passage|article|paragraph|sentence|\w+) (?:was|were|is"
    rf"|has been) (?:provided|given|included|attached)){_REST}"
    r"|\W*(?:(?:sure|of course|certainly|sorry)[,!.]?\s*)?(?:could you |can you )?please (?:provide"
    r"|share|paste|send|include|specify)"
    r"(?: me)?(?: with)? (?:the|your|some|more|a|an|any|additional)\b[^.?!\n]{0,60}?"
    r"(?:you(?:'d| would)? (?:like|want)|so (?:that )?i can|for me to|and i(?:'ll| will)|text\b|passage"
    r"|article|paragraph|sentence|context)[^\n]{0,40}"
    rf"|\W*(?:(?:好的?|当然|抱歉|对不起|很抱歉)[，,。！]?\s*)?(?:但|不过)?[您你](?:好像|似乎|还)?(?:没有"
    rf"|未|并未|没)(?:提供|给出|附上|输入|发送|说明){_ZH_REST}"
    r"|\W*(?:(?:好的?|当然|抱歉|对不起|很抱歉)[，,。！]?\s*)?请[您你]?(?:先)?(?:提供|给出|发送|输入|粘贴)(?:一下)?"
    r"(?:[您你]|需要|想要|要|更多|具体|相关|完整|以便|原文|文本|文章|句子)[^。！？\n]{0,40}",
    re.IGNORECASE,
)
_INSTRUCTION_REFUSES = re.compile(
    rf"\W*(?:{_SORRY}\b[^.!?\n]{{0,40}}?)?\bi\s?{_CANNOT}\s(?:\w+\s){{0,2}}?"
    r"(?:assist|help|rewrit\w+|fulfil+|comply|creat\w+|generat\w+|provid\w+|evolv\w+|complet\w+|writ\w+"
    r"|mak\w+)\b[^.!?\n]{0,40}?"
    r"\b(?:this|that|such|your|request\w*|prompts?|tasks?|instructions?|content|harmful|rewritten"
    r"|version)\b[^.!?\n]{0,60}"
    rf"|\W*as {_AI}[^.!?\n]{{0,30}}[,，]?\s*i\s?{_CANNOT}\b[^.!?\n]{{0,60}}"
    r"|\W*我?(?:很|非常|十分)?(?:抱歉|对不起|不好意思)?[，,。！!]?\s*(?:但是?)?(?:作为[^，。\n]{0,20}[，,])?\s*"
    r"我(?:无法|不能|没法|没有办法|没办法)(?:帮[您你]|为[您你]|协助|继续)?(?:改写|重写|生成|创建|提供"
    r"|完成|协助|帮助|满足|回答|编写)"
    r"[^。！？\n]{0,16}(?:这|此|该|任务|指令|请求|要求|内容|题目|提示)[^。！？\n]{0,30}",
    re.IGNORECASE,
)

_LETS_SOMEBODY_SPEAK = re.compile(
    r"letter|e-?mail|repl(?:y|ies)\b|respon[ds]|dialogue|conversation|role-?play|you are an? |act as"
    r"|\bas an? \w+ (?:agent|clerk)"
    r"|\b(?:text )?messages?\b|translat|rewrite|rephrase|paraphrase|reword|polite|formal|customer|waiter"
    r"|waitress|receptionist|clerk|cashier|character|client"
    r"|guest|complain|declin|refus"
    r"|turn(?:ing)? down|apolog|excuse|reject|say no|sorry|lyrics|script|scene|how (?:do|would) (?:you"
    r"|i) (?:say|tell)|what (?:do|would) you say"
    r"|with '|with \"|complete the (?:sentence|dialogue)|unable|cannot|can't"
    r"|信|邮件|回复|对话|台词|剧本|短信|消息|翻译|译|改写|润色|礼貌|委婉|语气|客服|顾客|客户|客人|角色"
    r"|扮演|场景|续写|婉拒|拒绝|道歉|抱歉|话术"
    r"|怎么说|如何说|微信|改成|独白|接着写|借口|身份|无法|不能",
    re.IGNORECASE,
)
# In these somebody may speak as well, but a task's own verb still counts ("write a story": "I'm not comfortable
# writing stories").
_TELLS = re.compile(
    r"stor(?:y|ies)|poem|song|sentence|phrase|quote|diary|journal|monologue|speech|tweet|opinion|react"
    r"|feel|example|you\b|your\b"
    r"|故事|诗|歌|造句|例句|句子|日记|演讲|感受|看法|心情|仿写|表达|你",
    re.IGNORECASE,
)
_ABOUT_AI = re.compile(
    r"\bai\b|artificial intelligence|chat ?bot|language model|\bgpt|robot|virtual assistant|refus"
    r"|人工智能|机器人|语言模型|大模型|智能助手|拒绝|拒答",
    re.IGNORECASE,
)
_WANTS_QUESTIONS = re.compile(
    r"\bask\b|questions|request\b|form\b|instructions|survey|report|notice|poster|询问|提问|表单|提示"
    r"|通知|启事|说明书|公告",
    re.IGNORECASE,
)


def _head(text: str) -> str:
    return text[:_HEAD].replace("’", "'")


def _refusal(head: str, draft: Draft) -> tuple[str, re.Match[str]] | None:
    task = f"{draft.instruction}\n{draft.input}"
    about_ai = _ABOUT_AI.search(task) is not None
    if not about_ai and (match := _MODEL_REFUSES.search(head)):
        return "model-refusal", match
    if about_ai or _LETS_SOMEBODY_SPEAK.search(draft.instruction):
        return None
    if (match := _ASKS_BACK.match(head)) and not _WANTS_QUESTIONS.search(draft.instruction):
        return "asks-back", match
    if (match := _AUTHOR_REFUSES.match(head)) and not _is_quoted(head):
        return "refusal-phrase", match
    if not _TELLS.search(draft.instruction) and (match := _ANYBODY_REFUSES.match(head)) and not _is_quoted(head):
        return "refusal-phrase", match
    return None


def _is_quoted(head: str) -> bool:
    """Whether the head opens with a quotation and goes on outside it: then it speaks *of* the phrase."""
    closing = {'"': '"', "“": "”", "'": "'", "「": "」"}.get(head[:1])
    end = head.find(closing, 1) if closing else -1
    return end > 0 and any(char.isalnum() for char in head[end + 1 :])
