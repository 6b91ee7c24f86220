from synth.gates.constraints import ConstraintsGate
from synth.protocols import View
from synth.records import Constraint, Draft

THREE = Constraint("sentences_exact", {"count": 3}, "Write exactly three sentences.")
NO_COMMAS = Constraint("no_commas", {}, "Do not use commas.")


def draft(output: str, *constraints: Constraint) -> Draft:
    return Draft("Describe a harbour at dawn.", "", "en", constraints=constraints, output=output)


def test_an_answer_that_keeps_every_constraint_passes() -> None:
    assert ConstraintsGate().judge(draft("Boats rock. Gulls wait. A truck backs up.", THREE, NO_COMMAS), View()).passed


def test_the_first_broken_constraint_is_named_and_quoted() -> None:
    verdict = ConstraintsGate().judge(draft("Boats rock. Gulls, white ones, wait.", NO_COMMAS, THREE), View())
    assert (verdict.passed, verdict.rule) == (False, "constraint-no_commas")
    assert "Do not use commas." in verdict.evidence


def test_an_empty_answer_keeps_no_constraint() -> None:
    assert not ConstraintsGate().judge(draft("", NO_COMMAS), View()).passed


def test_a_draft_without_constraints_passes() -> None:
    assert ConstraintsGate().judge(draft("Anything."), View()).passed
