"""Tokens, words, characters, sentences, languages: English, Chinese and the rest."""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.tokenizers import DefaultTokenizer

from synth import text
from synth.novelty.rouge import rouge_l

ROUGE_TOKENS = DefaultTokenizer(use_stemmer=False).tokenize


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_on_ascii_the_tokens_are_those_of_rouge_score(given_text: str) -> None:
    assert list(text.tokens(given_text)) == ROUGE_TOKENS(given_text)


@given(st.text())
def test_tokens_of_tokens_are_the_same_tokens(given_text: str) -> None:
    tokens = text.tokens(given_text)
    assert text.tokens(" ".join(tokens)) == tokens


@given(st.text())
def test_every_letter_and_digit_is_in_some_token(given_text: str) -> None:
    plain = unicodedata.normalize("NFKC", given_text).casefold()
    letters = {char for char in unicodedata.normalize("NFKC", plain) if char.isalnum()}
    assert letters <= set("".join(text.tokens(given_text)))


@pytest.mark.parametrize(
    ("given_text", "tokens"),
    [
        ("Don’t panic: v2.0", ["don", "t", "panic", "v2", "0"]),
        ("snake_case café", ["snake", "case", "café"]),
        ("用Python写3个函数。", ["用", "python", "写", "3", "个", "函", "数"]),
        ("ＡＢＣ１２３，全角", ["abc123", "全", "角"]),
        ("時々、カタカナ", ["時", "々", "カ", "タ", "カ", "ナ"]),
        ("서울을 방문", ["서", "울", "을", "방", "문"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("เปิดน้ำ", ["เปิ", "ด", "น้ํา"]),
        ("مرحبا بالعالم", ["مرحبا", "بالعالم"]),
        ("STRASSE straße", ["strasse", "strasse"]),
        ("ok 👍🏽 🇨🇳 ❤️", ["ok", "👍🏽", "🇨🇳", "❤"]),
        ("soft\u00adhyphen zero\u200bwidth", ["softhyphen", "zerowidth"]),
        ("\ud800 half a character", ["half", "a", "character"]),
        ("。！？ -- …", []),
    ],
)
def test_tokens(given_text: str, tokens: list[str]) -> None:
    assert list(text.tokens(given_text)) == tokens


PAIRS = {
    "English": ("Write a haiku about the first snow of winter.", "How do vaccines train our immune system?"),
    "Chinese": ("请写一首关于初雪的俳句，语气要安静。", "疫苗如何帮助人体识别病毒？"),
    "Japanese": ("初雪について静かな俳句を書いてください。", "ワクチンは免疫をどう鍛えるのか?"),
    "Korean": ("첫눈에 대한 조용한 하이쿠를 써 주세요.", "백신은 면역 체계를 어떻게 훈련하나요?"),
    "Thai": ("เขียนกลอนสั้นเกี่ยวกับหิมะแรก", "วัคซีนช่วยร่างกายรู้จักไวรัสได้อย่างไร"),
    "Russian": ("Напишите хайку о первом снеге.", "Как вакцины тренируют иммунитет?"),
    "Arabic": ("اكتب قصيدة قصيرة عن أول ثلج", "كيف تدرب اللقاحات جهاز المناعة؟"),
    "Hindi": ("पहली बर्फ़ पर एक हाइकु लिखिए", "टीके प्रतिरक्षा को कैसे सिखाते हैं?"),
    "emoji": ("🎉🎂🎈", "🚗🚕🚙"),
}


@pytest.mark.parametrize("language", PAIRS)
def test_identical_texts_score_1_and_unrelated_ones_near_0_in_every_language(language: str) -> None:
    first, second = (text.tokens(side) for side in PAIRS[language])
    assert rouge_l(first, first) == 1.0
    assert rouge_l(first, second) <= 0.2


@pytest.mark.parametrize(
    ("given_text", "words"),
    [
        ("don't state-of-the-art 3.5 1,000", 4),
        ("It’s well—known -- or not…yet", 6),
        ("See https://example.com/a?b=1&c=2, or mail me@example.com.", 5),
        ("2 + 2 = 4", 3),
        ("e.g. the U.S. at 10:30", 5),
        ("我有3个apple。", 5),
        ("안녕 세상", 2),
        ("", 0),
        ("--- *** !!!", 0),
        ("crème brûlée", 2),
        ("cafe\u0301 noir", 2),
    ],
)
def test_words_are_counted_as_a_person_counts_them(given_text: str, words: int) -> None:
    assert text.count_words(given_text) == words


@pytest.mark.parametrize(
    ("given_text", "characters"),
    [
        ("你好，世界！", 6),
        ("我用Python3写了100行代码。", 10),
        ("他说：“好……”", 8),
        ("一、二", 3),
        ("Don’t worry", 2),
        ("", 0),
        ("第一行\n第二行", 6),
    ],
)
def test_chinese_characters_are_counted_as_word_processors_count_them(given_text: str, characters: int) -> None:
    assert text.count_characters(given_text) == characters


@pytest.mark.parametrize(
    "sentences",
    [
        ["Dr. Smith paid $3.50 at 5 p.m. on Friday.", "He left."],
        ["Use a tool, e.g. a hammer.", "It works!"],
        ["J. K. Rowling wrote it.", "She was born in 1965."],
        ["He said, “Stop!” and ran.", "Why?"],
        ["Wait... what?", "No."],
        ["See fig. 3 and no. 5 below.", "Then go on."],
        ["It rained.)", "“We stayed.”", "Nobody minded."],
        ["It is version 2.0.1 of example.com.", "Install it."],
        ["all lower case here.", "it still counts."],
        ["今天很好；明天也不错，后天呢？", "不知道！", "再说吧。"],
        ["“去吧！”他说。", "她没有动。"],
        ["价格是3.5元。", "（含税。）", "很便宜。"],
        ["请使用Python 3.11版本。", "安装后运行。"],
        ["你好!", "我是小明."],
    ],
)
def test_sentences_end_where_they_end(sentences: list[str]) -> None:
    glue = "" if text.is_cjk(sentences[0][-2]) or text.is_cjk(sentences[0][0]) or sentences[0][0] in "“（" else " "
    assert text.sentences(glue.join(sentences)) == sentences


def test_each_list_item_is_a_sentence_and_a_hard_wrapped_line_is_not() -> None:
    assert text.sentences("1. Wash the rice.\n2. Boil it. Stir.\n- salt\n* pepper") == [
        "1. Wash the rice.",
        "2. Boil it.",
        "Stir.",
        "- salt",
        "* pepper",
    ]
    assert text.sentences("This line is wrapped\nby hand here.") == ["This line is wrapped by hand here."]
    assert text.sentences("标题\n正文第一句。正文第二句。") == ["标题", "正文第一句。", "正文第二句。"]
    assert text.sentences("... !!! 。。。") == []


@given(st.text(alphabet='Ab c.。!?！…\n"“”12甲乙'))
def test_sentences_lose_no_letter(given_text: str) -> None:
    def letters(part: str) -> str:
        return "".join(char for char in part if char.isalnum())

    assert letters("".join(text.sentences(given_text))) == letters(given_text)


def test_paragraphs_are_parted_by_blank_lines_and_code_stays_whole() -> None:
    assert text.paragraphs("One\nstill one.\n\n \nTwo.") == ["One\nstill one.", "Two."]
    assert text.paragraphs("See:\n\n```\na = 1\n\nb = 2\n```\n\nDone.") == ["See:", "```\na = 1\n\nb = 2\n```", "Done."]
    assert text.paragraphs("第一段。\n第二段。") == ["第一段。", "第二段。"]
    assert text.paragraphs("要点：\n- 甲\n- 乙") == ["要点：\n- 甲\n- 乙"]
    assert text.paragraphs("  \n\n") == []


def test_lines_are_those_that_hold_anything() -> None:
    assert text.lines("a\n\n  \n b\r\nc") == ["a", " b", "c"]


@pytest.mark.parametrize(
    ("given_text", "language"),
    [
        ("Write a short story about a lighthouse.", "en"),
        ("请写一个关于灯塔的短篇故事。", "zh"),
        ("用 Docker Compose 部署 Redis 和 PostgreSQL，并解释 healthcheck 的作用。", "zh"),
        ("The Chinese word 你好 means hello.", "en"),
        ("What is the difference between 的, 地 and 得?", "en"),
        ("Translate into English: 今天天气很好，我们去公园散步，然后一起吃晚饭吧。", "en"),
        ("把下面的句子翻译成中文：The quick brown fox jumps over the lazy dog.", "zh"),
        ("可以这样写：\n```python\ndef add(first, second):\n    return first + second\n```", "zh"),
        ("def add(first, second):\n    return first + second  # 返回两数之和", "zh"),
        ("Rate your mood (1 = bad; 5 = good).", "en"),
        ("灯台について短い物語を書いてください。", "ja"),
        ("등대에 대한 짧은 이야기를 써 주세요.", "ko"),
        ("Напишите рассказ о маяке.", "ru"),
        ("Écris une histoire sur le phare et la mer.", "fr"),
        ("Schreibe eine Geschichte über den Leuchtturm und das Meer.", "de"),
        ("Escribe una historia sobre el faro y la luz del mar.", "es"),
        ("```\nx = y[0]\n```", "und"),
        ("123 + 456 = ?", "und"),
        ("", "und"),
    ],
)
def test_language(given_text: str, language: str) -> None:
    assert text.language_of(given_text) == language


def test_shingles_shrink_at_the_edges_so_a_short_text_has_its_own() -> None:
    assert text.shingles(["a"], 2) == {(None, "a"), ("a", None)}
    assert text.shingles([], 5) == set()
    assert not text.shingles(["red"], 5) & text.shingles(["blue"], 5)
    assert text.shingles(list("abc"), 5) != text.shingles(list("abd"), 5)


def test_joined_tokens_read_naturally() -> None:
    assert text.joined(["write", "3", "lines"]) == "write 3 lines"
    assert text.joined(["用", "python", "3", "写"]) == "用python 3写"


def test_tokens_have_not_changed_under_the_name_that_indexes_on_disk_have_for_them() -> None:
    """Who changes what tokens are gives TOKENISATION another number, and this test the new digest."""
    golden = Path(__file__).parent / "golden" / "seeds.jsonl"
    texts = golden.read_text(encoding="utf-8").splitlines()
    texts += [
        "Ａ１ ﬁ İstanbul ß STRASSE",
        "v2.0 C++ don't e-mail",
        "用Python写3个函数。ｶﾅ 한국어 ไทย",
        "a\u200bb e\u0301",
    ]
    digest = hashlib.sha256("\0".join(" ".join(text.tokens(one)) for one in texts).encode()).hexdigest()
    assert (text.TOKENISATION.split()[0], digest[:16]) == ("1", "89284276227fa96b")
