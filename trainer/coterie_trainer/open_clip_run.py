"""One training process: open_clip's ``main`` with our data loader, log and handling of failures.

``python -m coterie_trainer.open_clip_run RUN.json OPEN_CLIP_ARGUMENTS``. docs/decisions/0300 explains what is
replaced, and why. Everything else (model, loss, optimiser, schedule, precision, checkpoints, resuming) is
open_clip's.
"""

import json
import math
import os
import sys
import types
from pathlib import Path
from typing import Any

from coterie_trainer.error import TrainerError
from coterie_trainer.events import EventFile
from coterie_trainer.order import Schedule


def main(argv: list[str]) -> int:
    run = json.loads(Path(argv[0]).read_text(encoding="utf-8"))
    rank = next((int(os.environ[name]) for name in ("RANK", "SLURM_PROCID") if name in os.environ), 0)
    events = EventFile(Path(run["work"]) / "events" / f"events-{rank:05d}.jsonl")
    try:
        check_device(run["device"])
        sys.modules["wandb"] = watcher(events)
        train(run, argv[1:], events)
        if rank == 0:
            finish(run, events)
    except TrainerError as error:
        events.write(event="error", code=error.code, message=str(error), hint=error.hint)
        return 1
    except Exception as error:
        events.write(event="error", **explained(error, run))
        raise
    return 0


def check_device(device: str) -> None:
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        built = (
            f"this PyTorch is built for CUDA {torch.version.cuda}"
            if torch.version.cuda
            else "this PyTorch is built without CUDA"
        )
        raise TrainerError(
            "E_NO_CUDA",
            f"the job asks for `device: cuda`, but there is no GPU: {built}",
            "check nvidia-smi, or set hardware.device to cpu; open_clip alone would silently use the CPU",
        )


def watcher(events: EventFile) -> types.ModuleType:
    """Replaces wandb for open_clip: receives the figures of each logged step, and stops a training whose loss
    is not finite.
    """

    def log(data: dict, step: int) -> None:
        loss = data.get("train/loss")
        if loss is None:
            return
        events.write(
            event="step", step=step + 1, loss=loss, learning_rate=data["train/lr"], scale=data["train/scale"]
        )
        if not math.isfinite(loss):
            raise TrainerError(
                "E_LOSS",
                f"the loss is {loss} at step {step + 1}",
                "try a lower learning_rate, a longer warm-up, open_clip.grad_clip_norm or another precision",
            )

    module: Any = types.ModuleType("wandb")
    module.log = log
    module.init = module.save = module.watch = module.finish = lambda *args, **kwargs: None
    return module


def train(run: dict, argv: list[str], events: EventFile) -> None:
    from open_clip_train import main as open_clip

    from coterie_trainer.open_clip_options import check

    check(argv, run["open_clip"])
    schedule = Schedule(**run["schedule"])

    def get_data(args, preprocess, epoch=0, tokenizer=None):
        # The first part starts where the newest checkpoint ends.
        return {"train": feed(run, schedule, args, preprocess[0], epoch, tokenizer, events)}

    open_clip.get_data = get_data
    # The supervising process writes the log, and limits its size.
    set_up_logging = open_clip.setup_logging
    open_clip.setup_logging = lambda path, level, include_host=False: set_up_logging(
        None, level, include_host
    )
    load = open_clip.pt_load
    open_clip.pt_load = lambda path, map_location=None: fit_prefix(load(path, map_location=map_location))
    if run["device"] == "cpu":
        data_parallel_on_cpu()
    if open_clip.main(argv) == -1:
        raise TrainerError("E_OPEN_CLIP", "open_clip stopped before it trained; see the end of the log")
    events.write(event="checkpoint", part=schedule.parts)


def feed(run: dict, schedule: Schedule, args, preprocess, part: int, tokenizer, events: EventFile):
    from coterie_trainer.feed import Batches, DataInfo, Feed, Position, Shards

    shards = Shards(
        [shard["place"] for shard in run["shards"]], [shard["samples"] for shard in run["shards"]]
    )
    place = Position(args.rank, args.world_size, args.accum_freq)
    batches = Batches(
        shards,
        schedule,
        place,
        run["seed"],
        preprocess,
        lambda text: tokenizer(text.decode("utf-8", "replace"))[0],
        part,
    )

    def on_part(number: int) -> None:
        events.write(event="checkpoint" if number > part else "start", part=number)

    return DataInfo(Feed(batches, args.workers, events.write, run["bad_share"]), on_part)


def fit_prefix(checkpoint: dict) -> dict:
    """Lets a checkpoint of one process be resumed by several."""
    state = checkpoint.get("state_dict", checkpoint)
    import torch.distributed

    if torch.distributed.is_initialized() and not next(iter(state)).startswith("module."):
        checkpoint = {**checkpoint, "state_dict": {f"module.{name}": value for name, value in state.items()}}
    return checkpoint


def data_parallel_on_cpu() -> None:
    import torch

    class DistributedDataParallel(torch.nn.parallel.DistributedDataParallel):
        def __init__(self, module, device_ids=None, **options):
            super().__init__(module, **options)

    torch.nn.parallel.DistributedDataParallel = DistributedDataParallel  # type: ignore[assignment,misc]


def finish(run: dict, events: EventFile) -> None:
    """Turns the final checkpoint into a bundle, if it matches the job."""
    from coterie_trainer.clip_bundle import write_bundle

    events.write(event="phase", phase="exporting")
    write_bundle(run, Path(run["export"]))


def explained(error: Exception, run: dict) -> dict:
    from coterie_trainer.feed import BadShard

    text = f"{error}".strip()
    if isinstance(error, BadShard):
        return {
            "code": "E_SHARD",
            "message": text.splitlines()[-1].removeprefix("coterie_trainer.feed.BadShard: "),
            "hint": "run again: shards are checked and staged again",
        }
    if "BadShard: " in text:
        # From a data worker: the message holds its traceback.
        return {
            "code": "E_SHARD",
            "message": text.rpartition("BadShard: ")[2].splitlines()[0],
            "hint": "run again: shards are checked and staged again",
        }
    if "size mismatch" in text and run.get("initial"):
        lines = text.splitlines()
        shapes = lines[1].strip() if len(lines) > 1 else text
        return {
            "code": "E_SEED",
            "message": f"the seed has another shape than the model: {shapes}",
            "hint": "use the model that the seed was trained with",
        }
    if "out of memory" in text.lower():
        return {
            "code": "E_MEMORY",
            "message": text.splitlines()[0],
            "hint": "try open_clip.accum_freq, open_clip.grad_checkpointing or more processes",
        }
    return {
        "code": "E_TRAINING",
        "message": f"{type(error).__name__}: {text.splitlines()[0] if text else ''}",
        "hint": "the whole traceback is in the log",
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
