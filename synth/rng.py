"""Every random choice is drawn from a generator derived from the run's seed and the choice's own key.

So a choice depends on *what* is chosen (round 3, piece of work 17, parents) and never on *when*: no global
generator, no shared stream that concurrency could reorder.
"""

from __future__ import annotations

import hashlib
import random


def derive(seed: int, *key: str | int) -> random.Random:
    """A generator of its own for ``key``; the same seed and key give the same stream on every machine.

    >>> derive(7, "plan", 3).random() == derive(7, "plan", 3).random()
    True
    """
    return random.Random(derive_int(seed, *key))


def derive_int(seed: int, *key: str | int) -> int:
    """A 63-bit integer for ``key``, for things that take a seed rather than a generator (an LLM's sampler)."""
    # repr tells 1 from "1" and keeps the parts apart, so ("a", "bc") and ("ab", "c") differ.
    digest = hashlib.blake2b(repr((seed, *key)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
