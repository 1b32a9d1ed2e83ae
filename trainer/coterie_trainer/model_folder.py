"""The model that a job trains, as a folder that open_clip loads: its config, and the weights of the seed if
it starts from one.
"""

import importlib.util
import json
import os
import struct
import zipfile
from pathlib import Path

from coterie_trainer.error import TrainerError, missing
from coterie_trainer.job import Job
from coterie_trainer.staging import copy, digest_of, is_uri, local_path

CONFIG = "open_clip_config.json"
SAFE = "open_clip_model.safetensors"
PICKLED = "open_clip_pytorch_model.bin"


def prepare(job: Job, folder: Path) -> dict:
    """Fills the folder; returns the architecture and the digest of the seed."""
    folder.mkdir(parents=True, exist_ok=True)
    name = job.document["model"]
    config = config_of(name)
    if "multimodal_cfg" in config["model_cfg"]:
        raise TrainerError(
            "E_MODEL", f"{name} is a CoCa model; an expert must consist of an image and a text tower"
        )
    for weights in (SAFE, PICKLED):
        (folder / weights).unlink(missing_ok=True)
    digest = seed(job, folder, config) if job.document.get("initial") else None
    apply_options(config["model_cfg"], job.open_clip)
    write(folder / CONFIG, json.dumps(config, indent=2))
    link_tokenizer(name, folder)
    return {"architecture": name if not Path(name).exists() else Path(name).stem, "initial_sha256": digest}


def config_of(name: str) -> dict:
    """`open_clip_config.json` of a folder, a file, or a model that open_clip knows by name."""
    path = Path(name)
    if path.is_dir():
        path = path / CONFIG if (path / CONFIG).exists() else path / "checkpoint" / CONFIG
    elif not path.is_file():
        found = importlib.util.find_spec("open_clip")
        if found is None or not found.submodule_search_locations:
            raise missing("open_clip_torch", "training")
        known = Path(found.submodule_search_locations[0]) / "model_configs"
        path = known / f"{name.replace('/', '-')}.json"
        if not path.exists():
            near = sorted(file.stem for file in known.glob("*.json"))
            raise TrainerError(
                "E_MODEL",
                f"{name} is neither a folder, nor a file, nor a model that the installed open_clip knows",
                f"it knows {', '.join(near[:8])} and {len(near) - 8} more",
            )
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainerError("E_MODEL", f"{path} cannot be read: {error}") from None
    config = config if "model_cfg" in config else {"model_cfg": config}
    wanted = {"embed_dim", "vision_cfg", "text_cfg"} - config["model_cfg"].keys()
    if wanted:
        raise TrainerError(
            "E_MODEL",
            f"{path} has no {', '.join(sorted(wanted))}",
            "it should have the form of open_clip's model_configs",
        )
    return config


def apply_options(model: dict, options: dict) -> None:
    """Writes options that change the model itself to its config, so that a bundle describes the trained
    model.
    """
    if options.get("force_image_size"):
        model["vision_cfg"]["image_size"] = options["force_image_size"]
    if options.get("force_quick_gelu"):
        model["quick_gelu"] = True
    if options.get("siglip"):
        model.setdefault("init_logit_bias", -10)


def seed(job: Job, folder: Path, config: dict) -> str:
    """Links the weights of the seed into the folder, after checking them; returns their digest."""
    initial = job.document["initial"]
    path = local_path(initial["checkpoint"])
    if is_uri(initial["checkpoint"]):
        path = job.work / "initial" / initial["checkpoint"].rsplit("/", 1)[-1]
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            copy(job.document["transfer"], initial["checkpoint"], str(path) + ".part", "E_SEED")
            os.replace(str(path) + ".part", path)
    if path.is_dir():
        compare(config_of(str(path)), config, path)
        path = next(
            (file for file in (path / SAFE, path / "checkpoint" / SAFE, path / PICKLED) if file.exists()),
            path,
        )
    if not path.is_file():
        raise TrainerError("E_SEED", f"the seed {path} does not exist")
    whole(path)
    digest = digest_of(path)
    if initial.get("sha256") not in (None, f"sha256:{digest}"):
        raise TrainerError(
            "E_SEED", f"the seed {path} has the digest sha256:{digest}, expected {initial['sha256']}"
        )
    (folder / (SAFE if path.suffix == ".safetensors" else PICKLED)).symlink_to(path.resolve())
    return digest


def compare(theirs: dict, ours: dict, path: Path) -> None:
    there, here = theirs["model_cfg"]["embed_dim"], ours["model_cfg"]["embed_dim"]
    if there != here:
        raise TrainerError(
            "E_SEED",
            f"the seed {path} has embeddings of width {there}, the model of width {here}",
            "use the model that the seed was trained with",
        )


def whole(path: Path) -> None:
    """Refuses a truncated file by its layout, without loading it."""
    size = path.stat().st_size
    cut = TrainerError("E_SEED", f"the seed {path} is truncated ({size} bytes)", "copy it again")
    if path.suffix != ".safetensors":
        if not zipfile.is_zipfile(path):
            raise cut
        return
    with path.open("rb") as file:
        head = file.read(8)
        length = struct.unpack("<Q", head)[0] if len(head) == 8 else size
        if 8 + length > size:
            raise cut
        tensors = json.loads(file.read(length))
    if size != 8 + length + max(
        (tensor["data_offsets"][1] for name, tensor in tensors.items() if name != "__metadata__"), default=0
    ):
        raise cut


def link_tokenizer(name: str, folder: Path) -> None:
    """Links the files of a Hugging Face tokenizer that are next to the config."""
    if not Path(name).is_dir():
        return
    for file in Path(name).iterdir():
        if (
            file.name.startswith(("tokenizer", "special_tokens", "vocab", "merges", "spiece", "config.json"))
            and not (folder / file.name).exists()
        ):
            (folder / file.name).symlink_to(file.resolve())


def write(path: Path, text: str) -> None:
    """Writes atomically."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)
