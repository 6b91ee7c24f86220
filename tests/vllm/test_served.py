"""synth.llm.openai against the real vLLM server."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from synth.errors import LLMError
from synth.llm.openai import OpenAILLM
from synth.records import Message, Request, Sampling

pytestmark = [pytest.mark.vllm, pytest.mark.filterwarnings("default")]

SCHEMA = {
    "type": "object",
    "properties": {"instruction": {"type": "string", "maxLength": 40}, "gained": {"enum": ["yes", "no"]}},
    "required": ["instruction", "gained"],
    "additionalProperties": False,
}
SYSTEM = "You are a careful assistant who answers in one word. " * 12


def ask(text: str, *, schema: Any = None, max_tokens: int = 64, temperature: float = 1.0) -> Request:
    messages = (Message("system", SYSTEM), Message("user", text))
    return Request("draft", "test", messages, Sampling(temperature, 1.0, max_tokens), schema)


@pytest.fixture(scope="module")
def server(serve: Callable[[], Any]) -> Any:
    return serve()


@contextlib.asynccontextmanager
async def client(base: str, **options: Any) -> AsyncIterator[OpenAILLM]:
    llm = OpenAILLM([base], **options)
    await llm.start()
    try:
        yield llm
    finally:
        await llm.stop()


@contextlib.asynccontextmanager
async def old_gateway(base: str) -> AsyncIterator[str]:
    """A gateway that speaks vLLM's language of years ago: it passes a schema on as ``guided_json``."""

    async def handle(request: web.BaseRequest) -> web.Response:
        body = await request.json() if request.can_read_body else None
        if body and "response_format" in body:
            body["guided_json"] = body.pop("response_format")["json_schema"]["schema"]
        url = base.removesuffix("/v1") + request.path
        async with aiohttp.ClientSession() as session, session.request(request.method, url, json=body) as answer:
            return web.Response(status=answer.status, body=await answer.read())

    runner = web.ServerRunner(web.Server(handle, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


async def test_a_schema_is_enforced_on_a_model_that_knows_no_json(server: Any) -> None:
    texts = ["Write a task.", "请写一道题。"] * 8
    async with client(server.base) as llm:
        assert llm.model == "tiny"
        completions = await asyncio.gather(*[llm.submit(ask(text, schema=SCHEMA, max_tokens=700)) for text in texts])
    ended = [completion for completion in completions if completion.finish_reason == "stop"]
    assert len(ended) >= 12  # now and then random weights spend the whole budget on white space
    for completion in ended:
        assert set(json.loads(completion.text, strict=False)) == {"instruction", "gained"}


async def test_a_constraint_that_is_silently_ignored_is_found_out_at_start(server: Any) -> None:
    async with old_gateway(server.base) as base:
        with pytest.raises(LLMError, match=f"structured output is not enforced by {base}"):
            await OpenAILLM([base]).start()


async def test_tokens_are_counted_and_the_shared_opening_comes_from_the_cache(server: Any) -> None:
    async with client(server.base) as llm:
        first = await llm.submit(ask("one", max_tokens=16))
        second = await llm.submit(ask("two", max_tokens=16))
    async with client(server.base, chat_template_kwargs={"enable_thinking": False}) as llm:
        templated = await llm.submit(ask("two", max_tokens=16))
    assert first.completion_tokens <= 16
    assert 128 <= second.cached_tokens < second.prompt_tokens  # a block has 128 tokens on a CPU
    assert templated.prompt_tokens > second.prompt_tokens


async def test_context_overflow_cuts_the_budget_or_refuses_the_request_alone(server: Any) -> None:
    async with client(server.base) as llm:
        cut, refused, short = await asyncio.gather(
            *[llm.submit(ask(text, max_tokens=5000)) for text in ("word " * 200, "word " * 3000, "short")]
        )
    assert cut.prompt_tokens + cut.completion_tokens <= 1024
    assert refused.finish_reason == "error"
    assert "maximum context length is 1024" in refused.text
    assert short.finish_reason in ("stop", "length")


async def test_a_loop_is_ended_early_and_says_so(server: Any) -> None:
    async with client(server.base) as llm:
        requests = [ask(f"hello {n}", temperature=0.0, max_tokens=700) for n in range(8)]
        completions = await asyncio.gather(*map(llm.submit, requests))
    assert "repetition" in {completion.finish_reason for completion in completions}


async def test_a_server_killed_and_restarted_in_the_middle_loses_no_request(server: Any) -> None:
    async with client(server.base, in_flight=16) as llm:
        futures = [llm.submit(ask(str(n), max_tokens=200)) for n in range(300)]
        await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
        server.kill()
        await asyncio.sleep(0.5)
        assert not all(future.done() for future in futures)
        server.start()
        completions = await asyncio.gather(*futures)
    assert {completion.finish_reason for completion in completions} <= {"stop", "length", "repetition"}
