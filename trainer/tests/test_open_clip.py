"""Whole jobs with the installed open_clip: a CLIP of two layers on a CPU."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from conftest import REPOSITORY
from training import PATIENCE, Run, finished, job, needs_open_clip, train, weights, write_model, write_shards

pytestmark = needs_open_clip


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Shards of unequal size and a model, for all jobs in this file."""
    folder = tmp_path_factory.mktemp("jobs")
    return folder, write_shards(folder / "shards", [33, 20, 47]), write_model(folder / "model")


@pytest.fixture(scope="module")
def seed(place):
    folder, shards, model = place
    return finished(
        folder / "seed", job(folder / "seed", shards, model, schedule={"epochs": 2, "sub_epochs": 2})
    )


def expert(folder, place, seed, **changes):
    _, shards, model = place
    given = {
        "name": "expert-0",
        "kind": "expert",
        "initial": {"checkpoint": str(seed.bundle)},
        "schedule": {"epochs": 3, "sub_epochs": 2},
        "out_of_cluster": 3,
        **changes,
    }
    return job(folder, shards, model, **given)


def test_a_finished_job_has_the_steps_that_were_planned(seed):
    record = seed.record
    assert (record["status"], record["steps"], record["samples_seen"], record["samples_in_set"]) == (
        "succeeded",
        16,
        256,
        100,
    )
    assert (record["seen_least"], record["seen_most"], record["bad_samples"], record["attempts"]) == (
        2,
        3,
        0,
        1,
    )
    assert record["loss"]["last"] < record["loss"]["first"]
    assert [event["part"] for event in seed.events if event["event"] == "checkpoint"] == [1, 2, 3, 4]
    assert [event["phase"] for event in seed.events if event["event"] == "phase"] == [
        "staging",
        "checking",
        "training",
        "exporting",
    ]
    assert seed.events[-1] == {"event": "end", "status": "succeeded", "code": None, "message": None}
    steps = [event for event in seed.events if event["event"] == "progress"]
    assert steps[-1]["step"] == steps[-1]["steps"] == 16 and steps[-1]["samples"] == 256


def test_the_bundle_holds_what_its_graphs_and_weights_say(seed):
    import onnxruntime
    import open_clip
    import torch

    expert = json.loads((seed.bundle / "expert.json").read_text())
    assert (
        expert["embedding_width"] == 64 and expert["seed_sha256"] is None and expert["data"]["pairs"] == 100
    )
    assert (expert["image"]["width"], expert["image"]["height"], expert["image"]["fit"]) == (32, 32, "cover")
    model, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{seed.bundle / 'checkpoint'}")
    tokenizer = open_clip.get_tokenizer(f"local-dir:{seed.bundle / 'checkpoint'}")
    pixels, ids = (
        torch.rand(3, 3, 32, 32),
        tokenizer(["a red square", "blue", "three little words and a number 12"]),
    )
    with torch.no_grad():
        expected = (
            model.eval().encode_image(pixels, normalize=True).numpy(),
            model.encode_text(ids, normalize=True).numpy(),
        )
    found = (
        onnxruntime.InferenceSession(seed.bundle / "image.onnx").run(None, {"pixels": pixels.numpy()})[0],
        onnxruntime.InferenceSession(seed.bundle / "text.onnx").run(None, {"input_ids": ids.numpy()})[0],
    )
    for ours, theirs in zip(found, expected, strict=True):
        assert np.abs(ours - theirs).max() < 1e-5
    assert expert["logit_scale"] == pytest.approx(float(model.logit_scale.exp()))
    assert preprocess.transforms[0].size == 32


def test_the_same_job_again_does_nothing(seed):
    before = (seed.bundle / "metrics.json").stat().st_mtime_ns
    again = finished(Path(seed.document["work"]).parent, seed.document)
    assert (seed.bundle / "metrics.json").stat().st_mtime_ns == before
    assert "phase" not in {event["event"] for event in again.events}


def test_an_interrupted_expert_on_another_machine_becomes_the_uninterrupted_one(place, seed, tmp_path):
    whole = finished(tmp_path / "whole", expert(tmp_path / "whole", place, seed))
    assert json.loads((whole.bundle / "expert.json").read_text())["seed_sha256"] is not None
    # It begins where the seed ended, not where a random model begins.
    assert whole.record["loss"]["first"] < seed.record["loss"]["first"] - 0.5

    keep = str(tmp_path / "kept")
    first = Run(tmp_path / "first", expert(tmp_path / "first", place, seed, keep=keep))
    first.until(lambda event: event["event"] == "checkpoint" and event["part"] >= 2)
    first.terminate().end()
    assert (first.status, first.record["status"], first.record["code"]) == (
        75,
        "interrupted",
        "E_INTERRUPTED",
    )
    assert not first.bundle.exists()

    second = finished(
        tmp_path / "second", expert(tmp_path / "second", place, seed, keep=keep, hardware={"threads": 1})
    )
    assert second.record["resumed_from_step"] >= 6
    assert (second.record["steps"], second.record["samples_seen"]) == (
        whole.record["steps"],
        whole.record["samples_seen"],
    )
    assert weights(second.bundle) == weights(whole.bundle)


def test_two_processes_train_together(place, seed, tmp_path):
    changes = {
        "schedule": {"epochs": 1, "sub_epochs": 1},
        "hardware": {"processes": 2},
        "open_clip": {"local_loss": True, "gather_with_grad": True},
    }
    run = finished(tmp_path, expert(tmp_path, place, seed, **changes))
    assert (run.record["processes"], run.record["steps"], run.record["samples_seen"]) == (2, 7, 112)
    events = sorted(Path(run.document["work"]).glob("events/*.jsonl"))
    assert len(events) == 2


def test_two_machines_train_together(place, tmp_path):
    """Two machines, each with one process of the same command; in this test both are this machine."""
    _, shards, model = place
    document = job(tmp_path, shards, model, hardware={"nodes": 2, "launcher": "torchrun"})
    meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
    second = Run(tmp_path, document, NODE_RANK="1", **meeting)
    first = finished(tmp_path, document, NODE_RANK="0", **meeting)
    assert second.end().status == 0
    assert (first.record["processes"], first.record["samples_seen"]) == (2, 112)


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_siglip_with_pictures_that_are_none(place, tmp_path):
    _, _, model = place
    shards = write_shards(tmp_path / "shards", [40, 24], broken=2)
    run = finished(
        tmp_path, job(tmp_path, shards, model, open_clip={"siglip": True}, limits={"bad_share": 0.2})
    )
    assert run.record["bad_samples"] == 4
    assert any(event.get("code") == "W_BAD_SAMPLE" for event in run.events)
    expert = json.loads((run.bundle / "expert.json").read_text())
    assert expert["logit_bias"] == pytest.approx(-10, abs=1)


def test_a_loss_that_is_no_number_stops_it(place, tmp_path):
    _, shards, model = place
    run = train(tmp_path, job(tmp_path, shards, model, schedule={"epochs": 50, "learning_rate": 1e9}))
    assert (run.status, run.record["code"]) == (4, "E_LOSS")
    assert "step" in run.record["message"] and not run.bundle.exists()


def test_a_shard_that_vanishes_stops_it_and_its_return_lets_it_go_on(place, tmp_path):
    _, _, model = place
    shards = write_shards(tmp_path / "shards", [32, 32])
    document = job(tmp_path, shards, model, schedule={"epochs": 8, "sub_epochs": 1, "batch_size": 32})
    missing = Path(shards[1]["source"])
    run = Run(tmp_path, document)
    run.until(lambda event: event["event"] == "checkpoint")
    missing.rename(missing.with_suffix(".away"))
    run.end()
    assert (run.status, run.record["code"]) == (4, "E_SHARD")
    assert str(missing) in run.record["message"]
    missing.with_suffix(".away").rename(missing)
    again = finished(tmp_path, document)
    assert again.record["resumed_from_step"] > 0 and again.record["samples_seen"] == 512


def test_cuda_that_is_not_there_is_refused(place, tmp_path):
    _, shards, model = place
    run = train(tmp_path, job(tmp_path, shards, model, hardware={"device": "cuda"}), CUDA_VISIBLE_DEVICES="")
    assert (run.status, run.record["code"]) == (4, "E_NO_CUDA")


SCRIPT = """
import { readFileSync } from 'node:fs'
import { loadEnsemble } from './src/ensemble/load.ts'
const { folder, images, names, rules } = JSON.parse(readFileSync(0, 'utf8'))
const ensemble = await loadEnsemble(folder)
const pictures = images.map((path) => new Uint8Array(readFileSync(path)))
const found = {}
for (const rule of rules) {
  const { scores, routing } = await ensemble.classify(pictures, names, { templates: ['a {} square', 'the {}'], rule })
  found[rule] = { scores: [...scores], weights: routing.weights }
}
await ensemble.close()
console.log(JSON.stringify(found))
"""


def same_in_typescript(folder, ensemble, images, names):
    """Scores of loadEnsemble on the same files, to 1e-4."""
    if shutil.which("node") is None or not (REPOSITORY / "node_modules" / "tsx").exists():
        return
    paths = []
    for index, image in enumerate(images):
        # Resized and cut on the way to the model, and without losses.
        paths.append(str(folder / f"{index}.png"))
        image.resize((70, 45)).save(paths[-1])
    rules = ["published", "coded", "coarse", "per-class"]
    given = json.dumps({"folder": str(folder), "images": paths, "names": names, "rules": rules})
    result = subprocess.run(
        ["node", "--import=tsx", "--input-type=module", "-e", SCRIPT],
        input=given,
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=PATIENCE,
    )
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    for rule in rules:
        ours = ensemble.classify(paths, names, ["a {} square", "the {}"], rule=rule)
        assert np.abs(ours.scores.ravel() - found[rule]["scores"]).max() < 1e-4
        weights = ours.weights if ours.weights.ndim == 1 else ours.weights.mean(0)
        assert np.abs(weights - found[rule]["weights"]).max() < 1e-4


def test_an_ensemble_of_some_of_its_experts(seed, tmp_path):
    pytest.importorskip("tokenizers")
    from PIL import Image
    from training import COLOURS

    from coterie_trainer import load_ensemble
    from coterie_trainer.caption_encoder import load_encoder
    from coterie_trainer.error import TrainerError

    names = list(COLOURS)
    centres = load_encoder(REPOSITORY / "encoders" / "static-minilm")([*names, "a dog", "shoes"])
    (tmp_path / "centres").mkdir()
    np.save(tmp_path / "centres" / "fine.npy", centres)
    np.save(tmp_path / "centres" / "coarse.npy", centres[[0, 2, 4]])
    (tmp_path / "centres" / "experts.json").write_text(
        json.dumps(
            {
                "fine_to_expert": [0, 0, 2, 2, 1, 1],
                "fine_population": [1] * 6,
                "expert_population": [2] * 3,
            }
        )
    )
    (tmp_path / "ensemble.json").write_text(
        json.dumps(
            {
                "version": 1,
                "experts": 3,
                "models": ["expert-0", "expert-1", "expert-2"],
                "encoder": {},
                "routing": {"rule": "published", "lambda": 0.2, "temperature": 0.1},
            }
        )
    )
    (tmp_path / "encoder").symlink_to(REPOSITORY / "encoders" / "static-minilm")
    with pytest.raises(TrainerError, match="none of its 3 experts"):
        load_ensemble(tmp_path)
    for index in (0, 2):
        (tmp_path / f"expert-{index}").symlink_to(seed.bundle)
    ensemble = load_ensemble(tmp_path)
    assert ensemble.present == [0, 2]
    images = [Image.new("RGB", (50, 41), COLOURS[name]) for name in names]
    for rule in ("published", "coded", "coarse", "per-class", "uniform"):
        found = ensemble.classify(images, names, ["a {} square"], rule=rule)
        assert np.allclose(found.weights.sum(-1), 1) and (found.weights[..., 1] == 0).all()
        # Both bundles are one model, so whatever the weights are, the scores are that model's.
        alone = (
            ensemble.experts[0].embed_images(images)
            @ ensemble.experts[0].embed_texts([f"a {name} square" for name in names]).T
        )
        assert np.abs(found.scores - alone).max() < 1e-5
        assert found.labels == [names[index] for index in alone.argmax(1)]
    same_in_typescript(tmp_path, ensemble, images, names)
    queries = ensemble.embed_queries(["a red square", "shoes"]) @ ensemble.embed_images(images).T
    assert np.abs(queries[0] - alone[:, 0]).max() < 1e-5
    for wrong, part in (([], "no class"), (["red", " "], "empty"), (["red", "blue", "red"], "duplicate")):
        with pytest.raises(TrainerError, match=part):
            ensemble.classify(images, wrong)
    document = json.loads((seed.bundle / "expert.json").read_text())
    (tmp_path / "expert-1").mkdir()
    (tmp_path / "expert-1" / "expert.json").write_text(json.dumps({**document, "embedding_width": 32}))
    with pytest.raises(TrainerError, match="32, 64"):
        load_ensemble(tmp_path)
