"""The one reading of text that all gates share: tokens, words, characters, sentences, shingles, language.

**Tokens.** On plain ASCII they are exactly those of ``rouge_score`` (lower case, runs of ``[a-z0-9]``, no stemmer),
so that ROUGE-L here is the ROUGE-L of the literature. ``rouge_score`` drops every other letter, and so finds 0.0 for
two identical Chinese texts. Here other text is NFKC-normalised and case-folded, and:

===========================  ===========================================================================
Han, Kana, Yi, Bopomofo      one token a character
Hangul                       one token a syllable: without a morphological analyser, a word is glued to its
                             particle, and 서울을 / 서울에 would share nothing
Thai, Lao, Khmer, Burmese    no spaces between words: one token a written cluster (leading vowel, consonant,
                             marks, trailing vowel)
every other script           runs of letters and digits, combining marks kept with their letter
emoji                        one token each, with its skin tone; a flag is one token
invisible characters         zero-width joiners, soft hyphens, variation selectors: dropped
===========================  ===========================================================================
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

T = TypeVar("T")

TOKENISATION = f"1 {unicodedata.unidata_version}"
"""Names what :func:`tokens` makes of texts: what was saved under another name is of no use any more.

The number changes with the table above; the tables of characters are Python's own.
"""


@functools.lru_cache(maxsize=32)  # the gates read the same instruction and input, one after the other
def tokens(text: str) -> tuple[str, ...]:
    """The tokens of ``text``; see the table above. A line break ends a token: lines can be read one by one.

    >>> tokens("Don't panic: v2.0")
    ('don', 't', 'panic', 'v2', '0')
    >>> tokens("用Python写3个函数")
    ('用', 'python', '写', '3', '个', '函', '数')
    """
    if text.isascii():
        return tuple(text.encode().translate(_ASCII_TOKENS).decode().split())
    return tuple(_token_pattern().findall(_folded(text)))


def token_octets(text: str) -> bytes:
    """The tokens of ``text`` in UTF-8, spaces between them: what ``split`` makes of it are those of :func:`tokens`.

    >>> token_octets("Don't panic: v2.0").split()
    [b'don', b't', b'panic', b'v2', b'0']
    """
    if text.isascii():
        return text.encode().translate(_ASCII_TOKENS)
    return " ".join(tokens(text)).encode()


def shingles(sequence: Sequence[T], n: int) -> set[tuple[T | None, ...]]:
    """The distinct ``n``-token shingles of a text with n - 1 empty places (None) before and after it.

    So the shingles at the edges shrink to one token: a text shorter than n has its own too, while two short texts
    collide only as far as they share words. A text of no tokens has none.
    """
    if not sequence:
        return set()
    edge: list[T | None] = [None] * (n - 1)
    padded = [*edge, *sequence, *edge]
    return set(zip(*(padded[start:] for start in range(n)), strict=False))


def joined(token_list: Iterable[str]) -> str:
    """Tokens as a person would read them: a space between words, none beside a Han or Kana character.

    >>> joined(["用", "python", "3", "写"])
    '用python 3写'
    """
    text = ""
    for token in token_list:
        text += token if not text or is_cjk(text[-1]) or is_cjk(token[0]) else f" {token}"
    return text


def count_words(text: str) -> int:
    """Words as a person counts them: "don't", "state-of-the-art", "3.5", "1,000" and an address are one word each.

    Each Han or Kana character counts one, a Korean word (between spaces) one. Signs and emoji are no words.
    """
    return len(_WORD.findall(text))


def count_characters(text: str) -> int:
    """Chinese 字数, as word processors count it: each Han or Kana character and each full-width mark is one.

    Each stretch of anything else between spaces ("Python3", "3.5%") is one too. For a count of code points use ``len``.
    """
    return len(_CHARACTER.findall(text))


def sentences(text: str) -> list[str]:
    """The sentences of ``text`` in order, stripped.

    English: abbreviations, initials, decimals, list numbers and ellipses end no sentence; a closing quote or bracket
    belongs to the sentence before it. Chinese: 。！？ end one, ；and ，do not. A line break ends one unless the
    next line goes on in lower case, as in hard-wrapped text. What holds no letter or digit is no sentence.
    """
    lowercase = text == text.lower()
    found: list[str] = []
    for block in _blocks(text):
        start = 0
        for end in _sentence_ends(block, lowercase):
            found.append(block[start:end].strip())
            start = end
        found.append(block[start:].strip())
    return [sentence for sentence in found if any(char.isalnum() for char in sentence)]


def paragraphs(text: str) -> list[str]:
    """The paragraphs of ``text``: what blank lines separate, a fenced code block staying whole.

    Chinese (and Japanese) prose is often set without blank lines: where ``text`` has none, each line that is no list
    item or table row is a paragraph.
    """
    found: list[list[str]] = [[]]
    fenced = False
    for line in text.splitlines():
        if _FENCE.match(line):
            fenced = not fenced
        if line.strip() or fenced:
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    whole = ["\n".join(paragraph).strip() for paragraph in found if paragraph]
    if len(whole) == 1 and "```" not in text and _CJK.search(text):
        only = lines(text)
        if not any(_LIST_ITEM.match(line) for line in only):
            return [line.strip() for line in only]
    return whole


def lines(text: str) -> list[str]:
    """The lines of ``text`` that hold anything."""
    return [line for line in text.splitlines() if line.strip()]


@functools.lru_cache(maxsize=8192)
def is_cjk(char: str) -> bool:
    """Whether ``char`` is a Han or Kana character (a script in which a character is the unit; Hangul is not)."""
    return _CJK.match(char) is not None


@functools.lru_cache(maxsize=4)  # a reader and a gate ask about the same instruction, one after the other
def language_of(text: str) -> str:
    """The language that ``text`` is written in: ``"en"``, ``"zh"``, ``"ja"``, ``"ko"``, another code, ``"und"``.

    By script, and by function words within the Latin script. Code, mark-up, formulas and addresses are no evidence
    for English, so a Chinese answer that is mostly Python is ``"zh"``. In a mixed text a Han character weighs as much
    as a Latin word: Chinese with English terms is ``"zh"``, English that quotes some Chinese is ``"en"``. A first
    clause in one script that a colon or a line break ends decides ("Translate into English: 你好").
    ``"und"`` where no letters remain, ``"other"`` for scripts without a best guess.
    """
    if len(text) > _LANGUAGE_WINDOW:
        text = text[:_LANGUAGE_WINDOW]
    coded = any(map(text.__contains__, _CODE_MARKS)) or ("(" in text and _CALL.search(text))
    if text.isascii() and (plain := _plain_language(text, coded=bool(coded))):
        return plain
    prose = _CODE.sub(" ", text) if coded else text
    units = {"latin": 1} if prose.isascii() else _script_units(prose)
    if not units or units.keys() == {"latin"}:
        # English around code may look like code itself ("Rate it (1 = bad; 5 = good)"), so then all of it is read.
        language, _ = _latin_language(prose)
        if language == "und":
            language, certain = _latin_language(text)
            return language if certain else "und"
        return language
    if units.keys() == {"zh"}:
        return "zh"
    main = _main_script(units)
    if len(units) > 1:
        # "Translate into English: 今天天气很好" and “请翻译：The quick brown fox”: the frame tells, not the material.
        head = _script_units(_QUOTED.sub(" ", _HEAD.split(prose.strip(), maxsplit=1)[0]))
        if len(head) == 1 and (head.get("latin", 0) >= 3 or head.get("zh", 0) >= 4):
            main = _main_script(head)
    return _latin_language(prose)[0] if main == "latin" else main


# Ranges of characters, for use inside [...]
_HAN = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f\U0001aff0-\U0001b16f"
_HANGUL = "\u1100-\u11ff\u3131-\u318e\ua960-\ua97c\uac00-\ud7a3\ud7b0-\ud7fb"
_OTHER_SYLLABLES = "\u3105-\u312f\u31a0-\u31bf\ua000-\ua48c\U00017000-\U00018d08\U0001b170-\U0001b2fb"
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aad\ua9e0-\ua9ff\uaa60-\uaadf"
_INVISIBLE_RANGES = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff"
)
_EMOJI = (
    "\u2300-\u23ff\u25b6\u25c0\u25fb-\u25fe\u2600-\u27bf\u2b00-\u2bff\u3030\u303d"
    "\U0001f000-\U0001f1e5\U0001f200-\U0001faff"
)

# Each byte in lower case, a space for what is no letter (or digit): so a text splits in half a pattern's time.
_ASCII_WORDS = bytes(code | 32 if chr(code).isalpha() and code < 128 else 32 for code in range(256))
_ASCII_TOKENS = bytes(code if chr(code).isdigit() and code < 128 else _ASCII_WORDS[code] for code in range(256))
_INVISIBLE = re.compile(f"[{_INVISIBLE_RANGES}]+")
_CJK = re.compile(f"[{_HAN}{_KANA}]")

_JOINER = r"(?:['’ʼ‐‑\-._@&/+]|:(?!\s)|://|(?<=\d),(?=\d))"
_RUN = rf"[^\W_{_HAN}{_KANA}]+(?:[\u0300-\u036f]+[^\W_{_HAN}{_KANA}]*)*"
_WORD = re.compile(rf"https?://[!-~]+|[{_HAN}{_KANA}]|{_RUN}(?:{_JOINER}{_RUN})*")

_FULL_WIDTH_MARK = "\u3001-\u3004\u3008-\u3020\u3030\u303d\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
_BOTH_WIDTHS_MARK = "“”‘’…—·"
_CHARACTER = re.compile(
    rf"[{_HAN}{_KANA}{_FULL_WIDTH_MARK}]"
    # Curly quotes, dashes and ellipses are full-width beside a full-width character, half-width beside Latin letters.
    rf"|(?<=[{_HAN}{_KANA}{_FULL_WIDTH_MARK}{_BOTH_WIDTHS_MARK}])[{_BOTH_WIDTHS_MARK}]"
    rf"|[{_BOTH_WIDTHS_MARK}](?=[{_HAN}{_KANA}])"
    rf"|(?:(?![{_BOTH_WIDTHS_MARK}][{_HAN}{_KANA}])[^\s{_HAN}{_KANA}{_FULL_WIDTH_MARK}])+"
)


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).casefold()
    # Case folding can undo normalisation (U+0345), which would make tokens of tokens differ.
    return text if unicodedata.is_normalized("NFKC", text) else unicodedata.normalize("NFKC", text)


@functools.cache
def _token_pattern() -> re.Pattern[str]:
    """Compiled on the first text that is not ASCII: it takes 15 ms to ask Unicode for the category of each character.

    ``re`` knows no categories, and its ``\\w`` leaves out combining marks and keeps the underscore.
    """
    units = re.compile(f"[{_HAN}{_KANA}{_HANGUL}{_OTHER_SYLLABLES}{_UNSPACED}{_INVISIBLE_RANGES}]")
    letters: list[int] = []
    marks: list[int] = []
    for code in range(0x10000):
        char = chr(code)
        category = unicodedata.category(char)
        if category[0] == "M":
            marks.append(code)
        if (category[0] in "LN" and not units.match(char)) or category[0] == "M":
            letters.append(code)
    # Beyond the first plane every range costs each failing character some time, so whole blocks of scripts stand for
    # their letters and marks; what is matched by another alternative is taken by that one, which comes first.
    letter = f"[{_as_ranges(letters)}\U00010000-\U0001cfff\U0001df00-\U0001efff]"
    mark = f"[{_as_ranges(marks)}]"
    leading, trailing, stacker = "เ-ไເ-ໄ", "ะาๅະາ", "\u1039\u17d2\u1a60"
    return re.compile(
        f"[{_HAN}{_KANA}{_HANGUL}{_OTHER_SYLLABLES}][\u302a-\u302f\u3099\u309a]*"
        f"|{letter}+"
        f"|(?:[{leading}](?=[{_UNSPACED}]))?[{_UNSPACED}](?:[{stacker}][{_UNSPACED}]|{mark})*[{trailing}]?"
        f"|[\U0001f1e6-\U0001f1ff]{{1,2}}"
        f"|[{_EMOJI}][\U0001f3fb-\U0001f3ff]?"
    )


def _as_ranges(codes: Sequence[int]) -> str:
    parts: list[str] = []
    start = previous = codes[0]
    for code in [*codes[1:], -1]:
        if code != previous + 1:
            parts.append(f"{re.escape(chr(start))}-{re.escape(chr(previous))}")
            start = code
        previous = code
    return "".join(parts)


def _word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_FENCE = re.compile(r"\s*(?:```|~~~)")
_WORD_LENGTH = 40
"""Characters around a full stop that tell whether it ends an abbreviation."""
_LIST_MARK = r"(?:[-*+•·▪●◦]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,4}|[一二三四五六七八九十]{1,3})[.)、．）])"
_LIST_ITEM = re.compile(rf"\s*(?:{_LIST_MARK}\s*|\||#{{1,6}}\s|>)")
_TERMINATOR = re.compile(
    r"""(?P<stop>[。！？｡]+[!?]*|[.!?…]+)(?P<close>["'”’»)\]}」』）】》〉*_`]*)(?P<space>\s*)(?P<next>.?)""", re.DOTALL
)
_ATTRIBUTION = re.compile(r"[^。！？，、；：“”「」\s]{0,8}(?:说|道|问|答|喊|叫|嚷|想|說|問|言う|言った)")
_ABBREVIATIONS = _word_set(
    """mr mrs ms dr prof rev hon st sr jr gen col capt lt sgt sen rep gov pres vs etc eg ie cf al viz approx appt
    apt ave blvd rd dept est ext fig figs eq eqs sec secs ch vol vols no nos p pp ed eds op inc ltd co corp bros min
    max avg jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun"""
)
# These may end a sentence too: "at 5 p.m. Then", "apples, pears, etc. We".
_ABBREVIATIONS_THAT_END = _word_set("etc inc ltd co corp jr sr al est no max min sun sat")
_WORDS_BEFORE_A_NUMBER = frozenset({"no", "nos"})
_STARTERS = _word_set(
    """the a an this that these those it he she we they i you there here in on at for from with by as if when while
    after before because although but and or so then now however what who where why how my our your his her its
    their some many most all each no not one another finally first second next let please"""
)
_ENDED_LINE = re.compile(r"""[.!?。！？:：]["'”’)\]]*$""")
_LAST_WORD = re.compile(r"(?<![^\W_])(?:(?:[^\W\d_]\.)+[^\W\d_]|[^\W\d_]+)$")


def _blocks(text: str) -> list[str]:
    """Lines, with hard-wrapped ones joined."""
    blocks: list[list[str]] = []
    open_block = False
    for line in text.splitlines():
        stripped = line.strip()
        wraps = open_block and stripped[:1].islower() and not _LIST_ITEM.match(stripped)
        if wraps and not _ENDED_LINE.search(blocks[-1][-1]):
            blocks[-1].append(stripped)
        elif stripped:
            blocks.append([stripped])
        open_block = bool(stripped)
    return [" ".join(block) for block in blocks]


def _sentence_ends(block: str, lowercase: bool) -> Iterator[int]:
    marker = _LIST_ITEM.match(block)
    for match in _TERMINATOR.finditer(block, marker.end() if marker else 0):
        stop, close, space, following = match.group("stop", "close", "space", "next")
        end = match.start("space")
        if not following:
            continue
        if stop[0] in "。！？｡":
            if not (close and _ATTRIBUTION.match(block, match.start("next"))):
                yield end
            continue
        if not space:
            # "你好!我是" has no space; "3.5", "e.g." and "example.com" are no ends.
            before = block[match.start() - 1 : match.start()]
            if stop[0] in "!?" and is_cjk(following) and is_cjk(before):
                yield end
            continue
        if following.islower() and not lowercase:
            continue
        if (
            stop == "."
            and not close
            and _is_abbreviation(
                block[max(0, match.start() - _WORD_LENGTH) : match.start()],
                block[match.start("next") : match.start("next") + _WORD_LENGTH],
                lowercase,
            )
        ):
            continue
        yield end


def _is_abbreviation(before: str, after: str, lowercase: bool) -> bool:
    match = _LAST_WORD.search(before)
    if match is None:
        return False
    word = match.group()
    follower = re.match(r"\w+", after)
    starts_sentence = follower is not None and follower.group().lower() in _STARTERS
    if "." in word or word.lower() in ("am", "pm"):  # e.g. · U.S. · p.m.
        if word.lower() in ("e.g", "i.e"):
            return True
        return "." in word and not starts_sentence
    if len(word) == 1 and word.isalpha() and not lowercase:  # an initial: J. K. Rowling
        return word.isupper() and word != "I" and not starts_sentence
    name = word.lower()
    if name in _WORDS_BEFORE_A_NUMBER:
        return after[:1].isdigit()
    if name in _ABBREVIATIONS_THAT_END:
        return not starts_sentence and not after[:1].isupper()
    return name in _ABBREVIATIONS


_LANGUAGE_WINDOW = 4000
"""Characters that decide the language; enough for certainty, and it bounds the cost of a long text."""

_CODE_MARKS = ("`", "<", "{", "$", "\\", "=", ";", "@", "_", "://")
_CALL = re.compile(r"\w\(")
_CODE = re.compile(
    r"""(?:```|~~~).*?(?:```|~~~|\Z)             # fenced blocks
    |`[^`\n]+`                                     # inline code
    |\$\$.+?\$\$|\$[^$\n]{1,200}\$|\\[a-zA-Z]+    # formulas
    |<[^<>\n]{1,200}>                              # tags
    |\b(?:https?://|www\.)[!-~]+|(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.]+
    |"[A-Za-z_][\w-]*"\s*:                         # JSON keys
    |\b[A-Za-z]+_\w+|\b[a-z]+[A-Z]\w*|\b[A-Za-z_][\w.]*\([^()\n]*\)   # identifiers and calls
    |^(?=.*[;{}=()\[\]])[ -~]*[;{})\]:,][ \t]*(?=$|//|\#|/\*)          # lines of code
    |^[ \t]*(?:def|class|return|import|from|for|while|if|elif|else|try|except|function|var|let|const|print|SELECT
        |INSERT|UPDATE|DELETE)\b[ -~]*[=():;{}][ -~]*
    |^[ \t]*[\w.\[\]]+[ ]*[-+*/]?=[ ]*[ -~]+""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_QUOTED = re.compile(
    r"""“[^”]*”|‘[^’]*’|「[^」]*」|『[^』]*』|《[^》]*》|"[^"]*"|(?<!\w)'[^']*'(?!\w)|（[^）]*）|\([^)]*\)"""
)
_HEAD = re.compile(r"[:：\n]")
_LATIN = r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+(?:['’-][A-Za-z]+)*"
_HAN_RUN, _LATIN_RUN = re.compile(f"[{_HAN}]+"), re.compile(_LATIN)
# Texts of these alone have no other letters, which is sooner seen.
_COMMON = re.compile("[\x00-\x7f‘’“”…—·\u3000-\u3004\u3008-\u3020\u4e00-\u9fff\uff01-\uff0f\uff1a-\uff20]*")
_OTHER_LETTER = re.compile(rf"[^\W\d_A-Za-z\u00c0-\u024f\u1e00-\u1eff{_HAN}]")
_SCRIPT_RUN = re.compile(
    rf"(?P<zh>[{_HAN}]+)|(?P<kana>[{_KANA}]+)|(?P<ko>[{_HANGUL}]+)"
    rf"|(?P<latin>{_LATIN})"
    r"|(?P<ru>[\u0400-\u052f]+)|(?P<el>[\u0370-\u03ff\u1f00-\u1fff]+)"
    r"|(?P<ar>[\u0600-\u06ff\u0750-\u077f]+)|(?P<he>[\u0590-\u05ff]+)"
    r"|(?P<hi>[\u0900-\u097f]+)|(?P<bn>[\u0980-\u09ff]+)|(?P<ta>[\u0b80-\u0bff]+)|(?P<te>[\u0c00-\u0c7f]+)"
    r"|(?P<th>[\u0e00-\u0e7f]+)|(?P<lo>[\u0e80-\u0eff]+)|(?P<my>[\u1000-\u109f]+)|(?P<km>[\u1780-\u17ff]+)"
    r"|(?P<ka>[\u10a0-\u10ff]+)|(?P<hy>[\u0530-\u058f]+)|(?P<am>[\u1200-\u137f]+)|(?P<other>[^\W\d_]+)"
)
_UNSPACED_SCRIPTS = frozenset({"zh", "kana", "ko", "th", "lo", "my", "km"})
_LATIN_WORD = re.compile("[a-z\u00df-\u024f\u1e00-\u1eff]+")
_FUNCTION_WORDS = {
    "en": "a an the of and or but to in on at by for from with as is are was were be been it its this that these those"
    " he she we they you i me my your his her our their not no do does did have has had will would can could should"
    " what which who when where why how if so than then there about into all some any more give write find make",
    "fr": "le la les des et est dans pour que qui une sur avec pas plus par ce cette sont au aux vous nous du un",
    "de": "der die das und ist nicht ein eine zu den mit auf für von sich des dem im auch wie es ich sie wir",
    "es": "el la los las en que por para una con del se su un como más pero lo al sus este está",
    "pt": "os em que por para uma com da dos das um como mais mas não ao se sua seu é são",
    "it": "il lo gli di che per una con della non un sono come più ma nel si alla questo anche è",
    "nl": "de het een en van is dat op te niet met voor zijn er aan om ook als maar bij wordt",
    "vi": "và của là có không được một các cho với trong người này những để",
    "id": "yang dan di untuk dengan tidak ini itu dari adalah pada dalam akan ke",
    "tr": "ve bir bu için ile da ne çok gibi olan daha olarak",
    "pl": "na nie się jest że jak od po przez dla oraz przy tego",
}
_CODE_WORDS = _word_set("a i and or not in is as for from with if this that do does can any all some find make write")
"""English function words that are names or keywords in code too."""


def _script_units(text: str) -> dict[str, int]:
    """How many characters (unspaced scripts) or words (others) of each script, by language or group name."""
    if _COMMON.fullmatch(text) or not _OTHER_LETTER.search(text):  # Chinese or English or both, as most texts are
        han, latin = sum(map(len, _HAN_RUN.findall(text))), len(_LATIN_RUN.findall(text))
        return {script: count for script, count in (("zh", han), ("latin", latin)) if count}
    units: dict[str, int] = {}
    for run in _SCRIPT_RUN.finditer(text):
        script = run.lastgroup or ""
        units[script] = units.get(script, 0) + (run.end() - run.start() if script in _UNSPACED_SCRIPTS else 1)
    return units


def _main_script(units: dict[str, int]) -> str:
    kana, han, hangul, latin = (units.get(name, 0) for name in ("kana", "zh", "ko", "latin"))
    east = max(han + kana, hangul)
    others = {name: count for name, count in units.items() if name not in ("kana", "zh", "ko", "latin")}
    best_other = max(others, key=lambda name: (others[name], name)) if others else ""
    if best_other and others[best_other] > max(east, latin):
        return best_other
    # A few quoted characters leave English English; technical Chinese may have more Latin words than this.
    if east and east > 0.5 * latin:
        if hangul > han + kana:
            return "ko"
        return "ja" if kana >= 0.15 * (han + kana) else "zh"
    return "latin"


def _plain_language(text: str, *, coded: bool) -> str:
    """The language of a text in ASCII with no word that is another language's alone; ``""`` where it is not so plain.

    With one that is English and in no code, taking out code cannot change the language: whatever is left has no word
    that speaks against English. Without one, that holds where there is no code.
    """
    words = set(text.encode().translate(_ASCII_WORDS).split())
    english, foreign = _plain_english()
    if not foreign.isdisjoint(words) or (coded and english.isdisjoint(words)):
        return ""
    return "en" if words else "und"


def _latin_language(text: str) -> tuple[str, bool]:
    """The language, and whether there are words that no code would have."""
    words = _LATIN_WORD.findall(text.lower())
    if not words:
        return "und", False
    known, english, foreign, certain = _function_words()
    # Most texts are English and need no count by language: no one language has more votes than all others together.
    if sum(map(english.__contains__, words)) >= sum(map(foreign.__contains__, words)):
        return "en", not certain.isdisjoint(words)
    votes: dict[str, int] = {}
    prose = False
    for word in words:
        for language in known.get(word, ()):
            votes[language] = votes.get(language, 0) + 1
            prose = prose or word not in _CODE_WORDS
    best = max(votes, key=lambda language: (votes[language], language), default="en")
    # Titles and names ("La Haye") are no evidence: another language must show twice, and show more than English.
    if votes.get(best, 0) >= 2 and votes[best] > votes.get("en", 0):
        return best, prose
    return "en", prose


class _FunctionWords(NamedTuple):
    languages: dict[str, tuple[str, ...]]  # of each word
    english: frozenset[str]
    foreign: frozenset[str]  # also those that are English too
    certain: frozenset[str]  # those that no code would have


@functools.cache
def _function_words() -> _FunctionWords:
    found: dict[str, tuple[str, ...]] = {}
    for language, words in _FUNCTION_WORDS.items():
        for word in words.split():
            found[word] = (*found.get(word, ()), language)
    english = frozenset(word for word, languages in found.items() if "en" in languages)
    foreign = frozenset(word for word, languages in found.items() if set(languages) - {"en"})
    return _FunctionWords(found, english, foreign, frozenset(found) - _CODE_WORDS)


@functools.cache
def _plain_english() -> tuple[frozenset[bytes], frozenset[bytes]]:
    """Function words that are English and in no code, and those that are other languages' alone."""
    words = _function_words()
    english, foreign = words.english & words.certain, words.foreign - words.english
    return frozenset(word.encode() for word in english), frozenset(word.encode() for word in foreign if word.isascii())
