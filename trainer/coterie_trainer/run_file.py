"""``run.json``: the file that training processes read instead of the job."""

import json

from coterie_trainer.job import Job, canonical, sha256, shard_list
from coterie_trainer.model_folder import write
from coterie_trainer.order import Schedule


def write_run(job: Job, schedule: Schedule, places: list[str], model: dict) -> None:
    """``places`` are the paths or pipes to read the shards from, in the order of the job; ``model`` is the
    result of ``model_folder.prepare``.
    """
    document = {
        "name": job.name,
        "work": str(job.work.resolve()),
        "export": str((job.work / "export").resolve()),
        "identity": job.identity,
        "device": job.hardware["device"],
        "seed": job.document["seed"],
        "schedule": {
            "samples": schedule.samples,
            "batch": schedule.batch,
            "parts": schedule.parts,
            "steps_per_part": schedule.steps_per_part,
        },
        "bad_share": job.limits["bad_share"],
        "open_clip": job.open_clip,
        "model": "local-dir:model",
        "initial": job.document.get("initial"),
        **model,
        "data": {
            "pairs": job.samples,
            "out_of_cluster": job.document["out_of_cluster"],
            "samples_seen": schedule.draws,
            "shards_sha256": sha256(canonical(shard_list(job.shards))),
        },
        "shards": [
            {"place": place, "samples": shard["samples"]}
            for place, shard in zip(places, job.shards, strict=True)
        ],
    }
    write(job.work / "run.json", json.dumps(document))
