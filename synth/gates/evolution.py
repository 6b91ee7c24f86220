"""Evolution: did the rewrite gain anything over its parent?

WizardLM's elimination rules (Xu et al. 2023, section 3.2), on the instruction alone, before an answer is paid for:
a rewrite that says the same is out, whether by order, synonyms, politeness or by leaving something out; so is one that
lost the input that it still speaks of, and one that has grown past sense. Where a judge was asked, its opinion counts
too, as the boolean that the reader made of it: no text such as "not equal" is looked at here.

Only operators that descend from a parent are judged. What counts is what a rewrite *adds*: its words that its parent
has not and that are no filler (see :mod:`synth.gates.filler`), without the sentences that only define the parent's own
words, praise its topic or say the task over. A rewrite that adds nothing gained nothing, and one that states what its
parent asks for answers it. One real word is a gain, for a good rewrite that is lost costs more than an empty one that
is judged later. So what is said again in other content words (a paraphrase) looks like a gain to this: that takes a
judge.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from synth.gates.filler import carries, content, folded, known_of, limits, praises
from synth.gates.material import missing_material
from synth.protocols import View
from synth.records import Draft, Sample, Verdict, passing
from synth.text import count_words, sentences, tokens


class EvolutionGate:
    """Rejects rewrites that gained nothing.

    ``overlap``: the share of content that a rewrite may have in common with a parent that it is not longer than.
    ``growth`` and ``growth_words``: an instruction more than ``growth`` times as long as its parents' together and more
    than ``growth_words`` words longer has grown past sense (complicating the input is exempt).
    """

    name = "evolution"
    screens = True
    reads_answer = False
    reads_pool = False

    def __init__(self, overlap: float = 0.9, growth: float = 4.0, growth_words: int = 200) -> None:
        self.overlap = overlap
        self.growth = growth
        self.growth_words = growth_words

    def judge(self, draft: Draft, view: View) -> Verdict:
        if draft.lineage.depth == 0 or not view.parents:
            return passing(self.name)
        if draft.opinion is not None and not draft.opinion.gained:
            return self._reject("judge", f"the judge: {draft.opinion.reason}")
        for parent in view.parents:
            if rejection := self._no_gain(draft, parent):
                return rejection
        return self._overgrown(draft, view) or passing(self.name)

    def remember(self, sample: Sample) -> None:
        """Nothing: a rewrite is compared with its parents, which the view holds."""

    def _no_gain(self, draft: Draft, parent: Sample) -> Verdict | None:
        # An input is compared word by word: it is material, and what fills an instruction may be the point of it.
        known = known_of(parent.instruction).union(tokens(parent.input))
        asked = _without_remarks(_unframed(draft.instruction), known)
        new = content(asked) + tokens(draft.input)
        old = content(parent.instruction) + tokens(parent.input)
        added = [token for token in new if token not in known] or _recombined(asked, parent.instruction)
        gained = added or _demands_more(draft.instruction, parent.instruction)
        if new == old and not gained:
            return self._reject("same", "only words that carry no task differ", parent=parent)
        if draft.task:
            # The instruction is fixed, and a new input is like the old one in all but what matters.
            return None
        if parent.input.strip() and not draft.input.strip() and (reference := missing_material(draft.instruction)):
            return self._reject("lost-input", f"“{reference}”, and the parent's input is gone", parent=parent)
        if not gained:
            rule = "reordered" if len(new) == len(old) else "shortened" if len(new) < len(old) else "said-again"
            return self._reject(rule, "it holds no content word that its parent does not", parent=parent)
        if not _CODE.match(parent.instruction) and (answer := _answers(draft.instruction, parent.instruction, old)):
            return self._reject("answered", f"it answers its parent: “{answer[:80]}”", parent=parent)
        shared = (Counter(new) & Counter(old)).total() / max(1, len(new), len(old))
        if added and len(new) <= len(old) and shared >= self.overlap:
            words = [token for token in tokens(f"{draft.instruction}\n{draft.input}") if carries(token) in added]
            return self._reject("barely-changed", f"new in it: {' '.join(words)}", shared, parent)
        return None

    def _overgrown(self, draft: Draft, view: View) -> Verdict | None:
        fewest = 2 if draft.instruction.isascii() else 1  # characters a word takes, with what parts it from the next
        if draft.lineage.operator == _GROWS_BY_DESIGN or len(draft.instruction) <= fewest * self.growth_words:
            return None
        new = count_words(draft.instruction)
        old = sum(count_words(parent.instruction) for parent in view.parents)
        if new <= self.growth * old or new <= old + self.growth_words:
            return None
        return Verdict(self.name, False, "overgrown", new / max(1, old), self.growth, f"{old} words became {new}")

    def _reject(self, rule: str, evidence: str, score: float | None = None, parent: Sample | None = None) -> Verdict:
        threshold = self.overlap if score is not None else None
        if parent is not None:
            evidence = f"{evidence}; parent: “{parent.instruction[:80]}”"
        return Verdict(self.name, False, rule, score, threshold, evidence, parent.id if parent else None)


_GROWS_BY_DESIGN = "complicate_input"

# Demands that are made with general words alone.
_DEMAND = re.compile(
    r"step[- ]by[- ]step|\b(?:and|then|also) (?:then |also |briefly )?(?:explain|solve|compute|calculate|check)"
    r"(?= (?:it|them|each|every|your)\b|[.,;!]|\Z)"
    r"|(?:\A|[.?!;:] |\band )which (?:of|(?:one )?(?:is|are|do|does)|would|should)\b"
    r"|\bas an? (?:\w+ ){0,2}list\b|\b(?:when|where) (?:do|does|did|is|are|was|were|can|will|it|they|to)\b"
    r"|\bhow (?:long|often|far|old)\b|\b(?:the|and) mean\b|\b(?:letter|note) of \w+"
    r"|\b(?:cover|recommendation|request|thank[- ]you|discussion) (?:letter|note|e-?mail|card|speech|question)"
    r"|\b(?:when|where)(?=\?)|answer key|with (?:the )?(?:correct )?answers?\b|附上?答案|[并和]给出答案"
    r"|[并再且](?:简要)?(?:说明|解释|计算)(?=[。；，！]|\Z)|哪一?[个种]更|分步|逐步|列表|清单"
)
# To ask how a thing is made is more than to ask what it is, though to ask for something made is nothing.
_HOW_MADE = re.compile(
    r"\bhow (?:\w+ ){0,5}?(?:ma[dk]e|created?|produced?|develop(?:ed)?|prepared?|constructed|put together|found)\b"
    r"|(?:怎么|怎样|如何)[^，。？]{0,6}(?:制作|生成|创作|实现|做|出来)"
)
_MADE = re.compile(
    r"\b(?:ma[dk]|creat|produc|develop|prepar|construct|form|process|put|f[io]u?nd)|[制做造生成作]|怎|如何"
)
_QUOTED = re.compile(r"[\"“「『]([^\"“”「」『』\n]{1,60})[\"”」』]")


def _demands_more(rewrite: str, parent: str) -> bool:
    """Whether a rewrite demands, in general words or in quotes, what its parent does not."""
    rewrite, parent = rewrite.lower(), parent.lower()
    if _HOW_MADE.search(rewrite) and not _MADE.search(parent):
        return True
    return any(demand not in parent for pattern in (_QUOTED, _DEMAND) for demand in pattern.findall(rewrite))


def _recombined(rewrite: str, parent: str) -> list[str]:
    """What is new though each part of it was there: "three" of something else, a word of old characters (老 + 师)."""
    new, old = content(rewrite), content(parent)
    more, pairs = Counter(new) - Counter(old), set(pairwise((*old, "")))
    found = [token for token, of in pairwise((*new, "")) if more[token] and limits(token) and (token, of) not in pairs]
    if not rewrite.isascii():
        there = f"{parent.lower()}\n{folded(parent)}"
        runs = _ZH_RUN.findall(folded(rewrite))
        found += [run for run in runs if not any(a + b in there for a, b in pairwise(run))]
    return found


_ZH_RUN = re.compile(r"[\u4e00-\u9fff]{2,}")


# What stands around a task and is none: "Improve this prompt: …"; a role that anybody could play ("You are a helpful
# assistant."); a wish to know; a sentence of thanks.
_FRAME = re.compile(
    r"\A[^:：\n]{0,50}(?:\b(?:prompt|instruction|task|request|question)\b|指令|提示词?|任务|题目"
    r"|问题)[^:：\n]{0,20}[:：]\s*(?=\S)"
    r"|\A\W*\w+(?: \w+){0,2}!\s+(?=\S)|\A(?-i:[\u4e00-\u9fff]{1,5})[！!](?=.)"
    r"|\A\W*(?:please )?(?:act as|you are|you're|as|imagine you are) an? (?:[\w-]+ ){0,3}(?:assistant|expert|ai"
    r"|helper|specialist|professional)\b[.,]?(?: and\b)?"
    r"|\A\W*(?:请?(?:你是|作为|假设你是|扮演))一?[个名位]?[^，。\n]{0,8}?(?:助手|专家|人士)[，。]"
    r"|\bi(?:'d| would) (?:like|love) to (?:know|learn|understand|hear)(?: more)?(?: about)?"
    r"|(?<=[.!?。！？，,])[^.!?。！？，,]*(?:\bthank|grateful|appreciat|感激|感谢|谢谢)[^.!?。！？]*[.!?。！？]*\s*\Z",
    re.IGNORECASE,
)
_FRAME_HINTS = (  # one of which each frame holds: most texts need no look
    *("!", ":", "ou are", "ou're", "As a", "as a", "ct as", "I ", "I'd", "i'd", "hank", "grateful", "ppreciat"),
    *("！", "：", "你", "您", "作为", "扮演", "感", "谢"),
)


def _unframed(instruction: str) -> str:
    return _FRAME.sub("", instruction) if any(map(instruction.__contains__, _FRAME_HINTS)) else instruction


# Sentences that ask for nothing: what the parent's own words mean, praise of its topic, the task said over.
_REMARK = re.compile(
    r"(?!(?:the|this|that|my|our|your|his|her) )(?:an? )?(?P<topic>[^,.?!:;]{3,60}?)\s"
    r"(?:(?P<defines>means\b|refers? to\b|(?:is|are)(?: \w+ly)? (?:an?|known|defined|considered"
    r"|the (?:process|practice|act|study|art|ability|result|way))\b)|(?:is|are|has|have|plays?|can be)\b)(?P<said>.*)"
    r"|(?P<zh_topic>[^，。？！：]{2,15}?)(?P<zh_defines>是指|指的是|的意思是|是一[种类门]|)"
    r"(?P<zh_said>[是很非在具有].*|(?<=[指是种类门]).*)",
    re.IGNORECASE | re.DOTALL,
)
_PRAISE = re.compile(
    r"\b(?:popular|famous|common|well-known|known|widely|role|world|lives|many people)\b"
    r"|常见|著名|欢迎|热门|重要|有趣|意义"
)
_REMARK_HINTS = (" is ", " are ", " means ", " refer", " has ", " have ", " play", "是", "很", "非")
_SAID_OVER = re.compile(
    r"(?:[Ii]n other words|[Tt]hat is to say|i\.e\.|(?<=[,;.] )(?:[Tt]hat is|namely),)[^.?!\n]*"
    r"|(?:也就是|换句话说|换言之)[^。？！\n]*"
)
_SAID_OVER_HINTS = ("n other words", "hat is", "i.e.", "namely", "也就是", "换")
_ZH_ASKS_NEXT = re.compile(r"，(?=请|为什么|那么|如何|怎)")


def _without_remarks(text: str, known: frozenset[str]) -> str:
    for said in _SAID_OVER.findall(text) if any(map(text.__contains__, _SAID_OVER_HINTS)) else ():
        if not any(limits(token) and token not in known for token in content(said)):
            text = text.replace(said, " ")
    if not any(map(text.__contains__, _REMARK_HINTS)):
        return text
    found = sentences(_ZH_ASKS_NEXT.sub("。", text))
    return " ".join(sentence for sentence in found if not _is_remark(sentence, known)) or text


def _is_remark(sentence: str, known: frozenset[str]) -> bool:
    """Whether it says what a word of the parent means or how good its topic is; "the", "my" speak of something else."""
    match = _REMARK.match(sentence)
    if match is None or not known.issuperset(topic := content(match["topic"] or match["zh_topic"])) or not topic:
        return False
    said = match["said"] or match["zh_said"]
    says = match["defines"] or match["zh_defines"] or _PRAISE.search(said) or praises(said)
    return bool(says) and not _ASKS.search(sentence)


# "Three good dishes are …", "蒙古国的首都是…": a topic, and what is said of it.
_STATES = re.compile(
    r"(?P<topic>[^.?!:\n]{3,120}?)\s(?:is|are|was|were|has|have|had|includes?|contains?|can be)\s(?P<said>[^?]{3,})",
    re.IGNORECASE,
)
_ZH_STATES = re.compile(r"(?P<topic>[^。？?！：，\n]{2,40}?)(?:是|有|包括|分别是|(?<![作因])为)(?P<said>[^？?]{2,})")
_CODE = re.compile(
    r"\s*(?:```|def \w+\(|class \w+|import \w+|from \w+ import|#include|function \w+\(|(?:const|let|var) \w+ ="
    r"|SELECT |public \w+|print\()"
)
_ASKS = re.compile(
    r"[?？]|\b(?:you|your|please|i|my|we|our|us|me)\b|\b(?:should|must|write|explain|describe|list|give|tell|name"
    r"|make|find|use)\b"
    r"|[请你您我吗呢]|什么|哪|谁|如何|怎|为何|多少|要求|(?:\A|[，。；])(?:写|列|说明|解释|给|用|把|为)",
    re.IGNORECASE,
)


def _answers(rewrite: str, parent: str, old: tuple[str, ...]) -> str | None:
    """What a rewrite says of its parent's topic, or codes for it, if it says nothing else and asks for nothing."""
    if code := _CODE.match(rewrite):
        return code.group()
    match = _STATES.match(rewrite) or (None if rewrite.isascii() else _ZH_STATES.match(rewrite))
    if match is None or _ASKS.search(rewrite):
        return None
    asked = parent.split(maxsplit=1)[0].lower() if parent.isascii() and parent.strip() else parent[:2]
    if parent.rstrip()[-1:] not in "?？" and asked in rewrite.lower():
        return None  # it still asks with its parent's verb
    if not all(_STATES.match(sentence) or _ZH_STATES.match(sentence) for sentence in sentences(rewrite)):
        return None
    said = set(content(rewrite))
    known = len(said & set(old))
    topic = [token for token in content(match["topic"]) if token in old]
    return match.group() if known >= (0.5 if topic else 0.8) * len(set(old)) else None
