"""Reads what `write` left as its users do, and says what was found.

usage: read.py FOLDER      FOLDER holds README.md, croissant.json and the groups' folders; offline
Prints one JSON document: {"datasets": {config: {split, rows, captions, keys, images, features}}, "webdataset": {config: rows}, "croissant": {"records": {set: captions}}}.
"""
import json
import logging
import os
import pathlib
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_CACHE"] = tempfile.mkdtemp()
logging.disable(logging.WARNING)

import datasets
import mlcroissant
import webdataset
import yaml

root = pathlib.Path(sys.argv[1])
datasets.disable_progress_bars()


def with_datasets():
    found = {}
    for config in datasets.get_dataset_config_names(str(root)):
        loaded = datasets.load_dataset(str(root), config)
        for split, table in loaded.items():
            images = [name for name, feature in table.features.items() if isinstance(feature, datasets.Image)]
            rows = list(table)
            pictures = [next(row[name] for name in images if row[name] is not None) for row in rows] if images else []
            found[config] = {
                "split": split,
                "rows": len(rows),
                "captions": sorted(row["txt"] if "txt" in row else row["caption"] for row in rows),
                "keys": sorted(row["json"]["key"] if "json" in row else row.get("key", row.get("sample_key")) for row in rows),
                "images": sorted({image.format for image in pictures}),
                "decoded": sum(image.convert("RGB").size[0] > 0 for image in pictures),
            }
    return found


def with_webdataset():
    card = (root / "README.md").read_text().split("---\n")[1]
    counts = {}
    for config in yaml.safe_load(card)["configs"]:
        paths = [str(tar) for pattern in config["data_files"][0]["path"] for tar in sorted(root.glob(pattern)) if tar.suffix == ".tar"]
        if paths:
            decoded = webdataset.WebDataset(paths, shardshuffle=False).decode("pil").rename(image="jpg;png;webp", caption="txt").to_tuple("image", "caption")
            counts[config["config_name"]] = sum(1 for image, caption in decoded if image.size[0] > 0 and caption)
    return counts


def with_croissant():
    dataset = mlcroissant.Dataset(jsonld=str(root / "croissant.json"))
    issues = dataset.metadata.ctx.issues
    records = {}
    for record_set in dataset.metadata.record_sets:
        name = record_set.uuid
        records[name] = sorted(record[f"{name}/caption"].decode() if isinstance(record[f"{name}/caption"], bytes) else record[f"{name}/caption"] for record in dataset.records(name))
    return {"errors": sorted(issues.errors), "records": records}


print(json.dumps({"datasets": with_datasets(), "webdataset": with_webdataset(), "croissant": with_croissant()}))
