"""Refusal: answers that refuse, apologise or ask back instead of answering; instructions that refuse to be written.

A refusal has a grammar, and the patterns below are made of its word classes rather than of phrases:

- *the assistant cannot serve*: I (or nobody named, after "sorry") x a lack of ability, will, leave or means ("can't",
  "am not in a position to", "would rather not", 无法, 不便) x what one does for a request ("provide", "answer", 改写);
- *the request is barred*: "this question", "content like that" x "goes against", "can't be", "is not something I";
- *the assistant names itself*: as an AI, its training, guidelines, knowledge cutoff or missing opinions;
- *it asks back*: material or meaning is said to be missing, or asked for.

The words alone prove nothing. What follows may be an answer all the same ("I'm not sure of your town's rules, but as a
rule …"). And where a task lets somebody speak (letters, dialogues, translations), a character may refuse: there only
what a model alone would say counts; where it is about refusals or AI, nothing but a model's own name does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

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
        if _families(head) and (match := _TASK_REFUSES.match(head)) and not _GOES_ON.search(head, match.end()):
            return self._reject("refused-task", "instruction", match)
        if draft.output is not None:
            head = _head(draft.output)
            if (families := _families(head)) and (found := _refusal(head, families, draft)):
                return self._reject(found[0], "output", found[1])
        return Verdict(self.name, passed=True)

    def remember(self, sample: Sample) -> None:
        """Nothing: a refusal is in the draft itself."""

    def _reject(self, rule: str, field: str, match: re.Match[str]) -> Verdict:
        return Verdict(self.name, passed=False, rule=rule, evidence=f"{field}: “{match.group().strip()}”")


_HEAD = 320
"""Characters in which a refusal shows itself: the first two or three sentences."""

# The families of patterns, and what a text must hold for one of them to match: most texts hold none of it, and are let
# through at the price of a scan. "self" is in the first person, "request" speaks of the request or to its writer.
_SELF = (" i ", " i'", " my ")
_BARS = ("beyond", "outside", "against", "something", "conflict", " one", "violat")
_DENIES = (
    "n't|not |unable|incapable|decline|refuse|refrain|to pass|lack|rather|prefer|avoid|hesitant|sorry|apolog|beyond"
    "|outside|against"
    "| only |cutoff|cut-off| an ai| language model|assistant| bot"
).split("|")
_REQUESTS = (
    "please |could you|can you|would you| provided|request|this task|prompt|sorry|apologies|unable to|nope|no output"
    "|nooutput"
    "|attached|model|n/a|for me|to provide|?|this question"
).split("|")
_ZH_DENIES = (
    "无法 不能 没法 办法 没有 不便 方便 不会 不可 不了 不予 不太 适合 不提供 不支持 不具备 不到 未 没 拒绝 恕 截止"
    " 截至 帮不 难以"
    " 超出 涉及 暂不 愿 输出 违反 爱莫 奉告"
    " 请 麻烦"
).split()
_ZH_SELF = (
    "我 抱歉 对不起 不好意思 遗憾 歉意 请求 问题 这个 任务 作为 身为 您 请 输出 模型 该 此 能否 可以 nooutput".split()
)


def _families(head: str) -> list[str]:
    lowered = f" {head.lower()}"
    found = []
    if _holds(lowered, _SELF) and _holds(lowered, _DENIES):
        found = ["self", "barred"] if _holds(lowered, _BARS) else ["self"]
    if lowered.isascii() or max(lowered) < "\u2e80":  # no Chinese character
        if _holds(lowered, _REQUESTS):
            found.append("request")
    elif _holds(lowered, _ZH_DENIES) and _holds(lowered, _ZH_SELF):
        found.append("zh")
    return found


def _holds(lowered: str, hints: Sequence[str]) -> bool:
    for hint in hints:  # noqa: SIM110 - any() takes twice as long
        if hint in lowered:
            return True
    return False


# ---- English word classes

_SORRY = (
    r"(?:(?:i(?:'m| am) )?(?:\w+ ){0,2}(?:sorry|afraid)|(?:my |please accept my )?(?:\w+ )?apologies"
    r"|i (?:\w+ )?apologi[sz]e|unfortunately|regrettably|sadly|alas|i (?:\w+ )?regret(?: to \w+(?: you)?)?(?: that)?)"
)
_ADV = (
    r"(?:(?:\w+ly|just|also|still|afraid|really|even|yet|not yet|always|generally|ever|in fact|however|so|therefore"
    r"|at (?:this|the) (?:time|moment|point)|right now),? )*"
)
_FIT = (
    r"(?:able|allowed|permitted|programmed|designed|equipped|trained|built|made|meant|intended|supposed|capable"
    r"|comfortable|authori[sz]ed|qualified|licensed|certified|willing|going|inclined|prepared|in a position|set up"
    r"|configured|the right \w+|here|at liberty|in the business)"
)
_MEANS = (
    r"(?:abilit(?:y|ies)|capabilit(?:y|ies)|capacity|access|means|permissions?|authority|authori[sz]ation|tools?"
    r"|functionality|features?|skills?|expertise|qualifications?)"
)
_LACK = (
    rf"(?:(?:do|did|does|have|has)(?:n't| not)(?: \w+)? (?:have|possess|offer|support)|lack)(?: \w+){{0,3}}? {_MEANS}"
)
_MODAL = (
    r"(?:can(?:'t|not| not)|could(?:n't| not)|won't|will not|would(?:n't| not)|should(?:n't| not)|must(?:n't| not)"
    r"|may not)"
)
_CANNOT = (
    rf"(?:{_ADV}{_MODAL}(?: be able to)?|(?:'m|am|'ve been|have been|'d be|would be) {_ADV}(?:not {_ADV}{_FIT}"
    r"|unable|incapable|unwilling|hesitant|reluctant|prohibited|restricted|barred|forbidden|unqualified)(?: to| of"
    rf"| from| with)?|{_ADV}do(?:n't| not) (?:think|believe|feel)(?: that)? (?:i (?:can|could|should|am able to|'m able"
    r" to)|it (?:is|would be|'s) \w+(?: for me)? to|(?:comfortable|able|right|qualified|at ease))(?: with)?"
    rf"|{_ADV}{_LACK}(?: to| of)?|{_ADV}(?:have|had)(?:n't| not) been (?:given|trained|programmed|designed|taught"
    r"|built)|(?:'d| would) (?:rather|prefer) not(?: to)?|prefer not to"
    rf"|{_ADV}(?:(?:must|have to|will have to|'ll have to|need to|'m going to have to|am going to have to|choose to)"
    rf" {_ADV})?(?:decline|refuse|refrain|pass on|opt out|abstain)(?: to| from)?"
    r"|do(?:n't| not) (?:\w+ )?(?:write|generate|create|produce|provide|offer|give|do|engage in|make))"
)
# What is done for a request and for nothing else; then what people do for each other as well.
_SERVE = (
    r"(?:(?:assist|help)(?:ing)?(?: you)?(?: out)?(?: with| on| in)? (?:that|this|your|the|such|it|any)\b|(?:assist"
    r"|help)(?:ing)?(?= you\b|[.!,;]|\s*\Z)|assist(?:ing)?\b|help(?:ing)?\b(?! but| feel| it\b| \w+ing)|fulfil+(?:ing)?"
    r"|compl(?:y|ying) with|do (?:that|this|so|it|any)\b|answer(?:ing)?\b|generat(?:e|ing)|summari[sz](?:e|ing)"
    r"|translat(?:e|ing)|classify(?:ing)?|paraphras(?:e|ing)"
    r"|(?:creat|writ|rewrit|produc|draft|complet|compos|outlin|mak)(?:e|ing)? (?:(?:any|an?|the|this|that|these|those"
    r"|such|your|you|up|fun|content|code|about|on|in)\b|\w+ (?:content|code|jokes?)|jokes?|poems?|stories)"
    r"|(?:view|see|display|open|process|analy[sz]e|interpret|draw|watch|hear|listen to|play|read) (?:\w+"
    r" ){0,2}?(?:images?|pictures?|photos?|files?|links?|videos?|audio|attachments?|documents?|graphics?|websites?"
    r"|visuals?|logos?"
    r"|trailer|request)|draw(?:ing)?|access(?:ing)?|brows(?:e|ing)|provid(?:e|ing)|offer(?:ing)?|respond(?:ing)?"
    r"|discuss(?:ing)?"
    r"|(?:describ|determin|identify|evaluat|analy[sz]|compar|solv|calculat|comput|predict|condon|promot|perform|execut"
    r"|shar|giv|suggest|list|nam|choos|pick|rank|rat|review|advis|comment|speculat|verify|confirm|cit|estimat|count"
    r"|express|continu|proceed|convert|explain|recommend|tell|say|elaborat|engag|participat|tak|support|facilitat"
    r"|encourag|simulat|imitat|impersonat|pretend|judg|browse|search|look up|check|retriev|fetch|process|handl|touch"
    r"|go into|get into|be (?:writing|providing|generating|creating|helping))(?:e|es|y|ing|ying)?)\b"
)
# "I can't recommend this place enough", "I can't describe how", "I can't help but smile", "I can't give up".
_IDIOM = (
    r"(?!(?: \w+){0,4} enough\b| how\b| it\b(?! is)| but\b| up\b| them\b| him\b| her\b| feeling\b| (?:\w+ )?myself\b)"
)
_THING = (
    r"(?:request|question|task|query|prompt|instruction|topic|subject|content|material|message|command|ask|job|text)s?"
)
_AI = (
    r"(?:an? )?(?:\w+ )?(?:ai|artificial intelligence|(?:large |text-based |computer )?language model|gpt\S*"
    r"|(?:virtual|digital|text|text-based|online|automated|ai) (?:assistant|system)|chat ?bot|computer program|bot|llm)"
    r"(?: (?:language model|assistant|model|program|chatbot|system|product)\b)?"
)
_ADVICE = (
    r"(?:(?:medical|legal|financial|investment|dietary|nutritional|tax|health|professional|psychological|relationship"
    r"|personal) (?:\w+ )?(?:advice|guidance|diagnos[ie]s|opinions?|recommendations?|counsel(?:ing)?))"
)
_REST = r"[^\n]{0,60}"
_SPAN = r"[^.!?\n]"
_START = (
    r"(?:\A|(?<=[.!?;,:]\s)|(?<=[.!?]\s\s)|(?<=\bbut\s)|(?<=\band\s)|(?<=\bso\s)|(?<=\bbecause\s)|(?<=\n)"
    r"|(?<=—\s)|(?<=\bmeans\s)|(?<=\bthat\s)|(?<=\bwhy\s))[^\w\"“‘']*"
)
_I = r"\bi\s?"
_WORDS = r"\s?(?:(?:to|you|of|with|for|be|even|from|as|and|any|your|the|\w+ly) ){0,3}?"

_LIMITS = (
    r"(?:(?:my|our|the (?=guidelines|scope of (?:my|what i))) ?(?:\w+ ){0,3}?(?:guidelines|polic(?:y|ies)"
    r"|programming|principles|training(?: data)?|scope|capabilit(?:y|ies)|abilities|expertise|limits|remit|safety"
    r" \w+|terms|knowledge)|what i(?:'m| am| can| was)\b)"
)
_BARRED = (
    rf"(?:(?:is|are|'s|was|be|would be|seems?|falls?|goes|go|lies?|fall) {_ADV}(?:beyond|outside(?: of)?|against"
    rf"|in conflict with|not (?:within|in line with|covered by)) {_LIMITS}|(?:violates?|breach(?:es)?|conflicts? with"
    rf"|exceeds?) {_LIMITS})"
)
_SOMETHING = (
    r"(?:(?:(?:is|are|'s)(?: not|n't) (?:something|an? (?:task|topic|request)|one|things?)(?: that| which)? i"
    r" (?:can|could|do|am able)|(?:(?:is|are|'s) )?(?:something|an? (?:task|topic|request)|one|things?)(?: that|"
    r" which)? i(?:'m| am| have"
    rf" been|'ve been)? ?(?:{_MODAL}|not {_FIT}|unable|(?:instructed|told|asked|trained) (?:to avoid|not)|avoid"
    r"|prefer not))\b)"
)
_REQUEST_BARRED = (
    rf"(?:this|that|the|your|such|these|any)(?: \w+){{0,2}}? {_THING}\b{_SPAN}{{0,50}}?(?:(?:cannot|can't|could not"
    r"|couldn't|can not|is unable to|won't) be (?:\w+ )?(?:performed|completed|fulfil+ed|answered|done|processed"
    r"|handled"
    r"|carried out|honou?red|generated|provided)|violates|goes against|involves personal|falls outside|is not supported"
    r"|is(?:n't| not) (?:possible|appropriate|allowed|permitted|suitable|within)|is (?:inappropriate|unethical"
    r"|impossible)|(?:may|might|could|would) (?:be (?:harmful|offensive|inappropriate|unsafe)|violate|cause harm))"
)
_IMPERSONAL = (
    r"(?:it|this) (?:(?:is not|would not be|'s not|isn't|wouldn't be) (?:possible|appropriate|right|ethical|proper)"
    r"|(?:is|would be|'s) (?:impossible|inappropriate|unethical|improper|against my \w+))"
    r" (?:for me to\b|to (?:provide|write|answer|generate|create|assist|give)\b)"
    r"|(?:\A|(?<=[.!]\s))\W*(?:unable|not able) to (?:perform|complete|fulfil+|process|answer|execute|generate|create"
    r"|provide|assist)\b|\A\W*no ?output\b\W*\Z|\A\W*(?:n/?a|no ?output)\b[^.\n]{0,40}\b(?:gpt|ai|model)\b"
    r"|\b(?:gpt|ai|language) (?:language )?models? (?:cannot|can't|is unable|are unable)\b"
)
_ELIDED = (
    rf"\A\W*(?:(?:nope|nah|no|sorry|{_SORRY})\W+(?:but )?)+(?:i )?(?:just )?(?:can(?:'t|not)|won't|unable to|not"
    r" able to|not (?:going to|something i))\b(?:\s*[.!]|(?:\s\w+){0,2}? (?:do|help|assist|with|answer|provide"
    r"|write|discuss"
    r"|on that|generate|share))"
)
_OPINION = (
    r"(?:do(?:n't| not)|can(?:'t|not)) (?:\w+ )?(?:have|hold|form|express|possess|experience|feel)(?: \w+){0,2}?"
    r" (?:opinions?|feelings?|preferences?|emotions?|beliefs?|favou?rites?|consciousness|personal \w+)\b"
)
_CUTOFF = (
    r"\bmy (?:knowledge|training(?: data)?|information|data|last (?:knowledge )?update)\b[^.!?\n]{0,20}? (?:cut-?off"
    r"|only (?:goes|extends|runs|covers)|ends|stops|is (?:limited|current|up to date)|was last|does(?:n't| not)|was"
    r" in|in"
    r" (?:19|20))|\bi (?:do(?:n't| not)|cannot|can't) (?:have|access) (?:\w+ ){0,3}?(?:real-time|live|current"
    r"|up-to-date|recent|"
    r"internet|online)\b|\bi do(?:n't| not) have (?:\w+ )?(?:access to|information (?:about|on))"
)

# ---- Chinese word classes

_ZH_SORRY = (
    r"(?:(?:我(?:们)?(?:对此|感到|深感|真的)*)?(?:很|非常|十分|实在|真的|真是|真|深感|感到|深表|万分|太)*"
    r"(?:抱歉|对不起|对不住|不好意思|遗憾|歉意)(?:地?(?:告诉|通知)[您你])?|(?:i'm|i am) (?:\w+ )?sorry|sorry"
    r"|unfortunately)"
)
_ZH_ADV = r"(?:目前|暂时|现在|还|并|也|真的|实在|恐怕|可能|就|都|确实|暂|只能|必须|不得不|只好|真|是|有点|得|，|\s)*"
_ZH_CANNOT = (
    r"(?:无法|不能|没法|没有?办法|不可以|不便|不方便|不会|不予|不宜|不适合|不太适合|不应该?|不愿意?|不想|不打算"
    r"|没有(?:能力|权限|资格|办法|条件)|不具备|缺乏|不支持|难以|未能|拒绝|谢绝|无权|不敢)"
)
# Verb and inability in one: "写不了", "帮不上忙", "做不到".
_ZH_FAILS = (
    r"(?:(?:帮|做|写|答|画|编|给|办|查|看|翻|译|说|搞|弄|接|改|打|放|听|想)(?:答)?不(?:了|上忙?|到|出)"
    r"|还?没有?学[会习]|暂?不提供)"
)
_ZH_SERVE = (
    r"(?:[^。！？\n，,]{0,10}?(?:回答|解答|完成|满足|执行|处理|遵循|生成|创建|创作|撰写|代写|编写|编造|续写|翻译"
    r"|改写|重写|总结|概括|归纳|绘制|绘画|播放|访问|浏览|联网|搜索|查询|查看|识别|打开|下载|提供|推荐|评价|评论|评判"
    r"|给出|给[您你]"
    r"|为[您你]|帮[您你忙助]|协助|讨论|谈论|参与|分享|告诉|回应|回复|继续|支持|模仿|扮演|服务|分析|判断|预测|获取"
    r"|得知|计算|进行"
    r"|理解|表达|发表|透露|比较|解释|介绍|描述|选择|规划|制定|设计|列出)|(?:再|直接|去|这样)?(?:写|画|做|听音|看图"
    r"|看视|配|改|编|算))"
)
_ZH_OBJECT = r"(?:请求|要求|问题|任务|指令|话题|内容|题目|道题|主题|题材|信息|需求|忙|事|类文字|操作|提问|个)"
_ZH_AI = (
    r"(?:作为|身为|我(?:只|仅仅)?是|我毕竟是)[^，。\n]{0,6}?(?:AI|人工智能|大?语言模型|文本模型|智能助手|虚拟助手"
    r"|聊天机器人|计算机程序|大模型|机器人|文字助手|对话助手|文本助手|智能体|语言助手)"
)
_ZH_SPAN = r"[^。！？!?\n]"
_ZH_REST = r"[^。！？\n]{0,30}"
_ZH_BEGIN = r"(?:\A|(?<=[，。；！,;!：:\n“\"]))\W*"
_ZH_WHO = r"(?:我(?!们)|本人|本AI|本助手|AI|小助手|本模型|这边|我们?这边|模型)"
_ZH_SELF_CANNOT = (
    rf"{_ZH_WHO}(?:(?:不是|没有|并非|只是)[^，。\n]{{0,14}}，)?{_ZH_ADV}(?:还"
    rf"|不太)?(?:{_ZH_CANNOT}{_ZH_SERVE}|{_ZH_FAILS})"
)
# A sentence whose subject is the request: "该问题…我不予回答", "这个真写不了", "您的要求超出了我的能力".
_ZH_REQUEST_BARRED = (
    r"(?:(?:这|此|该|本|[您你]的|此类|这类|这种|相关"
    rf"|上述)[^，。！？\n]{{0,5}}?{_ZH_OBJECT}{_ZH_SPAN}{{0,24}}?(?:{_ZH_CANNOT}"
    rf"(?:{_ZH_SERVE}|为|进行)|{_ZH_FAILS}|(?:违反|不符合)[^。！？\n，,]{{0,8}}?(?:规定|规范|要求|政策|法律|法规"
    rf"|准则|道德|原则)|超出(?:了)?(?:我|本)|暂不)|这个?{_ZH_ADV}{_ZH_FAILS})"
)
_ZH_NO_OPINION = (
    r"我(?:并|也)?(?:没有|不具备|不具有|无)(?:任何|自己的?|个人的?|主观的?|真实的?)*(?:的)?(?:个人)?(?:喜好|偏好"
    r"|观点|意见|情感|感情|感受|看法|立场|意识|体验|经历|味觉|主观)"
)
_ZH_CUTOFF = (
    r"(?:我的|我所掌握的|我)?(?:知识|训练数据|数据|信息|资料)(?:库)?(?:只|仅)?(?:截止|截至|更新)(?:日期"
    r"|时间)?(?:到|至|于|在|为)"
)

# ---- The rules: which patterns count for which tasks

_OPENING = (
    r"[\s\"'“”*_>#\-–—]*(?:(?:hi|hello|hey|well|hmm|oh|okay|thank you[^.!\n]{0,60}|thanks[^.!\n]{0,60}|i"
    r" understand[^.!\n]{0,80}|i appreciate[^.!\n]{0,80})[,.!]?\s*(?:but )?)?"
)
_ZH_OPENING = rf"[\s\"'“”*_>#\-—]*(?:[您你]好[，,。！!]?\s*)?(?:{_ZH_SORRY}[，,。！!：:\s]*)"

_EN_NAMES_ITSELF = (
    rf"\b(?:as|being|since i'm|because i'm|i(?:'m| am)(?: just| only)?) {_AI}{_SPAN}{{0,60}}?(?:\bi\s?{_CANNOT}|\bi"
    rf" (?:do|am|have)(?:n't| not)|(?:and|so|,|that){_SPAN}{{0,20}}?{_MODAL}|it(?:'s| is) (?:not possible"
    rf"|impossible)){_REST}"
)
_ZH_NAMES_ITSELF = rf"{_ZH_AI}[^。\n]{{0,30}}?(?:{_ZH_CANNOT}|{_ZH_FAILS}|没有){_ZH_REST}"
_PRODUCT = (
    r"(?:content|material|texts?|one|stor(?:y|ies)|poems?|poetry|songs?|lyrics|letters?|e-?mails?|jokes?|essays?"
    r"|posts?|articles?|speech(?:es)?|dialogues?|scenes?|limericks?|haikus?|messages?|sentences?|passages?"
    r"|paragraphs?|phrases?"
    r"|reviews?|fiction|scripts?|pieces?)"
)
_MODEL_NAMES_ITSELF = re.compile(rf"{_EN_NAMES_ITSELF}|{_ZH_NAMES_ITSELF}", re.IGNORECASE)

_Rules = dict[str, re.Pattern[str]]


def _rules(**families: str) -> _Rules:
    return {family: re.compile(pattern, re.IGNORECASE) for family, pattern in families.items()}


_MODEL_REFUSES = _rules(
    self=rf"{_EN_NAMES_ITSELF}"
    rf"|\bi\s?{_CANNOT} (?:assist|help)(?:ing)?(?: you)? with (?:that|this)(?: request| task)?[.!,]|\b(?:fulfil+"
    rf"|comply with) (?:this|that|your) request\b"
    rf"|{_I}{_CANNOT}{_WORDS}(?:(?:provid|giv|offer)(?:e|ing)? {_ADVICE}|(?:writ|generat|translat|creat|rewrit"
    rf"|compos|produc|draft|paraphras)(?:e|ing) (?:\w+ ){{0,2}}?{_PRODUCT}\b){_REST}"
    rf"|\bcontent (?:about|involving|that|related to|like){_SPAN}{{0,60}}?(?:{_BARRED}|{_SOMETHING}){_REST}"
    rf"|{_CUTOFF}{_REST}",
    zh=rf"{_ZH_NAMES_ITSELF}"
    rf"|我{_ZH_ADV}(?:不方便|不能|无法|没法|不便)代[写笔]{_ZH_REST}"
    rf"|我[^。！？\n]{{0,16}}{_ZH_CANNOT}[^。！？\n，,]{{0,6}}?(?:医疗|法律|投资|财务|专业|健康"
    rf"|饮食)[^。！？\n，,]{{0,4}}?(?:建议|意见|诊断|咨询){_ZH_REST}"
    rf"|\A{_ZH_OPENING}{_ZH_SPAN}{{0,24}}?(?:不支持[^。！？\n]{{0,12}}(?:功能|翻译|语言|任务)"
    rf"|{_ZH_CANNOT}[^。！？\n，,]{{0,10}}?(?:完成|翻译|改写|执行|处理|满足)(?:这|此|该|[您你]的)(?:个|项|句|段"
    r"|篇)?(?:话|任务|请求|要求|指令|句子|文本"
    rf"|段落)){_ZH_REST}"
    rf"|{_ZH_CUTOFF}{_ZH_REST}",
)
_AUTHOR_REFUSES = _rules(
    self=rf"{_START}{_I}{_CANNOT}{_WORDS}{_SERVE}{_IDIOM}{_REST}"
    rf"|\A{_OPENING}{_SORRY}\b{_SPAN}{{0,60}}?{_I}{_CANNOT}{_WORDS}{_SERVE}{_IDIOM}{_REST}"
    rf"|{_START}{_OPENING}{_I}{_CANNOT} (?:this|that|these|such)(?: one| topic| request)?\b{_REST}"
    rf"|\A{_OPENING}{_SORRY}\b[,.]? (?:but )?{_I}{_CANNOT}[.!]"
    rf"|\A\W*{_OPENING}{_SPAN}{{0,60}}?{_I}(?:just |simply )?{_OPINION}{_REST}",
    barred=rf"{_BARRED}{_REST}|{_SOMETHING}{_REST}",
    request=rf"{_ELIDED}{_REST}|{_IMPERSONAL}{_REST}|(?:\A|(?<=[.!]\s))\W*(?:{_SORRY}\W+(?:but"
    rf" )?)?{_REQUEST_BARRED}{_REST}"
    rf"|\A\W*(?:&lt;)?nooutput(?:&gt;)?{_ZH_REST}",
    zh=rf"{_ZH_BEGIN}(?:{_ZH_OPENING})?{_ZH_SELF_CANNOT}{_ZH_REST}"
    rf"|\A(?:{_ZH_OPENING}{_ZH_SPAN}{{0,30}}?(?:{_ZH_CANNOT}|{_ZH_FAILS}){_ZH_SERVE}"
    rf"|\W*(?:{_ZH_OPENING})?(?:{_ZH_SPAN}{{0,10}}?[，,])?{_ZH_REQUEST_BARRED}"
    rf"|\W*(?:无法|不能)(?:执行|完成|处理|回答)(?:此|该|这)(?:个|项|类)?{_ZH_OBJECT}"
    rf"|\W*(?:&lt;)?(?:nooutput|无输出)(?:&gt;)?|[^。\n]{{0,20}}(?:GPT|AI|语言) ?模型{_ZH_CANNOT}"
    r"|[^，。\n]{0,12}(?:请?恕我|恕难|恕不|爱莫能助|无可奉告)"
    rf"|{_ZH_SPAN}{{0,30}}?{_ZH_NO_OPINION}|(?:{_ZH_SPAN}{{0,20}}?[，,])?{_ZH_SORRY}[，,]?{_ZH_SPAN}{{0,20}}?(?:暂不"
    r"|不在"
    r"|超出)[^。！？\n]{0,12}(?:提供|支持|服务|范围)|(?:根据|按照|出于"
    rf"|基于){_ZH_SPAN}{{0,40}}?{_ZH_CANNOT}{_ZH_SERVE}"
    rf"|{_ZH_SPAN}{{0,40}}?[，,。]\W*{_ZH_WHO}?{_ZH_ADV}不(?:予|便|做)(?:回答|评价|评论|置评|讨论|提供)){_ZH_REST}",
)
# What a person may well say of himself; only where nobody in particular speaks is it a refusal. No verb is asked for,
# so the verbs of feeling and thinking are left out ("I cannot overstate", "我不能确定").
_MUSES = (
    r"(?! (?:\w+ly )?(?:over\w+|imagine|wait|believe|stress|forget|remember|help (?:but|\w+ing)|stand|resist|live"
    r"|stop|sleep|agree|complain|thank|emphasi[sz]e|be (?:sure|certain)|get|go|see|find|think|say (?:enough|that)"
    r"|put|feel|deny"
    r"|blame|eat|be\b(?! able))\b)"
)
_ANYBODY_REFUSES = _rules(
    self=rf"\A(?:{_OPENING}{_SORRY}\b{_SPAN}{{0,60}}?{_I}{_CANNOT}\b"
    rf"|{_SPAN}{{0,100}}?{_I}{_CANNOT}{_MUSES}{_IDIOM}(?: \w+){{0,2}}?{_IDIOM}"
    rf"|{_OPENING}(?:{_SORRY}\b{_SPAN}{{0,20}}?)?{_I}do(?:n't| not) have (?:(?:any|enough|sufficient)"
    r" )?(?:information|details"
    rf"|context|data)\b){_REST}",
    zh=rf"\A{_ZH_OPENING}{_ZH_SPAN}{{0,24}}?{_ZH_WHO}?{_ZH_ADV}(?:{_ZH_CANNOT}|{_ZH_FAILS}|不支持|看不到"
    rf"|没有权限){_ZH_REST}",
)

_MATERIAL = (
    r"(?:(?:\w+ ){0,3}?(?:texts?|inputs?|passages?|articles?|paragraphs?|sentences?|words?|lists?|documents?|files?"
    r"|attachments?|images?|pictures?|content|context|details|information|data|numbers?|code|e-?mail|essay|report"
    r"|links?|question"
    r"|table|review|tweet|poem|story|topic|recipe|message|transcript|specifics?|requirements?|material))"
)
_TELL_ME = (
    r"(?:(?:re-?)?(?:send|upload|submit|attach|paste|enter)|provide|share|include|specify|clarify|elaborate|rephrase"
    r"|supply|give me|tell me|let me know|explain what you|copy)"
)
_ASKS_BACK = re.compile(  # tried whatever the family: it is anchored, and soon done
    rf"\A{_OPENING}(?:(?:{_SORRY}|it (?:seems|looks like|appears)(?: that| like| as though)?|i (?:think|believe"
    rf"|notice))\b{_SPAN}{{0,40}}?)?(?:you (?:have not|haven't|did not|didn't|forgot to|may have forgotten to)(?:"
    r" \w+)? ?(?:provided?|included?"
    rf"|given?|shared?|specif\w+|attach(?:ed)?|paste[d]?|upload(?:ed)?|mention(?:ed)?)|no (?:\w+ )?{_MATERIAL}"
    r" (?:was|were|is|has been|have"
    r" been|seems?|came)\b[^.\n]{0,12}(?:provided|given|included|attached|shared|specified|received|found|here|through)"
    r"|(?:there (?:is|was|are)(?: no|n't an?y?)|there (?:does(?:n't| not)|do(?:n't| not)) (?:seem|appear) to be"
    r" (?:an?|any)|i (?:do(?:n't| not)|did(?:n't| not)|can(?:'t|not)|could(?:n't| not)) (?:\w+ )?(?:see|find|have"
    r"|receive|get"
    rf"|detect|locate)) (?:an?y?|the|your|any of the)?\s?{_MATERIAL}\b[^.!?\n]{{0,20}}?(?:attached|provided|included"
    r"|in (?:your|our"
    r"|the|this)|from you|here|to work with|[.!,;]|\Z)|i (?:\w+ )?(?:need|require|would need|'d need|will need|'ll"
    r" need) (?:\w+ )?(?:more|additional|further|some"
    rf"|the|a bit more|a little more|to (?:know|see|have)) (?:\w+ )?{_MATERIAL}"
    r"|i(?:'m| am) (?:\w+ )?(?:not (?:\w+ )?(?:sure|certain|clear)|unsure|unclear|confused) (?:\w+ )?(?:i|what|which"
    r"|about|how|if|by|on)\b[^.!?\n]{0,30}\b(?:you|understand|question|request|mean|asking|ask)"
    r"|i (?:do(?:n't| not)|did(?:n't| not)) (?:\w+ )?(?:understand|follow|catch|get) (?:what|your|the (?:question"
    r"|request)|you|that)|(?:your|the|this) (?:question|request|message|prompt|instruction) (?:is|seems|appears)(?:"
    r" to be)? (?:\w+"
    rf" )?(?:unclear|incomplete|ambiguous|vague|cut off|empty|blank|missing)){_REST}"
    r"|\A\W*(?:(?:sure|of course|certainly|sorry|absolutely|okay|happy to help|i'd be (?:happy|glad)"
    r" to[^.!\n]{0,50})[,!.]?\s*(?:but )?(?:first,? )?)?(?:(?:could|can|would|will) you (?:\w+ )?|please"
    r" )(?:please |kindly |also |first"
    rf" )?{_TELL_ME}\b[^.?!\n]{{0,80}}(?:\?|\Z|you(?:'d| would)? (?:like|want)|so (?:that )?i can|for me to|and"
    r" i(?:'ll| will)|text\b|passage|article"
    r"|paragraph|sentence|context|information|details|content)[^\n]{0,40}"
    r"|\A\W*(?:what|which) [^.?\n]{1,60}? (?:would you like|do you want|should i|are you (?:referring|looking"
    r"|asking))[^?\n]{0,60}\?\s*\Z"
    rf"|\A\W*(?:(?:好的?|当然|可以|没问题|{_ZH_SORRY})[，,。！]?\s*)*(?:但|不过)?(?:(?:我|这里|这边|目前|现在"
    r"|不过)?(?:并|还)?)?(?:[您你]?(?:好像|似乎|可能)?(?:还)?(?:没有?|未|并未|忘了?)[^，。！？\n]{0,3}?(?:提供"
    r"|给出|附上|输入|发送|说明|上传|粘贴|收到|看到|找到|指定)|缺少)"
    rf"{_ZH_REST}"
    r"|\A[^。！？\n]{0,12}?(?:(?:没有?|不)(?:太|能|大|完全|很)?(?:明白|理解|看懂|听懂|看明白|听明白|懂"
    r"|清楚))(?:[您你]|这|问题|题)[^。！？\n]{0,30}"
    rf"|\A\W*(?:(?:好的?|当然|可以|没问题|{_ZH_SORRY})[，,。！]?\s*)*(?:请问?|麻烦|劳烦|烦请)[您你]?(?:先|再|把|能否"
    r"|可以|重新|一下)*[^。！？\n，]{0,14}?(?:提供|给出|发送|输入|粘贴|上传|告诉我|告知|发给我|说明一下|补充|明确"
    r"|澄清|发来|发过来)(?:一下)?"
    r"(?=[^。！？\n]{0,30}(?:[您你我]|需要|想要|要|更多|具体|相关|完整|以便|原文|文本|文章|句子|内容))[^。！？\n]{0,40}"
    r"|\A\W*请问?[您你](?:要|想|需要|指|说|是)[^。！？\n]{0,30}(?:哪|什么|吗)[^。！？\n]{0,10}[？?]"
    r"|\A[^。！？\n]{0,30}?[，,。]\W*(?:请问?|麻烦|能否|能不能|可以|可否|劳烦|请)[您你]?[^。！？\n]{0,8}?(?:告诉我"
    r"|发给我|说得|再说|重新描述|换个问|描述得|详细说明"
    r"|提供(?:更|具体|完整|相关|一下))[^。！？\n]{0,20}",
    re.IGNORECASE,
)
_TASK_REFUSES = re.compile(
    rf"\W*(?:{_SORRY}\b{_SPAN}{{0,40}}?)?\bi\s?{_CANNOT}\s(?:\w+\s){{0,2}}?(?:assist|help|rewrit\w+|fulfil\w*|comply"
    r"|creat\w+|generat\w+|provid\w+|evolv\w+|complet\w+|writ\w+|mak\w+|produc\w+|turn|transform\w*"
    rf"|modif\w+){_SPAN}{{0,60}}?"
    r"\b(?:this|that|such|your|request\w*|prompts?|tasks?|instructions?|content|harmful|rewritten"
    rf"|version)\b{_SPAN}{{0,60}}"
    rf"|\W*as {_AI}{_SPAN}{{0,30}}[,，]?\s*i\s?{_CANNOT}\b{_SPAN}{{0,60}}"
    rf"|\W*(?:this|the|your|that) (?:\w+ )?(?:prompt|task|instruction|request){_SPAN}{{0,30}}?(?:cannot|can't|could"
    r" not|should not|must not|won't) be (?:\w+ )?(?:rewritten|evolved|made|completed|fulfil+ed|modified"
    rf"|processed){_SPAN}{{0,60}}"
    rf"|\W*(?:{_ZH_SORRY}[，,。！!]?\s*)?{_ZH_SPAN}{{0,20}}?(?:{_ZH_CANNOT}|{_ZH_FAILS})[^。！？\n]{{0,6}}?(?:改写"
    r"|重写|改得|改成|生成|创建|提供|完成"
    r"|协助|帮助|满足|回答|编写|进行改|进化|修改|改编)[^。！？\n]{0,20}",
    re.IGNORECASE,
)
# An instruction whose writer only says what he himself cannot do goes on to ask for something.
_GOES_ON = re.compile(
    r"\?|？|\b(?:how|what|why|write|suggest|draft|explain|help me|give|tell me)\b|怎|如何|请|写|帮我|给我",
    re.IGNORECASE,
)

# Whose voice an answer may have; the more voices, the less a refusal in the first person proves.
_SPEAKS = re.compile(
    r"letter|e-?mail|\brepl(?:y|ies)\b|respon[ds]|dialogue|conversation|\bchat\b|role-?play|you are an? |\bact as\b"
    r"|pretend|\bas an? \w+ (?:agent|clerk)|\b(?:text )?messages?\b|customer|waiter|waitress|receptionist|clerk|cashier"
    r"|client|guest|complain|voicemail|greeting|announce|notice\b|\bsign\b|\bfaq\b|macro|apolog|excuse|lyrics|script"
    r"|scene|fiction"
    r"|how (?:do|would) (?:you|i) (?:say|tell)|what (?:do|would) you say|with '|with \"|complete the (?:sentence"
    r"|dialogue)|unable|cannot|can't|信|邮件|回复|对话|台词|剧本|短信|消息|礼貌|委婉|客服|顾客|客户|客人|角色|扮演"
    r"|场景|续写|道歉|抱歉|致歉|话术"
    r"|怎么说|如何说"
    r"|微信|接着写|借口|身份|无法|不能|通知|公告|提示语|问答",
    re.IGNORECASE,
)
# These say again what they were given: a refusal, only if that holds a denial.
_CONVEYS = re.compile(
    r"translat|rewrite|rephrase|paraphrase|reword|polite|formal|negati|translation|翻译|译成|译为|译|改写|润色|改成"
    r"|否定",
    re.IGNORECASE,
)
_DENIAL = re.compile(r"n't\b|\bnot\b|\bno\b|cannot|sorry|unable|apolog|[不没无未抱歉拒]", re.IGNORECASE)
# In these somebody may speak as well, but a task's own verb still counts ("I'm not comfortable writing stories").
_TELLS = re.compile(
    r"stor(?:y|ies)|poem|haiku|song|\brap\b|sentence|phrase|quote|diary|journal|monologue|speech|tweet|opinion|react"
    r"|feel|review|example|point of view|you\b|your\b|\bmy\b|\bi\b"
    r"|故事|诗|歌|说唱|造句|例句|句子|日记|独白|演讲|感受|看法|心情|评价|仿写|表达|口吻|第一人称|你|我",
    re.IGNORECASE,
)
_SINGS = re.compile(
    r"poem|haiku|lyrics|song|\brap\b|diary|journal|point of view|first[- ]person|诗|歌|说唱|日记|第一人称|口吻", re.I
)
_FIRST_PERSON = re.compile(r"\bi\b|我", re.IGNORECASE)
_ABOUT_REFUSALS = re.compile(r"refus|declin|reject|turn(?:ing)? down|say no\b|拒绝|婉拒|谢绝|拒答|说不", re.IGNORECASE)
_ABOUT_AI = re.compile(
    r"\bai\b|artificial intelligence|chat ?bot|language model|\bgpt|robot|virtual assistant|siri|alexa"
    r"|人工智能|机器人|语言模型|大模型|智能助手",
    re.IGNORECASE,
)
_WANTS_QUESTIONS = re.compile(
    r"\bask\b|\basks\b|questions|\b(?:write|make|give|create|form|turn) [^.\n]{0,40}\b(?:sentence|question)"
    r"|request\b|form\b|instructions|survey|report\b(?=.*\bask)|notice|poster|script\b|bash|询问"
    r"|提问|表单|提示|通知|启事|说明书|公告",
    re.IGNORECASE,
)

# A limit that is stated before an answer: "…, but in most states a landlord must …", "不过一般来说……".
_TURN = re.compile(
    r"\b(?:but|however|that said|still|nevertheless|generally|in general|typically|usually|as a rule|on"
    r" average)\b[,\s]*"
    r"|(?:不过|但是?|然而|可是|一般来说|一般而言|通常|总的来说)[，,]?",
    re.IGNORECASE,
)
_NO_ANSWER = re.compile(
    r"(?:i\b|feel free|please|let (?:me|us)|how about|you (?:can|could|may|might|should)(?: \w+)? (?:consult|ask|try"
    r"|check|find|contact|visit|look)|if you|here is a link|perhaps i|thank|my |this|that|as an|due|because|since|the"
    r" (?:request|task|content))"
    r"|\W*(?:我|请|如果|建议|您|你|欢迎|可以(?:为|帮|给)[您你]|由于|因为|这|该|作为|根据)",
    re.IGNORECASE,
)


def _head(text: str) -> str:
    return text[:_HEAD].replace("’", "'")


def _refusal(head: str, families: list[str], draft: Draft) -> tuple[str, re.Match[str]] | None:
    task = f"{draft.instruction}\n{draft.input}"
    if _ABOUT_AI.search(task) or _ABOUT_REFUSALS.search(task):
        # Chatbots may be quoted, but one that names itself in a letter of refusal is no letter writer.
        match = None if _ABOUT_AI.search(task) or "refus" in task.lower() else _MODEL_NAMES_ITSELF.search(head)
        return ("model-refusal", match) if match else None
    if match := _first(_MODEL_REFUSES, families, head):
        return "model-refusal", match
    conveys = _CONVEYS.search(draft.instruction)
    if _SPEAKS.search(draft.instruction) or (conveys and _DENIAL.search(task, conveys.end())):
        return None
    if (match := _ASKS_BACK.match(head)) and not _WANTS_QUESTIONS.search(draft.instruction):
        return "asks-back", match
    if _is_quoted(head):
        return None
    if _SINGS.search(draft.instruction):
        families = [family for family in families if family in ("barred", "request")]
    match = _first(_AUTHOR_REFUSES, families, head)
    if match is None and not _TELLS.search(draft.instruction) and not _FIRST_PERSON.search(draft.input):
        match = _first(_ANYBODY_REFUSES, families, head)
    return ("refusal-phrase", match) if match else None


def _first(rules: _Rules, families: list[str], head: str) -> re.Match[str] | None:
    """The first match of a family's pattern that no answer follows."""
    for family in families:
        pattern = rules.get(family)
        if pattern and (match := pattern.search(head)) and not _answers_after_all(head, match):
            return match
    return None


def _answers_after_all(head: str, match: re.Match[str]) -> bool:
    """Whether a turn ("but …", 不过……) follows the limit, and after it something that is no offer or referral."""
    for turn in _TURN.finditer(head, match.start()):
        rest = head[turn.end() :]
        if len(rest.encode()) >= _ANSWER and not _NO_ANSWER.match(rest):
            return True
    return False


_ANSWER = 40
"""Bytes after a turn from which on they can be an answer."""


def _is_quoted(head: str) -> bool:
    """Whether the head opens with a quotation and goes on outside it: then it speaks *of* the phrase."""
    closing = {'"': '"', "“": "”", "'": "'", "「": "」"}.get(head[:1])
    end = head.find(closing, 1) if closing else -1
    return end > 0 and any(char.isalnum() for char in head[end + 1 :])
