"""The run folder: nothing that reached the disk is lost, whatever moment the process dies at."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from synth.errors import LockedError, RunFolderError, UsageError
from synth.records import Completion, Constraint, Draft, Lineage, Opinion, Outcome, Verdict
from synth.run_folder import Journal, RoundRecord, RunFolder, admitted, load_journal


def completion(name: str) -> Completion:
    return Completion(name, f"text of {name}\n第二行", "stop", "toy", 3, 1, 2)


def outcome(number: int, work: int, accepted: bool = True) -> Outcome:
    draft = Draft(
        instruction=f"Do thing {number}-{work}.",
        input="材料",
        language="en",
        labels={"family": "toy", "difficulty": "low"},  # not in the order of the alphabet, in which they are written
        constraints=(Constraint("max_words", {"unit": "words", "count": 5}, "Use at most 5 words."),),
        lineage=Lineage(round=number, operator="toy", parents=("p",), depth=1, requests=(f"r{number}-{work}",)),
        output=f"done {work}",
        finish_reason="stop",
        opinion=Opinion(True, "harder"),
    )
    verdict = Verdict("rouge", accepted, "rouge-l", 0.25, 0.7, "few words shared", "p")
    return Outcome(number, work, draft, (verdict,), draft.lineage.requests, "toy", ("p",))


def commit(folder: RunFolder, number: int, works: int = 3) -> None:
    record = RoundRecord(number)
    for work in range(works):
        record.add(outcome(number, work, accepted=work != 1))
    folder.commit_round(record, {})


async def append(path: Path, *names: str) -> None:
    journal = Journal(path)
    await asyncio.gather(*(journal.append(completion(name)) for name in names))
    await journal.close()


async def test_journaled_completions_come_back_whole_and_the_first_of_two_counts(tmp_path: Path) -> None:
    path = tmp_path / "0001.jsonl"
    await append(path, "a", "b")
    await append(path, "c")
    known = load_journal(path)
    assert known == {name: completion(name) for name in "abc"}


async def test_a_torn_last_line_is_dropped_and_appending_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "0001.jsonl"
    await append(path, "a", "b")
    whole = path.read_bytes()
    for cut in range(len(whole.splitlines(keepends=True)[0]), len(whole)):
        path.write_bytes(whole[:cut])
        await append(path, "c")
        assert list(load_journal(path)) == ["a", "c"]


async def test_a_full_disk_is_an_error_and_leaves_whole_lines_behind(tmp_path: Path) -> None:
    path = tmp_path / "0001.jsonl"
    await append(path, "a")
    journal = Journal(path)
    # A file-size limit is what a full disk looks like to a writer: the write comes up short, then fails.
    script = (
        "import asyncio, resource, signal, sys\n"
        "from pathlib import Path\n"
        "from synth.errors import RunFolderError\n"
        "from synth.records import Completion\n"
        "from synth.run_folder import Journal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "path = Path(sys.argv[1])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 100,) * 2)\n"
        "async def main():\n"
        "    journal = Journal(path)\n"
        "    try:\n"
        "        await journal.append(Completion('b', 'x' * 500, 'stop', 'toy'))\n"
        "    except RunFolderError as error:\n"
        "        print(error)\n"
        "    await journal.close()\n"
        "asyncio.run(main())\n"
    )
    run = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    await journal.close()
    assert "cannot be written: File too large; make room, then run again" in run.stdout
    assert path.read_bytes().endswith(b"\n")
    assert list(load_journal(path)) == ["a"]


def test_outcomes_and_samples_read_back_as_they_were(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.lock()
    commit(folder, 1)
    again = RunFolder(tmp_path)
    assert list(again.outcomes(1)) == [outcome(1, work, accepted=work != 1) for work in range(3)]
    assert again.samples() == [admitted(outcome(1, 0)), admitted(outcome(1, 2))]
    assert again.state.rounds[0].accepted == 2
    assert again.state.rounds[0].rejected == {"rouge": 1}
    folder.unlock()


def test_a_kill_between_any_two_steps_of_a_commit_is_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = RunFolder(tmp_path / "whole")
    reference.lock()
    commit(reference, 1)
    commit(reference, 2)
    expected = (tmp_path / "whole" / "samples.jsonl").read_bytes()

    class Killed(BaseException):
        pass

    steps = 0
    real_replace, real_fsync = Path.replace, os.fsync
    for die_at in range(1, 12):
        folder = RunFolder(tmp_path / f"killed{die_at}")
        folder.lock()
        folder.write_seeds([])
        commit(folder, 1)
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

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", replace)
            patch.setattr(os, "fsync", fsync)
            with contextlib.suppress(Killed):
                commit(folder, 2)
        folder.unlock()
        after = RunFolder(folder.path)
        after.lock()
        if after.state.completed == 1:
            commit(after, 2)
        assert after.state.completed == 2
        assert (folder.path / "samples.jsonl").read_bytes() == expected
        assert after.state.samples_bytes == len(expected)
        after.unlock()
    assert steps < die_at, "the commit has more steps than this test kills"
    reference.unlock()


def test_lost_state_and_samples_are_made_again_from_the_rounds(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.lock()
    folder.write_seeds([])
    folder.log("start", backend="rules", model="rules-1", first=1, until=2, resumed=False)
    commit(folder, 1)
    commit(folder, 2)
    samples = (tmp_path / "samples.jsonl").read_bytes()
    rounds = folder.state.rounds
    folder.unlock()
    (tmp_path / "state.json").unlink()
    (tmp_path / "samples.jsonl").unlink()
    again = RunFolder(tmp_path)
    again.lock()
    assert (tmp_path / "samples.jsonl").read_bytes() == samples
    assert again.state.rounds == rounds
    assert again.state.pinned == {"backend": "rules", "model": "rules-1"}
    again.unlock()


def test_a_second_process_is_refused_and_a_dead_one_leaves_no_lock(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom synth.run_folder import RunFolder\n"
        "folder = RunFolder(Path(sys.argv[1]))\nfolder.lock()\nprint('locked', flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(LockedError, match=f"process {holder.pid}"):
            RunFolder(tmp_path).lock()
        holder.kill()
    folder = RunFolder(tmp_path)
    folder.lock()
    folder.unlock()


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is a file"):
        RunFolder(tmp_path / "file")
    with pytest.raises(RunFolderError, match="choose another --run"):
        RunFolder(Path("/proc/synth-run")).lock()


def test_a_damaged_round_is_named_by_file_and_line(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.lock()
    commit(folder, 1)
    folder.unlock()
    path = tmp_path / "rounds" / "0001.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"verdicts"', b'"verdict"', 1))
    with pytest.raises(RunFolderError, match=r"rounds/0001\.jsonl:1: not a row that synth wrote"):
        list(folder.outcomes(1))


def test_a_row_that_was_changed_by_hand_is_named_and_not_taken_for_what_synth_wrote(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.lock()
    commit(folder, 1)
    folder.unlock()
    path = tmp_path / "samples.jsonl"
    path.write_bytes(path.read_bytes().replace(b"Do thing 1-2.", b"Do thing 1-9."))
    with pytest.raises(RunFolderError, match=r"samples\.jsonl:2: was changed"):
        folder.samples()


def test_rows_that_were_moved_lost_or_relabelled_are_noticed_and_nothing_is_overwritten(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.lock()
    folder.write_seeds([])
    commit(folder, 1)
    commit(folder, 2)
    folder.unlock()
    path = tmp_path / "samples.jsonl"
    whole = path.read_bytes()
    rows = whole.splitlines(keepends=True)
    for spoiled in (
        b"".join([rows[1], rows[0], *rows[2:]]),
        b"".join(rows[:-1]),
        b"".join([rows[0], *rows]),
        whole.replace(b'"toy"', b'"joy"', 1),
        whole.replace(b'"toy"', b'"other"', 1),
    ):
        path.write_bytes(spoiled)
        for read in (RunFolder(tmp_path).lock, RunFolder(tmp_path).samples):
            with pytest.raises(RunFolderError, match=r"samples\.jsonl: rows were changed, .*, or remove it"):
                read()
        assert path.read_bytes() == spoiled
    path.unlink()
    folder.lock()
    assert path.read_bytes() == whole, "the cure that the error names"
    folder.unlock()
    path.write_bytes(whole + rows[0])
    folder.lock()
    assert path.read_bytes() == whole, "what stands after the last commit is what a kill left of the next one"
    folder.unlock()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"until": "4"}, "until: Input should be a valid integer"),
        ({"samples_bytes": -1}, "samples_bytes: Input should be greater than or equal to 0"),
        ({"rounds": [{"round": 1}]}, "rounds.0.works: Field required"),
        ({"rounds": {}}, "rounds: Input should be a valid"),
        ({"pinned": {"model": None}}, "pinned.model: Input should be a valid string"),
        ({"until": None}, "until: Input should be a valid integer"),
    ],
)
def test_a_state_of_wrong_types_is_named_and_made_again_once_it_is_removed(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    folder = RunFolder(tmp_path)
    folder.lock()
    folder.write_seeds([])
    folder.log("start", backend="rules", model="m", first=1, until=1, resumed=False)
    commit(folder, 1)
    folder.state.firsts, folder.state.until = [1], 1
    folder.state.under_way, folder.state.pinned = True, {"backend": "rules", "model": "m"}
    folder.write_state()
    folder.unlock()
    path = tmp_path / "state.json"
    whole = path.read_bytes()
    path.write_text(json.dumps(json.loads(whole) | change))
    with pytest.raises(RunFolderError, match=rf"state\.json: damaged: {message}.*; remove it, and the next run"):
        RunFolder(tmp_path)
    path.write_text(json.dumps({name: value for name, value in json.loads(whole).items() if name not in change}))
    with pytest.raises(RunFolderError, match="Field required"):
        RunFolder(tmp_path)
    path.unlink()
    again = RunFolder(tmp_path)
    again.lock()
    assert path.read_bytes() == whole
    again.unlock()


def test_a_folder_of_before_samples_had_a_checksum_gets_one(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.lock()
    folder.write_seeds([])
    commit(folder, 1)
    crc = folder.state.samples_crc
    folder.state.samples_crc = None
    folder.write_state()
    folder.unlock()
    again = RunFolder(tmp_path)
    assert len(again.samples()) == 2
    again.lock()
    assert again.state.samples_crc == crc is not None
    again.unlock()


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("samples.jsonl", lambda folder: commit(folder, 1)),
        ("log.jsonl", lambda folder: folder.log("start")),
        ("state.json.part", lambda folder: folder.write_state()),
        ("recipe.yaml", lambda folder: folder.write_recipe({})),
    ],
)
def test_what_cannot_be_written_is_named(tmp_path: Path, name: str, write: Callable[[RunFolder], None]) -> None:
    folder = RunFolder(tmp_path)
    folder.lock()
    (tmp_path / name).mkdir()  # so that no file can be there
    with pytest.raises(RunFolderError, match=rf"{name}.*: cannot be written: Is a directory; .* choose another --run"):
        write(folder)
    folder.unlock()


def test_what_work_brought_is_kept_and_made_again_where_it_is_gone_or_does_not_fit(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.lock()
    commit(folder, 1)
    made = folder.yields(1)
    folder.unlock()
    assert [(item.operator, item.parents, item.drafts, item.accepted) for item in made] == [
        ("toy", ("p",), 1, accepted) for accepted in (1, 0, 1)
    ]
    kept = tmp_path / "index" / "yields" / "0001.json"
    whole = kept.read_bytes()
    for spoiled in (whole[:-9], whole.replace(b'"toy"', b'"joy"', 1), b"[]", b"", None):
        kept.unlink()
        if spoiled is not None:
            kept.write_bytes(spoiled)
        assert RunFolder(tmp_path).yields(1) == made
        kept.write_bytes(whole)
    rounds = tmp_path / "rounds" / "0001.jsonl"
    data = rounds.read_bytes()
    rounds.write_bytes(b"x" * len(data))
    assert RunFolder(tmp_path).yields(1) == made, "an old round is not read where what it brought is kept"
    rounds.write_bytes(b"".join(data.splitlines(keepends=True)[:2]))
    assert RunFolder(tmp_path).yields(1) == made[:2]


@pytest.mark.parametrize("lost", ["rounds/0001.jsonl", "rounds/0002.jsonl", "seeds.jsonl"])
@pytest.mark.parametrize("how", ["missing", "empty"])
def test_a_lost_file_is_an_error_and_nothing_is_made_again_without_it(tmp_path: Path, lost: str, how: str) -> None:
    folder = RunFolder(tmp_path)
    folder.lock()
    folder.write_seeds([])
    commit(folder, 1)
    commit(folder, 2)
    folder.unlock()
    samples = (tmp_path / "samples.jsonl").read_bytes()
    (tmp_path / lost).unlink()
    if how == "empty" and lost != "seeds.jsonl":
        (tmp_path / lost).touch()
    with pytest.raises(RunFolderError, match=f"{lost}: missing.*restore"):
        RunFolder(tmp_path).lock()
    assert (tmp_path / "samples.jsonl").read_bytes() == samples


def test_without_state_json_the_log_says_whose_the_folder_is_and_what_was_under_way(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.lock()
    folder.write_seeds([])
    folder.log("start", backend="openai", model="m", first=1, until=2, resumed=False)
    commit(folder, 1)
    folder.log("start", backend="openai", model="m", first=2, until=4, resumed=False)
    commit(folder, 2)
    folder.unlock()
    (tmp_path / "state.json").unlink()
    again = RunFolder(tmp_path)
    again.lock()
    state = again.state
    assert (state.firsts, state.until, state.under_way, state.completed) == ([1, 2], 4, True, 2)
    assert state.pinned == {"backend": "openai", "model": "m"}
    again.unlock()
    (tmp_path / "state.json").unlink()
    (tmp_path / "log.jsonl").unlink()
    with pytest.raises(RunFolderError, match="restore one of them"):
        RunFolder(tmp_path).lock()
