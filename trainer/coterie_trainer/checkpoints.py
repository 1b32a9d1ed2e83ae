"""The newest checkpoint of a job: recovered after an interruption, and copied to ``keep`` if the job sets
it.
"""

import os
import shutil
import zipfile
from pathlib import Path

from coterie_trainer import staging
from coterie_trainer.error import TrainerError
from coterie_trainer.events import say
from coterie_trainer.job import Job


class Checkpoints:
    def __init__(self, job: Job):
        self.keep_at: str | None = job.document.get("keep")
        self.transfer: list[str] = job.document["transfer"]
        self.latest = job.work / "run" / "checkpoints" / "epoch_latest.pt"

    def recover(self) -> None:
        """Renames a broken checkpoint, and fetches the kept copy if there is no checkpoint."""
        if self.latest.exists() and not zipfile.is_zipfile(self.latest):
            os.replace(self.latest, self.latest.with_suffix(".broken"))
            say(
                event="warning",
                code="W_CHECKPOINT",
                message="the newest checkpoint is broken and was renamed to epoch_latest.broken",
            )
        if self.keep_at and not self.latest.exists():
            self.fetch(self.keep_at)

    def fetch(self, keep_at: str) -> None:
        self.latest.parent.mkdir(parents=True, exist_ok=True)
        part = self.latest.with_suffix(".part")
        if staging.is_uri(keep_at):
            try:
                staging.copy(self.transfer, self.kept_uri(keep_at), str(part), "E_KEEP")
            except TrainerError:
                # Nothing was kept yet: the training starts from the beginning.
                return
        elif self.kept_path(keep_at).exists():
            shutil.copyfile(self.kept_path(keep_at), part)
        if part.exists() and zipfile.is_zipfile(part):
            os.replace(part, self.latest)

    def keep(self) -> None:
        """Copies the newest checkpoint. A failure is only a warning, since it does not harm the training."""
        if not self.keep_at or not self.latest.exists():
            return
        try:
            self.copy(self.keep_at)
        except (TrainerError, OSError) as error:
            say(
                event="warning",
                code="W_KEEP",
                message=f"the checkpoint could not be copied to `keep`: {error}",
            )

    def copy(self, keep_at: str) -> None:
        if staging.is_uri(keep_at):
            staging.copy(self.transfer, str(self.latest), self.kept_uri(keep_at), "E_KEEP")
            return
        kept = self.kept_path(keep_at)
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_name(f"{kept.name}.part")
        shutil.copyfile(self.latest, part)
        os.replace(part, kept)

    def kept_uri(self, keep_at: str) -> str:
        return f"{keep_at.rstrip('/')}/{self.latest.name}"

    def kept_path(self, keep_at: str) -> Path:
        return staging.local_path(keep_at) / self.latest.name
