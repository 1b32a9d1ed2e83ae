"""The command line and arithmetic, without heavy packages."""

import pytest

np = pytest.importorskip("numpy")


def test_int8_rows_keep_their_own_scale():
    from coterie_trainer.quantise import rows_to_int8

    vectors = np.array([[1.0, -0.5, 0.25], [0.001, 0.002, -0.0005], [0.0, 0.0, 0.0]])
    embeddings, scale = rows_to_int8(vectors)
    assert embeddings.dtype == np.int8 and scale.dtype == np.float32
    assert np.abs(embeddings * scale[:, None] - vectors).max(axis=1) == pytest.approx(
        [0, 0, 0], abs=0.5 / 127
    )
    assert np.abs((embeddings * scale[:, None] - vectors)[1]).max() <= 0.002 / 127 / 2 * 1.001
    assert not embeddings[2].any()


def test_mistakes_are_one_line(capsys, tmp_path):
    from coterie_trainer.__main__ import main

    assert main(["distil", "--model", str(tmp_path / "none"), "--out", str(tmp_path / "out")]) == 4
    error = capsys.readouterr().err
    assert error.startswith("E_NOT_FOUND") and "Traceback" not in error
    assert not (tmp_path / "out").exists()
