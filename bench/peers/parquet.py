"""Writes parquet files, or reads columns of one as Python objects and sums their lengths.

usage: parquet.py make FOLDER ROWS PICTURES
       parquet.py scan FILE COLUMN,...      prints {"sum": n}
"""
import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq


def make(folder, rows, pictures):
    import numpy as np

    random = np.random.default_rng(7)
    words = np.array([f"{chr(97 + i % 26)}{'aeiou'[i % 5]}{chr(97 + i * 7 % 26)}{i % 97}" for i in range(5000)])
    picks = np.minimum(random.zipf(1.3, size=(rows, 12)) - 1, 4999)
    table = pa.table(
        {
            "key": [f"{i:09d}" for i in range(rows)],
            "url": [f"https://images.example.org/{i % 977}/photo-of-something-{i}-in-some-size.jpg" for i in range(rows)],
            "caption": [" ".join(words[row]) for row in picks],
            "width": random.integers(64, 2048, rows),
        }
    )
    for codec in ["snappy", "zstd"]:
        pq.write_table(table, f"{folder}/{codec}.parquet", compression=codec, row_group_size=100_000)
    noise = random.bytes(1 << 20)
    images = [{"bytes": noise[i * 37 % 500_000 :][: 4000 + i % 8000], "path": f"{i}.jpg"} for i in range(pictures)]
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    pq.write_table(pa.table({"image": pa.array(images, kind), "text": ["x"] * pictures}), f"{folder}/struct.parquet", row_group_size=1000)


def scan(path, columns):
    total = 0
    for batch in pq.ParquetFile(path).iter_batches(columns=columns):
        for name in columns:
            for value in batch[name].to_pylist():
                total += len(value["bytes"]) if isinstance(value, dict) else len(value)
    print(json.dumps({"sum": total}))


if sys.argv[1] == "make":
    make(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
else:
    scan(sys.argv[2], sys.argv[3].split(","))
