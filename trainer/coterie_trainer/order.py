"""Computes the order of samples, by arithmetic only, so that it is the same on every machine.

A training of E epochs over N samples is a sequence of positions 0 … T−1. Position p is sample p mod N of
epoch ⌊p / N⌋, and each epoch has its own order of shards. The sequence is divided into equal parts, which
open_clip calls epochs: a checkpoint is written after each. A part is divided into one range of positions per
process, and each range into one per data worker. So every epoch contains every sample exactly once, whatever
the number of shards, workers and processes; only the last step of a training is filled up with further
samples.
"""

import bisect
import hashlib
import math
import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """``parts`` × ``steps_per_part`` steps of ``batch`` samples."""

    samples: int
    batch: int
    parts: int
    steps_per_part: int

    @property
    def steps(self) -> int:
        return self.parts * self.steps_per_part

    @property
    def draws(self) -> int:
        return self.steps * self.batch

    @staticmethod
    def plan(samples: int, epochs: float, batch: int, sub_epochs: int) -> "Schedule":
        """The smallest number of whole steps for ``epochs``, in about ``epochs × sub_epochs`` equal parts."""
        steps = math.ceil(round(samples * epochs, 6) / batch)
        parts = max(1, min(steps, round(epochs * sub_epochs)))
        steps_per_part = math.ceil(steps / parts)
        return Schedule(samples, batch, math.ceil(steps / steps_per_part), steps_per_part)

    def seen(self) -> tuple[int, int]:
        """How often the least and the most frequent sample is drawn in the whole training."""
        return self.draws // self.samples, math.ceil(self.draws / self.samples)


def micro_batches(count: int, workers: int, worker: int) -> int:
    """How many of ``count`` batches come from this worker, if workers take turns."""
    return (count - worker + workers - 1) // workers


def positions(
    schedule: Schedule, part: int, rank: int, ranks: int, workers: int, worker: int, accumulate: int = 1
) -> tuple[int, int]:
    """The half-open range of positions that one data worker of one process draws in a part."""
    per_rank = schedule.steps_per_part * schedule.batch // ranks
    batches = schedule.steps_per_part * accumulate
    size = per_rank // batches
    before = sum(micro_batches(batches, workers, other) for other in range(worker))
    begin = part * schedule.steps_per_part * schedule.batch + rank * per_rank + before * size
    return begin, begin + micro_batches(batches, workers, worker) * size


@dataclass(frozen=True)
class Slice:
    """Consecutive samples of one shard."""

    shard: int
    begin: int
    end: int
    #: Position of the first sample.
    position: int


def slices(counts: list[int], seed: int, begin: int, end: int):
    """The slices of shards with positions ``begin`` to ``end``, in the shard order of each epoch."""
    samples = sum(counts)
    position = begin
    while position < end:
        order = shard_order(len(counts), seed, position // samples)
        starts = [0]
        for shard in order:
            starts.append(starts[-1] + counts[shard])
        base = position // samples * samples
        at = bisect.bisect_right(starts, position - base) - 1
        while position < end and at < len(order):
            first = position - base - starts[at]
            last = min(counts[order[at]], first + end - position)
            if last > first:
                yield Slice(order[at], first, last, position)
            position += last - first
            at += 1


def shard_order(shards: int, seed: int, epoch: int) -> list[int]:
    order = list(range(shards))
    random.Random(number("shards", seed, epoch)).shuffle(order)
    return order


def number(*names) -> int:
    """A 63-bit seed that is derived from the names."""
    return int.from_bytes(hashlib.sha256("\0".join(map(str, names)).encode()).digest()[:8], "big") >> 1
