"""What the terminal says of a run: what an accepted sample costs, in progress and in the status."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from toys import ToyLLM, toy_run

from synth.display import TerminalProgress, show_status
from synth.records import Completion
from synth.run_folder import RunFolder, load_journal, tokens_per_accepted


@pytest.fixture
async def folder(tmp_path: Path) -> RunFolder:
    await toy_run(tmp_path, ToyLLM(), until=2)
    return RunFolder(tmp_path)


def console() -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, width=120), text


async def test_the_price_of_an_accepted_sample_counts_each_completion_that_outcomes_name_once(
    folder: RunFolder,
) -> None:
    journal = {**load_journal(folder.path / "journal/0001.jsonl"), **load_journal(folder.path / "journal/0002.jsonl")}
    outcomes = [outcome for number in (1, 2) for outcome in folder.outcomes(number)]
    named = {name for outcome in outcomes for name in outcome.requests}
    tokens = sum(journal[name].prompt_tokens + journal[name].completion_tokens for name in named)
    accepted = sum(outcome.accepted for outcome in outcomes)
    assert tokens_per_accepted(folder.state.rounds) == pytest.approx(tokens / accepted)
    assert tokens == sum(sum(summary.operator_tokens.values()) for summary in folder.state.rounds)
    assert tokens == sum(brought.tokens for number in (1, 2) for brought in folder.yields(number))


async def test_status_says_what_an_accepted_sample_cost_and_what_each_operator_paid_for_it(folder: RunFolder) -> None:
    shown, text = console()
    show_status(shown, folder)
    price = tokens_per_accepted(folder.state.rounds)
    assert f"{price:,.0f} an accepted sample" in text.getvalue()
    assert "tokens an accepted" in text.getvalue()


async def test_progress_says_what_an_accepted_sample_costs_where_tokens_are_counted(folder: RunFolder) -> None:
    shown, text = console()
    progress = TerminalProgress(shown)
    progress.started(folder, "openai", "toy", resumed=False)
    progress.completed(Completion("a", "", "stop", "toy", 5, 0, 3))
    for outcome in folder.outcomes(1):
        progress.decided(outcome)
    progress.committed(folder.state.rounds[0])
    price = tokens_per_accepted(folder.state.rounds[:1])
    assert f"drafts accepted, {price:,.0f} tokens an accepted sample" in text.getvalue()


@pytest.mark.parametrize(
    ("width", "price"), [(60, ""), (80, "1,200 tokens each"), (100, "1,200 tokens each"), (130, "an accepted sample")]
)
async def test_a_line_of_progress_is_whole_on_a_narrow_terminal(folder: RunFolder, width: int, price: str) -> None:
    text = io.StringIO()
    progress = TerminalProgress(Console(file=text, width=width, force_terminal=True, color_system=None))
    folder.state.until = 10
    progress.started(folder, "openai", "toy", resumed=False)
    progress.planned(1, 20_000)
    outcomes = [replace(outcome, work=15_000) for outcome in folder.outcomes(1)]
    accepted = sum(outcome.accepted for outcome in outcomes)
    progress.completed(Completion("a", "", "stop", "toy", 1000 * accepted, 0, 200 * accepted))
    for outcome in outcomes:
        progress.decided(outcome)
    progress.close()
    line = [line for line in text.getvalue().split("\n") if "judged" in line][-1]
    assert "…" not in line
    assert f"15001/20000 judged {accepted} accepted" in line
    assert price in line
