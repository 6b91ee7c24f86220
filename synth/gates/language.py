"""Language: the instruction is in the draft's declared language, and the answer in a language that fits the task.

Chinese with English terms is Chinese (``synth.text.language_of``). An answer may be in another language where the
task asks for one (translation, a named language), where it echoes the input's, and where it is no prose at all: code,
JSON, names, numbers.
"""

from __future__ import annotations

import re

from synth.protocols import View
from synth.records import Draft, Sample, Verdict, passing
from synth.text import count_words, is_cjk, language_of


class LanguageGate:
    """Rejects instructions that left their language, and answers in a language that nothing called for.

    ``min_words``: answers shorter than this (names, labels, figures) are in no particular language.
    """

    name = "language"
    screens = True
    reads_answer = True
    reads_pool = False

    def __init__(self, min_words: int = 6) -> None:
        self.min_words = min_words

    def judge(self, draft: Draft, view: View) -> Verdict:
        declared = draft.language
        found = language_of(draft.instruction)
        if found not in (declared, "und") and not _reads_as(draft.instruction, declared):
            return self._reject("instruction-language", "instruction", draft.instruction, found, declared)
        if draft.output is None:
            return passing(self.name)
        spoken = language_of(draft.output)
        if spoken in (declared, "und") or _reads_as(draft.output, declared) or self._is_called_for(spoken, draft):
            return passing(self.name)
        return self._reject("output-language", "output", draft.output, spoken, declared)

    def remember(self, sample: Sample) -> None:
        """Nothing: a draft declares its own language."""

    def _is_called_for(self, spoken: str, draft: Draft) -> bool:
        output = draft.output or ""
        if count_words(output) < self.min_words or _names_a_language(draft.instruction):
            return True
        if spoken not in _SPACELESS and (
            _is_code(output) or _ABOUT_CODE.search(draft.instruction) or not _is_prose(output)
        ):
            return True
        return bool(draft.input.strip()) and language_of(draft.input) == spoken

    def _reject(self, rule: str, field: str, text: str, found: str, declared: str) -> Verdict:
        evidence = f"{field} is {found}, declared {declared}: {_shares(text)}: “{text.strip()[:60]}”"
        return Verdict(self.name, passed=False, rule=rule, evidence=evidence)


_LANGUAGE_WORD = re.compile(
    r"translat|\b(?:english|chinese|mandarin|cantonese|japanese|korean|french|german|spanish|italian"
    r"|portuguese|russian|arabic|latin"
    r"|hindi|dutch|swedish|turkish|greek|hebrew|thai|vietnamese|polish|bilingual|language|pinyin|phrasebook|characters)\b"
    r"|翻译|译[成为文出]|英译|汉译|英[文语]|中文|汉语|日[文语]|韩[文语]|法[文语]|德[文语]|西班牙[文语]"
    r"|俄[文语]|意大利[文语]|葡萄牙[文语]|阿拉伯[文语]|拉丁[文语]|外语|双语|语言|拼音|单词|词汇|口语|托福|雅思|四六级",
    re.IGNORECASE,
)
_ABOUT_CODE = re.compile(
    r"代码|程序|函数|脚本|正则|命令|查询|网页|接口|算法|数据库|python|java|sql|html|css|c\+\+|json|yaml"
    r"|xml|bash|shell|linux|git|regex|latex|markdown|\bcode|function|script",
    re.IGNORECASE,
)
_WINDOW = 4000
"""Characters that are looked at, as many as ``language_of`` looks at."""

_SPACELESS = ("zh", "ja", "ko", "th")
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|「[^」]*」|‘[^’]*’|(?<!\w)'[^']*'(?!\w)|`[^`]*`")
_LATIN_WORD = re.compile(r"[a-z\u00df-\u024f]+")
_ENGLISH = frozenset(
    """the a an of and to in is are was were be been it its that this these those for with as on at by from or but
    not no i you he she we they me my your his her our their what which who how why when where do does did have has had
    will would can could should may might must if then than so there here about into over after before more most some
    any all one two also only very just because while each every other such like make use using get please""".split()
)
_FOREIGN = frozenset(
    """le la les des du de et est dans pour que qui une un avec sur au aux ne pas vous nous je der die das und ist
    nicht ein eine mit auf den dem zu im sich für aber el los las por con del se y es en lo su il di che della per non
    sono como os um uma não em het een van op""".split()
)
_CODE_MARK = re.compile(
    r"```|^[ \t]*(?:def|class|import|from|function|const|let|var|public|#include|SELECT|<!DOCTYPE|<html|<\?)\b",
    re.MULTILINE,
)


def _names_a_language(instruction: str) -> bool:
    return _LANGUAGE_WORD.search(instruction) is not None


def _reads_as(text: str, declared: str) -> bool:
    """Whether ``text``, apart from the material in it, may well be in the declared language after all.

    "Translate: 今天天气很好，我们去公园吧" and "What does 塞翁失马 mean?" are English; so is "I do what I want to do",
    whose words are all as short as another language's.
    """
    text = text.strip()[:_WINDOW]
    head = re.split(r"[:：\n]", text, maxsplit=1)[0]
    bare = _QUOTED.sub(" ", text)
    if any(part != text and language_of(part) == declared for part in (head, bare)):
        return True
    if declared != "en":
        return False
    words = _LATIN_WORD.findall(text.lower())
    common = sum(word in _ENGLISH for word in words)
    han = sum(is_cjk(char) for char in text)
    return common >= max(1, 0.12 * len(words)) and (
        han == 0 or (text[:1].isascii() and common >= 2 and han <= 2 * len(words))
    )


def _is_prose(output: str) -> bool:
    """Whether a text in Latin letters is more than names, formulas and labels: sentences have common words."""
    words = _LATIN_WORD.findall(output[:_WINDOW].lower())
    common = sum(word in _ENGLISH for word in words)
    foreign = sum(word in _FOREIGN for word in words)
    return common >= max(2, 0.1 * len(words)) or foreign >= max(2, 0.1 * len(words))


def _is_code(output: str) -> bool:
    return _CODE_MARK.search(output) is not None or output.lstrip()[:1] in ("{", "[", "<")


def _shares(text: str) -> str:
    han = sum(is_cjk(char) for char in text)
    latin = len(re.findall(r"[A-Za-z]+(?:['’-][A-Za-z]+)*", text))
    total = max(1, han + latin)
    return f"{han / total:.0%} Han or Kana, {latin / total:.0%} Latin words"
