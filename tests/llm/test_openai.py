"""The client against servers with real sockets: the simulated one, and scripted ones for single answers."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import logging
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from synth.errors import LLMError, Stopped, UsageError
from synth.llm import openai
from synth.llm.openai import OpenAILLM
from synth.llm.probe import PASSWORD
from synth.llm.simserver import FAULTS, Faults, SimServer
from synth.records import Completion, Message, Request, Sampling, encodable

SCHEMA = {
    "type": "object",
    "properties": {"instruction": {"type": "string"}, "hard": {"type": "boolean"}},
    "required": ["instruction", "hard"],
}


def ask(text: str = "Write a task.", *, stage: str = "draft", schema: Any = None, max_tokens: int = 256) -> Request:
    return Request(stage, "test", (Message("user", text),), Sampling(max_tokens=max_tokens), schema)


@contextlib.asynccontextmanager
async def simulated(**options: Any) -> AsyncIterator[str]:
    server = SimServer(**{"latency": 0.0} | options)
    base = await server.start()
    try:
        yield base
    finally:
        await server.stop()


@contextlib.asynccontextmanager
async def scripted(
    answer: Callable[[dict[str, Any]], Awaitable[web.StreamResponse]],
    *,
    examined: Callable[[], None] = lambda: None,
    probed: Callable[[], Any] = lambda: None,
) -> AsyncIterator[str]:
    """A server that passes the probe, unless ``probed`` has another answer, and answers the rest as ``answer`` says."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/v1/models":
            examined()
            return web.json_response({"data": [{"id": "m"}]})
        if request.path != "/v1/chat/completions":
            return web.Response(status=404)
        body = await request.json()
        if "hello" not in body["messages"][0]["content"]:
            return await answer(body)
        other = probed()
        other = await other if inspect.isawaitable(other) else other
        return other or said(json.dumps({"greeting": PASSWORD}))

    runner = web.ServerRunner(web.Server(handle, access_log=None), shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def client(*bases: str, **options: Any) -> AsyncIterator[OpenAILLM]:
    llm = OpenAILLM(bases, **options)
    await llm.start()
    try:
        yield llm
    finally:
        await llm.stop()


def said(text: str | None, finish_reason: str = "stop", **message: Any) -> web.Response:
    choice = {"message": {"content": text, **message}, "finish_reason": finish_reason}
    return web.json_response({"choices": [choice]})


async def complete(llm: OpenAILLM, requests: list[Request]) -> list[Completion]:
    return await asyncio.gather(*map(llm.submit, requests))


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses before another try so short that a dozen fit into a test."""
    monkeypatch.setattr(openai, "PAUSE_LEAST", 0.01)
    monkeypatch.setattr(openai, "PAUSE_MOST", 0.02)
    monkeypatch.setattr(openai, "EXAMINE_MOST", 0.05)


# What goes out and what comes in.


async def test_the_one_model_that_is_served_is_found_and_answers_with_its_token_counts() -> None:
    request = Request("answer", "respond", (Message("system", "You are brief. " * 8), Message("user", "Why?")))
    async with simulated(models=["Qwen/Qwen3-8B"]) as base, client(base) as llm:
        first = await llm.submit(request)
        again = await llm.submit(request)
    assert llm.model == first.model == "Qwen/Qwen3-8B"
    assert first.request_id == request.id
    assert first.text == again.text
    assert first.finish_reason == "stop"
    assert (first.prompt_tokens, first.cached_tokens) == (31, 0)
    assert again.cached_tokens == 30
    assert first.completion_tokens > 10


async def test_a_schema_is_enforced_and_chinese_is_answered_in_chinese() -> None:
    async with simulated() as base, client(base) as llm:
        english = await llm.submit(ask(schema=SCHEMA))
        chinese = await llm.submit(
            ask("请根据下面的例子写出一道新的任务，要求自然、具体，而且能够回答。", schema=SCHEMA)
        )
    assert isinstance(json.loads(english.text)["hard"], bool)
    assert json.loads(english.text)["instruction"].isascii()
    assert re.search(r"[\u4e00-\u9fff]{4}", json.loads(chinese.text)["instruction"])


async def test_the_request_travels_whole() -> None:
    bodies = []

    async def answer(body: dict[str, Any]) -> web.Response:
        bodies.append(body)
        return said("done")

    request = Request("draft", "deepen", (Message("system", "系统"), Message("user", "hi \ud800")), schema=SCHEMA)
    options = {"chat_template_kwargs": {"enable_thinking": False}, "extra_body": {"top_k": 20}}
    async with scripted(answer) as base, client(base, **options) as llm:
        await llm.submit(request)
    assert bodies == [
        {
            "model": "m",
            "messages": [{"role": "system", "content": "系统"}, {"role": "user", "content": encodable("hi \ud800")}],
            "temperature": 0.7,
            "top_p": 1.0,
            "max_tokens": 2048,
            "seed": request.seed,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "deepen", "schema": SCHEMA, "strict": True},
            },
            "chat_template_kwargs": {"enable_thinking": False},
            "top_k": 20,
        }
    ]


@pytest.mark.parametrize(
    ("answer", "text", "finish_reason"),
    [
        (said("cut here", "length"), "cut here", "length"),
        (said("la la la", "repetition"), "la la la", "repetition"),
        (said("<think>Hm.</think>\n\nForty-two."), "Forty-two.", "stop"),
        (said(None, "length", reasoning="Hm, let me see"), "", "length"),
        (said("a lone \ud800 half"), encodable("a lone \ud800 half"), "stop"),
        (said("", "content_filter"), "the server's content filter cut the answer", "error"),
    ],
    ids=["length", "repetition", "thinking", "only reasoning", "surrogate", "content filter"],
)
async def test_an_answer_is_read_as_it_was_meant(answer: web.Response, text: str, finish_reason: str) -> None:
    async def fixed(_: dict[str, Any]) -> web.Response:
        return answer

    async with scripted(fixed) as base, client(base) as llm:
        completion = await llm.submit(ask())
    assert (completion.text, completion.finish_reason) == (text, finish_reason)


# The start.


async def test_no_server_at_start_is_one_error_with_the_cure() -> None:
    with pytest.raises(LLMError, match=r"no LLM server answers \(http://127.0.0.1:9/v1: connect.*vllm serve"):
        await OpenAILLM(["http://127.0.0.1:9"]).start()


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host/v1", ""])
def test_a_base_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="base URL"):
        OpenAILLM([url])


async def test_several_models_ask_for_a_choice_and_a_wrong_name_is_answered_with_the_right_ones() -> None:
    async with simulated(models=["small", "large"]) as base:
        with pytest.raises(LLMError, match="several models \\(small, large\\)"):
            await OpenAILLM([base]).start()
        with pytest.raises(LLMError, match="does not serve 'medium'; it serves: small, large"):
            await OpenAILLM([base], "medium").start()
        async with client(base, model="large") as llm:
            assert (await llm.submit(ask())).model == "large"


async def test_servers_of_different_models_are_refused() -> None:
    async with simulated(models=["a"]) as first, simulated(models=["b"]) as second:
        with pytest.raises(LLMError, match=f"{second} does not serve 'a'; it serves: b"):
            await OpenAILLM([first, second]).start()


async def test_a_missing_key_is_named_as_the_cure() -> None:
    async with simulated(api_key="k") as base:
        with pytest.raises(LLMError, match="OPENAI_API_KEY"):
            await OpenAILLM([base]).start()
        async with client(base, api_key="k") as llm:
            assert (await llm.submit(ask())).finish_reason == "stop"


async def test_a_server_that_ignores_schemas_is_refused_unless_that_is_chosen() -> None:
    async with simulated(ignore_schema=True) as base:
        with pytest.raises(LLMError, match=f"structured output is not enforced by {base}.*structured: off"):
            await OpenAILLM([base]).start()
        async with client(base, structured="off") as llm:
            assert (await llm.submit(ask(schema=SCHEMA))).finish_reason == "stop"


async def test_one_server_that_is_down_at_start_is_left_out() -> None:
    async with simulated() as base, client("http://127.0.0.1:9/v1", base) as llm:
        completions = await complete(llm, [ask(str(n)) for n in range(20)])
    assert {completion.finish_reason for completion in completions} == {"stop"}


# Failures.


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("kind", FAULTS)
async def test_a_fault_of_this_kind_changes_no_completion(kind: str) -> None:
    share: dict[str, Any] = {kind: 0.3}
    requests = [ask(str(n), schema=SCHEMA if n % 2 else None) for n in range(60)]
    async with simulated() as base, client(base) as llm:
        expected = await complete(llm, requests)
    async with (
        simulated(faults=Faults(**share)) as base,
        client(base, timeout=0.3, in_flight=16) as llm,
    ):
        assert await complete(llm, requests) == expected


@pytest.mark.usefixtures("hasty")
async def test_all_faults_together_on_two_servers_change_no_completion() -> None:
    requests = [ask(str(n)) for n in range(300)]
    async with simulated() as base, client(base) as llm:
        expected = [completion.text for completion in await complete(llm, requests)]
    faults = [
        Faults(fail=0.1, reset=0.05, broken=0.05, hang=0.02, refuse=0.05, empty=0.02, seed=seed) for seed in (1, 2)
    ]
    async with (
        simulated(faults=faults[0]) as first,
        simulated(faults=faults[1]) as second,
        client(first, second, timeout=0.5, in_flight=16) as llm,
    ):
        assert [completion.text for completion in await complete(llm, requests)] == expected


@pytest.mark.usefixtures("hasty")
async def test_a_request_that_always_fails_is_given_up_alone() -> None:
    async def answer(body: dict[str, Any]) -> web.Response:
        poisoned = body["messages"][0]["content"] == "poison"
        return web.Response(status=500, text="CUDA error") if poisoned else said("fine")

    async with scripted(answer) as base, client(base, in_flight=4) as llm:
        poison = llm.submit(ask("poison"))
        while not poison.done():
            assert (await llm.submit(ask("bread"))).text == "fine"
            await asyncio.sleep(0.005)
    completion = await poison
    assert completion.finish_reason == "error"
    assert completion.text == "given up after 12 tries; the last: 500: CUDA error"


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("kind", ["fail", "reset", "broken", "empty"])
async def test_a_request_that_always_fails_while_no_other_is_asked_is_given_up_if_the_server_is_well(kind: str) -> None:
    share: dict[str, Any] = {kind: 1.0}
    async with simulated(faults=Faults(**share, only="poison")) as base, client(base) as llm:
        completion = await asyncio.wait_for(llm.submit(ask("poison")), 10)
        assert (await llm.submit(ask("bread"))).finish_reason == "stop"
    assert completion.finish_reason == "error"
    assert completion.text.startswith("given up after 12 tries; the last: ")


@pytest.mark.usefixtures("hasty")
async def test_a_request_that_always_hangs_is_given_up_after_half_as_many_tries_each_longer() -> None:
    began = time.monotonic()
    async with simulated(faults=Faults(hang=1.0, only="poison")) as base, client(base, timeout=0.05) as llm:
        completion = await asyncio.wait_for(llm.submit(ask("poison")), 20)
    assert completion.text == "given up after 6 tries; the last: no answer within 0.8 s"
    assert time.monotonic() - began > 0.05 * 32


@pytest.mark.usefixtures("hasty")
async def test_hung_tries_are_limited_in_seconds_and_the_silence_of_one_request_is_not_the_servers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(openai, "HUNG_MOST", 0.5)
    monkeypatch.setattr(openai, "RAISED_MOST", 0.3)
    faults = Faults(hang=1.0, only="poison")
    async with simulated(faults=faults) as base, client(base, timeout=0.3, give_up_after=0.2) as llm:
        completion = await asyncio.wait_for(llm.submit(ask("poison")), 10)
    assert completion.text == "given up after 2 tries; the last: no answer within 0.3 s"


@pytest.mark.usefixtures("hasty")
async def test_a_time_limit_below_the_slowest_answer_is_raised_and_said(caplog: pytest.LogCaptureFixture) -> None:
    async def answer(_: dict[str, Any]) -> web.Response:
        await asyncio.sleep(0.5)
        return said("slow but sure")

    async with scripted(answer) as base, client(base, timeout=0.2) as llm:
        assert (await llm.submit(ask())).text == "slow but sure"
    assert re.search(r"an answer took 0.5\d* s, and llm.timeout is 0.2 s: raise it", caplog.text)


@pytest.mark.usefixtures("hasty")
async def test_a_request_that_kills_the_server_is_found_among_those_that_die_beside_it() -> None:
    def fresh() -> SimServer:
        return SimServer(latency=0.02, slots=16, faults=Faults(reset=1.0, only="poison"))

    server = fresh()
    base = await server.start()
    port = int(base.rsplit(":")[-1].split("/")[0])
    kills = 0

    async def supervise() -> None:
        nonlocal server, kills
        while True:
            await asyncio.sleep(0.005)
            if server.stats()["faults"]:
                kills += 1
                await server.stop()
                server = fresh()
                await server.start(port=port)

    supervisor = asyncio.create_task(supervise())
    async with client(base) as llm:
        poison, *rest = await complete(llm, [ask("poison"), *(ask(str(n)) for n in range(200))])
    supervisor.cancel()
    await server.stop()
    assert poison.finish_reason == "error"
    assert {completion.finish_reason for completion in rest} == {"stop"}
    assert kills <= openai.ATTEMPTS + 1


@pytest.mark.usefixtures("hasty")
async def test_a_server_too_busy_to_be_examined_before_a_last_try_is_not_taken_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    probes = 0

    async def answer(body: dict[str, Any]) -> web.Response:
        poisoned = body["messages"][0]["content"] == "poison"
        return web.Response(status=500, text="CUDA error") if poisoned else said("fine")

    def probed() -> web.Response | None:
        nonlocal probes
        probes += 1
        return web.Response(status=429) if 1 < probes < 4 else None

    async with scripted(answer, probed=probed) as base, client(base, in_flight=4) as llm:
        poison = llm.submit(ask("poison"))
        while not poison.done():
            assert (await llm.submit(ask("bread"))).text == "fine"
            await asyncio.sleep(0.005)
    assert (await poison).finish_reason == "error"
    assert probes > 4
    assert "is out" not in caplog.text


@pytest.mark.usefixtures("hasty")
async def test_a_slow_examination_before_a_last_try_counts_neither_against_the_server_nor_against_the_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    asked = probes = 0

    async def answer(body: dict[str, Any]) -> web.Response:
        nonlocal asked
        poisoned = body["messages"][0]["content"] == "poison"
        asked += poisoned
        return web.Response(status=500, text="CUDA error") if poisoned else said("fine")

    async def probed() -> None:
        nonlocal probes
        probes += 1
        if probes == 2:  # the first was at start
            await asyncio.sleep(1)

    async with scripted(answer, probed=probed) as base, client(base, in_flight=4, timeout=0.4) as llm:
        poison = llm.submit(ask("poison"))
        while not poison.done():
            assert (await llm.submit(ask("bread"))).text == "fine"
            await asyncio.sleep(0.005)
    assert (await poison).finish_reason == "error"
    assert (asked, probes) == (openai.ATTEMPTS, 4)
    assert "is out" not in caplog.text


@pytest.mark.usefixtures("hasty")
async def test_what_is_withdrawn_while_its_server_is_examined_is_not_sent() -> None:
    asked, examining, done = 0, asyncio.Event(), asyncio.Event()

    async def answer(body: dict[str, Any]) -> web.Response:
        nonlocal asked
        if body["messages"][0]["content"] == "unlucky":
            asked += 1
            return web.Response(status=500, text="EngineDeadError")
        return said("fine")

    async def probed() -> None:
        if asked == openai.VOUCHED:
            examining.set()
            await done.wait()

    async with scripted(answer, probed=probed) as base, client(base, in_flight=4) as llm:
        unlucky = llm.submit(ask("unlucky"))
        while not examining.is_set():
            await llm.submit(ask("bread"))
            await asyncio.sleep(0.005)
        llm.withdraw()
        done.set()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(unlucky, 5)
    assert asked == openai.VOUCHED


@pytest.mark.usefixtures("hasty")
async def test_a_request_that_met_a_dying_server_each_time_is_not_given_up_before_a_living_one_had_it() -> None:
    failures, dying = 0, True

    def examined() -> None:
        nonlocal dying
        dying = failures < openai.VOUCHED

    async def answer(body: dict[str, Any]) -> web.Response:
        nonlocal failures
        if body["messages"][0]["content"] == "unlucky" and dying:
            failures += 1
            return web.Response(status=500, text="EngineDeadError")
        return said("fine")

    async with scripted(answer, examined=examined) as base, client(base, in_flight=4) as llm:
        unlucky = llm.submit(ask("unlucky"))
        while not unlucky.done():
            assert (await llm.submit(ask("bread"))).text == "fine"
            await asyncio.sleep(0.005)
    assert (await unlucky).text == "fine"
    assert failures == openai.VOUCHED


@pytest.mark.parametrize(
    "case", json.loads(Path(__file__).with_name("context_overflow.json").read_text()), ids=lambda case: case["server"]
)
async def test_context_overflow_shrinks_the_answer_or_ends_the_request(case: dict[str, Any]) -> None:
    budgets = []

    async def answer(body: dict[str, Any]) -> web.Response:
        budgets.append(body["max_tokens"])
        if body["max_tokens"] <= (case["fits"] or 0):
            return said("it fits")
        return web.json_response({"error": {"message": case["message"], "code": 400}}, status=400)

    async with scripted(answer) as base, client(base) as llm:
        completion = await llm.submit(ask(max_tokens=case["max_tokens"]))
    if case["fits"]:
        assert completion.text == "it fits"
        assert budgets == [case["max_tokens"], case["fits"]]
    else:
        assert completion.finish_reason == "error"
        assert "context" in completion.text
        assert budgets == [case["max_tokens"]]


async def test_an_overflowing_request_does_not_harm_its_neighbours() -> None:
    requests = [ask("short"), ask("long " * 2000), ask("budget", max_tokens=5000)]
    async with simulated(context=1024) as base, client(base) as llm:
        short, long, budget = await complete(llm, requests)
    assert (short.finish_reason, long.finish_reason, budget.finish_reason) == ("stop", "error", "stop")


async def test_a_request_that_the_server_rejects_ends_with_the_servers_words() -> None:
    async def answer(_: dict[str, Any]) -> web.Response:
        return web.json_response({"detail": [{"msg": "top_p must be at most 1"}]}, status=422)

    async with scripted(answer) as base, client(base) as llm:
        completion = await llm.submit(ask())
    assert completion.finish_reason == "error"
    assert "top_p must be at most 1" in completion.text


@pytest.mark.parametrize(("status", "cure"), [(401, "OPENAI_API_KEY"), (403, "OPENAI_API_KEY"), (404, "model's name")])
async def test_what_is_wrong_for_every_request_ends_the_run_with_the_cure(status: int, cure: str) -> None:
    async def answer(_: dict[str, Any]) -> web.Response:
        return web.json_response({"error": {"message": "no"}}, status=status)

    async with scripted(answer) as base, client(base, in_flight=1) as llm:
        futures = [llm.submit(ask(str(n))) for n in range(3)]
        for future in futures:
            with pytest.raises(LLMError, match=cure):
                await future
        with pytest.raises(LLMError, match=cure):
            await llm.submit(ask())


@pytest.mark.usefixtures("hasty")
async def test_a_request_that_hangs_is_tried_again_long_before_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai, "PATIENCE_LEAST", 0.2)
    hung: list[dict[str, Any]] = []

    async def answer(body: dict[str, Any]) -> web.Response:
        if body["messages"][0]["content"] == "hang" and not hung:
            hung.append(body)
            await asyncio.Event().wait()
        return said("ok")

    async with scripted(answer) as base, client(base, timeout=600.0, in_flight=8) as llm:
        await complete(llm, [ask(str(n)) for n in range(openai.PATIENCE_AFTER)])
        assert (await asyncio.wait_for(llm.submit(ask("hang")), 5)).text == "ok"
    assert hung


async def test_retry_after_is_obeyed() -> None:
    times = []

    async def answer(_: dict[str, Any]) -> web.Response:
        times.append(time.monotonic())
        return said("ok") if len(times) > 1 else web.Response(status=429, headers={"Retry-After": "0.6"})

    async with scripted(answer) as base, client(base) as llm:
        assert (await llm.submit(ask())).text == "ok"
    assert 0.6 <= times[1] - times[0] < 1.5


@pytest.mark.usefixtures("hasty")
async def test_a_server_that_goes_away_and_returns_loses_no_request(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    server = SimServer(latency=0.02, slots=4)
    base = await server.start()
    port = int(base.rsplit(":")[-1].split("/")[0])
    async with client(base) as llm:
        futures = [llm.submit(ask(str(n))) for n in range(60)]
        await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
        await server.stop()
        await asyncio.sleep(0.2)
        assert not all(future.done() for future in futures)
        server = SimServer(latency=0.02, slots=4)
        await server.start(port=port)
        completions = await asyncio.gather(*futures)
    await server.stop()
    assert {completion.finish_reason for completion in completions} == {"stop"}
    messages = [record.getMessage() for record in caplog.records if record.name == "synth.llm.openai"]
    assert messages[0].startswith(f"{base} is out: ")
    assert messages[-1] == f"{base} is back"


@pytest.mark.usefixtures("hasty")
async def test_when_one_server_dies_the_other_takes_its_work() -> None:
    dying = SimServer(latency=0.05, slots=8)
    first = await dying.start()
    async with simulated(latency=0.01) as second, client(first, second) as llm:
        futures = [llm.submit(ask(str(n))) for n in range(100)]
        await asyncio.sleep(0.03)
        await dying.stop()
        completions = await asyncio.gather(*futures)
    assert {completion.finish_reason for completion in completions} == {"stop"}


@pytest.mark.usefixtures("hasty")
async def test_servers_silent_for_too_long_end_the_run_for_all_that_wait() -> None:
    server = SimServer(latency=0.01)
    base = await server.start()
    async with client(base, give_up_after=0.3) as llm:
        await llm.submit(ask())
        await server.stop()
        futures = [llm.submit(ask(str(n))) for n in range(5)]
        began = time.monotonic()
        for future in futures:
            with pytest.raises(Stopped, match=r"no completion from .* for 0.3 s .*run the same command again"):
                await future
    assert time.monotonic() - began < 2


@pytest.mark.usefixtures("hasty")
async def test_a_server_that_fails_all_but_the_probe_ends_the_run_rather_than_every_request() -> None:
    async def answer(_: dict[str, Any]) -> web.Response:
        return web.Response(status=500, text="engine dead")

    async with scripted(answer) as base, client(base, give_up_after=0.5) as llm:
        futures = [llm.submit(ask(str(n))) for n in range(20)]
        done = await asyncio.wait_for(asyncio.gather(*futures, return_exceptions=True), 20)
    errors = [item for item in done if isinstance(item, Completion)]
    assert {error.finish_reason for error in errors} == {"error"}
    assert len(errors) == openai.BLAMED_MOST
    assert all(isinstance(item, Stopped) and "engine dead" in str(item) for item in done if item not in errors)


# Order and load.


async def test_answers_go_before_judges_before_drafts_and_in_order_within_each() -> None:
    seen = []

    async def answer(body: dict[str, Any]) -> web.Response:
        seen.append(body["messages"][0]["content"])
        return said("ok")

    async with scripted(answer) as base, client(base, in_flight=1) as llm:
        stages = ("draft", "draft", "judge", "answer", "draft", "judge", "answer")
        await complete(llm, [ask(f"{stage} {n}", stage=stage) for n, stage in enumerate(stages)])
    assert seen == ["draft 0", "answer 3", "answer 6", "judge 2", "judge 5", "draft 1", "draft 4"]


async def test_in_flight_is_bounded_by_request_and_a_thousand_are_fine() -> None:
    now = peak = 0

    async def answer(_: dict[str, Any]) -> web.Response:
        nonlocal now, peak
        now += 1
        peak = max(peak, now)
        await asyncio.sleep(0.01)
        now -= 1
        return said("ok")

    async with scripted(answer) as base:
        async with client(base, in_flight=3) as llm:
            await complete(llm, [ask(str(n)) for n in range(20)])
        assert peak == 3
        async with client(base, in_flight=1000) as llm:
            completions = await complete(llm, [ask(str(n)) for n in range(1000)])
    assert {completion.text for completion in completions} == {"ok"}


@pytest.mark.parametrize("metrics", [True, False])
async def test_a_server_of_64_slots_is_kept_busy_without_configuration(metrics: bool) -> None:
    flags = ["--latency", "0.1", *([] if metrics else ["--no-metrics"])]
    command = [sys.executable, "-m", "synth.llm.simserver", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        base = server.stdout.readline().split()[-1]
        async with client(base) as llm, aiohttp.ClientSession() as session:
            await session.post(base.removesuffix("/v1") + "/sim/reset")  # the probe is not part of it
            await complete(llm, [ask(str(n)) for n in range(800)])
        server.terminate()
        stats = json.loads(server.communicate()[0])
    # On a machine with other work a client may be late now and then; benchmarks/client.py has the figure.
    assert stats["busy_share_95"] > 0.8 * stats["greedy_busy_share_95"]


async def test_two_servers_share_the_load() -> None:
    servers = [SimServer(slots=8, latency=0.02) for _ in range(2)]
    bases = [await server.start() for server in servers]
    async with client(*bases) as llm:
        await complete(llm, [ask(str(n)) for n in range(200)])
    shares = [server.stats()["completed"] for server in servers]
    for server in servers:
        await server.stop()
    assert min(shares) > 60


async def test_a_cancelled_request_is_not_sent_and_stopping_cancels_the_rest() -> None:
    async with simulated(latency=5.0, slots=1) as base:
        llm = OpenAILLM([base], in_flight=1)
        server_is_slow = asyncio.create_task(llm.start())
        await asyncio.sleep(0)
        server_is_slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await server_is_slow

    async def never(_: dict[str, Any]) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with scripted(never) as base:
        async with client(base, in_flight=1) as llm:
            futures = [llm.submit(ask(str(n))) for n in range(3)]
            futures[1].cancel()
            await asyncio.sleep(0.05)
        assert all(future.cancelled() for future in futures)


async def test_what_is_withdrawn_is_not_sent_nor_tried_again_and_what_was_sent_comes_home() -> None:
    seen: list[str] = []
    go_on = asyncio.Event()

    async def answer(body: dict[str, Any]) -> web.Response:
        text = body["messages"][0]["content"]
        seen.append(text)
        if text != "fails":
            await go_on.wait()
        return said("ok") if text == "fine" else web.Response(status=500)

    async with scripted(answer) as base, client(base, in_flight=2) as llm:
        pausing = llm.submit(ask("fails"))
        while not seen:
            await asyncio.sleep(0.001)
        sent = [llm.submit(ask(text)) for text in ("fine", "fails late")]
        waiting = [llm.submit(ask(f"waits {number}")) for number in range(5)]
        while not {"fine", "fails late"} < set(seen):
            await asyncio.sleep(0.001)
        llm.withdraw()
        before = len(seen)
        assert all(future.cancelled() for future in waiting)
        go_on.set()
        await asyncio.wait([pausing, *sent], timeout=5)
        await asyncio.sleep(2 * openai.PAUSE_LEAST)
    assert pausing.cancelled()
    assert sent[1].cancelled()
    assert sent[0].result().text == "ok"
    assert len(seen) == before


def test_a_free_port_is_refused_at_once() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.monotonic()
    with pytest.raises(LLMError, match="refused"):
        asyncio.run(OpenAILLM([f"http://127.0.0.1:{port}"]).start())
    assert time.monotonic() - began < 1
