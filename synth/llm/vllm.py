"""Completions from vLLM in this process (its V1 AsyncLLM), for a run that has the GPUs to itself.

``engine_args`` are vLLM's own engine arguments by their names (``tensor_parallel_size``, ``data_parallel_size``,
``max_model_len``, ``gpu_memory_utilization``, ``enable_lora``, …). Prefix caching is on unless they say otherwise. What
the model's own generation_config sets and a request does not (``top_k``, a repetition penalty) holds, as it does with
``vllm serve``.

No seed is sent. vLLM samples the requests of a batch together, but those with a seed one by one, and even so a
completion depends on what else was in the batch; its CPU build dies of a seed in a chunked prefill. What makes a run
repeatable is the journal.

The engine lives in processes of its own and schedules what it is given, first come first served. It is given what it
runs and a quarter more, so that it never waits for us; the others wait here, answers first. That begins as
``max_num_seqs`` a data-parallel rank; where the KV cache holds fewer, the engine's own statistics say so
(:mod:`synth.llm.appetite`).

An engine that dies takes down all that is in it, of which one request may be the cause. It is loaded again, and what
was in it goes back in groups of half as many, one group after the other, before anything else; each death halves the
groups, until a request that dies alone is known for the cause and becomes an ``error`` completion. So a request that
kills the engine costs a run one draft and some ten loads. Deaths that no request explains end it.
"""

from __future__ import annotations

import asyncio
import difflib
import functools
import itertools
import logging
import os
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from synth.errors import LLMError, SynthError, UsageError
from synth.llm.appetite import Appetite
from synth.llm.loops import LOOPS
from synth.llm.probe import PROBE, examine
from synth.llm.reasoning import without_reasoning
from synth.llm.turns import Turns
from synth.records import Completion, Request, encodable

log = logging.getLogger(__name__)

ATTEMPTS = 3
"""Tries for a request that the engine drops for a reason of its own (say a lost KV transfer)."""

DEATHS_MOST = 12
"""Deaths of the engine in a row that no request is found to blame for: as many as halving takes from 2,000 to one."""

OBSERVE = 0.2
"""Seconds between two looks at the engine's statistics."""


class VLLM:
    """One model in an engine of this process's own.

    ``in_flight`` fixes the number of requests in the engine. ``structured`` off sends no schema.
    ``chat_template_kwargs`` reaches the chat template (``{"enable_thinking": False}``). ``lora`` is the folder of an
    adapter. A small model that fills its JSON with white space is cured by the engine argument
    ``structured_outputs_config: {backend: xgrammar, disable_any_whitespace: true}``.
    """

    operators: frozenset[str] | None = None

    def __init__(
        self,
        model: str,
        engine_args: Mapping[str, Any] | None = None,
        *,
        in_flight: int | None = None,
        structured: Literal["auto", "off"] = "auto",
        chat_template_kwargs: Mapping[str, Any] | None = None,
        lora: str | None = None,
    ) -> None:
        self.model = model
        self._engine_args = dict(engine_args or {})
        self._in_flight = in_flight
        self._structured = structured != "off"
        self._template_kwargs = dict(chat_template_kwargs or {})
        self._lora_path = lora
        self._engine: Any = None
        self._turns: Turns[_Job] = Turns()
        self._tasks: dict[asyncio.Task[None], _Job] = {}
        self._fallen: list[_Job] = []  # that were in an engine when it died
        self._suspects: deque[_Job] = deque()  # the same, when another is loaded
        self._group = 0  # how many of those go into it at a time; 0 where there are none
        self._deaths = 0
        self._cause = ""
        self._revival: asyncio.Task[None] | None = None
        self._withdrawn = False
        self._names = itertools.count()
        self._appetite = Appetite(in_flight)
        self._loads: dict[int, tuple[int, int]] = {}
        self._observed = 0.0
        self._gone: SynthError | None = None

    async def start(self) -> None:
        """Load the model (half a minute and more) and probe it.

        UsageError for an engine argument that there is not; LLMError with the cure for whatever else is wrong.
        """
        self._loop = asyncio.get_running_loop()
        try:
            await self._load()
        except BaseException:
            await self.stop()
            raise

    async def _load(self) -> None:
        # No telemetry, and errors only, unless the user says otherwise.
        os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
        os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
        from vllm import AsyncEngineArgs
        from vllm.v1.engine.async_llm import AsyncLLM
        from vllm.v1.engine.exceptions import EngineDeadError

        known = [field.name for field in fields(AsyncEngineArgs)]
        for name in self._engine_args:
            if name not in known:
                nearest = difflib.get_close_matches(name, known, n=1)
                hint = f"; did you mean {nearest[0]}?" if nearest else ""
                raise UsageError(f"vLLM has no engine argument {name!r}{hint}")
        defaults = {"enable_prefix_caching": True, "enable_lora": self._lora_path is not None}
        try:
            engine_args = AsyncEngineArgs(model=self.model, **defaults | self._engine_args)
            watches = [functools.partial(_Watch, self._observe)]
            self._engine = AsyncLLM.from_engine_args(engine_args, stat_loggers=watches)
        except (ValueError, RuntimeError, OSError) as error:  # a wrong name, too little memory, no such device, …
            reason = _words(error)
            raise LLMError(
                f"vLLM cannot load {self.model}: {reason}; correct the model or the engine arguments "
                "(VLLM_LOGGING_LEVEL=INFO shows what it did)"
            ) from error
        self._prepare()
        try:
            completion = await self._complete(PROBE)
        except EngineDeadError as error:
            raise _death(_words(error)) from None
        examine(completion, structured=self._structured, name=f"vLLM with {self.model}")

    def submit(self, request: Request) -> asyncio.Future[Completion]:
        future: asyncio.Future[Completion] = self._loop.create_future()
        if self._gone:
            future.set_exception(self._gone)
            future.exception()  # seen: see _give_up
            return future
        self._turns.push(request.stage, _Job(request, future), opening=request.messages[0].content)
        self._dispatch()
        return future

    def finish(self) -> None:
        self._turns.finish()

    def withdraw(self) -> None:
        self._withdrawn = True
        waiting = [*self._suspects, *self._fallen]
        self._suspects.clear()
        while self._turns:
            waiting.append(self._turns.pop())
        for job in waiting:
            job.future.cancel()

    async def stop(self) -> None:
        self.withdraw()
        running = dict(self._tasks)
        for task, job in running.items():
            task.cancel()
            job.future.cancel()
        if self._revival is not None:
            self._revival.cancel()
            await asyncio.gather(self._revival, return_exceptions=True)
        await asyncio.gather(*running, return_exceptions=True)
        if self._engine is not None:
            self._engine.shutdown()
            self._engine = None

    def _prepare(self) -> None:
        """What every request needs of the engine, looked up once."""
        config = self._engine.vllm_config
        self._context: int = config.model_config.max_model_len
        self._defaults: dict[str, Any] = config.model_config.get_diff_sampling_param()
        self._tokenizer = self._engine.get_tokenizer()
        if not getattr(self._tokenizer, "chat_template", None):
            raise LLMError(f"{self.model} has no chat template: it is a base model; choose an instruct model")
        seats = config.scheduler_config.max_num_seqs * config.parallel_config.data_parallel_size
        most = seats + seats // 4 + 1
        self._appetite = Appetite(self._in_flight, start=most, ceiling=most)
        self._lora = None
        if self._lora_path:
            from vllm.lora.request import LoRARequest

            self._lora = LoRARequest("adapter", 1, self._lora_path)

    def _dispatch(self) -> None:
        if self._fallen:
            return
        if self._group:
            while self._suspects and not self._tasks:  # a group at a time; those that were cancelled leave it empty
                for _ in range(min(self._group, len(self._suspects))):
                    self._send(self._suspects.popleft())
            if self._tasks:
                return
            self._group = 0
        while self._turns and len(self._tasks) < self._appetite.limit:
            self._send(self._turns.pop())

    def _send(self, job: _Job) -> None:
        if not job.future.done():  # cancelled while it waited
            task = self._loop.create_task(self._serve(job))
            self._tasks[task] = job
            task.add_done_callback(self._finished)

    def _observe(self, rank: int, running: int, waiting: int) -> None:
        """What the scheduler of a data-parallel rank says after a step."""
        self._loads[rank] = running, waiting
        now = self._loop.time()
        if now - self._observed > OBSERVE:
            self._observed = now
            total = [sum(column) for column in zip(*self._loads.values(), strict=True)]
            self._appetite.observe(*total, pressed=bool(self._turns))
            self._dispatch()

    def _finished(self, task: asyncio.Task[None]) -> None:
        del self._tasks[task]
        if not self._fallen:
            self._dispatch()
        elif not self._tasks:  # each of them has met its end
            self._revival = self._loop.create_task(self._revive())

    async def _serve(self, job: _Job) -> None:
        from vllm.v1.engine.exceptions import EngineDeadError

        try:
            completion = await self._complete(job.request)
        except EngineDeadError as error:
            self._fallen.append(job)
            self._cause = _words(error)
        except Exception as bug:  # not handled: handed to whoever waits, who would wait forever
            if not job.future.done():
                job.future.set_exception(bug)
        else:
            if not job.future.done():
                job.future.set_result(completion)

    async def _revive(self) -> None:
        """Load the engine again, and have what was in it go back in smaller groups."""
        fallen = [job for job in self._fallen if not job.future.done()]
        self._deaths += 1
        if self._withdrawn or self._deaths > DEATHS_MOST:
            self._give_up(_death(self._cause))
            return
        if len(self._fallen) == 1 and fallen and fallen[0].suspect:  # else an idle engine may have died before it came
            job = fallen.pop()
            log.warning("request %s is given up: the engine died of it alone", job.request.id)
            job.future.set_result(self._refuse(job.request, f"the engine died of it alone ({self._cause})"))
            self._deaths = 0
        for job in fallen:
            job.suspect = True
        self._suspects.extendleft(reversed(fallen))
        self._group = max(1, len(self._fallen) // 2)
        log.warning("vLLM's engine died (%s); it is loaded again", self._cause)
        self._engine.shutdown()
        try:
            await self._load()
        except SynthError as error:
            self._give_up(error)
            return
        self._fallen = []
        self._dispatch()

    async def _complete(self, request: Request) -> Completion:
        from vllm.exceptions import VLLMClientError, VLLMServerError
        from vllm.v1.engine.exceptions import EngineDeadError

        messages = [{"role": message.role, "content": encodable(message.content)} for message in request.messages]
        prompt = self._tokenizer.apply_chat_template(
            messages, add_generation_prompt=True, tokenize=True, return_dict=False, **self._template_kwargs
        )
        room = self._context - len(prompt)
        if room < 1:
            return self._refuse(request, f"the prompt has {len(prompt)} tokens and the context {self._context}")
        reason = ""
        for _ in range(ATTEMPTS):
            try:
                output = await self._generate(request, prompt, room)
            except EngineDeadError:
                raise
            except (VLLMClientError, ValueError) as error:  # this request is wrong, say its schema
                return self._refuse(request, _words(error))
            except VLLMServerError as error:
                reason = _words(error)
                continue
            answer = output.outputs[0]
            reason = f"the engine ended it with {answer.finish_reason!r}"
            if answer.finish_reason in ("stop", "length", "repetition"):
                return Completion(
                    request_id=request.id,
                    text=encodable(without_reasoning(answer.text)),
                    finish_reason=answer.finish_reason,
                    model=self.model,
                    prompt_tokens=len(prompt),
                    cached_tokens=output.num_cached_tokens or 0,
                    completion_tokens=len(answer.token_ids),
                )
        return self._refuse(request, f"given up after {ATTEMPTS} tries; the last: {reason}")

    async def _generate(self, request: Request, prompt: list[int], room: int) -> Any:
        """The engine's one, final output."""
        from vllm import SamplingParams
        from vllm.sampling_params import RepetitionDetectionParams, RequestOutputKind, StructuredOutputsParams

        sampling = request.sampling
        constrained = request.schema is not None and self._structured
        params = SamplingParams(
            **self._defaults
            | {
                "temperature": sampling.temperature,
                "top_p": sampling.top_p,
                "max_tokens": min(sampling.max_tokens, room),
                "structured_outputs": StructuredOutputsParams(json=dict(request.schema or {})) if constrained else None,
                "repetition_detection": None if request.schema else RepetitionDetectionParams(**LOOPS),
                "output_kind": RequestOutputKind.FINAL_ONLY,
            }
        )
        # A name of its own for each try: the engine knows no two requests of one name at a time.
        name = f"{request.id}-{next(self._names)}"
        final = None
        async for output in self._engine.generate(
            {"prompt_token_ids": prompt}, params, request_id=name, lora_request=self._lora
        ):
            final = output
        return final

    def _refuse(self, request: Request, reason: str) -> Completion:
        return Completion(request.id, reason, "error", self.model)

    def _give_up(self, error: SynthError) -> None:
        self._gone = error
        promised = [*self._fallen, *self._suspects]
        self._suspects.clear()
        while self._turns:
            promised.append(self._turns.pop())
        for job in promised:
            if not job.future.done():
                job.future.set_exception(error)
                job.future.exception()  # one of many that carry the same error: those nobody looks at must not complain


@dataclass(eq=False, slots=True)
class _Job:
    """A request that somebody waits for; ``suspect`` if an engine has died with it."""

    request: Request
    future: asyncio.Future[Completion]
    suspect: bool = False


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:400]


def _death(cause: str) -> LLMError:
    return LLMError(
        f"vLLM's engine died ({cause}); run the same command again: no completion is lost. If it dies again, "
        "lower gpu_memory_utilization or max_num_seqs"
    )


class _Watch:
    """A stat logger, as vLLM's AsyncLLM takes them: one for each data-parallel rank, told of each step."""

    def __init__(self, observe: Callable[[int, int, int], None], _: Any, engine_index: int = 0) -> None:
        self._observe = observe
        self._rank = engine_index

    def record(self, scheduler_stats: Any, *_: Any, **__: Any) -> None:
        if scheduler_stats is not None:
            self._observe(self._rank, scheduler_stats.num_running_reqs, scheduler_stats.num_waiting_reqs)

    def log(self) -> None: ...

    def log_engine_initialized(self) -> None: ...

    def record_sleep_state(self, *_: Any, **__: Any) -> None: ...
