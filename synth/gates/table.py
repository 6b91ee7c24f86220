"""The gates, by name and in the order in which they judge: cheap ones first, and what needs an answer last."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from synth.errors import UsageError
from synth.protocols import Gate

GATES = {
    "shape": "empty, too short, too long, broken characters, unfilled placeholders, missing material",
    "leak": "prompt scaffolding, chat-template tokens, chatter about the rewrite",
    "copy": "the same as its parent or a pool sample, or an answer that only repeats what it was given",
    "contamination": "shares 13 words in a row with a held-out row, or descends from such a sample",
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
    minhash_redis: str | None = None,
    min_instruction_words: int = 3,
    max_instruction_words: int = 1200,
    max_output_words: int = 4000,
    held_out: Sequence[Path] = (),
    phrases: Iterable[str] = (),
    skip: Collection[str] = (),
    member: str | None = None,
) -> list[Gate]:
    """The gates in judging order, less those in ``skip``.

    The options are the fields of :class:`synth.recipe.GatesRecipe`; ``phrases`` are texts of the prompt files that no
    draft may hold; ``member`` is the pool's name among those that share ``minhash_redis``.

    Raises:
        UsageError: ``skip`` names a gate that does not exist, a held-out file cannot be read, or Redis not be reached.
    """
    if unknown := sorted(set(skip) - set(GATES)):
        raise UsageError(f"gates.skip: no gate named {', '.join(unknown)}; the gates are {', '.join(GATES)}")
    options: dict[str, dict[str, Any]] = {
        "shape": {
            "min_words": min_instruction_words,
            "max_words": max_instruction_words,
            "max_output_words": max_output_words,
        },
        "leak": {"phrases": phrases},
        "contamination": {"files": held_out},
        "minhash": {"threshold": minhash, "redis": minhash_redis, "member": member},
        "rouge": {"threshold": rouge},
    }
    return [_class(name)(**options.get(name, {})) for name in GATES if name not in skip]


def _class(name: str) -> Any:
    """A gate's class, imported only if it is used: some bring numba and datasketch along."""
    return getattr(import_module(f"synth.gates.{name}"), _CLASSES[name])


_CLASSES = {
    "shape": "ShapeGate",
    "leak": "LeakGate",
    "copy": "CopyGate",
    "contamination": "ContaminationGate",
    "language": "LanguageGate",
    "refusal": "RefusalGate",
    "repetition": "RepetitionGate",
    "evolution": "EvolutionGate",
    "minhash": "MinHashGate",
    "rouge": "RougeGate",
    "finish": "FinishGate",
    "constraints": "ConstraintsGate",
}
