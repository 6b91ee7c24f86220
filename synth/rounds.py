"""The engine: plan, draft, read, screen, judge, answer, offer.

::

    plan ──► draft ──► read ──► screen ──► judge ──► answer ──► offer, in plan order ──► pool
             LLM                gates      LLM       LLM        gates

Generation runs ahead of the verdicts, in any order in which completions happen to arrive. Verdicts are given strictly
in plan order, each by the pool as it stands at its turn, so nothing that timing decides reaches a result:

* A draft is screened twice. *Early*, as soon as it is read, by whatever the pool holds then: only to save the price
  of an answer. At its *turn*, by the pool at its turn: that alone is its verdict. As gates are monotone (a rejection
  is never undone by a larger pool), a draft that failed early fails at its turn as well. Gates that do not read the
  pool say the same at both times and are asked once.
* The next round is planned at a fixed cut: from the pool as it stands when the first ``cut`` share of this round, in
  plan order, is judged, and from what their work brought. So the LLM has work while a round's last stragglers are
  out, and the plan is the same whatever their speed.
* A completion is on disk before anything is concluded from it.
"""

from __future__ import annotations

import asyncio
import gc
from collections import deque
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from synth.errors import RunFolderError, Stopped, SynthError, UsageError
from synth.plan import Planner, Work
from synth.pool import Pool
from synth.protocols import LLM, Unreadable, View
from synth.records import Completion, Draft, Opinion, Outcome, Request, Sample, Verdict
from synth.run_folder import Journal, RoundRecord, RoundSummary, RunFolder, Yield, cut_at

T = TypeVar("T")

DRAIN_SECONDS = 30.0
"""How long a stopping run waits for completions that are already paid for."""


class Asker(Protocol):
    """What asks the follow-up questions about a draft (:mod:`synth.operators`)."""

    def judge(self, draft: Draft, parents: Sequence[Sample], drafted: Request) -> Request | None: ...

    def read_opinion(self, completion: Completion, request: Request) -> Opinion | None: ...

    def respond(
        self, draft: Draft, parents: Sequence[Sample], drafted: Request, examples: Sequence[Sample]
    ) -> Request: ...

    def read_answer(self, completion: Completion, request: Request) -> str: ...


class Observer(Protocol):
    """Sees what happens, for progress and logs; decides nothing."""

    def noticed(self, text: str) -> None: ...

    def planned(self, number: int, works: int) -> None: ...

    def completed(self, completion: Completion) -> None: ...

    def decided(self, outcome: Outcome) -> None: ...

    def committed(self, summary: RoundSummary) -> None: ...


@dataclass(frozen=True, slots=True)
class Budget:
    """When a command ends before its rounds are over. Figures count from the command's first round; None is no limit.

    ``samples`` and ``drafts`` end it at a fixed place in plan order: the round is committed as far as it got, and every
    run of the same command ends at the same place. ``tokens`` (prompt and completion, of this process) ends it when
    they are spent, which timing decides: the round stays under way. ``min_yield`` is the share of drafts that must be
    accepted in the part of a round before the cut; below it no further round is planned.
    """

    samples: int | None = None
    drafts: int | None = None
    tokens: int | None = None
    min_yield: float = 0.0


@dataclass(slots=True)
class _Prospect:
    """One item of a draft completion on its way: a draft (and what follows it), or what could not be read."""

    number: int
    item: Draft | Unreadable
    view: View
    screened: tuple[Verdict, ...]
    follow: asyncio.Task[Draft] | None


class Engine:
    """Runs rounds on one pool, one planner, one folder. ``window`` bounds how many pieces of work are under way."""

    def __init__(
        self,
        pool: Pool,
        planner: Planner,
        folder: RunFolder,
        llm: LLM,
        answer_llm: LLM,
        asker: Asker,
        observer: Observer,
        *,
        per_round: int,
        cut: float,
        window: int,
        budget: Budget = Budget(),
    ) -> None:
        self._pool = pool
        self._planner = planner
        self._folder = folder
        self._llm = llm
        self._answer_llm = answer_llm
        self._asker = asker
        self._observer = observer
        self._per_round = per_round
        self._cut = cut
        self._window = window
        self._budget = budget
        self._accepted = 0
        self._drafts = 0
        self._purse = _Purse(budget.tokens)
        self._journals: dict[int, Journal] = {}
        self._examples: dict[str, list[Sample]] = {}
        self._plans: dict[int, list[Work]] = {}
        self._ready: deque[Work] = deque()
        self._under_way: deque[asyncio.Task[list[_Prospect]]] = deque()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._buying: dict[asyncio.Future[Completion], asyncio.Future[Completion]] = {}  # on disk, and here
        self._stopping: str | None = None
        self._stopped = asyncio.Event()

    async def restore(self) -> None:
        """Rebuild pool and planner as they stood, and plan the next round as it was, or would have been, planned."""
        number = self._folder.state.completed + 1
        late = self._planner.recall(self._folder, number, self._cut)
        for summary in self._folder.state.rounds[self._folder.state.first - 1 :]:
            self._accepted += summary.accepted
            self._drafts += summary.drafts + summary.unreadable
        pool = self._folder.pool()
        known = self._folder.known_at_plan(number, self._cut)
        # The gates may know all of it at once: as they are monotone, an early screening that knows more rejects nothing
        # that its turn would pass. The plan depends on the planner alone, and that on what was known at the cut.
        # In a thread: it may take a while, in which signals must be heard.
        for problem in await asyncio.to_thread(self._pool.recall, pool, self._folder.index):
            self._observer.noticed(f"built again, which takes a while: {problem}")
        for sample in pool[:known]:
            self._introduce(sample)
        gc.freeze()
        await self._plan(number)
        for sample in pool[known:]:
            self._introduce(sample)
        for brought in late:
            self._planner.learn(number - 1, brought)

    @property
    def in_flight(self) -> int:
        """Requests that are being bought."""
        return sum(not bought.done() for bought in self._buying.values())

    def stop(self, reason: str) -> None:
        """Begin no more work; what was sent comes home, what was not is dropped, then :meth:`run` raises Stopped."""
        self._stopping = self._stopping or reason
        self._stopped.set()
        self._llm.withdraw()
        self._answer_llm.withdraw()

    async def run(self, until: int) -> None:
        """Run rounds until round ``until`` is complete; :meth:`restore` comes first.

        Raises:
            Stopped: :meth:`stop` was called; everything that was bought is on disk.
        """
        number = self._folder.state.completed + 1
        try:
            if number not in self._plans:
                self._folder.state.until = number - 1
            while number in self._plans:
                plan = deque(self._plans.pop(number))
                cut = cut_at(self._cut, len(plan))
                record = RoundRecord(number)
                yields: list[Yield] = []
                while plan:
                    work = plan.popleft()  # and let go of: a round's prompts are some 20 MB
                    self._top_up()
                    settled = await self._settle(work, self._under_way.popleft(), record)
                    yields.append(Yield.of(settled, self._journal(number).known))
                    self._planner.learn(number, yields[-1])
                    if self._is_spent():
                        break
                    # Verdicts come in bursts; completions that arrive meanwhile must not wait for the burst to end.
                    await asyncio.sleep(0)
                    if work.index + 1 == cut:
                        if number < until and self._yields(record):
                            await self._plan(number + 1)
                        else:
                            self._llm.finish()
                            self._answer_llm.finish()
                if number < until and (number + 1 not in self._plans or self._is_spent()):
                    # The command ends early, and must know so however it dies: the round's file does not say it.
                    self._folder.state.until = number
                    await asyncio.to_thread(self._folder.write_state)
                await self._commit(record, yields)
                if reason := self._is_spent():
                    raise Stopped(f"{reason}; run again to go on")
                number += 1
        except SynthError as error:
            self.stop(str(error))
            if self._buying:
                await asyncio.wait(self._buying, timeout=DRAIN_SECONDS)
            raise
        finally:
            await self._close()

    def _is_spent(self) -> str:
        """Which budget is used up, in words; a token budget stops the run elsewhere."""
        budget = self._budget
        if budget.samples is not None and self._accepted >= budget.samples:
            return f"{budget.samples} samples are accepted, as --max-samples says"
        if budget.drafts is not None and self._drafts >= budget.drafts:
            return f"{self._drafts} drafts are judged, --max-drafts is {budget.drafts}"
        return ""

    def _yields(self, record: RoundRecord) -> bool:
        """Whether another round is worth its price, by what this one has brought up to its cut."""
        share = len(record.samples) / len(record.outcomes)
        if share >= self._budget.min_yield:
            return True
        floor = self._budget.min_yield
        self._observer.noticed(
            f"only {share:.1%} of the drafts are accepted, --min-yield is {floor:.1%}: the last round"
        )
        return False

    async def _plan(self, number: int) -> None:
        """Plan a round; where nothing is left to work on there is none, and the run ends before it."""
        plan = []
        for work in self._planner.plan(number, self._per_round):
            plan.append(work)
            self._ready.append(work)
            # Planning takes a while: what is planned begins at once, and completions keep arriving.
            self._top_up()
            await asyncio.sleep(0)
        if not plan:
            reason = "none of the operators has anything to do with this pool"
            if number == 1:
                raise UsageError(f"nothing to do: {reason}; add seeds, in a language that the prompts are in")
            self._observer.noticed(f"no round {number}: {reason} any more; add seeds")
            return
        self._plans[number] = plan
        self._observer.planned(number, len(plan))

    def _top_up(self) -> None:
        while self._ready and len(self._under_way) < self._window:
            self._under_way.append(self._spawn(self._draft(self._ready.popleft())))

    def _admit(self, sample: Sample) -> None:
        self._pool.admit(sample)
        self._introduce(sample)

    def _introduce(self, sample: Sample) -> None:
        """Make a sample of the pool known to what chooses parents and examples."""
        self._planner.admit(sample)
        if sample.task and sample.lineage.operator == "seed":
            self._examples.setdefault(sample.task, []).append(sample)

    # ---- before its turn: as completions arrive

    async def _draft(self, work: Work) -> list[_Prospect]:
        completion = await self._buy(work.round, work.request, self._llm)
        prospects = []
        items = work.operator.read(completion, work.request, work.parents)
        for number, item in enumerate(items or [Unreadable("empty", "no task in the completion")]):
            if isinstance(item, Unreadable):
                prospects.append(_Prospect(number, item, View(), (), None))
                continue
            lineage = replace(
                item.lineage,
                round=work.round,
                draft=number,
                requests=(work.request.id,),
                models=(completion.model,),
            )
            draft = replace(item, lineage=lineage)
            view = self._pool.view(draft)
            screened = self._pool.screen(draft, view)
            follow = self._spawn(self._answer(work, draft)) if all(verdict.passed for verdict in screened) else None
            prospects.append(_Prospect(number, draft, view, screened, follow))
        return prospects

    async def _answer(self, work: Work, draft: Draft) -> Draft:
        """The draft with the judge's opinion and, unless that is against it, with its answer."""
        lineage = draft.lineage
        question = self._asker.judge(draft, work.parents, work.request)
        if question is not None:
            completion = await self._buy(work.round, question, self._llm)
            lineage = replace(lineage, requests=(*lineage.requests, question.id))
            draft = replace(draft, opinion=self._asker.read_opinion(completion, question), lineage=lineage)
            if draft.opinion is not None and not draft.opinion.gained:
                return draft
        question = self._asker.respond(draft, work.parents, work.request, self._examples.get(draft.task, ()))
        completion = await self._buy(work.round, question, self._answer_llm)
        models = lineage.models if completion.model in lineage.models else (*lineage.models, completion.model)
        return replace(
            draft,
            output=self._asker.read_answer(completion, question),
            finish_reason=completion.finish_reason,
            lineage=replace(lineage, requests=(*lineage.requests, question.id), models=models),
        )

    async def _buy(self, number: int, request: Request, llm: LLM) -> Completion:
        """The completion for a request: from the journal, else from the LLM and then into the journal."""
        journal = self._journal(number)
        known = journal.known.get(request.id)
        if known is not None:
            return known
        if not await self._purse.can_pay():
            self.stop(f"the token budget of {self._budget.tokens:,} is spent")
        if self._stopping:
            raise self._end()
        return await self._purchase(journal, request, llm)

    def _purchase(self, journal: Journal, request: Request, llm: LLM) -> asyncio.Future[Completion]:
        """Buy a completion. What was paid for reaches the journal, also where nobody waits for it any more."""
        safe: asyncio.Future[Completion] = asyncio.get_running_loop().create_future()
        bought = llm.submit(request)
        self._buying[safe] = bought
        self._purse.ordered()

        def arrived(done: asyncio.Future[Completion]) -> None:
            if done.cancelled():
                self._purse.returned()
                if not safe.done():  # withdrawn
                    safe.set_exception(self._end())
            elif (error := done.exception()) is not None:
                self._purse.returned()
                if not safe.done():
                    safe.set_exception(error)
            else:
                self._purse.paid(done.result())
                self._observer.completed(done.result())
                journal.append(done.result()).add_done_callback(written)

        def written(done: asyncio.Future[Completion]) -> None:
            error = done.exception()
            if safe.done():
                return
            if error is None:
                safe.set_result(done.result())
            else:
                safe.set_exception(error)

        def settled(_: asyncio.Future[Completion]) -> None:
            self._buying.pop(safe, None)
            if safe.cancelled():
                bought.cancel()  # nobody needs it; it is bought all the same if it has arrived by now
            else:
                safe.exception()  # looked at, so that asyncio does not complain

        bought.add_done_callback(arrived)
        safe.add_done_callback(settled)
        return safe

    # ---- at its turn: in plan order

    async def _settle(self, work: Work, drafted: asyncio.Task[list[_Prospect]], record: RoundRecord) -> list[Outcome]:
        outcomes: list[Outcome] = []

        def ends(outcome: Outcome) -> None:
            outcomes.append(outcome)
            if (sample := record.add(outcome)) is not None:
                self._admit(sample)
                self._accepted += 1

        for prospect in await self._unless_stopped(drafted):
            draft = prospect.item
            verdicts: tuple[Verdict, ...]
            if isinstance(draft, Unreadable):
                verdicts = (Verdict("read", False, rule=draft.rule, evidence=draft.evidence),)
                ends(self._outcome(work, prospect, None, verdicts))
                continue
            if self._budget.samples is not None and self._accepted >= self._budget.samples:
                verdicts = (
                    Verdict("budget", False, "max-samples", evidence="the last sample asked for came before it"),
                )
            else:
                verdicts = self._pool.screen(draft, prospect.view, prospect.screened)
            if not all(verdict.passed for verdict in verdicts):
                if prospect.follow is not None:
                    prospect.follow.cancel()  # the pool grew in between: its answer is of no use any more
            else:
                follow = prospect.follow or self._spawn(self._answer(work, draft))
                draft = await self._unless_stopped(follow)
                if draft.output is None:  # the judge was against it
                    verdicts = self._pool.screen(draft, prospect.view)
                else:
                    verdicts = self._pool.judge(draft, prospect.view, verdicts)
            ends(self._outcome(work, prospect, draft, verdicts))
        self._drafts += len(outcomes)
        return outcomes

    def _outcome(self, work: Work, prospect: _Prospect, draft: Draft | None, verdicts: tuple[Verdict, ...]) -> Outcome:
        outcome = Outcome(
            round=work.round,
            work=work.index,
            number=prospect.number,
            draft=draft,
            verdicts=verdicts,
            requests=draft.lineage.requests if draft is not None else (work.request.id,),
            operator=work.operator.name,
            parents=tuple(parent.id for parent in work.parents),
        )
        self._observer.decided(outcome)
        return outcome

    async def _commit(self, record: RoundRecord, yields: Sequence[Yield]) -> None:
        number = record.number
        journal = self._journal(number)
        summary = await asyncio.to_thread(self._folder.commit_round, record, journal.known)
        if problem := await asyncio.to_thread(self._save_index, number, yields):
            self._observer.noticed(problem)
        journal.known.clear()
        # The journal before this one has got all that was still on its way to it: an open file and a thread less.
        if before := self._journals.pop(number - 1, None):
            await before.close()
        self._observer.committed(summary)
        _collect()

    def _save_index(self, number: int, yields: Sequence[Yield]) -> str:
        """Keep what opening would have to build, now that the pool is what is on disk. Returns what went wrong."""
        try:
            self._folder.keep_yields(number, yields)
            self._pool.save(self._folder.index)
        except (OSError, RunFolderError) as error:  # it is only a cache
            return f"index/ is not up to date, so the next run opens more slowly: {error}"
        return ""

    # ---- tasks and journals

    def _journal(self, number: int) -> Journal:
        if number not in self._journals:
            self._journals[number] = self._folder.journal(number)
        return self._journals[number]

    def _spawn(self, coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, so that asyncio does not complain of a task that nobody had to wait for

    async def _unless_stopped(self, task: asyncio.Task[T]) -> T:
        if not task.done():
            stopped = asyncio.ensure_future(self._stopped.wait())
            await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
            stopped.cancel()
        if not task.done():
            raise self._end()
        return task.result()

    def _end(self) -> Stopped:
        return Stopped(f"{self._stopping}; run again to go on")

    async def _close(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for journal in self._journals.values():
            await journal.close()
        self._journals.clear()
        gc.unfreeze()


def _collect() -> None:
    """Look for garbage now, and at what is alive now (``gc.freeze``) never again while the engine runs.

    The pool grows and stays. Looking through all of it each time that it has grown by a quarter, as Python does, would
    stop everything for a tenth of a second and more, in which the servers run dry.
    """
    gc.collect()
    gc.freeze()


class _Purse:
    """Keeps to a budget of tokens: what is spent, and what is likely to be spent on what is ordered already."""

    BLIND = 4
    """Orders at a time while no price is known."""

    def __init__(self, budget: int | None) -> None:
        self._budget = budget
        self._spent = 0
        self._count = 0
        self._orders = 0
        self._settled = asyncio.Event()

    async def can_pay(self) -> bool:
        """Whether the budget has room for one more completion of the mean price, once what is ordered is paid for.

        Waits while that depends on the price of what is under way.
        """
        if self._budget is None:
            return True
        while True:
            mean = self._spent / self._count if self._count else 0.0
            if self._spent + mean > self._budget:
                return False
            if self._spent + (self._orders + 1) * mean <= self._budget and (self._count or self._orders < self.BLIND):
                return True
            await self._settled.wait()

    def ordered(self) -> None:
        self._orders += 1

    def returned(self) -> None:
        self._orders -= 1
        self._wake()

    def paid(self, completion: Completion) -> None:
        self._orders -= 1
        self._count += 1
        self._spent += completion.prompt_tokens + completion.completion_tokens
        self._wake()

    def _wake(self) -> None:
        self._settled.set()
        self._settled = asyncio.Event()
