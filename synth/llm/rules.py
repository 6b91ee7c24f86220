"""``rules``: the embedded model. No weights, no GPU; what it returns is correct by construction.

It is not a mock: it reads the payload of a request (the same request as data), returns what an LLM would return, in
the same format, and its work goes through the same readers and gates. It does what can be done truthfully without
understanding a text, and leaves the rest out:

* ``add_constraints`` chooses from the verifiable constraints that fit the parent's answer, writes them into
  the instruction, and edits the answer so that it satisfies them (:mod:`synth.constraints`);
* ``compose`` joins two tasks into one, answered in two labelled parts;
* ``breadth`` and ``fit`` fill the slots of a task file; its answers belong to its questions (:mod:`synth.taskfile`).

It remembers nothing: an answer is made again from the draft request that its payload carries.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from synth import constraints
from synth.errors import LLMError
from synth.records import Completion, Constraint, Request
from synth.rng import derive
from synth.taskfile import Filled, TaskFile

MODEL = "rules-1"

NOTICE = (
    "No server and no GPU: this is the embedded rule-based model, not an LLM. It adds checkable constraints, joins "
    "tasks and fills the slots of task files, nothing more. To use a model, point synth at a server "
    "(--base-url http://HOST:8000/v1) or, on a GPU node, install synth[vllm] and name one (--model Qwen/Qwen3-8B)."
)


class Rules:
    """The embedded model, with the task files whose slots it can fill."""

    model = MODEL
    operators: frozenset[str] | None = frozenset({"add_constraints", "compose", "breadth", "fit"})

    def __init__(self, taskfiles: Iterable[TaskFile]) -> None:
        self._taskfiles = {taskfile.name: taskfile for taskfile in taskfiles}

    async def start(self) -> None:
        """Nothing to load."""

    def submit(self, request: Request) -> asyncio.Future[Completion]:
        """The completion, made at once."""
        future: asyncio.Future[Completion] = asyncio.get_running_loop().create_future()
        text = self._draft(request) if request.stage == "draft" else self._answer(request)
        future.set_result(Completion(request_id=request.id, text=text, finish_reason="stop", model=self.model))
        return future

    def finish(self) -> None:
        """Nothing ever waits here."""

    def withdraw(self) -> None:
        """Nothing ever waits here."""

    async def stop(self) -> None:
        """Nothing to let go of."""

    def _draft(self, request: Request) -> str:
        payload = request.payload
        match request.operator:
            case "add_constraints":
                reply: Any = _constrain(payload, request.id)
            case "compose":
                reply = _compose(payload, request.id).task
            case "breadth":
                filled = self._fill(payload, request.id, 0)
                labels = self._taskfiles[payload["taskfile"]].labels
                reply = {**labels, "instruction": filled.instruction, "input": filled.input}
            case "fit":
                reply = {"inputs": [self._fill(payload, request.id, number).input for number in range(payload["n"])]}
            case other:
                raise LLMError(f"rules cannot do {other!r}: it takes a model that understands text")
        return json.dumps(reply, ensure_ascii=False)

    def _answer(self, request: Request) -> str:
        payload = request.payload
        drafted, name = payload["draft"], payload["request"]
        match request.operator:
            case "add_constraints":
                parent = drafted["parents"][0]
                wanted = [Constraint.from_json(row) for row in payload["constraints"]]
                answer = constraints.realise(wanted, parent["output"], parent["language"])
                # An offer holds only what can be realised, so this is a bug and must not become a wrong answer.
                assert answer is not None, f"offered but cannot be realised: {payload['constraints']}"
                return answer
            case "compose":
                return _compose(drafted, name).answer
            case "breadth" | "fit":
                return self._fill(drafted, name, payload["number"]).output
            case other:
                raise LLMError(f"rules cannot answer what {other!r} drafted")

    def _fill(self, payload: Mapping[str, Any], request_id: str, number: int) -> Filled:
        taskfile = self._taskfiles.get(payload.get("taskfile", ""))
        if taskfile is None or taskfile.sha256 != payload["sha"]:
            raise LLMError(f"no task file for {payload.get('taskfile')!r}, or not the one this request was made from")
        return taskfile.fill(derive(0, "rules", request_id, number))


def _constrain(payload: Mapping[str, Any], request_id: str) -> dict[str, Any]:
    """One or two of the offered constraints, woven into the parent's instruction."""
    rng = derive(0, "rules", request_id)
    parent = payload["parents"][0]
    language = parent["language"]
    held = [Constraint.from_json(row) for row in parent["constraints"]]
    offers = [Constraint.from_json(row) for row in payload["offers"]]
    numbers = list(range(len(offers)))
    rng.shuffle(numbers)
    chosen = numbers[:1]
    if len(held) + 2 <= constraints.ENOUGH and rng.random() < 0.5:
        for other in numbers[1:]:
            both = [*held, offers[chosen[0]], offers[other]]
            if (
                offers[other].kind != offers[chosen[0]].kind
                and constraints.compatible(both)
                and constraints.realise(both, parent["output"], language) is not None
            ):
                chosen.append(other)
                break
    woven = constraints.weave(parent["instruction"], [offers[number] for number in chosen], language, rng)
    return {"instruction": woven, "input": parent["input"], "used": [number + 1 for number in sorted(chosen)]}


@dataclass(frozen=True, slots=True)
class _Composed:
    task: dict[str, str]
    answer: str


@dataclass(frozen=True, slots=True)
class _Frame:
    """A way to ask for two things at once: the wording, and how the parts of the answer are labelled."""

    wording: str
    labels: tuple[str, str]


# {a} and {b} are the two instructions; each wording says how the answer is to be labelled, since it will be.
_FRAMES: Mapping[str, Sequence[_Frame]] = {
    "en": (
        _Frame(
            'I have two separate things for you.\n\nA. {a}\n\nB. {b}\n\nLabel the answers "A" and "B".',
            ("A", "B"),
        ),
        _Frame(
            "Please do both of these in one go.\n\nFirst request: {a}\n\nSecond request: {b}\n\n"
            'Put your replies under the headings "First request" and "Second request".',
            ("## First request", "## Second request"),
        ),
        _Frame(
            "{a}\n\nWhile you are at it, there is one more thing, unrelated to that: {b}\n\n"
            'Keep the two answers apart, with "Answer 1:" and "Answer 2:" above them.',
            ("Answer 1:", "Answer 2:"),
        ),
        _Frame(
            "Two jobs are still open on my list today.\n\n(1) {a}\n\n(2) {b}\n\n"
            'Mark which is which with "(1)" and "(2)".',
            ("(1)", "(2)"),
        ),
        _Frame(
            "Help me clear two items before lunch. The one that matters most: {a}\n\nThe other one: {b}\n\n"
            'Reply in that order, under "Item 1" and "Item 2" in bold.',
            ("**Item 1**", "**Item 2**"),
        ),
        _Frame(
            "I am forwarding two requests that came in together; one reply for both is fine.\n\nRequest 1: {a}\n\n"
            'Request 2: {b}\n\nStart each part with "Re request 1:" or "Re request 2:" on a line of its own.',
            ("Re request 1:", "Re request 2:"),
        ),
    ),
    "zh": (
        _Frame("有两件事想请你一起处理。\n\n一、{a}\n\n二、{b}\n\n回答时请分别标上“一、”和“二、”。", ("一、", "二、")),
        _Frame(
            "下面两个任务互不相关，请依次完成。\n\n任务甲：{a}\n\n任务乙：{b}\n\n请用“任务甲”“任务乙”作为两部分的标题。",
            ("## 任务甲", "## 任务乙"),
        ),
        _Frame(
            "{a}\n\n另外还有一件不相干的事要麻烦你：{b}\n\n两个回答请分开写，前面分别注明“第一件：”和“第二件：”。",
            ("第一件：", "第二件："),
        ),
        _Frame(
            "今天手头还剩两项没做完，帮我一并弄好。\n\n（1）{a}\n\n（2）{b}\n\n答复时按（1）（2）标明，各占一段。",
            ("（1）", "（2）"),
        ),
        _Frame(
            "同事同时托了我两件事，我想一次回复完。\n\n第一件：{a}\n\n第二件：{b}\n\n"
            "请在每部分开头单独一行写“关于第一件：”或“关于第二件：”。",
            ("关于第一件：", "关于第二件："),
        ),
        _Frame(
            "先做这个：{a}\n\n做完再做这个：{b}\n\n两部分结果分别放在加粗的“其一”和“其二”下面。",
            ("**其一**", "**其二**"),
        ),
    ),
}

_MATERIAL: Mapping[str, tuple[str, str]] = {
    "en": ("Material for the first:", "Material for the second:"),
    "zh": ("第一项的材料：", "第二项的材料："),
}


def _compose(payload: Mapping[str, Any], request_id: str) -> _Composed:
    rng: random.Random = derive(0, "rules", request_id)
    first, second = payload["parents"]
    frames = _FRAMES["zh" if first["language"] == "zh" else "en"]
    frame = rng.choice(frames)
    wording = (
        frame.wording.replace("{b}", "\0").replace("{a}", first["instruction"]).replace("\0", second["instruction"])
    )
    material = [parent["input"] for parent in (first, second)]
    if all(material):
        labels = _MATERIAL["zh" if first["language"] == "zh" else "en"]
        joined = "\n\n".join(f"{label}\n{text}" for label, text in zip(labels, material, strict=True))
    else:
        joined = "".join(material)
    answers = (first["output"], second["output"])
    answer = "\n\n".join(f"{label}\n{text}" for label, text in zip(frame.labels, answers, strict=True))
    return _Composed({"instruction": wording, "input": joined}, answer)
