"""Writes COUNT samples of SIZE bytes with webdataset.TarWriter while hashing the file.

usage: tar.py OUT COUNT SIZE      prints {"seconds": s, "sha256": digest}
"""
import hashlib
import json
import os
import sys
import time

import webdataset

out, count, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
noise = os.urandom(2 * size)
samples = [
    {
        "__key__": f"0123456789{i:08d}",
        "jpg": noise[i % size : i % size + size],
        "txt": f"a photo of something, number {i}, as somebody would describe it",
        "json": {"expert": i % 4, "fine": i % 1024, "key": f"0123456789{i:08d}", "ooc": False},
    }
    for i in range(count)
]


class Hashed:
    """Hashes while writing."""

    def __init__(self, path):
        self.file = open(path, "wb")
        self.hash = hashlib.sha256()

    def write(self, data):
        self.hash.update(data)
        return self.file.write(data)

    def tell(self):
        return self.file.tell()

    def flush(self):
        self.file.flush()

    def close(self):
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()


start = time.perf_counter()
stream = Hashed(out)
with webdataset.TarWriter(stream) as writer:
    for sample in samples:
        writer.write(sample)
stream.close()
print(json.dumps({"seconds": time.perf_counter() - start, "sha256": stream.hash.hexdigest()}))
