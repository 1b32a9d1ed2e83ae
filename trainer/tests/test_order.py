"""Exact coverage for any numbers of shards, workers and processes."""

from collections import Counter

import pytest

from coterie_trainer.order import Schedule, number, positions, shard_order, slices


def draws(schedule, counts, ranks, workers, accumulate=1, seed=3):
    """(shard, sample) of every draw of a training, part by part."""
    parts = []
    for part in range(schedule.parts):
        drawn = []
        for rank in range(ranks):
            for worker in range(workers):
                begin, end = positions(schedule, part, rank, ranks, workers, worker, accumulate)
                drawn += [
                    (piece.shard, sample)
                    for piece in slices(counts, seed, begin, end)
                    for sample in range(piece.begin, piece.end)
                ]
        parts.append(drawn)
    return parts


@pytest.mark.parametrize("counts", [[50] * 5, [1, 99, 3, 40], [64]])
@pytest.mark.parametrize("ranks, workers, accumulate", [(1, 1, 1), (2, 3, 1), (1, 2, 2), (4, 4, 1)])
@pytest.mark.parametrize("epochs, sub_epochs", [(1, 1), (3, 4), (2.5, 2)])
def test_every_sample_once_a_pass(counts, ranks, workers, accumulate, epochs, sub_epochs):
    samples = sum(counts)
    schedule = Schedule.plan(samples, epochs, 16, sub_epochs)
    parts = draws(schedule, counts, ranks, workers, accumulate)
    everything = [draw for part in parts for draw in part]
    assert len(everything) == schedule.draws
    seen = Counter(everything)
    least, most = schedule.seen()
    assert min(seen.values()) == least and max(seen.values()) == most
    assert least >= int(epochs)
    # Parts are disjoint as long as a pass lasts.
    whole = samples // (schedule.steps_per_part * schedule.batch)
    first_pass = [draw for part in parts[:whole] for draw in part]
    assert len(set(first_pass)) == len(first_pass)


def test_parts_hold_few_steps_more_than_wanted():
    for samples in (1000, 999, 10_000_019):
        for batch in (64, 4096):
            for sub_epochs in (1, 7, 20):
                if samples < batch:
                    continue
                schedule = Schedule.plan(samples, 5, batch, sub_epochs)
                assert schedule.draws >= samples * 5
                assert schedule.steps < -(-samples * 5 // batch) + schedule.steps_per_part
                assert schedule.parts <= max(1, 5 * sub_epochs)


def test_processes_and_workers_change_the_division_not_the_samples_of_a_part():
    counts = [30, 40, 50]
    schedule = Schedule.plan(120, 2, 24, 3)
    alone = draws(schedule, counts, 1, 1)
    for ranks, workers in ((2, 1), (3, 4), (1, 5)):
        assert [sorted(part) for part in draws(schedule, counts, ranks, workers)] == [
            sorted(part) for part in alone
        ]


def test_passes_have_orders_of_their_own_and_seeds_decide_them():
    assert shard_order(50, 1, 0) != shard_order(50, 1, 1)
    assert shard_order(50, 1, 0) != shard_order(50, 2, 0)
    assert shard_order(50, 1, 0) == shard_order(50, 1, 0)
    # Recorded: an order that changes between versions would break the resuming of a training that is under
    # way.
    assert shard_order(8, 5, 0) == [0, 6, 2, 5, 4, 7, 3, 1]
    assert number("a", 1) != number("a1")
