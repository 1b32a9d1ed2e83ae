"""k-means of faiss and scikit-learn, and the exact inertia of given centres.

usage: kmeans.py fit faiss|sklearn VECTORS ROWS WIDTH CLUSTERS OUT
       kmeans.py judge VECTORS ROWS WIDTH CENTRES
"""
import json
import sys
import time

import numpy as np


def vectors(path, rows, width):
    return np.fromfile(path, dtype=np.float32, count=int(rows) * int(width)).reshape(int(rows), int(width))


def inertia(points, centres):
    half = (centres.astype(np.float64) ** 2).sum(1) / 2
    total = 0.0
    for start in range(0, len(points), 8192):
        block = points[start : start + 8192]
        nearest = (block @ centres.T - half.astype(np.float32)).argmax(1)
        total += float(((block - centres[nearest]).astype(np.float64) ** 2).sum())
    return total / len(points)


if sys.argv[1] == "judge":
    points = vectors(*sys.argv[2:5])
    centres = np.fromfile(sys.argv[5], dtype=np.float32).reshape(-1, points.shape[1])
    print(json.dumps({"inertia": inertia(points, centres)}))
else:
    _, _, tool, path, rows, width, clusters, out = sys.argv
    points, clusters = vectors(path, rows, width), int(clusters)
    start = time.perf_counter()
    if tool == "faiss":
        import faiss

        kmeans = faiss.Kmeans(points.shape[1], clusters, niter=20, seed=17, max_points_per_centroid=len(points))
        kmeans.train(points)
        centres = kmeans.centroids
    else:
        from sklearn.cluster import MiniBatchKMeans

        centres = MiniBatchKMeans(clusters, init="random", n_init=1, batch_size=16384, max_iter=5, random_state=17).fit(points).cluster_centers_
    seconds = time.perf_counter() - start
    centres.astype(np.float32).tofile(out)
    print(json.dumps({"seconds": seconds}))
