"""Writes scikit-learn.json: what scikit-learn (and numpy, for retrieval) makes of scores that a formula gives. Needs scikit-learn."""

import json, pathlib
import numpy as np
import sklearn
from sklearn.metrics import average_precision_score, balanced_accuracy_score, roc_auc_score, top_k_accuracy_score

def noise(count, seed):
    i = np.arange(count, dtype=np.uint64)
    return ((i * np.uint64(2654435761) + np.uint64(seed * 40503 + 12345)) * np.uint64(2246822519) % np.uint64(4294967296)).astype(np.float64) / 4294967296

rows, classes = 240, 12
labels = (noise(rows, 1) ** 2 * (classes - 1)).astype(int)
scores = noise(rows * classes, 2).reshape(rows, classes)
scores[np.arange(rows), labels] += 0.4
binary = (noise(rows, 3) < 0.3).astype(int)
margin = np.round(noise(rows, 4) + 0.3 * binary, 2)  # with ties
multi = (noise(rows * 5, 5).reshape(rows, 5) < 0.25).astype(int)
many = noise(rows * 5, 6).reshape(rows, 5) + 0.3 * multi
# Retrieval: 40 images, five captions each; any caption counts, as in CLIP_benchmark.
images, per = 40, 5
similarity = noise(images * images * per, 7).reshape(images, images * per)
for image in range(images):
    similarity[image, image * per + image % per] += 0.35
def recall(matrix, positives, k):
    top = np.argsort(-matrix, axis=1, kind="stable")[:, :k]
    return float(np.mean([any(c in positives[r] for c in row) for r, row in enumerate(top)]))
owners = [[i // per] for i in range(images * per)]
captions = [list(range(i * per, (i + 1) * per)) for i in range(images)]
expected = {
    "top1": top_k_accuracy_score(labels, scores, k=1, labels=range(classes)),
    "top5": top_k_accuracy_score(labels, scores, k=5, labels=range(classes)),
    "mean_per_class": balanced_accuracy_score(labels, scores.argmax(1)),
    "roc_auc": roc_auc_score(binary, margin),
    "map": float(np.mean([average_precision_score(multi[:, c], many[:, c]) for c in range(5)])),
    **{f"image_to_text_r{k}": recall(similarity, captions, k) for k in (1, 5, 10)},
    **{f"text_to_image_r{k}": recall(similarity.T, owners, k) for k in (1, 5, 10)},
}
pathlib.Path(__file__).with_name("scikit-learn.json").write_text(json.dumps({"scikit_learn": sklearn.__version__, "expected": expected}, indent=1) + "\n")
print(expected)
