"""The bound on requests in flight, against a server that is only arithmetic."""

from __future__ import annotations

from synth.llm.appetite import CEILING, FLOOR, START, Appetite


def watch(appetite: Appetite, slots: int, polls: int = 20) -> None:
    """Metrics of a server of ``slots`` slots that gets all that the appetite allows."""
    for _ in range(polls):
        appetite.observe(min(slots, appetite.limit), max(0, appetite.limit - slots), pressed=True)


def work(appetite: Appetite, slots: int, completions: int) -> None:
    """Completions of one second each from a server of ``slots`` slots without metrics."""
    now = 0.0
    for _ in range(completions):
        now += 1 / min(slots, appetite.limit)
        appetite.finished(now, max(1.0, appetite.limit / slots), pressed=True)


def test_metrics_lead_to_a_full_server_with_a_small_queue() -> None:
    for slots in (16, 64, 256, 700):
        appetite = Appetite()
        watch(appetite, slots)
        assert slots < appetite.limit <= 1.6 * slots + 16


def test_another_clients_queue_is_given_way_to_down_to_what_the_server_runs() -> None:
    appetite = Appetite()
    for _ in range(20):
        appetite.observe(64, 500, pressed=True)
    assert appetite.limit == 80


def test_requests_that_begin_and_end_together_do_not_make_a_full_server_look_empty() -> None:
    appetite = Appetite()
    for running, waiting in [(128, 158), (0, 286), (0, 286), (0, 286), (128, 158), (128, 158), (128, 158)] * 4:
        appetite.observe(running, min(waiting, max(0, appetite.limit - running)), pressed=True)
    assert 128 + 32 <= appetite.limit <= 300


def test_a_burst_that_a_server_is_taking_in_is_not_a_full_server() -> None:
    appetite = Appetite()
    for running in (0, 30, 60, 90, 120):
        appetite.observe(running, START - running, pressed=True)
    assert appetite.limit >= START


def test_metrics_do_not_raise_a_limit_that_is_not_reached() -> None:
    appetite = Appetite()
    appetite.observe(3, 0, pressed=False)
    assert appetite.limit == START


def test_without_metrics_it_grows_while_that_brings_more_completions() -> None:
    appetite = Appetite()
    work(appetite, 500, 20_000)
    assert 500 <= appetite.limit <= CEILING


def test_without_metrics_a_server_that_is_full_is_not_flooded() -> None:
    appetite = Appetite()
    work(appetite, 64, 5_000)
    assert appetite.limit == START


def test_refusals_cut_it_once_a_second_and_it_grows_gently_after() -> None:
    appetite = Appetite()
    for now in (10.0, 10.1, 10.2):
        appetite.refused(now)
    assert appetite.limit == START * 2 // 3
    appetite.refused(11.5)
    cut = appetite.limit
    assert cut == START * 2 // 3 * 2 // 3
    work(appetite, 1000, 4 * cut)
    assert cut < appetite.limit < 1.5 * cut


def test_answers_near_the_time_limit_cut_it() -> None:
    appetite = Appetite(slow=150.0)
    for n in range(2 * START):
        appetite.finished(n * 10.0, 300.0, pressed=True)
    assert FLOOR <= appetite.limit < START


def test_it_begins_where_it_is_told_to_and_never_exceeds_its_ceiling() -> None:
    appetite = Appetite(start=80, ceiling=80)
    watch(appetite, 1000)
    assert appetite.limit == 80
    watch(appetite, 20, polls=60)
    assert 20 < appetite.limit <= 40
    watch(appetite, 1000)
    assert appetite.limit == 80


def test_a_fixed_limit_stays() -> None:
    appetite = Appetite(7)
    watch(appetite, 64)
    work(appetite, 64, 1000)
    appetite.refused(5.0)
    assert appetite.limit == 7
