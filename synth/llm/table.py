"""Which LLM a run uses: the flag, else what the run folder is pinned to, else a server, else a GPU, else the rules."""

from __future__ import annotations

import importlib.util
import urllib.parse
from collections.abc import Iterable, Mapping
from pathlib import Path

from synth.errors import LLMError, UsageError
from synth.protocols import LLM
from synth.recipe import Backend, LLMRecipe
from synth.taskfile import TaskFile


def choose_backend(recipe: LLMRecipe, pinned: str | None, environment: Mapping[str, str]) -> Backend:
    """The backend of a run. A pinned run folder never falls back to another one.

    Raises:
        UsageError: the folder is pinned to another backend than the one that is asked for.
    """
    asked = recipe.backend or ("openai" if recipe.base_urls else None)
    if pinned is not None:
        if pinned not in _BACKENDS:
            raise UsageError(f"state.json of this run folder names {pinned!r}, which is no --llm; correct or remove it")
        if asked not in {None, pinned, "replay"}:
            raise UsageError(f"this run folder was made with --llm {pinned}; choose another --run for --llm {asked}")
        return asked or _BACKENDS[pinned]
    if asked is not None:
        return asked
    if environment.get("OPENAI_BASE_URL"):
        return "openai"
    if has_gpu() and importlib.util.find_spec("vllm") is not None:
        return "vllm"
    return "rules"


def build_llm(
    backend: Backend,
    recipe: LLMRecipe,
    environment: Mapping[str, str],
    taskfiles: Iterable[TaskFile],
    model: str | None,
) -> LLM:
    """The LLM behind the seam; nothing is loaded or connected to before its ``start``.

    ``model`` is what the run folder is pinned to, None for a new one.

    Raises:
        UsageError: the backend lacks an option that it needs.
        LLMError: it cannot be had on this machine.
    """
    name = recipe.model or model
    if backend == "rules":
        from synth.llm.rules import MODEL, Rules

        if name not in {None, MODEL}:
            if recipe.backend is None:
                raise UsageError(f"--model {name} takes a server (--base-url) or a GPU with vLLM; neither is here")
            raise UsageError(f"--llm rules has no model {name!r}; leave --model out, or choose --llm vllm or openai")
        if recipe.base_urls:
            raise UsageError("--llm rules asks no server; leave --base-url out, or choose --llm openai")
        return Rules(taskfiles)
    if backend == "replay":
        from synth.llm.replay import Replay
        from synth.llm.rules import MODEL, Rules

        if recipe.journal is None:
            raise UsageError("--llm replay needs --replay RUN: the run folder or journal to play back")
        name = name or recorded_model(recipe.journal)
        return Replay(recipe.journal, name, Rules.operators if name == MODEL else None)
    if backend == "openai":
        from synth.llm.openai import OpenAILLM

        urls = recipe.base_urls or tuple(filter(None, [environment.get("OPENAI_BASE_URL")]))
        if not urls:
            raise UsageError("--llm openai needs --base-url URL (repeatable) or OPENAI_BASE_URL")
        for url in urls:
            _check_url(url)
        return OpenAILLM(
            urls,
            model=name,
            api_key=(environment.get("OPENAI_API_KEY") or "").strip() or None,
            in_flight=recipe.in_flight,
            timeout=recipe.timeout,
            give_up_after=recipe.give_up_after,
            extra_body=recipe.extra_body,
            structured=recipe.structured,
            chat_template_kwargs=recipe.chat_template_kwargs,
        )
    if importlib.util.find_spec("vllm") is None:
        raise LLMError("--llm vllm needs the vllm package: pip install 'synth[vllm]' on a GPU node, or use --base-url")
    from synth.llm.vllm import VLLM

    if name is None:
        raise UsageError("--llm vllm needs --model NAME, such as --model Qwen/Qwen3-8B")
    return VLLM(
        name,
        engine_args=recipe.engine_args,
        lora=recipe.lora,
        in_flight=recipe.in_flight,
        structured=recipe.structured,
        chat_template_kwargs=recipe.chat_template_kwargs,
    )


def _check_url(url: str) -> None:
    try:
        parts = urllib.parse.urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise UsageError(f"{url!r} is no server's URL; give one such as http://HOST:8000/v1")


def has_gpu() -> bool:
    """Whether this machine shows an NVIDIA or AMD accelerator, seen without importing torch (which takes seconds)."""
    return Path("/dev/kfd").exists() or any(Path("/dev").glob("nvidia[0-9]*"))


def recorded_model(path: Path) -> str:
    """The model that a recorded run asked for, from its state.json or from the first line of its journal."""
    from synth.run_folder import RunFolder, load_journal

    folder = path if path.is_dir() else path.parent.parent
    model = RunFolder(folder).state.pinned.get("model")
    if model:
        return model
    for file in sorted(path.rglob("*.jsonl")) if path.is_dir() else [path]:
        for completion in load_journal(file).values():
            return completion.model
    raise UsageError(f"{path}: no journal to replay; --replay takes a run folder or a journal file")


_BACKENDS: Mapping[str, Backend] = {"vllm": "vllm", "openai": "openai", "rules": "rules", "replay": "replay"}
