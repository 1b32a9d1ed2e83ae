"""Token vectors as int8, with one scale per row."""

import numpy as np


def rows_to_int8(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """float [tokens, width] -> int8 [tokens, width] and float32 [tokens], with ``vectors ≈ int8 * scale[:,
    None]``.

    One scale for the whole matrix (model2vec's own int8) would give rare tokens, whose SIF-weighted
    vectors are long, a much higher precision than frequent ones, whose vectors are short. The scale is
    stored where model2vec reads token weights.
    """
    largest = np.abs(vectors).max(axis=1)
    scale = np.where(largest > 0, largest / 127.0, 1.0).astype(np.float32)
    rounded = np.rint(vectors / scale[:, None].astype(np.float64))
    return np.clip(rounded, -127, 127).astype(np.int8), scale
