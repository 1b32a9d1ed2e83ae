"""Takes outlier channels of an encoder's activations out of the products to quantise.

The output of a transformer's activation function has a few channels that are many times larger than all
others (in all-MiniLM-L6-v2 one of 1,536 reaches 24.8, the rest 6). One scale for all channels would round the
others away. So ``x · W`` becomes ``x · W' + x[O] · W[O]``: the channels ``O`` in float32, and ``W'`` with
zeros in their rows, where x may be clipped (the decomposition of LLM.int8(), arXiv 2208.07339, with channels
that are fixed when calibrating).
"""

from dataclasses import dataclass
from pathlib import Path

#: Channels of each product that stay in float32.
CHANNELS = 16


@dataclass(frozen=True)
class Split:
    #: Names of the quantisable parts of the products that were split, in the order of the graph.
    projections: list[str]
    #: Names of the float32 parts.
    outliers: list[str]
    #: Range of each split input without its outliers, as onnxruntime's ``TensorQuantOverrides`` wants it.
    ranges: dict


def split_outliers(path: Path, batches) -> Split:
    """Rewrites the graph at ``path``: every product with a constant [in, out] where ``in > out``; these
    are the products after the activation function.
    """
    import numpy as np
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(str(path))
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    narrowing = [
        node
        for node in model.graph.node
        if node.op_type == "MatMul"
        and node.input[1] in constants
        and len(constants[node.input[1]].dims) == 2
        and constants[node.input[1]].dims[0] > constants[node.input[1]].dims[1]
    ]
    inputs = list(dict.fromkeys(node.input[0] for node in narrowing))
    highest, lowest = channel_ranges(model, inputs, batches)
    split = Split([], [], {})
    nodes = []
    for node in model.graph.node:
        if node not in narrowing:
            nodes.append(node)
            continue
        source, name = node.input[0], node.name or node.output[0]
        weight = numpy_helper.to_array(constants[node.input[1]])
        size = np.maximum(highest[source], -lowest[source])
        channels = np.sort(np.argsort(-size, kind="stable")[: min(CHANNELS, len(size) // 8)])
        rest = np.setdiff1d(np.arange(len(size)), channels)
        without = weight.copy()
        without[channels] = 0
        model.graph.initializer.extend(
            [
                numpy_helper.from_array(without, f"{name}_rest"),
                numpy_helper.from_array(weight[channels].copy(), f"{name}_outliers"),
                numpy_helper.from_array(channels.astype(np.int64), f"{name}_channels"),
            ]
        )
        nodes += [
            helper.make_node(
                "Gather", [source, f"{name}_channels"], [f"{name}_x"], name=f"{name}_gather", axis=-1
            ),
            helper.make_node(
                "MatMul", [f"{name}_x", f"{name}_outliers"], [f"{name}_y"], name=f"{name}_float32"
            ),
            helper.make_node("MatMul", [source, f"{name}_rest"], [f"{name}_z"], name=f"{name}_int8"),
            helper.make_node("Add", [f"{name}_z", f"{name}_y"], [node.output[0]], name=f"{name}_sum"),
        ]
        split.projections.append(f"{name}_int8")
        split.outliers.append(f"{name}_float32")
        split.ranges[source] = [
            {
                "rmin": np.float32(min(0, lowest[source][rest].min())),
                "rmax": np.float32(max(0, highest[source][rest].max())),
            }
        ]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    used = {name for node in nodes for name in node.input}
    unused = [tensor for tensor in model.graph.initializer if tensor.name not in used]
    for tensor in unused:
        model.graph.initializer.remove(tensor)
    onnx.save(model, str(path))
    return split


def channel_ranges(model, names: list[str], batches) -> tuple[dict, dict]:
    """Highest and lowest value of every channel of these tensors, over the real tokens of all batches."""
    import copy

    import numpy as np
    import onnx
    import onnxruntime

    watched = copy.deepcopy(model)
    watched.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names
    )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        watched.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    highest: dict = {}
    lowest: dict = {}
    for batch in batches:
        real = batch["attention_mask"].astype(bool)
        for name, values in zip(names, session.run(names, batch), strict=True):
            top, bottom = values[real].max(0), values[real].min(0)
            highest[name] = np.maximum(highest.get(name, top), top)
            lowest[name] = np.minimum(lowest.get(name, bottom), bottom)
    return highest, lowest
