"""The run folder: the lock, the journal, finished rounds, and the dataset. The only module that writes there.

::

    samples.jsonl        the dataset, one accepted sample a line
    seeds.jsonl          the seeds it grew from, so that the folder stands on its own
    rounds/0001.jsonl    every Outcome of a finished round, in plan order
    journal/0002.jsonl   completions bought for a round, in order of arrival, one a line
    state.json           what a glance needs: the command under way, one summary a round, what LLM is pinned
    manifest.json        count, bytes and sha256 of the dataset, for a training job to pin; older ones in manifests/
    recipe.yaml          the resolved recipe of the last command, with the hash of each prompt
    member               the folder's name among those that share a pool in Redis; a copied folder needs its own
    index/               what is slow to build from the above: the gates' memory of the pool, what each round's work
                         brought. A cache: it can be deleted at any time, and is not used unless it fits the rest
    log.jsonl  lock

**A round is complete exactly when its file exists.** Everything else is either append-only (the journal), or can be
made again from the rounds (samples.jsonl, state.json), and is, when opening finds that a kill came in between. What
somebody else changed in them is an error that says so, and is not overwritten.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import fcntl
import gc
import hashlib
import itertools
import json
import math
import os
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Annotated, Any, TypeVar
from uuid import uuid4

import yaml
from pydantic import Field, TypeAdapter, ValidationError

from synth.errors import LockedError, RunFolderError, UsageError
from synth.records import Completion, Outcome, Sample, canonical

T = TypeVar("T")
Count = Annotated[int, Field(ge=0)]

_REMAKE = "remove it and the next run makes it again from rounds/"


@dataclass(frozen=True, slots=True)
class Yield:
    """What one piece of work brought, and its price: the tokens, prompt and completion, of what its outcomes name.

    ``drafts`` counts all its outcomes, unreadable ones too. Cached tokens count in full, and answers that were bought
    ahead and not used do not count: both are matters of timing, on which nothing may depend.
    """

    operator: str
    parents: tuple[str, ...]
    drafts: int
    accepted: int
    tokens: int

    @classmethod
    def of(cls, outcomes: Sequence[Outcome], completions: Mapping[str, Completion]) -> Yield:
        """The yield of the piece of work whose outcomes these are."""
        requests = {name for outcome in outcomes for name in outcome.requests}
        paid = [completions[name] for name in sorted(requests) if name in completions]
        return cls(
            operator=outcomes[0].operator,
            parents=outcomes[0].parents,
            drafts=len(outcomes),
            accepted=sum(outcome.accepted for outcome in outcomes),
            tokens=sum(item.prompt_tokens + item.completion_tokens for item in paid),
        )


@dataclass(frozen=True, slots=True)
class RoundSummary:
    """One finished round in figures. ``tokens`` are those of the completions that its outcomes name.

    ``operators`` maps each to its accepted and its drafts, ``operator_tokens`` to its tokens, prompt and completion.
    """

    round: int
    works: int
    drafts: int
    unreadable: int
    accepted: int
    rejected: Mapping[str, int]
    operators: Mapping[str, tuple[int, int]]
    languages: Mapping[str, int]
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    operator_tokens: Mapping[str, int] = field(default_factory=dict)

    @property
    def tokens(self) -> int:
        """What the round cost: prompt tokens, cached or not, and completion tokens."""
        return self.prompt_tokens + self.completion_tokens

    def to_json(self) -> dict[str, Any]:
        row = {name: getattr(self, name) for name in self.__slots__}
        row["operators"] = {name: list(pair) for name, pair in self.operators.items()}
        return row


class RoundRecord:
    """A round while it is judged: the lines of its file and of samples.jsonl, and what its summary counts.

    Each outcome is written out as it comes, so that the end of a round is no burst of work, and need not be kept.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.outcomes: list[str] = []
        self.samples: list[str] = []
        self._works: set[int] = set()
        self._requests: dict[str, str] = {}
        self._rejected: Counter[str] = Counter()
        self._tried: Counter[str] = Counter()
        self._kept: Counter[str] = Counter()
        self._languages: Counter[str] = Counter()
        self._unreadable = 0

    def add(self, outcome: Outcome) -> Sample | None:
        """Take an outcome in, in plan order. Returns the sample that it puts into the pool, if it was accepted."""
        line = canonical(outcome.to_json())
        self.outcomes.append(line + "\n")
        self._works.add(outcome.work)
        self._requests.update(dict.fromkeys(outcome.requests, outcome.operator))
        self._tried[outcome.operator] += 1
        self._unreadable += outcome.draft is None
        if (verdict := outcome.rejected_by) is not None:
            self._rejected[verdict.gate] += 1
        if not outcome.accepted:
            return None
        # The same, to the order of its labels, as one that is read back.
        sample = admitted(Outcome.from_json(json.loads(line)))
        self.samples.append(canonical_row(sample))
        self._kept[outcome.operator] += 1
        self._languages[sample.language] += 1
        return sample

    def summary(self, completions: Mapping[str, Completion]) -> RoundSummary:
        """The round in figures; ``completions`` are those that were bought for it, by request id."""
        paid = [completions[name] for name in self._requests if name in completions]
        prices: Counter[str] = Counter(dict.fromkeys(self._tried, 0))
        for item in paid:
            prices[self._requests[item.request_id]] += item.prompt_tokens + item.completion_tokens
        return RoundSummary(
            round=self.number,
            works=len(self._works),
            drafts=len(self.outcomes) - self._unreadable,
            unreadable=self._unreadable,
            accepted=len(self.samples),
            rejected=dict(sorted(self._rejected.items())),
            operators={name: (self._kept[name], self._tried[name]) for name in sorted(self._tried)},
            languages=dict(sorted(self._languages.items())),
            prompt_tokens=sum(item.prompt_tokens for item in paid),
            cached_tokens=sum(item.cached_tokens for item in paid),
            completion_tokens=sum(item.completion_tokens for item in paid),
            operator_tokens=dict(sorted(prices.items())),
        )


@dataclass(slots=True)
class State:
    """What state.json holds: ``until`` is the last round of the command under way, or of the last one.

    ``firsts`` are the rounds with which commands began: these were planned from the whole pool, the others at a cut.
    ``under_way`` until the command has ended: killed after its last round, it must not be taken for a new one.
    ``samples_bytes`` of samples.jsonl are those of these rounds, with the CRC-32 ``samples_crc`` (None: not noted yet).
    """

    firsts: list[int]
    until: Count
    under_way: bool
    pinned: dict[str, str]
    rounds: list[RoundSummary]
    samples_bytes: Count
    samples_crc: int | None = None

    @classmethod
    def empty(cls) -> State:
        """That of a folder in which nothing was done yet."""
        return cls([], 0, False, {}, [], 0, 0)

    @property
    def first(self) -> int:
        """The first round of the command under way, or of the last one."""
        return self.firsts[-1] if self.firsts else 1

    @property
    def completed(self) -> int:
        return len(self.rounds)

    def to_json(self) -> dict[str, Any]:
        return {
            "version": 1,
            "firsts": self.firsts,
            "until": self.until,
            "under_way": self.under_way,
            "pinned": self.pinned,
            "rounds": [summary.to_json() for summary in self.rounds],
            "samples_bytes": self.samples_bytes,
            "samples_crc": self.samples_crc,
        }

    @classmethod
    def from_json(cls, text: bytes | str) -> State:
        """The state that :meth:`to_json` wrote. ValueError says which field is wrong: people edit such files."""
        try:
            state = TypeAdapter(cls).validate_json(text, strict=True)
        except ValidationError as error:
            first = error.errors()[0]
            raise ValueError(": ".join(filter(None, (".".join(map(str, first["loc"])), first["msg"])))) from error
        if [summary.round for summary in state.rounds] != list(range(1, state.completed + 1)):
            raise ValueError("rounds are not numbered 1, 2, 3 and so on")
        return state


class RunFolder:
    """A run folder, open for reading; :meth:`lock` makes it writable.

    Raises:
        UsageError: it is a file.
        RunFolderError: it cannot be read, or holds files that no version of synth wrote.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: IO[str] | None = None
        self.state = self._read_state()

    # ---- reading

    @property
    def exists(self) -> bool:
        return (self.path / "state.json").exists()

    def seeds(self) -> list[Sample]:
        """The seeds, in the order of their coming; ``lineage.round`` is the round after which they came."""
        return list(self._samples("seeds.jsonl"))

    def samples(self) -> list[Sample]:
        """The accepted samples, in the order in which they were accepted."""
        if self._lock is None:  # else it was when the folder was locked
            self._check_samples()
        return list(self._samples("samples.jsonl"))

    def outcomes(self, number: int) -> Iterator[Outcome]:
        """Every outcome of a finished round, in plan order."""
        path = self._round_path(number)
        for place, row in _rows(path):
            yield _parse(Outcome.from_json, row, place)

    @property
    def index(self) -> Path:
        """The folder of what can be built again."""
        return self.path / "index"

    def yields(self, number: int) -> list[Yield]:
        """What each piece of work of a finished round brought, in plan order.

        Read from index/ where it was kept, else from the round and its journal, and then kept.
        """
        kept = self._kept_yields(number)
        if kept is not None:
            return kept
        completions = self.completions(number)
        works = itertools.groupby(self.outcomes(number), key=lambda outcome: outcome.work)
        yields = [Yield.of(list(outcomes), completions) for _, outcomes in works]
        if self._lock is not None:
            with contextlib.suppress(RunFolderError):  # it is only a cache
                self.keep_yields(number, yields)
        return yields

    def pool(self) -> list[Sample]:
        """Seeds and accepted samples in the order of their coming: a round's samples, then the seeds added after it."""
        with _no_collector():
            rows = [(sample.lineage.round, 1, sample) for sample in self.seeds()]
            rows += [(sample.lineage.round, 0, sample) for sample in self.samples()]
        return [sample for _, _, sample in sorted(rows, key=lambda row: row[:2])]

    def judged_at_plan(self, number: int, cut: float) -> int:
        """How many pieces of work of the round before it were judged when round ``number`` was planned.

        All of them for the first round of a command, else the first ``cut`` share in plan order.
        """
        if number == 1:
            return 0
        works = self.state.rounds[number - 2].works
        return works if number in self.state.firsts else cut_at(cut, works)

    def known_at_plan(self, number: int, cut: float) -> int:
        """How many rows of :meth:`pool` were there when round ``number`` was planned."""
        before = number - 1
        whole = before if before == 0 or number in self.state.firsts else before - 1  # rounds of which all was there
        known = sum(summary.accepted for summary in self.state.rounds[:whole])
        known += sum(sample.lineage.round <= whole for sample in self.seeds())
        if whole < before:
            known += sum(brought.accepted for brought in self.yields(before)[: self.judged_at_plan(number, cut)])
        return known

    def completions(self, number: int) -> dict[str, Completion]:
        """The completions that were bought for a round, by request id. A torn last line is left out."""
        return load_journal(self._journal_path(number))

    def journal(self, number: int) -> Journal:
        """The journal of a round, open for appending."""
        return Journal(self._journal_path(number))

    # ---- writing

    def lock(self) -> None:
        """Take the folder for this process, making it if need be, and mend what a kill left behind.

        The lock is the kernel's (flock): it goes with the process, however that dies.

        Raises:
            UsageError: the folder holds other things than a run.
            LockedError: another process has it.
            RunFolderError: the folder cannot be written.
        """
        if self.path.is_dir() and not any((self.path / name).exists() for name in ("state.json", "rounds", "lock")):
            others = sorted(file.name for file in self.path.iterdir())
            if others:
                raise UsageError(f"{self.path}: is no run folder, it holds {others[0]}; choose a new or an empty --run")
        try:
            for folder in ("rounds", "journal"):
                (self.path / folder).mkdir(parents=True, exist_ok=True)
            handle = (self.path / "lock").open("a+")
        except OSError as error:
            raise _unwritable(self.path, error) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            holder = handle.read().strip() or "unknown"
            handle.close()
            raise LockedError(
                f"{self.path}: another run is at work here (process {holder}); wait for it, or choose another --run"
            ) from None
        except OSError as error:
            handle.close()
            raise _unwritable(self.path / "lock", error) from error
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        self._lock = handle
        try:
            self.state = self._read_state()
            self._recover()
        except BaseException:
            self.unlock()
            raise

    def holder(self) -> str:
        """The process that is at work here, empty if none is."""
        try:
            with (self.path / "lock").open() as handle:
                try:
                    fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return handle.read().strip()
        except OSError:
            pass
        return ""

    def unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def write_recipe(self, tree: Mapping[str, Any]) -> None:
        self._replace("recipe.yaml", yaml.safe_dump(dict(tree), allow_unicode=True, sort_keys=False))

    def write_state(self) -> None:
        self._replace("state.json", json.dumps(self.state.to_json(), ensure_ascii=False, indent=1) + "\n")

    def write_seeds(self, seeds: Iterable[Sample]) -> None:
        self._replace("seeds.jsonl", "".join(canonical_row(sample) for sample in seeds))

    def commit_round(self, record: RoundRecord, completions: Mapping[str, Completion]) -> RoundSummary:
        """Make a round complete: samples appended, then the round's file renamed into place, then the state.

        ``completions`` are those that were bought for it, by request id.

        A kill between any two of these is mended by :meth:`lock`: the round's file decides.
        """
        summary = record.summary(completions)
        data = "".join(record.samples).encode()
        path = self.path / "samples.jsonl"
        try:
            with path.open("ab") as file:
                file.truncate(self.state.samples_bytes)
                file.write(data)
                _sync(file)
        except OSError as error:
            raise _unwritable(path, error) from error
        self._replace(str(self._round_path(summary.round).relative_to(self.path)), "".join(record.outcomes))
        self.state.rounds.append(summary)
        self.state.samples_bytes += len(data)
        self.state.samples_crc = zlib.crc32(data, self.state.samples_crc or 0)
        self.write_state()
        return summary

    def keep_yields(self, number: int, yields: Iterable[Yield]) -> None:
        """Keep what the work of a finished round brought, so that opening need not read the round."""
        rows = [[item.operator, item.parents, item.drafts, item.accepted, item.tokens] for item in yields]
        body = canonical(rows)
        head = {"version": 1, "round_bytes": self._round_path(number).stat().st_size, "sum": zlib.crc32(body.encode())}
        try:
            self._yields_path(number).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(self._yields_path(number), error) from error
        self._replace(str(self._yields_path(number).relative_to(self.path)), f"{canonical(head)}\n{body}\n")

    def member(self) -> str:
        """The folder's name among those that share a pool in Redis: made up once, then kept."""
        path = self.path / "member"
        if not path.exists():
            self._replace("member", uuid4().hex + "\n")
        return path.read_text(encoding="utf-8").strip()

    def write_manifest(self, recipe: Mapping[str, Any], prompt_hashes: Mapping[str, str]) -> None:
        """A snapshot that a training job can pin: how many samples, how many bytes of samples.jsonl, and their hash.

        As samples.jsonl only ever grows, its first ``bytes`` bytes stay what they are: a manifest of an earlier night
        still names its data. One is kept for each state of the folder, ``manifest.json`` is the latest.
        """
        path = self.path / "samples.jsonl"
        digest = hashlib.sha256()
        if path.exists():
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        manifest = {
            "samples": sum(summary.accepted for summary in self.state.rounds),
            "bytes": self.state.samples_bytes,
            "sha256": digest.hexdigest(),
            "rounds": self.state.completed,
            "llm": self.state.pinned,
            "recipe_sha256": hashlib.sha256(canonical(recipe).encode()).hexdigest(),
            "prompt_sha256": dict(prompt_hashes),
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
        try:
            (self.path / "manifests").mkdir(exist_ok=True)
        except OSError as error:
            raise _unwritable(self.path / "manifests", error) from error
        self._replace(f"manifests/{self.state.completed:04}.json", text)
        self._replace("manifest.json", text)

    def log(self, event: str, **fields: Any) -> None:
        """One event a line in log.jsonl: for people and monitors, and for the day when state.json is lost."""
        path = self.path / "log.jsonl"
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(canonical({"event": event, **fields}) + "\n")
        except OSError as error:
            raise _unwritable(path, error) from error

    # ---- private

    def _read_state(self) -> State:
        path = self.path / "state.json"
        try:
            return State.from_json(path.read_bytes())
        except FileNotFoundError:
            return State.empty()
        except NotADirectoryError:
            raise UsageError(f"{self.path}: is a file; --run takes a folder") from None
        except OSError as error:
            raise RunFolderError(f"{path}: cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise RunFolderError(
                f"{path}: damaged: {error}; remove it, and the next run makes it again from rounds/ and log.jsonl"
            ) from error

    def _recover(self) -> None:
        """Bring state.json and samples.jsonl in line with the rounds that are complete."""
        done = self._whole_rounds()
        samples = self.path / "samples.jsonl"
        if samples.exists():
            self.state.samples_crc = self._check_samples()
            if self.state.completed == done:
                if samples.stat().st_size > self.state.samples_bytes:  # killed before the round's file was there
                    os.truncate(samples, self.state.samples_bytes)
                return
        elif self.state.completed == done and not self.state.samples_bytes:
            return
        summaries: list[RoundSummary] = []
        lines: list[str] = []
        for number in range(1, done + 1):
            record = RoundRecord(number)
            for outcome in self.outcomes(number):
                record.add(outcome)
            summaries.append(record.summary(self.completions(number)))
            lines.extend(record.samples)
        text = "".join(lines)
        self._replace("samples.jsonl", text)
        self.state.rounds = summaries
        self.state.samples_bytes = len(text.encode())
        self.state.samples_crc = zlib.crc32(text.encode())
        self.state.until = max(self.state.until, done)
        self.write_state()

    def _check_samples(self) -> int:
        """Raise RunFolderError if samples.jsonl does not begin with what the rounds put there. Returns the CRC of that.

        Rows are told by their ids, but a row that was moved, lost or given other labels would enter the pool unseen.
        """
        path, left, crc = self.path / "samples.jsonl", self.state.samples_bytes, 0
        if path.exists():
            with path.open("rb") as file:
                while block := file.read(min(left, 1 << 20)):
                    left, crc = left - len(block), zlib.crc32(block, crc)
        if left or self.state.samples_crc not in (None, crc):
            list(self._samples("samples.jsonl"))  # names the row, if its text was changed
            raise RunFolderError(f"{path}: rows were changed, moved or lost; restore the file, or {_REMAKE}")
        return crc

    def _whole_rounds(self) -> int:
        """How many rounds are complete. No kill leaves a gap, or fewer than were: there a file is lost."""
        files = {path.name: path.stat().st_size for path in (self.path / "rounds").glob("[0-9]*.jsonl")}
        done = max(len(files), self.state.completed)
        for path in map(self._round_path, range(1, done + 1)):
            if not files.get(path.name):
                raise RunFolderError(f"{path}: missing or empty, though {done} rounds were complete; restore the file")
        if done and not (self.path / "seeds.jsonl").exists():
            raise RunFolderError(f"{self.path / 'seeds.jsonl'}: missing, though {done} rounds grew from it; restore it")
        if done and not self.exists:
            self._read_log()
        return done

    def _read_log(self) -> None:
        """Make again what state.json held besides the rounds: the commands, the last one's end, and the pinned LLM."""
        try:
            events = [row for _, row in _rows(self.path / "log.jsonl", torn_tail=True)]
            starts = [row for row in events if row["event"] == "start"]
            last = starts[-1]
            pinned = {"backend": last["backend"], "model": last["model"]}
            manifest = self.path / "manifest.json"
            if manifest.exists():
                pinned = json.loads(manifest.read_bytes())["llm"]
            said = {
                "firsts": sorted({row["first"] for row in starts}),
                "until": last["until"],
                "under_way": not any(row["event"] == "done" for row in events[events.index(last) :]),
                "pinned": pinned,
            }
            self.state = State.from_json(canonical(State.empty().to_json() | said))
        except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
            raise RunFolderError(
                f"{self.path}: state.json is missing, and log.jsonl does not say what it held; restore one of them"
            ) from error

    def _replace(self, name: str, text: str) -> None:
        """Write aside, sync, rename into place, sync the folder: the file is the old one or the new one, never half."""
        path = self.path / name
        aside = path.with_name(path.name + ".part")
        try:
            with aside.open("wb") as file:
                file.write(text.encode())
                _sync(file)
            aside.replace(path)
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise _unwritable(path, error) from error

    def _samples(self, name: str) -> Iterator[Sample]:
        """The rows of a file of samples.

        Each one's id is computed again, though that is part of the price of opening: a text that was changed would
        otherwise enter the pool unseen, with other words than those that the gates remember under its id.
        """
        path = self.path / name
        if path.exists():
            cure = "restore the file" + (f", or {_REMAKE}" if name == "samples.jsonl" else "")
            for place, row in _rows(path, cure=cure):
                sample = _parse(Sample.from_json, row, place)
                if row.get("id") != sample.id:
                    raise RunFolderError(f"{place}: was changed, its id is {sample.id} now; {cure}")
                yield sample

    def _kept_yields(self, number: int) -> list[Yield] | None:
        try:
            head, body = self._yields_path(number).read_bytes().splitlines()
            size = self._round_path(number).stat().st_size
            if json.loads(head) != {"version": 1, "round_bytes": size, "sum": zlib.crc32(body)}:
                return None
            return [Yield(name, tuple(parents), *counts) for name, parents, *counts in json.loads(body)]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _yields_path(self, number: int) -> Path:
        return self.index / "yields" / f"{number:04}.json"

    def _round_path(self, number: int) -> Path:
        return self.path / "rounds" / f"{number:04}.jsonl"

    def _journal_path(self, number: int) -> Path:
        return self.path / "journal" / f"{number:04}.jsonl"


class Journal:
    """Completions on disk, one a line, appended in order of arrival; ``known`` holds them by request id.

    What :meth:`append` returns resolves when the completion is safe on disk. Writes are grouped: while one group is
    being synced the next one gathers, so a thousand completions a second cost a few syncs, not a thousand.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            _drop_torn_line(path)
            self.known = load_journal(path)
            self._file = path.open("ab", buffering=0)
        except OSError as error:
            raise RunFolderError(f"{path}: cannot be written: {error.strerror}") from error
        self._waiting: list[tuple[Completion, asyncio.Future[Completion]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._thread = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="journal")

    def append(self, completion: Completion) -> asyncio.Future[Completion]:
        """Keep a completion. The future resolves to it when it is on disk; it gets there whoever stops waiting for it.

        The future raises RunFolderError where the disk is full or gone; nothing that was on disk before is harmed.
        """
        done: asyncio.Future[Completion] = asyncio.get_running_loop().create_future()
        self._waiting.append((completion, done))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())
        return done

    async def close(self) -> None:
        if self._writer is not None:
            await self._writer
        self._thread.shutdown()
        self._file.close()

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            group, self._waiting = self._waiting, []
            data = "".join(canonical(completion.to_json()) + "\n" for completion, _ in group).encode()
            failure: RunFolderError | None = None
            try:
                await loop.run_in_executor(self._thread, self._sync_group, data)
            except OSError as error:
                failure = RunFolderError(f"{self.path}: cannot be written: {error.strerror}; make room, then run again")
            for completion, done in group:
                if failure is None:
                    self.known[completion.request_id] = completion
                if done.done():
                    continue
                if failure is None:
                    done.set_result(completion)
                else:
                    done.set_exception(failure)
        self._writer = None

    def _sync_group(self, data: bytes) -> None:
        start = os.fstat(self._file.fileno()).st_size
        try:
            view = memoryview(data)
            while view:
                view = view[self._file.write(view) :]
            os.fsync(self._file.fileno())
        except OSError:
            os.ftruncate(self._file.fileno(), start)  # no half lines before the next group
            raise


def tokens_per_accepted(rounds: Iterable[RoundSummary]) -> float | None:
    """Tokens paid for each sample that was accepted in these rounds.

    None where none was accepted, or no tokens are counted, as by the embedded model.
    """
    tokens = accepted = 0
    for summary in rounds:
        tokens, accepted = tokens + summary.tokens, accepted + summary.accepted
    return tokens / accepted if tokens and accepted else None


@contextlib.contextmanager
def _no_collector() -> Iterator[None]:
    """Reads a pool without looking for cycles in it, over and over as it grows: there are none."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def cut_at(cut: float, works: int) -> int:
    """How many pieces of work of a round are judged when the next one is planned."""
    return math.ceil(cut * works)


def load_journal(path: Path) -> dict[str, Completion]:
    """The completions in a journal file, by request id; the first one counts, a torn last line does not."""
    known: dict[str, Completion] = {}
    if path.exists():
        for place, row in _rows(path, torn_tail=True, cure="restore the file or remove that line"):
            completion = _parse(Completion.from_json, row, place)
            known.setdefault(completion.request_id, completion)
    return known


def admitted(outcome: Outcome) -> Sample:
    """The sample that an accepted outcome, as it is read back from a round's file, put into the pool."""
    draft = outcome.draft
    assert draft is not None
    assert draft.output is not None
    return Sample(
        instruction=draft.instruction,
        input=draft.input,
        output=draft.output,
        language=draft.language,
        labels=draft.labels,
        constraints=draft.constraints,
        task=draft.task,
        lineage=draft.lineage,
        scores={verdict.gate: verdict.score for verdict in outcome.verdicts if verdict.score is not None},
    )


def canonical_row(sample: Sample) -> str:
    """A sample as one line, instruction, input and output first."""
    row = sample.to_json()
    return json.dumps(row, ensure_ascii=False, separators=(", ", ": ")) + "\n"


def _rows(path: Path, *, torn_tail: bool = False, cure: str = "restore the file") -> Iterator[tuple[str, Any]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if torn_tail and not line.endswith(b"\n"):
                return
            place = f"{path}:{number}"
            try:
                yield place, json.loads(line)
            except (ValueError, RecursionError) as error:
                raise RunFolderError(f"{place}: damaged: {error}; {cure}") from error


def _parse(reader: Callable[[Any], T], row: Any, place: str) -> T:
    try:
        return reader(row)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RunFolderError(f"{place}: not a row that synth wrote ({error!r})") from error


def _unwritable(path: Path, error: OSError) -> RunFolderError:
    """``path`` is what was being written; the system names another where a folder above it is in the way."""
    return RunFolderError(
        f"{error.filename or path}: cannot be written: {error.strerror}; "
        "make room or rights there, or choose another --run"
    )


def _drop_torn_line(path: Path) -> None:
    """Cut a journal back to its last whole line: what follows was being written when the process died."""
    if not path.exists():
        return
    with path.open("r+b") as file:
        data = file.read()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            file.truncate(whole)
            _sync(file)


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
