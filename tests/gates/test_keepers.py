"""Gates that keep their memory on disk: whatever was saved, and however it ended, they judge as if they had no disk."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from synth.gates.contamination import ContaminationGate
from synth.gates.copy import CopyGate
from synth.gates.minhash import MinHashGate
from synth.gates.rouge import RougeGate
from synth.novelty import minhash, rouge, store
from synth.protocols import Gate, Keeper, View
from synth.records import Draft, Sample, Verdict


class KeptGate(Gate, Keeper, Protocol):
    """A gate that keeps its memory."""


Make = Callable[[], KeptGate]

WORDS = "sort the list of names by their length then print each one 把 列 表 排 序".split()
HELD_OUT = "name three rivers of europe and say where each of them ends please"


def texts(seed: int, count: int) -> list[str]:
    rng = random.Random(seed)
    return [" ".join(rng.choices(WORDS, k=rng.randrange(3, 9))) for _ in range(count)]


def samples(count: int = 60, seed: int = 1) -> list[Sample]:
    made = [
        Sample(text, f"case {number % 3}", "x", "en", task=["", "", "a/../b", "booking"][number % 4])
        for number, text in enumerate(texts(seed, count))
    ]
    made[5] = Sample(HELD_OUT, "", "x", "en")
    return made


def verdicts(gate: KeptGate, pool: list[Sample]) -> list[Verdict]:
    """What the gate says of drafts new, near and old, with and without ancestors."""
    found = []
    for number, text in enumerate([*texts(2, 60), *(sample.instruction for sample in pool[::3])]):
        view = View(ancestors=frozenset(sample.id for sample in pool[number % 7 :: 7]))
        draft = Draft(text, f"case {number % 3}", "en", task=["", "", "a/../b", "booking"][number % 4], output="y")
        found += [gate.judge(draft, View()), gate.judge(draft, view)]
    return found


@pytest.fixture(params=["contamination", "copy", "minhash", "rouge"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    held_out = tmp_path / "held_out.txt"
    held_out.write_text(HELD_OUT + "\n")
    gates: dict[str, Make] = {
        "contamination": lambda: ContaminationGate([held_out]),
        "copy": CopyGate,
        "minhash": MinHashGate,
        "rouge": lambda: RougeGate(task_thresholds={"booking": 0.5}),
    }
    with pytest.MonkeyPatch.context() as patch:  # small parts, so that a few rows make segments
        patch.setattr(rouge, "_SMALL_POOL", 9)
        patch.setattr(rouge, "_TAIL_ROWS", 4)
        patch.setattr(rouge, "_ALWAYS_MERGED", 8)
        patch.setattr(minhash, "_TAIL_ROWS", 5)
        yield gates[request.param]


def anew(make: Make, pool: list[Sample]) -> KeptGate:
    gate = make()
    for sample in pool:
        gate.remember(sample)
    return gate


def saved(make: Make, pool: list[Sample], directory: Path) -> None:
    anew(make, pool).save(directory)


def recalled(make: Make, pool: list[Sample], directory: Path) -> tuple[KeptGate, list[str]]:
    gate = make()
    return gate, gate.recall(pool, directory)


def test_a_gate_that_opens_what_it_saved_of_a_part_of_the_pool_judges_like_one_that_saw_it_all(
    make: Make, tmp_path: Path
) -> None:
    pool, home = samples(), tmp_path / "index"
    for known in (0, 5, 17, 31, 55):  # night after night on the same files
        gate, problems = recalled(make, pool[:known], home)
        assert problems == []
        assert verdicts(gate, pool) == verdicts(anew(make, pool[:known]), pool)
        for sample in pool[known : known + 5]:
            gate.remember(sample)
        gate.save(home)
    assert {verdict.passed for verdict in verdicts(gate, pool)} == {True, False}, "the drafts should tell gates apart"


def test_what_was_saved_is_used_and_not_built_again(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool, home = samples(), tmp_path / "index"
    saved(make, pool, home)
    gate = make()
    seen: list[str] = []
    monkeypatch.setattr(type(gate), "remember", lambda _, sample: seen.append(sample.id))
    assert gate.recall([*pool, Sample("new", "", "x", "en")], home) == []
    assert len(seen) == 1


def test_an_index_of_other_rows_or_another_order_is_noticed_and_built_anew(make: Make, tmp_path: Path) -> None:
    pool = samples()
    others = [pool[::-1], samples(seed=9), [*pool[1:], pool[0]], [*pool, Sample("more", "", "x", "en")]]
    for number, other in enumerate(others):
        home = tmp_path / str(number)
        saved(make, other, home)
        gate, problems = recalled(make, pool, home)
        assert problems
        assert all("holds other rows than the pool" in problem for problem in problems)
        assert verdicts(gate, pool) == verdicts(anew(make, pool), pool)
        gate.save(home)
        assert recalled(make, pool, home)[1] == [], "and saved over the old one"


def test_any_file_that_is_cut_or_spoiled_or_gone_is_noticed_and_built_anew(make: Make, tmp_path: Path) -> None:
    pool, whole, home = samples(24), tmp_path / "whole", tmp_path / "index"
    saved(make, pool, whole)
    expected = verdicts(anew(make, pool), pool)
    files = [file.relative_to(whole) for file in sorted(whole.rglob("*")) if file.is_file() and file.stat().st_size]
    assert files
    for file in files:
        data = (whole / file).read_bytes()
        middle = len(data) // 2
        for spoiled in (data[:middle], data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :], b"", None):
            shutil.rmtree(home, ignore_errors=True)
            shutil.copytree(whole, home)
            (home / file).unlink()
            if spoiled is not None:
                (home / file).write_bytes(spoiled)
            gate, problems = recalled(make, pool, home)
            assert problems, (file, spoiled)
            assert verdicts(gate, pool) == expected


def test_a_save_that_is_killed_at_any_step_leaves_the_old_state_or_the_new(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    pool = samples()
    before = tmp_path / "before"
    saved(make, pool[:30], before)
    expected = verdicts(anew(make, pool), pool)
    real_replace, real_fsync, real_rmtree = Path.replace, os.fsync, shutil.rmtree
    for die_at in range(1, 400):
        home = tmp_path / "index"
        real_rmtree(home, ignore_errors=True)
        shutil.copytree(before, home)
        gate, _ = recalled(make, pool[:30], home)
        for sample in pool[30:]:
            gate.remember(sample)
        steps = 0

        def step(die_at: int = die_at) -> None:
            nonlocal steps
            steps += 1
            if steps == die_at:
                raise Killed

        def replace(self: Path, target: Path) -> Path:
            step()
            return real_replace(self, target)

        def fsync(number: int) -> None:
            step()
            real_fsync(number)

        def rmtree(path: Path, ignore_errors: bool = False) -> None:
            step()
            real_rmtree(path, ignore_errors)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", replace)
            patch.setattr(os, "fsync", fsync)
            patch.setattr(shutil, "rmtree", rmtree)
            with contextlib.suppress(Killed):
                gate.save(home)
        again, problems = recalled(make, pool, home)
        assert problems == []
        if die_at % 5 == 1 or steps < die_at:
            assert verdicts(again, pool) == expected
            again.save(home)
            assert recalled(make, pool, home)[1] == []
        if steps < die_at:
            break
    assert steps < die_at, "the save has more steps than this test kills"


def test_an_index_for_another_threshold_is_built_anew(tmp_path: Path) -> None:
    pool = samples()
    pairs: list[tuple[Make, Make]] = [
        (lambda: RougeGate(0.7), lambda: RougeGate(0.6)),
        (lambda: MinHashGate(0.8), lambda: MinHashGate(0.5)),
    ]
    for number, (old, new) in enumerate(pairs):
        home = tmp_path / str(number)
        saved(old, pool, home)
        gate, problems = recalled(new, pool, home)
        assert "made for a threshold of" in problems[0]
        assert verdicts(gate, pool) == verdicts(anew(new, pool), pool)


def test_what_is_tainted_by_one_held_out_set_is_looked_for_again_by_another(tmp_path: Path) -> None:
    pool, first, second = samples(), tmp_path / "a.txt", tmp_path / "b.txt"
    first.write_text(HELD_OUT + "\n")
    second.write_text(f"{pool[40].instruction} {pool[40].instruction}\n")
    saved(lambda: ContaminationGate([first]), pool, tmp_path / "index")
    gate, problems = recalled(lambda: ContaminationGate([second]), pool, tmp_path / "index")
    assert len(problems) == 1
    child = Draft("a new one", "", "en", output="y")
    assert gate.judge(child, View(ancestors=frozenset([pool[5].id]))).passed


def test_what_was_saved_of_other_tokens_is_built_anew(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool, home = samples(), tmp_path / "index"
    with monkeypatch.context() as patch:
        patch.setattr(store, "TOKENISATION", "0 13.0.0")
        saved(make, pool, home)
    gate, problems = recalled(make, pool, home)
    assert problems
    assert verdicts(gate, pool) == verdicts(anew(make, pool), pool)
