"""The terms that an answer is about: words that a person might insist on, without a tagger or a segmenter.

English: a lower-case word that stands after an article or the like and before something that can follow a noun.
Chinese: a string of two to four characters that recurs with different neighbours on both sides (the boundary test of
Feng, Chen, Deng and Zheng 2004, "Accessor Variety Criteria for Chinese Word Extraction"), and holds no function word.
"""

from __future__ import annotations

import re
from collections import Counter

from synth import text
from synth.constraints.task import Task, word_set


def central_terms(task: Task) -> list[str]:
    """Terms of ``task.answer``, the most central first; often none. Each occurs in the answer as it is written here."""
    if not task.own_language:
        return []
    return _chinese(task) if task.language == "zh" else _english(task)


def occurrences(term: str, answer: str) -> int:
    """How often ``term`` occurs: as a whole word, in upper or lower case; in Chinese, as a string.

    >>> occurrences("lock", "Locks lock. A lock-keeper unlocks the lock.")
    3
    """
    if any(map(text.is_cjk, term)):
        return answer.count(term)
    return len(re.findall(rf"(?<!\w){re.escape(term)}(?!\w)", answer, re.IGNORECASE))


def _english(task: Task) -> list[str]:
    answer = _QUOTE.sub(" ", task.answer)
    counts = Counter(
        match["noun"]
        for match in _NOUN.finditer(answer)
        if len(match["noun"]) >= 4 and match["noun"] not in _NO_TERMS and not match["noun"].endswith(("ly", "ing"))
    )
    scored = [
        (occurrences(noun, answer) + sightings + 2 * bool(occurrences(noun, task.instruction)), noun)
        for noun, sightings in counts.items()
    ]
    ranked = sorted(scored, key=lambda entry: (-entry[0], entry[1]))
    return [noun for score, noun in ranked if score >= 4][:6]


def _chinese(task: Task) -> list[str]:
    source = "\n".join((task.instruction, task.input, task.answer))
    runs = re.findall(r"[\u4e00-\u9fff]+", _FUNCTION_CHARACTERS.sub("\n", task.answer))
    grams = Counter(
        run[start : start + size] for run in runs for size in (2, 3, 4) for start in range(len(run) - size + 1)
    )
    found = []
    for gram, count in grams.items():
        # Twice in the answer may be chance; thrice, or in the question as well, is not.
        known = gram in task.instruction or gram in task.input
        if count < (2 if known else 3) or gram in _NO_TERMS_ZH:
            continue
        before = {match.group(1) for match in re.finditer(rf"(?s)(.|^){gram}", source)}
        after = {match.group(1) for match in re.finditer(rf"(?s){gram}(.|$)", source)}
        if len(before) >= 2 and len(after) >= 2:
            found.append((count * len(gram), gram))
    ranked = [gram for _, gram in sorted(found, key=lambda entry: (-entry[0], entry[1]))]
    # Of a word and its parts only the word is a term.
    return [gram for gram in ranked if not any(gram != other and gram in other for other in ranked)][:6]


_QUOTE = re.compile(r"""```.*?```|`[^`]*`|"[^"]*"|“[^”]*”|\*\*""", re.DOTALL)
_NOUN = re.compile(
    r"(?<![\w'’-])(?:[Tt]he|[Aa]n?|[Tt]his|[Ee]ach|[Ee]very|[Nn]o|[Yy]our|[Ii]ts|[Tt]heir|[Oo]ur)"
    r"[ \n](?P<noun>[a-z]+)(?=[.,;:!?)]|[ \n](?:of|in|is|are|was|were|and|or|on|at|for|with|to|that|which|by|has|have"
    r"|had|can|will|from|as|when|if|until|so|because|but|than|may|must|before|after|then)\b)"
)
_NO_TERMS = word_set(
    """same other first second third last next rest whole most more less many much such former latter following
    above below only very best worst right wrong left long short high higher lower great good little large
    small new old early late full half part parts lot kind sort type thing things way ways case cases point
    points number amount fact time times day days week year years answer question order side sides place
    result results example reason reasons end start beginning middle moment back front bottom chance problem
    difference idea ideas person people someone anyone nobody everyone everything nothing something anything
    them then than that this what when where while with word words sentence others ones poor rich young main
    common certain single double extra usual given required wanted needed available able likely unable true
    false opposite contrary meantime past future present text line lines claim statement effect rule rules
    conclusion argument difference total sum"""
)
_FUNCTION_CHARACTERS = re.compile(
    r"[的了是在和与也都不就而及着或个这那你我他她它们把被让给对从到以因为所如果但还又再很更最没有无会能可要应该用于其之"
    r"上下里外中前后时候年月日点分秒元只次种些每各某几多少一二三四五六七八九十百千万亿两第去来过得地吗呢吧啊请说做看想叫由将才已"
    r"先当比较等至则若且并向往跟同内您人出起成开进入此者何什么怎样]"
)
_NO_TERMS_ZH = word_set(
    """问题 情况 东西 方法 办法 原因 结果 方面 部分 今天 明天 现在 非常 需要 可能 自己 大家 知道 觉得 认为 直接 简单
    主要"""
)
