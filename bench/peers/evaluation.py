"""The scores of bench/evaluation.ts in numpy: FOLDER IMAGES CLASSES. The last line is one JSON document."""

import json, sys, time
import numpy as np

folder, images, classes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
experts, chunk = 4, 4096
models = ["dense"] + [f"expert-{i}" for i in range(experts)]
text = {m: np.load(f"{folder}/text-{m}.npy") for m in models}
image = {m: np.load(f"{folder}/image-{m}-{images}.npy", mmap_mode="r") for m in models}
routing, fine = np.load(f"{folder}/routing.npy").astype(np.float64), np.load(f"{folder}/fine.npy").astype(np.float64)
owner = np.arange(len(fine)) % experts
start = time.perf_counter()

def softmax(x, axis=-1):
    x = np.exp(x - x.max(axis=axis, keepdims=True))
    return x / x.sum(axis=axis, keepdims=True)

squared = ((routing[:, None, :] - fine[None]) ** 2).sum(-1)
def together(centres, own, coded=False):
    d2 = ((routing[:, None, :] - centres[None]) ** 2).sum(-1)
    near = d2.argmin(1)
    best = d2[np.arange(classes), near]
    if coded:
        gain, bonus = 5 * np.log10(max(10, classes - 200)), np.exp(0.5 - np.sqrt(classes)) if classes < 10 else 0
        a = np.exp(gain * (bonus - np.sqrt(best))) / 8
    else:
        scale = 0.2 / np.log(classes) if classes > 200 else 0.2
        a = np.exp(-best / scale) * (np.exp(0.5 - np.sqrt(classes)) if classes < 10 else 1)
    return softmax(np.bincount(own[near], weights=a, minlength=experts))
weights = {
    "published": together(fine, owner),
    "coded": together(fine, owner, coded=True),
    "coarse": together(fine[:experts], np.arange(experts)),
    "per-class": softmax(-np.stack([squared[:, owner == e].min(1) for e in range(experts)], 1) / 0.1).T,
}
hits = {name: 0 for name in [*models, *weights, "uniform"]}
difference = {}
for begin in range(0, images, chunk):
    labels = np.arange(begin, min(begin + chunk, images)) % classes
    logits = {m: image[m][begin : begin + chunk] @ text[m].T for m in models}
    for name in models:
        hits[name] += int((logits[name].argmax(1) == labels).sum())
    for name, w in {**weights, "uniform": np.full(experts, 1 / experts)}.items():
        mixed = sum((w[e] if w.ndim == 1 else w[e][None, :]) * logits[f"expert-{e}"] for e in range(experts))
        hits[name] += int((mixed.argmax(1) == labels).sum())
        if begin == 0 and name in weights:
            ours = np.load(f"{folder}/ours-{name}.npy")
            difference[name] = float(np.abs(ours - mixed[: len(ours)]).max())
print(json.dumps({"seconds": time.perf_counter() - start, "numpy": np.__version__, "top1": {k: v / images for k, v in hits.items()}, "difference": difference}))
