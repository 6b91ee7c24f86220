"""Grow a small pool of seed tasks into a large, novel, hard and clean instruction dataset.

The library is what the command line calls::

    import synth

    recipe = synth.load_recipe(flags={"seeds": ["seeds/"], "rounds": 2})
    result = synth.expand(recipe, "runs/mine")
    run = synth.read_run("runs/mine")
    print(len(run.samples()), "samples", run.state.rounds[-1].rejected)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synth.recipe import Recipe as Recipe
    from synth.recipe import load_recipe as load_recipe
    from synth.records import Sample as Sample
    from synth.run import Result as Result
    from synth.run import expand as expand
    from synth.run import read_run as read_run

__version__ = "0.1.0"
__all__ = ["Recipe", "Result", "Sample", "expand", "load_recipe", "read_run"]

_HOMES = {
    "Recipe": "synth.recipe",
    "Result": "synth.run",
    "Sample": "synth.records",
    "expand": "synth.run",
    "load_recipe": "synth.recipe",
    "read_run": "synth.run",
}


def __getattr__(name: str) -> Any:
    """Import on first use, so that ``import synth`` and ``synth --help`` stay light."""
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'synth' has no attribute {name!r}")
