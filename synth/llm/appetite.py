"""How many requests a server takes at a time, found while it works.

A server is full when a few requests wait beside those it works on: with fewer it idles between two of ours, with
more the answers, which go first in our queue, stand behind drafts in its queue. Two ways to find that number:

- A server with vLLM's ``/metrics`` says how many it runs (``vllm:num_requests_running``) and how many wait
  (``vllm:num_requests_waiting``). We double while none waits, then keep a queue of a quarter of the most that it ran
  of late: of late, for requests that began together end together, and a moment later all that is seen waits. Many
  that wait while what runs still grows are a burst being taken in, not a full server.
- Any other server is tried out: double, and keep it if completions a second grew by a fifth; else go back, and
  try again much later. Refusals (429) and answers that take a quarter of the time limit cut it by a third, and
  from then on it grows by an eighth at a time (additive increase, multiplicative decrease, as TCP does).

It begins at 128, twice what a 64-slot server holds, so there is no slow start to pay for. An engine in this process
says what it has room for, and begins there.
"""

from __future__ import annotations

from collections import deque

START, FLOOR, CEILING = 128, 4, 1024
QUEUE_SHARE, QUEUE_LEAST = 0.25, 8
GREW, CUT = 1.2, 2 / 3
RECENT = 30
"""Readings of the metrics, 6 to 60 seconds apart in all."""

REST = 32
"""Measurements that pass before another try, after one that brought nothing."""


class Appetite:
    """The bound on requests in flight to one server: ``limit``, at most ``ceiling``. A ``fixed`` one stays as it is."""

    def __init__(
        self, fixed: int | None = None, *, slow: float = float("inf"), start: int = START, ceiling: int = CEILING
    ) -> None:
        self.limit = start if fixed is None else fixed
        self._ceiling = ceiling
        self._fixed = fixed is not None
        self._slow = slow
        self._metrics = False
        self._crowded = False
        self._recent: deque[float] = deque(maxlen=RECENT)
        self._count = 0
        self._began = 0.0
        self._rate_before: float | None = None
        self._limit_before = self.limit
        self._rest = 0
        self._gentle = False
        self._cut_at = float("-inf")

    def observe(self, running: float, waiting: float, *, pressed: bool) -> bool:
        """What the server's metrics say; ``pressed``: more would be sent if the limit were higher. True if it moved.

        What waits may be other clients' requests: they are given way to, down to what the server runs.
        """
        self._metrics = True
        if self._fixed:
            return False
        grows = bool(self._recent) and running > 1.05 * self._recent[-1]
        self._recent.append(running)
        most = max(self._recent)
        queue = max(QUEUE_LEAST, most * QUEUE_SHARE)
        before = self.limit
        crowded = waiting > 2 * queue
        if crowded and self._crowded and not grows:
            self._set(min(before, max(most + queue, before * CUT)))
        elif waiting == 0 and pressed:
            self._grow()
        elif waiting < queue / 2 and pressed:
            self._set(before + queue - waiting)
        self._crowded = crowded
        return self.limit != before

    def finished(self, now: float, took: float, *, pressed: bool) -> None:
        """One completion arrived after ``took`` seconds. Measures completions a second where there are no metrics.

        A measurement begins when what was in flight at the last change has gone through, and lasts ``limit`` more.
        """
        if self._fixed or self._metrics:
            return
        if not pressed:
            self._count = 0
            return
        self._count += 1
        if took > self._slow and self._count > self.limit:
            self._cut()
        elif self._count == self.limit:
            self._began = now
        elif self._count >= 2 * self.limit:
            self._count = 0
            self._measured(self.limit / max(now - self._began, 1e-9))

    def refused(self, now: float) -> None:
        """The server said that it has too much to do (429). The refusals of one second count once."""
        if not self._fixed and now - self._cut_at > 1.0:
            self._cut_at = now
            self._cut()

    def _measured(self, rate: float) -> None:
        if self._rate_before is not None and rate < GREW * self._rate_before and not self._gentle:
            self._set(self._limit_before)
            self._rest = REST
        self._rate_before = None
        if self._rest:
            self._rest -= 1
            return
        self._rate_before, self._limit_before = rate, self.limit
        self._grow()

    def _grow(self) -> None:
        self._set(self.limit + self.limit // 8 + 1 if self._gentle else self.limit * 2)

    def _cut(self) -> None:
        self._set(self.limit * CUT)
        self._count = 0
        self._rate_before = None
        self._gentle = True

    def _set(self, limit: float) -> None:
        self.limit = int(min(self._ceiling, max(FLOOR, limit)))
