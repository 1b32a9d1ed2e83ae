"""Reads WebDataset tars: samples in order, without unpacking, from a local file or a pipe."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

BLOCK = 512
END = bytes(BLOCK)
REGULAR = (b"0", b"\0", b"7")
#: GNU's long name, and the extended header of POSIX; both apply to the next member.
LONG_NAMES = (b"L", b"x")
IMAGES = ("jpg", "png", "jpeg", "webp")
TEXT = "txt"


class BrokenTar(Exception):
    """The archive is truncated, or is not a tar."""


def members(file: BinaryIO) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Names of regular files, each with a function that reads its bytes; members that are not read are
    skipped.
    """
    long_name = None
    while True:
        block = file.read(BLOCK)
        if len(block) < BLOCK:
            raise BrokenTar("its last header is truncated" if block else "it has no end-of-archive marker")
        if block == END:
            return
        name, size, kind = header(block)
        padded = -(-size // BLOCK) * BLOCK
        if kind in LONG_NAMES:
            data = exactly(file, padded)[:size]
            long_name = data.rstrip(b"\0") if kind == b"L" else pax_path(data) or long_name
            continue
        if kind not in REGULAR:
            skip(file, padded)
            continue
        name, long_name = long_name or name, None
        taken = False

        def read(size=size, padded=padded) -> bytes:
            nonlocal taken
            taken = True
            return exactly(file, padded)[:size]

        yield name.decode("utf-8", "surrogateescape"), read
        if not taken:
            skip(file, padded)


def header(block: bytes) -> tuple[bytes, int, bytes]:
    """Name, size and kind. The standard library's parser takes five times as long, and there are three
    headers per sample.
    """
    try:
        if int(block[148:156].strip(b" \0"), 8) != sum(block) - sum(block[148:156]) + 256:
            raise BrokenTar("a header has a wrong checksum")
        size = (
            int.from_bytes(block[125:136], "big")
            if block[124] & 0x80
            else int(block[124:136].strip(b" \0") or b"0", 8)
        )
    except ValueError:
        raise BrokenTar("a header is broken") from None
    name = block[:100].partition(b"\0")[0]
    prefix = block[345:500].partition(b"\0")[0] if block[257:263] == b"ustar\0" else b""
    return (prefix + b"/" + name if prefix else name), size, block[156:157]


def pax_path(data: bytes) -> bytes | None:
    while data:
        length, _, _ = data.partition(b" ")
        record = data[: int(length)]
        key, _, value = record[len(length) + 1 : -1].partition(b"=")
        if key == b"path":
            return value
        data = data[int(length) :]
    return None


def exactly(file: BinaryIO, size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise BrokenTar("it is truncated")
    return data


def skip(file: BinaryIO, size: int) -> None:
    """Skips bytes; if seeking is possible, a truncated file is detected at the next header."""
    if file.seekable():
        file.seek(size, 1)
        return
    while size > 0:
        size -= len(exactly(file, min(size, 1 << 20)))


def split_name(name: str) -> tuple[str, str]:
    """Key and extension; the extension is everything after the first dot of the file name, in lower case."""
    folder, slash, base = name.rpartition("/")
    key, _, extension = base.partition(".")
    return folder + slash + key, extension.lower()


def samples(
    file: BinaryIO, begin: int = 0, end: int | None = None, read: bool = True
) -> Iterator[tuple[bytes, bytes]]:
    """Image and caption of the usable samples ``begin`` to ``end``: those with both.

    Both are empty if ``read`` is false, for callers that only count.
    """
    index = -1
    key: str | None = None
    image: bytes | None = None
    text: bytes | None = None
    counted = False
    for name, take in members(file):
        own, extension = split_name(name)
        if own != key:
            key, image, text, counted = own, None, None, False
        if counted or not (extension in IMAGES or extension == TEXT):
            continue
        wanted = read and index + 1 >= begin
        value = take() if wanted else b""
        if extension == TEXT:
            text = value
        elif image is None:
            image = value
        if image is not None and text is not None:
            counted = True
            index += 1
            if index >= begin:
                yield image, text
                if end is not None and index + 1 >= end:
                    return
