"""The caption encoder of a run, without PyTorch: unit vectors in the space of its centres."""

import json
from pathlib import Path

import numpy as np

from coterie_trainer.error import TrainerError

BATCH = 32


def load_encoder(folder: Path, options: dict | None = None):
    """A function from texts to unit vectors [texts, width]: static vectors (model2vec), or a transformer as
    ONNX.
    """
    config = (
        json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if (folder / "config.json").exists()
        else {}
    )
    if config.get("model_type") == "model2vec":
        return Static(folder, config, options or {})
    return Transformer(folder, options or {})


def unit(vectors: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(length > 0, length, 1)).astype(np.float32)


def tokenizer_of(folder: Path):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    # Ignore the settings in the file; the limit of the model applies.
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


class Static:
    """The mean of the token vectors, without unknown tokens, as in model2vec."""

    def __init__(self, folder: Path, config: dict, options: dict):
        from safetensors.numpy import load_file

        tensors = load_file(folder / "model.safetensors")
        self.tokenizer = tokenizer_of(folder)
        self.table = tensors["embeddings"].astype(np.float32)
        if "mapping" in tensors:
            self.table = self.table[tensors["mapping"]]
        if "weights" in tensors:
            self.table = self.table * tensors["weights"].astype(np.float32)[:, None]
        model = json.loads(self.tokenizer.to_str())["model"]
        self.unknown = self.tokenizer.token_to_id(model["unk_token"]) if model.get("unk_token") else None
        limits = [
            limit for limit in (config.get("max_length", 512), options.get("max_tokens")) if limit is not None
        ]
        self.limit = min(limits) if limits else None
        self.characters = (
            self.limit * int(np.median([len(token) for token in self.tokenizer.get_vocab()]))
            if self.limit
            else None
        )

    def __call__(self, texts: list[str]) -> np.ndarray:
        out = np.zeros((len(texts), self.table.shape[1]))
        for row, encoding in enumerate(
            self.tokenizer.encode_batch([text[: self.characters] for text in texts], add_special_tokens=False)
        ):
            ids = [id for id in encoding.ids[: self.limit] if id != self.unknown]
            out[row] = self.table[ids].sum(0, dtype=np.float64)
        return unit(out)


class Transformer:
    """Mean, first token, or an output that is one vector per text; then normalised."""

    def __init__(self, folder: Path, options: dict):
        import onnxruntime

        name = {"float32": "model", "float16": "model_fp16", "int8": "model_int8"}[
            options.get("precision") or "float32"
        ]
        graph = next(
            (path for path in (folder / "onnx" / f"{name}.onnx", folder / f"{name}.onnx") if path.exists()),
            None,
        )
        if graph is None:
            raise TrainerError("E_ENCODER", f"{folder} holds no onnx/{name}.onnx")
        self.session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        self.inputs = [value.name for value in self.session.get_inputs()]
        self.outputs = [value.name for value in self.session.get_outputs()]
        self.tokenizer = tokenizer_of(folder)
        settings = read_json(folder / "sentence_bert_config.json")
        if settings.get("do_lower_case"):
            raise TrainerError(
                "E_ENCODER", f"{folder} lower-cases texts before its tokenizer, which is not supported"
            )
        model = read_json(folder / "config.json")
        limits = (
            settings.get("max_seq_length"),
            model.get("max_position_embeddings"),
            options.get("max_tokens"),
        )
        self.tokenizer.enable_truncation(min([limit for limit in limits if limit] or [512]))
        self.pooling = options.get("pooling") or "auto"
        if self.pooling == "auto":
            self.pooling = pooling_of(folder)

    def __call__(self, texts: list[str]) -> np.ndarray:
        parts = [self.batch(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)]
        return unit(np.concatenate(parts))

    def batch(self, texts: list[str]) -> np.ndarray:
        encodings = self.tokenizer.encode_batch(texts)
        length = max(len(encoding.ids) for encoding in encodings)
        ids, mask = (np.zeros((len(texts), length), np.int64) for _ in range(2))
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        output = {"pooler": "pooler_output", "sentence": "sentence_embedding"}.get(
            self.pooling, self.outputs[0]
        )
        found = self.session.run([output], {name: feeds[name] for name in self.inputs})[0]
        if found.ndim == 2:
            return found
        return (
            found[:, 0]
            if self.pooling == "cls"
            else (found * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
        )


def pooling_of(folder: Path) -> str:
    modules = read_json(folder / "modules.json") or []
    for module in modules:
        kind = module["type"].rsplit(".", 1)[-1]
        if kind == "Pooling":
            config = read_json(folder / module["path"] / "config.json")
            asked = config.get("pooling_mode") or [
                key for key, value in config.items() if key.startswith("pooling_mode_") and value is True
            ]
            if asked in ("mean", ["pooling_mode_mean_tokens"]):
                return "mean"
            if asked in ("cls", ["pooling_mode_cls_token"]):
                return "cls"
        if kind not in ("Transformer", "Normalize", "Dropout"):
            raise TrainerError("E_ENCODER", f"{folder} asks for {kind}, which is not supported")
    return "mean"


def read_json(path: Path):
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
