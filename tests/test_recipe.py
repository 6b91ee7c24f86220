"""A recipe is read from YAML and flags; an error names the field and the cure."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from synth.errors import UsageError
from synth.recipe import Recipe, dump_recipe, load_recipe


def write(path: Path, text: str) -> Path:
    file = path / "recipe.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_flags_go_on_top_of_the_file_and_leave_the_rest_of_it(tmp_path: Path) -> None:
    file = write(tmp_path, "rounds: 3\nllm: {backend: vllm, model: a}\n")
    recipe = load_recipe(file, {"llm.model": "b", "seed": 7, "prompts": None})
    assert (recipe.rounds, recipe.seed, recipe.llm.backend, recipe.llm.model) == (3, 7, "vllm", "b")


def test_an_answer_model_is_the_same_llm_in_all_but_its_model() -> None:
    recipe = load_recipe(None, {"llm.base_urls": ("http://a/v1",), "llm.model": "small", "answer_model": "large"})
    assert recipe.answer_llm is not None
    assert (recipe.answer_llm.base_urls, recipe.answer_llm.model) == (("http://a/v1",), "large")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("roundz: 3", r"recipe.yaml: roundz: no such field; did you mean rounds\?"),
        ("gates: {rogue: 0.5}", r"gates.rogue: no such field; did you mean rouge\?"),
        ("gates: {rouge: 1.5}", "gates.rouge: input should be less than or equal to 1, this is 1.5"),
        ("rounds: many", "rounds: input should be a valid integer.*'many'"),
        ("llm: {backend: gpt}", "llm.backend: input should be 'vllm', 'openai', 'rules' or 'replay'"),
        ("[1, 2]", "a recipe is a mapping"),
        ("a: [", "not YAML"),
        ("seed: 2024-13-45", "not YAML: month must be in 1..12"),
        ("seeds: 3", r"recipe.yaml: seeds: give a list, such as \[a, b\], this is 3"),
        ("llm: rules", "recipe.yaml: llm: give fields and their values, .* this is 'rules'"),
        ("{llm: rules, answer_model: x}", "recipe.yaml: llm: give fields and their values, .* this is 'rules'"),
        ("{answer_llm: [x], answer_model: x}", "recipe.yaml: answer_llm: give fields and their values"),
        ("operators: {deepen: .inf}", "operators.deepen: input should be a finite number, this is inf"),
        ("operators: {deepen: .nan}", "operators.deepen: input should be a finite number, this is nan"),
        ("operators: {deepen: 1.0e+308}", "operators.deepen: input should be less than 1000000"),
        ("budget: {deadline: soon}", "budget.deadline: give a time of day .* this is 'soon'"),
        ("gates: {minhash_redis: host}", "gates.minhash_redis: give a URL such as redis://.* this is 'host'"),
    ],
)
def test_an_error_names_file_field_and_cure(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load_recipe(write(tmp_path, text))


def test_flags_do_not_go_on_top_of_what_is_no_part_of_a_recipe(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"recipe.yaml: llm: give fields and their values, .* this is 'rules'"):
        load_recipe(write(tmp_path, "llm: rules"), {"llm.model": "b"})


def test_a_missing_recipe_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.yaml: no such recipe"):
        load_recipe(tmp_path / "none.yaml")


def test_a_resolved_recipe_reads_back_as_itself(tmp_path: Path) -> None:
    recipe = load_recipe(None, {"operators": {"deepen": 2.0}, "gates.skip": ("rouge",), "prompts": Path("p")})
    tree = {**dump_recipe(recipe), "prompt_hashes": {"deepen.en": "00"}}
    assert load_recipe(write(tmp_path, yaml.safe_dump(tree))) == recipe
    assert recipe != Recipe()
