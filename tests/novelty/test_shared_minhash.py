"""The MinHash index in Redis decides as the local one does, over the rows of all members, against a real server."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.errors import RunFolderError, UsageError
from synth.gates.minhash import MinHashGate
from synth.gates.table import build_gates
from synth.novelty.minhash import Duplicate, MinHashIndex
from synth.novelty.shared_minhash import SharedMinHashIndex
from synth.novelty.vocabulary import words_of
from synth.protocols import View
from synth.recipe import load_recipe
from synth.records import Draft, Sample
from synth.run import expand
from synth.text import token_octets

redis = pytest.importorskip("redis", reason="pip install 'synth[redis]'")

WORDS = "sort the list poem sea 写 诗 海 关 于".split()
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=9), max_size=12)


class Server:
    """A redis-server of the test's own, with nothing on disk."""

    def __init__(self, folder: Path, port: int) -> None:
        self.url = f"redis://127.0.0.1:{port}/0"
        options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", str(folder)]
        with (folder / "log").open("w") as log:
            self._process = subprocess.Popen(["redis-server", *options], stdout=log, stderr=log)
        self._client = redis.Redis.from_url(self.url)
        for _ in range(200):
            try:
                self._client.ping()
            except redis.ConnectionError:
                time.sleep(0.05)
            else:
                return
        self.stop()
        pytest.fail((folder / "log").read_text())

    def empty(self) -> None:
        self._client.flushall()

    def stop(self) -> None:
        self._client.close()
        self._process.terminate()
        self._process.wait()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if shutil.which("redis-server") is None:
        pytest.skip("redis-server is not installed")
    server = Server(tmp_path_factory.mktemp("redis"), free_port())
    yield server
    server.stop()


@pytest.fixture
def server(started: Server) -> Server:
    started.empty()
    return started


@settings(deadline=None, max_examples=60)
@given(
    rows=TEXTS,
    query=st.lists(st.sampled_from([*WORDS, "new", "新"]), max_size=9),
    threshold=st.sampled_from([0.3, 0.8, 1.0]),
    left_out=st.sets(st.integers(0, 11).map(str), max_size=3),
)
def test_decision_neighbour_and_score_are_those_of_the_local_index(
    started: Server, rows: list[list[str]], query: list[str], threshold: float, left_out: set[str]
) -> None:
    started.empty()
    local, shared = MinHashIndex(threshold), SharedMinHashIndex(started.url, "a", threshold)
    for number, row in enumerate(" ".join(words).encode() for words in rows):
        assert shared.nearest_over(row) == local.nearest_over(row)
        local.add(str(number), row)
        shared.add(str(number), row)
    assert len(shared) == len(local)
    asked = " ".join(query).encode()
    assert shared.nearest_over(asked, left_out) == local.nearest_over(asked, left_out)


def test_two_members_that_take_turns_decide_as_one_local_index(server: Server) -> None:
    local = MinHashIndex()
    members = [SharedMinHashIndex(server.url, name) for name in ("a", "b")]
    found = 0
    for number in range(60):
        words = f"Write {number % 20} lines about the sea at night and what it hides. 写{number % 20}行关于大海的诗。"
        member = members[number % 2]
        hit = member.nearest_over(token_octets(words))
        assert hit == local.nearest_over(token_octets(words))
        found += hit is not None
        member.add(str(number), token_octets(words))
        local.add(str(number), token_octets(words))
    assert found >= 40


def test_a_pool_that_is_opened_again_meets_its_own_rows_only_once_it_has_added_them(server: Server) -> None:
    mine, theirs = token_octets("Explain how rainbows form after rain."), token_octets("请解释雨后为什么会出现彩虹。")
    SharedMinHashIndex(server.url, "a").add("mine", mine)
    SharedMinHashIndex(server.url, "b").add("theirs", theirs)
    again = SharedMinHashIndex(server.url, "a")
    assert again.nearest_over(mine) is None
    assert again.nearest_over(theirs) == Duplicate("theirs", 1, 1.0, words_of(theirs))
    again.add("mine", mine)
    assert again.nearest_over(mine) == Duplicate("mine", 0, 1.0, words_of(mine))
    assert len(again) == 2


def test_rows_that_are_there_already_need_not_be_added_one_by_one(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("synth.novelty.shared_minhash._BATCH", 2)
    words = token_octets("Explain how rainbows form after rain.")
    SharedMinHashIndex(server.url, "a").add("3", words)
    again = SharedMinHashIndex(server.url, "a")
    assert again.missing([str(number) for number in range(5)]) == ["0", "1", "2", "4"]
    assert again.nearest_over(words) == Duplicate("3", 0, 1.0, words_of(words))


def test_bands_whose_row_was_never_written_count_for_nobody(server: Server) -> None:
    words = token_octets("Sort the list.")
    SharedMinHashIndex(server.url, "a").add("0", words)
    client = redis.Redis.from_url(server.url)
    client.delete("synth:minhash:2:rows")
    client.close()
    other = SharedMinHashIndex(server.url, "b")
    assert other.nearest_over(words) is None
    other.add("0", words)
    assert other.nearest_over(words) is not None


@pytest.mark.parametrize(
    ("known", "near"),
    [
        ("Summarise the article about coral reefs in one paragraph.",) * 2,
        ("请把下面这篇关于珊瑚礁的文章概括成一段话。",) * 2,
    ],
    ids=["English", "Chinese"],
)
def test_the_gate_gives_the_same_verdict_on_another_members_sample_as_on_its_own(
    server: Server, known: str, near: str
) -> None:
    local, one, two = MinHashGate(), MinHashGate(redis=server.url), MinHashGate(redis=server.url)
    sample = Sample(instruction=known, input="", output="…", language="en")
    local.remember(sample)
    one.remember(sample)
    draft = Draft(instruction=near, input="", language="en")
    verdict = two.judge(draft, View())
    assert not verdict.passed
    assert verdict == one.judge(draft, View()) == local.judge(draft, View())
    assert two.judge(draft, View(ancestors=frozenset({sample.id}))).passed


def test_two_runs_share_their_pool_and_each_goes_on_after_its_own(server: Server, tmp_path: Path) -> None:
    flags = {"rounds": 1, "per_round": 40, "llm.backend": "rules", "gates.minhash_redis": server.url}
    first = expand(load_recipe(flags=flags), tmp_path / "first")
    assert first.accepted > 10
    second = expand(load_recipe(flags=flags), tmp_path / "second")
    assert second.accepted < first.accepted / 2, "the same drafts again: all but evolved seeds are in the pool already"
    # As if the first had been killed in its second round, with samples in Redis that its folder does not hold yet.
    shutil.copytree(tmp_path / "first", tmp_path / "killed")
    done = expand(load_recipe(flags=flags), tmp_path / "first")
    assert done.accepted > 10
    again = expand(load_recipe(flags=flags), tmp_path / "killed")
    samples = [(tmp_path / name / "samples.jsonl").read_bytes() for name in ("first", "killed")]
    assert again.accepted == done.accepted
    assert samples[0] == samples[1]


@pytest.mark.parametrize(
    "url", ["redis://user:secret@127.0.0.1:1/0", "redis://127.0.0.1:port/0", "http://127.0.0.1/", "unix:///nowhere"]
)
def test_a_redis_that_cannot_be_reached_is_one_line_with_the_cure_and_without_the_password(url: str) -> None:
    with pytest.raises(UsageError, match="start Redis there") as error:
        build_gates(minhash_redis=url)
    assert "\n" not in str(error.value)
    assert "secret" not in str(error.value)


def test_a_redis_that_goes_away_is_one_line_with_the_cure(server: Server, tmp_path: Path) -> None:
    del server  # only for its skip
    leaving = Server(tmp_path, free_port())
    index = SharedMinHashIndex(leaving.url, "a")
    index.add("0", b"sort it")
    leaving.stop()
    for use in (lambda: index.nearest_over(b"sort it"), lambda: index.add("1", b"sort"), lambda: len(index)):
        with pytest.raises(RunFolderError, match=r"127\.0\.0\.1:\d+/0: Redis is gone .*; start it again") as error:
            use()
        assert "\n" not in str(error.value)


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with pytest.raises(UsageError, match=r"pip install 'synth\[redis\]'"):
        build_gates(minhash_redis="redis://127.0.0.1:1/0")
