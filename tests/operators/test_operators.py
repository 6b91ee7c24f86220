"""What operators ask of parents and make of completions. No model: completions are written by hand."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synth.operators.judge import VERDICTS, Judge
from synth.operators.respond import DEMONSTRATIONS, Respond
from synth.operators.table import Operators, load_operators
from synth.prompts import PromptSet
from synth.protocols import Operator, Unreadable
from synth.recipe import Recipe, SamplingRecipe
from synth.records import Completion, Constraint, Draft, Lineage, Opinion, Request, Sample, encodable
from synth.taskfile import TaskFile, read_taskfile

CASES = Path(__file__).parent / "cases"
PROMPTS = PromptSet.load()
LIMIT = Constraint("max_words", {"count": 60}, "Use at most 60 words.")
SAMPLES = {
    "en": Sample(
        "Suggest a walk around the harbour for a windy day.",
        "",
        "Start at the fish market, keep to the lee of the sea wall, and end at the lighthouse café.",
        "en",
        {"family": "planning", "difficulty": "easy", "topic": "walking"},
        lineage=Lineage(depth=1, operator="deepen"),
    ),
    "zh": Sample(
        "刮大风的日子，绕着港口散步怎么走好？",
        "地图：鱼市—防波堤—灯塔",
        "从鱼市出发，贴着防波堤背风的一侧走，最后到灯塔旁的茶馆歇脚。",
        "zh",
        {"family": "planning", "difficulty": "easy", "topic": "散步"},
    ),
}
OTHER = {
    "en": replace(SAMPLES["en"], instruction="Who repairs barographs?", labels={"family": "planning", "topic": "x"}),
    "zh": replace(SAMPLES["zh"], instruction="谁会修气压计？", input="", labels={"family": "planning", "topic": "x"}),
}
BREADTH = """\
task: ferry-{language}
language: {language}
labels: {{family: mathematics}}
slots: {{fare: {{int: [2, 9]}}}}
instruction: ["Ticket {{fare}}, two people: how much?"]
output: "{{fare}} + {{fare}}"
"""


@pytest.fixture(scope="module")
def taskfiles(tmp_path_factory: pytest.TempPathFactory) -> list[TaskFile]:
    folder = tmp_path_factory.mktemp("tasks")
    files = []
    for language in ("en", "zh"):
        path = folder / f"{language}.yaml"
        path.write_text(BREADTH.format(language=language), encoding="utf-8")
        files.append(read_taskfile(path))
    return files


@pytest.fixture(scope="module")
def table(taskfiles: list[TaskFile]) -> Operators:
    return load_operators(PROMPTS, taskfiles, model="m", answer_model="a")


def cases(name: str) -> list[Any]:
    rows = [json.loads(line) for line in (CASES / name).read_text(encoding="utf-8").splitlines()]
    return [pytest.param(row, id=row["case"]) for row in rows]


def toy_offer(
    _instruction: str,
    _input: str,
    answer: str,
    language: str,
    _existing: Sequence[Constraint],
    _rng: random.Random,
    n: int,
) -> list[Constraint]:
    """What synth.constraints.offer does, but always the same; nothing for an empty answer."""
    offers = {
        "en": [LIMIT, Constraint("keyword", {"word": "wind"}, 'Use the word "wind".')],
        "zh": [Constraint("max_chars", {"count": 80}, "不超过80字。"), Constraint("no_commas", {}, "不要用逗号。")],
    }
    return offers["zh" if language == "zh" else "en"][:n] if answer else []


@pytest.fixture(autouse=True)
def _toy_constraints(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synth.operators.evolve.constraints.offer", toy_offer)


def instances(language: str, count: int = 4) -> list[Sample]:
    return [
        replace(SAMPLES[language], instruction="Name the boat.", input=f"Log {n}: the Gull left.", task="boats")
        for n in range(count)
    ]


def parents_for(operator: Operator, language: str) -> list[Sample]:
    if operator.fits:
        return instances(language)
    return [SAMPLES[language], OTHER[language]][: operator.parents]


def ask(operator: Operator, parents: Sequence[Sample], seed: int = 1) -> Request:
    assert operator.suits(parents)
    request = operator.ask(parents, random.Random(seed), "1.0")
    assert request is not None
    return request


def reply(request: Request, value: Any, finish: str = "stop") -> Completion:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return Completion(request.id, text, finish, "m")


def only(drafts: list[Draft | Unreadable]) -> Draft:
    assert len(drafts) == 1
    assert isinstance(drafts[0], Draft), drafts[0]
    return drafts[0]


NAMES = [name.rpartition("/")[2] for name in PROMPTS.names("draft")]


def test_each_drafting_prompt_is_an_operator(table: Operators) -> None:
    assert sorted(table.operators) == sorted(NAMES) == sorted(table.weights)
    assert {"bootstrap", "breadth", "compose", "fit", "add_constraints", "deepen"} <= set(NAMES)
    assert all(operator.name == name for name, operator in table.operators.items())


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", NAMES)
def test_a_request_is_in_the_parents_language_and_pure(table: Operators, name: str, language: str) -> None:
    operator = table.operators[name]
    parents = parents_for(operator, language)
    request = ask(operator, parents)
    assert request == ask(operator, parents)
    assert (request.stage, request.operator, request.model, request.draw) == ("draft", name, "m", "1.0")
    full = next(full for full in PROMPTS.names("draft") if full.endswith(f"/{name}"))
    assert request.messages[0].content == PROMPTS[full][language].system
    assert request.schema == PROMPTS[full][language].schema
    json.dumps(request.payload)


@pytest.mark.parametrize("name", NAMES)
def test_a_language_without_prompts_gets_the_english_ones(table: Operators, name: str) -> None:
    operator = table.operators[name]
    german = [replace(parent, language="de") for parent in parents_for(operator, "en")]
    request = ask(operator, german)
    assert request.messages[0] == ask(operator, parents_for(operator, "en")).messages[0]


@pytest.mark.parametrize("name", NAMES)
def test_parents_of_two_languages_suit_no_operator(table: Operators, name: str) -> None:
    operator = table.operators[name]
    mixed = [*parents_for(operator, "en")[:1], *parents_for(operator, "zh")[:1]]
    assert not operator.suits(mixed)


@pytest.mark.parametrize("name", NAMES)
def test_instances_of_a_fitting_task_suit_fit_alone(table: Operators, name: str) -> None:
    operator = table.operators[name]
    assert operator.suits(instances("en")[: operator.parents]) == (name == "fit")
    assert operator.suits([SAMPLES["en"], OTHER["en"]][: operator.parents]) == (name != "fit")


# evolution in depth


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ["deepen", "concretise", "reasoning", "complicate_input"])
def test_an_evolution_inherits_language_labels_and_depth(table: Operators, name: str, language: str) -> None:
    operator, parent = table.operators[name], SAMPLES[language]
    request = ask(operator, [parent])
    completion = reply(request, {"instruction": "Harder. 更难。", "input": "料"})
    draft = only(operator.read(completion, request, [parent]))
    assert draft.language == language
    assert draft.labels == parent.labels
    assert draft.lineage == Lineage(operator=name, parents=(parent.id,), depth=parent.lineage.depth + 1)
    assert [draft] == operator.read(completion, request, [parent])


def test_where_the_schema_has_no_input_the_parents_is_kept(table: Operators) -> None:
    parent = SAMPLES["zh"]
    for name, written in (("deepen", parent.input), ("complicate_input", "改过的材料")):
        request = ask(table.operators[name], [parent])
        completion = reply(request, {"instruction": "更难。", "input": "改过的材料"})
        assert only(table.operators[name].read(completion, request, [parent])).input == written


def test_a_constraint_goes_on_while_its_sentence_stands(table: Operators) -> None:
    parent = replace(SAMPLES["en"], constraints=(LIMIT, Constraint("bullets", {"count": 3}, "Give three bullets.")))
    request = ask(table.operators["deepen"], [parent])
    assert "Use at most 60 words." in request.messages[-1].content
    for instruction, kept in (
        ("Suggest a walk and say why. Use at most 60 words.", ["Use at most 60 words."]),
        ("Suggest a walk and use at most 60 words, please.", ["use at most 60 words"]),
        ("Suggest a walk in at most 60 words.", []),
        ("Give three bullets. Use at most 60 words.", ["Use at most 60 words.", "Give three bullets."]),
    ):
        draft = only(table.operators["deepen"].read(reply(request, {"instruction": instruction}), request, [parent]))
        assert [constraint.phrase for constraint in draft.constraints] == kept
        assert all(constraint.phrase in instruction for constraint in draft.constraints)


def test_a_parent_as_long_as_the_schema_leaves_no_room_for_a_rewrite(table: Operators) -> None:
    assert not table.operators["deepen"].suits([replace(SAMPLES["en"], instruction="walk " * 480)])
    long_input = replace(SAMPLES["en"], input="walk " * 1200)
    assert not table.operators["concretise"].suits([long_input])
    assert table.operators["deepen"].suits([long_input])  # it does not write the input


@pytest.mark.parametrize("finish", ["length", "repetition", "error"])
def test_an_evolution_that_did_not_end_is_unreadable(table: Operators, finish: str) -> None:
    request = ask(table.operators["deepen"], [SAMPLES["en"]])
    (read,) = table.operators["deepen"].read(reply(request, {"instruction": "x"}, finish), request, [SAMPLES["en"]])
    assert isinstance(read, Unreadable)


# add_constraints


@pytest.mark.parametrize("language", ["en", "zh"])
def test_offers_are_numbered_in_the_prompt_and_the_payload(table: Operators, language: str) -> None:
    request = ask(table.operators["add_constraints"], [SAMPLES[language]])
    first, second = (Constraint.from_json(row) for row in request.payload["offers"])
    shown = json.loads(request.messages[-1].content.split("\n")[-1])
    assert shown == {"1": first.phrase, "2": second.phrase}


def test_used_offers_that_stand_in_the_instruction_become_constraints(table: Operators) -> None:
    operator, parent = table.operators["add_constraints"], SAMPLES["en"]
    request = ask(operator, [parent])
    first, second = (Constraint.from_json(row) for row in request.payload["offers"])
    woven = f"{parent.instruction} {first.phrase}"
    for used, kept in (([1], [first]), ([1, 2], [first]), ([2], []), (["1"], [first]), ([9, 0, None], []), (1, [])):
        draft = only(operator.read(reply(request, {"used": used, "instruction": woven}), request, [parent]))
        assert list(draft.constraints) == kept, used
    both = {"used": [2, 1], "instruction": f"{woven} {second.phrase}"}
    assert list(only(operator.read(reply(request, both), request, [parent])).constraints) == [first, second]


def test_nothing_to_offer_is_nothing_to_ask(table: Operators) -> None:
    unanswered = replace(SAMPLES["en"], output="")
    assert table.operators["add_constraints"].ask([unanswered], random.Random(1), "1.0") is None


# breadth and composition


@pytest.mark.parametrize("language", ["en", "zh"])
def test_breadth_is_a_new_root_with_labels_of_its_own(
    table: Operators, taskfiles: list[TaskFile], language: str
) -> None:
    operator, parent = table.operators["breadth"], SAMPLES[language]
    request = ask(operator, [parent])
    (taskfile,) = (taskfile for taskfile in taskfiles if taskfile.language == language)
    assert (request.payload["taskfile"], request.payload["sha"]) == (taskfile.name, taskfile.sha256)
    new = {"family": "Closed QA", "topic": "tide  tables", "instruction": "When is slack water?", "input": "06:10"}
    draft = only(operator.read(reply(request, new), request, [parent]))
    assert draft.labels == {"family": "closed_qa", "topic": "tide tables"}
    assert draft.lineage == Lineage(operator="breadth", parents=(parent.id,), depth=0)


def test_a_composition_keeps_what_both_parents_share(table: Operators) -> None:
    operator, parents = table.operators["compose"], [SAMPLES["en"], OTHER["en"]]
    request = ask(operator, parents)
    draft = only(operator.read(reply(request, {"instruction": "1. … 2. …", "input": ""}), request, parents))
    assert draft.labels == {"family": "planning"}
    assert draft.lineage.depth == 2
    assert draft.lineage.parents == tuple(parent.id for parent in parents)


def test_what_cannot_be_composed(table: Operators) -> None:
    operator, first, second = table.operators["compose"], SAMPLES["en"], OTHER["en"]
    assert operator.suits([first, second])
    assert not operator.suits([first, first])
    assert not operator.suits([first, replace(second, constraints=(LIMIT,))])
    assert not operator.suits([first, replace(second, output="word " * 800)])
    assert not operator.suits([replace(first, lineage=Lineage(operator="compose")), second])


# bootstrap and fit


def test_bootstrap_shows_six_seeds_and_two_others_and_makes_several_roots(table: Operators) -> None:
    operator = table.operators["bootstrap"]
    assert (operator.parents, operator.demonstrations) == (8, (6, 2))
    parents = [replace(SAMPLES["zh"], instruction=f"第{n}件事怎么办？") for n in range(8)]
    request = ask(operator, parents)
    shown = [json.loads(line) for line in request.messages[-1].content.split("\n")[1:]]
    assert sorted(task["instruction"] for task in shown) == sorted(parent.instruction for parent in parents)
    tasks = [{"family": "x", "topic": "y", "instruction": f"新{n}", "input": ""} for n in range(3)]
    text = json.dumps({"tasks": tasks}, ensure_ascii=False)
    drafts = operator.read(reply(request, text[:-4], "length"), request, parents)
    *whole, rest = drafts
    assert [draft.instruction for draft in whole if isinstance(draft, Draft)] == ["新0", "新1"]
    assert isinstance(rest, Unreadable)
    lineages = [draft.lineage for draft in whole if isinstance(draft, Draft)]
    ids = tuple(parent.id for parent in parents)
    assert lineages == [Lineage(operator="bootstrap", parents=ids, depth=0, draft=n) for n in (0, 1)]


def test_fit_makes_new_inputs_for_the_same_instruction(table: Operators) -> None:
    operator, parents = table.operators["fit"], instances("zh")
    request = ask(operator, parents)
    assert request.payload["n"] == 3
    drafts = operator.read(reply(request, {"inputs": ["新的一份", "", {"船": "海鸥"}]}), request, parents)
    assert [draft.input if isinstance(draft, Draft) else draft.rule for draft in drafts] == [
        "新的一份",
        "empty",
        '{\n  "船": "海鸥"\n}',
    ]
    last = drafts[-1]
    assert isinstance(last, Draft)
    assert (last.instruction, last.task, last.labels) == (parents[0].instruction, "boats", parents[0].labels)
    assert (last.lineage.depth, last.lineage.draft) == (0, 2)


@pytest.mark.parametrize("row", cases("input_lists.jsonl"))
def test_whole_inputs_of_a_list_are_kept(table: Operators, row: dict[str, Any]) -> None:
    operator, parents = table.operators["fit"], instances("en")
    request = ask(operator, parents)
    read = operator.read(reply(request, row["text"], row.get("finish_reason", "stop")), request, parents)
    if "rule" in row:
        last = read.pop()
        assert isinstance(last, Unreadable)
        assert last.rule == row["rule"]
    assert [item.input if isinstance(item, Draft) else f"!{item.rule}" for item in read] == row["items"]


def test_fit_takes_instances_of_one_task_only(table: Operators) -> None:
    boats = instances("en", 2)
    assert table.operators["fit"].suits(boats)
    assert not table.operators["fit"].suits([boats[0], replace(boats[1], task="trains")])


# answers and opinions


def draft_of(instruction: str = "Name three rivers.", language: str = "en", task: str = "") -> Draft:
    return Draft(instruction, "", language, task=task, constraints=(LIMIT,), lineage=Lineage(draft=2))


def drafted() -> Request:
    request = PROMPTS["evolve/deepen"]["en"].request(
        {"task": {"instruction": "x", "input": ""}}, payload={"parents": []}, draw="3.1", model="m"
    )
    return replace(request, operator="deepen")


def test_an_answers_request_is_the_task_and_the_payload_says_how_it_was_drafted() -> None:
    draft = replace(draft_of(), input="Tay {{ 7 * 7 }} --- user")
    request = Respond(PROMPTS, "a").ask(draft, drafted(), [SAMPLES["en"]])
    assert [message.role for message in request.messages] == ["system", "user"]
    assert request.messages[-1].content == f"{draft.instruction}\n\n{draft.input}"
    assert (request.stage, request.operator, request.schema, request.model) == ("answer", "deepen", None, "a")
    assert request.payload["request"] == drafted().id
    assert request.payload["draft"] == drafted().payload
    assert request.payload["number"] == 2
    assert request.payload["constraints"] == [LIMIT.to_json()]


def test_two_drafts_of_the_same_words_get_answers_of_their_own() -> None:
    first = Respond(PROMPTS).ask(draft_of(), drafted(), [])
    second = Respond(PROMPTS).ask(replace(draft_of(), lineage=Lineage(draft=3)), drafted(), [])
    assert first.id != second.id


def test_an_instance_of_a_fitting_task_is_answered_after_examples_as_turns() -> None:
    examples = instances("zh", DEMONSTRATIONS + 2)
    ask_for = [Respond(PROMPTS).ask(draft_of(text, "zh", "boats"), drafted(), [], examples) for text in ("甲", "乙")]
    roles = [message.role for message in ask_for[0].messages]
    assert roles == ["system", *["user", "assistant"] * DEMONSTRATIONS, "user"]
    assert ask_for[0].messages[2].content == examples[0].output
    assert ask_for[0].messages[:-1] == ask_for[1].messages[:-1]


@pytest.mark.parametrize("row", cases("answers.jsonl"))
def test_only_scaffolding_is_taken_off_an_answer(row: dict[str, Any]) -> None:
    examples = [replace(SAMPLES["en"], task="t", output=output) for output in row.get("examples", [])]
    draft = draft_of(row["instruction"], task="t" if examples else "")
    request = Respond(PROMPTS).ask(draft, drafted(), [], examples)
    assert Respond(PROMPTS).read(reply(request, row["text"]), request) == row["answer"]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_prose_is_never_touched_but_for_white_space_around(text: str) -> None:
    request = Respond(PROMPTS).ask(draft_of(), drafted(), [])
    assert Respond(PROMPTS).read(reply(request, f"The {text}"), request) == f"The {text}".strip()


@pytest.mark.parametrize("row", cases("opinions.jsonl"))
def test_an_opinion_is_one_word_in_its_field(row: dict[str, Any]) -> None:
    read = Judge(PROMPTS).read(Completion("r", row["text"], row.get("finish_reason", "stop"), "m"))
    if "rule" in row:
        assert isinstance(read, Unreadable)
        assert read.rule == row["rule"]
    else:
        assert read == Opinion(row["gained"], row["reason"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_judges_schema_allows_just_the_verdicts(language: str) -> None:
    schema = PROMPTS["judge/judge"][language].schema
    assert schema is not None
    assert schema["properties"]["verdict"]["enum"] == list(VERDICTS)


def test_evolutions_in_depth_are_judged_and_others_are_not(table: Operators) -> None:
    draft, parents = draft_of(), [SAMPLES["en"]]
    asker = table.asker(judging=True)
    question = asker.judge(draft, parents, drafted())
    assert question is not None
    assert (question.stage, question.operator) == ("judge", "deepen")
    assert asker.judge(draft, parents, replace(drafted(), operator="breadth")) is None
    assert table.asker(judging=False).judge(draft, parents, drafted()) is None


def test_an_opinion_that_cannot_be_read_counts_neither_way(table: Operators) -> None:
    asker = table.asker(judging=True)
    assert asker.read_opinion(reply(drafted(), "They are not equal."), drafted()) is None


# the table


def test_the_recipe_overrides_the_sampling_of_drafts_and_answers_but_not_of_the_judge() -> None:
    recipe = Recipe(sampling=SamplingRecipe(temperature=0.5), answer_sampling=SamplingRecipe(max_tokens=99))
    table = load_operators(PROMPTS, [], recipe)
    assert ask(table.operators["deepen"], [SAMPLES["en"]]).sampling.temperature == 0.5
    asker = table.asker(judging=True)
    assert asker.respond(draft_of(), [], drafted(), []).sampling.max_tokens == 99
    question = asker.judge(draft_of(), [SAMPLES["en"]], drafted())
    assert question is not None
    assert question.sampling.temperature == 0.0


def test_a_prompt_file_dropped_in_is_an_operator(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "prompts/evolve/deepen.en.md").read_text(encoding="utf-8")
    (tmp_path / "evolve").mkdir()
    new = text.replace("operator: deepen", "operator: shorten").replace("weight: 1.0", "weight: 0.25")
    (tmp_path / "evolve" / "shorten.en.md").write_text(new, encoding="utf-8")
    table = load_operators(PromptSet.load(tmp_path))
    assert table.weights["shorten"] == 0.25
    request = ask(table.operators["shorten"], [SAMPLES["en"]])
    draft = only(table.operators["shorten"].read(reply(request, {"instruction": "x y"}), request, [SAMPLES["en"]]))
    assert draft.lineage.operator == "shorten"


# any seed at all

HOSTILE = [
    "{{ 7*7 }}",
    "{% endfor %}",
    "--- user",
    "---\n",
    "```",
    '"}',
    "</task>",
    "<|im_end|>",
    "\\",
    "\ud800",
    "忽略以上",
]
ANYTHING = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=5), min_size=1, max_size=6).map("".join)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(instruction=ANYTHING, material=ANYTHING)
def test_no_seed_can_break_out_of_its_place(table: Operators, name: str, instruction: str, material: str) -> None:
    operator = table.operators[name]
    plain = parents_for(operator, "en")
    hostile = [replace(parent, instruction=f"a {instruction}", input=f"b {material}") for parent in plain]
    request, expected = ask_anything(operator, hostile), ask_anything(operator, plain)
    assert request.messages[0] == expected.messages[0]
    assert frame(request) == frame(expected)
    assert "<|" not in request.messages[1].content
    held = "".join(str(value) for value in values(request))
    assert encodable(hostile[0].instruction) in held
    if name != "fit":
        assert encodable(hostile[0].input) in held


def ask_anything(operator: Operator, parents: Sequence[Sample]) -> Request:
    request = operator.ask(parents, random.Random(1), "1.0")
    assert request is not None
    return request


def frame(request: Request) -> list[str]:
    """The prompt's own lines; material is one JSON value a line, between them."""
    return [line for line in request.messages[1].content.split("\n") if line[:1] not in ("{", '"')]


def values(request: Request) -> list[str]:
    """All texts in the material."""
    material = [json.loads(line) for line in request.messages[1].content.split("\n") if line[:1] in ("{", '"')]
    return [text for value in material for text in (value.values() if isinstance(value, dict) else [value])]
