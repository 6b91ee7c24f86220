"""Voices: whose voice the answer to a task may have, by the words of the task.

An answer in the first person is the model's own unless the task lets somebody else speak: a letter's writer, a clerk, a
hero, whoever said what is to be translated. What would be a refusal of the model's may be what these say; but some
things only a model says.
"""

from __future__ import annotations

import re

from synth.gates.hints import hints


def word_class(*classes: str) -> re.Pattern[str]:
    """A class of words, in any case."""
    return re.compile("|".join(classes), re.IGNORECASE)


SPEAKS = word_class(
    r"\brepl(?:y|ies)\b|respon[ds]|dialogue|conversation|\bchat\b|role-?play|you are an? |\bact as\b|pretend|\bas"
    r" an? \w+ (?:agent|clerk)|\b(?:text )?messages?\b|\btext (?:to|asking)|customer|waiter|waitress|receptionist"
    r"|clerk|cashier|client|guest|complain|voicemail|greeting|announce|notice\b|\bsign\b|\bfaq\b|macro|apolog|excuse"
    r"|lyrics|(?<!python )(?<!bash )(?<!shell )script\b(?! that| to)|scene|fiction|out-of-office|how (?:do|would)"
    r" (?:you|i) (?:say|tell)|what (?:do|would|should) (?:you|i) say"
    r"|with '|with \"|complete the (?:sentence|dialogue)|unable|cannot|can't",
    r"回复|响应|应答|对话|台词|剧本|短信|消息|礼貌|委婉|客服|顾客|客户|客人|角色|扮演|场景|续写|道歉|抱歉|致歉|话术"
    r"|怎么说|说的话|写[^，。]{0,8}[段句]话|如何说|应付|投诉|微信|接着写|借口|身份|无法|不能|通知|公告|提示语?|问答",
)
LETTER = word_class(r"letter|e-?mail|信(?!息|用|任|心|号)|邮件")
IS_A_LETTER = re.compile(r"\n|\A\W*(?:dear|hi|hello|to )|尊敬|亲爱|[您你]好(?!像)", re.IGNORECASE)
# An answer of turns ("Ann: …"), of items, or with a greeting on a line of its own: somebody else speaks.
STAGED = re.compile(
    r"\A[^\n:：]{1,24}[:：][^\n]*\n+[^\n:：]{1,24}[:：]|\A\s*(?:[-*•]|\d+[.)、])\s|\A\W*(?:dear|hi|hello|hey|尊敬"
    r"|亲爱|[您你]好(?!像))[^\n]{0,40}\n",
    re.IGNORECASE,
)
NARRATES = word_class(
    r"stor(?:y|ies)|novel|speech|monologue|opinion|debate|interview|diary",
    r"故事|小说|演讲|独白|辩论|看法|面试|片段|剧情",
)
SAID = word_class(r"\b(?:as an? \w+[,.]|say|says|said|tell \w+|persuade|convince)\b", r"说|段话|句话|劝|作为")
# These say again what they were given: a refusal, only if that holds a denial.
CONVEYS = word_class(
    r"translat|rewrite|rephrase|paraphrase|reword|polite|formal|negat(?:e|ing|ion)\b|put into|reported|翻译|译|改写"
    r"|润色|改成|改为|修改|简化|正式|更正|否定|转述"
)
SAYS_NO = word_class(r"n't\b|\bnot\b|\bno\b|cannot|sorry|unable|apolog|[不没无未抱歉拒]")
NEGATES = word_class(r"n't\b|\b(?:not|no|never|cannot|unable|incapable|only)\b|[不没无未难]")
# In these somebody may speak as well.
TELLS = word_class(
    r"stor(?:y|ies)|novel|sentence|phrase|quote|speech|monologue|\b(?:write|compose|create|draft)\b[^.\n]{0,30}tweet"
    r"|opinion|argu|debate|react|feel|review|example|motto|slogan|interview|you\b|your(?:self)?\b|\bmy\b|\bi\b",
    r"故事|小说|造句|例句|句子|演讲|感受|看法|心情|评价|辩|仿写|表达|独白|口号|标语|面试|你"
    r"|(?<![给帮替教为让])(?<!告诉)我",
)
SINGS = word_class(
    r"poem|haiku|lyrics|song|\brap\b|\bverses?\b|diary|journal|confess|memoir|point of view|first[- ]person",
    r"诗|歌|说唱|日记|自白|自述|第一人称|口吻",
)
ABOUT_REFUSALS = word_class(r"refus|declin|reject|turn(?:ing)? down|say no\b|拒绝|婉拒|谢绝|拒答|说不|拒")
ABOUT_AI = word_class(
    r"\bai\b|artificial intelligence|chat ?bot|language model|\bgpt|robot|virtual assistant|siri|alexa|人工智能"
    r"|机器人|语言模型|大模型|智能助手"
)
WANTS_QUESTIONS = word_class(
    r"\basks?\b|\basking\b|questions|\b(?:write|make|give|create|form|turn) [^.\n]{0,40}\b(?:sentence|question)"
    r"|request\b|form\b|instructions|survey|missing|notice|poster|script\b|bash|询问|提问|表单|提示"
    r"|表(?![示达演现扬格])|通知|启事|说明书|公告|问题"
)
# A question about something is answered about it; one about "you" may be answered in the first person.
QUESTION = re.compile(
    r"(?!.*\byou(?:r|rself)?\b)(?:what|which|who|where|when|how|can|could|should|do|does|did|is|are|was"
    r"|will)\b[^.\n]*\?\s*\Z|(?=[^\x00-\x7f])(?!.*[你您])[^。，\n]*[?？]\s*\Z",
    re.IGNORECASE,
)
FIRST_PERSON = word_class(r"\bi\b|我")

# These make words for somebody to say, or look for what is missing; and the material may stand in the task itself.
WRITES = word_class(
    r"\b(?:write|compose|draft|create|reply to|respond|act as|pretend|you are|role|script|generate|print|error"
    r"|missing|lacks?|check)\b",
    r"写|拟|扮演|模拟|话术|提示语|生成|缺|检查|遗漏|回复[^，。]{0,6}(?:顾客|客户|用户)",
)
HOLDS_MATERIAL = re.compile("[:：“\"「]\\s?\\S|\\s'")

# ---- The model's own voice: what nobody else would say, whoever may speak

# The same for what a model alone says, and for its name.
SAYS_I = hints(" i | i'| my |our |fulfil|comply with|response|request")
ZH_SAYS_I = hints("我|抱歉|对不起|不好意思|遗憾|截|生成|处理|请求")
MODEL_DENIES = hints(
    "n't|not |unable|decline|fulfil|comply|against my|something i|outside my|beyond my|prevent|forbid|prohibit|cut"
    "|only|ends|stops|limited|up to|able to|无|未|不|没|截"
)
NAMES_AI = hints(
    " ai|model| bot|chatbot|gpt|qwen|program|assistant|llm|intelligence|个ai|为ai|是ai|人工智能|模型|助手|机器人|程序"
    "|智能体|我是|我叫"
)
AI = (
    r"(?:an? |this )?(?:\w+ )?(?:ai|artificial intelligence|(?:large |text-based |computer )?(?:language|text) model"
    r"|(?:text-based|text-only) model|(?:chat)?gpt\S*|qwen\S*|(?:claude|gemini|bard|llama|grok"
    r"|kimi)(?=,? (?:an ai|a large|made|developed|created|trained|by))"
    r"|(?:virtual|digital|text|text-based|online|automated|ai) (?:assistant|system)|chat ?bot|computer"
    r" program|bot|llm)(?: (?:language model|assistant|model|program|chatbot|system|product)\b)?"
)
ZH_AI = (
    r"(?:AI|人工智能|大?语言模型|文本模型|智能助手|虚拟助手|聊天机器人|计算机程序|程序|大模型|机器人|文字助手"
    r"|对话助手|文本助手|智能体|语言助手|数字助手)"
)
NAMES_ITSELF = word_class(
    rf"\b(?:as|being|since i'm|because i'm|i(?:'m| am)(?: just| only| merely)?) {AI}(?![\w'])|\bthis (?:ai|language"
    r" model)\b",
    rf"(?:作为|身为|我(?:只|仅仅|毕竟)?是)[^，。\n]{{0,6}}?{ZH_AI}|我(?:是|叫)(?:通义|千问|文心|豆包|智谱|讯飞|Qwen"
    rf"|Kimi|Chat|Claude|Llama"
    r"|Gemini|DeepSeek|GLM)[^。\n]{0,40}?(?=[，。])",
    r"\b(?:gpt|ai|language) (?:language )?models? (?:cannot|can't|is unable|are unable)|(?:GPT|AI|语言) ?模型(?:无法"
    r"|不能)",
)
CANNOT = (
    r"(?:(?:can(?:'t|not| not)|won't|will not|could(?:n't| not))(?: be able to)?|(?:'m|am) (?:\w+ )?(?:not (?:\w+"
    r" )?(?:able|allowed|permitted|comfortable|willing|going|qualified)|unable)(?: to| with)?|do(?:n't| not)"
    r" (?:think i (?:can|should)|feel comfortable|want to|write|create|generate)|(?:'d| would) rather not|must"
    r" (?:\w+ )?decline(?: to)?)"
)
PRODUCT = (
    r"(?:content|material|texts?|one|stor(?:y|ies)|poems?|poetry|songs?|lyrics|letters?|e-?mails?|jokes?|essays?"
    r"|posts?|articles?|speech(?:es)?|dialogues?|scenes?|limericks?|haikus?|messages?|sentences?|passages?"
    r"|paragraphs?|phrases?|reviews?|fiction|scripts?|pieces?)"
)
MODEL_SAYS = word_class(
    rf"\bi\s?{CANNOT} (?:assist|help)(?:ing)?(?: you)? with (?:that|this)(?: request| task)?[.!,]|\b(?:fulfil+"
    r"|comply with) (?:this|that|your) request\b",
    rf"\bi\s?{CANNOT} (?:\w+ )?(?:writ|generat|translat|creat|rewrit|compos|produc|draft|paraphras)(?:e|ing) (?:\w+"
    rf" ){{0,2}}?{PRODUCT}\b",
    rf"\bi\s?{CANNOT} (?:\w+ )?(?:provid|reproduc|shar|quot|display|print|giv|writ)(?:e"
    rf"|ing)? [^.!?\n]{{0,60}}?\b(?:lyrics|copyright\w*"
    rf"|verbatim|full text)\b|\bcopyright\w*\b[^.!?\n]{{0,30}}\bi\s?{CANNOT}\b",
    rf"\bsomething (?:that )?i\s?{CANNOT} (?:help|assist|support|provide|do for)",
    # tools that a person has
    r"\bi (?:do(?:n't| not) (?:\w+ )?have|lack) (?:the |any )?(?:capabilit(?:y|ies)|ability|functionality|tools?"
    r"|means|features?) (?:to"
    r" (?:directly )?|for |of )(?:set|send|access|brows|mak|plac|book|call|open|view|play|remind|schedul|order"
    r"|execut|retriev|listen|see|watch|search|stor|remember|interact|track|download|generat|draw)\w*"
    r"|\bi (?:do(?:n't| not) have|have no|lack)(?: \w+){0,2} access to (?:(?:your|any|the) )?(?:real-time|live"
    r"|current|up-to-date|internet|external|calendar|e-?mail|personal|files?|device|web)",
    rf"\bi\s?{CANNOT} (?:provid|giv|offer)(?:e|ing)? (?:\w+ )?(?:medical|legal|financial|investment|dietary|tax"
    r"|health|professional) (?:\w+ )?(?:advice|guidance|opinions?)",
    rf"\b{PRODUCT} (?:about|involving|that|on) [^.!?\n]{{0,40}}?(?:against my|something i|outside my|beyond my)",
    r"\b(?:my|our) (?:\w+ )?(?:guidelines|polic(?:y|ies)|programming|principles|instructions) (?:prevents?|forbids?"
    r"|prohibits?|(?:do|does)(?:n't| not) (?:allow|permit))",
    r"\bmy (?:\w+ )?(?:knowledge|training(?: data)?|last (?:knowledge )?update)\b[^.!?\n]{0,20}?(?:cut-?off|only"
    r"|ends|stops|limited|up to)",
    r"\bi (?:do(?:n't| not)|cannot|can't) (?:\w+ )?(?:have|hold|form|express|possess)(?: \w+){0,2}? (?:opinions?"
    r"|feelings?|preferences?|emotions?|beliefs?)\b",
    r"\b(?:cannot|can't|able to|couldn't|could not) (?:generate an?|process your|complete (?:your|this)) (?:response"
    r"|request|answer)",
)
ZH_MODEL_SAYS = word_class(
    r"(?:我的|本)(?:准则|设定|规则|原则|政策|程序)[^。！？\n]{0,6}(?:不允许|不许|禁止|不能)",
    r"(?:无法|未能|不能)(?:生成|处理|完成|获取)(?:该|此|您的|本次|有效)?(?:回答|回复|请求|响应)",
    r"我[^。！？\n]{0,6}(?:不方便|不能|无法|没法|不便)代[写笔]",
    r"我[^。！？\n]{0,16}(?:不能|无法|没法|不便|不会)[^。！？\n，,]{0,6}?(?:医疗|法律|投资|财务|专业|健康"
    r"|饮食)[^。！？\n，,]{0,4}?(?:建议|意见|诊断|咨询)",
    r"(?:抱歉|对不起|不好意思|遗憾)[^。！？\n]{0,24}?不支持[^。！？\n]{0,12}(?:功能|翻译|语言|任务)",
    r"(?:抱歉|对不起|不好意思|遗憾)[^。！？\n]{0,24}?(?:无法|不能|没有?办法|没法)[^。！？\n，,]{0,10}?(?:完成|翻译"
    r"|改写|执行|处理|满足)(?:这|此|该|[您你]的)"
    r"(?:个|项|句|段|篇)?(?:话|任务|请求|要求|指令|句子|文本|段落)",
    r"(?:知识|训练数据|数据|信息)(?:库)?(?:只|仅)?(?:截止|截至|更新)(?:日期|时间)?(?:到|至|于|在|为)",
    r"我(?:并|也)?(?:没有|不具备|不具有|无)(?:任何|自己的?|个人的?|主观的?|真实的?)*(?:个人)?(?:喜好|偏好|观点|情感"
    r"|感情|立场|意识|味觉)",
    # works under copyright, and tools that a person has
    r"版权[^。！？\n]{0,16}?我[^。！？，\n]{0,4}?(?:不能|无法|不便)",
    r"我(?:目前|暂时|还|现在)?(?:没有|不具备|无法使用|不支持)[^。！？，\n]{0,10}?(?:设置|发送|播放|预订|订票|订购|拨打"
    r"|提醒|浏览|联网|下单|听|看)[^。！？，\n]{0,8}?(?:能力|功能|权限)",
)
