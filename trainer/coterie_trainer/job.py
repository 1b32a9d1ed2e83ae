"""Reads a job file, checks it against the schema that Coterie generates, and fills in defaults."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path

from coterie_trainer.error import JobError

#: Members that may differ between attempts at the same job: paths, hardware, limits.
CIRCUMSTANCES = ("work", "bundle", "keep", "staging", "transfer", "hardware", "limits", "out_of_cluster")


@dataclass(frozen=True)
class Job:
    """A job file with all defaults. ``document`` is its JSON, as described by the schema."""

    document: dict

    @property
    def name(self) -> str:
        return self.document["name"]

    @property
    def kind(self) -> str:
        return self.document["kind"]

    @property
    def work(self) -> Path:
        return Path(self.document["work"])

    @property
    def bundle(self) -> Path:
        return Path(self.document["bundle"])

    @property
    def shards(self) -> list[dict]:
        return self.document["shards"]

    @property
    def samples(self) -> int:
        return sum(shard["samples"] for shard in self.shards)

    @property
    def schedule(self) -> dict:
        return self.document["schedule"]

    @property
    def hardware(self) -> dict:
        return self.document["hardware"]

    @property
    def limits(self) -> dict:
        return self.document["limits"]

    @property
    def open_clip(self) -> dict:
        return {name: value for name, value in self.document["open_clip"].items() if value is not None}

    @property
    def ranks(self) -> int:
        return self.hardware["nodes"] * self.hardware["processes"]

    @cached_property
    def identity(self) -> str:
        """Digest of everything that decides the model; the same for all attempts at a job, on any machine."""
        decisive = {name: value for name, value in self.document.items() if name not in CIRCUMSTANCES}
        decisive["open_clip"] = {
            name: value for name, value in self.open_clip.items() if name != "log_every_n_steps"
        }
        decisive["shards"] = shard_list(self.shards)
        decisive["device"] = self.hardware["device"]
        if self.document.get("initial"):
            # The same weights may have another path on the next machine.
            initial = self.document["initial"]
            decisive["initial"] = initial.get("sha256") or initial["checkpoint"]
        return sha256(canonical(decisive))


def shard_list(shards: list[dict]) -> list:
    """The shards without their paths: by digest if it is known, otherwise by name."""
    return [[shard.get("sha256") or shard["source"].rsplit("/", 1)[-1], shard["samples"]] for shard in shards]


def canonical(value) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def schema() -> dict:
    return json.loads(
        resources.files("coterie_trainer").joinpath("train_job.schema.json").read_text(encoding="utf-8")
    )


def read_job(path: Path) -> Job:
    """Reads and checks a job file; the error lists every mistake."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise JobError("E_JOB", f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise JobError("E_JOB", f"{path} is not JSON: {error}") from None
    return check_job(document, str(path))


def check_job(document, place: str = "the job") -> Job:
    from jsonschema import Draft7Validator

    shape = schema()
    errors = sorted(
        Draft7Validator(shape).iter_errors(document), key=lambda error: list(map(str, error.absolute_path))
    )
    mistakes = [
        f"{'.'.join(map(str, error.absolute_path)) or 'job'}: {shortened(error.message)}" for error in errors
    ]
    if not mistakes:
        document = with_defaults(document, shape)
        mistakes = contradictions(document)
    if mistakes:
        raise JobError(
            "E_JOB",
            f"{place} is not a valid job:\n" + "\n".join(f"  {mistake}" for mistake in mistakes),
        )
    return Job(document)


def shortened(message: str) -> str:
    return message if len(message) < 200 else f"{message[:80]} … {message[-80:]}"


def with_defaults(value, shape: dict):
    """Fills in the schema's defaults; a missing or null group becomes the defaults of its members."""
    if "properties" in shape:
        value = {} if value is None else value
        filled = {name: value[name] for name in value if name not in shape["properties"]}
        for name, member in shape["properties"].items():
            if name in value and value[name] is not None:
                filled[name] = with_defaults(value[name], member)
            elif "default" in member:
                filled[name] = member["default"]
            elif "properties" in member and not member.get("required"):
                filled[name] = with_defaults({}, member)
        return filled
    if "items" in shape and isinstance(value, list):
        return [with_defaults(item, shape["items"]) for item in value]
    return value


def contradictions(document: dict) -> list[str]:
    """Contradictions between members of the document, which a schema cannot express."""
    mistakes = []
    schedule, hardware = document["schedule"], document["hardware"]
    if document["kind"] != "seed" and not document.get("initial"):
        mistakes.append(
            f"initial: a job of kind `{document['kind']}` starts from a seed; name its checkpoint"
        )
    if schedule["epochs"] <= 0:
        mistakes.append("schedule.epochs: must be more than 0")
    parts = hardware["nodes"] * hardware["processes"] * (document["open_clip"].get("accum_freq") or 1)
    if schedule["batch_size"] % parts:
        mistakes.append(
            f"schedule.batch_size: {schedule['batch_size']} is not a multiple of {parts} "
            "(nodes × processes × open_clip.accum_freq)"
        )
    names = [shard["source"].rsplit("/", 1)[-1] for shard in document["shards"]]
    sources = [shard["source"] for shard in document["shards"]]
    if len(set(sources)) != len(sources):
        mistakes.append("shards: a source is named twice")
    if any(not name.endswith(".tar") for name in names):
        mistakes.append("shards: sources must be WebDataset tars, `….tar`")
    return mistakes
