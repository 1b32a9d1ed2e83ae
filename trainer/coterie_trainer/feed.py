"""Feeds open_clip from shards: every sample once per epoch, in an order that a seed decides, for any number
of processes and workers.
"""

import io
import random
import shlex
import subprocess
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import Value
from typing import IO, cast

import torch
from PIL import Image
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from coterie_trainer import order, tar

#: Samples in the shuffle buffer; as many as in open_clip's own.
SHUFFLE = 5000
#: Maximum bytes in the shuffle buffer of each worker.
SHUFFLE_BYTES = 256_000_000


class BadShard(Exception):
    """The content of a shard differs from the job."""


@dataclass(frozen=True)
class Shards:
    """Sources (paths, or commands that write the tar to stdout) with their numbers of samples."""

    places: list[str]
    counts: list[int]

    @contextmanager
    def open(self, shard: int):
        place = self.places[shard]
        if not place.startswith("pipe:"):
            with open(place, "rb") as file:
                yield file
            return
        process = subprocess.Popen(shlex.split(place[5:]), stdout=subprocess.PIPE, bufsize=1 << 20)
        output = cast(IO[bytes], process.stdout)
        try:
            yield output
        finally:
            output.close()
            process.terminate()
            process.wait()

    def read(self, piece: order.Slice):
        """(position, image, caption) of the samples of a slice."""
        found = 0
        try:
            with self.open(piece.shard) as file:
                for image, text in tar.samples(file, piece.begin, piece.end):
                    yield piece.position + found, image, text
                    found += 1
        except FileNotFoundError:
            raise BadShard(f"the shard {self.places[piece.shard]} has disappeared") from None
        except (OSError, tar.BrokenTar) as error:
            raise BadShard(f"the shard {self.places[piece.shard]} cannot be read: {error}") from None
        if found < piece.end - piece.begin:
            raise BadShard(
                f"the shard {self.places[piece.shard]} holds {piece.begin + found} samples, "
                f"not {self.counts[piece.shard]}"
            )


@dataclass
class Position:
    """The rank of a process among all ranks."""

    rank: int
    ranks: int
    accumulate: int


class Batches(IterableDataset):
    """Batches of one process: (images, texts, number of samples that had to be replaced)."""

    def __init__(
        self,
        shards: Shards,
        schedule: order.Schedule,
        place: Position,
        seed: int,
        image: Callable,
        text: Callable,
        start: int = 0,
    ):
        self.shards = shards
        self.schedule = schedule
        self.place = place
        self.seed = seed
        self.image = image
        self.text = text
        self.size = schedule.batch // (place.ranks * place.accumulate)
        #: Shared with the data workers, which outlive a part.
        self.part = Value("q", start)

    def __iter__(self):
        info = get_worker_info()
        worker, workers = (info.id, info.num_workers) if info else (0, 1)
        part = self.part.value
        begin, end = order.positions(
            self.schedule, part, self.place.rank, self.place.ranks, workers, worker, self.place.accumulate
        )
        draws = shuffled(self.raw(begin, end), order.number("draw", self.seed, begin))
        images, texts, bad, last = [], [], 0, None
        for position, image, text in draws:
            try:
                pixels = self.decode(position, image)
                tokens = self.text(text)
            except Exception as error:
                bad += 1
                if last is None:
                    last = self.stand_in(position, error)
                pixels, tokens = last
            images.append(pixels)
            texts.append(tokens)
            last = pixels, tokens
            if len(images) == self.size:
                yield torch.stack(images), torch.stack(texts), bad
                images, texts, bad = [], [], 0

    def raw(self, begin: int, end: int):
        for piece in order.slices(self.shards.counts, self.seed, begin, end):
            yield from self.shards.read(piece)

    def decode(self, position: int, data: bytes):
        # Augmentation draws from these generators, and so depends only on the position of the sample.
        own = order.number("augment", self.seed, position)
        random.seed(own)
        # Only the generator of the CPU: `torch.manual_seed` seeds every device, with a traceback for each,
        # and takes as long as decoding a JPEG.
        torch.default_generator.manual_seed(own)
        with Image.open(io.BytesIO(data)) as image:
            return self.image(image.convert("RGB"))

    def stand_in(self, position: int, error: Exception):
        """The first readable sample of the set, in place of a worker's first sample that cannot be
        decoded.
        """
        for _, image, text in self.raw(0, self.schedule.samples):
            try:
                return self.decode(position, image), self.text(text)
            except Exception:
                continue
        raise BadShard(f"no sample of the set can be decoded: {error}") from None


def shuffled(items, seed: int):
    """Draws from a buffer that is filled ahead; every item is drawn once."""
    draw = random.Random(seed)
    held, size = [], 0
    for item in items:
        held.append(item)
        size += len(item[1])
        if len(held) >= SHUFFLE or size >= SHUFFLE_BYTES:
            yield (taken := take(held, draw))
            size -= len(taken[1])
    while held:
        yield take(held, draw)


def take(held: list, draw: random.Random):
    at = draw.randrange(len(held))
    held[at], held[-1] = held[-1], held[at]
    return held.pop()


class Feed:
    """The DataLoader that open_clip iterates over; it counts batches and bad samples, and reports them."""

    def __init__(self, batches: Batches, workers: int, report: Callable[..., None], bad_share: float):
        self.batches = batches
        self.report = report
        self.num_samples = batches.schedule.steps_per_part * batches.schedule.batch
        self.num_batches = batches.schedule.steps_per_part * batches.place.accumulate
        self.allowed = bad_share * batches.schedule.draws / batches.place.ranks
        self.bad = 0
        self.loader = DataLoader(
            batches,
            batch_size=None,
            num_workers=workers,
            persistent_workers=workers > 0,
            pin_memory=torch.cuda.is_available(),
        )

    def __iter__(self):
        batches = self.batches
        inner = iter(self.loader)
        # For dropout and the like; seeded again for every part, so that a resumed training equals an
        # uninterrupted one.
        torch.manual_seed(order.number("part", batches.seed, batches.part.value, batches.place.rank))
        state = torch.get_rng_state()
        said = 0.0
        for index, (images, texts, bad) in enumerate(inner):
            if bad:
                self.bad += bad
                self.report(event="bad", count=bad)
                if self.bad > self.allowed:
                    raise BadShard(
                        f"{self.bad} samples could not be decoded, more than limits.bad_share allows"
                    )
            if time.monotonic() - said > 1:
                said = time.monotonic()
                self.report(event="beat", batch=batches.part.value * self.num_batches + index)
            if self.loader.num_workers == 0:
                # Decoding the samples in this process reseeded the generator.
                torch.set_rng_state(state)
            yield images, texts
            if self.loader.num_workers == 0:
                state = torch.get_rng_state()

    def set_epoch(self, part: int) -> None:
        self.batches.part.value = part


class DataInfo:
    """The interface in which open_clip expects its data."""

    def __init__(self, feed: Feed, on_part: Callable[[int], None]):
        self.dataloader = feed
        self.on_part = on_part

    def set_epoch(self, part: int) -> None:
        self.on_part(part)
        self.dataloader.set_epoch(part)
