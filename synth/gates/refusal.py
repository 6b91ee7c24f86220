"""Refusal: answers that refuse, apologise or ask back instead of answering; instructions that refuse to be written.

Whole phrases at word borders, at the head of the answer, in English and Chinese: "I'm sorry, but I can't assist with
that", "很抱歉，我无法提供". The words alone prove nothing ("I cannot overstate how good it was", "I can't help but
smile", "我不能确定"): a phrase joins an inability to something that *a model* is asked to do. Tasks that write
somebody's speech (letters, dialogues, translations, apologies) may hold a character's refusal: there only a model's
own refusal counts.
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

    def judge(self, draft: Draft, view: View) -> Verdict:
        if match := _INSTRUCTION_REFUSES.match(_head(draft.instruction)):
            return self._reject("refused-task", "instruction", match)
        if draft.output is not None:
            head = _head(draft.output)
            if _HINT.search(head) and (found := _refusal(head, draft)):
                return self._reject(found[0], "output", found[1])
        return Verdict(self.name, passed=True)

    def remember(self, sample: Sample) -> None:
        """Nothing: a refusal is in the draft itself."""

    def _reject(self, rule: str, field: str, match: re.Match[str]) -> Verdict:
        return Verdict(self.name, passed=False, rule=rule, evidence=f"{field}: “{match.group().strip()}”")


_HEAD = 320
"""Characters in which a refusal shows itself: the first two or three sentences."""

_HINT = re.compile(
    r"can't|cannot|can not|unable|sorry|apolog|unfortunately|regret|won't|not able|decline|as an ai|language model|provide"
    r"|not possible|impossible|not appropriate|inappropriate|unethical|don't have|do not have|not comfortable|not allowed|couldn't|must refuse"
    r"|无法|不能|没法|没有办法|没办法|抱歉|对不起|不好意思|遗憾|作为|拒绝|恕|提供|不便|不具备|没有能力|不可以|不会",
    re.IGNORECASE,
)

_SURE = r"(?:very |so |really |truly |deeply |terribly |awfully )?"
_SORRY = rf"(?:i(?:'m| am) {_SURE}(?:sorry|afraid)|sorry|my (?:sincere )?apologies|apologies|i (?:do |must |sincerely )?apologi[sz]e|unfortunately|regrettably|i regret)"
_CANNOT = (
    r"(?:can(?:'t|not| not)|could(?:n't| not)|won't(?: be able to)?|will not(?: be able to)?|would(?:n't| not) be able to"
    r"|(?:am|'m) (?:currently |simply |still |just )?(?:unable|not able|not allowed|not permitted|not programmed|not designed|not equipped"
    r"|not authorized|not capable of|incapable of)(?: to)?|do(?:n't| not) (?:have (?:the )?(?:ability|capability|capacity|access|means|permission)(?: to)?|feel comfortable)"
    r"|must (?:respectfully )?(?:decline|refuse)(?: to)?|have to (?:respectfully )?(?:decline|refuse)(?: to)?)"
)
_MODEL_VERB = (
    r"(?:assist(?:ing)?|help(?:ing)?(?: (?:you )?(?:with|to|out|in|here)|\b(?!\s+(?:but|feel|think|wonder|notic|laugh|smil|\w+ing\b)))|provid(?:e|ing)|fulfil+(?:ing)?|comply(?:ing)?"
    r"|answer(?:ing)?|generat(?:e|ing)|creat(?:e|ing)|writ(?:e|ing)|complet(?:e|ing)|produc(?:e|ing)|translat(?:e|ing)"
    r"|process(?:ing)?|access(?:ing)?|brows(?:e|ing)|open(?:ing)?|view(?:ing)?|do (?:that|this|so)|discuss(?:ing)?|shar(?:e|ing)"
    r"|engag(?:e|ing)|support(?:ing)?|offer(?:ing)?|respond(?:ing)?|rewrit(?:e|ing)|summari[sz](?:e|ing)|analy[sz](?:e|ing)"
    r"|participat(?:e|ing)|promot(?:e|ing)|condon(?:e|ing)|perform(?:ing)?|execut(?:e|ing)|recommend(?:ing)? (?!it |this |them )"
    r"|give you|tell you|show you|carry out|determine|evaluate|draw|display|edit|proceed|continue|draft|solve|identify|calculate|predict|classify)"
)
_AI = r"(?:an? )?(?:ai|artificial intelligence|(?:large )?language model|virtual assistant|digital assistant|chatbot|computer program)(?: language model| assistant| model| program| chatbot)?"
_OPENING = r"[\s\"'“”*_>#\-–—]*(?:(?:hi|hello|hey|well|hmm|oh|thank you[^.!\n]{0,60}|thanks[^.!\n]{0,60}|i understand[^.!\n]{0,80}|i appreciate[^.!\n]{0,80})[,.!]?\s*(?:but )?)?"

_REFUSALS = {
    "refusal-phrase": re.compile(
        rf"{_OPENING}{_SORRY}\b[^.!?\n]{{0,60}}?\bi\s?{_CANNOT}\s(?:\w+\s){{0,3}}?{_MODEL_VERB}\b[^\n]{{0,60}}"
        rf"|{_OPENING}{_SORRY}[,.]? (?:but )?(?:i\s?{_CANNOT}[.!]|(?:this|that|your) (?:request|content|task|question) (?:is|violates|goes against|falls)[^\n]{{0,60}})"
        rf"|{_OPENING}i\s?{_CANNOT}\s(?:\w+\s){{0,2}}?{_MODEL_VERB}\b(?! (?:enough|highly enough))[^\n]{{0,60}}"
        rf"|{_OPENING}(?:it (?:is|would be|'s) (?:not possible|impossible|not appropriate|inappropriate|unethical|against my \w+)|it isn't (?:possible|appropriate)) (?:for me )to\b[^\n]{{0,60}}"
        rf"|{_OPENING}(?:i must|i have to|i'd have to|i will have to|i'm going to have to|i need to) (?:respectfully )?(?:decline|refuse)\b[^\n]{{0,60}}"
        rf"|{_OPENING}i(?:'m| am) not comfortable (?:with )?{_MODEL_VERB}\b[^\n]{{0,60}}",
        re.IGNORECASE,
    ),
    "refusal-phrase-zh": re.compile(
        r"[\s\"'“”*_>#\-—]*(?:您好|你好)?[，,！!。]?\s*(?:我)?(?:很|非常|十分|实在|真的|深感|感到|深表)*(?:抱歉|对不起|不好意思|遗憾|歉意)(?:地?(?:告诉|通知)[您你])?[，,。！!：:\s]*"
        r"(?:但是?|不过|由于[^，。\n]{0,30}[，,]|因为[^，。\n]{0,30}[，,]|(?:作为|身为)[^，。\n]{0,24}[，,]|这个?[^，。\n]{0,10}[，,])?\s*"
        r"(?:我们?|本人|本AI|本助手|AI)?(?:目前|暂时|现在|还|并|也|真的|实在|恐怕|可能)*"
        r"(?:无法|不能|没法|没有办法|没办法|不可以|不便|不会|做不到|帮不了|没有能力|没有权限|不具备)"
        r"(?:[^。！？\n，,]{0,12}?)(?:提供|帮助|帮[您你助]|协助|完成|回答|生成|创建|创作|撰写|写|翻译|处理|满足|执行|访问|查看|打开|浏览|讨论|分享|支持|参与|给出|改写|理解您|理解你|识别|判断|确定|告诉|进行|回应|回复|解答|编写|制作|绘制|播放|显示|遵循|继续)"
        r"[^。！？\n]{0,30}"
        r"|[\s\"'“”*_>#\-—]*我(?:目前|暂时|现在|还|并|也|真的|实在|恐怕)*(?:无法|不能|没法|没有办法|没办法|不便|帮不了)(?:为[您你]|给[您你]|帮[您你]|向[您你]|直接|在这里|继续|协助)*"
        r"(?:提供|协助|帮助[您你]?(?=完成|[您你。，])|完成[这此该您你]|回答[这此该您你]|生成|创建|创作|撰写|翻译|处理[这此该您你]|满足[这此该您你]|执行[这此该您你]|访问|查看|浏览|讨论[这此该]|参与[这此该]|改写|遵循|给出[这此该您你]|帮[您你])"
        r"[^。！？\n]{0,30}"
        r"|[\s\"'“”*_>#\-—]*(?:恕我|请恕我|我必须拒绝|我不得不拒绝|我拒绝(?:回答|提供|协助|生成)|恕难)(?:无法|不能|难以|从命)?[^。！？\n]{0,30}"
        r"|[\s\"'“”*_>#\-—]*(?:很|非常|十分)?(?:抱歉|对不起)[，,。！!]\s*(?:这个?|此|该|您的|你的)(?:请求|要求|问题|内容|话题|任务)[^。！？\n]{0,16}(?:违反|不符合|不合适|不当|敏感|无法|不能)[^。！？\n]{0,30}"
    ),
}
_AI_REFUSAL = re.compile(
    rf"\bas {_AI}[^.!?\n]{{0,60}}?[,，]?\s*(?:i|it is|it's)\s?(?:{_CANNOT}|do(?:n't| not)|am not|'m not|not possible|impossible)\b[^\n]{{0,60}}"
    rf"|\bi(?:'m| am) (?:just |only )?{_AI}[^.!?\n]{{0,30}}?(?:and|so|,|that)[^.!?\n]{{0,20}}?{_CANNOT}\b[^\n]{{0,60}}"
    r"|\bi\s?(?:can't|cannot|can not|am unable to|'m unable to|won't) (?:assist|help)(?: you)? with (?:that|this)(?: request| task)?[.!]"
    r"|\b(?:fulfil+|comply with) (?:this|that|your) request\b"
    r"|(?:作为|身为|我(?:只)?是)(?:一[个名款种位])?(?:AI|人工智能|大?语言模型|智能助手|虚拟助手|聊天机器人|计算机程序|大模型|机器人)[^。\n]{0,30}?(?:无法|不能|没有|不具备|不会|没法|不可以)[^。！？\n]{0,30}",
    re.IGNORECASE,
)
_ASKS_BACK = re.compile(
    rf"{_OPENING}(?:(?:{_SORRY}|it (?:seems|looks like|appears)(?: that| like)?)[^.!?\n]{{0,40}}?)?(?:you (?:have not|haven't|did not|didn't) (?:provided?|included?|given?|shared?|specif\w+)|no (?:text|input|passage|article|\w+) (?:was|were|is|has been) (?:provided|given|included|attached))[^\n]{{0,60}}"
    r"|[\s\"'“”*]*(?:(?:sure|of course|certainly|sorry)[,!.]?\s*)?(?:could you |can you )?please (?:provide|share|paste|send|include|specify)(?: me)?(?: with)? (?:the|your|some|more|a|an|any|additional)\b[^.?!\n]{0,60}?(?:you(?:'d| would)? (?:like|want)|so (?:that )?i can|for me to|and i(?:'ll| will)|text\b|passage|article|paragraph|sentence|context|details|information|input)[^\n]{0,40}"
    r"|[\s\"'“”*]*(?:(?:好的?|当然|抱歉|对不起|很抱歉)[，,。！]?\s*)?(?:但|不过)?(?:您|你)(?:好像|似乎|还)?(?:没有|未|并未|没)(?:提供|给出|附上|输入|发送|说明)[^。！？\n]{0,30}"
    r"|[\s\"'“”*]*(?:(?:好的?|当然|抱歉|对不起|很抱歉)[，,。！]?\s*)?请(?:您|你)?(?:先)?(?:提供|给出|发送|输入|粘贴)(?:一下)?(?:您|你|需要|想要|要|更多|具体|相关|完整|以便|原文|文本|文章|句子)[^。！？\n]{0,40}",
    re.IGNORECASE,
)

_WRITES_SPEECH = re.compile(
    r"letter|e-?mail|repl(?:y|ies)\b|dialogue|conversation|role-?play|script|stor(?:y|ies)|poem|song|lyrics|message|translat|rewrite|rephrase|paraphrase"
    r"|reword|polite|formal|tone|voice|quote|customer|client|guest|agent|waiter|receptionist|scene|character|play\b|chat\b|complete the sentence|transform|convert"
    r"|correct|edit|proofread|excuse|respond to|response to|example|phrase|sentence|say\b|text (?:message|him|her)|monologue|interview|note\b|decline|refus|turn(?:ing)? down|apolog|sorry|reject"
    r"|信|邮件|回复|对话|台词|剧本|故事|诗|歌|短信|消息|翻译|译|改写|润色|礼貌|委婉|语气|客服|顾客|客户|客人|角色|扮演|场景|续写|造句|例句|句子|婉拒|拒绝|道歉|抱歉|话术|怎么说|如何说|微信|修改|改成|仿写|独白|接着写|表达",
    re.IGNORECASE,
)
_ABOUT_AI = re.compile(r"\bai\b|artificial intelligence|chat ?bot|language model|robot|virtual assistant|refus|人工智能|机器人|语言模型|大模型|智能助手|拒绝|拒答", re.IGNORECASE)
_ASKS_FOR_QUESTIONS = re.compile(r"ask|question|request|prompt|form\b|instruction|survey|询问|提问|问题|要求|提示|通知|说明", re.IGNORECASE)

_INSTRUCTION_REFUSES = re.compile(
    rf"[\s\"'“”*#]*(?:{_SORRY}\b[^.!?\n]{{0,40}}?)?\bi\s?{_CANNOT}\s(?:\w+\s){{0,2}}?(?:assist|help|rewrit\w+|fulfil+|comply|creat\w+|generat\w+|provid\w+|evolv\w+|complet\w+|writ\w+|mak\w+)\b[^.!?\n]{{0,40}}?\b(?:this|that|such|your|request\w*|prompts?|tasks?|instructions?|content|harmful|rewritten|version)\b[^.!?\n]{{0,60}}"
    rf"|[\s\"'“”*#]*as {_AI}[^.!?\n]{{0,30}}[,，]?\s*i\s?{_CANNOT}\b[^.!?\n]{{0,60}}"
    r"|[\s\"'“”*#]*(?:我)?(?:很|非常|十分)?(?:抱歉|对不起|不好意思)?[，,。！!]?\s*(?:但是?)?(?:作为[^，。\n]{0,20}[，,])?\s*我(?:无法|不能|没法|没有办法|没办法)(?:帮[您你]|为[您你]|协助|继续)?(?:改写|重写|生成|创建|提供|完成|协助|帮助|满足|回答|编写)[^。！？\n]{0,16}(?:这|此|该|任务|指令|请求|要求|内容|题目|提示)[^。！？\n]{0,30}",
    re.IGNORECASE,
)


def _head(text: str) -> str:
    return text[:_HEAD].replace("’", "'")


def _refusal(head: str, draft: Draft) -> tuple[str, re.Match[str]] | None:
    task = f"{draft.instruction}\n{draft.input}"
    if (match := _AI_REFUSAL.search(head)) and not _ABOUT_AI.search(task):
        return "model-refusal", match
    if _WRITES_SPEECH.search(draft.instruction):
        return None
    for rule, pattern in _REFUSALS.items():
        if (match := pattern.match(head)) and not _is_discussed(head, match):
            return rule, match
    if (match := _ASKS_BACK.match(head)) and not _ASKS_FOR_QUESTIONS.search(draft.instruction):
        return "asks-back", match
    return None


def _is_discussed(head: str, match: re.Match[str]) -> bool:
    """Whether the phrase stands in quotes and the answer goes on outside them: it speaks of the phrase."""
    opening = head[:1]
    closing = {'"': '"', "“": "”", "'": "'", "「": "」"}.get(opening)
    if closing is None:
        return False
    end = head.find(closing, 1)
    return 0 < end < len(head.rstrip()) - 1 and any(char.isalnum() for char in head[end + 1 :]) and match.start() <= end
