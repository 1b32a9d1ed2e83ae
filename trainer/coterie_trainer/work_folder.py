"""The job's ``work`` folder: one job owns it, and one process at a time works in it."""

import fcntl
from types import TracebackType
from typing import IO

from coterie_trainer.error import BusyError, TrainerError
from coterie_trainer.job import Job
from coterie_trainer.model_folder import write


class Lock:
    """Two simultaneous attempts at one job would overwrite each other's checkpoints."""

    def __init__(self, job: Job):
        self.path = job.work / "lock"
        self.file: IO[str] | None = None

    def __enter__(self) -> "Lock":
        self.file = self.path.open("w")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.file.close()
            raise BusyError(
                "E_RUNNING",
                f"another process is working on this job ({self.path})",
                "wait for it; the lock of a killed process is released automatically",
            ) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.file:
            self.file.close()


def claim(job: Job) -> None:
    """Marks the work folder as this job's, and refuses one that belongs to another job."""
    path = job.work / "identity"
    if path.exists() and path.read_text(encoding="utf-8") != job.identity:
        raise TrainerError(
            "E_OTHER_JOB",
            f"{job.work} belongs to another job",
            "use a separate `work` folder for every job, or remove this one to start over",
        )
    if job.bundle.exists() and any(job.bundle.iterdir()):
        raise TrainerError(
            "E_BUNDLE_EXISTS", f"{job.bundle} is not empty, and does not hold a bundle of this job"
        )
    write(path, job.identity)
