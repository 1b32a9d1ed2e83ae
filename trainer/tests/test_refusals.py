"""Jobs that are refused before training; needs no PyTorch."""

import json
import struct
from pathlib import Path

import pytest
from training import Run, job, train, wait_until, write_model, write_shards

from coterie_trainer import model_folder, staging
from coterie_trainer.error import TrainerError
from coterie_trainer.job import check_job


@pytest.fixture
def place(tmp_path):
    return tmp_path, write_shards(tmp_path / "shards", [20, 30]), write_model(tmp_path / "model")


def refused(document) -> TrainerError:
    with pytest.raises(TrainerError) as caught:
        checked = check_job(document)
        staging.check(checked, staging.stage(checked))
        model_folder.prepare(checked, Path(document["work"]) / "model")
    return caught.value


def safetensors(path: Path, cut: int = 0) -> Path:
    header = json.dumps({"weight": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}).encode()
    data = struct.pack("<Q", len(header)) + header + bytes(16)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data[: len(data) - cut])
    return path


def test_a_good_job_passes(place):
    folder, shards, model = place
    document = check_job(job(folder, shards, model))
    staging.check(document, staging.stage(document))
    assert model_folder.prepare(document, folder / "work" / "model") == {
        "architecture": "model",
        "initial_sha256": None,
    }


def test_all_mistakes_of_a_job_file_at_once(place):
    folder, shards, model = place
    text = str(refused({**job(folder, shards, model), "kind": "teacher", "epochs": 3, "shards": []}))
    assert "kind:" in text and "epochs" in text and "shards:" in text


@pytest.mark.parametrize(
    "changes, part",
    [
        ({"kind": "expert"}, "starts from a seed"),
        ({"schedule": {"epochs": 0}}, "more than 0"),
        ({"hardware": {"processes": 3}}, "is not a multiple of 3"),
        ({"open_clip": {"accum_freq": 5}}, "is not a multiple of 5"),
        ({"open_clip": {"no_such_option": True}}, "no_such_option"),
        ({"open_clip": {"precision": "fp31"}}, "fp31"),
    ],
)
def test_jobs_that_contradict_themselves(place, changes, part):
    folder, shards, model = place
    assert part in str(refused(job(folder, shards, model, **changes)))


def test_a_missing_shard(place):
    folder, shards, model = place
    error = refused(job(folder, [*shards, {"source": str(folder / "gone.tar"), "samples": 1}], model))
    assert error.code == "E_SHARD" and "gone.tar: No such file" in str(error)


def test_a_truncated_shard(place):
    folder, shards, model = place
    path = Path(shards[0]["source"])
    path.write_bytes(path.read_bytes()[:-20_000])
    assert "truncated" in str(refused(job(folder, shards, model))) or "end-of-archive" in str(
        refused(job(folder, shards, model))
    )


def test_a_shard_with_another_number_of_samples_size_or_digest(place):
    folder, shards, model = place
    assert "20 samples" in str(refused(job(folder, [{**shards[0], "samples": 21}, shards[1]], model)))
    assert "bytes, expected 5" in str(refused(job(folder, [{**shards[0], "bytes": 5}], model)))
    wrong = {**shards[0], "sha256": f"sha256:{'0' * 64}"}
    assert "the digest differs" in str(
        refused(job(folder, [wrong, shards[1]], model, limits={"check": "digest"}))
    )


def test_pictures_without_captions_do_not_count(place):
    import tarfile

    folder, shards, model = place
    bare = folder / "bare.tar"
    with tarfile.open(shards[0]["source"]) as source, tarfile.open(bare, "w") as target:
        for member in source:
            if not member.name.endswith(".txt"):
                target.addfile(member, source.extractfile(member))
    assert "0 samples with an image and a `.txt`" in str(
        refused(job(folder, [{"source": str(bare), "samples": 20}], model))
    )


def test_a_set_smaller_than_a_batch(place):
    folder, shards, model = place
    assert refused(job(folder, shards, model, schedule={"batch_size": 64})).code == "E_SET_TOO_SMALL"


def test_fewer_streamed_shards_than_readers(place):
    folder, shards, model = place
    assert (
        refused(job(folder, shards, model, staging="stream", hardware={"workers": 3})).code == "E_FEW_SHARDS"
    )


def test_seeds_that_are_missing_truncated_or_different(place):
    folder, shards, model = place
    given = {"kind": "expert", "name": "expert-0"}
    assert "does not exist" in str(
        refused(job(folder, shards, model, initial={"checkpoint": str(folder / "no.pt")}, **given))
    )
    cut = safetensors(folder / "cut.safetensors", cut=3)
    assert "truncated" in str(refused(job(folder, shards, model, initial={"checkpoint": str(cut)}, **given)))
    (folder / "cut.pt").write_bytes(b"PK\x03\x04 not much")
    assert "truncated" in str(
        refused(job(folder, shards, model, initial={"checkpoint": str(folder / "cut.pt")}, **given))
    )
    good = safetensors(folder / "good.safetensors")
    assert "digest" in str(
        refused(
            job(
                folder,
                shards,
                model,
                initial={"checkpoint": str(good), "sha256": f"sha256:{'1' * 64}"},
                **given,
            )
        )
    )


def test_a_seed_of_another_width(place):
    folder, shards, model = place
    write_model(folder / "seed" / "checkpoint", embed_dim=128)
    safetensors(folder / "seed" / "checkpoint" / "open_clip_model.safetensors")
    error = refused(
        job(
            folder,
            shards,
            model,
            kind="expert",
            name="expert-0",
            initial={"checkpoint": str(folder / "seed")},
        )
    )
    assert error.code == "E_SEED" and "128" in str(error) and "64" in str(error)


def test_models_that_are_not_there_or_no_pair_of_towers(place):
    folder, shards, model = place
    write_model(folder / "coca", multimodal_cfg={})
    assert refused(job(folder, shards, str(folder / "coca"))).code == "E_MODEL"
    (folder / "model" / "open_clip_config.json").write_text("{}")
    assert "has no embed_dim" in str(refused(job(folder, shards, model)))


def test_the_command_says_so_with_its_status_its_record_and_its_last_line(place):
    folder, shards, model = place
    wrong = train(folder / "a", {**job(folder / "a", shards, model), "version": 2})
    assert wrong.status == 3 and wrong.events[-1]["code"] == "E_JOB" and "version" in wrong.stderr
    bad = train(
        folder / "b", job(folder / "b", [{**shards[0], "samples": 19}], model, schedule={"batch_size": 8})
    )
    assert bad.status == 4 and bad.record["code"] == "E_SHARD" and bad.events[-1]["status"] == "failed"


def test_a_work_folder_belongs_to_one_job_and_one_process(place):
    folder, shards, model = place
    bad = [{**shards[0], "samples": 19}]
    train(folder, job(folder, bad, model))
    other = train(folder, job(folder, bad, model, seed=8))
    assert other.record["code"] == "E_OTHER_JOB"
    import fcntl

    with (folder / "work" / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        busy = train(folder, job(folder, bad, model))
        assert busy.status == 75 and busy.events[-1]["code"] == "E_RUNNING"


def test_shards_come_through_the_transfer_command(place):
    folder, shards, model = place
    given = [{**shard, "source": f"copy://{shard['source']}"} for shard in shards]
    document = job(
        folder,
        given,
        model,
        transfer=["sh", "-c", 'cp "$(echo "$1" | cut -c 8-)" "$2"', "sh", "{from}", "{to}"],
    )
    staged = staging.stage(check_job(document))
    assert [Path(place).read_bytes() for place in staged] == [
        Path(shard["source"]).read_bytes() for shard in shards
    ]
    assert refused(job(folder / "other", given, model, transfer=["false"])).code == "E_STAGING"
    assert "no-such-command" in str(
        refused(job(folder / "other", given, model, transfer=["no-such-command"]))
    )


def test_a_signal_while_shards_are_copied_ends_it_and_the_next_attempt_copies_the_rest(place):
    folder, shards, model = place
    given = [{**shards[0], "source": f"slow://{folder}/{index}.tar"} for index in range(40)]
    (folder / "copy.sh").write_text(f"sleep 0.5; cp {shards[0]['source']} $1\n")
    run = Run(folder, job(folder, given, model, transfer=["sh", str(folder / "copy.sh"), "{to}"]))
    run.until(lambda event: event["event"] == "phase")
    wait_until(lambda: list((folder / "work" / "shards").glob("*.tar")))
    run.terminate().end()
    assert (run.status, run.record["status"]) == (75, "interrupted")
    assert 0 < len(list((folder / "work" / "shards").glob("*.tar"))) < 40
