"""Writes one crawl with every library and setting that crawls are written with, and beside each file what pyarrow reads from it.

usage: variants.py FOLDER
"""
import base64
import datetime
import json
import pathlib
import sys

import duckdb
import fastparquet
import pandas
import polars
import pyarrow as pa
import pyarrow.parquet as pq

out = pathlib.Path(sys.argv[1])
n = 700
urls = [f"https://example.org/pictures/{i % 90}/photo-{i}.jpg" for i in range(n)]
captions = [None if i % 19 == 5 else "" if i % 23 == 7 else f"photo {i % 11}: Straße ä 日本語 🙂 " + "long " * (i % 37) for i in range(n)]
plain_captions = [f"a plain caption number {i} of something" for i in range(n)]
images = [None if i % 13 == 3 else bytes([0xFF, 0xD8, 0xFF, i % 256, 0, 0x80, 0xC3, 0x28]) * (20 + i % 50) for i in range(n)]
widths = list(range(n))
scores = [None if i % 29 == 1 else i / 7 for i in range(n)]
flags = [i % 3 == 0 for i in range(n)]
lists = [None if i % 11 == 2 else [None if k == 2 else f"c{i}-{k}" for k in range(i % 4)] for i in range(n)]
pairs = pa.table(
    {
        "url": urls,
        "caption": captions,
        "plain": plain_captions,
        "image": pa.array(images, pa.binary()),
        "width": pa.array(widths, pa.int64()),
        "height": pa.array(widths, pa.int32()),
        "small": pa.array([i % 100 for i in range(n)], pa.uint8()),
        "score": scores,
        "flag": flags,
    }
)
struct = pa.array([{"bytes": image, "path": None if i % 4 == 0 else f"{i}.jpg"} if i % 31 else None for i, image in enumerate(images)], pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
nested = pa.table({"image": struct, "captions": pa.array(lists, pa.list_(pa.string())), "text": captions})
large = pa.table({"url": pa.array(urls, pa.large_string()), "caption": pa.array(captions, pa.large_string()), "captions": pa.array(lists, pa.large_list(pa.large_string()))})
frame = pandas.DataFrame({"url": urls, "caption": captions, "plain": plain_captions, "width": widths, "score": scores, "flag": flags})


def plain(value):
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float) and value != value:
        return "NaN"
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return value


made = []


def keep(name, write):
    path = out / f"{name}.parquet"
    write(str(path))
    rows = [plain(row) for row in pq.ParquetFile(path).read().to_pylist()]
    path.with_suffix(".json").write_text(json.dumps(rows, ensure_ascii=False, separators=(",", ":")))
    made.append(name)


for codec in ["NONE", "SNAPPY", "GZIP", "ZSTD", "BROTLI", "LZ4"]:
    for version in ["1.0", "2.0"]:
        for dictionary in [True, False]:
            kind = f"{codec.lower()}-v{version[0]}-{'dictionary' if dictionary else 'plain'}"
            keep(f"pyarrow-{kind}", lambda path: pq.write_table(pairs, path, compression=codec, data_page_version=version, use_dictionary=dictionary, row_group_size=256, data_page_size=2048, write_page_checksum=True))
keep("pyarrow-nested", lambda path: pq.write_table(nested, path, compression="zstd", row_group_size=200, data_page_size=1024))
keep("pyarrow-nested-v2", lambda path: pq.write_table(nested, path, compression="snappy", row_group_size=200, data_page_size=1024, data_page_version="2.0"))
keep("pyarrow-large", lambda path: pq.write_table(large, path, compression="lz4"))
keep("pyarrow-format-1", lambda path: pq.write_table(pairs, path, version="1.0", store_schema=False, write_statistics=False))
keep("pyarrow-delta", lambda path: pq.write_table(pairs, path, use_dictionary=False, data_page_size=4096, column_encoding={"url": "DELTA_BYTE_ARRAY", "caption": "DELTA_LENGTH_BYTE_ARRAY", "plain": "DELTA_BYTE_ARRAY", "image": "DELTA_LENGTH_BYTE_ARRAY", "width": "DELTA_BINARY_PACKED", "height": "DELTA_BINARY_PACKED", "small": "DELTA_BINARY_PACKED", "score": "BYTE_STREAM_SPLIT", "flag": "RLE"}))
keep("pyarrow-split", lambda path: pq.write_table(pairs.select(["url", "width", "height"]), path, use_dictionary=False, column_encoding={"url": "PLAIN", "width": "BYTE_STREAM_SPLIT", "height": "BYTE_STREAM_SPLIT"}))
keep("pyarrow-index", lambda path: pq.write_table(pairs, path, write_page_index=True, data_page_size=512, row_group_size=300))
keep("pyarrow-dictionary-type", lambda path: pq.write_table(pa.table({"url": urls, "caption": pa.array(captions).dictionary_encode()}), path))
keep("pyarrow-all-null", lambda path: pq.write_table(pa.table({"url": urls, "caption": pa.array([None] * n, pa.string())}), path))
keep("pyarrow-required", lambda path: pq.write_table(pa.table({"url": urls, "caption": plain_captions}, schema=pa.schema([pa.field("url", pa.string(), False), pa.field("caption", pa.string(), False)])), path))
keep("pyarrow-view", lambda path: pq.write_table(pa.table({"url": pa.array(urls, pa.string_view()), "caption": pa.array(captions, pa.string_view())}), path))
keep("pyarrow-fixed", lambda path: pq.write_table(pa.table({"url": urls, "caption": captions, "digest": pa.array([bytes([i % 256] * 16) for i in range(n)], pa.binary(16))}), path))

connection = duckdb.connect()
connection.register("pairs", pairs)
connection.register("nested", nested)
for codec in ["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4_raw"]:
    for version in ["V1", "V2"]:
        keep(f"duckdb-{codec}-{version.lower()}", lambda path: connection.execute(f"COPY pairs TO '{path}' (FORMAT parquet, COMPRESSION {codec}, PARQUET_VERSION {version}, ROW_GROUP_SIZE 2048)"))
keep("duckdb-nested", lambda path: connection.execute(f"COPY nested TO '{path}' (FORMAT parquet, COMPRESSION zstd)"))

for codec in ["UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "BROTLI", "LZ4_RAW"]:
    keep(f"fastparquet-{codec.lower()}", lambda path: fastparquet.write(path, frame, compression=codec, row_group_offsets=200))
keep("fastparquet-nulls", lambda path: fastparquet.write(path, frame, has_nulls=True))

flat = polars.from_arrow(pairs)
for codec in ["uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4"]:
    keep(f"polars-{codec}", lambda path: flat.write_parquet(path, compression=codec, row_group_size=256))
keep("polars-pages", lambda path: flat.write_parquet(path, data_page_size=1024, statistics="full"))
keep("polars-nested", lambda path: polars.from_arrow(nested).write_parquet(path))
keep("polars-categorical", lambda path: flat.with_columns(polars.col("caption").cast(polars.Categorical)).select("url", "caption").write_parquet(path))

print(json.dumps({"made": len(made), "versions": {"pyarrow": pa.__version__, "duckdb": duckdb.__version__, "fastparquet": fastparquet.__version__, "polars": polars.__version__}}))
