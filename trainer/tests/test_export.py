"""A tiny random BERT, exported for real: its pooler, its mask, its files; and an export that lost its mask."""

import json

import pytest

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("onnxscript")
    pytest.importorskip("onnxruntime")
    folder = tmp_path_factory.mktemp("tiny-bert")
    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
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
        "other",
        "side",
    ]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    transformers.BertTokenizerFast(vocab_file=str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    transformers.BertModel(config).save_pretrained(folder)
    modules = [
        {"idx": 0, "name": "0", "path": "", "type": "x.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "x.Pooling"},
    ]
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode": "mean"}', encoding="utf-8")
    return folder


def test_export_keeps_the_pooler_and_the_settings(tiny, tmp_path):
    import onnxruntime

    from coterie_trainer.__main__ import main

    assert main(["export", "--model", str(tiny), "--out", str(tmp_path), "--pooler"]) == 0
    session = onnxruntime.InferenceSession(str(tmp_path / "onnx" / "model.onnx"))
    assert [value.name for value in session.get_outputs()] == ["last_hidden_state", "pooler_output"]
    assert {value.name for value in session.get_inputs()} >= {"input_ids", "attention_mask"}
    for name in ["config.json", "tokenizer.json", "modules.json", "1_Pooling/config.json"]:
        assert (tmp_path / name).exists(), name


def test_a_graph_without_its_mask_is_refused(tiny, tmp_path):
    import torch

    from coterie_trainer import export
    from coterie_trainer.error import TrainerError

    model, tokenizer = export.load(str(tiny), False)
    forward = type(model).forward

    def deaf(self, input_ids=None, attention_mask=None, **rest):
        # Uses the mask, so that it stays an input, and ignores what it says.
        return forward(
            self,
            input_ids=input_ids,
            attention_mask=torch.ones_like(attention_mask) + 0 * attention_mask,
            **rest,
        )

    class Deaf(type(model)):
        pass

    Deaf.forward = deaf
    lost = Deaf(model.config).eval()
    lost.load_state_dict(model.state_dict())
    export.write_graph(lost, tokenizer, tmp_path / "model.onnx", False, 18)
    with pytest.raises(TrainerError) as raised:
        export.check(model, tokenizer, tmp_path / "model.onnx")
    assert raised.value.code == "E_EXPORT_DIFFERS"


def test_int8_is_static_and_reports_what_it_costs(tiny, tmp_path):
    from coterie_trainer.__main__ import main

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
    ]
    captions = tmp_path / "captions.txt"
    captions.write_text(
        "\n".join(" ".join(words[(i * 7 + j) % len(words)] for j in range(2 + i % 6)) for i in range(900)),
        encoding="utf-8",
    )
    assert main(["export", "--model", str(tiny), "--out", str(tmp_path), "--int8", str(captions)]) == 0
    assert b"DynamicQuantize" not in (tmp_path / "onnx" / "model_int8.onnx").read_bytes()
    report = json.loads((tmp_path / "onnx" / "model_int8.report.json").read_text(encoding="utf-8"))
    assert report["mean_cosine"] > 0.95
    assert 0 <= report["changed_assignments"] < 0.5
