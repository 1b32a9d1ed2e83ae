"""Our tar reader against the standard library's writer, in every format that crawls use."""

import io
import tarfile

import pytest

from coterie_trainer import tar


def archive(members, format=tarfile.PAX_FORMAT, end=True) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=format) as file:
        for name, value in members:
            info = tarfile.TarInfo(name)
            info.size = len(value)
            file.addfile(info, io.BytesIO(value))
        if not end:
            return data.getvalue()
    return data.getvalue()


def read(data: bytes, **options):
    return list(tar.samples(io.BytesIO(data), **options))


PAIRS = [("a.jpg", b"A" * 700), ("a.txt", b"first"), ("a.json", b"{}"), ("b.txt", b"second"), ("b.PNG", b"B")]


@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_samples_in_order(format):
    assert read(archive(PAIRS, format)) == [(b"A" * 700, b"first"), (b"B", b"second")]


@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_long_names_and_folders(format):
    long = "folder/" * 20 + "key" * 40
    assert read(
        archive(
            [(f"{long}.jpg", b"1"), (f"{long}.txt", b"2"), ("zürich/7.webp", b"3"), ("zürich/7.txt", b"4")],
            format,
        )
    ) == [(b"1", b"2"), (b"3", b"4")]


def test_a_part_of_them_and_none_of_their_bytes():
    members = [(f"{i:03d}.{extension}", bytes([i])) for i in range(9) for extension in ("jpg", "txt")]
    data = archive(members)
    assert [image[0] for image, _ in read(data, begin=3, end=6)] == [3, 4, 5]
    assert read(data, read=False) == [(b"", b"")] * 9


def test_what_lacks_one_of_the_two_does_not_count():
    assert read(
        archive([("a.jpg", b"1"), ("b.txt", b"2"), ("c.jpg", b"3"), ("c.txt", b"4"), ("d.jpg", b"5")])
    ) == [(b"3", b"4")]
    assert read(archive([])) == []


def test_a_pipe_reads_as_a_file_does():
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

    data = archive(PAIRS)
    assert list(tar.samples(Pipe(data))) == read(data)


@pytest.mark.parametrize("cut", [100, 512, 1000, 1700, 2600, 3400])
def test_every_cut_is_seen(cut):
    with pytest.raises(tar.BrokenTar):
        read(archive(PAIRS, tarfile.USTAR_FORMAT)[:cut], read=False)


def test_garbage_is_no_tar():
    with pytest.raises(tar.BrokenTar, match="header"):
        read(bytes(range(256)) * 8)
    data = bytearray(archive(PAIRS, tarfile.USTAR_FORMAT))
    data[3] ^= 1
    with pytest.raises(tar.BrokenTar, match="checksum"):
        read(bytes(data))
