"""What to ask of a task besides what it asks already: constraints that are natural for its answer, and can be met."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Sequence

from synth.constraints.kind import SLOTS, Finding
from synth.constraints.table import KINDS, conflict
from synth.constraints.task import Task
from synth.records import Constraint

_PHRASINGS_TRIED = 16


ENOUGH = 3
"""Checkable constraints that a task may carry; people do not write longer lists of them."""


def offer(
    instruction: str,
    input: str,  # noqa: A002 - the records' name for it
    answer: str,
    language: str,
    existing: Sequence[Constraint],
    rng: random.Random,
    n: int,
) -> list[Constraint]:
    """Up to ``n`` constraints, the likelier kinds first as a rule, of which each one alone can be added to the task.

    Each is realisable: ``realise([*existing, it], answer, language)`` gives an answer on which all of them pass. None
    repeats or contradicts an existing one or what the instruction says. Two of them together may clash: ask
    :func:`compatible` and :func:`realise`.
    """
    bare = instruction
    for constraint in existing:
        bare = bare.replace(constraint.phrase, " ")
    task = Task(bare, input, answer, language)
    offers: list[Constraint] = []
    for name in _shuffled(rng):
        if len(offers) >= n:
            break
        kind = KINDS[name]
        if language not in kind.wordings or any(conflict(name, held.kind) for held in existing):
            continue
        args = kind.propose(task, rng)
        if args is None:
            continue
        for _ in range(_PHRASINGS_TRIED):
            offered = Constraint(name, args, kind.phrase(args, language, rng))
            if _fits(offered.phrase, task) and compatible([*existing, offered]):
                if realise([*existing, offered], answer, language) is not None:
                    offers.append(offered)
                break
    return offers


def compatible(constraints: Sequence[Constraint]) -> bool:
    """Whether the constraints can stand side by side: no contradiction, no repetition, not two reasons that clash."""
    for one, other in itertools.combinations(constraints, 2):
        if conflict(one.kind, other.kind) or (_PLACE.search(one.phrase) and _PLACE.search(other.phrase)):
            return False
        if any(reason in one.phrase.lower() and reason in other.phrase.lower() for reason in _REASONS):
            return False
    return True


def check(constraint: Constraint, answer: str, language: str) -> Finding:
    """Whether ``answer``, to an instruction in ``language``, satisfies ``constraint``; an empty one satisfies none."""
    if not answer.strip():
        return Finding(False, "the answer is empty")
    return KINDS[constraint.kind].check(constraint.args, answer, language)


def realise(constraints: Sequence[Constraint], answer: str, language: str) -> str | None:
    """``answer`` edited to satisfy all ``constraints`` together; None where that cannot be done honestly.

    What passes already is left as it is. Edits add, mark up or rearrange; they never change a fact.
    """
    for constraint in sorted(constraints, key=lambda item: KINDS[item.kind].stage):
        if check(constraint, answer, language).passed:
            continue
        edited = KINDS[constraint.kind].realise(constraint.args, answer, language) if answer.strip() else None
        if edited is None:
            return None
        answer = edited
    return answer if all(check(constraint, answer, language).passed for constraint in constraints) else None


# Where the answer will be used, or what reads it. One text has one such destination.
_PLACE = re.compile(
    r"\b(?:slides?|phone|screen|forms?|field|box|cards?|notice ?board|posters?|newsletters?"
    r"|e-?mails?|spreadsheets?|labels?"
    r"|leaflets?|handouts?|aloud|read (?:it )?out|hear|scripts?|programs?|tool|database|import|csv"
    r"|messages?|signs?|walls?"
    r"|boards?|chat|website|wiki|page|article|report|column|template|layout|editor|printer|mailer"
    r"|meeting|pupils|customers?"
    r"|audience|readers?|system|stencilled|document|letters?|toast|speech|children|class)\b"
    r"|幻灯片|PPT|手机|屏|表单|卡片|公告|海报|邮件|朗读|电话|念|读给|听|程序|脚本|系统|工具|导入|数据库|群|展板|网页|页面|短信|消息|墙"
    r"|单元格|输入框|栏位|栏目|讲义|模板|编辑器|打印|知识库|报告|引用|会议|开会|学生|孩子|客户|老人|长辈|读者|文档|排版|材料|标签",
    re.IGNORECASE,
)
_REASONS = tuple(
    filler.lower() for slots in SLOTS.values() for name, fillers in slots.items() if name != "it" for filler in fillers
)


# An institution speaks here, which the writer of a private question is not.
_INSTITUTION = re.compile(r"\b(?:our|we)\b|我们|归档|存档|惯例|模板|规范|格式规定|体例", re.IGNORECASE)
_PRIVATE = re.compile(r"\b(?:I|I'm|I've|my)\b|(?<![给帮])我(?!们)")
# How the text should sound, which a story, a letter or a speech settles by itself.
_TONE = re.compile(
    r"\b(?:tone|calm|sober|matter-of-fact|hype|formal|impersonally|register)\b|语气|口吻|平实|冷静|夸张|正式|客观"
)


def _fits(phrase: str, task: Task) -> bool:
    """Whether the reasons that a phrase gives can be those of the person who wrote the instruction."""
    # A text that goes on a poster does not go into a spreadsheet cell as well.
    if _PLACE.search(phrase) and (task.crafted or _PLACE.search(task.instruction)):
        return False
    if _TONE.search(phrase) and (task.crafted or _TONE.search(task.instruction)):
        return False
    return not (_INSTITUTION.search(phrase) and (task.crafted or _PRIVATE.search(task.instruction)))


def _shuffled(rng: random.Random) -> list[str]:
    """All kinds in random order, heavier ones earlier: an exponential race (Efraimidis and Spirakis 2006)."""
    return sorted(KINDS, key=lambda name: rng.expovariate(KINDS[name].weight))
