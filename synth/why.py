"""``synth why``: the whole story of one draft.

Prompts are not kept in a run folder: as a plan is a pure function of the pool, the round is planned again and the
request with the recorded id is the one that was sent. If prompts or seeds have changed since, no request has that id,
and the story says so instead of showing a prompt that was never sent.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from synth.errors import SynthError, UsageError
from synth.llm.rules import MODEL, Rules
from synth.operators.table import load_operators
from synth.plan import Planner
from synth.prompts import PromptSet
from synth.recipe import load_recipe
from synth.records import Completion, Message, Outcome, Request, Sample
from synth.run_folder import RunFolder, admitted
from synth.seeds import read_seeds


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came back; ``messages`` are empty where the prompt cannot be made again."""

    stage: str
    request_id: str
    messages: tuple[Message, ...]
    completion: Completion | None


@dataclass(frozen=True, slots=True)
class Story:
    """One draft from its parents to its verdicts. ``note`` says what could not be told, and why."""

    outcome: Outcome
    parents: tuple[Sample, ...]
    exchanges: tuple[Exchange, ...]
    note: str = ""


def tell(path: Path, identifier: str) -> Story:
    """The story of the draft or sample whose id begins with ``identifier``.

    Raises:
        UsageError: no draft has that id, or several do.
        RunFolderError: there is no run at ``path``, or it is damaged.
    """
    folder = RunFolder(path)
    if not folder.exists:
        raise UsageError(f"{path}: no run here; `synth expand --run {path}` makes one")
    outcome = _find(folder, identifier)
    pool = {sample.id: sample for sample in itertools.chain(folder.seeds(), folder.samples())}
    completions = folder.completions(outcome.round)
    requests: Mapping[str, Request] = {}
    note = ""
    try:
        requests = _requests(folder, outcome)
    except SynthError as error:
        note = f"The prompts cannot be shown: {error}"
    else:
        if any(name not in requests for name in outcome.requests):
            note = "Some prompts cannot be shown: seeds, prompts or recipe have changed since this round."
    stages = _stages(outcome)
    exchanges = []
    for stage, name in zip(stages, outcome.requests, strict=True):
        request = requests.get(name)
        exchanges.append(Exchange(stage, name, request.messages if request else (), completions.get(name)))
    parents = tuple(pool[name] for name in outcome.parents if name in pool)
    return Story(outcome, parents, tuple(exchanges), note)


def _find(folder: RunFolder, identifier: str) -> Outcome:
    found: dict[str, Outcome] = {}
    for summary in folder.state.rounds:
        for outcome in folder.outcomes(summary.round):
            names = [outcome.id, admitted(outcome).id] if outcome.accepted else [outcome.id]
            if any(name.startswith(identifier) for name in names):
                found[outcome.id] = outcome
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise UsageError(f"{identifier}: more than one draft begins so: {', '.join(list(found)[:5])}")
    if any(seed.id.startswith(identifier) for seed in folder.seeds()):
        raise UsageError(f"{identifier}: is a seed, it has no story")
    raise UsageError(f"{identifier}: no draft or sample of {folder.path} has this id; ids stand in rounds/*.jsonl")


def _stages(outcome: Outcome) -> list[str]:
    """Which requests an outcome names: the draft's, the judge's where there was one, the answer's if it got so far."""
    if len(outcome.requests) == 3:
        return ["draft", "judge", "answer"]
    if len(outcome.requests) == 1:
        return ["draft"]
    draft = outcome.draft
    return ["draft", "judge" if draft is not None and draft.output is None else "answer"]


def _requests(folder: RunFolder, outcome: Outcome) -> Mapping[str, Request]:
    """The requests that the outcome names, made again, by id."""
    recipe = load_recipe(folder.path / "recipe.yaml")
    pinned = folder.state.pinned
    offered = Rules.operators if pinned.get("model") == MODEL else None
    table = load_operators(
        PromptSet.load(recipe.prompts),
        read_seeds(*recipe.seeds).taskfiles,
        recipe,
        model=pinned.get("model", ""),
        answer_model=pinned.get("answer_model", ""),
        slots_only=offered is not None,
    )
    planner = Planner(table.weighted(recipe.operators, offered), recipe.seed, recipe.max_depth, bandit=recipe.bandit)
    planner.recall(folder, outcome.round, recipe.cut)
    for sample in folder.pool()[: folder.known_at_plan(outcome.round, recipe.cut)]:
        planner.admit(sample)
    plan = planner.plan(outcome.round, recipe.per_round)
    work = next((work for work in plan if work.request.id == outcome.requests[0]), None)
    if work is None:
        return {}
    requests = [work.request]
    draft = outcome.draft
    if draft is not None:
        asker = table.asker(judging=True)
        examples = [sample for sample in folder.seeds() if draft.task and sample.task == draft.task]
        requests.append(asker.respond(draft, work.parents, work.request, examples))
        if (question := asker.judge(draft, work.parents, work.request)) is not None:
            requests.append(question)
    return {request.id: request for request in requests}
