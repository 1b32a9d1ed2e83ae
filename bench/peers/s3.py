"""Writes a parquet shard with images, or reads columns of one over S3 with pyarrow and s3fs.

usage: s3.py make FILE ROWS
       s3.py scan s3://BUCKET/KEY COLUMN,... CACHE      prints {"sum": n}; CACHE is s3fs's: `readahead` (its default) or `none`
"""
import json
import os
import sys

import pyarrow as pa
import pyarrow.parquet as pq


def make(path, rows):
    import numpy as np

    random = np.random.default_rng(11)
    noise = random.bytes(1 << 20)
    sizes = np.exp(random.uniform(np.log(1_000), np.log(100_000), rows)).astype(int)
    words = [f"word{i}" for i in range(5000)]
    picks = np.minimum(random.zipf(1.3, size=(rows, 12)) - 1, 4999)
    schema = pa.schema([("key", pa.string()), ("image", pa.binary()), ("caption", pa.string()), ("width", pa.int64())])
    with pq.ParquetWriter(path, schema, compression="snappy") as writer:
        for start in range(0, rows, 500):
            part = range(start, min(rows, start + 500))
            columns = [[f"{i:09d}" for i in part], [noise[i * 37 % 900_000 :][: sizes[i]] for i in part], [" ".join(words[w] for w in picks[i]) for i in part], [int(i % 2048) for i in part]]
            writer.write_table(pa.table(dict(zip(schema.names, columns)), schema=schema))


def scan(uri, columns, cache):
    import s3fs

    system = s3fs.S3FileSystem(endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    total = 0
    with system.open(uri, "rb", cache_type=cache) as file:
        for batch in pq.ParquetFile(file, pre_buffer=True).iter_batches(columns=columns):
            for name in columns:
                for value in batch[name].to_pylist():
                    total += len(value)
    print(json.dumps({"sum": total}))


if sys.argv[1] == "make":
    make(sys.argv[2], int(sys.argv[3]))
else:
    scan(sys.argv[2], sys.argv[3].split(","), sys.argv[4])
