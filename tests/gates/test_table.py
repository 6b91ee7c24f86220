import subprocess
import sys

import pytest

from synth.errors import UsageError
from synth.gates.table import GATES, build_gates
from synth.protocols import Gate, View
from synth.recipe import GatesRecipe
from synth.records import Draft, Sample


def test_gates_come_in_the_order_of_the_table_and_under_its_names() -> None:
    gates: list[Gate] = build_gates()
    assert [gate.name for gate in gates] == list(GATES)


def test_gates_that_are_skipped_are_left_out() -> None:
    assert [gate.name for gate in build_gates(skip=set(GATES) - {"shape", "finish"})] == ["shape", "finish"]


def test_an_unknown_gate_is_a_usage_error_that_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"no gate named shap; the gates are shape, leak"):
        build_gates(skip=["shap"])


def test_the_options_are_the_fields_of_the_recipe() -> None:
    assert build_gates(**GatesRecipe().model_dump())


def test_every_gate_screens_or_reads_the_answer() -> None:
    assert all(gate.screens or gate.reads_answer for gate in build_gates())


@pytest.mark.parametrize("gate", [gate for gate in build_gates() if not gate.reads_pool], ids=lambda gate: gate.name)
def test_a_gate_that_does_not_read_the_pool_says_the_same_whatever_it_remembers(gate: Gate) -> None:
    drafts = [
        Draft(text, given, language, output=output, finish_reason="stop")
        for text, given, language, output in [
            ("Name three rivers of Peru.", "", "en", "The Amazon, the Ucayali and the Urubamba."),
            ("把下面的句子译成英文。", "今天下雨。", "zh", "It is raining today."),
            ("Summarize the following text.", "", "en", "I'm sorry, but I can't help with that."),
        ]
    ]
    before = [gate.judge(draft, View()) for draft in drafts]
    for draft in drafts:
        gate.remember(Sample(draft.instruction, draft.input, draft.output or "", draft.language))
    assert [gate.judge(draft, View()) for draft in drafts] == before


def test_the_table_alone_loads_nothing_heavy() -> None:
    code = "import sys, synth.gates.table; print([m for m in ('numba', 'numpy', 'datasketch') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
