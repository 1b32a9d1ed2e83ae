"""The open_clip command line of a job, checked against the parser of the installed version."""

import argparse
import types

from coterie_trainer.error import TrainerError
from coterie_trainer.job import Job
from coterie_trainer.order import Schedule


def arguments(job: Job, schedule: Schedule, model: str) -> list[str]:
    """The arguments of a job; the same for every attempt, so that starting again resumes."""
    plan, options = job.schedule, dict(job.open_clip)
    options.setdefault("precision", "fp32" if job.hardware["device"] == "cpu" else "amp_bf16")
    options.setdefault("log_every_n_steps", 10)
    accumulate = options.get("accum_freq") or 1
    return [
        *("--model", model),
        *("--dataset-type", "webdataset", "--train-data", str(job.work / "run.json")),
        *("--train-num-samples", str(schedule.steps_per_part * schedule.batch)),
        *("--epochs", str(schedule.parts)),
        *("--batch-size", str(schedule.batch // (job.ranks * accumulate))),
        *("--workers", str(job.hardware["workers"])),
        *("--device", job.hardware["device"]),
        *(
            "--lr",
            repr(plan["learning_rate"]),
            "--lr-scheduler",
            plan["decay"],
            "--warmup",
            str(plan["warmup_steps"]),
        ),
        *(
            "--wd",
            repr(plan["weight_decay"]),
            "--beta1",
            repr(plan["beta1"]),
            "--beta2",
            repr(plan["beta2"]),
            "--eps",
            repr(plan["epsilon"]),
        ),
        *("--seed", str(job.document["seed"])),
        *("--logs", str(job.work), "--name", "run"),
        *("--save-most-recent", "--save-frequency", "0", "--resume", "latest"),
        *("--report-to", "wandb"),
        *(["--dist-backend", "gloo"] if job.hardware["device"] == "cpu" and job.ranks > 1 else []),
        *[word for name in sorted(options) for word in words(name, options[name])],
    ]


def words(name: str, value) -> list[str]:
    flag = "--" + name.replace("_", "-")
    if isinstance(value, bool):
        return [flag] if value else []
    if isinstance(value, list):
        return [flag, *map(str, value)]
    return [flag, str(value)]


def check(argv: list[str], ours: dict) -> None:
    """Refuses options that the installed open_clip does not know or interprets differently."""
    from open_clip_train import params

    known = {}

    class Parser(argparse.ArgumentParser):
        def error(self, message):
            raise TrainerError(
                "E_OPEN_CLIP_OPTION", f"the installed open_clip refuses the options: {message}"
            )

        def parse_args(self, *args, **kwargs):
            known.update({action.dest: action for action in self._actions})
            return super().parse_args(*args, **kwargs)

    params.argparse = types.SimpleNamespace(ArgumentParser=Parser)
    try:
        parsed = params.parse_args(argv)
    finally:
        params.argparse = argparse
    for name in ours:
        if name not in known:
            raise TrainerError(
                "E_OPEN_CLIP_OPTION",
                f"the installed open_clip has no option {name}",
                f"it has {', '.join(sorted(known))}",
            )
        if isinstance(ours[name], bool) and not isinstance(getattr(parsed, name), bool):
            raise TrainerError("E_OPEN_CLIP_OPTION", f"open_clip's {name} is not a flag")
