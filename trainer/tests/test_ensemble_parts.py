"""Parts of an ensemble, caption encoders and images, against recorded results of the real libraries."""

import base64
import hashlib
import json
import os
from pathlib import Path

import pytest
from conftest import GOLDEN, REPOSITORY

np = pytest.importorskip("numpy")
pytest.importorskip(
    "tokenizers", reason="the ensemble's packages are not installed: pip install './trainer[ensemble,test]'"
)
image = pytest.importorskip(
    "PIL.Image", reason="Pillow is not installed: pip install './trainer[ensemble,test]'"
)

from coterie_trainer.caption_encoder import load_encoder  # noqa: E402
from coterie_trainer.pictures import fit, pixels  # noqa: E402


def recorded_vectors(name):
    value = json.loads((GOLDEN / name).read_text(encoding="utf-8"))
    return value["captions"], np.frombuffer(base64.b64decode(value["vectors"]), np.float32).reshape(
        -1, value["width"]
    )


def test_the_encoder_that_ships():
    captions, expected = recorded_vectors("static-builtin.json")
    assert np.abs(load_encoder(REPOSITORY / "encoders" / "static-minilm")(captions) - expected).max() < 1e-5


def test_a_transformer():
    pytest.importorskip(
        "onnxruntime", reason="onnxruntime is not installed: pip install './trainer[ensemble,test]'"
    )
    folder = (
        Path(os.environ.get("COTERIE_SHARED", REPOSITORY.parent / "shared")) / "models" / "all-MiniLM-L6-v2"
    )
    if not (folder / "onnx").exists():
        pytest.skip(f"{folder} is not there")
    captions, expected = recorded_vectors("minilm.json")
    assert np.abs(load_encoder(folder)(captions) - expected).max() < 1e-4


def picture(width, height):
    """The images of ``test/golden/resize/make.py``."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(3), indexing="ij")
    noise = ((x * 7919 + y * 104729 + c * 1299709) * 2654435761 % 4294967296) >> 24
    ramp = x * 255 // max(1, width - 1) * (c == 0) + y * 255 // max(1, height - 1) * (c == 1) + 128 * (c == 2)
    return image.fromarray(np.where((x // 5 + y // 3) % 2 == 0, noise, ramp).astype(np.uint8))


def test_pictures_are_those_of_open_clip():
    cases = json.loads(
        (REPOSITORY / "test" / "golden" / "resize" / "pillow.json").read_text(encoding="utf-8")
    )["cases"]
    fits = [case for case in cases if case["kind"] in ("cover", "contain", "fill")]
    assert len(fits) > 40
    for case in fits:
        width, height = case["target"]
        found = fit(
            picture(*case["source"]),
            {"width": width, "height": height, "fit": case["kind"], "interpolation": case["interpolation"]},
        )
        assert hashlib.sha256(np.asarray(found).tobytes()).hexdigest() == case["sha256"], case


def test_pixels_are_normalised_and_transparency_is_what_the_bundle_says():
    preparation = {
        "width": 1,
        "height": 1,
        "fit": "fill",
        "interpolation": "bicubic",
        "mean": [0.5, 0.5, 0.5],
        "std": [0.5, 0.25, 1],
    }
    assert np.allclose(pixels(image.new("RGB", (3, 3), (255, 0, 51)), preparation).ravel(), [1, -2, -0.3])
    clear = image.new("RGBA", (3, 3), (255, 0, 0, 0))
    plain = {**preparation, "mean": [0, 0, 0], "std": [1, 1, 1]}
    assert np.allclose(pixels(clear, plain).ravel(), [1, 0, 0])
    assert np.allclose(
        pixels(clear, {name: value for name, value in plain.items() if name != "interpolation"}).ravel(),
        [1, 1, 1],
    )
