"""The assembler: recipe → parts → rounds. And the library's front door: :func:`expand`, :func:`read_run`."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from synth.errors import Stopped, SynthError, UsageError
from synth.gates.table import build_gates
from synth.llm.table import build_llm, choose_backend
from synth.operators.table import load_operators
from synth.plan import Planner
from synth.pool import Pool
from synth.prompts import PromptSet
from synth.protocols import LLM
from synth.recipe import Recipe, dump_recipe
from synth.records import Completion, Outcome, Sample
from synth.rounds import Budget, Engine, Observer
from synth.run_folder import RoundSummary, RunFolder
from synth.seeds import Seeds, read_seeds

T = TypeVar("T")

DEFAULT_RUN = Path("runs/default")

WINDOW = 2048
"""Pieces of work under way at a time: enough to look past stragglers, little enough to stay small in memory."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one call of :func:`expand` did: the rounds that it finished, and all ``total`` samples in the folder."""

    path: Path
    rounds: tuple[RoundSummary, ...]
    seeds: int
    total: int

    @property
    def accepted(self) -> int:
        return sum(summary.accepted for summary in self.rounds)


class RunObserver(Observer):
    """An observer that is told about the run as a whole as well. Every method does nothing unless overridden."""

    def started(self, folder: RunFolder, backend: str, model: str, resumed: bool) -> None: ...

    def noticed(self, text: str) -> None: ...

    def planned(self, number: int, works: int) -> None: ...

    def completed(self, completion: Completion) -> None: ...

    def decided(self, outcome: Outcome) -> None: ...

    def committed(self, summary: RoundSummary) -> None: ...


def expand(
    recipe: Recipe,
    run: Path | str = DEFAULT_RUN,
    *,
    observer: RunObserver | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Result:
    """Grow the pool in the run folder by ``recipe.rounds`` rounds, or finish the call that was interrupted there.

    Raises:
        UsageError: the recipe, the seeds or the prompts cannot be used (InputError lists bad seed rows).
        LLMError: the LLM cannot be had, or is gone.
        RunFolderError: the folder cannot be read or written (LockedError: another process is at work in it).
        Stopped: stopped early by a signal; the same call goes on.
    """
    return _run_async(_expand(recipe, Path(run), observer or RunObserver(), environment))


def read_run(path: Path | str = DEFAULT_RUN) -> RunFolder:
    """A run folder, open for reading: ``samples()``, ``seeds()``, ``outcomes(round)``, ``state.rounds``.

    Raises:
        UsageError: there is no run at ``path``.
        RunFolderError: there is one, and it cannot be read.
    """
    folder = RunFolder(Path(path))
    if not folder.exists:
        raise UsageError(f"{path}: no run here; `synth expand --run {path}` makes one")
    return folder


async def _expand(recipe: Recipe, path: Path, observer: RunObserver, environment: Mapping[str, str]) -> Result:
    asyncio.get_running_loop().set_default_executor(_Threads())
    seeds = read_seeds(*recipe.seeds)
    prompts = PromptSet.load(recipe.prompts)
    folder = RunFolder(path)
    backend = choose_backend(recipe.llm, folder.state.pinned.get("backend"), environment)
    folder.lock()
    log = _Log(observer)
    try:
        state = folder.state
        llm = build_llm(backend, recipe.llm, environment, seeds.taskfiles, state.pinned.get("model"))
        answer_llm = llm
        if (second := recipe.answer_llm) is not None:
            answer_llm = build_llm(
                second.backend or backend, second, environment, seeds.taskfiles, state.pinned.get("answer_model")
            )
        await llm.start()
        try:
            if answer_llm is not llm:
                await answer_llm.start()
            _pin(folder, backend, llm, answer_llm)
            resumed = state.under_way
            notices = []
            if not resumed:
                state.firsts.append(state.completed + 1)
                state.until = state.completed + recipe.rounds
                state.under_way = True
                notices = _add_seeds(folder, seeds)

            begun = False

            def begin() -> None:
                """The first plan stands, so what can be wrong with a command has been found: it is under way."""
                nonlocal begun
                begun = True
                folder.write_recipe({**dump_recipe(recipe), "prompt_hashes": dict(prompts.hashes())})
                folder.write_state()

            log.started(folder, backend, llm.model, resumed)
            for notice in notices:
                log.noticed(notice)
            try:
                if state.completed < state.until:
                    await _rounds(recipe, prompts, seeds, folder, llm, answer_llm, log, begin)
            finally:  # stopped early as well: what is committed can be trained on
                if begun or resumed:
                    folder.write_manifest(dump_recipe(recipe), prompts.hashes())
                    state.under_way = state.completed < state.until
                    folder.write_state()
            log.ended("done", samples=sum(summary.accepted for summary in state.rounds))
        except SynthError as error:
            log.ended("stopped" if isinstance(error, Stopped) else "failed", reason=str(error))
            raise
        finally:
            await llm.stop()
            if answer_llm is not llm:
                await answer_llm.stop()
        finished = tuple(summary for summary in state.rounds if summary.round >= state.first)
        total = sum(summary.accepted for summary in state.rounds)
        return Result(path, finished, len(folder.seeds()), total)
    finally:
        folder.unlock()


async def _rounds(
    recipe: Recipe,
    prompts: PromptSet,
    seeds: Seeds,
    folder: RunFolder,
    llm: LLM,
    answer_llm: LLM,
    observer: RunObserver,
    begin: Callable[[], None],
) -> None:
    embedded = llm.operators is not None
    table = load_operators(
        prompts, seeds.taskfiles, recipe, model=llm.model, answer_model=answer_llm.model, slots_only=embedded
    )
    engine = Engine(
        Pool(build_gates(**recipe.gates.model_dump(), member=folder.member() if recipe.gates.minhash_redis else None)),
        Planner(table.weighted(recipe.operators, llm.operators), recipe.seed, recipe.max_depth, bandit=recipe.bandit),
        folder,
        llm,
        answer_llm,
        table.asker(judging=recipe.judge and not embedded),
        observer,
        per_round=recipe.per_round,
        cut=recipe.cut,
        budget=Budget(
            samples=recipe.budget.max_samples,
            drafts=recipe.budget.max_drafts,
            tokens=recipe.budget.max_tokens,
            min_yield=recipe.budget.min_yield,
        ),
        window=WINDOW if recipe.llm.in_flight is None else max(1, min(WINDOW, 4 * recipe.llm.in_flight)),
    )
    with _signals(engine, observer), _deadline(engine, recipe.budget.deadline):
        await engine.restore()
        begin()
        await engine.run(folder.state.until)


def _pin(folder: RunFolder, backend: str, llm: LLM, answer_llm: LLM) -> None:
    """A run folder keeps its models: mixing the work of two without a word would be a dataset of unknown origin."""
    wanted = {"model": llm.model, "answer_model": answer_llm.model}
    pinned = folder.state.pinned
    for key, model in wanted.items():
        if key in pinned and pinned[key] != model:
            raise UsageError(f"{folder.path} was made with {key} {pinned[key]}, not {model}; choose another --run")
    folder.state.pinned = {"backend": pinned.get("backend", backend), **wanted}


def _add_seeds(folder: RunFolder, seeds: Seeds) -> list[str]:
    """Seeds that the folder does not hold yet join its pool after the rounds that are complete. Returns notices."""
    held = folder.seeds()
    known = {sample.id for sample in held}
    new: list[Sample] = [
        replace(sample, lineage=replace(sample.lineage, round=folder.state.completed))
        for sample in seeds.samples
        if sample.id not in known
    ]
    if new:
        folder.write_seeds([*held, *new])
    notices = [f"{len(new)} new seeds join the pool"] if held and new else []
    if not seeds.duplicates:
        return notices
    shown = ", ".join(seeds.duplicates[:3]) + (" …" if len(seeds.duplicates) > 3 else "")
    return [*notices, f"{len(seeds.duplicates)} seed rows repeat an earlier one and were left out: {shown}"]


@contextlib.contextmanager
def _signals(engine: Engine, observer: RunObserver) -> Iterator[None]:
    """SIGTERM, SIGHUP and the first SIGINT stop cleanly; the second SIGINT stops at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()

    def stop(name: str) -> None:
        engine.stop(f"stopped by {name}")
        observer.noticed(f"stopping: {engine.in_flight} requests are on their way home; Ctrl-C again quits at once")

    def on_signal(number: int, _: object) -> None:
        # Not by the loop's own handlers: it hears nothing while the rows of a large pool are read.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        loop.call_soon_threadsafe(stop, signal.Signals(number).name)

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)


@contextlib.contextmanager
def _deadline(engine: Engine, when: str | None) -> Iterator[None]:
    """Stop cleanly at a time of day (``06:00``, local time, the next one) or after a while (``+7h``, ``+90m``)."""
    if when is None:
        yield
        return
    if when.startswith("+"):
        seconds = float(when[1:-1]) * {"s": 1, "m": 60, "h": 3600}[when[-1]]
    else:
        now = datetime.now()
        hour, minute = (int(part) for part in when.split(":"))
        try:
            at = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
        except ValueError:
            raise UsageError(f"budget.deadline: {when} is no time of day; give 06:00 or +7h") from None
        seconds = ((at if at > now else at + timedelta(days=1)) - now).total_seconds()
    timer = asyncio.get_running_loop().call_later(seconds, engine.stop, f"the deadline {when} has come")
    try:
        yield
    finally:
        timer.cancel()


def _run_async(coroutine: Coroutine[Any, Any, T]) -> T:
    try:
        asyncio.get_running_loop()
        nested = True
    except RuntimeError:
        nested = False
    if not nested:
        return asyncio.run(coroutine)
    # Called from a notebook, which runs a loop of its own in this thread.
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


class _Threads(concurrent.futures.ThreadPoolExecutor):
    """What is to end at once does not wait for its threads: one that opens a large pool takes its time."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002 - nobody waits
        super().shutdown(wait=False, cancel_futures=cancel_futures)


class _Log(RunObserver):
    """Writes log.jsonl in the run folder, one event a line with the time (UTC), and passes all on to its observer."""

    def __init__(self, observer: RunObserver) -> None:
        self._observer = observer
        self._folder: RunFolder | None = None

    def started(self, folder: RunFolder, backend: str, model: str, resumed: bool) -> None:
        self._folder = folder
        first, until = folder.state.first, folder.state.until
        self._log("start", backend=backend, model=model, first=first, until=until, resumed=resumed)
        self._observer.started(folder, backend, model, resumed)

    def noticed(self, text: str) -> None:
        self._log("notice", text=text)
        self._observer.noticed(text)

    def planned(self, number: int, works: int) -> None:
        self._log("plan", round=number, works=works)
        self._observer.planned(number, works)

    def completed(self, completion: Completion) -> None:
        self._observer.completed(completion)

    def decided(self, outcome: Outcome) -> None:
        self._observer.decided(outcome)

    def committed(self, summary: RoundSummary) -> None:
        self._log("round", **summary.to_json())
        self._observer.committed(summary)

    def ended(self, event: str, **fields: Any) -> None:
        self._log(event, **fields)

    def _log(self, event: str, **fields: Any) -> None:
        if self._folder is not None:
            self._folder.log(event, time=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **fields)
