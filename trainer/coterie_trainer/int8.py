"""Static int8 quantisation of an exported encoder, with a report of its accuracy.

Static, because dynamic quantisation takes its scales from the batch: a caption's vector would depend on its
neighbours.
"""

import json
from pathlib import Path

from coterie_trainer.error import TrainerError, missing
from coterie_trainer.outliers import split_outliers

#: Numbers of captions to calibrate the scales on, and to measure the report on.
CALIBRATION, MEASURED = 512, 4096
CENTRES = 1024
#: Down-projections return to float32, the last ones first, until vectors are this close to those of float32.
MEAN_COSINE = 0.98


def quantise(folder: Path, captions: Path) -> dict:
    try:
        import onnxruntime.quantization as quantization
        from onnxruntime.quantization.shape_inference import quant_pre_process
    except ImportError as error:
        raise missing(error.name or "onnxruntime", "export") from None
    lines = [line.strip() for line in captions.read_text(encoding="utf-8").splitlines() if line.strip()]
    if len(lines) < 64:
        raise TrainerError(
            "E_TOO_FEW",
            f"{captions} has {len(lines)} captions",
            "calibration needs at least 64, better some hundreds",
        )
    source, prepared, target = (
        folder / "onnx" / name for name in ("model.onnx", "_prepared.onnx", "model_int8.onnx")
    )
    measured = lines[CALIBRATION : CALIBRATION + MEASURED] or lines
    calibration = lines[:CALIBRATION]
    try:
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        split = split_outliers(prepared, Captions(folder, calibration, str(source)).batches)
        for in_float32 in range(len(split.projections) + 1):
            kept = split.projections[len(split.projections) - in_float32 :]
            quantization.quantize_static(
                str(prepared),
                str(target),
                Captions(folder, calibration, str(source)),
                quant_format=quantization.QuantFormat.QDQ,
                op_types_to_quantize=["MatMul", "Gemm"],
                nodes_to_exclude=[*split.outliers, *kept],
                per_channel=True,
                activation_type=quantization.QuantType.QUInt8,
                weight_type=quantization.QuantType.QInt8,
                # The products inside attention have no constant side; they stay in float32.
                extra_options={
                    "MatMulConstBOnly": True,
                    "ActivationSymmetric": False,
                    "TensorQuantOverrides": split.ranges,
                },
            )
            report = {**compare(folder, source, target, measured), "products_in_float32": len(kept)}
            if report["mean_cosine"] >= MEAN_COSINE:
                break
    finally:
        prepared.unlink(missing_ok=True)
    (folder / "onnx" / "model_int8.report.json").write_text(
        json.dumps(report, indent=2) + "\n", encoding="utf-8"
    )
    return report


class Captions:
    """onnxruntime's calibration reader: padded batches of captions of similar length."""

    def __init__(self, folder: Path, captions: list[str], graph: str):
        import onnxruntime

        session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
        self.inputs = [value.name for value in session.get_inputs()]
        self.batches = iter(list(encoded(folder, captions, self.inputs)))

    def get_next(self):
        return next(self.batches, None)


def encoded(folder: Path, captions: list[str], inputs: list[str], rows: int = 32):
    import numpy as np
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(256)
    tokenizer.enable_padding()
    ordered = sorted(captions, key=len)
    for start in range(0, len(ordered), rows):
        encodings = tokenizer.encode_batch(ordered[start : start + rows])
        columns = {
            "input_ids": [encoding.ids for encoding in encodings],
            "attention_mask": [encoding.attention_mask for encoding in encodings],
            "token_type_ids": [encoding.type_ids for encoding in encodings],
        }
        yield {name: np.asarray(columns[name], dtype=np.int64) for name in inputs}


def vectors(folder: Path, graph: Path, captions: list[str]):
    """Mean-pooled unit vectors; pooling hardly matters to the comparison of two graphs."""
    import numpy as np
    import onnxruntime

    session = onnxruntime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    out = []
    for batch in encoded(folder, captions, [value.name for value in session.get_inputs()]):
        states = session.run(["last_hidden_state"], batch)[0]
        mask = batch["attention_mask"][:, :, None].astype(np.float32)
        pooled = (states * mask).sum(1) / mask.sum(1)
        out.append(pooled / np.linalg.norm(pooled, axis=1, keepdims=True))
    return np.concatenate(out)


def compare(folder: Path, source: Path, target: Path, captions: list[str]) -> dict:
    import numpy as np

    full, small = vectors(folder, source, captions), vectors(folder, target, captions)
    centres = full[np.random.default_rng(17).permutation(len(full))[: min(CENTRES, len(full) // 4)]]
    changed = (full @ centres.T).argmax(1) != (small @ centres.T).argmax(1)
    cosine = (full * small).sum(1)
    return {
        "captions": len(captions),
        "mean_cosine": round(float(cosine.mean()), 5),
        "lowest_cosine": round(float(cosine.min()), 5),
        "centres": len(centres),
        "changed_assignments": round(float(changed.mean()), 5),
        "bytes": target.stat().st_size,
        "bytes_float32": source.stat().st_size,
    }
