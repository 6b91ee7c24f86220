"""Verifiable constraints: sentences that can be added to an instruction, and checked by code on the answer.

``offer`` finds some for a task, ``weave`` writes them into its instruction, ``realise`` edits its answer so that it
satisfies them, ``check`` decides whether an answer does. ``KINDS`` holds every kind; ``compatible`` says whether some
constraints can stand together.
"""

from __future__ import annotations

from synth.constraints.kind import Args, Finding, Kind
from synth.constraints.offer import ENOUGH, check, compatible, offer, realise
from synth.constraints.table import KINDS, conflict
from synth.constraints.weave import weave

__all__ = ["ENOUGH", "KINDS", "Args", "Finding", "Kind", "check", "compatible", "conflict", "offer", "realise", "weave"]
