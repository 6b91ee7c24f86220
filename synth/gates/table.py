"""The gates, by name and in the order in which they judge: cheap ones first, and what needs an answer last."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from synth.errors import UsageError
from synth.protocols import Gate

GATES = {
    "shape": "empty, too short, too long, broken characters, unfilled placeholders, missing material",
    "leak": "prompt scaffolding, chat-template tokens, chatter about the rewrite",
    "copy": "an answer or instruction copied from the input, the demonstrations or the parent",
    "language": "instruction or answer in the wrong language",
    "refusal": "refusals and apologies instead of an answer",
    "repetition": "loops, repeated lines and sentences, padding",
    "evolution": "rewrites that gained nothing over their parent",
    "minhash": "near-duplicates of the pool (verified Jaccard of shingles)",
    "rouge": "too near to the pool (exact ROUGE-L)",
    "finish": "answers that were cut",
    "constraints": "answers that break a constraint that their instruction states",
}
"""Every gate's name, in judging order, and what it rejects."""


def build_gates(
    *,
    rouge: float = 0.7,
    minhash: float = 0.8,
    min_instruction_words: int = 3,
    max_instruction_words: int = 1200,
    max_output_words: int = 4000,
    phrases: Iterable[str] = (),
    skip: Collection[str] = (),
) -> list[Gate]:
    """The gates in judging order. The options are those of ``GatesRecipe``; ``phrases`` go to the leak gate.

    Raises:
        UsageError: ``skip`` names a gate that does not exist.
    """
    if unknown := sorted(set(skip) - set(GATES)):
        raise UsageError(f"gates.skip: no gate named {', '.join(unknown)}; the gates are {', '.join(GATES)}")
    # Imported here, since some bring numba and datasketch along and ``synth --help`` shows only their names.
    from synth.gates.constraints import ConstraintsGate
    from synth.gates.copy import CopyGate
    from synth.gates.evolution import EvolutionGate
    from synth.gates.finish import FinishGate
    from synth.gates.language import LanguageGate
    from synth.gates.leak import LeakGate
    from synth.gates.minhash import MinHashGate
    from synth.gates.refusal import RefusalGate
    from synth.gates.repetition import RepetitionGate
    from synth.gates.rouge import RougeGate
    from synth.gates.shape import ShapeGate

    makers = {
        "shape": lambda: ShapeGate(min_instruction_words, max_instruction_words, max_output_words),
        "leak": lambda: LeakGate(phrases),
        "copy": CopyGate,
        "language": LanguageGate,
        "refusal": RefusalGate,
        "repetition": RepetitionGate,
        "evolution": EvolutionGate,
        "minhash": lambda: MinHashGate(minhash),
        "rouge": lambda: RougeGate(rouge),
        "finish": FinishGate,
        "constraints": ConstraintsGate,
    }
    return [makers[name]() for name in GATES if name not in skip]
