"""Measures the overhead of Coterie's trainer over the bare open_clip command, and the speed of its data loader.

    python trainer/measure/open_clip_overhead.py [--pairs 6000] [--epochs 5] TAR…

TAR… are any WebDataset tars with one caption per image. They are repacked twice: as Coterie writes them
(image, .txt, .json) and in open_clip's usual layout (image, .txt). Then it measures, alternately, samples per
second on one core through either loader without a model, and the CPU seconds of a whole training with the
bare command and with the supervised one (including its export), on the same tiny CLIP. CPU time, not wall
time, so that other processes do not affect it. Prints one JSON document.
"""

import argparse
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from training import write_model

from coterie_trainer import tar


def repack(sources: list[Path], folder: Path, pairs: int, shards: int, with_json: bool) -> list[dict]:
    folder.mkdir(parents=True)
    found = []
    for source in sources:
        with source.open("rb") as file:
            found += list(tar.samples(file))
    found = [found[index * 7919 % len(found)] for index in range(pairs)]
    out = []
    for shard in range(shards):
        part = found[shard * pairs // shards : (shard + 1) * pairs // shards]
        path = folder / f"{shard:05d}.tar"
        with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
            for index, (image, text) in enumerate(part):
                key = f"{shard:04d}{index:06d}"
                members = [
                    ("jpg" if image[:2] == b"\xff\xd8" else "png", image),
                    ("txt", text.split(b"\n")[0]),
                ]
                if with_json:
                    members.append(
                        (
                            "json",
                            json.dumps(
                                {"key": key, "expert": 0, "fine": 17, "distance": 0.71, "ooc": False}
                            ).encode(),
                        )
                    )
                for extension, data in members:
                    info = tarfile.TarInfo(f"{key}.{extension}")
                    info.size = len(data)
                    archive.addfile(info, io.BytesIO(data))
        out.append({"source": str(path), "samples": len(part)})
    return out


def speed_of(loader) -> float:
    """Samples a second of one core, in this process: the clock is the processor's own, so that neighbours do
    not count.
    """
    begun, count = time.process_time(), 0
    for images, _ in loader:
        count += len(images)
    return count / (time.process_time() - begun)


def loaders(folder: Path, ours: list[dict], theirs: list[dict], pairs: int, batch: int, workers: int):
    import open_clip
    from open_clip_train.data import get_wds_dataset

    from coterie_trainer.feed import Batches, Feed, Position, Shards
    from coterie_trainer.order import Schedule

    _, preprocess, _ = open_clip.create_model_and_transforms(f"local-dir:{folder / 'model'}")
    tokenizer = open_clip.get_tokenizer(f"local-dir:{folder / 'model'}")
    schedule = Schedule.plan(pairs, 1, batch, 1)
    batches = Batches(
        Shards([s["source"] for s in ours], [s["samples"] for s in ours]),
        schedule,
        Position(0, 1, 1),
        0,
        preprocess,
        lambda text: tokenizer(text.decode())[0],
    )
    args = SimpleNamespace(
        train_data="::".join(s["source"] for s in theirs),
        train_num_samples=pairs,
        train_data_upsampling_factors=None,
        dataset_resampled=False,
        seed=0,
        workers=workers,
        world_size=1,
        batch_size=batch,
    )
    return Feed(batches, workers, lambda **_: None, 0), get_wds_dataset(
        args, preprocess, True, tokenizer=tokenizer
    ).dataloader


def bare(folder: Path, shards: list[dict], pairs: int, epochs: int, batch: int, number: int) -> float:
    """Processor seconds of the command as its README has it."""
    words = [
        *(
            "--model",
            "local-dir:model",
            "--dataset-type",
            "webdataset",
            "--train-data",
            "::".join(s["source"] for s in shards),
            "--train-num-samples",
            str(pairs),
        ),
        *(
            "--epochs",
            str(epochs),
            "--batch-size",
            str(batch),
            "--workers",
            "1",
            "--precision",
            "fp32",
            "--device",
            "cpu",
            "--warmup",
            "4",
            "--lr",
            "0.0005",
        ),
        *(
            "--beta1",
            "0.9",
            "--beta2",
            "0.98",
            "--eps",
            "1e-06",
            "--wd",
            "0.2",
            "--log-every-n-steps",
            "10",
            "--logs",
            "bare",
            "--name",
            str(number),
        ),
        *("--save-most-recent", "--save-frequency", "0"),
    ]
    before = children()
    subprocess.run(
        [sys.executable, "-m", "open_clip_train.main", *words],
        cwd=folder,
        check=True,
        capture_output=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    return children() - before


def supervised(folder: Path, shards: list[dict], epochs: int, batch: int, number: int) -> tuple[float, float]:
    """Processor seconds of a whole job, and those of it that went into looking at shards, watching and
    reporting.
    """
    document = {
        "version": 1, "name": "seed", "kind": "seed", "work": str(folder / f"work-{number}"), "bundle": str(folder / f"bundle-{number}"), "shards": shards, "model": str(folder / "model"),
        "schedule": {"epochs": epochs, "batch_size": batch, "warmup_steps": 4}, "hardware": {"device": "cpu", "workers": 1},
    }  # fmt: skip
    (folder / "job.json").write_text(json.dumps(document))
    before, own = children(), 0.0
    process = subprocess.Popen(
        [sys.executable, "-m", "coterie_trainer", "train", str(folder / "job.json")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    for _ in process.stdout:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        own = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    assert process.wait() == 0
    return children() - before, own


def children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ratio(ours: list[float], theirs: list[float]) -> float:
    return round(statistics.median(ours) / statistics.median(theirs), 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tars", nargs="+", type=Path)
    parser.add_argument("--pairs", type=int, default=6000)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", choices=["feeding", "training"])
    given = parser.parse_args()
    import torch

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_model(folder / "model")
        ours = repack(given.tars, folder / "ours", given.pairs, 6, True)
        theirs = repack(given.tars, folder / "theirs", given.pairs, 6, False)
        found = {
            "pairs": given.pairs,
            "feeding": {"ours": [], "open_clip": []},
            "training": {"supervised": [], "supervision": [], "bare": []},
        }
        if given.only != "training":
            mine, stock = loaders(folder, ours, theirs, given.pairs, given.batch, 0)
            torch.set_num_threads(1)
            for _ in range(3):
                found["feeding"]["ours"].append(round(speed_of(mine)))
                found["feeding"]["open_clip"].append(round(speed_of(stock)))
            found["feeding_ratio"] = ratio(found["feeding"]["ours"], found["feeding"]["open_clip"])
        if given.only != "feeding":
            for number in range(given.rounds):
                whole, own = supervised(folder, ours, given.epochs, given.batch, number)
                found["training"]["supervised"].append(round(whole, 2))
                found["training"]["supervision"].append(round(own, 2))
                found["training"]["bare"].append(
                    round(bare(folder, theirs, given.pairs, given.epochs, given.batch, number), 2)
                )
            found["supervision_share"] = ratio(found["training"]["supervision"], found["training"]["bare"])
        print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
