"""synth.llm.vllm with the real engine. The model's words are gibberish; all else is real."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from synth.errors import LLMError, UsageError
from synth.llm.vllm import VLLM
from synth.records import Message, Request, Sampling

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.asyncio(loop_scope="module"),  # an engine lives in one event loop, and takes half a minute to load
    pytest.mark.filterwarnings("default"),  # vLLM and torch warn of their own affairs
]

CONTEXT = 1024
ENGINE = {
    "max_model_len": CONTEXT,
    "enforce_eager": True,
    # Random weights take white space for as good as anything, and would spend the budget on it.
    "structured_outputs_config": {"backend": "xgrammar", "disable_any_whitespace": True},
}
SCHEMA = {
    "type": "object",
    "properties": {"instruction": {"type": "string", "maxLength": 40}, "gained": {"enum": ["yes", "no"]}},
    "required": ["instruction", "gained"],
    "additionalProperties": False,
}
SYSTEM = "You are a careful assistant who answers in one word. " * 12


def ask(
    text: str, *, schema: Any = None, max_tokens: int = 64, temperature: float = 1.0, stage: str = "draft"
) -> Request:
    messages = (Message("system", SYSTEM), Message("user", text))
    return Request(stage, "test", messages, Sampling(temperature, 1.0, max_tokens), schema)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def llm(tiny_model: Path) -> AsyncIterator[VLLM]:
    llm = VLLM(str(tiny_model), ENGINE, chat_template_kwargs={"enable_thinking": False})
    await llm.start()  # the probe passes
    yield llm
    await llm.stop()


async def test_a_schema_is_enforced_on_a_model_that_knows_no_json(llm: VLLM) -> None:
    texts = ["Write a task.", "请写一道题。"] * 8
    completions = await asyncio.gather(*[llm.submit(ask(text, schema=SCHEMA, max_tokens=400)) for text in texts])
    for completion in completions:
        assert completion.finish_reason == "stop"
        # Not strict: the grammar lets control characters into strings as they are.
        assert set(json.loads(completion.text, strict=False)) == {"instruction", "gained"}


async def test_tokens_are_counted_and_the_shared_opening_comes_from_the_cache(llm: VLLM) -> None:
    first = await llm.submit(ask("one", max_tokens=16))
    second = await llm.submit(ask("two", max_tokens=16))
    assert first.completion_tokens <= 16
    assert first.prompt_tokens > 128
    assert second.cached_tokens >= 128  # a block, on a CPU
    assert second.cached_tokens < second.prompt_tokens
    assert second.model == llm.model


async def test_a_budget_that_does_not_fit_is_cut_and_a_prompt_that_does_not_is_refused_alone(llm: VLLM) -> None:
    futures = [llm.submit(ask(text, max_tokens=5000)) for text in ("word " * 200, "word " * 3000, "short")]
    cut, refused, short = await asyncio.gather(*futures)
    assert cut.prompt_tokens + cut.completion_tokens <= CONTEXT
    assert cut.finish_reason in ("stop", "length")
    assert refused.finish_reason == "error"
    assert re.fullmatch(r"the prompt has \d+ tokens and the context 1024", refused.text)
    assert short.finish_reason in ("stop", "length")


async def test_a_loop_is_ended_early_and_says_so(llm: VLLM) -> None:
    requests = [ask(f"hello {n}", temperature=0.0, max_tokens=700) for n in range(8)]
    completions = await asyncio.gather(*map(llm.submit, requests))
    looped = [completion for completion in completions if completion.finish_reason == "repetition"]
    assert looped  # greedy random weights loop sooner or later
    assert all(completion.completion_tokens < 700 for completion in looped)


async def test_a_request_that_the_engine_rejects_is_refused_alone(llm: VLLM) -> None:
    wrong, right = await asyncio.gather(
        llm.submit(ask("wrong", schema={"type": "nonsense"})), llm.submit(ask("right", max_tokens=8))
    )
    assert wrong.finish_reason == "error"
    assert "nonsense" in wrong.text
    assert right.finish_reason in ("stop", "length")


async def test_more_than_the_engine_runs_at_a_time_are_all_answered_and_cancelled_ones_are_dropped(llm: VLLM) -> None:
    futures = [llm.submit(ask(str(n), max_tokens=4)) for n in range(400)]
    futures[399].cancel()
    completions = await asyncio.gather(*futures[:399])
    assert len({completion.request_id for completion in completions}) == 399


async def test_what_is_withdrawn_never_reaches_the_engine_and_what_it_has_comes_home(tiny_model: Path) -> None:
    llm = VLLM(str(tiny_model), ENGINE, in_flight=4, chat_template_kwargs={"enable_thinking": False})
    await llm.start()
    try:
        futures = [llm.submit(ask(str(n), max_tokens=8)) for n in range(20)]
        llm.withdraw()
        await asyncio.wait(futures, timeout=60)
    finally:
        await llm.stop()
    sent = [future.cancelled() for future in futures].index(True)
    assert 0 < sent <= 4
    assert all(future.cancelled() for future in futures[sent:])
    assert all(future.result().completion_tokens for future in futures[:sent])


async def test_an_engine_whose_cache_holds_few_is_not_flooded_so_an_answer_overtakes_the_drafts(
    tiny_model: Path,
) -> None:
    small = ENGINE | {"max_num_seqs": 64, "num_gpu_blocks_override": 16}  # of 128 tokens: it runs 8 of these at a time
    llm = VLLM(str(tiny_model), small, chat_template_kwargs={"enable_thinking": False})
    await llm.start()
    try:
        drafts = [llm.submit(ask(f"{n} {'word ' * 40}", max_tokens=100)) for n in range(400)]
        while sum(draft.done() for draft in drafts) < 150:
            await asyncio.sleep(0.05)
        before = sum(draft.done() for draft in drafts)
        await llm.submit(ask("answer", max_tokens=8, stage="answer"))
        overtook = sum(draft.done() for draft in drafts) - before
    finally:
        await llm.stop()
    assert overtook < 40  # a full engine by max_num_seqs would have let 80 - 8 drafts go first


async def test_an_engine_argument_with_a_typo_is_an_error_that_names_the_right_one() -> None:
    with pytest.raises(UsageError, match="'tensor_paralel_size'; did you mean tensor_parallel_size"):
        await VLLM("any", {"tensor_paralel_size": 2}).start()


async def test_a_model_that_is_not_there_is_an_error_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(LLMError, match=r"vLLM cannot load .*correct the model"):
        await VLLM(str(tmp_path / "no-such-model")).start()


async def test_an_adapter_changes_what_the_model_says(llm: VLLM, tiny_model: Path) -> None:
    request = ask("hello", temperature=0.0, max_tokens=12)
    adapted = VLLM(
        str(tiny_model),
        ENGINE | {"max_lora_rank": 8},
        chat_template_kwargs={"enable_thinking": False},
        lora=str(tiny_model / "adapter"),
    )
    await adapted.start()
    try:
        assert (await adapted.submit(request)).text != (await llm.submit(request)).text
    finally:
        await adapted.stop()


async def test_an_engine_that_dies_ends_the_run_for_all_that_wait(llm: VLLM) -> None:  # last: it kills the engine
    futures = [llm.submit(ask(str(n), max_tokens=600)) for n in range(300)]
    await asyncio.sleep(0.2)
    for process in multiprocessing.active_children():
        process.kill()
    waiting = [future for future in futures if not future.done()]  # a few may have met their end early
    assert waiting
    for future in waiting:
        with pytest.raises(LLMError, match=r"engine died .*run the same command again"):
            await future
    with pytest.raises(LLMError, match="engine died"):
        await llm.submit(ask("one more"))
