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
"""

from __future__ import annotations

import asyncio
import difflib
import functools
import itertools
import os
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, Literal

from synth.errors import LLMError, UsageError
from synth.llm.appetite import Appetite
from synth.llm.loops import LOOPS
from synth.llm.probe import PROBE, examine
from synth.llm.reasoning import without_reasoning
from synth.llm.turns import Turns
from synth.records import Completion, Request, encodable

ATTEMPTS = 3
"""Tries for a request that the engine drops for a reason of its own (say a lost KV transfer)."""

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
        self._turns: Turns[tuple[Request, asyncio.Future[Completion]]] = Turns()
        self._tasks: dict[asyncio.Task[None], asyncio.Future[Completion]] = {}
        self._names = itertools.count()
        self._appetite = Appetite(in_flight)
        self._loads: dict[int, tuple[int, int]] = {}
        self._observed = 0.0
        self._gone: LLMError | None = None

    async def start(self) -> None:
        """Load the model (half a minute and more) and probe it.

        UsageError for an engine argument that there is not; LLMError with the cure for whatever else is wrong.
        """
        # No telemetry, and errors only, unless the user says otherwise.
        os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")
        os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
        from vllm import AsyncEngineArgs
        from vllm.v1.engine.async_llm import AsyncLLM

        self._loop = asyncio.get_running_loop()
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
            reason = " ".join(str(error).split())[:400]
            raise LLMError(
                f"vLLM cannot load {self.model}: {reason}; correct the model or the engine arguments "
                "(VLLM_LOGGING_LEVEL=INFO shows what it did)"
            ) from error
        try:
            self._prepare()
            examine(await self.submit(PROBE), structured=self._structured, name=f"vLLM with {self.model}")
        except BaseException:
            await self.stop()
            raise

    def submit(self, request: Request) -> asyncio.Future[Completion]:
        future: asyncio.Future[Completion] = self._loop.create_future()
        if self._gone:
            future.set_exception(self._gone)
            future.exception()  # seen: see _give_up
            return future
        self._turns.push(request.stage, (request, future), opening=request.messages[0].content)
        self._dispatch()
        return future

    def finish(self) -> None:
        self._turns.finish()

    def withdraw(self) -> None:
        while self._turns:
            self._turns.pop()[1].cancel()

    async def stop(self) -> None:
        self.withdraw()
        running = dict(self._tasks)
        for task, future in running.items():
            task.cancel()
            future.cancel()
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
        while self._turns and len(self._tasks) < self._appetite.limit:
            request, future = self._turns.pop()
            if future.done():  # cancelled while it waited
                continue
            task = self._loop.create_task(self._serve(request, future))
            self._tasks[task] = future
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
        self._dispatch()

    async def _serve(self, request: Request, future: asyncio.Future[Completion]) -> None:
        from vllm.v1.engine.exceptions import EngineDeadError

        try:
            completion = await self._complete(request)
        except EngineDeadError as error:
            self._give_up(
                LLMError(
                    f"vLLM's engine died ({' '.join(str(error).split())[:200]}); run the same command again: no "
                    "completion is lost. If it dies again, lower gpu_memory_utilization or max_num_seqs"
                ),
                future,
            )
        except Exception as bug:  # not handled: handed to whoever waits, who would wait forever
            if not future.done():
                future.set_exception(bug)
        else:
            if not future.done():
                future.set_result(completion)

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
                return self._refuse(request, " ".join(str(error).split())[:400])
            except VLLMServerError as error:
                reason = " ".join(str(error).split())[:400]
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

    def _give_up(self, error: LLMError, future: asyncio.Future[Completion]) -> None:
        self._gone = error
        promised = [future, *self._tasks.values()]
        while self._turns:
            promised.append(self._turns.pop()[1])
        for waiting in promised:
            if not waiting.done():
                waiting.set_exception(error)
                waiting.exception()  # one of many that carry the same error: those nobody looks at must not complain


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
