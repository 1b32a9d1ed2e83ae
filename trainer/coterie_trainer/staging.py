"""Shards before training: copied to local disk if necessary, checked, and refused if they differ from the
job.
"""

import hashlib
import multiprocessing
import os
import shlex
import subprocess
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

from coterie_trainer import tar
from coterie_trainer.error import TrainerError
from coterie_trainer.job import Job

#: From this number of shards on, checking them is worth starting processes.
MANY = 64


def is_uri(source: str) -> bool:
    return "://" in source and not source.startswith("file://")


def local_path(source: str) -> Path:
    return Path(source.removeprefix("file://"))


def transfer(command: list[str], source: str, target: str) -> list[str]:
    return [word.replace("{from}", source).replace("{to}", target) for word in command]


def places(job: Job) -> list[str]:
    """Where each shard is read from: its path, the path of its copy, or a pipe."""
    command = job.document["transfer"]
    if job.document["staging"] == "stream":
        return [
            f"pipe:{shlex.join(transfer(command, s['source'], '-'))}"
            if is_uri(s["source"])
            else str(local_path(s["source"]))
            for s in job.shards
        ]
    folder = job.work / "shards"
    return [
        str(folder / f"{index:06d}.tar") if is_uri(shard["source"]) else str(local_path(shard["source"]))
        for index, shard in enumerate(job.shards)
    ]


def stage(job: Job, stopped: Callable[[], bool] = lambda: False, at_once: int = 8) -> list[str]:
    """Copies remote shards, ``at_once`` at a time, and keeps complete copies of an earlier attempt. Starts no
    copy once ``stopped``.
    """
    found = places(job)
    if job.document["staging"] == "stream":
        return found
    wanted = [
        (shard, Path(place))
        for shard, place in zip(job.shards, found, strict=True)
        if is_uri(shard["source"])
    ]
    if wanted:
        (job.work / "shards").mkdir(parents=True, exist_ok=True)

    def fetch_unless_stopped(pair: tuple[dict, Path]) -> None:
        if not stopped():
            fetch(job, *pair)

    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(fetch_unless_stopped, wanted))
    return found


def fetch(job: Job, shard: dict, place: Path) -> None:
    if place.exists() and shard.get("bytes") in (None, place.stat().st_size):
        return
    part = place.with_suffix(".part")
    copy(job.document["transfer"], shard["source"], str(part), "E_STAGING")
    os.replace(part, place)


def copy(command: list[str], source: str, target: str, code: str) -> None:
    words = transfer(command, source, target)
    try:
        result = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    except OSError as error:
        raise TrainerError(
            code,
            f"{words[0]}: {error.strerror}",
            "`transfer` names the command that copies; install it",
        ) from None
    if result.returncode:
        last = (result.stderr or result.stdout).strip().splitlines()[-1:] or ["no message"]
        raise TrainerError(code, f"{source} could not be copied: {last[0]}")


def check(job: Job, found: list[str]) -> None:
    """Refuses, with one list of mistakes, everything that would make the training hang or use wrong data."""
    looks = ((shard, place, job.limits["check"]) for shard, place in zip(job.shards, found, strict=True))
    if len(found) < MANY:
        mistakes = [mistake for mistake in map(look_into, looks) if mistake]
    else:
        with ProcessPoolExecutor(min(16, os.cpu_count() or 1), multiprocessing.get_context("spawn")) as pool:
            mistakes = [mistake for mistake in pool.map(look_into, looks, chunksize=16) if mistake]
    if mistakes:
        more = f"\n  and {len(mistakes) - 10} more" if len(mistakes) > 10 else ""
        raise TrainerError(
            "E_SHARD",
            f"{len(mistakes)} of {len(found)} shards differ from the job:\n"
            + "\n".join(f"  {text}" for text in mistakes[:10])
            + more,
        )
    batch = job.schedule["batch_size"]
    if job.samples < batch:
        raise TrainerError(
            "E_SET_TOO_SMALL",
            f"the set holds {job.samples} samples, fewer than one batch of {batch}",
            "choose a smaller schedule.batch_size, or fewer experts",
        )
    readers = job.ranks * max(1, job.hardware["workers"])
    if job.document["staging"] == "stream" and len(found) < readers:
        raise TrainerError(
            "E_FEW_SHARDS",
            f"{len(found)} shards are streamed by {readers} readers (nodes × processes × workers): "
            "every shard would be fetched several times per epoch",
            "choose fewer hardware.workers, smaller shards (write.shard_megabytes), or `staging: local`, "
            "which shares shards among readers",
        )


def look_into(look: tuple[dict, str, str]) -> str | None:
    shard, place, depth = look
    if place.startswith("pipe:"):
        return None
    path = Path(place)
    try:
        size = path.stat().st_size
    except OSError as error:
        return f"{place}: {error.strerror}"
    if shard.get("bytes") not in (None, size):
        return f"{place}: {size} bytes, expected {shard['bytes']}"
    if depth == "sizes":
        return None
    try:
        with path.open("rb") as file:
            found = sum(1 for _ in tar.samples(file, read=False))
    except (tar.BrokenTar, OSError) as error:
        return f"{place}: {error}"
    if found != shard["samples"]:
        return f"{place}: {found} samples with an image and a `.txt`, expected {shard['samples']}"
    if depth == "digest" and shard.get("sha256") and f"sha256:{digest_of(path)}" != shard["sha256"]:
        return f"{place}: the digest differs from the job"
    return None


def digest_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(1 << 20):
            digest.update(data)
    return digest.hexdigest()
