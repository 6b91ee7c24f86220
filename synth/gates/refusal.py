"""Refusal: answers that refuse, apologise or ask back instead of answering; instructions that refuse to be written.

A refusal is known by what its first sentences do, not by its wording: somebody who was given a task speaks of himself
(I, this assistant, 我) and denies (cannot, would rather not, outside, 无法, 不便) what one does for a request (provide,
answer, 改写), names the request or a policy, apologises, refers to somebody else. Each of these is a class of
words; what is found of them in one sentence is added up (:func:`_refuses`), and so is what a request for material
says (:func:`_asks_back`). No class proves anything alone ("I cannot overstate how good it was"), and the words may
come in any order.

A refusal may come at the end of a lecture, too (:func:`_lecture`), and one that misses what the task names shows
itself whoever may speak (:func:`_lacks_material`).

What else the answer does counts against it: an answer may come first, or after a limit is stated ("I can't see your
lease, but in most states …"). And the task decides how much is enough. Where the first person may be somebody else's
(stories, opinions), more is asked for; where somebody is to speak (letters, dialogues, translations), only what a model
alone would say counts; where the task is about refusing or about AI, next to nothing does.
"""

from __future__ import annotations

import re

from synth.gates.hints import hints, holds
from synth.gates.voices import (
    ABOUT_AI,
    ABOUT_REFUSALS,
    AI,
    CANNOT,
    CONVEYS,
    FIRST_PERSON,
    HOLDS_MATERIAL,
    IS_A_LETTER,
    LETTER,
    MODEL_DENIES,
    MODEL_SAYS,
    NAMES_AI,
    NAMES_ITSELF,
    NARRATES,
    NEGATES,
    QUESTION,
    SAID,
    SAYS_I,
    SAYS_NO,
    SINGS,
    SPEAKS,
    STAGED,
    TELLS,
    WANTS_QUESTIONS,
    WRITES,
    ZH_MODEL_SAYS,
    ZH_SAYS_I,
    word_class,
)
from synth.protocols import View
from synth.records import Draft, Sample, Verdict, passing


class RefusalGate:
    """Rejects refusals in the answer's head and in the instruction."""

    name = "refusal"
    screens = True
    reads_answer = True
    reads_pool = False

    def judge(self, draft: Draft, view: View) -> Verdict:
        head = _head(draft.instruction)
        match = _TASK_REFUSES.match(head) if holds(head.lower(), _TASK_HINTS) else None
        if match and _TASK_REFUSES.match(_ANY_QUOTED.sub(" … ", head)) and not _goes_on(head[match.end() :]):
            return self._reject("refused-task", "instruction", match.group())
        if draft.output is not None:
            lead = _head(draft.output, _LECTURE)
            lowered, found = f" {lead.lower()}", None
            if _may_refuse(lowered[: _HEAD + 1]):
                found = _refusal(lead[:_HEAD], draft)
            if found is None and holds(lowered, _SPEAKER):
                found = _lecture(lead, lowered, draft)
            if found:
                return self._reject(found[0], "output", found[1])
        return passing(self.name)

    def remember(self, sample: Sample) -> None:
        """Nothing: a refusal is in the draft itself."""

    def _reject(self, rule: str, field: str, words: str) -> Verdict:
        return Verdict(self.name, passed=False, rule=rule, evidence=f"{field}: “{words.strip()}”")


_HEAD = 320
"""Characters in which a refusal shows itself: the first two or three sentences."""
_ENOUGH = 3
"""Points from which on a short answer refuses; one more where a first person may tell something, or much follows."""
_LECTURE = 640
"""Characters in which a lecture comes to its refusal."""
_NEAR = 80
"""Characters around a denial in which a verb belongs to it."""
_ANSWER = 20
"""Bytes after a limit from which on they can be an answer."""

# What a text must hold to be looked at: somebody who denies, or somebody who speaks of the request or asks for
# something. Most texts end here, at the price of a scan.
_FIRST = hints(" i | i'| my | me ")
_DENIES = hints(
    "n't|not |unable|incapable|declin|refus|refrain|pass |lack|rather|avoid|prevent|forbid|no way|hesitant|beyond"
    "|outside|against|violat| ai| only"
)
_ASKS = hints(
    "please|could you|can you|would you|mind |sorry|apologies|unfortunately|regrettably|your request|your question"
    "|your message|your instruction|this request|this prompt"
    "|prompt cannot|this task|i need|this question|no output|nooutput| ai |gpt|policy|[content|a response| supported"
    "|no such"
    "|n't seem|it seems|looks like|clarify|would you like|do you want|do you have in mind|do you mean|are you asking"
    "|should i "
)
_ZH_FIRST = hints(
    "我|抱歉|对不起|不好意思|遗憾|歉意|恕|作为|身为|我是|我叫|系统繁|系统异|系统错|这里|咱们|根据|按照|出于|为避"
    "|为了避|为了给|为了更|为了您|您|你|这个|这道|这句|该话题"
    "|该问题|该请求|该指令|此类|此任务|此请求|内容因|模型|输出|指令|网络异|回答|目前|暂|评判|故不|请"
)
_ZH_DENIES = hints("不|无|没|未|恕|超出|违反|敏感|拒绝|截止|截至|难以|请|麻烦|能否|吗")
# A lecture may be long before it comes to its end: somebody must speak in it, or call something improper.
_SPEAKER = hints(" i | i'|mislead|dishonest|unethical|decepti|fraud|我")
_LECTURES = hints(
    " i can| i won't| i will not| i'm | i am | i must| i could| i do |不能|无法|不会|不便|没法|没办法|没有办法|不可以"
    "|拒绝"
)
_IMPROPERS = hints("mislead|dishonest|unethical|decepti|fraud")
_TASK_HINTS = hints(
    "n't|not |unable|decline|rewrit|evolv|to work with|modify|无法|不能|没法|没办法|没有办法|不便|拒绝|不了"
    "|的指令|的任务|的题目|的提示"
)


_EASTERN = re.compile("[^\x00-\u2e7f]")


def _may_refuse(lowered: str) -> bool:
    if lowered.isascii() or not _EASTERN.search(lowered):
        return holds(lowered, _ASKS) or (holds(lowered, _FIRST) and holds(lowered, _DENIES))
    return holds(lowered, _ZH_FIRST) and holds(lowered, _ZH_DENIES)


# ---- The classes of words

_SORRY = word_class(
    r"\b(?:sorry|apolog(?:y|ies|i[sz]e)|unfortunately|regrettably|regret|i'm afraid|i am afraid|sadly|alas|nope|nah"
    r"|excuse me)\b",
    r"抱歉|对不起|对不住|不好意思|遗憾|歉意|恕|见谅",
)
_EN_DENIAL = (
    r"(?:(?<!did)(?<!was)(?<!were)(?<!had)n't\b|(?<!was )(?<!were )(?<!did )\b(?:not|cannot|unable|incapable"
    r"|unwilling|unqualified|declin(?:e|ing)|refus(?:e|ing)|refrain|abstain|avoid(?= \w+ing)|opt out|hesitant"
    r"|reluctant|prohibited|restricted|forbidden|barred|off-limits|beyond|outside|against(?= my| our| the)"
    r"|violat(?:es?|ing)|never|lack|have to (?:pass|skip|decline|say no)|limited)\b)"
)
_ZH_DENIAL = (
    r"(?:无法|不能|没法|没有|没(?=[办找收看学])|不便|不方便|不会|不可以?|不予|不宜|不适合|不太|不支持|不具备|不允许"
    r"|不提供|不展开|不擅长|不打算|不接受|不(?:直接)?给|(?<!得)不(?:再|做|作|愿|想|敢|该|应|知|懂|清楚|了解|擅长)"
    r"|不(?-i:[\u4e00-\u9fff]{1,4})了(?=[，。！]|\Z)|未能|拒绝|谢绝|难以|(?-i:[\u4e00-\u9fff])不(?:了|上|到|出|住|开|清|动)|超出"
    r"|超过|违反|违背|敏感|暂不|恕|爱莫|无可奉告)"
)
_DENIAL = word_class(_EN_DENIAL, _ZH_DENIAL)
# Who denies: "I'm really not", "isn't something I", "is outside my"; 我……无法, and nobody named after an apology.
_SELF_DENIES = word_class(
    r"\b(?:(?-i:I)|this (?:ai|assistant|model|system|bot|service))\b(?:'\w+)?(?: (?!because|that|who|if|but|when"
    rf"|and|the|it)[\w']+){{0,4}}?\s?{_EN_DENIAL}",
    rf"{_EN_DENIAL}(?: (?!because|if|but|when|and)[\w']+){{0,3}} (?:(?-i:I)|me|my)\b",
    rf"\bi (?:only|just) (?:have|know)\b|\b(?-i:I)\b[^.!?\n]{{0,60}}?\b(?:and|but) (?:\w+ )?{_EN_DENIAL}",
    r"\bmy (?:\w+ ){1,3}(?:(?:is|are|does|do)(?:n't| not| only| limited)|only|cannot|can't|prevents?|forbids?"
    r"|prohibits?)\b",
    r"\b(?:is|are)(?:n't| not)(?: currently| yet)? (?:supported|available|offered|enabled|possible)\b|\bno (?:such"
    r" )?\w+ (?:will|can) be (?:given|provided|made|created)\b",
    r"\bi have no (?:way|means|access|ability|information|knowledge)\b",
    r"(?:故|因此|所以|恕)不(?:作|予|做|便|能)[^，。]{0,4}(?:回答|评价|讨论|提供|展开)|不(?:太|大)?(?:合适|妥"
    r"|适宜)(?=[，。])",
    r"\A\W*(?:nope|nah|no|sorry|unfortunately|regrettably|(?:my )?apologies)\W+(?:but )?(?:just )?(?:can't|cannot"
    r"|unable|not able|won't|not (?:going|something))",
    r"(?:我(?!们)|本(?:AI|助手|模型|人|服务)|小助手|这边)(?:[^，。！？\n]{0,14}?|(?:不是|没有|只是|只能|只会|并非"
    rf"|是)[^，。！？\n]{{0,14}}，(?:所以|因此|也)?[^，。！？\n]{{0,6}}?){_ZH_DENIAL}",
    rf"作为[^。！？\n]{{0,30}}?{_ZH_DENIAL}|\A\W*{_ZH_DENIAL}[^，。！？\n]{{0,4}}?(?:执行|完成|处理|回答|提供|生成"
    r"|给出)",
    rf"{_ZH_DENIAL}(?:了|的)?[^，。！？\n]{{0,5}}?我(?!们)",
    rf"(?:抱歉|对不起|对不住|不好意思|遗憾|歉意|恕)[^。！？\n]{{0,30}}?{_ZH_DENIAL}",
    r"\A\W*(?:系统|这里|咱们|根据|按照|出于|为了?避免|为了?[您你]的|目前|暂时"
    rf"|{_ZH_DENIAL})[^。！？\n]{{0,24}}?{_ZH_DENIAL}",
)
_SERVE = word_class(
    r"\b(?:assist|help(?! (?:but|it\b|feeling|\w+ing))|provid|offer|answer|respond|repl|generat|creat|produc|writ"
    r"|draft|compos|translat|summari|discuss|advis|advic|recommend|suggest|shar|complet|fulfil|compl[yi]|engag"
    r"|speculat|predict|describ|explain|access|view|process|support|perform|continu|comment|reproduc|solv|calculat"
    r"|count|draw|browse|mak|giv|tell|do (?:that|this|so|it)|that one|this one|rewrit|paraphras|classif|evaluat"
    r"|compar|review|analy|estimat|outlin|list|choos|pick|pretend|express|verify|watch|see (?:the|any|your|image)"
    r"|touch on|convert|perform|determin|handl|render"
    r"|simulat|go into|promot|rank|proceed|execut|imitat|cit|engage|weigh in"
    r"|know(?= the answer| that| this|[.!])|remov|block|filter|singl(?:e|ing) out|convers|facilitat)",
    r"回答|解答|作答|答复|完成|满足|执行|处理|遵循|生成|创建|创作|撰写|代写|代笔|编写|编造|续写|翻译|改写|重写|总结"
    r"|概括|归纳|绘制|绘画|播放|访问|浏览|联网|搜索|查询|查看|识别|打开|下载|提供|推荐|评价|评论|评判|置评|给出"
    r"|给[您你]|为[您你]|帮|协助|讨论|谈论|参与|分享|告诉|回应|回复|支持|模仿|扮演|服务|分析|判断|预测|猜测|推测"
    r"|获取|得知|计算|进行|理解|表达|发表|透露|比较|讲解|解释|介绍|描述|选择|规划|制定|设计|列出|展开|答案"
    r"|建议|意见|写|画|答|找到|学会|移除|屏蔽|过滤",
)
_REQUEST = word_class(
    r"\b(?:this|that|your|such|these|those kinds? of)(?: \w+){0,2}? (?:requests?|questions?|tasks?|topics?|prompts?"
    r"|content|subject"
    r"|instructions?|query|queries|assignment|homework|message|conversation)\b|\A\W*(?:content|response|message)\b",
    r"(?:\A|[，,。])\W*(?:(?:对于|关于|至于|很?抱歉|对不起)[，,]?)?(?:这|该|此|[您你]的|此类|这类|上述"
    r"|本)[^，。！？\n]{0,4}?(?:问题|请求|要求|任务|指令|话题|内容|题|忙|操作|提问|作业题?|个(?=真|我|恐))"
    r"|[您你]的(?:问题|请求|要求|指令)|\A\W*(?:内容|回答)",
)
_POLICY = word_class(
    r"\b(?:polic(?:y|ies)|guidelines?|programming|programmed|training|trained|capabilit(?:y|ies)|scope|expertise"
    r"|cut-?off|terms of|privacy|private|copyright|safety|physical|body|senses|harmful|harm|offensive|inappropriate"
    r"|appropriate|sensitive|unethical|ethical|illegal|misused?|neutral|knowledge (?:only|ends|stops|cut)"
    r"|not an? (?:medical |licensed |financial )?(?:doctor|lawyer|vet\w*|advis[eo]r|professional)|qualified"
    r"|licensed|certified|(?:medical|legal|financial|dietary|personal|professional) (?:advice|experience"
    r"|opinions?|feelings?)|gpt|language model"
    r"|access to|ability to|real-time|personal (?:information|data)|position to|what i'm|comfortable|internet)\b",
    r"规定|政策|不是(?:专业的?|执业)?(?:医生|律师|营养师|兽医|药师)|设定|规范|准则|权限|资质|资格|能力|功能|职责|隐私"
    r"|版权|滥用|安全|敏感|违规|违法|有害|不当|知识|数据|实时|喜好|偏好|观点|立场|情感|感情"
    r"|味觉|身体|医疗|法律|投资|专业|社区|原则|合适|适合",
)
_REFER = word_class(
    r"\b(?:consult|contact|professionals?|try again|another (?:topic|question|part|request|way)|different (?:topic"
    r"|question|request)|something else|anything else|feel free|let me know|happy to help|encourage you|better"
    r" placed|best of luck|good luck|directed to|seek|reach out|check (?:a|an|with|the|your)|visit|you (?:might"
    r"|could|may|can) (?:want|use|find|check|ask|look|call|open|go|log|search|set|do this|place|book)|how about"
    r"|i can offer|here is a link|ask me|search online"
    r"|qualified \w+|recommend (?:speaking|talking|consulting|asking|seeing)|i(?:'d| would) be"
    r" (?:glad|happy)|i can (?:write|help))\b",
    r"咨询|请教|建议[您你]|请[您你]?(?:先)?(?:登录|查询|查看|稍后|联系|参考|尽快|自己|自行)|换个|别的"
    r"|其[他它]的?(?:问题|话题)|稍后|(?<!不)可以(?:使用|请教|尝试|参考|试试|问我|登录|通过|打开|前往|拨打|自行)"
    r"|祝[您你]|欢迎|重试|要不|由[您你]|[您你]自己",
)
_NO_OUTPUT = re.compile(r"\W*(?:&lt;)?(?:no ?output|nooutput|无输出)(?:&gt;)?(?:\W*\Z|\W[^\n]{0,80})", re.IGNORECASE)

_LACK = word_class(
    r"(?:n't|\bnot|\bno|\bnever|\bforgot(?:ten)? to|\bwithout|\bmissing|\bneed|\brequire|\bseems? to have been"
    r"|\bincomplete|\bempty|\bunclear|\bvague)\b",
    r"没有?|未|忘|缺|不(?:太|能|大|够|是很)?(?:明白|理解|清楚|懂|确定|完整|明确)|需要",
)
_MATERIAL = word_class(
    r"\b(?:texts?|inputs?|passages?|articles?|paragraphs?|sentences?|words?|lists?|documents?|files?|attachments?"
    r"|attached|images?|pictures?|content|context|details?|information|data|numbers?|code|e-?mail|essay|report"
    r"|links?|question|table|review|tweet|poem|story|topic|recipe|message|transcript|specifics?|requirements?"
    r"|material|provided|include[d]?|shared?|specif\w+|paste[d]?|upload\w*|mean|asking|understand|what you|request)\b",
    r"评论|评价|新闻|代码|列表|内容|文字|文本|文章|段落|句子|材料|文件|附件|图片|信息|数据|记录|邮件|题目|问题|哪|意思"
    r"|细节|提供|粘贴|上传|发送|收到|看到|指定",
)
_TELL_ME = word_class(
    r"\bi(?:'d| would|'ll)? need (?:to know|you to|more)\b",
    r"(?:\b(?:please|kindly|could you|can you|would you|will you|(?:do|would) you mind|mind)\b)(?: \w+){0,2}?"
    r" (?:(?:re-?)?(?:send|upload|submit|attach|past|enter|typ)|provid|shar|includ|specif|clarif|elaborat|rephras"
    r"|suppl|giv(?:e|ing) me|tell(?:ing)? me|let me know|explain"
    r" what you|copy|be more specific|describ)",
    r"(?:请(?!求)|麻烦|劳烦|可否|能否|能不能|[您你](?:能|可以)|是否可以)[^，。！？、\n]{0,10}?(?:提供|发给|发送"
    r"|发(?:过)?来|发一下|输入|粘贴|上传|告诉|告知|说明|补充|明确|澄清|再说|说说|说得|描述|具体)",
)
_MISSES = word_class(
    r"\b(?:i|there)(?:\b|')[^.!?\n]{0,30}?(?:n't| not|\bno\b)[^.!?\n]{0,50}?\b(?:in|to|with|below|above"
    r"|here) ?(?:your|the|this|our)?"
    r" ?(?:message|prompt|request|conversation|chat|post|question)?\b",
    r"\byou (?:have|did|do)(?:n't| not) (?:yet |actually )?(?:includ|provid|attach|past|shar|upload|specif)"
    r"|\b(?:didn't|did not|wasn't|weren't|isn't)"
    r" (?:come through|attached|included|provided|uploaded)",
    r"(?:未|没有?|忘了?|忘记)(?:能)?(?:检测到|收到|看到|找到|发现|提供|附上|粘贴|上传|发送|包含|可供)",
)
_WHICH = word_class(
    r"\b(?:what|which|who)\b[^.?\n]{0,60}?\b(?:would you like|do you want|should i|are you (?:referring|looking"
    r"|asking|thinking)|do you (?:mean|have in mind)|you'd like)",
    r"[您你](?:要|想|需要|指|说|希望)[^。！？\n]{0,16}?(?:哪|什么|谁)|请问[^。！？\n]{0,20}?(?:哪|什么|谁)",
)
_THEN_I = word_class(
    r"\b(?:so (?:that )?i|once|then i|and i(?:'ll| will| can)|for me to|like me to|want me to|you(?:'d| would) like"
    r"|you (?:would like|want|have in mind)|before i|(?:in order )?to (?:assist|help) you"
    r"|i(?:'ll| will) (?:gladly|be happy))\b|\?\s*\Z",
    r"以便我(?!们)|为了?(?:更好|给|帮)|给我|过来|之后|然后|我(?:再|才|就|好|会|来)|这样|帮[您你]|为[您你]|[？?]\s*\Z",
)
_SEEMS = word_class(
    r"\b(?:your (?:request|question|message|instruction) (?:is|was|seems)|i (?:\w+ )?(?:need|require)|it (?:seems"
    r"|looks|appears)|there (?:seems|appears|does|do|is no|doesn't|don't|are no)|there's no|i(?:'m| am) not sure"
    r"|i (?:do|did)n't|i"
    r" (?:do|did) not|you (?:have|did)n't)\b|好像|似乎|看起来|[您你]|\A\W*(?:当前|目前)?(?:未|没有?)(?:检测|收到|看到"
    r"|找到|提供|发现|有)?"
)


# ---- Instructions that refuse to be written, or ask for what they were to be made of

_TASK_REFUSES = re.compile(
    r"\W*(?:(?:[\w']+ ){0,6}?(?:sorry|afraid|apologi[sz]e|apologies|unfortunately"
    rf"|regret)\b[^.!?:\n]{{0,40}}?)?\bi\s?{CANNOT}\s(?:\w+\s){{0,2}}?"
    r"(?:assist|help|rewrit\w+|fulfil\w*|comply|creat\w+|generat\w+|provid\w+|evolv\w+|complet\w+|writ\w+|mak\w+"
    r"|come up|design|devis\w+|propos\w+|offer|produc\w+|turn|transform\w*|modif\w+)[^.!?\n]{0,60}?\b(?:this|that"
    r"|such|your|request\w*|prompts?|tasks?|instructions?|content|harmful|rewritten|version)\b[^.!?\n]{0,60}"
    rf"|\W*as {AI}[^.!?\n]{{0,30}}[,，]?\s*i\s?{CANNOT}\b[^.!?\n]{{0,60}}"
    r"|\W*(?:this|the|your|that) (?:\w+ )?(?:prompt|task|instruction|request)[^.!?\n]{0,30}?(?:cannot|can't|could"
    r" not|should not|must not|won't) be (?:\w+ )?(?:rewritten|evolved|made|completed|fulfil+ed|modified"
    r"|processed)[^.!?\n]{0,60}|\W*(?:sure\W+)?(?:please|could you|can you)(?: \w+)? (?:provide|share|send|give me"
    r"|paste) [^.!?\n]{0,30}?(?:prompt|task|instruction)s?\b[^.!?\n]{0,60}?(?:rewrit\w*|evolv\w*|to work with|modify)"
    r"|\W*(?:(?:很|非常|十分)?(?:抱歉|对不起|不好意思|遗憾)[，,。！!]?\s*)?[^。！？!?：:\n]{0,20}?(?:无法|不能|没法"
    r"|没有?办法|不便|拒绝|[写改做帮]不了)[^。！？：:\n]{0,16}?(?:改写|重写|改得|改成|生成|创建|提供|完成|协助|帮助"
    r"|满足"
    r"|回答|编写|设计|给出|进行改|进化|修改|改编)[^。！？\n]{0,20}|\W*(?:好的?[，,]\s*)?请(?:[您你]|先)?(?:提供|给出"
    r"|发送|输入)[^。！？\n]{0,8}?(?:改写|重写|进化|修改)的(?:指令|任务|题目|提示)",
    re.IGNORECASE,
)
# An instruction whose writer only says what he himself cannot do goes on to ask for something; one that refuses may
# go on to offer something.
_GOES_ON = re.compile(
    r"\?|？|\b(?:how|what|why|(?:re)?write|rephrase|translate|suggest|draft|explain|help me|give|tell me)\b|怎|如何|请"
    r"|写|译|帮我|给我",
    re.IGNORECASE,
)
_OFFERS = re.compile(
    r"\W*(?:if you|i\b|would you|is there|feel free|let me|please (?:provide|try|share|let|feel|choose)|perhaps"
    r"|instead|how about)|\W*(?:如果?[您你]?|若[您你]?|[您你]可以|我|请[您你]?(?:提供|换|更换|告|重新|给出|谅解|理解"
    r"|选择)|建议|需要)",
    re.IGNORECASE,
)

# ---- What is no refusal after all

_ANY_QUOTED = re.compile(r"“[^”\n]*”|\"[^\"\n]*\"|「[^」\n]*」|『[^』\n]*』|(?<![^\W_])'[^'\n]*'(?![^\W_])")
_QUOTED = re.compile(r"(?<=\S)\s?(?:“[^”\n]*”|\"[^\"\n]*\"|「[^」\n]*」)")

# "I can't overstate", "I can't help but", "I cannot recommend it enough": said before the classes are looked for.
_IDIOMS = re.compile(
    r"\b(?:can(?:'t|not)|could(?:n't| not)) (?:help (?:but|feeling|\w+ing)|wait|over\w+|stress|\w+ (?:[^.!?\n]{1,50}"
    r" )?(?:highly |strongly )?enough)\b",
    re.IGNORECASE,
)
_TURN = re.compile(
    r"\b(?:but|though|although|however|that said|still|nevertheless|generally|in general|typically|usually|as a rule|on"
    r" average)\b[,\s]*|(?:不过|但是?|然而|可是|一般来说|一般而言|通常|总的来说)[，,]?",
    re.IGNORECASE,
)
_CONCEDES = re.compile(
    r"\W*(?:while|although|though|even if) [^.,\n]{5,120}, (?!i\b)[^\n]{40}|\W*(?:虽然"
    r"|尽管)[^。，\n]{3,40}，但?(?!我)[^\n]{12}",
    re.IGNORECASE,
)
_NO_ANSWER = re.compile(
    r"(?:i\b|feel free|please|let (?:me|us)|how about|you (?:can|could|may|might|should)(?: \w+)? (?:consult|ask|try"
    r"|check|find|contact|visit|look)|if you|here is a link|perhaps i|thank|my |this|that|as an|due|because|since"
    r"|the (?:request|task|content)|describing|sharing)"
    r"|\W*(?:我|请|如果|建议|您|你|欢迎|可以(?:为|帮|给)[您你]|由于|因为|这|该|作为|根据|很?抱歉|撰写)",
    re.IGNORECASE,
)
# A refusal at the end of a lecture: what follows from it ("therefore", 因此) or against it ("however", 但), a first
# person who cannot, and a service to the one who asked.
_SERVICE = (
    r"(?:assist|help|provid|write|writing|creat|generat|draft|compos|produc|fulfil|comply|shar|offer (?:you|any|a|guid"
    r"|advice)|engage|facilitat|encourag|guide|walk you|fabricat|do (?:this|that|so|it))"
)
_SO_I_CANNOT = word_class(
    rf"\b(?:however|but|that said|therefore|thus|hence|so|as such|consequently|accordingly|unfortunately|(?:for|because"
    r" of|given|due to|with) (?:this|that|these|those)(?: \w+){0,2})\b,? (?:[^,.!?\n]{0,40}, )?(?:and )?i"
    rf"\s?{CANNOT} (?:\w+ ){{0,2}}?{_SERVICE}",
    rf"(?:\A|[.!?]\s+)i\s?{CANNOT} (?:\w+ ){{0,2}}?{_SERVICE}[^.!?\n]*\b(?:this|that|such|these|you|your)\b",
    r"(?:因此|所以|故此?|为此|鉴于|综上|基于|出于|但是?|不过|然而|抱歉|\A"
    r"|[，。！？\n])[^。！？\n]{0,14}?(?<![^\W\w])我(?!们)[^。！？，\n]{0,5}?"
    r"(?:不能|无法|不会|不便|没法|没有?办法|不可以|拒绝)[^。！？，\n]{0,6}?(?:[为帮替给][您你]|协助|提供|撰写|代写"
    r"|编写|编造|生成|创作|参与|完成|这样做|满足)",
)
_IMPROPER = word_class(
    r"\b(?:writ|creat|generat|provid|draft|produc|fabricat|mak|post|publish|pretend|impersonat|shar|help"
    r"|do)ing\b[^.!?\n]{0,90}?"
    r"\b(?:would|could|can|may|might|is|goes)\b[^.!?\n]{0,30}?\b(?:mislead\w*|dishonest|unethical|decepti\w+"
    r"|fraud\w*)\b"
)
_FOR_A_REASON = word_class(
    r"\b(?:illegal|unlawful|against the law|legal|laws?|crime|criminal|fraud\w*|forg\w+|unethical|ethic\w+|dishonest\w*"
    r"|mislead\w*|decepti\w+|deceiv\w+|harm\w*|danger\w*|unsafe|safety|privacy|consent|permission|copyright\w*"
    r"|polic(?:y|ies)|guidelines|violat\w*|misus\w*|inappropriate|hurtful|unfair|false|fake\w*|misinformation|integrity"
    r"|random|predict\w*|qualified|impersonat\w*|guarantee\w*)\b",
    r"违[法反规背]|法律|法规|犯罪|刑事|责任|诈骗|欺[骗诈]|伪造|虚假|造假|误导|不诚信|诚信|不端|道德|伦理|伤害|危险"
    r"|安全|隐私|侵[犯权]|版权|规定|准则|规范|原则|不当|随机|预测|诋毁|作弊|未经|侮辱|攻击|歧视|不可取|冒犯",
)
_SENTENCE = re.compile(r"[^.!?。！？\n]+[.!?。！？]*")
_THANKS = word_class(
    r"\b(?:thanks?|appreciate|understand|hello|hi|question|sorry|sure|congrat\w+|wonderful"
    r"|great|glad|hear|worr\w+|stress\w*|painful|difficult|hope)\b|感谢|谢谢|您好|你好|好的|理解|明白|恭喜|祝贺|难过"
    r"|节哀|感受|心情|辛苦"
)
_TALK = word_class(
    r"\b(?:(?-i:I)|me|my|you|your|sorry|this (?:request|question|task|topic)|please|consult|instead|try again)\b"
    r"|[您你请]|我(?!们)|抱歉|对不起|建议|稍后|本(?:助手|AI)"
)
_COURTESY = word_class(
    r"\b(?:i|me|my|you|your|sure|thanks?|hello|hi|sorry|well|certainly|of course|absolutely|gladly|no)\b|不行|当然"
    r"|没问题|[您你我]|抱歉|感谢|好的|作为|对于|由于|为[了避]|根据|系统|出于"
)


def _head(text: str, length: int = _HEAD) -> str:
    return text[:length].replace("’", "'")


def _refusal(head: str, draft: Draft) -> tuple[str, str] | None:
    instruction, task = draft.instruction, f"{draft.instruction}\n{draft.input}"
    plain = _IDIOMS.sub(" ", _QUOTED.sub(" ", head))
    words, talks = _model_refuses(plain), _opens_with_talk(plain)
    if not words and not talks:
        return None  # an answer comes first
    about_refusals = ABOUT_REFUSALS.search(task) or _SORRY.search(instruction)
    if ABOUT_AI.search(task) or (about_refusals and not LETTER.search(instruction)):
        return None
    if words and not (about_refusals and not NAMES_ITSELF.search(head)):
        return "model-refusal", words
    if not talks:
        return None
    conveys = CONVEYS.search(instruction)
    if not draft.input.strip() and _lacks_material(plain, instruction):
        return "asks-back", plain.strip()
    if about_refusals or SPEAKS.search(instruction) or (conveys and SAYS_NO.search(task, conveys.end())):
        return None
    if (
        STAGED.match(head)
        or _is_quoted(head)
        or head.strip().rstrip(".").lower() in task.lower()
        or ("\n" in head and SINGS.search(instruction))
    ):
        return None
    letter = LETTER.search(instruction)
    if letter and IS_A_LETTER.search(head):
        return None
    short = len(head.encode()) < _HEAD
    if (
        short
        and not WANTS_QUESTIONS.search(instruction)
        and (words := _asks_back(plain, must_lack=conveys is not None))
    ):
        return "asks-back", words
    tells = (
        letter
        or conveys
        or (not QUESTION.match(instruction) and (SINGS.search(instruction) or TELLS.search(instruction)))
        or FIRST_PERSON.search(draft.input)
    )
    words = _refuses(plain, instruction, tells=tells is not None)
    return ("refusal-phrase", words) if words else None


def _lecture(text: str, lowered: str, draft: Draft) -> tuple[str, str] | None:
    """The refusal that follows from a lecture, which itself may speak of anything, if nothing but offers follow."""
    match = _SO_I_CANNOT.search(text) if holds(lowered, _LECTURES) else None
    if match is None and holds(lowered, _IMPROPERS) and _first_words(draft.instruction):
        match = _IMPROPER.search(text)
    task = f"{draft.instruction}\n{draft.input}"
    if match is None or any(
        kind.search(task) for kind in (SPEAKS, LETTER, ABOUT_REFUSALS, ABOUT_AI, SINGS, NARRATES, SAID)
    ):
        return None
    if QUESTION.match(draft.instruction) or not _FOR_A_REASON.search(text) or STAGED.match(text):
        return None
    return None if _answers_after_all(text, match.end()) else ("refusal-phrase", _rest_of_sentence(text, match).strip())


def _goes_on(rest: str) -> bool:
    return any(_GOES_ON.search(one.group()) and not _OFFERS.match(one.group()) for one in _SENTENCE.finditer(rest))


def _opens_with_talk(head: str) -> bool:
    """Whether the first sentence is one between the speaker and the one who asked, or a question."""
    match = _SENTENCE.search(head)
    if match is None:
        return False
    sentence = match.group()
    kinds = (_COURTESY, _SORRY, _REQUEST, _SEEMS, _SELF_DENIES, _NO_OUTPUT)
    return sentence[-1] in "?？" or any(kind.search(sentence) for kind in kinds)


def _model_refuses(head: str) -> str | None:
    lowered = f" {head.lower()}"
    match = MODEL_SAYS.search(head) if holds(lowered, SAYS_I) and holds(lowered, MODEL_DENIES) else None
    if match is None and not lowered.isascii() and holds(lowered, ZH_SAYS_I) and holds(lowered, MODEL_DENIES):
        match = ZH_MODEL_SAYS.search(head)
    if match is None and holds(lowered, NAMES_AI) and (match := NAMES_ITSELF.search(head)):
        match = match if NEGATES.search(_rest_of_sentence(head, match)) else None
    return None if match is None or _answers_after_all(head, match.start()) else _rest_of_sentence(head, match)


def _rest_of_sentence(head: str, match: re.Match[str]) -> str:
    found = _SENTENCE.match(head, match.end())
    return head[match.start() : found.end() if found else match.end()]


def _refuses(head: str, instruction: str, *, tells: bool) -> str | None:
    """The sentence in which the points of a refusal are complete."""
    if match := _NO_OUTPUT.match(head):
        return match.group()
    asked = _first_words(instruction)
    sentences = list(_SENTENCE.finditer(head))[:3]
    # An answer of nothing but talk between the one who speaks and the one who asked has no room for an answer.
    only_talk = len(head) < _HEAD and all(_TALK.search(match.group()) for match in sentences)
    enough = _ENOUGH + tells + (len(head) == _HEAD) - (only_talk and not tells)
    points, denied = 0, False
    for number, match in enumerate(sentences):
        sentence = match.group()
        sorry, request, denies = _SORRY.search(sentence), _REQUEST.search(sentence), _SELF_DENIES.search(sentence)
        manners = bool(sorry) + bool(_REFER.search(sentence))
        points += manners + (tells and only_talk and manners > 0)
        policy = _POLICY.search(sentence)
        if denies or (request and (number == 0 or points) and (policy or _DENIAL.search(sentence))):
            around = sentence[max(0, denies.start() - _NEAR) : denies.end() + _NEAR] if denies else sentence
            points += 2 * (not denied) + bool(_SERVE.search(around)) + bool(policy) + bool(denies and request)
            denied = True
            points += any(word in around.lower() for word in asked)
        if tells and not points and not _THANKS.search(sentence):
            return None
        if points >= enough and (denied or request or len(sentences) == 1 or tells):
            if _CONCEDES.match(head, match.start()):
                return None
            return None if _answers_after_all(head, match.start() + (denies.end() if denies else 0)) else sentence
    return None


def _first_words(instruction: str) -> list[str]:
    """What the task asks for first, as stems: a refusal likes to name it ("I can't translate …")."""
    if instruction.rstrip()[-1:] in "?？":
        return []
    if instruction[:1].isascii():
        return [
            word[:5]
            for word in instruction.lower().split()[:3]
            if len(word) > 4 and word not in ("should", "could", "would", "which")
        ]
    return [instruction[:2]]


def _asks_back(head: str, *, must_lack: bool) -> str | None:
    """The sentences that ask for what is missing, if the answer opens with them."""
    points, lacking = 0, not must_lack
    for match in list(_SENTENCE.finditer(head))[:3]:
        sentence = match.group()
        seems = _SEEMS.search(sentence)
        lacks = seems and _LACK.search(sentence) and _MATERIAL.search(sentence)
        tell_me = _TELL_ME.search(sentence)
        then_i = _THEN_I.search(sentence)
        lacking = lacking or bool(lacks) or bool(then_i and then_i.group().strip() not in "?？")
        points += 2 * bool(lacks) + 2 * bool(tell_me) + 2 * bool(_WHICH.search(sentence))
        points += bool(then_i) or bool(tell_me and match.end() == len(head) and _MATERIAL.search(sentence))
        if points >= _ENOUGH and lacking:
            return head[: match.end()]
    return None


def _lacks_material(head: str, instruction: str) -> bool:
    """Whether the answer misses what the task names and asks for it: nobody else would, whoever may speak."""
    if len(head) >= _HEAD or WRITES.search(instruction) or HOLDS_MATERIAL.search(instruction):
        return False
    lacks = next((one for one in _SENTENCE.finditer(head) if _MISSES.search(one.group())), None)
    return lacks is not None and _TELL_ME.search(head) is not None


def _answers_after_all(head: str, start: int) -> bool:
    """Whether a turn ("but …", 不过……) follows the limit, and after it something that is no offer or referral."""
    if _CONCEDES.match(head):
        return True
    for turn in _TURN.finditer(head, start):
        rest = head[turn.end() :]
        if len(rest.encode()) >= _ANSWER and not _NO_ANSWER.match(rest):
            return True
    return False


def _is_quoted(head: str) -> bool:
    """Whether the head opens with a quotation and goes on outside it: then it speaks *of* the phrase."""
    closing = {'"': '"', "“": "”", "'": "'", "「": "」"}.get(head[:1])
    end = head.find(closing, 1) if closing else -1
    return end > 0 and any(char.isalnum() for char in head[end + 1 :])
