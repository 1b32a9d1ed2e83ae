"""Command lines that start one process, several on a machine, or several on several machines."""

import os
import sys
from collections.abc import Mapping

from coterie_trainer.job import Job

MODULE = "coterie_trainer.open_clip_run"


def launcher_of(job: Job, environment: Mapping[str, str]) -> str:
    chosen = job.hardware["launcher"]
    if chosen != "auto":
        return chosen
    return "srun" if job.hardware["nodes"] > 1 and "SLURM_JOB_ID" in environment else "torchrun"


def command_line(
    job: Job, arguments: list[str], environment: Mapping[str, str] = os.environ, python: str = sys.executable
) -> list[str]:
    """The command to start on this machine. With torchrun on several machines, each starts the same
    command.
    """
    nodes, processes = job.hardware["nodes"], job.hardware["processes"]
    run = [MODULE, str(job.work / "run.json"), *arguments]
    if launcher_of(job, environment) == "srun":
        return [
            *(
                "srun",
                f"--nodes={nodes}",
                f"--ntasks={nodes * processes}",
                f"--ntasks-per-node={processes}",
                "--kill-on-bad-exit=1",
                "--unbuffered",
            ),
            *(
                f"--cpus-per-task={max(1, job.hardware['workers'] + job.hardware['threads'])}",
                python,
                "-m",
                *run,
            ),
        ]
    if nodes * processes == 1:
        return [python, "-m", *run]
    torchrun = [
        python,
        "-m",
        "torch.distributed.run",
        f"--nproc-per-node={processes}",
        "--max-restarts=0",
        "--module",
    ]
    if nodes == 1:
        return [*torchrun, "--standalone", "--", *run]
    host, port = environment.get("MASTER_ADDR", "localhost"), environment.get("MASTER_PORT", "29500")
    return [
        *torchrun,
        f"--nnodes={nodes}",
        f"--node-rank={node_rank(job, environment)}",
        f"--master-addr={host}",
        f"--master-port={port}",
        "--",
        *run,
    ]


def node_rank(job: Job, environment: Mapping[str, str] = os.environ) -> int:
    """The index of this machine if each starts the same command; 0 with srun, which only the first starts."""
    if job.hardware["nodes"] == 1 or launcher_of(job, environment) == "srun":
        return 0
    return int(environment.get("NODE_RANK") or environment.get("SLURM_NODEID") or 0)


def extra_environment(job: Job, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Variables to set in addition to the inherited ones: threads and, for srun, the rendezvous address."""
    extra = {
        "OMP_NUM_THREADS": str(job.hardware["threads"]),
        "PYTHONUNBUFFERED": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "WANDB_MODE": "disabled",
    }
    if launcher_of(job, environment) == "srun":
        extra["MASTER_ADDR"] = (
            environment.get("MASTER_ADDR", "")
            or first_host(environment.get("SLURM_JOB_NODELIST", ""))
            or "localhost"
        )
        extra["MASTER_PORT"] = environment.get("MASTER_PORT", "") or str(
            20000 + int(environment.get("SLURM_JOB_ID", "0")) % 20000
        )
    elif job.ranks == 1:
        # A job of one process inside a larger allocation must not act as one of its ranks.
        extra.update({"WORLD_SIZE": "1", "RANK": "0", "LOCAL_RANK": "0"})
    return extra


def first_host(nodes: str) -> str:
    """`gpu[003-006,9],login1` → `gpu003`."""
    head, bracket, rest = nodes.partition("[")
    if not bracket or "," in head:
        return head.split(",")[0]
    return head + rest.split("]")[0].replace(",", "-").split("-")[0]
