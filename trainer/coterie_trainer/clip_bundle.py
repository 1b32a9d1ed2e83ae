"""A finished open_clip checkpoint as an expert bundle: two checked graphs, tokenizer, description, and the
weights for further training.
"""

import json
import os
import shutil
from pathlib import Path

from coterie_trainer.error import TrainerError

#: Largest difference between unit vectors of a graph and of PyTorch that counts as rounding.
TOLERANCE = 1e-4

FITS = {"shortest": "cover", "squash": "fill", "longest": "contain"}


def write_bundle(run: dict, out: Path) -> None:
    import torch

    checkpoint = torch.load(final_checkpoint(run), map_location="cpu", weights_only=True, mmap=True)
    check(checkpoint, run)
    model, preprocess, tokenizer, folder = load(run, checkpoint)
    part = out.with_name(f"{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    (part / "checkpoint").mkdir(parents=True)
    export(model, tokenizer, preprocess, part)
    write_weights(model, folder, preprocess, part / "checkpoint")
    write_tokenizer(tokenizer, part)
    expert = describe(run, model, preprocess, tokenizer)
    (part / "expert.json").write_text(json.dumps(expert, indent=2) + "\n", encoding="utf-8")
    shutil.rmtree(out, ignore_errors=True)
    os.replace(part, out)


def final_checkpoint(run: dict) -> Path:
    return Path(run["work"]) / "run" / "checkpoints" / "epoch_latest.pt"


def check(checkpoint: dict, run: dict) -> None:
    """Refuses a checkpoint that is not of the last part and the planned number of steps. The exit status of
    open_clip alone does not prove that.
    """
    import torch

    schedule = run["schedule"]
    if checkpoint["epoch"] != schedule["parts"]:
        raise TrainerError(
            "E_UNFINISHED", f"the newest checkpoint is of part {checkpoint['epoch']} of {schedule['parts']}"
        )
    steps = {int(state["step"]) for state in checkpoint["optimizer"]["state"].values() if "step" in state}
    planned = schedule["parts"] * schedule["steps_per_part"]
    if steps and max(steps) != planned:
        raise TrainerError("E_SAMPLES", f"the optimiser took {max(steps)} steps, expected {planned}")
    broken = [
        name
        for name, value in checkpoint["state_dict"].items()
        if value.is_floating_point() and not torch.isfinite(value).all()
    ]
    if broken:
        raise TrainerError(
            "E_LOSS", f"the final weights are not finite ({broken[0]} and {len(broken) - 1} more)"
        )


def load(run: dict, checkpoint: dict):
    """The model on the CPU in float32, its preprocessing, its tokenizer and the folder of its config."""
    import open_clip

    choices = {
        name: value
        for name, value in run["open_clip"].items()
        if name in ("image_mean", "image_std", "image_interpolation", "image_resize_mode")
    }
    model, _, _ = open_clip.create_model_and_transforms(
        run["model"], precision="fp32", device="cpu", load_weights=False, **choices
    )
    model.load_state_dict(
        {
            name.removeprefix("module."): value.float() if value.is_floating_point() else value
            for name, value in checkpoint["state_dict"].items()
        }
    )
    model.eval()
    tokenizer = open_clip.get_tokenizer(run["model"])
    return (
        model,
        open_clip.get_model_preprocess_cfg(model),
        tokenizer,
        Path(run["model"].removeprefix("local-dir:")),
    )


def export(model, tokenizer, preprocess: dict, out: Path) -> None:
    import torch

    height, width = sides(preprocess)
    torch.manual_seed(0)
    # Batches of several shapes, to detect a graph with a frozen shape.
    pixels = [torch.randn(rows, 3, height, width) for rows in (2, 1, 5)]
    texts = [tokenizer([f"a photo of {'one ' * row}thing" for row in range(rows)]) for rows in (2, 1, 5)]

    class Image(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = model

        def forward(self, pixels):
            return self.model.encode_image(pixels, normalize=True)

    class Text(Image):
        def forward(self, input_ids):
            return self.model.encode_text(input_ids, normalize=True)

    write_graph(Image(), pixels, "pixels", "image_embedding", out / "image.onnx")
    write_graph(Text(), texts, "input_ids", "text_embedding", out / "text.onnx")


def write_graph(module, batches: list, name: str, output: str, path: Path) -> None:
    import onnxruntime
    import torch

    module.eval()
    # The fast path uses an operator that ONNX does not have.
    torch.backends.mha.set_fastpath_enabled(False)
    with torch.no_grad():
        torch.onnx.export(
            module,
            (batches[0],),
            str(path),
            input_names=[name],
            output_names=[output],
            dynamo=False,
            opset_version=17,
            dynamic_axes={name: {0: "batch"}, output: {0: "batch"}},
        )
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        worst = max(
            float(
                (module(batch) - torch.from_numpy(session.run([output], {name: batch.numpy()})[0]))
                .abs()
                .max()
            )
            for batch in batches
        )
    if not worst <= TOLERANCE:
        raise TrainerError(
            "E_EXPORT_DIFFERS",
            f"{path.name} differs from PyTorch by {worst:.2g}; nothing was written",
            "try another version of torch",
        )


def write_weights(model, folder: Path, preprocess: dict, out: Path) -> None:
    """A folder that open_clip loads as `local-dir:`."""
    import safetensors.torch

    tensors = {name: value.detach().clone().contiguous() for name, value in model.state_dict().items()}
    safetensors.torch.save_file(tensors, out / "open_clip_model.safetensors")
    config = json.loads((folder / "open_clip_config.json").read_text(encoding="utf-8"))
    config["preprocess_cfg"] = {
        name: preprocess[name] for name in ("mean", "std", "interpolation", "resize_mode")
    }
    (out / "open_clip_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    for extra in folder.iterdir():
        if extra.name.startswith(("tokenizer", "special_tokens", "vocab", "merges", "spiece", "config.json")):
            shutil.copyfile(extra, out / extra.name)


def write_tokenizer(tokenizer, out: Path) -> None:
    from coterie_trainer.clip_tokenizer import tokenizer_json

    (out / "tokenizer.json").write_text(
        json.dumps(tokenizer_json(tokenizer), ensure_ascii=False), encoding="utf-8"
    )


def sides(preprocess: dict) -> tuple[int, int]:
    size = preprocess["size"]
    return (size, size) if isinstance(size, int) else tuple(size)


def describe(run: dict, model, preprocess: dict, tokenizer) -> dict:
    from coterie_trainer.clip_tokenizer import pad_id

    height, width = sides(preprocess)
    bias = getattr(model, "logit_bias", None)
    return {
        "version": 1,
        "engine": "open_clip",
        "model": run["name"],
        "embedding_width": embedding_width(model, preprocess),
        "image": {
            "width": width,
            "height": height,
            "fit": FITS[preprocess["resize_mode"]],
            "interpolation": preprocess["interpolation"],
            "mean": list(preprocess["mean"]),
            "std": list(preprocess["std"]),
        },
        "text": {
            "context_length": tokenizer.context_length,
            "pad_id": pad_id(tokenizer),
            "lowercase": False,
            "fixed_length": True,
            "bundle": None,
        },
        "trunk": None,
        "logit_scale": float(model.logit_scale.exp()),
        "logit_bias": None if bias is None else float(bias),
        "data": run["data"],
        "seed_sha256": run["initial_sha256"],
        "open_clip": {"architecture": run["architecture"]},
        "job": run["identity"],
    }


def embedding_width(model, preprocess: dict) -> int:
    import torch

    with torch.no_grad():
        return model.encode_image(torch.zeros(1, 3, *sides(preprocess))).shape[1]
