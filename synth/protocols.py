"""The seams: three protocols. Whatever fits the shape can be plugged in; nothing has to inherit from anything."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from synth.records import Completion, Draft, Request, Sample, Verdict


class LLM(Protocol):
    """Something that completes requests. Concurrency, retries and servers hide behind it.

    The future always resolves to a Completion: a request that can never be answered resolves to one with
    ``finish_reason="error"``. It raises :class:`~synth.errors.LLMError` only where the LLM as a whole is gone.
    """

    model: str
    """The model's name, as it goes into requests and lineage."""

    operators: frozenset[str] | None
    """The operators that it can do truthfully; None for all (a real LLM)."""

    async def start(self) -> None:
        """Connect or load, and prove that the model answers (LLMError with the reason and the cure, if not)."""

    def submit(self, request: Request) -> asyncio.Future[Completion]:
        """Take a request; called from the event loop, returns at once."""

    def finish(self) -> None:
        """No further work will come but what follows from that under way: send first what has most to follow."""

    def withdraw(self) -> None:
        """The run stops: cancel what is not sent, and send nothing any more, retries included."""

    async def stop(self) -> None:
        """Let go of servers, engines and files."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A completion, or an item of one, that no draft could be read from: the rule that it broke, and a quote."""

    rule: str
    evidence: str


class Operator(Protocol):
    """A way to make drafts from parents: pure on both sides of the LLM, so it is tested without a model."""

    name: str
    parents: int
    """How many parents it takes, all of one language."""
    demonstrations: tuple[int, int] | None
    """Where its parents are demonstrations: how many seeds and how many machine-made samples (fewer will do)."""
    fits: bool
    """Whether it works on instances of a fitting task (one task at a time), or on free tasks only."""
    descends: bool
    """Whether its drafts keep their parents' words, so that novelty leaves their ancestors out."""

    def takes(self, sample: Sample) -> bool:
        """Whether ``sample`` can be one of its parents."""

    def suits(self, parents: Sequence[Sample]) -> bool:
        """Whether it can work on these parents at all."""

    def ask(self, parents: Sequence[Sample], rng: random.Random, draw: str) -> Request | None:
        """The request that asks the LLM for drafts; None if, looked at closely, there is nothing to ask."""

    def read(self, completion: Completion, request: Request, parents: Sequence[Sample]) -> list[Draft | Unreadable]:
        """The drafts in a completion, in its order; an Unreadable for each item that cannot be read."""


@dataclass(frozen=True, slots=True)
class View:
    """What a gate may look at besides the draft."""

    parents: tuple[Sample, ...] = ()
    """The samples that the draft was made from (for bootstrap: the demonstrations)."""

    ancestors: frozenset[str] = frozenset()
    """Ids of all samples that it descends from. Novelty leaves them out; empty for bootstrap."""


class Gate(Protocol):
    """Judges drafts. ``judge`` is pure; what a gate knows of the pool it learned through ``remember`` alone.

    A verdict of rejection must be *monotone*: remembering more samples never turns it into a pass. So a draft
    that fails before its turn can be dropped without waiting for its turn.
    """

    name: str
    screens: bool
    """Whether it can judge a draft that has no answer yet."""
    reads_answer: bool
    """Whether it has more to say once there is an answer (a gate that screens is then asked again)."""
    reads_pool: bool
    """Whether its verdict depends on what it remembers. Of a draft that was screened, only these are asked again."""

    def judge(self, draft: Draft, view: View) -> Verdict:
        """Pass or reject, with the evidence. ``draft.output`` is None while it is screened."""

    def remember(self, sample: Sample) -> None:
        """The pool admitted ``sample``."""


@runtime_checkable
class Keeper(Protocol):
    """What a gate has besides, whose memory takes long to build: it can keep it on disk, as a cache.

    Whatever was saved, and whenever a save was killed, a gate judges as if it had remembered each sample itself.
    """

    def recall(self, samples: Sequence[Sample], directory: Path) -> list[str]:
        """Remember ``samples``, the first that the gate hears of, reading what was saved of them in ``directory``.

        Returns what was wrong with it, where it could not be used.
        """

    def save(self, directory: Path) -> None:
        """Save what is remembered. OSError where it cannot be written; what was saved before stays in force."""
