"""The routing rules of ``src/routing``: texts in the run's caption space become weights of the experts.

MoDE is arXiv 2404.16030. ``vectors`` are [texts, width] unit vectors of the encoder that made the centres.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Centres:
    """``fine`` [m, width] with the expert of each, ``coarse`` [n, width]."""

    fine: np.ndarray
    expert: np.ndarray
    coarse: np.ndarray

    @property
    def experts(self) -> int:
        return len(self.coarse)


def weights(
    vectors: np.ndarray, centres: Centres, rule: str, present: list[int], scale: float, temperature: float
) -> np.ndarray:
    """[experts], or [texts, experts] for ``per-class``; absent experts get 0, and the others share their
    weight.
    """
    if rule not in RULES:
        raise ValueError(f"the routing rule {rule} is not known here: {', '.join(RULES)}")
    return RULES[rule](vectors, centres, present, scale, temperature)


def by_published(vectors, centres, present, scale, _temperature) -> np.ndarray:
    return only(published(*landings(vectors, centres.fine, centres.expert), centres.experts, scale), present)


def by_coded(vectors, centres, present, _scale, _temperature) -> np.ndarray:
    return only(coded(*landings(vectors, centres.fine, centres.expert), centres.experts), present)


def by_coarse(vectors, centres, present, scale, _temperature) -> np.ndarray:
    return only(
        published(*landings(vectors, centres.coarse, np.arange(centres.experts)), centres.experts, scale),
        present,
    )


def by_class(vectors, centres, present, _scale, temperature) -> np.ndarray:
    squared = to_experts(vectors, centres)
    squared[:, [expert for expert in range(centres.experts) if expert not in present]] = np.inf
    return softmax(-squared / temperature)


def equally(_vectors, centres, present, _scale, _temperature) -> np.ndarray:
    return only(np.ones(centres.experts), present)


#: By the names in ``src/routing/rules.ts``; ``uniform`` weighs all experts the same.
RULES = {
    "published": by_published,
    "coded": by_coded,
    "coarse": by_coarse,
    "per-class": by_class,
    "uniform": equally,
}


def published(expert: np.ndarray, distance: np.ndarray, experts: int, scale: float) -> np.ndarray:
    """p(c|T) ∝ exp Σ_l A_l with A_l = exp(−d²/λ) of the nearest centre; damped below 10 texts, λ / log|L|
    above 200.
    """
    count = len(expert)
    damping = np.exp(0.5 - np.sqrt(count)) if count < 10 else 1.0
    affinity = damping * np.exp(-(distance**2) / (scale / np.log(count) if count > 200 else scale))
    return softmax(np.bincount(expert, affinity, experts))


def coded(expert: np.ndarray, distance: np.ndarray, experts: int) -> np.ndarray:
    """As in the paper's code: W_c = Σ exp(g(b − d)), p = softmax(W / 8)."""
    count = len(expert)
    gain = 5 * np.log10(max(10, count - 200))
    bonus = np.exp(0.5 - np.sqrt(count)) if count < 10 else 0.0
    return softmax(np.bincount(expert, np.exp(gain * (bonus - distance)) / 8, experts))


def landings(vectors: np.ndarray, centres: np.ndarray, expert: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Expert of the nearest centre of each text (the first if tied), and the distance to that centre."""
    distances = squared_distances(vectors, centres)
    nearest = distances.argmin(1)
    return expert[nearest], np.sqrt(distances[np.arange(len(vectors)), nearest])


def to_experts(vectors: np.ndarray, centres: Centres) -> np.ndarray:
    """Squared distance of each text to the nearest centre of each expert; infinite if it has none."""
    distances = squared_distances(vectors, centres.fine)
    out = np.full((len(vectors), centres.experts), np.inf)
    for expert in range(centres.experts):
        if (centres.expert == expert).any():
            out[:, expert] = distances[:, centres.expert == expert].min(1)
    return out


def squared_distances(vectors: np.ndarray, centres: np.ndarray) -> np.ndarray:
    # Differences, not norms and products, since rounding would dominate the distances of close texts.
    out = np.empty((len(vectors), len(centres)))
    for row, vector in enumerate(vectors.astype(np.float64)):
        difference = centres - vector
        out[row] = np.einsum("ij,ij->i", difference, difference)
    return out


def softmax(scores: np.ndarray) -> np.ndarray:
    """Over the last axis; uniform if all scores are -inf."""
    highest = scores.max(-1, keepdims=True)
    shares = np.exp(
        np.where(np.isneginf(highest), 0.0, scores - np.where(np.isneginf(highest), 0.0, highest))
    )
    return shares / shares.sum(-1, keepdims=True)


def only(shares: np.ndarray, present: list[int]) -> np.ndarray:
    kept = np.zeros(len(shares))
    kept[present] = shares[present]
    return (
        kept / kept.sum()
        if kept.sum() > 0
        else np.where(np.isin(np.arange(len(shares)), present), 1 / len(present), 0.0)
    )
