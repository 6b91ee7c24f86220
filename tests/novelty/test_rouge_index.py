"""The ROUGE-L index decides and scores as comparing with every row by rouge_score does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from synth.errors import RunFolderError
from synth.novelty import rouge
from synth.novelty.rouge import Hit, RougeIndex, rouge_l
from synth.novelty.rouge_parts import f_measure, need_over
from synth.text import token_octets, tokens

UNHURRIED = settings(deadline=None)  # the first example loads compiled code, and machines are busy
SCORER = RougeScorer(["rougeL"])

# Few words, so that texts are often near each other, and ties and exact 0.7s come up.
TEXTS = st.lists(st.lists(st.sampled_from("a b c d e f g h".split()), max_size=14).map(" ".join), max_size=24)


def reference(
    rows: list[str], query: str, threshold: float, left_out: set[str], start: int
) -> tuple[int, float] | None:
    """Self-Instruct's loop: the nearest row over the threshold, the first of equals."""
    best: tuple[int, float] | None = None
    for number, row in enumerate(rows):
        score = SCORER.score(row, query)["rougeL"].fmeasure
        if number < start or str(number) in left_out or not score > threshold:
            continue
        # Scores that are equal may differ in the last bit.
        if best is None or score > best[1] + 1e-12:
            best = number, score
    return best


def index_of(rows: list[str], threshold: float = 0.7) -> RougeIndex:
    index = RougeIndex(threshold)
    for number, row in enumerate(rows):
        index.add(str(number), token_octets(row))
    return index


@pytest.fixture(params=["small pool", "segments"], scope="module")
def size(request: pytest.FixtureRequest) -> Iterator[str]:
    """Both ways that an index works: numpy over a tail, and compiled code over segments and a tail."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "segments":
            patch.setattr(rouge, "_SMALL_POOL", 7)
            patch.setattr(rouge, "_TAIL_ROWS", 3)
            patch.setattr(rouge, "_MERGE", 2)
            patch.setattr(rouge, "_ALWAYS_MERGED", 0)
        yield request.param


@UNHURRIED
@given(
    rows=TEXTS,
    query=st.lists(st.sampled_from("a b c d e f g h unknown".split()), max_size=14).map(" ".join),
    threshold=st.sampled_from([0.5, 0.7, 0.75, 0.9]),
    left_out=st.sets(st.integers(0, 23).map(str), max_size=3),
    start=st.integers(0, 12),
)
def test_decision_and_score_are_those_of_the_loop(
    size: str, rows: list[str], query: str, threshold: float, left_out: set[str], start: int
) -> None:
    del size
    hit = index_of(rows).nearest_over(token_octets(query), threshold, exclude=left_out, start=start)
    expected = reference(rows, query, threshold, left_out, start)
    assert (hit is None) == (expected is None)
    if hit is not None and expected is not None:
        assert (hit.row, hit.id) == (expected[0], str(expected[0]))
        assert hit.score == pytest.approx(expected[1], abs=1e-12)
        assert hit.tokens == tokens(rows[hit.row])


@UNHURRIED
@given(rows=TEXTS, query=st.lists(st.sampled_from("a b c d e f g h".split()), max_size=14), k=st.integers(1, 5))
def test_top_k_are_the_k_nearest_of_all(size: str, rows: list[str], query: list[str], k: int) -> None:
    del size
    scored = [(-rouge_l(query, tokens(row)), number) for number, row in enumerate(rows)]
    expected = [number for score, number in sorted((round(score, 12), number) for score, number in scored if score)][:k]
    assert [hit.row for hit in index_of(rows).top_k(" ".join(query).encode(), k)] == expected


@UNHURRIED
@given(
    st.lists(st.sampled_from("甲乙丙丁戊己庚"), max_size=90), st.lists(st.sampled_from("甲乙丙丁戊己庚"), max_size=90)
)
def test_long_chinese_texts_score_as_by_the_table(size: str, row: list[str], query: list[str]) -> None:
    index = index_of(["".join(row)] * (10 if size == "segments" else 1), threshold=0.01)
    hit = index.nearest_over(" ".join(query).encode())
    table = [[0] * (len(query) + 1) for _ in range(len(row) + 1)]
    for i, mine in enumerate(row):
        for j, theirs in enumerate(query):
            table[i + 1][j + 1] = table[i][j] + 1 if mine == theirs else max(table[i][j + 1], table[i + 1][j])
    score = f_measure(table[-1][-1], len(query), len(row))
    assert (hit.score if hit else 0.0) == (score if score > 0.01 else 0.0)


def test_seven_of_ten_words_are_exactly_at_the_threshold_and_pass() -> None:
    index = index_of(["a b c d e f g x y z"])
    assert index.nearest_over(b"a b c d e f g p q r") is None
    assert index.nearest_over(b"a b c d e f g h x y", 0.69) is not None


def test_an_exact_threshold_is_rounded_as_rouge_score_rounds_it() -> None:
    seven, thirteen = "a b c d e f g", "a b c d e f g h i j k l m"
    score = SCORER.score(seven, thirteen)["rougeL"].fmeasure
    assert score == 0.7000000000000001  # truly 0.7
    assert index_of([seven]).nearest_over(token_octets(thirteen)) == Hit("0", 0, score, tuple(seven.split()))


@UNHURRIED
@given(st.sampled_from([0.3, 0.5, 0.7, 0.8, 1.0]), st.integers(1, 300))
def test_need_is_the_least_lcs_that_is_over_the_threshold(threshold: float, length: int) -> None:
    need = need_over(threshold, length)
    possible = {}
    for size in range(1, 8 * length + 2):
        least = next(
            (lcs for lcs in _around(threshold, length, size) if f_measure(lcs, length, size) > threshold), None
        )
        if least is not None:
            possible[size] = least
    if need is None:
        assert not possible
    else:
        assert {size: int(need.need[size]) for size in range(need.shortest, len(need.need))} == possible
        assert sorted(possible.values()) == list(possible.values())


def _around(threshold: float, length: int, size: int) -> range:
    guess = int(threshold * (length + size) / 2)
    return range(max(guess - 2, 1), min(guess + 3, length, size) + 1)


def test_an_empty_text_is_near_to_nothing(size: str) -> None:
    rows = ["", "a b c", ""] * (5 if size == "segments" else 1)
    index = index_of(rows)
    assert index.nearest_over(b"") is None
    assert index.top_k(b"", 3) == []
    hit = index.nearest_over(b"a b c")
    assert hit is not None
    assert hit.row == 1


@settings(deadline=None, max_examples=12)  # each writes some forty files to the disk, for good
@given(TEXTS, TEXTS)
def test_a_reopened_index_goes_on_as_the_saved_one(
    size: str, tmp_path_factory: pytest.TempPathFactory, first: list[str], second: list[str]
) -> None:
    del size
    folder = tmp_path_factory.mktemp("index")
    living = index_of(first)
    living.save(folder)
    reopened = RougeIndex.open(folder)
    assert len(reopened) == len(first)
    for number, row in enumerate(second, start=len(first)):
        assert reopened.nearest_over(token_octets(row)) == living.nearest_over(token_octets(row))
        for index in (living, reopened):
            index.add(str(number), token_octets(row))
    reopened.save(folder)
    again = RougeIndex.open(folder)
    for row in first + second:
        assert again.top_k(token_octets(row), 3) == living.top_k(token_octets(row), 3)
    shutil.rmtree(folder)


def test_what_a_killed_save_leaves_does_not_count(tmp_path: Path) -> None:
    index = index_of(["a b c d", "e f g h"])
    index.save(tmp_path)
    (tmp_path / "tail-0-3.new").mkdir()
    (tmp_path / "tail-0-3").mkdir()
    with (tmp_path / "vocabulary.txt").open("ab") as file:
        file.write(b"torn wo")
    reopened = RougeIndex.open(tmp_path)
    assert len(reopened) == 2
    reopened.add("2", b"i j k")
    shutil.rmtree(tmp_path / "tail-0-3")
    reopened.save(tmp_path)
    hit = RougeIndex.open(tmp_path).nearest_over(b"i j k")
    assert hit is not None
    assert hit.id == "2"


@pytest.mark.parametrize("damage", ["nothing there", "no vocabulary", "no column", "not JSON", "another kind"])
def test_a_damaged_index_is_an_error_that_says_so(tmp_path: Path, damage: str) -> None:
    if damage != "nothing there":
        index_of(["a b c"]).save(tmp_path)
    if damage == "no vocabulary":
        (tmp_path / "vocabulary.txt").unlink()
    elif damage == "no column":
        (tmp_path / "tail-0-1" / "tokens.npy").unlink()
    elif damage == "not JSON":
        (tmp_path / "index.json").write_text("{")
    elif damage == "another kind":
        state = (tmp_path / "index.json").read_text()
        (tmp_path / "index.json").write_text(state.replace("rouge-l", "minhash"))
    with pytest.raises(RunFolderError, match="no usable index"):
        RougeIndex.open(tmp_path)


def test_an_index_saved_over_another_ones_folder_replaces_it(tmp_path: Path) -> None:
    index_of(["a b c", "d e f"]).save(tmp_path)
    index_of(["x y z"]).save(tmp_path)
    reopened = RougeIndex.open(tmp_path)
    assert len(reopened) == 1
    assert reopened.nearest_over(b"a b c") is None
    assert reopened.nearest_over(b"x y z") is not None


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.01])
def test_a_threshold_out_of_range_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        RougeIndex(threshold)
