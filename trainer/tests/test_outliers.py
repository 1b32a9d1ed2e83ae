import json

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


def graph_with_outlier(path):
    """Two layers of x -> relu(x · up) · down, where one inner channel is forty times as large as the others."""
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(3)
    nodes, constants, source = [], [], "x"
    for layer in range(2):
        up, down = (
            random.normal(size=(16, 64)).astype(np.float32) / 4,
            random.normal(size=(64, 16)).astype(np.float32) / 8,
        )
        up[:, 5] *= 40
        down[5] /= 40
        constants += [
            numpy_helper.from_array(up, f"up{layer}"),
            numpy_helper.from_array(down, f"down{layer}"),
        ]
        nodes += [
            helper.make_node("MatMul", [source, f"up{layer}"], [f"u{layer}"], name=f"up{layer}"),
            helper.make_node("Relu", [f"u{layer}"], [f"r{layer}"]),
            helper.make_node("MatMul", [f"r{layer}", f"down{layer}"], [f"d{layer}"], name=f"down{layer}"),
        ]
        source = f"d{layer}"
    value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", "tokens", 16])  # noqa: E731
    mask = helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["rows", "tokens"])
    model = helper.make_model(
        helper.make_graph(nodes, "two layers", [value("x"), mask], [value(source)], constants),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=9,
    )
    onnx.save(model, str(path))
    return source


def batches(count):
    random = np.random.default_rng(4)
    for _ in range(count):
        yield {
            "x": random.normal(size=(8, 5, 16)).astype(np.float32),
            "attention_mask": np.ones((8, 5), dtype=np.int64),
        }


def test_the_split_graph_computes_the_same_and_its_ranges_leave_the_outlier_out(tmp_path):
    from coterie_trainer.outliers import split_outliers

    path = tmp_path / "model.onnx"
    output = graph_with_outlier(path)

    def run():
        return [
            onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run([output], batch)[
                0
            ]
            for batch in batches(2)
        ]

    before = run()
    split = split_outliers(path, batches(4))
    for left, right in zip(before, run(), strict=True):
        assert np.abs(left - right).max() < 1e-5 * np.abs(left).max()
    assert split.projections == ["down0_int8", "down1_int8"]
    assert split.outliers == ["down0_float32", "down1_float32"]
    constants = {
        tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in onnx.load(str(path)).graph.initializer
    }
    assert "down0" not in constants
    for layer in range(2):
        assert 5 in constants[f"down{layer}_channels"]
        assert not constants[f"down{layer}_rest"][5].any()
        [limits] = split.ranges[f"r{layer}"]
        assert limits["rmin"] == 0
        assert 0 < limits["rmax"] < 20


def test_products_go_back_to_float32_until_vectors_are_close_enough(tmp_path, monkeypatch):
    from coterie_trainer import int8

    closeness = iter([0.9, 0.95, 0.99])
    graph_with_outlier(tmp_path / "source.onnx")
    (tmp_path / "onnx").mkdir()
    (tmp_path / "source.onnx").rename(tmp_path / "onnx" / "model.onnx")
    captions = tmp_path / "captions.txt"
    captions.write_text("\n".join(f"caption {i}" for i in range(100)), encoding="utf-8")

    class Calibration:
        def __init__(self, *_):
            self.batches = batches(3)

        def get_next(self):
            return next(self.batches, None)

    monkeypatch.setattr(int8, "Captions", Calibration)
    monkeypatch.setattr(int8, "compare", lambda *_: {"mean_cosine": next(closeness)})
    report = int8.quantise(tmp_path, captions)
    assert report == {"mean_cosine": 0.99, "products_in_float32": 2}
    assert json.loads((tmp_path / "onnx" / "model_int8.report.json").read_text(encoding="utf-8")) == report
    kinds = {
        node.name: node.op_type for node in onnx.load(str(tmp_path / "onnx" / "model_int8.onnx")).graph.node
    }
    assert kinds["down0_float32"] == "MatMul"
