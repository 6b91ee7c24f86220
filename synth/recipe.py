"""The recipe: everything that decides what a run does. The only reader of configuration.

A recipe is a YAML file, flags on top of it, and the environment for what names a server (``OPENAI_BASE_URL``,
``OPENAI_API_KEY``). A whole one, with the defaults that matter::

    seeds: [seeds/]
    rounds: 5
    per_round: 500
    seed: 0
    llm: {backend: vllm, model: Qwen/Qwen3-8B, engine_args: {tensor_parallel_size: 2}}
    gates: {rouge: 0.7, minhash: 0.8}
    operators: {deepen: 2.0, compose: 0}
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from synth.errors import UsageError

Unit = Annotated[float, Field(ge=0.0, le=1.0)]
Backend = Literal["vllm", "openai", "rules", "replay"]


class Strict(BaseModel):
    """A part of a recipe: immutable, and a field that does not exist is an error, as is a number that is none."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class LLMRecipe(Strict):
    """Which LLM, and how it is reached. What is None is chosen when the run starts."""

    backend: Backend | None = None
    model: str | None = None
    base_urls: tuple[str, ...] = ()
    in_flight: int | None = Field(default=None, ge=1, description="requests at a time; None: what the server takes")
    timeout: float = Field(
        default=600.0, gt=0, description="seconds for a try; raised, to 600, where that is too short"
    )
    give_up_after: float = Field(default=600.0, gt=0, description="seconds without any server before the run stops")
    structured: Literal["auto", "off"] = "auto"
    lora: str | None = Field(default=None, description="vllm: folder of a LoRA adapter")
    extra_body: dict[str, Any] = Field(default_factory=dict, description="openai: fields sent with every request")
    engine_args: dict[str, bool | int | float | str | dict[str, Any] | list[Any]] = Field(default_factory=dict)
    chat_template_kwargs: dict[str, Any] = Field(default_factory=dict)
    journal: Path | None = Field(default=None, description="replay: the run folder or journal to play back")


class GatesRecipe(Strict):
    """Thresholds of the gates, in each gate's own unit; ``skip`` turns gates off by name."""

    rouge: float = Field(default=0.7, gt=0.0, le=1.0)
    minhash: float = Field(default=0.8, gt=0.0, le=1.0)
    minhash_redis: str | None = Field(
        default=None,
        pattern="^(rediss?|unix)://",
        description="redis://host:port/0 of a pool that machines share; recipe.yaml keeps it, so put no password in it",
    )
    min_instruction_words: int = Field(default=3, ge=0)
    max_instruction_words: int = Field(default=1200, ge=1)
    max_output_words: int = Field(default=4000, ge=1)
    held_out: tuple[Path, ...] = Field(default=(), description="evaluation sets that the pool must stay clear of")
    skip: tuple[str, ...] = ()


class SamplingRecipe(Strict):
    """Overrides of what the prompt files say; None leaves theirs."""

    temperature: float | None = Field(default=None, ge=0.0, le=2.0)
    top_p: float | None = Field(default=None, gt=0.0, le=1.0)
    max_tokens: int | None = Field(default=None, ge=16)


class BudgetRecipe(Strict):
    """When a command ends before its rounds are over; None is no limit. See :class:`synth.rounds.Budget`."""

    max_samples: int | None = Field(default=None, ge=1)
    max_drafts: int | None = Field(default=None, ge=1)
    max_tokens: int | None = Field(default=None, ge=1)
    deadline: str | None = Field(default=None, pattern=r"^(\d{1,2}:\d{2}|\+\d+(\.\d+)?[smh])$")
    min_yield: Unit = 0.0


class Recipe(Strict):
    """What a run does. Same recipe, seeds, prompts and completions: same run, byte for byte."""

    seeds: tuple[Path, ...] = (Path("seeds"),)
    prompts: Path | None = None
    rounds: int = Field(default=5, ge=1)
    per_round: int = Field(default=500, ge=1, description="pieces of work a round; each is one draft completion")
    seed: int = Field(default=0, ge=0)
    max_depth: int = Field(default=5, ge=1)
    judge: bool = True
    cut: float = Field(default=0.5, gt=0.0, le=1.0, description="the next round is planned when this share is judged")
    llm: LLMRecipe = LLMRecipe()
    answer_llm: LLMRecipe | None = None
    operators: dict[str, Annotated[float, Field(ge=0.0, lt=1e6)]] = Field(default_factory=dict)
    bandit: bool = Field(
        default=True,
        description="operators and parents that yield more per token get more work, within half to twice their share",
    )
    sampling: SamplingRecipe = SamplingRecipe()
    answer_sampling: SamplingRecipe = SamplingRecipe()
    gates: GatesRecipe = GatesRecipe()
    budget: BudgetRecipe = BudgetRecipe()


def load_recipe(file: Path | None = None, flags: Mapping[str, Any] | None = None) -> Recipe:
    """The recipe in ``file`` (defaults, if None) with ``flags`` on top.

    ``flags`` maps dotted field names (``"llm.model"``) to values; a value of None leaves the field alone.

    Raises:
        UsageError: naming the field and the cure.
    """
    tree: dict[str, Any] = {}
    where = file or "recipe"
    if file is not None:
        try:
            loaded = yaml.safe_load(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise UsageError(f"{file}: no such recipe") from None
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{file}: cannot be read: {error}") from error
        except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: a date of month 13
            raise UsageError(f"{file}: not YAML: {' '.join(str(error).split())}") from error
        if not isinstance(loaded, dict | None):
            raise UsageError(f"{file}: a recipe is a mapping of fields to values")
        tree = loaded or {}
    for dotted, value in (flags or {}).items():
        if value is None:
            continue
        *path, leaf = dotted.split(".")
        node = tree
        for name in path:
            node[name] = node = _part(node, name, where)
        node[leaf] = value
    tree.pop("prompt_hashes", None)  # a resolved recipe carries them; they say what was, not what should be
    answer_model = tree.pop("answer_model", None)
    if answer_model is not None:  # shorthand: the same LLM in all but its model
        tree["answer_llm"] = _part(tree, "llm", where) | _part(tree, "answer_llm", where) | {"model": answer_model}
    try:
        return Recipe.model_validate(tree)
    except ValidationError as error:
        raise UsageError("\n".join(f"{where}: {line}" for line in _explain(error))) from error


def dump_recipe(recipe: Recipe) -> dict[str, Any]:
    """The recipe as plain data, every field resolved; :func:`load_recipe` reads it back."""
    return recipe.model_dump(mode="json")


def _part(tree: Mapping[str, Any], name: str, where: Path | str) -> dict[str, Any]:
    """A copy of a part of a recipe, for flags and shorthands to go on top of it."""
    part = tree.get(name) or {}
    if not isinstance(part, dict):
        raise UsageError(f"{where}: {name}: {_CURES['model_type']}, this is {part!r}")
    return dict(part)


_CURES = {
    "model_type": "give fields and their values, such as {backend: rules} for llm",
    "tuple_type": "give a list, such as [a, b]",
    "budget.deadline": "give a time of day such as 06:00 or a while such as +7h, +90m",
    "gates.minhash_redis": "give a URL such as redis://HOST:6379/0",
}
"""What to write instead, by the type of an error, or by the field where a text has the wrong form."""


def _explain(error: ValidationError) -> list[str]:
    lines = []
    for item in error.errors():
        field = ".".join(str(part) for part in item["loc"])
        if item["type"] == "extra_forbidden":
            known = _fields_at(item["loc"][:-1])
            near = difflib.get_close_matches(str(item["loc"][-1]), known, n=1)
            cure = f"did you mean {near[0]}?" if near else f"fields here: {', '.join(known)}"
            lines.append(f"{field}: no such field; {cure}")
        else:
            key = field if item["type"] == "string_pattern_mismatch" else item["type"]
            cure = _CURES.get(key) or f"{item['msg'][0].lower()}{item['msg'][1:]}"
            lines.append(f"{field}: {cure}, this is {item['input']!r}")
    return list(dict.fromkeys(lines))


def _fields_at(path: tuple[int | str, ...]) -> list[str]:
    parts: dict[str, type[Strict]] = {"llm": LLMRecipe, "answer_llm": LLMRecipe, "gates": GatesRecipe}
    parts |= {"budget": BudgetRecipe, "sampling": SamplingRecipe, "answer_sampling": SamplingRecipe}
    model = parts.get(str(path[0]), Recipe) if path else Recipe
    return list(model.model_fields)
