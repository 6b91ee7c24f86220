"""The table of operators: each drafting prompt becomes one, of the class that its folder stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from synth.errors import UsageError
from synth.operators.bootstrap import Bootstrap
from synth.operators.breadth import Breadth, Compose
from synth.operators.evolve import AddConstraints, Evolve
from synth.operators.fit import Fit
from synth.operators.judge import Judge
from synth.operators.respond import Respond
from synth.prompts import Prompt, PromptSet
from synth.protocols import Operator, Unreadable
from synth.records import Completion, Draft, Opinion, Request, Sample
from synth.taskfile import TaskFile

if TYPE_CHECKING:
    from synth.recipe import Recipe, SamplingRecipe


@dataclass(frozen=True, slots=True)
class Operators:
    """All operators by name, the sampler's weight of each (from the prompts), and what asks about their drafts."""

    operators: Mapping[str, Operator]
    weights: Mapping[str, float]
    _judge: Judge
    _judged: frozenset[str]
    _respond: Respond

    def weighted(
        self, overrides: Mapping[str, float], offered: frozenset[str] | None
    ) -> dict[str, tuple[Operator, float]]:
        """Operators with their weights, ``overrides`` on top of the prompts' own, as far as the LLM offers them.

        Raises:
            UsageError: an override names no operator, or one that the LLM cannot do; or nothing is left to do.
        """
        for name, weight in overrides.items():
            if name not in self.operators:
                raise UsageError(f"operators.{name}: no such operator; there are {', '.join(self.operators)}")
            if offered is not None and name not in offered and weight > 0:
                raise UsageError(f"operators.{name}: the embedded model cannot do that truthfully; it takes an LLM")
        weighted = {
            name: (operator, overrides.get(name, self.weights[name]))
            for name, operator in self.operators.items()
            if offered is None or name in offered
        }
        if not any(weight > 0 for _, weight in weighted.values()):
            raise UsageError(f"operators: all weights are 0; give one of {', '.join(weighted)} a weight")
        return weighted

    def asker(self, *, judging: bool) -> Asker:
        """What asks for answers and, if ``judging``, for opinions on evolutions in depth."""
        return Asker(self._judge, self._judged if judging else frozenset(), self._respond)


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks the follow-up questions about a draft, and reads what comes back."""

    _judge: Judge
    _judged: frozenset[str]
    _respond: Respond

    def judge(self, draft: Draft, parents: Sequence[Sample], drafted: Request) -> Request | None:
        """The question whether the draft gained anything; None if it did not grow from one parent by evolution."""
        return self._judge.ask(draft, parents[0], drafted) if drafted.operator in self._judged else None

    def read_opinion(self, completion: Completion, request: Request) -> Opinion | None:
        """The judge's opinion; None where what it said cannot be read, and so counts neither way."""
        read = self._judge.read(completion)
        return None if isinstance(read, Unreadable) else read

    def respond(self, draft: Draft, parents: Sequence[Sample], drafted: Request, examples: Sequence[Sample]) -> Request:
        """The question whose answer is the draft's output."""
        return self._respond.ask(draft, drafted, parents, examples)

    def read_answer(self, completion: Completion, request: Request) -> str:
        """The draft's output."""
        return self._respond.read(completion, request)


def load_operators(
    prompts: PromptSet,
    taskfiles: Sequence[TaskFile] = (),
    recipe: Recipe | None = None,
    *,
    model: str = "",
    answer_model: str = "",
    slots_only: bool = False,
) -> Operators:
    """An operator for each drafting prompt, with the sampling that ``recipe`` sets over what the prompts say.

    ``model`` and ``answer_model`` are the names that go into requests; ``slots_only`` says that the model invents
    nothing and only fills slots, so that breadth and fit need a task file.
    """
    if recipe is not None:
        overrides = {"draft": recipe.sampling, "answer": recipe.answer_sampling}
        prompts = PromptSet(
            [_sampled(prompt, overrides[prompt.stage]) if prompt.stage in overrides else prompt for prompt in prompts]
        )
    operators: dict[str, Operator] = {}
    weights: dict[str, float] = {}
    judged = set()
    for full in prompts.names("draft"):
        folder, name = full.split("/")
        versions = prompts[full]
        prompt = next(iter(versions.values()))  # parents and weight are the same in each language
        operators[name] = _operator(folder, name, versions, prompt.parents, taskfiles, model, slots_only=slots_only)
        weights[name] = prompt.weight
        if folder == "evolve":
            judged.add(name)
    return Operators(operators, weights, Judge(prompts, model), frozenset(judged), Respond(prompts, answer_model))


def _operator(
    folder: str,
    name: str,
    versions: Mapping[str, Prompt],
    parents: int,
    taskfiles: Sequence[TaskFile],
    model: str,
    *,
    slots_only: bool,
) -> Operator:
    match folder, name:
        case "bootstrap", _:
            return Bootstrap(name, versions, parents, model)
        case "evolve", "add_constraints":
            return AddConstraints(name, versions, model)
        case "evolve", _:
            return Evolve(name, versions, model)
        case "breadth", "compose":
            return Compose(name, versions, model)
        case "breadth", _:
            return Breadth(name, versions, taskfiles, model, slots_only=slots_only)
        case "fit", _:
            return Fit(name, versions, parents, taskfiles, model, slots_only=slots_only)
    raise AssertionError(f"prompts/{folder}/ drafts, but no operator is made of it")


def _sampled(prompt: Prompt, override: SamplingRecipe) -> Prompt:
    changed = override.model_dump(exclude_none=True)
    return replace(prompt, sampling=replace(prompt.sampling, **changed)) if changed else prompt
