"""Record golden transcripts: what a real chat model writes, given nothing but the filled prompts.

    python tests/golden/record.py MAILBOX

plans work for every operator in both languages on the seeds of this repository, and runs one round on it. A request
is put into MAILBOX/in/NAME.txt; whoever has a chat model at hand (a person with a chat window will do) puts its reply,
verbatim, into MAILBOX/out/NAME.txt. When the round is complete, its plan and its journal are written here, with the
seeds and the prompt files that they belong to: ``works.jsonl``, ``journal.jsonl``, ``seeds.jsonl``, ``prompts/``.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from synth.gates.table import build_gates
from synth.operators.table import load_operators
from synth.plan import Planner, Work
from synth.pool import Pool
from synth.prompts import PromptSet
from synth.records import Completion, Message, Request, Sample, Sampling, canonical
from synth.rng import derive
from synth.rounds import Engine
from synth.run import RunObserver
from synth.run_folder import RunFolder, load_journal
from synth.seeds import read_seeds

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
MODEL = "chat-model"
EACH = 6
"""Pieces of work for an operator and a language."""


class Mailbox:
    """An LLM behind a folder: requests are files in ``in/``, replies appear as files in ``out/``."""

    model = MODEL
    operators: frozenset[str] | None = None

    def __init__(self, path: Path) -> None:
        self._in, self._out = path / "in", path / "out"
        for folder in (self._in, self._out):
            folder.mkdir(parents=True, exist_ok=True)

    async def start(self) -> None: ...

    def finish(self) -> None: ...

    def withdraw(self) -> None: ...

    async def stop(self) -> None: ...

    def submit(self, request: Request) -> asyncio.Future[Completion]:
        return asyncio.ensure_future(self._complete(request))

    async def _complete(self, request: Request) -> Completion:
        name = f"{request.stage}-{request.operator}-{request.id}.txt"
        parts = [f"<<<{message.role}>>>\n{message.content}" for message in request.messages]
        (self._in / name).write_text("\n\n".join(parts) + "\n", encoding="utf-8")
        reply = self._out / name
        while not reply.exists():
            await asyncio.sleep(0.5)
        await asyncio.sleep(0.5)  # whoever writes it may not have finished at its first byte
        return Completion(request.id, reply.read_text(encoding="utf-8"), "stop", MODEL)


class FixedPlanner(Planner):
    """Plans the work that it is given."""

    def __init__(self, works: list[Work]) -> None:
        super().__init__({}, seed=0, max_depth=9)
        self._works = works

    def plan(self, number: int, count: int) -> Iterator[Work]:  # noqa: ARG002 - the planner's signature
        yield from self._works


def read_works(prompts: PromptSet, seeds: dict[str, Sample]) -> list[Work]:
    """The recorded works, with their operators made from the recorded prompts."""
    table = load_operators(prompts, (), model=MODEL, answer_model=MODEL)
    works: list[Work] = []
    for line in (HERE / "works.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        request = Request(
            stage="draft",
            operator=row["operator"],
            messages=tuple(Message(item["role"], item["content"]) for item in row["messages"]),
            sampling=Sampling(**row["sampling"]),
            schema=row["schema"],
            payload=row["payload"],
            draw=row["draw"],
            model=MODEL,
        )
        parents = tuple(seeds[name] for name in row["parents"])
        works.append(Work(1, len(works), table.operators[row["operator"]], parents, request))
    return works


def plan_works() -> tuple[list[Work], tuple[Sample, ...]]:
    """Work for every operator, in both languages, on seeds drawn at random from the repository's own."""
    seeds = read_seeds(*(ROOT / "seeds" / name for name in ("en", "zh", "fit")))
    table = load_operators(PromptSet.load(), seeds.taskfiles, model=MODEL, answer_model=MODEL)
    works: list[Work] = []
    for name, operator in sorted(table.operators.items()):
        for language in ("en", "zh"):
            rng = derive(0, "golden", name, language)
            count = 0
            for attempt in range(500):
                members = [
                    item for item in seeds.samples if item.language == language and bool(item.task) == operator.fits
                ]
                if operator.fits:
                    tasks = sorted({item.task for item in members})
                    members = [item for item in members if item.task == tasks[count % len(tasks)]]
                parents = tuple(rng.sample(members, operator.parents))
                request = operator.ask(parents, rng, f"1.{attempt}") if operator.suits(parents) else None
                if request is not None:
                    works.append(Work(1, len(works), operator, parents, request))
                    count += 1
                if count == EACH:
                    break
    return works, seeds.samples


async def record(mailbox: Path) -> None:
    works, seeds = plan_works()
    folder = RunFolder(mailbox / "run")
    folder.lock()
    folder.write_seeds(seeds)
    folder.state.until = 1
    folder.write_state()
    prompts = PromptSet.load()
    asker = load_operators(prompts, (), model=MODEL, answer_model=MODEL).asker(judging=True)
    llm = Mailbox(mailbox)
    engine = Engine(
        Pool(build_gates()),
        FixedPlanner(works),
        folder,
        llm,
        llm,
        asker,
        RunObserver(),
        per_round=len(works),
        cut=1.0,
        window=len(works),
    )
    await engine.restore()
    await engine.run(1)
    shutil.copytree(ROOT / "prompts", HERE / "prompts", dirs_exist_ok=True)
    (HERE / "seeds.jsonl").write_bytes((folder.path / "seeds.jsonl").read_bytes())
    (HERE / "works.jsonl").write_text("".join(canonical(_row(work)) + "\n" for work in works), encoding="utf-8")
    completions = load_journal(folder.path / "journal" / "0001.jsonl")
    ordered = sorted(completions.values(), key=lambda completion: completion.request_id)
    (HERE / "journal.jsonl").write_text(
        "".join(canonical(completion.to_json()) + "\n" for completion in ordered), encoding="utf-8"
    )


def _row(work: Work) -> dict[str, Any]:
    request = work.request
    return {
        "operator": request.operator,
        "language": work.parents[0].language,
        "parents": [parent.id for parent in work.parents],
        "messages": [{"role": message.role, "content": message.content} for message in request.messages],
        "sampling": request.sampling.to_json(),
        "schema": request.schema,
        "payload": request.payload,
        "draw": request.draw,
    }


if __name__ == "__main__":
    asyncio.run(record(Path(sys.argv[1])))
