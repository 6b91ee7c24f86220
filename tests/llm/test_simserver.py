"""The fake must itself be true: deterministic answers, slots that queue, faults as ordered, statistics that add up."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import sys
import urllib.request
from typing import Any

import aiohttp
import pytest

from synth.llm.simserver import FAULTS, Faults, SimServer

TASKS = {
    "type": "object",
    "properties": {
        "tasks": {
            "type": "array",
            "minItems": 2,
            "maxItems": 4,
            "items": {
                "type": "object",
                "properties": {
                    "instruction": {"type": "string", "minLength": 40, "maxLength": 200},
                    "input": {"type": ["string", "null"]},
                    "level": {"type": "integer", "minimum": 3, "maximum": 5},
                    "kind": {"enum": ["open", "closed"]},
                    "share": {"anyOf": [{"type": "number", "minimum": 1, "maximum": 2}]},
                    "unit": {"const": "percent"},
                    "note": {"$ref": "#/$defs/note"},
                },
            },
        },
    },
    "$defs": {"note": {"type": "object", "properties": {"sure": {"type": "boolean"}}}},
}


def body(text: str, schema: Any = None, **more: Any) -> dict[str, Any]:
    answer_format = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    return {
        "model": "sim",
        "messages": [{"role": "user", "content": text}],
        "max_tokens": 2000,
        **({"response_format": answer_format} if schema else {}),
        **more,
    }


async def say(base: str, bodies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    async with aiohttp.ClientSession() as session:

        async def one(body: dict[str, Any]) -> dict[str, Any]:
            async with session.post(base + "/chat/completions", json=body) as response:
                answer: dict[str, Any] = await response.json()
                return answer

        return await asyncio.gather(*map(one, bodies))


def text_of(answer: dict[str, Any]) -> str:
    return str(answer["choices"][0]["message"]["content"])


async def test_an_answer_depends_on_the_request_alone() -> None:
    bodies = [body(f"topic {n}") for n in range(30)]
    texts = []
    for order, slots in ((1, 1), (-1, 64)):
        server = SimServer(slots=slots, latency=0.0, faults=Faults(fail=0.0, seed=slots))
        base = await server.start()
        texts.append([text_of(answer) for answer in await say(base, bodies[::order])][::order])
        await server.stop()
    assert texts[0] == texts[1]
    assert len(set(texts[0])) == 30


async def test_answers_fit_their_schema_in_both_languages() -> None:
    server = SimServer(latency=0.0)
    base = await server.start()
    chinese = "请参照上面的例子，写出几道新的任务，要求说清楚条件，并且能够独立回答。"
    answers = await say(base, [body(f"{text} {n}", TASKS) for n in range(20) for text in ("Write tasks.", chinese)])
    await server.stop()
    for number, answer in enumerate(answers):
        tasks = json.loads(text_of(answer))["tasks"]
        assert 2 <= len(tasks) <= 4
        for task in tasks:
            assert set(task) == {"instruction", "input", "level", "kind", "share", "unit", "note"}
            assert 40 <= len(task["instruction"]) <= 200
            assert task["input"] is None or isinstance(task["input"], str)
            assert task["level"] in (3, 4, 5)
            assert task["kind"] in ("open", "closed")
            assert 1 <= task["share"] <= 2
            assert task["unit"] == "percent"
            assert isinstance(task["note"]["sure"], bool)
            assert bool(re.search(r"[\u4e00-\u9fff]", task["instruction"])) == bool(number % 2)


async def test_a_budget_that_is_too_small_cuts_the_answer() -> None:
    server = SimServer(latency=0.0)
    base = await server.start()
    (answer,) = await say(base, [body("topic", max_tokens=5)])
    await server.stop()
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["completion_tokens"] == 5


async def test_slots_bound_the_work_and_the_statistics_add_up() -> None:
    server = SimServer(slots=4, latency=0.02)
    base = await server.start()
    await say(base, [body(f"topic {n}") for n in range(60)])
    stats = server.stats()
    await server.stop()
    assert (stats["requests"], stats["completed"], stats["running"], stats["waiting"]) == (60, 60, 0, 0)
    assert 0.9 < stats["busy_share_95"] <= 1.0
    assert stats["greedy_busy_share_95"] >= stats["busy_share_95"] - 0.02
    assert stats["greedy_seconds"] <= stats["seconds"] * 1.001


async def test_a_client_that_goes_away_gives_its_slot_back() -> None:
    server = SimServer(slots=1, latency=30.0)
    base = await server.start()
    async with aiohttp.ClientSession() as session:
        tasks = [
            asyncio.create_task(session.post(base + "/chat/completions", json=body(f"topic {n}"))) for n in range(3)
        ]
        async with asyncio.timeout(2):
            while server.stats()["waiting"] < 2:
                await asyncio.sleep(0.01)
            for task in tasks:
                task.cancel()
            while server.stats()["waiting"] or server.stats()["running"]:
                await asyncio.sleep(0.01)
    await server.stop()


def test_faults_come_at_their_share_and_not_at_every_attempt() -> None:
    faults = Faults(fail=0.1, hang=0.02, seed=3)
    keys = [b"%d" % n for n in range(5000)]
    drawn = [faults.draw(key, 0) for key in keys]
    assert drawn == [faults.draw(key, 0) for key in keys]
    assert abs(drawn.count("fail") / 5000 - 0.1) < 0.02
    assert abs(drawn.count("hang") / 5000 - 0.02) < 0.01
    failed = [key for key, kind in zip(keys, drawn, strict=True) if kind]
    assert sum(bool(faults.draw(key, 1)) for key in failed) < len(failed) / 2


async def test_every_fault_shows_as_it_is_named() -> None:
    shows = {}
    for kind in FAULTS:
        share: dict[str, Any] = {kind: 1.0}
        server = SimServer(latency=0.0, faults=Faults(**share))
        base = await server.start()
        try:
            async with (
                asyncio.timeout(0.3),
                aiohttp.ClientSession() as session,
                session.post(base + "/chat/completions", json=body("x")) as response,
            ):
                shows[kind] = str(response.status if response.status >= 400 else await response.json())
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            shows[kind] = type(error).__name__
        assert server.stats()["faults"] == {kind: 1}
        await server.stop()
    assert shows["fail"] in ("500", "502", "503")
    assert shows["refuse"] == "429"
    assert shows["hang"] == "TimeoutError"
    assert shows["reset"] in ("ServerDisconnectedError", "ClientOSError")
    assert shows["broken"] in ("ClientPayloadError", "JSONDecodeError")
    assert "'choices': []" in shows["empty"]


@pytest.mark.parametrize("path", ["/health", "/v1/models", "/metrics", "/sim/stats"])
def test_it_runs_as_a_process_and_tells_its_statistics_at_the_end(path: str) -> None:
    command = [sys.executable, "-m", "synth.llm.simserver", "--latency", "0", "--model", "tiny"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        base = process.stdout.readline().split()[-1]
        with urllib.request.urlopen(base.removesuffix("/v1") + path) as answer:
            page = answer.read().decode()
        process.send_signal(signal.SIGTERM)
        last = process.communicate()[0]
    assert json.loads(last)["requests"] == 0
    assert {"/v1/models": '"tiny"', "/metrics": "vllm:num_requests_waiting{", "/sim/stats": '"slots": 64'}.get(
        path, ""
    ) in page
