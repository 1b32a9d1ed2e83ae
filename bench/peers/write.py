"""Splits the samples of tars into experts' tars with webdataset.

usage: write.py OUT EXPERTS TAR...      prints {"seconds": s, "samples": n}
"""
import json
import sys
import time

import webdataset

out, experts, tars = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
start = time.perf_counter()
writers = [webdataset.ShardWriter(f"{out}/expert-{expert:02d}-%05d.tar", maxsize=256e6, maxcount=10**9, verbose=0) for expert in range(experts)]
samples = 0
for sample in webdataset.WebDataset(tars, shardshuffle=False):
    expert = samples % experts
    key = f"{samples:018d}"
    meta = json.dumps({"key": key, "expert": expert, "fine": 0, "ooc": False})
    writers[expert].write({"__key__": key, "jpg": sample["jpg"], "txt": sample["txt"], "json": meta.encode()})
    samples += 1
for writer in writers:
    writer.close()
print(json.dumps({"seconds": time.perf_counter() - start, "samples": samples}))
