"""``train JOB``: runs a job from its file to its bundle, across any number of interruptions."""

import argparse
import json
import os
import time
from pathlib import Path
from typing import NoReturn

from coterie_trainer import model_folder, staging
from coterie_trainer.capped_log import CappedLog
from coterie_trainer.checkpoints import Checkpoints
from coterie_trainer.error import AGAIN, BusyError, JobError, TrainerError
from coterie_trainer.events import say
from coterie_trainer.figures import add_attempt, figures
from coterie_trainer.job import Job, read_job
from coterie_trainer.launchers import command_line, extra_environment, node_rank
from coterie_trainer.model_folder import write
from coterie_trainer.open_clip_options import arguments
from coterie_trainer.order import Schedule
from coterie_trainer.progress import Progress
from coterie_trainer.publish import is_published, publish
from coterie_trainer.run_file import write_run
from coterie_trainer.supervise import Interrupted, Signals, supervise
from coterie_trainer.work_folder import Lock, claim

DONE = 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", type=Path, help="job file, described by train-job.schema.json")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="print the command line of the training as JSON, and run nothing",
    )


def run(args: argparse.Namespace) -> int:
    try:
        job = read_job(args.job)
        if job.document["engine"] != "open_clip":
            raise JobError("E_JOB", f"the job is for the engine {job.document['engine']}")
    except JobError as error:
        say(event="end", status="failed", code=error.code, message=str(error))
        raise
    epochs = job.schedule
    schedule = Schedule.plan(job.samples, epochs["epochs"], epochs["batch_size"], epochs["sub_epochs"])
    command = command_line(job, arguments(job, schedule, "local-dir:model"))
    if args.dry_run:
        environment = extra_environment(job)
        print(
            json.dumps(
                {
                    "command": command,
                    "environment": environment,
                    "steps": schedule.steps,
                    "samples_seen": schedule.draws,
                }
            )
        )
        return DONE
    if node_rank(job) > 0:
        run_as_helper(job, command)
    return Attempt(job, schedule, command).run()


def run_as_helper(job: Job, command: list[str]) -> NoReturn:
    """On every machine but the first, replaces this process by torchrun, which waits for the first
    machine.
    """
    job.work.mkdir(parents=True, exist_ok=True)
    os.chdir(job.work)
    os.execvpe(command[0], command, {**os.environ, **extra_environment(job)})


class Attempt:
    """One attempt at a job. State that must outlive it is in the job's ``work`` folder."""

    def __init__(self, job: Job, schedule: Schedule, command: list[str]):
        self.job = job
        self.schedule = schedule
        self.command = command
        self.checkpoints = Checkpoints(job)
        self.progress = Progress(schedule)

    def run(self) -> int:
        started = time.monotonic()
        self.job.work.mkdir(parents=True, exist_ok=True)
        try:
            with Lock(self.job), Signals() as signals:
                status, error = self.outcome(signals)
                self.end(status, error, time.monotonic() - started)
        except BusyError as busy:
            say(event="end", status="failed", code=busy.code, message=str(busy))
            raise
        if error is not None and status == "failed":
            raise error
        return DONE if status == "succeeded" else AGAIN

    def outcome(self, signals: Signals) -> tuple[str, TrainerError | None]:
        try:
            if not is_published(self.job):
                self.train(signals)
            return "succeeded", None
        except Interrupted:
            hint = "run the same command again to resume from the newest checkpoint"
            return "interrupted", TrainerError("E_INTERRUPTED", "a signal interrupted the training", hint)
        except TrainerError as caught:
            return "failed", caught

    def train(self, signals: Signals) -> None:
        self.prepare(signals)
        signals.stop_here()
        say(event="phase", phase="training")
        job = self.job
        log = CappedLog(job.work, int(job.limits["log_megabytes"] * 1e6))
        begun = time.monotonic()
        try:
            outcome = supervise(
                self.command, extra_environment(job), job.work, log, job.limits, signals, self.on_event
            )
        finally:
            log.close()
            add_attempt(job, time.monotonic() - begun, self.progress.resumed_from)
        if outcome.code:
            raise TrainerError(outcome.code, outcome.message or "the training failed", outcome.hint)
        publish(job, figures(job, self.schedule, self.command))

    def prepare(self, signals: Signals) -> None:
        """Writes everything that the processes need to the work folder."""
        job, schedule = self.job, self.schedule
        claim(job)
        say(event="phase", phase="staging")
        self.checkpoints.recover()
        places = staging.stage(job, signals.came.is_set)
        signals.stop_here()
        say(event="phase", phase="checking")
        staging.check(job, places)
        write_run(job, schedule, places, model_folder.prepare(job, job.work / "model"))
        warmup = job.schedule["warmup_steps"]
        if warmup >= schedule.steps:
            steps = f"{warmup} warm-up steps in a training of {schedule.steps} steps"
            say(
                event="warning",
                code="W_WARMUP",
                message=f"the learning rate never reaches its maximum: {steps}",
            )

    def on_event(self, event: dict) -> None:
        """Passes an event of the processes on, or turns it into progress."""
        kind = event["event"]
        if kind == "bad":
            message = f"{event['count']} samples could not be decoded and were replaced"
            say(event="warning", code="W_BAD_SAMPLE", message=message)
        elif kind == "phase":
            say(**event)
        elif kind == "checkpoint":
            self.progress.checkpoint(event["part"])
            self.checkpoints.keep()
        elif kind == "start":
            self.progress.start(event["part"])
        elif kind in ("step", "beat"):
            self.progress.step(event)

    def end(self, status: str, error: TrainerError | None, seconds: float) -> None:
        """Writes the exit record."""
        job = self.job
        code, message, hint = (None, None, None) if error is None else (error.code, str(error), error.hint)
        record = {
            "version": 1,
            "name": job.name,
            "kind": job.kind,
            "status": status,
            "code": code,
            "message": message,
            "hint": hint,
            "seconds": round(seconds, 3),
            **figures(job, self.schedule, self.command),
            "bundle": str(job.bundle) if status == "succeeded" else None,
        }
        write(job.work / "exit.json", json.dumps(record, indent=2) + "\n")
        say(event="end", status=status, code=code, message=message)
