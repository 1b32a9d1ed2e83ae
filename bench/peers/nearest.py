"""Nearest centres by faiss, timed over several rounds.

usage: nearest.py flat|hnsw VECTORS ROWS WIDTH CENTRES OUT [EF]
"""
import json
import sys
import time

import faiss
import numpy as np

kind, path, rows, width, centres, out = sys.argv[1:7]
width = int(width)
points = np.fromfile(path, dtype=np.float32, count=int(rows) * width).reshape(-1, width)
centres = np.fromfile(centres, dtype=np.float32).reshape(-1, width)
start = time.perf_counter()
if kind == "flat":
    index = faiss.IndexFlatL2(width)
else:
    index = faiss.IndexHNSWFlat(width, 16)
    index.hnsw.efConstruction = 200
    index.hnsw.efSearch = int(sys.argv[7])
index.add(centres)
build = time.perf_counter() - start
index.search(points[:2048], 1)
start = time.perf_counter()
_, nearest = index.search(points, 1)
seconds = time.perf_counter() - start
nearest[:, 0].astype(np.uint32).tofile(out)
half = (points[:4096] ** 2).sum()
start = time.perf_counter()
for _ in range(4):
    points[:4096] @ centres[:1024].T
peak = 4 * 2 * min(4096, len(points)) * min(1024, len(centres)) * width / (time.perf_counter() - start)
print(json.dumps({"seconds": seconds, "build": build, "peak_flops": peak}))
