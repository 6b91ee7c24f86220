"""What the terminal shows: live progress while a run goes, and the closing table."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from synth.filter import Filtered
from synth.gates.table import GATES
from synth.llm.rules import NOTICE
from synth.prompts import PromptSet
from synth.records import Completion, Outcome
from synth.run import Result, RunObserver
from synth.run_folder import RoundSummary, RunFolder, tokens_per_accepted
from synth.why import Story

GATE_NOTES = {
    **GATES,
    "read": "the completion held no readable task",
    "unreadable row": "not JSON, not UTF-8, or of no known format",
    "budget": "came after the last sample that was asked for",
}


class TerminalProgress(RunObserver):
    """A live bar on a terminal, one line a round elsewhere (cron, a log file)."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._bars: dict[int, Any] = {}
        self._until = 0
        self._accepted: Counter[int] = Counter()
        self._tokens = 0
        self._begun = time.monotonic()

    def started(self, folder: RunFolder, backend: str, model: str, resumed: bool) -> None:
        self._until = until = folder.state.until
        if backend == "rules":
            self._console.print(NOTICE, style="dim", markup=False, highlight=False)
        word = "Finishing" if resumed else "Running"
        done = folder.state.completed
        rounds = f"round {until}" if done + 1 >= until else f"rounds {done + 1} to {until}"
        held = sum(summary.accepted for summary in folder.state.rounds)
        pool = f"{len(folder.seeds())} seeds" + (f" and {held} samples" if held else "")
        self._console.print(
            f"{word} {rounds} in {_bold(folder.path)} with {backend} ({model}): {pool}", highlight=False
        )
        if self._console.is_terminal:
            self._progress = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=32),
                TextColumn("{task.completed:>5}/{task.total} judged"),
                TextColumn("[green]{task.fields[accepted]} accepted[/]"),
                TextColumn("{task.fields[tokens]}"),
                TimeElapsedColumn(),
                console=self._console,
            )
            self._progress.start()

    def planned(self, number: int, works: int) -> None:
        if self._progress is not None:
            self._bars[number] = self._progress.add_task(
                f"round {number}/{self._until}", total=works, accepted=0, tokens=""
            )

    def completed(self, completion: Completion) -> None:
        self._tokens += completion.prompt_tokens + completion.completion_tokens

    def decided(self, outcome: Outcome) -> None:
        self._accepted[outcome.round] += outcome.accepted
        if self._progress is not None and outcome.round in self._bars:
            self._progress.update(
                self._bars[outcome.round],
                completed=outcome.work + 1,
                accepted=self._accepted[outcome.round],
                tokens=self._thrift(),
            )

    def committed(self, summary: RoundSummary) -> None:
        if self._progress is None:
            total = summary.drafts + summary.unreadable
            line = f"round {summary.round}/{self._until}: {summary.accepted} of {total} drafts accepted"
            if (price := tokens_per_accepted([summary])) is not None:
                line += f", {price:,.0f} tokens an accepted sample"
            self._console.print(line, highlight=False)

    def noticed(self, text: str) -> None:
        self._console.print(f"note: {text}", highlight=False, markup=False)

    def _thrift(self) -> str:
        """Tokens a second, and what an accepted sample has cost so far, work under way included.

        On a narrow terminal the price alone, or nothing: the line must be whole. The bar gives way first, by itself.
        """
        width = self._console.width
        if not self._tokens or width < 80:
            return ""
        rate = f"{self._tokens / max(time.monotonic() - self._begun, 1e-9):,.0f} tokens/s"
        accepted = self._accepted.total()
        if not accepted:
            return rate
        price = f"{self._tokens / accepted:,.0f}"
        return f"{rate}, {price} an accepted sample" if width >= 110 else f"{price} tokens each"

    def close(self) -> None:
        """Leave the terminal as it was."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


def show_result(console: Console, result: Result) -> None:
    """The closing tables: rounds, reasons of rejection, operators; every draft is in each exactly once."""
    console.print()
    show_rounds(console, result.rounds)
    languages: Counter[str] = Counter()
    for summary in result.rounds:
        languages.update(summary.languages)
    shares = ", ".join(f"{count} {language}" for language, count in languages.most_common())
    console.print(f"{result.total} samples in {result.path / 'samples.jsonl'}", highlight=False, soft_wrap=True)
    if shares:
        console.print(f"New in this run: {result.accepted} ({shares})", highlight=False)
    _show_price(console, result.rounds)


def show_rounds(console: Console, rounds: Sequence[RoundSummary]) -> None:
    """Rounds, reasons of rejection and operators of some rounds, as three tables."""
    if not rounds:
        return
    table = Table(box=box.SIMPLE_HEAD, title="Rounds", title_justify="left")
    for column in ("round", "work", "drafts", "accepted", "rejected", "unreadable", "accepted %"):
        table.add_column(column, justify="right")
    totals: Counter[str] = Counter()
    for summary in rounds:
        row = {
            "work": summary.works,
            "drafts": summary.drafts,
            "accepted": summary.accepted,
            "rejected": summary.drafts - summary.accepted,
            "unreadable": summary.unreadable,
        }
        totals.update(row)
        table.add_row(str(summary.round), *_figures(row))
    table.add_section()
    table.add_row("all", *_figures(totals), style="bold")
    console.print(table)

    reasons: Counter[str] = Counter()
    operators: dict[str, Counter[str]] = {}
    for summary in rounds:
        reasons.update(summary.rejected)
        for name, (kept, tried) in summary.operators.items():
            tokens = summary.operator_tokens.get(name, 0)
            operators.setdefault(name, Counter()).update(tried=tried, kept=kept, tokens=tokens)
    if reasons:
        table = Table(box=box.SIMPLE_HEAD, title="Why drafts were rejected", title_justify="left")
        table.add_column("gate")
        table.add_column("drafts", justify="right")
        table.add_column("what it says")
        for gate, count in reasons.most_common():
            table.add_row(gate, str(count), GATE_NOTES.get(gate, ""))
        table.add_section()
        table.add_row("all", str(reasons.total()), "", style="bold")
        console.print(table)
    table = Table(box=box.SIMPLE_HEAD, title="Operators", title_justify="left")
    table.add_column("operator")
    whole: Counter[str] = sum(operators.values(), Counter())
    for column in ("drafts", "accepted", "accepted %", *(["tokens an accepted"] if whole["tokens"] else [])):
        table.add_column(column, justify="right")
    for name, counts in sorted(operators.items(), key=lambda pair: -pair[1]["kept"]):
        table.add_row(name, *_operator_figures(counts, priced=bool(whole["tokens"])))
    table.add_section()
    table.add_row("all", *_operator_figures(whole, priced=bool(whole["tokens"])), style="bold")
    console.print(table)


def show_status(console: Console, folder: RunFolder) -> None:
    """Where a run stands: what is finished, what is under way, and what came of it."""
    state = folder.state
    accepted = sum(summary.accepted for summary in state.rounds)
    if holder := folder.holder():
        console.print(
            f"{_bold(folder.path)}: process {holder} is at work on round {state.completed + 1} of {state.until}",
            highlight=False,
            soft_wrap=True,
        )
    elif state.completed < state.until:
        bought = len(folder.completions(state.completed + 1))
        console.print(
            f"{_bold(folder.path)}: round {state.completed + 1} of {state.until} is under way, {bought} of its "
            "completions are on disk; `synth expand` with the same options goes on",
            highlight=False,
            soft_wrap=True,
        )
    else:
        console.print(
            f"{_bold(folder.path)}: {state.completed} rounds, all finished",
            highlight=False,
            soft_wrap=True,
        )
    models = dict.fromkeys(state.pinned[key] for key in ("model", "answer_model") if key in state.pinned)
    console.print(f"LLM: {state.pinned.get('backend', '?')} ({', then '.join(models)})", highlight=False)
    console.print(f"Pool: {len(folder.seeds())} seeds and {accepted} samples", highlight=False)
    _show_price(console, state.rounds)
    if state.rounds:
        console.print()
        show_rounds(console, state.rounds)


def show_filtered(console: Console, done: Filtered) -> None:
    """What was kept and what was rejected by which gate; the figures add up to the rows read."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("rows")
    table.add_column("count", justify="right")
    table.add_column("%", justify="right")
    table.add_column("what it says")
    total = max(done.rows, 1)
    table.add_row("kept", str(done.kept), f"{100 * done.kept / total:.1f}", "", style="bold")
    for gate, count in done.rejected.most_common():
        note = GATE_NOTES["unreadable row" if gate == "read" else gate]
        table.add_row(f"rejected by {gate}", str(count), f"{100 * count / total:.1f}", note)
    table.add_section()
    table.add_row("all", str(done.rows), "100.0" if done.rows else "–", "", style="bold")
    console.print(table)


def show_story(console: Console, story: Story) -> None:
    """All that is known of one draft, in the order in which it happened."""
    outcome = story.outcome
    state = "accepted" if outcome.accepted else "rejected"
    console.print(f"[bold]Draft {outcome.id}[/]: {state}, round {outcome.round}, {outcome.operator}", highlight=False)
    for parent in story.parents:
        console.rule(f"parent {parent.id} ({parent.lineage.operator})", align="left")
        _show_task(console, parent.instruction, parent.input, parent.output)
    for exchange in story.exchanges:
        for message in exchange.messages:
            console.rule(f"{exchange.stage}: {message.role}", align="left")
            console.print(message.content, markup=False, highlight=False, soft_wrap=True)
        console.rule(f"{exchange.stage}: completion ({exchange.request_id})", align="left")
        completion = exchange.completion
        if completion is None:
            console.print("not in the journal", highlight=False)
            continue
        console.print(completion.text, markup=False, highlight=False, soft_wrap=True)
        tokens = f"{completion.prompt_tokens} + {completion.completion_tokens} tokens"
        console.print(f"[dim]{completion.model}, {completion.finish_reason}, {tokens}[/]", highlight=False)
    if outcome.draft is not None:
        console.rule("the draft", align="left")
        _show_task(console, outcome.draft.instruction, outcome.draft.input, outcome.draft.output)
        for constraint in outcome.draft.constraints:
            console.print(f"constraint {constraint.kind}: {constraint.phrase}", markup=False, highlight=False)
    table = Table(box=box.SIMPLE_HEAD, title="Verdicts", title_justify="left")
    for column in ("gate", "verdict", "rule", "score", "threshold", "evidence", "neighbour"):
        table.add_column(column, overflow="fold")
    for verdict in outcome.verdicts:
        figures = ["" if value is None else f"{value:.3g}" for value in (verdict.score, verdict.threshold)]
        word = Text("passed", "green") if verdict.passed else Text("rejected", "red")
        row = [Text(verdict.rule), *map(Text, figures), Text(verdict.evidence), Text(verdict.neighbour or "")]
        table.add_row(verdict.gate, word, *row)
    console.print(table)
    if story.note:
        console.print(story.note, highlight=False, soft_wrap=True)


def _show_task(console: Console, *texts: str | None) -> None:
    for name, text in zip(("instruction", "input", "output"), texts, strict=True):
        if text:
            console.print(Text.assemble((f"{name}: ", "dim"), text), highlight=False, soft_wrap=True)


def show_prompts(console: Console, prompts: PromptSet) -> None:
    """The prompts as a table."""
    table = Table(box=box.SIMPLE_HEAD)
    columns = ("prompt", "language", "stage", "weight", "temperature", "version")
    for column in columns:
        table.add_column(column, justify="left" if column in {"prompt", "language", "stage"} else "right", no_wrap=True)
    for row in prompts.table():
        table.add_row(*(row[column] for column in columns))
    console.print(table)
    console.print(
        "`synth prompts NAME -l zh` shows one filled in; --prompts DIR overrides or adds files.", highlight=False
    )


def show_prompt(console: Console, prompts: PromptSet, name: str, language: str) -> None:
    """One prompt, filled with an example, as the LLM gets it."""
    for message in prompts.example(name, language):
        console.rule(message.role, align="left")
        console.print(message.content, markup=False, highlight=False, soft_wrap=True)


def _show_price(console: Console, rounds: Sequence[RoundSummary]) -> None:
    if (price := tokens_per_accepted(rounds)) is not None:
        tokens = sum(summary.tokens for summary in rounds)
        console.print(f"Tokens: {tokens:,}, that is {price:,.0f} an accepted sample", highlight=False)


def _bold(path: Path) -> str:
    """A path as mark-up: the user's own words are none."""
    return f"[bold]{escape(str(path))}[/]"


def _operator_figures(counts: Counter[str], *, priced: bool) -> list[str]:
    figures = [str(counts["tried"]), str(counts["kept"]), f"{100 * counts['kept'] / counts['tried']:.0f}"]
    if priced:
        figures.append(f"{counts['tokens'] / counts['kept']:,.0f}" if counts["kept"] else "–")
    return figures


def _figures(row: Counter[str] | dict[str, int]) -> list[str]:
    total = row["drafts"] + row["unreadable"]
    names = ("work", "drafts", "accepted", "rejected", "unreadable")
    return [*(str(row[name]) for name in names), f"{100 * row['accepted'] / total:.0f}" if total else "–"]
