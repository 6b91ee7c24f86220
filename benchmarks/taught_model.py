"""The tiny model of tests/vllm, taught to write as synth.llm.simserver does, so that its drafts get through the gates.

    PYTHONPATH=tests/vllm python benchmarks/taught_model.py build/taught 300     (.venv-vllm's python; seconds)

A random model's gibberish is rejected as soon as it is read: no judge is asked, nothing is answered, and what is then
measured is not a run. So `synth expand` runs on the simulated server first, and the model learns what it said there, in
minutes on a CPU. Its words are still nonsense, but they differ as drafts do, end by themselves, and pass.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

import tiny_model

import synth
from synth.llm.openai import OpenAILLM
from synth.llm.simserver import SimServer
from synth.records import Request
from synth.run_folder import load_journal

SEEDS = Path(__file__).parent.parent / "seeds"
CONTEXT = 8192
ROOMS, WEIGHTS = (32, 96, 256, 1024), (12, 4, 2, 1)
"""Tokens that are left of the prompts of a batch, their end, and how often: short ones teach the words, faster."""

BATCH = 1024
"""Tokens."""


def record(works: int) -> list[tuple[Request, str]]:
    """Every request of a run of ``works`` pieces of work on the simulated server, with its completion."""
    asked: dict[str, Request] = {}
    submit = OpenAILLM.submit

    def watched(llm: OpenAILLM, request: Request) -> asyncio.Future[synth.records.Completion]:
        asked[request.id] = request
        return submit(llm, request)

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    base = asyncio.run_coroutine_threadsafe(SimServer(latency=0.0).start(), loop).result()
    OpenAILLM.submit = watched  # type: ignore[method-assign, assignment]
    try:
        with tempfile.TemporaryDirectory() as folder:
            flags = {"seeds": [SEEDS], "rounds": 2, "per_round": works // 2, "llm.base_urls": (base,)}
            synth.expand(synth.load_recipe(None, flags), folder)
            said = [load_journal(file) for file in sorted((Path(folder) / "journal").glob("*"))]
    finally:
        OpenAILLM.submit = submit  # type: ignore[method-assign]
        loop.call_soon_threadsafe(loop.stop)
    return [(asked[name], one.text) for journal in said for name, one in journal.items() if name in asked]


def teach(folder: Path, lessons: list[tuple[Request, str]], seconds: float) -> Path:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    texts = [text for request, said in lessons for text in (said, *(part.content for part in request.messages))]
    tiny_model.make(folder, texts=texts, context=CONTEXT)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    end = tokenizer.eos_token_id
    pairs = []
    for request, said in lessons:
        chat = [{"role": part.role, "content": part.content} for part in request.messages]
        prompt = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=True, return_dict=False)
        pairs.append((prompt, [*tokenizer.encode(said), end]))

    rng = random.Random(0)
    torch.set_num_threads(1)  # two that wait for each other are slower beside other work
    torch.manual_seed(0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.01)
    began, step, mean = time.perf_counter(), 0, 0.0
    while (spent := time.perf_counter() - began) < seconds:
        for group in optimizer.param_groups:
            group["lr"] = 4e-3 * min(1.0, (step + 1) / 40) * (1.0 - 0.95 * spent / seconds)
        room = rng.choices(ROOMS, WEIGHTS)[0]
        batch = [(prompt[-room:], said) for prompt, said in rng.choices(pairs, k=max(2, BATCH // (room + 64)))]
        longest = max(len(prompt) + len(said) for prompt, said in batch)
        tokens = torch.full((len(batch), longest), end)
        labels = torch.full((len(batch), longest), -100)
        for row, (prompt, answer) in enumerate(batch):
            whole = torch.tensor([*prompt, *answer])
            tokens[row, : len(whole)] = whole
            labels[row, len(prompt) : len(whole)] = whole[len(prompt) :]
        hidden = model.model(input_ids=tokens).last_hidden_state[:, :-1]
        taught = labels[:, 1:] >= 0
        loss = torch.nn.functional.cross_entropy(model.lm_head(hidden[taught]), labels[:, 1:][taught])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        step += 1
        mean += (loss.item() - mean) / min(step, 50)
        if step % 100 == 0:
            print(f"{spent:.0f} s, step {step}: loss {mean:.3f}", flush=True)
    model.to(torch.bfloat16).save_pretrained(folder)
    return folder


def main() -> None:
    lessons = record(1200)
    print(f"{len(lessons)} lessons", flush=True)
    print(teach(Path(sys.argv[1]), lessons, float(sys.argv[2]) if len(sys.argv) > 2 else 240.0))


if __name__ == "__main__":
    main()
