"""The table that compiled code reads knows what the dict knows, however it grew."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.novelty import vocabulary, vocabulary_kernels
from synth.novelty.rouge import RougeIndex
from synth.novelty.rouge_parts import Segment
from synth.novelty.vocabulary import Table, Vocabulary, words_of
from synth.text import token_octets, tokens

WORDS = st.text(alphabet="abé排\U00020000", min_size=1, max_size=20)
TEXTS = st.lists(st.lists(WORDS, max_size=30).map(lambda words: " ".join(words).encode()), max_size=12)


@given(st.text(max_size=60))
def test_a_text_in_octets_has_the_tokens_of_the_text(text: str) -> None:
    assert words_of(token_octets(text)) == tokens(text)


@settings(deadline=None)  # the first example compiles it
@given(st.lists(WORDS, max_size=5, unique=True), TEXTS)
def test_table_and_dict_number_the_same_words_alike(first: list[str], texts: list[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vocabulary, "_FEW", 1)  # so that it grows again and again
        plain, index = Vocabulary(first), RougeIndex()
        table = index._vocabulary = Table(first)
        index._segments = [Segment.build([index._tail], 0, 0.7)]
        for number, text in enumerate(texts):
            assert numbers(table, text) == plain.find(text)
            index.add(str(number), text)
            assert numbers(table, text) == plain.add(text) == index._tail.tokens_at(number, len(text.split())).tolist()
            assert len(table) == len(plain)
        assert table.words == plain.words
        assert Table(table.words).since(len(first)) == plain.since(len(first))


def test_a_word_is_listed_once_where_two_threads_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table([])
    text = b"one two three"
    table.reserve(len(text))
    vocabulary_kernels.read(np.frombuffer(text, np.uint8), table.packed, np.zeros(3, np.int64), True)

    def slowly(ends: list[int]) -> Iterator[tuple[int, int]]:
        time.sleep(0.05)  # the other thread has begun as well
        yield from itertools.pairwise(ends)

    monkeypatch.setattr(vocabulary, "itertools", SimpleNamespace(pairwise=slowly))
    with ThreadPoolExecutor(2) as pool:
        assert [*pool.map(lambda _: len(table.words), range(2))] == [3, 3]
    assert table.words == ["one", "two", "three"]


def test_more_tokens_than_there_is_room_for_are_counted() -> None:
    table = Table(["a", "b"])
    room = np.full(2, -9)
    assert table.find(np.frombuffer(b" b  x a ", np.uint8), room) == 3
    assert room.tolist() == [1, -1]


def numbers(table: Table, text: bytes) -> list[int]:
    found = np.zeros(len(text.split()), np.int64)
    assert table.find(np.frombuffer(text, np.uint8), found) == len(found)
    return found.tolist()
