"""Records vectors of model2vec, which the TypeScript side must reproduce."""

import base64

import pytest
from conftest import REPOSITORY

np = pytest.importorskip("numpy")


def test_builtin_vectors(golden, texts, request):
    model2vec = pytest.importorskip("model2vec")
    model = model2vec.StaticModel.from_pretrained(str(REPOSITORY / "encoders" / "static-minilm"))
    chosen = [*texts[::6], "", "a dog on a beach", " ".join(texts)]
    vectors = model.encode(chosen, use_multiprocessing=False).astype(np.float32)
    if request.config.getoption("--record"):
        golden(
            "static-builtin.json",
            {"captions": chosen, "width": model.dim, "vectors": base64.b64encode(vectors.tobytes()).decode()},
        )
        return
    import json

    from conftest import GOLDEN

    recorded = json.loads((GOLDEN / "static-builtin.json").read_text(encoding="utf-8"))
    assert recorded["captions"] == chosen
    expected = np.frombuffer(base64.b64decode(recorded["vectors"]), np.float32).reshape(vectors.shape)
    assert np.abs(vectors - expected).max() < 1e-6
