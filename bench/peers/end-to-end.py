"""Captions in parquet -> static vectors -> k-means -> assignments, as in a short script.

usage: end-to-end.py SHARDS ENCODER OUT CENTRES
"""
import json
import pathlib
import sys

import faiss
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from model2vec import StaticModel

shards, encoder, out, centres = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), int(sys.argv[4])
out.mkdir(parents=True, exist_ok=True)

model = StaticModel.from_pretrained(encoder)
vectors = []
for shard in sorted(pathlib.Path(shards).glob("*.parquet")):
    captions = pq.read_table(shard, columns=["caption"])["caption"].to_pylist()
    # One process: the multiprocessing default forks above 10,000 sentences, which does not pay for a static model.
    part = model.encode(captions, use_multiprocessing=False).astype(np.float32)
    np.save(out / f"{shard.stem}.npy", part)
    vectors.append(part)

everything = np.concatenate(vectors)
kmeans = faiss.Kmeans(everything.shape[1], centres, niter=20, seed=17)
kmeans.train(everything)
np.save(out / "centres.npy", kmeans.centroids)

index = faiss.IndexFlatL2(everything.shape[1])
index.add(kmeans.centroids)
total = 0.0
for number, part in enumerate(vectors):
    distance, fine = index.search(part, 1)
    total += float(distance.sum())
    table = pa.table({"fine": fine[:, 0].astype(np.uint32), "distance": np.sqrt(np.maximum(distance[:, 0], 0))})
    pq.write_table(table, out / f"assignments-{number:05d}.parquet")

print(json.dumps({"rows": len(everything), "mean_squared_distance": total / len(everything)}))
