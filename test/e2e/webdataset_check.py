"""Counts the samples in every expert's tars with `tarfile`, and with `webdataset` where it is installed.

Prints one JSON document: {"webdataset": version or null, "folders": {"expert-00": {"tarfile": n, "webdataset": n or null}}}.

usage: webdataset_check.py FOLDER...    (each holds expert-00, expert-01, ..., with *.tar)
"""
import collections
import json
import pathlib
import sys
import tarfile

try:
    import webdataset
except ImportError:
    webdataset = None

IMAGES = {"png", "jpg", "jpeg", "webp"}


def with_tarfile(tar):
    samples = collections.defaultdict(set)
    with tarfile.open(tar) as archive:
        for member in archive:
            key, _, extension = member.name.partition(".")
            assert member.isfile() and "/" not in member.name, f"{tar}: {member.name} is no plain member"
            assert extension not in samples[key], f"{tar}: {member.name} occurs twice"
            samples[key].add(extension)
    for key, extensions in samples.items():
        assert {"txt", "json"} <= extensions and IMAGES & extensions, f"{tar}: {key} has {sorted(extensions)}"
    return len(samples)


def with_webdataset(tar):
    return sum(1 for _ in webdataset.WebDataset(str(tar), shardshuffle=False))


folders = collections.defaultdict(lambda: {"tarfile": 0, "webdataset": 0 if webdataset else None})
for root in sys.argv[1:]:
    for tar in sorted(pathlib.Path(root).glob("*/*.tar")):
        counts = folders[tar.parent.name]
        counts["tarfile"] += with_tarfile(tar)
        if webdataset:
            counts["webdataset"] += with_webdataset(tar)

print(json.dumps({"webdataset": getattr(webdataset, "__version__", None), "folders": folders}))
