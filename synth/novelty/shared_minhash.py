"""A MinHash index in Redis, for a pool that several machines grow at the same time.

Its decisions are those of :class:`synth.novelty.minhash.MinHashIndex` over the rows of all members: the same bands find
candidates, the exact Jaccard of their shingles decides. In one Redis database, which is one pool, lie::

    synth:minhash:2:bands…   datasketch's set storage: band key -> ids of rows
    synth:minhash:2:rows     id -> {"row": 7, "member": "0f…", "words": "sort the list"}
    synth:minhash:2:count    the last row number given out

A row is written once, under its id, however often it is added: a pool that is read back from disk adds its own again.
Until it has, its rows do not count for the member that wrote them, so that a run that was killed and goes on does not
meet, as duplicates, the samples that it is about to accept once more.

Looking and adding are two steps: of two near-duplicates that two machines judge within the same moment both may stay.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

from synth.errors import RunFolderError, UsageError
from synth.novelty.minhash import THRESHOLD, Duplicate, bands, jaccard
from synth.novelty.vocabulary import words_of

T = TypeVar("T")


class SharedMinHashIndex:
    """Texts (as :func:`synth.text.token_octets`) that all members add, and which of them another one nearly duplicates.

    ``url`` is ``redis://host:port/database`` (also ``rediss://``, ``unix://``); ``member`` names this machine's pool,
    the same whenever that pool is opened again.

    Raises UsageError if the database cannot be used; once it could, the methods raise RunFolderError if it is gone.
    """

    def __init__(self, url: str, member: str, threshold: float = THRESHOLD) -> None:
        if not 0 < threshold <= 1:
            raise ValueError(f"a Jaccard threshold lies in (0, 1]; got {threshold}")
        self.threshold = threshold
        self._member = member
        self._added: set[str] = set()
        self._place = _without_password(url)
        try:
            import redis
        except ImportError:
            raise UsageError(f"{self._place}: the redis package is missing; pip install 'synth[redis]'") from None
        from datasketch.storage import unordered_storage

        self._lost = redis.RedisError
        try:
            pool = redis.ConnectionPool.from_url(url, socket_connect_timeout=_CONNECT_SECONDS, socket_timeout=_SECONDS)
            self._redis: Any = redis.Redis(connection_pool=pool)
            self._redis.ping()
        except (ValueError, redis.RedisError) as error:
            cure = "start Redis there, or give another redis://host:port/database, or none"
            raise UsageError(f"{self._place}: no Redis to share a pool ({_one_line(error)}); {cure}") from error
        config = {"type": "redis", "redis": {"connection_pool": pool}}
        self._bands: Any = unordered_storage(config, name=_NAME + b"bands")

    def __len__(self) -> int:
        """Rows of all members."""
        return self._ask(lambda: int(self._redis.hlen(_ROWS)))

    def add(self, row_id: str, octets: bytes) -> None:
        """Add a row; one id is one text."""
        self._added.add(row_id)
        self._ask(lambda: self._add(row_id, octets))

    def missing(self, ids: Sequence[str]) -> list[str]:
        """Those of ``ids`` that have no row yet. The others count as added from now on."""
        found: list[str] = []
        for first in range(0, len(ids), _BATCH):
            batch = ids[first : first + _BATCH]
            there = self._ask(functools.partial(self._exist, batch))
            found.extend(row_id for row_id, known in zip(batch, there, strict=True) if not known)
            self._added.update(row_id for row_id, known in zip(batch, there, strict=True) if known)
        return found

    def nearest_over(self, octets: bytes, exclude: Collection[str] = frozenset()) -> Duplicate | None:
        """The row with the highest Jaccard, if that is at least the threshold; of equals, the first.

        Rows whose id is in ``exclude`` do not count.
        """
        best: Duplicate | None = None
        tokens = words_of(octets)
        for row in self._ask(lambda: self._candidates(octets)):
            near = jaccard(tokens, row.tokens) if row.id not in exclude else 0.0
            if near >= self.threshold and (best is None or (-near, row.row) < (-best.jaccard, best.row)):
                best = Duplicate(row.id, row.row, near, row.tokens)
        return best

    def _add(self, row_id: str, octets: bytes) -> None:
        name = row_id.encode()
        if self._redis.hexists(_ROWS, name):
            return
        for key in _keys(octets):
            self._bands.insert(key, name, buffer=True)
        self._bands.empty_buffer()
        # The row comes last: what a kill leaves before it is bands without a row, which nobody reads.
        row = {"row": self._redis.incr(_COUNT) - 1, "member": self._member, "words": octets.decode()}
        self._redis.hsetnx(_ROWS, name, json.dumps(row, ensure_ascii=False).encode("utf-8"))

    def _exist(self, ids: Sequence[str]) -> list[bool]:
        pipeline = self._redis.pipeline(transaction=False)
        for row_id in ids:
            pipeline.hexists(_ROWS, row_id.encode())
        there: list[bool] = pipeline.execute()
        return there

    def _candidates(self, octets: bytes) -> list[Duplicate]:
        names = sorted(set().union(*self._bands.getmany(*_keys(octets))))
        if not names:
            return []
        found = []
        for row_id, value in zip((name.decode() for name in names), self._redis.hmget(_ROWS, names), strict=True):
            row = json.loads(value) if value is not None else None
            if row is not None and (row["member"] != self._member or row_id in self._added):
                found.append(Duplicate(row_id, row["row"], 0.0, tuple(row["words"].split())))
        return found

    def _ask(self, question: Callable[[], T]) -> T:
        try:
            return question()
        except self._lost as error:
            cure = "start it again, then run the same command: it goes on"
            raise RunFolderError(f"{self._place}: Redis is gone ({_one_line(error)}); {cure}") from error


_NAME = b"synth:minhash:2:"
"""The number changes with the bands, the shingles or the tokens: rows of two versions must not meet."""

_ROWS, _COUNT = _NAME + b"rows", _NAME + b"count"

_BATCH = 10_000
"""Rows that are asked for in one go."""

_CONNECT_SECONDS, _SECONDS = 10, 60
"""How long Redis may take to be reached, and to answer. The URL can say otherwise (``?socket_timeout=5``)."""


def _keys(octets: bytes) -> list[bytes]:
    return [key.to_bytes(8, "little") for key in bands(octets).tolist()]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _without_password(url: str) -> str:
    try:
        parts = urlsplit(url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl()
    except ValueError:
        return "gates.minhash_redis"
