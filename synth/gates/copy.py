"""Copies: a draft that is its parent or a pool sample over again, an answer that only repeats what it was given.

===========================  =======================================================================================
``same-as-parent``           instruction and input are those of a parent (or of a demonstration)
``same-as-pool``             … or of any pool sample
``answer-is-instruction``    the answer is the instruction, or the instruction and the input
``answer-is-input``          the answer is the input, where the task is to change it
===========================  =======================================================================================

Drafts are compared without regard to case, width, spacing and final punctuation, but with their signs: "2 + 3" is
another task than "2 - 3". An answer is its input only to the letter ("i am here" to "I am here." may be the whole
task), and for many tasks rightly so: what is to be corrected may be correct, what is to be sorted may be in order.
So it counts where the instruction asks for other words (translate, paraphrase, summarise), and elsewhere where the
input is longer than a phrase and nothing in the instruction allows it to stay.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from synth.novelty.store import Roll, Store, reread
from synth.protocols import View
from synth.records import Draft, Sample, Verdict, passing
from synth.text import tokens


class CopyGate:
    """Remembers a digest of each pool sample's instruction and input."""

    name = "copy"
    screens = True
    reads_answer = True
    reads_pool = True

    def __init__(self) -> None:
        self._pool: dict[bytes, str] = {}
        self._roll = Roll()
        self._store = Store("copy", _FORMAT)
        self._last: tuple[str, str, bytes] = ("", "", b"")

    def judge(self, draft: Draft, view: View) -> Verdict:
        task = _task(draft)
        digest = _digest(task)
        self._last = draft.instruction, draft.input, digest
        for parent in view.parents:
            if _task(parent) == task:
                return self._reject("same-as-parent", draft.instruction, parent.id)
        if (known := self._pool.get(digest)) is not None:
            return self._reject("same-as-pool", draft.instruction, known)
        if draft.output is not None and (rule := _repeats(draft, draft.output)):
            return self._reject(rule, draft.output)
        return passing(self.name)

    def remember(self, sample: Sample) -> None:
        # What is admitted was judged just before, as a rule.
        instruction, context, digest = self._last
        if (instruction, context) != (sample.instruction, sample.input):
            digest = _digest(_task(sample))
        self._pool.setdefault(digest, sample.id)
        self._roll.add(sample.id)

    def recall(self, samples: Sequence[Sample], directory: Path) -> list[str]:
        store, lines, roll, problem = reread("copy", _FORMAT, directory, [sample.id for sample in samples])
        if store is not None:
            self._store, self._roll = store, roll
            self._pool = {bytes.fromhex(digest): name for digest, name in (line.split(" ") for line in lines)}
        for sample in samples[self._roll.rows :]:
            self.remember(sample)
        return [problem] if problem else []

    def save(self, directory: Path) -> None:
        self._store.save(directory, _Lines(self._pool), {}, self._roll.state)

    def _reject(self, rule: str, text: str, neighbour: str | None = None) -> Verdict:
        quote = " ".join(text.split())
        evidence = quote if len(quote) <= _QUOTE else quote[:_QUOTE] + " …"
        return Verdict(self.name, passed=False, rule=rule, evidence=evidence, neighbour=neighbour)


@dataclass(frozen=True, slots=True)
class _Lines:
    """Digests and ids as lines, in the order in which they were first remembered."""

    pool: Mapping[bytes, str]

    def __len__(self) -> int:
        return len(self.pool)

    def since(self, count: int) -> Iterator[str]:
        return (f"{digest.hex()} {name}" for digest, name in itertools.islice(self.pool.items(), count, None))


_FORMAT = 1
"""Changes with what the digest is of, so that none that was saved before is taken for one of now."""

_QUOTE = 160
"""Characters that the evidence quotes."""

_PHRASE = 6
"""Tokens of an input that are a phrase: the whole of it may well be what is asked for (a name, a date, a word)."""

_OPENING, _FINAL = "\"'“”‘’「『", " .!?。！？…\"'“”‘’」』"

_OTHER_WORDS = re.compile(
    r"\b(?:translat|paraphras|rephras|reword|summari[sz]|synonym|antonym|opposite"
    r"|in (?:your|other|different) (?:own )?words|rewrite (?:it|this|the \w+) (?:in|as|to|from|so))"
    r"|翻译|译成|译为|换一种说法|换句话|改写|用自己的话|概括|总结|摘要|缩写|扩写|同义|反义",
    re.IGNORECASE,
)
_MAY_STAY = re.compile(
    r"\b(?:repeat|echo|cop(?:y|ies)|quote|cite|verbatim|unchanged|as[- ]is|same|correct|fix|repair|debug|errors?|bugs?"
    r"|mistakes?|check|proofread|edit|improve|revis|grammar|grammatical|spell|punctuat|typos?|comma|capital|case\b|sort"
    r"|order|rank|arrange|sequence|format|indent|convert|normali[sz]|clean|filter|remov|delet|strip|replac|mask|redact"
    r"|trim|duplicat|unique|extract|find|identify|select|choose|pick|which|what|who|where|longest|largest|output|print"
    r"|return|parse|split|join|combine|complete|insert|if\b|unless|necessary|needed)"
    r"|重复|复述|照抄|抄写|原样|原文|原句|引用|背诵|改正|修正|纠正|更正|订正|修复|修改|检查|校对|编辑|润色|错误|错别字|语法"
    r"|拼写|标点|逗号|大写|小写|排序|排列|顺序|格式|缩进|转换|转为|转成|规范|清洗|过滤|删除|删去|去掉|去除|移除|替换|脱敏"
    r"|去重|提取|抽取|找出|找到|识别|选择|选出|挑出|哪|什么|谁|最长|最大|输出|打印|返回|解析|拆分|合并|补全|填空|插入"
    r"|如果|若|必要|需要",
    re.IGNORECASE,
)


def _task(task: Draft | Sample) -> str:
    return f"{_plain(task.instruction)}\n{_plain(task.input)}"


@functools.lru_cache(maxsize=8)  # an instruction is asked for as a task, and again beside its answer
def _plain(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split()).lstrip(_OPENING).rstrip(_FINAL)


def _digest(task: str) -> bytes:
    return blake2b(task.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _repeats(draft: Draft, output: str) -> str | None:
    flat = " ".join(output.split())
    if len(flat) > 2 * (len(draft.instruction) + len(draft.input)):  # too long to be either: most answers are
        return None
    answer = _plain(flat)
    if not answer:  # an empty answer is the shape gate's
        return None
    task = _plain(draft.instruction)
    if answer.startswith(task) and answer in (task, _plain(f"{draft.instruction} {draft.input}")):
        return "answer-is-instruction"
    if draft.input and flat == " ".join(draft.input.split()):
        if _OTHER_WORDS.search(draft.instruction):
            return "answer-is-input"
        if len(tokens(draft.input)) > _PHRASE and not _MAY_STAY.search(draft.instruction):
            return "answer-is-input"
    return None
