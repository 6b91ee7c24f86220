"""The MinHash index: exact Jaccard decides, and next to nothing is missed."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.errors import RunFolderError
from synth.novelty import minhash, minhash_kernels
from synth.novelty.minhash import SHINGLE, Duplicate, MinHashIndex, jaccard
from synth.text import shingles, token_octets, tokens

TEXTS = st.lists(st.lists(st.sampled_from("a b c d".split()), max_size=9), max_size=16)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments and merges from a few rows on."""
    monkeypatch.setattr(minhash, "_TAIL_ROWS", 3)
    monkeypatch.setattr(minhash, "_MERGE", 2)


def octets(words: Sequence[str]) -> bytes:
    return " ".join(words).encode()


def index_of(rows: Sequence[Sequence[str]], threshold: float = 0.8) -> MinHashIndex:
    index = MinHashIndex(threshold)
    for number, row in enumerate(rows):
        index.add(str(number), octets(row))
    return index


@given(TEXTS, st.lists(st.sampled_from("a b c d e".split()), max_size=9))
def test_what_is_found_is_a_near_duplicate_and_an_identical_text_is_always_found(
    rows: list[list[str]], query: list[str]
) -> None:
    found = index_of(rows).nearest_over(octets(query))
    if found is None:
        assert query not in rows or not query
    else:
        assert found.jaccard == jaccard(query, rows[found.row]) >= 0.8
        assert found.tokens == tuple(rows[found.row])
        if query in rows:
            assert (found.row, found.jaccard) == (rows.index(query), 1.0)


def test_jaccard_is_that_of_the_shingle_sets() -> None:
    first, second = tokens("write a short poem about the sea"), tokens("write a short poem about the moon")
    ours, theirs = shingles(first, SHINGLE), shingles(second, SHINGLE)
    assert jaccard(first, second) == len(ours & theirs) / len(ours | theirs)
    assert jaccard([], []) == 0.0


@pytest.mark.parametrize(
    "rows",
    [
        ["Yes.", "No.", "Maybe.", "2 + 2", "Translate.", "Hi", "Sort it", "Sort them", "Add 3 and 4", "Add 3 and 5"],
        ["好。", "不好。", "翻译", "翻译成英文", "排序", "谢谢", "你好吗", "你是谁", "他是谁", "三加四", "三加五"],
    ],
)
def test_unrelated_short_texts_never_collide(rows: list[str]) -> None:
    index = MinHashIndex()
    for number, row in enumerate(rows):
        assert index.nearest_over(token_octets(row)) is None, row
        index.add(str(number), token_octets(row))


@pytest.mark.parametrize(
    "words",
    [
        [f"word{number}" for number in range(3000)],
        [chr(code) for code in range(0x4E00, 0x4E00 + 3000)],
    ],
    ids=["English", "Chinese"],
)
def test_at_least_98_percent_of_near_duplicates_are_found(words: list[str], small_parts: None) -> None:
    del small_parts
    rng = random.Random(7)
    rows = [rng.choices(words, k=rng.randint(20, 60)) for _ in range(400)]
    index = index_of(rows)
    planted = found = 0
    for number, row in enumerate(rows):
        for _ in range(4):
            near = list(row)
            near[rng.randrange(len(near))] = rng.choice(words)
            if jaccard(near, row) >= 0.8:
                planted += 1
                hit = index.nearest_over(octets(near))
                found += hit is not None and hit.row == number
    assert planted > 500
    assert found >= 0.98 * planted


def test_texts_without_tokens_duplicate_nothing(small_parts: None) -> None:
    del small_parts
    index = index_of([[]] * 5)
    assert index.nearest_over(b"") is None
    assert index.nearest_over(b"a") is None
    assert len(index) == 5


def test_ancestors_and_older_rows_are_left_out() -> None:
    row = tokens("Explain how rainbows form after summer rain.")
    index = index_of([row, row, row])
    query = octets(row)
    assert index.nearest_over(query) == Duplicate("0", 0, 1.0, tuple(row))
    hit = index.nearest_over(query, exclude={"0"})
    assert hit is not None
    assert hit.row == 1
    assert index.nearest_over(query, exclude={"0", "1", "2"}) is None
    hit = index.nearest_over(query, start=2)
    assert hit is not None
    assert hit.row == 2


@settings(deadline=None, max_examples=12)  # each writes some thirty files to the disk, for good
@given(TEXTS, TEXTS)
def test_a_reopened_index_goes_on_as_the_saved_one(
    tmp_path_factory: pytest.TempPathFactory, first: list[list[str]], second: list[list[str]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(minhash, "_TAIL_ROWS", 3)
        folder = tmp_path_factory.mktemp("index")
        living = index_of(first)
        living.save(folder)
        reopened = MinHashIndex.open(folder)
        for number, row in enumerate(map(octets, second), start=len(first)):
            assert reopened.nearest_over(row) == living.nearest_over(row)
            for index in (living, reopened):
                index.add(str(number), row)
        reopened.save(folder)
        again = MinHashIndex.open(folder)
        assert len(again) == len(first) + len(second)
        for row in map(octets, first + second):
            assert again.nearest_over(row) == living.nearest_over(row)
        shutil.rmtree(folder)


def test_a_text_longer_than_any_block_is_signed_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    row = octets([f"word{number}" for number in range(200)])
    whole = minhash.bands(row).tolist()
    monkeypatch.setattr(minhash, "_BLOCK", 16)
    assert minhash.bands(row).tolist() == whole


def test_signatures_are_the_same_on_every_machine_and_in_every_version() -> None:
    bands = minhash.bands(token_octets("Sort the list. 排序"))
    assert [f"{band:016x}" for band in bands[:3].tolist()] == [
        "1aff4c77777b9869",
        "f02cd78cab8c9c01",
        "22e4f2875f1cb606",
    ]


@settings(deadline=None)  # the first example compiles it
@given(st.lists(st.text(alphabet="aé排𠀀", min_size=1, max_size=20), max_size=40), st.integers(1, 3))
def test_compiled_code_signs_as_numpy_does(words: list[str], spaces: int) -> None:
    text = (" " * spaces).join(words).encode()
    signed = minhash_kernels.sign(np.frombuffer(text, np.uint8), minhash._PACKED)
    assert signed.tolist() == minhash.bands(text).tolist()


def test_a_damaged_index_is_an_error_that_says_so(tmp_path: Path) -> None:
    index_of([["a", "b"]]).save(tmp_path)
    (tmp_path / "tail-0-1" / "keys.npy").unlink()
    with pytest.raises(RunFolderError, match="no usable index"):
        MinHashIndex.open(tmp_path)


def test_a_threshold_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="threshold"):
        MinHashIndex(0.0)
