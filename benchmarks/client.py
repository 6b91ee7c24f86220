"""What the client of OpenAI-compatible servers costs, and whether it keeps one busy (synth.llm.openai).

    python benchmarks/client.py                      zero latency: CPU a request, completions a second
    python benchmarks/client.py --latency 0.3        64 slots, log-normal latency: busy share, against the greedy bound
    python benchmarks/client.py --in-flight 1000 …   a fixed number in flight

The server is synth.llm.simserver in a process of its own. CPU is this process's, user and system, over the requests;
start, probe and interpreter are left out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import time
import urllib.request

from synth.llm.openai import OpenAILLM
from synth.records import Message, Request, Sampling

SYSTEM = "You write new tasks for a language model. " + "Each task stands on its own and has one right answer. " * 20
TASK = {"type": "object", "properties": {"instruction": {"type": "string"}, "input": {"type": "string"}}}
SCHEMA = {"type": "object", "properties": {"tasks": {"type": "array", "items": TASK, "maxItems": 4}}}


def request(number: int) -> Request:
    """One of many different requests of a usual size: 1.2 KB of prompt, every third an answer without a schema."""
    stage, schema = ("answer", None) if number % 3 == 0 else ("draft", SCHEMA)
    messages = (Message("system", SYSTEM), Message("user", f"Write tasks about topic {number}. " * 3))
    return Request(stage, "bench", messages, Sampling(max_tokens=2048), schema, draw=str(number), model="sim")


async def measure(base_url: str, count: int, in_flight: int | None) -> dict[str, float]:
    llm = OpenAILLM([base_url], in_flight=in_flight)
    await llm.start()
    root = base_url.removesuffix("/v1")
    requests = [request(number) for number in range(count)]
    await asyncio.to_thread(urllib.request.urlopen, urllib.request.Request(root + "/sim/reset", method="POST"))
    cpu, began = time.process_time(), time.perf_counter()
    completions = await asyncio.gather(*map(llm.submit, requests))
    cpu, seconds = time.process_time() - cpu, time.perf_counter() - began
    with await asyncio.to_thread(urllib.request.urlopen, root + "/sim/stats") as answer:
        stats = json.load(answer)
    await llm.stop()
    return {
        "requests": count,
        "answered": sum(completion.finish_reason == "stop" for completion in completions),
        "cpu_ms_a_request": 1000 * cpu / count,
        "completions_per_second": count / seconds,
        "greedy_completions_per_second": count / stats["greedy_seconds"] if stats["greedy_seconds"] > 0.1 else 0.0,
        "busy_share_95": stats["busy_share_95"],
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--in-flight", type=int)
    parser.add_argument("--server", nargs=argparse.REMAINDER, default=[], help="more flags of the server, last")
    options = parser.parse_args()
    command = [sys.executable, "-m", "synth.llm.simserver", "--latency", str(options.latency), *options.server]
    if not options.latency:
        command += ["--slots", "1024"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            base_url = server.stdout.readline().split()[-1]
            result = asyncio.run(measure(base_url, options.requests, options.in_flight))
        finally:
            server.terminate()
            server.communicate()
    for name, value in result.items():
        print(f"{name:32}{value:,.4f}" if isinstance(value, float) else f"{name:32}{value:,}")


if __name__ == "__main__":
    main()
