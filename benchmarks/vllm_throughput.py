"""Tokens a second through `synth expand`, all gates on, beside those of the bare engine: the real vLLM on a CPU.

    PYTHONPATH=tests/vllm python benchmarks/taught_model.py build/taught     (all with .venv-vllm's python)
    python benchmarks/vllm_throughput.py in-process build/taught --repeats 3
    python benchmarks/vllm_throughput.py served build/taught --repeats 3

Runs alternate: synth, then the bare engine, given the very requests that synth made (same prompts, sampling, schemas,
the same number at a time, all there from the beginning), and so on. In process, the bare engine is an AsyncLLM whose
prompts are tokenised beforehand; served, it is a loop of aiohttp posts. Each run has a process of its own, an engine or
server that has answered ``WARM`` requests, and a prefix cache that holds nothing of what it will be asked. The clock
runs from the first request to the last completion (bare) or to the last commit (synth, tail and verdicts included);
neither loading the engine nor synth's own start (seeds, gates) is in it.

A GPU leaves the CPU to us; here the engine is on it. So the engine has core 0 and all else (synth or the bare loop,
vLLM's front end, and where it is served its API server) has core 1, on both sides.

The speed of such a machine drifts by a tenth within minutes, so a ratio of two runs is as much the machine's as ours.
What is ours alone is how full the engine is kept, by vLLM's own counters: requests running (``running``, and ``to_95``
until 95% of the completions were there), prompt tokens found in the cache (``prefix_hits``), tokens computed in each of
the engine's steps (``step_tokens``). ``steps`` of bare over ``steps`` of synth is the ratio of tokens a second on a
device whose step takes the same time however full it is, as a GPU's nearly does.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import pickle
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import synth
from synth.llm import openai, turns, vllm
from synth.llm.openai import OpenAILLM
from synth.llm.vllm import VLLM
from synth.records import Completion, Message, Request, Sampling
from synth.run import RunObserver
from synth.run_folder import RoundSummary

SEEDS = Path(__file__).parent.parent / "seeds"
ENVIRONMENT = {
    "VLLM_CPU_KVCACHE_SPACE": "1",  # GiB
    "VLLM_CPU_OMP_THREADS_BIND": "0",
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_SERVER_DEV_MODE": "1",  # for /reset_prefix_cache
    "HF_HUB_OFFLINE": "1",
}
CONTEXT = 4096
ALL, GENERATED = "tokens_per_second", "generated_per_second"
WARM = 64


def engine_args(options: argparse.Namespace) -> dict[str, Any]:
    args = {"max_model_len": CONTEXT, "max_num_seqs": options.seats, "enforce_eager": True}
    return args | ({"num_gpu_blocks_override": options.blocks} if options.blocks else {})


class Tally:
    """Completions, tokens, seconds and CPU, from the first request on."""

    def __init__(self, server: int) -> None:
        self._server = server
        self.began = self.ended = 0.0
        self._arrived: list[float] = []
        self.completions = self.prompt = self.cached = self.generated = 0
        self.refused = 0

    def begin(self) -> None:
        if not self.began:
            self.began = time.perf_counter()
            self._cpu = self._cpus()

    def add(self, prompt: int, cached: int, generated: int) -> None:
        self.completions += 1
        self._arrived.append(time.perf_counter())
        self.prompt += prompt
        self.cached += cached
        self.generated += generated

    def end(self) -> None:
        self.ended = time.perf_counter()
        self.cpu = [now - then for now, then in zip(self._cpus(), self._cpu, strict=True)]

    def _cpus(self) -> list[float]:
        """Seconds of the engine, and of the rest of us: this process, and the API server where there is one."""
        front = [os.getpid(), self._server] if self._server else [os.getpid()]
        return [sum(map(cpu, children(front[-1]))), sum(map(cpu, front))]

    def result(self, gauge: Gauge, **more: Any) -> dict[str, Any]:
        seconds = self.ended - self.began
        return {
            "completions": self.completions,
            "refused": self.refused,
            "prompt_tokens": self.prompt,
            "generated_tokens": self.generated,
            "seconds": seconds,
            "tokens_per_second": (self.prompt + self.generated) / seconds,
            "generated_per_second": self.generated / seconds,
            "core_0_busy": self.cpu[0] / seconds,
            "core_1_busy": self.cpu[1] / seconds,
            "running": gauge.mean(self.began, self.ended),
            "to_95": gauge.mean(self.began, self._arrived[int(0.95 * self.completions) - 1]),
            **gauge.counted(),
            **more,
        }


COUNTERS = {
    "queries": "prefix_cache_queries_total",
    "hits": "prefix_cache_hits_total",
    "steps": "iteration_tokens_total_count",
    "tokens": "iteration_tokens_total_sum",
    "preemptions": "num_preemptions_total",
}


class Gauge(threading.Thread):
    """What the engine's own metrics say, from ``begin`` on: its counters, and how many requests it runs."""

    def __init__(self, base: str) -> None:
        super().__init__(daemon=True)
        self._url = base.removesuffix("/v1") + "/metrics" if base else ""
        self._running: list[tuple[float, float]] = []

    def begin(self) -> None:
        """Before the first request."""
        text = self._text()
        self._before = {name: _sum(text, metric) for name, metric in COUNTERS.items()}
        self.start()

    def run(self) -> None:
        while True:
            self._running.append((time.perf_counter(), _sum(self._text(), "num_requests_running")))
            time.sleep(0.25)

    def mean(self, began: float, ended: float) -> float:
        return statistics.mean(running for at, running in self._running if began <= at <= ended)

    def counted(self) -> dict[str, float]:
        text = self._text()
        more = {name: _sum(text, metric) - self._before[name] for name, metric in COUNTERS.items()}
        return {
            "prefix_hits": more["hits"] / more["queries"],
            "preemptions": int(more["preemptions"]),
            "steps": int(more["steps"]),
            "step_tokens": more["tokens"] / more["steps"],
        }

    def _text(self) -> str:
        if self._url:
            with urllib.request.urlopen(self._url) as answer:
                return str(answer.read().decode())
        from prometheus_client import generate_latest

        return str(generate_latest().decode())


def _sum(text: str, metric: str) -> float:
    return sum(map(float, re.findall(rf"^vllm:{metric}(?:{{.*}})? (\S+)$", text, re.M)))


class Watch(RunObserver):
    """Keeps the tally of a run of synth."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def completed(self, completion: Completion) -> None:
        if completion.finish_reason == "error":
            self._tally.refused += 1
        else:
            self._tally.add(completion.prompt_tokens, completion.cached_tokens, completion.completion_tokens)

    def committed(self, summary: RoundSummary) -> None:
        self._tally.end()


def run_synth(options: argparse.Namespace, llm: type[VLLM] | type[OpenAILLM], flags: dict[str, Any]) -> dict[str, Any]:
    """One run; what it asked is left in ``options.requests``."""
    tally, gauge = Tally(options.server), Gauge(options.base)
    asked: list[Request] = []
    warm = False
    start, submit = llm.start, llm.submit
    turns.BURST = options.burst

    async def started(self: Any) -> None:
        nonlocal warm
        await start(self)
        await asyncio.gather(*(submit(self, request) for request in warming()))
        if isinstance(self, VLLM):
            await self._engine.reset_prefix_cache()
        pin()
        gauge.begin()
        warm = True

    def submitted(self: Any, request: Request) -> asyncio.Future[Completion]:
        if warm:
            tally.begin()
            asked.append(request)
        return submit(self, request)

    llm.start, llm.submit = started, submitted  # type: ignore[method-assign]
    # A model as small as this one sometimes fills the probe's JSON with white space, to the last token.
    for module in (openai, vllm):
        vars(module)["examine"] = lambda *_, **__: None
    recipe: dict[str, Any] = {"seeds": [SEEDS], "rounds": options.rounds, "per_round": options.per_round}
    recipe |= {"seed": options.seed, "sampling.max_tokens": 256, "answer_sampling.max_tokens": 256}
    with tempfile.TemporaryDirectory() as folder:
        result = synth.expand(synth.load_recipe(None, recipe | flags), folder, observer=Watch(tally))
    Path(options.requests).write_bytes(pickle.dumps(asked))
    stages = {stage: sum(request.stage == stage for request in asked) for stage in ("draft", "judge", "answer")}
    return tally.result(gauge, **stages, accepted=result.accepted)


def synth_in_process(options: argparse.Namespace) -> dict[str, Any]:
    return run_synth(
        options, VLLM, {"llm.backend": "vllm", "llm.model": options.model, "llm.engine_args": engine_args(options)}
    )


def synth_served(options: argparse.Namespace) -> dict[str, Any]:
    return run_synth(options, OpenAILLM, {"llm.backend": "openai", "llm.base_urls": (options.base,)})


def bare_in_process(options: argparse.Namespace) -> dict[str, Any]:
    return asyncio.run(_bare_in_process(options))


async def _bare_in_process(options: argparse.Namespace) -> dict[str, Any]:
    from vllm import AsyncEngineArgs, SamplingParams
    from vllm.sampling_params import RepetitionDetectionParams, RequestOutputKind, StructuredOutputsParams
    from vllm.v1.engine.async_llm import AsyncLLM

    from synth.llm.loops import LOOPS

    engine = AsyncLLM.from_engine_args(
        AsyncEngineArgs(model=options.model, enable_prefix_caching=True, **engine_args(options))
    )
    tokenizer = engine.get_tokenizer()
    defaults = engine.vllm_config.model_config.get_diff_sampling_param()
    names = itertools.count()

    def prepared(request: Request) -> tuple[list[int], Any]:
        chat = [{"role": message.role, "content": message.content} for message in request.messages]
        prompt = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=True, return_dict=False)
        loops = None if request.schema else RepetitionDetectionParams(**LOOPS)
        params = SamplingParams(
            **defaults
            | {
                "temperature": request.sampling.temperature,
                "top_p": request.sampling.top_p,
                "max_tokens": min(request.sampling.max_tokens, CONTEXT - len(prompt)),
                "structured_outputs": StructuredOutputsParams(json=dict(request.schema)) if request.schema else None,
                "repetition_detection": loops,
                "output_kind": RequestOutputKind.FINAL_ONLY,
            }
        )
        return prompt, params

    tally = Tally(options.server)

    async def one(item: tuple[list[int], Any]) -> None:
        prompt, params = item
        async for output in engine.generate({"prompt_token_ids": prompt}, params, request_id=str(next(names))):
            tally.add(len(prompt), output.num_cached_tokens or 0, len(output.outputs[0].token_ids))

    await spread([prepared(request) for request in warming()], one, options.in_flight)
    await engine.reset_prefix_cache()
    items = [prepared(request) for request in pickle.loads(Path(options.requests).read_bytes())]
    pin()
    tally, gauge = Tally(options.server), Gauge(options.base)
    gauge.begin()
    tally.begin()
    await spread(items, one, options.in_flight)
    tally.end()
    result = tally.result(gauge)
    engine.shutdown()
    return result


def bare_served(options: argparse.Namespace) -> dict[str, Any]:
    return asyncio.run(_bare_served(options))


async def _bare_served(options: argparse.Namespace) -> dict[str, Any]:
    import aiohttp

    llm = OpenAILLM([options.base])
    await llm.start()
    asked = pickle.loads(Path(options.requests).read_bytes())
    bodies, warm = ([llm._body(item, item.sampling.max_tokens) for item in items] for items in (asked, warming()))
    await llm.stop()
    headers = {"Content-Type": "application/json"}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), headers=headers) as session:
        tally = Tally(options.server)

        async def one(body: bytes) -> None:
            async with session.post(options.base + "/chat/completions", data=body) as response:
                answer = await response.json()
            if response.status != 200:
                tally.refused += 1
                return
            usage = answer["usage"]
            cached = (usage["prompt_tokens_details"] or {}).get("cached_tokens") or 0
            tally.add(usage["prompt_tokens"], cached, usage["completion_tokens"])

        await spread(warm, one, options.in_flight)
        tally, gauge = Tally(options.server), Gauge(options.base)
        gauge.begin()
        tally.begin()
        await spread(bodies, one, options.in_flight)
        tally.end()
    return tally.result(gauge)


async def spread(items: Sequence[Any], work: Callable[[Any], Awaitable[None]], in_flight: int) -> None:
    """All items in order, ``in_flight`` at a time."""
    queue = iter(items)

    async def worker() -> None:
        for item in queue:
            await work(item)

    await asyncio.gather(*(worker() for _ in range(in_flight)))


def warming() -> Iterator[Request]:
    for number in range(WARM):
        yield Request("answer", "warm", (Message("user", f"{number} " * 50),), Sampling(max_tokens=48))


def children(parent: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found += [int(stat.parent.name), *children(int(stat.parent.name))]
    return found


def cpu(process: int) -> float:
    """Seconds, user and system, of all its threads."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def pin(front: int = 0) -> None:
    """The engine below process ``front`` (this one) to core 0, the process itself to core 1."""
    front = front or os.getpid()
    for process, core in [(front, 1), *((child, 0) for child in children(front))]:
        for task in Path(f"/proc/{process}/task").iterdir():
            os.sched_setaffinity(int(task.name), {core})


ROLES = {f.__name__: f for f in (synth_in_process, bare_in_process, synth_served, bare_served)}


def child(role: str, options: argparse.Namespace) -> dict[str, Any]:
    command = [sys.executable, __file__, role, json.dumps(vars(options))]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | ENVIRONMENT, check=False)
    if done.returncode:
        sys.exit(f"{role} failed:\n{done.stderr[-4000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


class Server:
    """vLLM's OpenAI-compatible server in a process of its own."""

    def __init__(self, options: argparse.Namespace) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.root = f"http://127.0.0.1:{port}"
        command = [
            sys.executable,
            "-m",
            "vllm.entrypoints.openai.api_server",
            "--model",
            options.model,
            "--port",
            str(port),
        ]
        command += ["--enable-prompt-tokens-details"]
        for name, value in engine_args(options).items():
            flag = f"--{name.replace('_', '-')}"
            command += [flag] if value is True else [flag, str(value)]
        quiet = subprocess.DEVNULL
        environment = os.environ | ENVIRONMENT
        self._process = subprocess.Popen(command, stdout=quiet, stderr=quiet, env=environment, start_new_session=True)
        while True:
            try:
                urllib.request.urlopen(self.root + "/health").close()
                break
            except (urllib.error.URLError, OSError):
                assert self._process.poll() is None, "vLLM did not come up"
                time.sleep(0.5)
        self.process = self._process.pid
        pin(self.process)

    def reset(self) -> None:
        urllib.request.urlopen(urllib.request.Request(self.root + "/reset_prefix_cache", method="POST")).close()

    def stop(self) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait()


def show(name: str, result: dict[str, Any]) -> None:
    values = (
        f"{key} {value:,.3f}" if isinstance(value, float) else f"{key} {value:,}" for key, value in result.items()
    )
    print(f"{name:6} {'  '.join(values)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["in-process", "served"])
    parser.add_argument("model")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--per-round", type=int, default=600)
    parser.add_argument("--seats", type=int, default=64, help="vLLM's max_num_seqs")
    parser.add_argument("--blocks", type=int, help="KV blocks; default: a GiB of them")
    parser.add_argument(
        "--burst", type=int, default=turns.BURST, help="prompts of one opening in a row; 1: as they came"
    )
    parser.add_argument("--synth-only", action="store_true", help="no bare engine: for the cache's hits")
    options = parser.parse_args()
    options.in_flight = options.seats + options.seats // 4 + 1
    kind = options.kind.replace("-", "_")
    ratios: list[tuple[float, float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        options.requests = f"{folder}/requests"
        server = Server(options) if kind == "served" else None
        options.base, options.server = (f"{server.root}/v1", server.process) if server else ("", 0)
        try:
            for seed in range(options.repeats):
                options.seed = seed
                results = []
                for name in ("synth",) if options.synth_only else ("synth", "bare"):
                    if server:
                        server.reset()
                    result = child(f"{name}_{kind}", options)
                    show(name, result)
                    results.append(result)
                if len(results) == 2:
                    ours, bare = results
                    ratio = (ours[ALL] / bare[ALL], ours[GENERATED] / bare[GENERATED], bare["steps"] / ours["steps"])
                    ratios.append(ratio)
                    print("ratio  all tokens {:.3f}, generated tokens {:.3f}, steps {:.3f}".format(*ratio), flush=True)
        finally:
            if server:
                server.stop()
    if ratios:
        print("median", *(f"{statistics.median(column):.3f}" for column in zip(*ratios, strict=True)))


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] in ROLES:
        print(json.dumps(ROLES[sys.argv[1]](argparse.Namespace(**json.loads(sys.argv[2])))))
    else:
        main()
