"""Exports a sentence encoder to ONNX, for Coterie's ``encoder.model``.

A graph is written only if it agrees with PyTorch on padded batches of several shapes: the legacy exporter
with current transformers drops the padding mask without an error.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

from coterie_trainer.error import TrainerError, missing

#: Largest difference of the states of real tokens that counts as rounding.
TOLERANCE = 1e-4

#: Files next to the graph that define how its output becomes a vector.
SETTINGS = [
    "config.json",
    "modules.json",
    "sentence_bert_config.json",
    "config_sentence_transformers.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", required=True, help="folder of a sentence-transformers or transformers encoder"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write; may be the model's own")
    parser.add_argument(
        "--pooler", action="store_true", help="keep the pooler's output (SimCSE: `encoder.pooling: pooler`)"
    )
    parser.add_argument("--opset", type=int, default=18, help="ONNX opset version (default: 18)")
    parser.add_argument(
        "--int8",
        type=Path,
        metavar="CAPTIONS",
        help="also write onnx/model_int8.onnx, calibrated on this file of captions (one per line)",
    )


def run(arguments: argparse.Namespace) -> None:
    model, tokenizer = load(arguments.model, arguments.pooler)
    with tempfile.TemporaryDirectory() as scratch:
        graph = Path(scratch) / "model.onnx"
        write_graph(model, tokenizer, graph, arguments.pooler, arguments.opset)
        worst = check(model, tokenizer, graph)
        (arguments.out / "onnx").mkdir(parents=True, exist_ok=True)
        shutil.copyfile(graph, arguments.out / "onnx" / "model.onnx")
    copy_settings(Path(arguments.model), arguments.out, tokenizer)
    print(f"{arguments.out}/onnx/model.onnx: agrees with PyTorch to {worst:.1e} on padded batches")
    if arguments.int8:
        from coterie_trainer.int8 import quantise

        report = quantise(arguments.out, arguments.int8)
        print(json.dumps(report))


def load(folder: str, pooler: bool):
    try:
        import torch
        from transformers import AutoModel, AutoTokenizer
    except ImportError as error:
        raise missing(error.name or "transformers", "export") from None
    if not Path(folder).is_dir():
        raise TrainerError(
            "E_NOT_FOUND",
            f"{folder} is not a folder",
            "download the model first, for example with `hf download`",
        )
    torch.set_grad_enabled(False)
    # Eager attention, since fused kinds have their own export rules.
    model = AutoModel.from_pretrained(folder, attn_implementation="eager").eval().float()
    if pooler and getattr(model, "pooler", None) is None:
        raise TrainerError("E_NO_POOLER", f"{folder} has no pooler", "leave --pooler out")
    return model, AutoTokenizer.from_pretrained(folder, use_fast=True)


class _Named:
    """The interface of the graph as a torch module: named inputs to a tuple of outputs."""

    @staticmethod
    def wrap(model, pooler: bool, type_ids: bool):
        import torch

        class Graph(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.model = model

            def forward(self, input_ids, attention_mask, token_type_ids=None):
                extra = {"token_type_ids": token_type_ids} if type_ids else {}
                result = self.model(
                    input_ids=input_ids, attention_mask=attention_mask, return_dict=True, **extra
                )
                return (
                    (result.last_hidden_state, result.pooler_output)
                    if pooler
                    else (result.last_hidden_state,)
                )

        return Graph().eval()


def input_names(tokenizer) -> list[str]:
    wanted = ["input_ids", "attention_mask"]
    return wanted + (["token_type_ids"] if "token_type_ids" in tokenizer.model_input_names else [])


def batches(tokenizer):
    """Padded token batches of 2, 1, 6 and 34 rows, to detect a graph with a frozen shape."""
    words = [
        "a",
        "small",
        "dog",
        "runs",
        "over",
        "the",
        "wet",
        "grass",
        "near",
        "an",
        "old",
        "stone",
        "bridge",
        "while",
        "children",
        "watch",
        "from",
        "the",
        "other",
        "side",
    ]
    for rows, stride in [(2, 9), (1, 4), (6, 3), (34, 1)]:
        texts = [" ".join(words[: 1 + (row * stride) % len(words)]) for row in range(rows)]
        yield tokenizer(texts, padding=True, truncation=True, max_length=64, return_tensors="pt")


def write_graph(model, tokenizer, path: Path, pooler: bool, opset: int) -> None:
    import torch

    names = input_names(tokenizer)
    example = next(iter(batches(tokenizer)))
    graph = _Named.wrap(model, pooler, "token_type_ids" in names)
    rows, tokens = torch.export.Dim("batch", min=1), torch.export.Dim("sequence", min=2)
    try:
        torch.onnx.export(
            graph,
            tuple(example[name] for name in names),
            str(path),
            input_names=names,
            output_names=["last_hidden_state", *(["pooler_output"] if pooler else [])],
            dynamic_shapes=tuple({0: rows, 1: tokens} for _ in names),
            opset_version=opset,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    except ImportError as error:
        raise missing(error.name or "onnxscript", "export") from None


def check(model, tokenizer, path: Path) -> float:
    """The largest difference from PyTorch over real tokens of padded batches; refuses more than rounding."""
    try:
        import numpy as np
        import onnxruntime
    except ImportError as error:
        raise missing(error.name or "onnxruntime", "export") from None
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    names = [value.name for value in session.get_inputs()]
    outputs = [value.name for value in session.get_outputs()]
    worst = 0.0
    for batch in batches(tokenizer):
        if "attention_mask" not in names:
            raise TrainerError(
                "E_EXPORT_DIFFERS",
                "the exported graph takes no attention_mask, so padding would change its vectors",
            )
        found = dict(
            zip(outputs, session.run(outputs, {name: batch[name].numpy() for name in names}), strict=True)
        )
        expected = model(**{name: batch[name] for name in input_names(tokenizer)}, return_dict=True)
        mask = batch["attention_mask"].numpy().astype(bool)
        differences = [np.abs(found["last_hidden_state"] - expected.last_hidden_state.numpy())[mask].max()]
        if "pooler_output" in found:
            differences.append(np.abs(found["pooler_output"] - expected.pooler_output.numpy()).max())
        worst = max(worst, *(float(value) for value in differences))
    if not worst <= TOLERANCE:
        raise TrainerError(
            "E_EXPORT_DIFFERS",
            f"the exported graph differs from PyTorch by {worst:.2g} on padded batches; nothing was written",
            "try another version of torch or transformers",
        )
    return worst


def copy_settings(source: Path, out: Path, tokenizer) -> None:
    if source.resolve() != out.resolve():
        for name in SETTINGS:
            if (source / name).exists():
                shutil.copyfile(source / name, out / name)
        for folder in module_folders(source):
            (out / folder).mkdir(parents=True, exist_ok=True)
            for file in (source / folder).iterdir():
                if file.is_file() and file.name in {"config.json", "model.safetensors"}:
                    shutil.copyfile(file, out / folder / file.name)
    if not (out / "tokenizer.json").exists():
        tokenizer.backend_tokenizer.save(str(out / "tokenizer.json"))


def module_folders(source: Path) -> list[str]:
    """Folders of the modules after the transformer: pooling and Dense settings."""
    path = source / "modules.json"
    if not path.exists():
        return []
    modules = json.loads(path.read_text(encoding="utf-8"))
    return [module["path"] for module in modules if module.get("path") and (source / module["path"]).is_dir()]
