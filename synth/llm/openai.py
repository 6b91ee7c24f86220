"""Completions from OpenAI-compatible servers: ``vllm serve`` first, and whatever else speaks the protocol.

It talks HTTP itself, over aiohttp: the OpenAI SDK costs five times the CPU a request, and an engine that wants a
thousand requests in flight has none to give away.

What can go wrong with one request, and what becomes of it:

=========================================  ==========================================================================
no connection                              the server is taken out, the request goes to another or waits, uncounted
reset, half a body, invalid JSON,          tried again after a jittered, growing pause, up to ``ATTEMPTS`` times; then
no choices, 408, 409, 425, 5xx             an ``error`` completion, if the server is not to blame: see below
no answer in time                          the same; each counts as two tries, and from the third on has twice the time
429, 503 with Retry-After                  tried again when the server says so, uncounted; the server gets fewer
400: longer than the context               ``max_tokens`` shrinks to what fits; ``error`` where the prompt does not fit
400, 413, 422, other 4xx                   an ``error`` completion with the server's words
401, 403, 404                              LLMError for the run: a wrong key or model is wrong for every request
=========================================  ==========================================================================

Who is to blame for a request that fails every time? Where others were answered meanwhile, the request. Where none was,
the server is examined; if it passes, the request is to blame, but only ``BLAMED_MOST`` of them until another one is
answered: a server that says hello and nothing else is broken. So a request that can never be answered costs a run
one draft, not its end, and a broken server costs a few drafts at most.

A request that crashes the server takes down those beside it, which are innocent. So one that has failed ``SUSPECT``
times waits in a line of its own, from which one at a time is sent, then twice as many for each that is answered. Those
sent to a server that is just going down are as innocent: nobody is given up for failures but after tries (``VOUCHED``)
that were its alone in that line, on a server examined the moment before.

A server that is out is examined again (its models, then the probe of :mod:`synth.llm.probe`) after pauses that grow to
ten seconds, and comes back when it passes. No sign of life for ``give_up_after`` seconds stops the run.

One request and its answer, as they travel::

    {"model": "Qwen/Qwen3-8B", "messages": [{"role": "user", "content": "…"}], "temperature": 0.7, "top_p": 1.0,
     "max_tokens": 2048, "seed": 1204775, "response_format": {"type": "json_schema", "json_schema": {…}}}

    {"choices": [{"message": {"content": "…"}, "finish_reason": "stop"}],
     "usage": {"prompt_tokens": 812, "completion_tokens": 96, "prompt_tokens_details": {"cached_tokens": 704}}}

vLLM counts cached tokens when it is served with ``--enable-prompt-tokens-details``. Where every server is vLLM, free
text is sent with its ``repetition_detection`` (:mod:`synth.llm.loops`), and no seed (:mod:`synth.llm.vllm` says why).
"""

from __future__ import annotations

import asyncio
import email.utils
import json
import logging
import os
import re
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from synth.errors import LLMError, Stopped, SynthError, UsageError
from synth.llm.appetite import Appetite
from synth.llm.loops import LOOPS
from synth.llm.probe import PROBE, examine
from synth.llm.reasoning import without_reasoning
from synth.llm.turns import Turns
from synth.records import Completion, Request, encodable
from synth.rng import derive

log = logging.getLogger(__name__)

ATTEMPTS = 12
"""Tries before one request is given up. With one try in five failing at random, one request in 10^8 fails them all."""

SUSPECT = 4
"""Failures after which a request may be what fails the others."""

VOUCHED = ATTEMPTS - 2
"""Failed tries after which a request is sent alone among suspects, to a server that passes an examination first."""

BLAMED_MOST = 3
"""Requests in a row, none answered between them, that are given up because the server passes an examination."""

HUNG_MOST = 900.0
"""Seconds of waiting in vain after which a request is given up, if it was tried twice."""

RAISED_MOST = 600.0
"""Seconds to which the time for a try is raised, if the recipe has less: a time limit is a guess, and may be short."""

PAUSE_LEAST, PAUSE_MOST = 0.25, 8.0
STUMBLES = 5
"""Failures in a row after which a server is examined before it gets more work."""

PATIENCE_AFTER, PATIENCE_FACTOR, PATIENCE_LEAST = 100, 4.0, 60.0
"""After 100 answers, a try that takes four times as long as the slowest of them, and a minute, is taken for hung."""

RETRY_AFTER_MOST = 60.0
PROBE_SECONDS = 60.0
EXAMINE_MOST = 10.0
KEEP_ALIVE = 4.0  # uvicorn, under vLLM, closes idle connections after 5 s: be first, or a request meets a closing one

RETRIED = frozenset({408, 409, 425})
FATAL = {
    401: "the API key is missing or refused; set OPENAI_API_KEY",
    403: "the API key may not use this model; set OPENAI_API_KEY to one that may",
    404: "it has no such model or route; check the model's name and the base URL (it usually ends in /v1)",
}


class OpenAILLM:
    """One model on one or many servers, each kept as busy as it likes (see :mod:`synth.llm.appetite`).

    ``model`` None takes the one that is served. ``in_flight`` fixes the number of requests at a time a server.
    ``timeout`` (seconds) bounds the first try, queueing at the server included; one that hangs is found out
    sooner (``PATIENCE_AFTER``); hung twice, it gets more time. ``structured`` off sends no schema.
    ``chat_template_kwargs`` reaches vLLM's chat template (``{"enable_thinking": False}``); ``extra_body`` is added to
    each request as it is.
    """

    operators: frozenset[str] | None = None

    def __init__(
        self,
        base_urls: Sequence[str],
        model: str | None = None,
        *,
        api_key: str | None = None,
        in_flight: int | None = None,
        timeout: float = 600.0,
        give_up_after: float = 600.0,
        structured: Literal["auto", "off"] = "auto",
        chat_template_kwargs: Mapping[str, Any] | None = None,
        extra_body: Mapping[str, Any] | None = None,
    ) -> None:
        self.model = model or ""
        self._servers = [_Server(_base(url), Appetite(in_flight, slow=timeout / 4)) for url in base_urls]
        self._api_key = api_key
        self._timeout = timeout
        self._give_up_after = give_up_after
        self._structured = structured != "off"
        self._extra = dict(extra_body or {})
        if chat_template_kwargs:
            self._extra["chat_template_kwargs"] = dict(chat_template_kwargs)
        self._turns: Turns[_Job] = Turns()
        self._suspects: deque[_Job] = deque()
        self._suspects_out = 0
        self._suspects_most = 1
        self._jobs: dict[_Job, None] = {}  # all that is promised: waiting, in flight, or pausing before another try
        self._tasks: set[asyncio.Task[None]] = set()
        self._withdrawn = False
        self._gone: SynthError | None = None
        self._last_good = 0.0  # when a request was answered
        self._last_sign = 0.0  # when anything was: that, or an examination was passed
        self._answered = 0
        self._blamed = 0
        self._slowest = 0.0
        self._all_vllm = False

    async def start(self) -> None:
        """Find the model, and probe every server that is up.

        LLMError with the reason and the cure if none is up, or one of those that are cannot be used.
        """
        import aiohttp

        self._loop = asyncio.get_running_loop()
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE),
            headers={"Content-Type": "application/json"}
            | ({"Authorization": f"Bearer {self._api_key}"} if self._api_key else {}),
        )
        try:
            await self._admit_all()
        except BaseException:
            await self.stop()
            raise
        self._last_good = self._last_sign = self._loop.time()
        self._all_vllm = all(server.vllm for server in self._servers if not server.out)
        for server in self._servers:
            self._spawn(self._watch(server))
            if server.out:
                log.warning("%s is out: %s", server.base, server.reason)
                self._spawn(self._nurse(server))

    def submit(self, request: Request) -> asyncio.Future[Completion]:
        future: asyncio.Future[Completion] = self._loop.create_future()
        if self._gone:
            _break(future, self._gone)
            return future
        if not self._jobs:
            self._last_sign = self._loop.time()  # idle time is nobody's failure
        job = _Job(request, future, request.sampling.max_tokens)
        self._jobs[job] = None
        self._turns.push(request.stage, job, opening=request.messages[0].content)
        self._dispatch()
        return future

    def finish(self) -> None:
        self._turns.finish()

    def withdraw(self) -> None:
        self._withdrawn = True
        self._suspects.clear()
        while self._turns:
            self._turns.pop()
        for job in [job for job in self._jobs if not job.sent]:
            self._drop(job)

    async def stop(self) -> None:
        self.withdraw()  # or each request that is cancelled would make room for the next
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for job in self._jobs:
            job.future.cancel()
        self._jobs.clear()
        await self._session.close()

    # Dispatch.

    def _dispatch(self) -> None:
        while True:
            may = bool(self._suspects) and self._suspects_out < (
                1 if self._suspects[0].vouched else self._suspects_most
            )
            now = self._loop.time()
            free = [server for server in self._servers if server.has_room(now)]
            if not free or not (may or self._turns):
                return
            job = self._suspects.popleft() if may else self._turns.pop()
            if job.future.done():  # cancelled while it waited
                self._jobs.pop(job, None)
                continue
            self._suspects_out += job.suspect
            if job.vouched:
                self._suspects_most = 1  # nobody joins it
            server = min(free, key=lambda server: (server is job.shunned, server.in_flight / server.appetite.limit))
            server.in_flight += 1
            job.sent = True
            self._spawn(self._serve(server, job))

    async def _serve(self, server: _Server, job: _Job) -> None:
        began, suspect = self._loop.time(), job.suspect
        try:
            if job.vouched:
                await self._vouch(server)
                began = self._loop.time()
                if self._withdrawn:  # meanwhile
                    self._drop(job)
                    return
            completion = await self._ask(server, job, self._patience(job))
        except _Setback as setback:
            self._recover(server, job, setback, self._loop.time() - began)
        except LLMError as error:
            self._give_up(error)
        except Exception as bug:  # not handled: handed to whoever waits, who would wait forever
            self._settle(job)
            if not job.future.done():
                job.future.set_exception(bug)
        else:
            now = self._last_good = self._last_sign = self._loop.time()
            self._answered += 1
            self._blamed = 0
            if suspect:
                self._suspects_most *= 2
            if now - began > max(self._slowest, self._timeout):
                log.warning("an answer took %.3g s, and llm.timeout is %g s: raise it", now - began, self._timeout)
            self._slowest = max(self._slowest, now - began)
            server.stumbles = server.refusals = 0
            server.appetite.finished(now, now - began, pressed=bool(self._turns))
            self._settle(job)
            if not job.future.done():
                job.future.set_result(completion)
        finally:
            server.in_flight -= 1
            self._suspects_out -= suspect
            self._dispatch()

    def _patience(self, job: _Job) -> float:
        """Seconds for the next try."""
        seconds = self._timeout
        if self._answered >= PATIENCE_AFTER:
            seconds = min(seconds, max(PATIENCE_LEAST, PATIENCE_FACTOR * self._slowest))
        return min(max(self._timeout, RAISED_MOST), seconds * 2.0 ** max(0, job.hangs - 1))

    def _recover(self, server: _Server, job: _Job, setback: _Setback, took: float) -> None:
        """What becomes of a request that a server failed after ``took`` seconds, and of the server."""
        job.sent = False
        if self._withdrawn:
            self._drop(job)
            return
        now = self._loop.time()
        job.shunned = server
        pause = 0.0
        if setback.kind == "unreachable":
            self._take_out(server, setback.reason)
        elif setback.kind == "refused":
            pause = max(setback.retry_after, self._pause(job))
            server.refusals += 1
            # One refusal may be this request's bad luck; two with no answer between them are the server's word.
            if server.refusals > 1:
                server.appetite.refused(now)
                server.closed_until = max(server.closed_until, now + pause)
                self._loop.call_at(server.closed_until + 0.001, self._dispatch)
        elif setback.kind == "unvouched":
            pause = self._pause(job)
        else:
            job.attempts += 1
            if setback.kind == "hung":
                job.attempts += 1
                job.hangs += 1
                job.hung += took
            if job.suspect:
                self._suspects_most = 1
            pause = self._pause(job)
            server.stumbles += 1
            if server.stumbles >= STUMBLES:
                self._take_out(server, setback.reason)
            job.first_setback = min(job.first_setback, now)
            if job.spent and self._last_good > job.first_setback:
                self._abandon(job, setback.reason)
                return
            if (job.spent or self._silent()) and not server.questioned:
                server.questioned = True
                self._spawn(self._question(server, job, setback.reason, pause))
                return
        if not self._hopeless(setback.reason):
            self._loop.call_later(pause, self._again, job)

    async def _question(self, server: _Server, job: _Job, reason: str, pause: float) -> None:
        """Whether it is this request or the server: nothing else was answered, which would have told."""
        try:
            await self._examine(server)
        except (_Setback, LLMError) as setback:
            self._take_out(server, str(setback))
        else:
            self._saw_life()
            if job.spent and self._blamed < BLAMED_MOST:
                self._blamed += 1
                self._abandon(job, reason)
                return
        finally:
            server.questioned = False
        if not self._hopeless(reason):
            self._loop.call_later(pause, self._again, job)

    async def _vouch(self, server: _Server) -> None:
        """Examine a server before a try that may be the last; a failure here is the server's, not the request's."""
        try:
            await self._examine(server)
        except (_Setback, LLMError) as setback:
            if isinstance(setback, _Setback) and setback.kind in ("refused", "unreachable"):
                raise
            # It may just be busy, as far as anybody knows; what it does to those that are sent to it will tell.
            raise _Setback("unvouched", str(setback)) from None

    def _abandon(self, job: _Job, reason: str) -> None:
        """Give one request up: it becomes an ``error`` completion."""
        log.warning("request %s is given up after %d tries: %s", job.request.id, job.tries, reason)
        self._settle(job)
        if not job.future.done():
            text = f"given up after {job.tries} tries; the last: {reason}"
            job.future.set_result(Completion(job.request.id, text, "error", self.model))

    def _pause(self, job: _Job) -> float:
        job.pauses += 1
        longest = min(PAUSE_MOST, PAUSE_LEAST * 2.0 ** (job.pauses - 1))
        return longest * (0.5 + 0.5 * derive(0, "pause", job.request.id, job.pauses).random())

    def _again(self, job: _Job) -> None:
        if job in self._jobs:
            if job.suspect:
                self._suspects.appendleft(job)
            else:
                self._turns.push(job.request.stage, job, front=True)
            self._dispatch()

    def _drop(self, job: _Job) -> None:
        self._settle(job)
        job.future.cancel()

    def _settle(self, job: _Job) -> None:
        self._jobs.pop(job, None)

    def _saw_life(self) -> None:
        """An examination was passed. It says little of a server that then fails one request after the other."""
        if self._blamed < BLAMED_MOST:
            self._last_sign = self._loop.time()

    def _silent(self) -> bool:
        return self._loop.time() - self._last_sign > self._give_up_after

    def _hopeless(self, reason: str) -> bool:
        """Whether the servers have been silent for too long; then all that is promised is broken."""
        if self._gone is None and self._jobs and self._silent():
            where = ", ".join(server.base for server in self._servers)
            self._give_up(
                Stopped(
                    f"no completion from {where} for {self._give_up_after:g} s (the last try: {reason}); "
                    "bring a server up and run the same command again: no completion is lost"
                )
            )
        return self._gone is not None

    def _give_up(self, error: SynthError) -> None:
        self._gone = error
        self._suspects.clear()
        while self._turns:
            self._turns.pop()
        for job in self._jobs:
            _break(job.future, error)
        self._jobs.clear()

    # Servers that go and come.

    def _take_out(self, server: _Server, reason: str) -> None:
        if not server.out:
            log.warning("%s is out: %s", server.base, reason)
            server.out, server.reason = True, reason
            self._spawn(self._nurse(server))

    async def _nurse(self, server: _Server) -> None:
        """Examine a server that is out until it can come back."""
        pause = 0.0
        while True:
            await asyncio.sleep(pause)
            pause = min(EXAMINE_MOST, max(0.5, pause * 2))
            try:
                await self._examine(server)
            except (_Setback, LLMError) as setback:
                if str(setback) != server.reason:
                    log.warning("%s stays out: %s", server.base, setback)
                    server.reason = str(setback)
                if self._hopeless(server.reason):
                    return
            else:
                log.warning("%s is back", server.base)
                server.out, server.stumbles = False, 0
                self._saw_life()
                self._dispatch()
                return

    async def _admit_all(self) -> None:
        for server in self._servers:  # one after another: the first names the model that the others must have
            await self._admit(server)
        if all(server.out for server in self._servers):
            reasons = "; ".join(f"{server.base}: {server.reason}" for server in self._servers)
            raise LLMError(f"no LLM server answers ({reasons}); start one (vllm serve MODEL), or correct the base URL")

    async def _admit(self, server: _Server) -> None:
        """Examine a server at start. One that is down is left out; one that stumbles gets some more tries."""
        job = _Job(PROBE, self._loop.create_future(), PROBE.sampling.max_tokens)
        for _ in range(ATTEMPTS // 2):
            try:
                await self._examine(server)
            except _Setback as setback:
                server.out, server.reason = True, setback.reason
                if setback.kind == "unreachable":
                    return
                await asyncio.sleep(max(setback.retry_after, self._pause(job)))
            else:
                server.out = False
                return

    async def _examine(self, server: _Server) -> None:
        """Raise _Setback (not now) or LLMError (not at all) unless the server has the model and passes the probe."""
        seconds = min(PROBE_SECONDS, self._timeout)
        status, _, raw = await self._exchange("GET", server.base + "/models", None, seconds)
        if status in (401, 403):
            raise LLMError(f"{server.base} answered {status}: {FATAL[status]}")
        if status >= 500 or status == 429:
            raise _Setback("failed", f"{status} from /models: {_message(raw)}")
        served, server.vllm = _models(raw) if status == 200 else ([], False)
        choices = ", ".join(served)
        if not self.model:
            if len(served) != 1:
                raise LLMError(
                    f"{server.base} serves several models ({choices}); name one of them as the model"
                    if served
                    else f"{server.base} does not say which models it serves; name the model"
                )
            self.model = served[0]
        # A gateway may serve more than it lists, or list nothing: there the probe decides.
        elif served and self.model not in served:
            raise LLMError(f"{server.base} does not serve {self.model!r}; it serves: {choices}")
        probe = _Job(PROBE, self._loop.create_future(), PROBE.sampling.max_tokens)
        completion = await self._ask(server, probe, seconds)
        examine(completion, structured=self._structured, name=server.base)

    async def _watch(self, server: _Server) -> None:
        """Read the server's metrics while it works for us, if it has any: often while its appetite is being found."""
        url = server.base.removesuffix("/v1") + "/metrics"
        pause = 0.2
        while True:
            await asyncio.sleep(pause)
            if server.out or not server.in_flight:
                continue
            try:
                status, _, raw = await self._exchange("GET", url, None, 10.0)
            except _Setback:
                continue
            load = _load(raw) if status == 200 else None
            if load is None:
                return
            moved = server.appetite.observe(*load, pressed=bool(self._turns))
            pause = 0.2 if moved else min(2.0, pause * 1.5)
            self._dispatch()

    # One request on the wire.

    def _body(self, request: Request, max_tokens: int) -> bytes:
        sampling = request.sampling
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": message.role, "content": message.content} for message in request.messages],
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": max_tokens,
        }
        if not self._all_vllm:
            body["seed"] = request.seed
        elif request.schema is None:
            body["repetition_detection"] = LOOPS
        if request.schema is not None and self._structured:
            named = {"name": request.operator or "answer", "schema": request.schema, "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
        body.update(self._extra)
        return encodable(json.dumps(body, ensure_ascii=False, separators=(",", ":"))).encode()

    async def _ask(self, server: _Server, job: _Job, seconds: float) -> Completion:
        """One try; shrinks the answer's budget, as often as it takes, where the server says that it does not fit."""
        while True:
            body = self._body(job.request, job.max_tokens)
            status, headers, raw = await self._exchange("POST", server.base + "/chat/completions", body, seconds)
            if status == 200:
                return _completion(job.request, raw, self.model)
            if status == 429 or (status == 503 and "Retry-After" in headers):
                after = _retry_after(headers.get("Retry-After", ""))
                raise _Setback("refused", f"{status}: {_message(raw)}", after)
            if status >= 500 or status in RETRIED:
                raise _Setback("failed", f"{status}: {_message(raw)}")
            if status in FATAL:
                raise LLMError(f"{server.base} answered {status} ({_message(raw)}): {FATAL[status]}")
            shorter = _fitting(_message(raw), job.max_tokens) if status in (400, 413, 422) else None
            if shorter is None:
                return Completion(job.request.id, f"{status}: {_message(raw)}", "error", self.model)
            job.max_tokens = shorter

    async def _exchange(
        self, method: str, url: str, body: bytes | None, seconds: float
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and whole body; _Setback where no whole answer came."""
        import aiohttp

        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=10.0)
        try:
            async with self._session.request(
                method, url, data=body, timeout=timeout, allow_redirects=False
            ) as response:
                return response.status, response.headers, await response.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise _Setback("unreachable", _connection(error)) from None
        except TimeoutError:
            raise _Setback("hung", f"no answer within {seconds:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise _Setback("failed", f"{type(error).__name__}: {error}") from None

    def _spawn(self, work: Any) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@dataclass(eq=False, slots=True)
class _Server:
    """One base URL: what is in flight there, and how it has been doing."""

    base: str
    appetite: Appetite
    in_flight: int = 0
    stumbles: int = 0
    refusals: int = 0
    closed_until: float = 0.0
    out: bool = False
    reason: str = ""
    questioned: bool = False
    vllm: bool = False

    def has_room(self, now: float) -> bool:
        return not self.out and self.in_flight < self.appetite.limit and now >= self.closed_until


@dataclass(eq=False, slots=True)
class _Job:
    """A request that somebody waits for; ``sent`` while a server has it."""

    request: Request
    future: asyncio.Future[Completion]
    max_tokens: int
    sent: bool = False
    attempts: int = 0  # that failed; one that hung counts twice
    hangs: int = 0
    hung: float = 0.0  # seconds
    pauses: int = 0
    first_setback: float = float("inf")
    shunned: _Server | None = None

    @property
    def tries(self) -> int:
        return self.attempts - self.hangs

    @property
    def suspect(self) -> bool:
        return self.tries >= SUSPECT

    @property
    def vouched(self) -> bool:
        return self.attempts >= VOUCHED

    @property
    def spent(self) -> bool:
        return self.attempts >= ATTEMPTS or (self.tries > 1 and self.hung >= HUNG_MOST)


class _Setback(Exception):
    """A try that brought nothing: ``unreachable``, ``refused`` (too busy), ``hung``, ``failed``; or ``unvouched``."""

    def __init__(self, kind: str, reason: str, retry_after: float = 0.0) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.retry_after = retry_after


def _base(url: str) -> str:
    """``http://host:8000`` and ``http://host:8000/v1/`` as ``http://host:8000/v1``."""
    if not re.match(r"https?://[^/\s]+", url):
        raise UsageError(f"base URL {url!r} is not one; write it as http://localhost:8000/v1")
    url = url.rstrip("/")
    return url if url.count("/") > 2 else url + "/v1"


def _completion(request: Request, raw: bytes, model: str) -> Completion:
    """Read an answer as in the module's docstring; _Setback where it is not one."""
    try:
        answer = json.loads(raw)
        choice = answer["choices"][0]
        text = choice["message"].get("content") or ""
        reason = choice.get("finish_reason") or "stop"
        usage = answer.get("usage") or {}
        details = usage.get("prompt_tokens_details") or {}
        completion = Completion(
            request_id=request.id,
            text=encodable(without_reasoning(text)),
            finish_reason=reason,
            model=model,
            prompt_tokens=int(usage.get("prompt_tokens") or 0),
            cached_tokens=int(details.get("cached_tokens") or 0),
            completion_tokens=int(usage.get("completion_tokens") or 0),
        )
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        raise _Setback("failed", f"not a completion: {_message(raw)}") from None
    if reason in ("abort", "error"):
        raise _Setback("failed", f"the server ended it with {reason!r}")
    if reason == "content_filter":
        return Completion(request.id, "the server's content filter cut the answer", "error", model)
    return completion


def _message(raw: bytes) -> str:
    """What a server says of an error, in 400 characters.

    ``{"error": {"message": "…", "type": "BadRequestError", "code": 400}}``, an older ``{"object": "error",
    "message": "…"}``, FastAPI's ``{"detail": …}``, or whatever a proxy in between wrote.
    """
    message: Any = raw.decode("utf-8", "replace")
    try:
        answer = json.loads(raw)
        if isinstance(answer, dict):
            error = answer.get("error", answer)
            message = error.get("message", error.get("detail", error)) if isinstance(error, dict) else error
    except ValueError:
        pass
    return " ".join(str(message).split())[:400] or "an empty body"


def _models(raw: bytes) -> tuple[list[str], bool]:
    """The ids in ``{"data": [{"id": "Qwen/Qwen3-8B", "owned_by": "vllm"}]}``, and whether vLLM serves them."""
    try:
        models = json.loads(raw)["data"]
        return [str(model["id"]) for model in models], all(model.get("owned_by") == "vllm" for model in models)
    except (ValueError, KeyError, TypeError, AttributeError):
        return [], False


_CONTEXT = re.compile(r"context (?:length|window|size)|max_model_len|max_(?:completion_)?tokens", re.I)
_LIMIT = re.compile(r"context (?:length|window|size)\D{0,20}?(\d+)", re.I)
_PROMPT = re.compile(
    r"(\d+) (?:input tokens|tokens from the input|in the messages|in your prompt)"
    r"|(?:input|request|prompt) \((\d+) tokens\)|input length \((\d+)\)|resulted in (\d+) tokens",
    re.I,
)


def _fitting(message: str, max_tokens: int) -> int | None:
    """The largest answer that fits, by the server's words; None where the prompt cannot fit or that is not the matter.

    vLLM: "This model's maximum context length is 1024 tokens. However, your prompt contains 1400 input tokens, …"
    OpenAI: "This model's maximum context length is 4097 tokens, however you requested 4116 tokens (3860 in your
    prompt; 256 for the completion). …"
    """
    limit, prompt = _LIMIT.search(message), _PROMPT.search(message)
    if limit and prompt:
        room = int(limit[1]) - int(prompt[prompt.lastindex or 1])
        return room if 0 < room < max_tokens else None
    # It names no numbers: halve, down to an answer that is not worth having.
    return max_tokens // 2 if _CONTEXT.search(message) and max_tokens >= 32 else None


_GAUGE = re.compile(rb"^vllm:num_requests_(running|waiting)(?:\{[^}]*\})? ([0-9.eE+]+)", re.M)


def _load(raw: bytes) -> tuple[float, float] | None:
    """Running and waiting requests, summed over engines; None where these are not vLLM's metrics.

    ``vllm:num_requests_running{engine="0",model_name="Qwen/Qwen3-8B"} 61.0``
    """
    sums = {b"running": 0.0, b"waiting": 0.0}
    gauges = _GAUGE.findall(raw)
    for name, value in gauges:
        sums[name] += float(value)
    return (sums[b"running"], sums[b"waiting"]) if gauges else None


def _retry_after(header: str) -> float:
    """Seconds from ``Retry-After: 2`` or ``Retry-After: Fri, 20 Nov 2026 10:00:00 GMT``; 0 where it makes no sense."""
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(header).timestamp() - time.time()
        except ValueError:
            return 0.0
    return min(RETRY_AFTER_MOST, max(0.0, seconds))


def _connection(error: Exception) -> str:
    """``connection refused``, ``name or service not known``: the system's words, which aiohttp wraps."""
    reason = getattr(error, "os_error", None)
    if isinstance(reason, OSError) and reason.errno:
        return (os.strerror(reason.errno) if reason.errno > 0 else reason.strerror or str(error)).lower()
    return str(error).lower()


def _break(future: asyncio.Future[Completion], error: SynthError) -> None:
    if not future.done():
        future.set_exception(error)
        future.exception()  # one of many that carry the same error: those that nobody looks at must not complain
