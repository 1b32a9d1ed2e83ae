"""Makes the parquet files of this folder with pyarrow, and beside each what pyarrow reads from it.

usage: make.py FOLDER      (pyarrow 26.0.1 made the ones that are kept)
"""
import base64
import json
import pathlib
import sys

import pyarrow as pa
import pyarrow.parquet as pq

out = pathlib.Path(sys.argv[1])
n = 60
captions = [None if i % 17 == 5 else f"caption {i % 7}: ä 日本 🙂 " + "x" * (i % 23) for i in range(n)]
urls = [f"https://example.org/{i}.jpg" for i in range(n)]
images = [None if i % 13 == 3 else bytes([0xFF, 0xD8, 0xFF, i, 0, 0x80, 0xC3, 0x28]) * (1 + i % 5) for i in range(n)]
numbers = list(range(n))
floats = [i / 3 for i in range(n)]
lists = [None if i % 11 == 2 else [f"c{i}-{k}" for k in range(i % 4)] for i in range(n)]


def plain(value):
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def save(name, table, **options):
    path = out / f"{name}.parquet"
    pq.write_table(table, path, row_group_size=options.pop("row_group_size", 25), **options)
    rows = [plain(row) for row in pq.read_table(path).to_pylist()]
    path.with_suffix(".json").write_text(json.dumps(rows, ensure_ascii=False, separators=(",", ":")) + "\n")


pairs = pa.table({"url": urls, "caption": captions, "image": pa.array(images, pa.binary()), "width": numbers, "score": floats})
for codec in ["none", "snappy", "gzip", "zstd", "brotli", "lz4"]:
    for version in ["1.0", "2.0"]:
        save(f"{codec}-v{version[0]}", pairs, compression=codec, data_page_version=version)
save("no-dictionary", pairs, use_dictionary=False)
save(
    "encodings",
    pairs,
    use_dictionary=False,
    column_encoding={
        "url": "DELTA_BYTE_ARRAY",
        "caption": "DELTA_LENGTH_BYTE_ARRAY",
        "width": "DELTA_BINARY_PACKED",
        "score": "BYTE_STREAM_SPLIT",
    },
    data_page_version="2.0",
)
save("small-pages", pairs, data_page_size=64, write_page_index=True)
large = pa.table({"url": pa.array(urls, pa.large_string()), "caption": pa.array(captions, pa.large_string()), "image": pa.array(images, pa.large_binary())})
save("large-types", large)
save("dictionary-type", pa.table({"url": urls, "caption": pa.array(captions).dictionary_encode()}))
save("binary-captions", pa.table({"url": urls, "caption": pa.array([None if c is None else c.encode() for c in captions], pa.binary())}))
struct = pa.array([{"bytes": image, "path": f"{i}.jpg"} for i, image in enumerate(images)], pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
save("hf-struct", pa.table({"image": struct, "text": captions}), compression="zstd")
save("caption-lists", pa.table({"image": struct, "captions": pa.array(lists, pa.list_(pa.string()))}))
save("empty", pairs.slice(0, 0))
save("no-null", pa.table({"url": pa.array(urls), "caption": pa.array([c or "" for c in captions])}, schema=pa.schema([pa.field("url", pa.string(), False), pa.field("caption", pa.string(), False)])))
