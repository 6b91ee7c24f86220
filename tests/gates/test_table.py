import subprocess
import sys

import pytest

from synth.errors import UsageError
from synth.gates.table import GATES, build_gates
from synth.protocols import Gate
from synth.recipe import GatesRecipe


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


def test_the_table_alone_loads_nothing_heavy() -> None:
    code = "import sys, synth.gates.table; print([m for m in ('numba', 'numpy', 'datasketch') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
