"""The command lines for one, eight and thirty-two GPUs."""

from pathlib import Path

import pytest
from training import needs_open_clip

from coterie_trainer.error import TrainerError
from coterie_trainer.job import check_job
from coterie_trainer.launchers import command_line, extra_environment, first_host
from coterie_trainer.open_clip_options import arguments, check
from coterie_trainer.order import Schedule

SLURM = {"SLURM_JOB_ID": "4711", "SLURM_JOB_NODELIST": "gpu[003-006]"}


def a_job(nodes, processes, launcher="auto", device="cuda", **open_clip):
    document = {
        "version": 1, "name": "seed", "kind": "seed", "work": "/w", "bundle": "/b", "model": "ViT-B-32",
        "shards": [{"source": "/d/0.tar", "samples": 65536}],
        "schedule": {"epochs": 2, "batch_size": 4096, "sub_epochs": 4},
        "hardware": {"nodes": nodes, "processes": processes, "launcher": launcher, "device": device},
        "open_clip": open_clip,
    }  # fmt: skip
    return check_job(document)


def line(job, environment=None):
    schedule = Schedule.plan(job.samples, 2, 4096, 4)
    return command_line(job, arguments(job, schedule, "local-dir:model"), environment or {}, "python")


def test_one_gpu():
    words = line(a_job(1, 1))
    assert words[:4] == ["python", "-m", "coterie_trainer.open_clip_run", "/w/run.json"]
    assert words[words.index("--batch-size") + 1] == "4096" and words[words.index("--epochs") + 1] == "8"
    assert words[words.index("--precision") + 1] == "amp_bf16"


def test_eight_gpus():
    words = line(a_job(1, 8))
    start = "python -m torch.distributed.run --nproc-per-node=8 --max-restarts=0 --module --standalone -- coterie_trainer.open_clip_run /w/run.json --model local-dir:model"
    assert " ".join(words).startswith(start)
    assert words[words.index("--batch-size") + 1] == "512"


def test_four_machines_of_eight_with_srun():
    job = a_job(4, 8)
    words = line(job, SLURM)
    start = "srun --nodes=4 --ntasks=32 --ntasks-per-node=8 --kill-on-bad-exit=1 --unbuffered --cpus-per-task=5 python -m coterie_trainer.open_clip_run /w/run.json"
    assert " ".join(words).startswith(start)
    assert words[words.index("--batch-size") + 1] == "128"
    extra = extra_environment(job, SLURM)
    assert extra["MASTER_ADDR"] == "gpu003" and extra["MASTER_PORT"] == "24711"


def test_four_machines_of_eight_with_torchrun():
    words = line(a_job(4, 8, "torchrun"), {"MASTER_ADDR": "10.0.0.1", "NODE_RANK": "2"})
    start = "python -m torch.distributed.run --nproc-per-node=8 --max-restarts=0 --module --nnodes=4 --node-rank=2 --master-addr=10.0.0.1 --master-port=29500 -- coterie_trainer.open_clip_run"
    assert " ".join(words).startswith(start)


def test_a_job_of_one_process_is_no_part_of_the_allocation_around_it():
    extra = extra_environment(a_job(1, 1), {**SLURM, "SLURM_NTASKS": "32"})
    assert extra["WORLD_SIZE"] == "1"


@pytest.mark.parametrize(
    "nodes, first",
    [("gpu[003-006]", "gpu003"), ("gpu7", "gpu7"), ("a[1,4-5],b2", "a1"), ("login1,gpu[1-2]", "login1")],
)
def test_the_first_machine_of_a_list(nodes, first):
    assert first_host(nodes) == first


@needs_open_clip
def test_options_are_those_of_the_open_clip_that_is_installed():
    job = a_job(
        1,
        1,
        device="cpu",
        siglip=True,
        grad_clip_norm=1.0,
        image_mean=[0.5, 0.5, 0.5],
        aug_cfg=["scale=(0.4,1.0)"],
        local_loss=False,
    )
    words = line(job)[4:]
    check(words, job.open_clip)
    assert "--siglip" in words and "--local-loss" not in words
    with pytest.raises(TrainerError, match="channels_last"):
        check(words, {"channels_last": True})
    with pytest.raises(TrainerError, match="invalid choice"):
        check([*words, "--precision", "fp31"], {})


@needs_open_clip
def test_every_option_of_the_job_is_known_to_open_clip():
    from coterie_trainer.job import schema

    known = set(schema()["properties"]["open_clip"]["properties"])
    unknown = set()
    for name in known:
        try:
            check([], {name: 1})
        except TrainerError as error:
            if "has no option" in str(error):
                unknown.add(name)
    assert unknown == set()


def test_paths_of_the_log_stay_in_the_work_folder():
    words = line(a_job(1, 1))
    assert words[words.index("--logs") + 1] == str(Path("/w"))
