"""A simulated OpenAI-compatible server: the named fake behind the tests and benchmarks of :mod:`synth.llm.openai`.

A process of its own, with real sockets, so that what is measured against it holds against a server::

    $ python -m synth.llm.simserver --slots 64 --latency 0.3
    listening on http://127.0.0.1:41157/v1

It has ``slots`` places, first come first served; a request holds one for a log-normal time of mean ``latency``, one
in a hundred of them eight times as long. How long, and what it answers, is a function of the request's bytes alone:
not of the moment, the load, the faults or earlier requests. Answers are sentences of picked words, English or Chinese
as the request is, and fit the request's JSON schema where it has one; they say nothing, but they differ as drafts do.

Faults are shares of requests, drawn from the request's bytes, the fault seed and how often these bytes came before:
``fail`` (500, 502, 503), ``refuse`` (429 with Retry-After: 0.05), ``hang`` (no answer, ever): at once, without a slot;
``reset`` (connection cut), ``broken`` (half a body, or half a JSON), ``empty`` (no choices): after their service.

Routes: ``/v1/chat/completions``, ``/v1/models``, ``/health``, ``/metrics`` (vLLM's names), and

- ``GET /sim/stats``: ``slots``; ``requests``, ``completed`` and ``faults`` (by kind); ``waiting`` and ``running`` now;
  ``seconds`` from the first service to the end of the last; ``completions_per_second``; ``busy_share`` of the slots
  over these seconds; ``busy_share_95``, the same until 95% of the services were done (a last straggler leaves every
  other slot idle, whoever the client is); ``greedy_seconds`` and ``greedy_busy_share_95``: what a greedy list schedule
  makes of the same service times in the same order, all there from the beginning: the bound for any client.
- ``POST /sim/reset``: forget all that (say after the client's probe).
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import heapq
import json
import math
import random
import re
import signal
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from synth.llm import simwords

if TYPE_CHECKING:
    from aiohttp import web

SIGMA = 0.6
"""Of the latency's logarithm: the slowest of a thousand takes six times the median."""

STRAGGLERS, STRAGGLER_FACTOR = 0.01, 8.0


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares of requests, 0 to 1, that go wrong in each way; ``seed`` draws which.

    ``only``: none but requests that hold this text.
    """

    fail: float = 0.0
    refuse: float = 0.0
    hang: float = 0.0
    reset: float = 0.0
    broken: float = 0.0
    empty: float = 0.0
    seed: int = 0
    only: str = ""

    def draw(self, key: bytes, attempt: int) -> str:
        """The fault of this attempt at the request ``key``, ``""`` for none."""
        rest = _uniform(b"fault %d %d " % (self.seed, attempt) + key)
        for kind in FAULTS:
            rest -= getattr(self, kind)
            if rest < 0:
                return kind
        return ""


FAULTS = tuple(kind.name for kind in fields(Faults) if kind.name not in ("seed", "only"))


@dataclass(slots=True)
class _Books:
    """What ``/sim/stats`` tells."""

    requests: int = 0
    completed: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    services: list[tuple[float, float]] = field(default_factory=list)
    prompt_tokens: int = 0
    cached_tokens: int = 0


class SimServer:
    """The server; ``start`` returns its base URL.

    ``context`` is the longest prompt plus answer, in tokens of four bytes. ``ignore_schema`` answers in prose whatever
    the schema, as a server does that does not know the field.
    """

    def __init__(
        self,
        *,
        slots: int = 64,
        latency: float = 0.3,
        models: Sequence[str] = ("sim",),
        context: int = 32768,
        api_key: str = "",
        metrics: bool = True,
        ignore_schema: bool = False,
        faults: Faults | None = None,
    ) -> None:
        self._slots = slots
        self._latency = latency
        self._models = list(models)
        self._context = context
        self._api_key = api_key
        self._metrics = metrics
        self._ignore_schema = ignore_schema
        self._faults = faults or Faults()
        self._attempts: Counter[bytes] = Counter()
        self._openings: set[str] = set()
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._books = _Books()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        from aiohttp import web

        server = web.Server(self._handle, handler_cancellation=True, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.01)  # it dies: nothing is finished first
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port, backlog=2048).start()
        return f"http://{host}:{self._runner.addresses[0][1]}/v1"

    async def stop(self) -> None:
        await self._runner.cleanup()

    def stats(self) -> dict[str, Any]:
        """As ``GET /sim/stats`` returns it."""
        books = self._books
        services = sorted(books.services)  # in the order in which they began
        stats: dict[str, Any] = {
            "slots": self._slots,
            "requests": books.requests,
            "completed": books.completed,
            "faults": dict(books.faults),
            "running": self._running,
            "waiting": len(self._waiting),
        }
        if services:
            seconds = max(end for _, end in services) - services[0][0]
            greedy = _greedy([end - began for began, end in services], self._slots)
            stats |= {
                "seconds": seconds,
                "completions_per_second": books.completed / seconds if seconds else 0.0,
                "busy_share": _busy(services, self._slots, 1.0),
                "busy_share_95": _busy(services, self._slots, 0.95),
                "greedy_seconds": max(end for _, end in greedy),
                "greedy_busy_share_95": _busy(greedy, self._slots, 0.95),
            }
        return stats

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        from aiohttp import web

        path = request.path
        if path == "/v1/chat/completions" and request.method == "POST":
            return await self._complete(request)
        if path == "/v1/models":
            if not self._may(request):
                return _error(401, "Unauthorized")
            rows = [{"id": name, "object": "model", "max_model_len": self._context} for name in self._models]
            return web.json_response({"object": "list", "data": rows})
        if path == "/health":
            return web.Response()
        if path == "/metrics" and self._metrics:
            return web.Response(text=self._gauges())
        if path == "/sim/stats":
            return web.json_response(self.stats())
        if path == "/sim/reset" and request.method == "POST":
            self._books = _Books()
            return web.Response()
        return _error(404, "Not Found")

    async def _complete(self, request: web.BaseRequest) -> web.StreamResponse:
        from aiohttp import web

        raw = await request.read()
        if not self._may(request):
            return _error(401, "Unauthorized")
        body = json.loads(raw)
        if body["model"] not in self._models:
            return _error(404, f"The model `{body['model']}` does not exist.")
        self._books.requests += 1
        key = hashlib.blake2b(raw, digest_size=16).digest()
        attempt = self._attempts[key]
        self._attempts[key] += 1
        fault = self._faults.draw(key, attempt) if self._faults.only.encode() in raw else ""
        self._books.faults.update([fault] if fault else [])
        if fault == "fail":
            return _error((500, 502, 503)[key[0] % 3], "injected failure")
        if fault == "refuse":
            return _error(429, "injected refusal", {"Retry-After": "0.05"})
        if fault == "hang":
            await asyncio.Event().wait()

        prompt_tokens = sum(_tokens(message["content"]) for message in body["messages"])
        max_tokens = body.get("max_tokens") or self._context
        if overflow := self._overflow(prompt_tokens, max_tokens):
            return _error(400, overflow)
        await self._serve(self._seconds(key))
        if fault == "reset":
            _cut(request)
        text, finish_reason = self._answer(body, key, max_tokens)
        usage = {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": _tokens(text),
            "prompt_tokens_details": {"cached_tokens": self._cached(body["messages"], prompt_tokens)},
        }
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish_reason}
        answer = {
            "object": "chat.completion",
            "model": body["model"],
            "choices": [] if fault == "empty" else [choice],
            "usage": usage,
        }
        payload = json.dumps(answer, ensure_ascii=False).encode()
        if fault == "broken":
            return await _half(request, payload, lawful=key[0] % 2 == 0)
        if not fault:
            self._books.completed += 1
        return web.Response(body=payload, content_type="application/json")

    def _may(self, request: web.BaseRequest) -> bool:
        return not self._api_key or request.headers.get("Authorization") == f"Bearer {self._api_key}"

    def _overflow(self, prompt_tokens: int, max_tokens: int) -> str:
        if prompt_tokens + max_tokens <= self._context:
            return ""
        return (
            f"This model's maximum context length is {self._context} tokens. However, you requested "
            f"{prompt_tokens + max_tokens} tokens ({prompt_tokens} in the messages, {max_tokens} in the completion). "
            "Please reduce the length of the messages or completion."
        )

    def _seconds(self, key: bytes) -> float:
        if not self._latency:
            return 0.0
        mean = math.log(self._latency) - SIGMA**2 / 2
        seconds = math.exp(NormalDist(mean, SIGMA).inv_cdf(_uniform(b"latency " + key)))
        return seconds * (STRAGGLER_FACTOR if _uniform(b"straggler " + key) < STRAGGLERS else 1.0)

    async def _serve(self, seconds: float) -> None:
        """Wait for a slot, hold it for ``seconds``, and hand it to the next in line."""
        loop = asyncio.get_running_loop()
        if self._running >= self._slots:
            turn: asyncio.Future[None] = loop.create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:  # the client went away, perhaps with a slot just handed to it
                if not turn.cancelled():
                    self._hand_on()
                elif turn in self._waiting:
                    self._waiting.remove(turn)
                raise
        else:
            self._running += 1
        began = loop.time()
        try:
            if seconds:
                await asyncio.sleep(seconds)
        finally:
            self._books.services.append((began, loop.time()))
            self._hand_on()

    def _hand_on(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._running -= 1

    def _answer(self, body: Mapping[str, Any], key: bytes, max_tokens: int) -> tuple[str, str]:
        rng = random.Random(key)
        chinese = len(_HAN.findall(body["messages"][-1]["content"][-400:])) > 20
        schema = ((body.get("response_format") or {}).get("json_schema") or {}).get("schema")
        if schema is None or self._ignore_schema:
            text = _prose(rng, chinese, rng.randint(3, 8))
        else:
            text = json.dumps(_value(schema, schema, rng, chinese), ensure_ascii=False)
        if _tokens(text) <= max_tokens:
            return text, "stop"
        return text.encode()[: 4 * max_tokens].decode("utf-8", "ignore"), "length"

    def _cached(self, messages: Sequence[Mapping[str, str]], prompt_tokens: int) -> int:
        """As a prefix cache would: the first message, where it came before and is not the whole prompt."""
        opening = messages[0]["content"]
        cached = _tokens(opening) if opening in self._openings and len(messages) > 1 else 0
        self._openings.add(opening)
        self._books.prompt_tokens += prompt_tokens
        self._books.cached_tokens += cached
        return cached

    def _gauges(self) -> str:
        label = f'{{engine="0",model_name="{self._models[0]}"}}'
        return (
            f"vllm:num_requests_running{label} {float(self._running)}\n"
            f"vllm:num_requests_waiting{label} {float(len(self._waiting))}\n"
            f"vllm:prefix_cache_queries_total{label} {float(self._books.prompt_tokens)}\n"
            f"vllm:prefix_cache_hits_total{label} {float(self._books.cached_tokens)}\n"
        )


_HAN = re.compile(r"[\u4e00-\u9fff]")


def _error(status: int, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    from aiohttp import web

    error = {"message": message, "type": "SimError", "code": status}
    return web.json_response({"error": error}, status=status, headers=headers)


def _cut(request: web.BaseRequest) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _half(request: web.BaseRequest, payload: bytes, *, lawful: bool) -> web.StreamResponse:
    """Half of ``payload``: as a whole HTTP body that is no JSON (``lawful``), or as a body that breaks off."""
    from aiohttp import web

    if lawful:
        return web.Response(body=payload[: len(payload) // 2], content_type="application/json")
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(payload))})
    await response.prepare(request)
    await response.write(payload[: len(payload) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


def _uniform(key: bytes) -> float:
    """A number in (0, 1) that belongs to ``key``."""
    return (int.from_bytes(hashlib.blake2b(key, digest_size=6).digest(), "big") + 0.5) / 2**48


def _tokens(text: str) -> int:
    """Four bytes a token: about right for English, and three quarters of a token a Chinese character."""
    return (len(text.encode()) + 3) // 4


def _value(schema: Mapping[str, Any], root: Mapping[str, Any], rng: random.Random, chinese: bool) -> Any:
    """A value that fits ``schema``: the subset of JSON Schema that structured outputs are written in."""
    if "$ref" in schema:
        target: Any = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return _value(target, root, rng, chinese)
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return _value(rng.choice(schema[union]), root, rng, chinese)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return rng.choice(schema["enum"])
    kind = schema.get("type", "object")
    if isinstance(kind, list):
        kind = rng.choice(kind)
    if kind == "object":
        return {name: _value(part, root, rng, chinese) for name, part in schema.get("properties", {}).items()}
    if kind == "array":
        least = schema.get("minItems", 1)
        count = rng.randint(least, schema.get("maxItems", least + 3))
        return [_value(schema.get("items", {"type": "string"}), root, rng, chinese) for _ in range(count)]
    if kind == "string":
        return _string(schema, rng, chinese)
    if kind == "boolean":
        return rng.random() < 0.8
    if kind in ("integer", "number"):
        number = rng.randint(math.ceil(schema.get("minimum", 0)), math.floor(schema.get("maximum", 10)))
        return number if kind == "integer" else float(number)
    return None


def _string(schema: Mapping[str, Any], rng: random.Random, chinese: bool) -> str:
    text = _prose(rng, chinese, rng.randint(1, 3))
    while len(text) < schema.get("minLength", 0):
        text += ("" if chinese else " ") + _prose(rng, chinese, 1)
    return text[: schema.get("maxLength", len(text))]


def _prose(rng: random.Random, chinese: bool, count: int) -> str:
    patterns = rng.sample(simwords.ZH_SENTENCES if chinese else simwords.SENTENCES, count)
    return ("" if chinese else " ").join(_sentence(pattern, rng, chinese) for pattern in patterns)


def _sentence(pattern: str, rng: random.Random, chinese: bool) -> str:
    words = simwords
    action = rng.choice(words.ZH_ACTIONS if chinese else words.ACTIONS)
    things, kinds = (words.ZH_THINGS, words.ZH_KINDS) if chinese else (words.THINGS, words.KINDS)
    return pattern.format(
        action=action,
        Action=action.capitalize(),
        thing=rng.choice(things),
        thing2=rng.choice(things),
        kind=rng.choice(kinds),
        kind2=rng.choice(kinds),
        people=rng.choice(words.ZH_PEOPLE if chinese else words.PEOPLE),
        reason=rng.choice(words.ZH_REASONS if chinese else words.REASONS),
        number=rng.choice(words.ZH_NUMBERS if chinese else words.NUMBERS),
    )


def _greedy(seconds: Sequence[float], slots: int) -> list[tuple[float, float]]:
    """Services of these lengths, each begun in order as soon as any slot is free."""
    free = [0.0] * slots
    services = []
    for length in seconds:
        began = heapq.heappop(free)
        services.append((began, began + length))
        heapq.heappush(free, began + length)
    return services


def _busy(services: Sequence[tuple[float, float]], slots: int, share: float) -> float:
    """The share of the slots that was busy, from the first service until ``share`` of them were done."""
    began = min(start for start, _ in services)
    ends = sorted(end for _, end in services)
    until = ends[max(0, math.ceil(share * len(ends)) - 1)]
    busy = sum(max(0.0, min(end, until) - start) for start, end in services)
    return busy / (slots * (until - began)) if until > began else 0.0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m synth.llm.simserver", description="A simulated OpenAI-compatible server."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one, printed")
    parser.add_argument("--slots", type=int, default=64)
    parser.add_argument("--latency", type=float, default=0.3, help="mean seconds of a request; 0: none")
    parser.add_argument("--model", action="append", help="a served model's name; again for more (default: sim)")
    parser.add_argument("--context", type=int, default=32768, help="tokens, prompt and answer together")
    parser.add_argument("--api-key", default="")
    parser.add_argument("--no-metrics", dest="metrics", action="store_false", help="have no /metrics")
    parser.add_argument("--ignore-schema", action="store_true", help="answer in prose whatever the schema")
    for kind in FAULTS:
        parser.add_argument(f"--{kind}", type=float, default=0.0, help="share of requests with this fault")
    parser.add_argument("--fault-seed", type=int, default=0)
    parser.add_argument("--fault-only", default="", metavar="TEXT", help="only requests that hold this text")
    return parser.parse_args()


async def _main() -> None:
    options = _arguments()
    server = SimServer(
        slots=options.slots,
        latency=options.latency,
        models=options.model or ["sim"],
        context=options.context,
        api_key=options.api_key,
        metrics=options.metrics,
        ignore_schema=options.ignore_schema,
        faults=Faults(
            **{kind: getattr(options, kind) for kind in FAULTS}, seed=options.fault_seed, only=options.fault_only
        ),
    )
    print(f"listening on {await server.start(options.host, options.port)}", flush=True)
    told = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, told.set)
    await told.wait()
    print(json.dumps(server.stats()), flush=True)
    await server.stop()


if __name__ == "__main__":
    asyncio.run(_main())
