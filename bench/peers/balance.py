"""The optimal assignment of points to centres with a bound on sizes, by scipy's linear assignment: each centre has one column per point that it may have.

usage: balance.py VECTORS ROWS WIDTH CENTRES CAPACITY
"""
import json
import sys
import time

import numpy as np
from scipy.optimize import linear_sum_assignment

_, path, rows, width, centre_path, capacity = sys.argv
points = np.fromfile(path, dtype=np.float32, count=int(rows) * int(width)).reshape(int(rows), int(width)).astype(np.float64)
centres = np.fromfile(centre_path, dtype=np.float32).reshape(-1, int(width)).astype(np.float64)
start = time.perf_counter()
cost = (points**2).sum(1)[:, None] - 2 * points @ centres.T + (centres**2).sum(1)
row, column = linear_sum_assignment(np.repeat(cost, int(capacity), axis=1))
label = np.empty(len(points), dtype=np.int64)
label[row] = column // int(capacity)
seconds = time.perf_counter() - start


def inertia(label):
    means = np.stack([points[label == j].mean(0) for j in range(len(centres))])
    return float(((points - means[label]) ** 2).sum() / len(points))


print(json.dumps({"seconds": seconds, "inertia": inertia(label), "largest": int(np.bincount(label).max())}))
