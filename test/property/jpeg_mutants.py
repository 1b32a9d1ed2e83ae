"""Writes JPEGs as the world has them, damaged in many ways, and whether Pillow decodes each.

Usage: jpeg_mutants.py FOLDER SEED COUNT. Prints [{"file", "how", "decodes"}].
"""

import io, json, os, random, sys, warnings

from PIL import Image, ImageFile

warnings.simplefilter("ignore")
ImageFile.MAXBLOCK = 1 << 20
folder, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = random.Random(seed)


def picture():
    width, height = rng.choice([(16, 16), (33, 17), (96, 64), (200, 120)])
    small = Image.frombytes("RGB", (8, 8), rng.randbytes(192))
    return small.resize((width, height), Image.BICUBIC)


def encoded():
    image = picture().convert(rng.choice(["RGB", "RGB", "RGB", "L", "CMYK"]))
    options = {"quality": rng.choice([30, 75, 95]), "subsampling": rng.choice([0, 1, 2])}
    options["progressive"] = rng.random() < 0.3
    options["optimize"] = rng.random() < 0.3
    if rng.random() < 0.3:
        options["restart_marker_blocks"] = rng.choice([1, 2, 7])
    if rng.random() < 0.3:
        thumbnail = io.BytesIO()
        image.convert("RGB").resize((8, 8)).save(thumbnail, "JPEG")
        options["exif"] = b"Exif\0\0II*\0" + thumbnail.getvalue()
    if rng.random() < 0.2:
        options["comment"] = rng.randbytes(rng.randrange(300))
    if rng.random() < 0.2:
        options["icc_profile"] = rng.randbytes(rng.choice([100, 70_000]))
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    return out.getvalue()


def segments(data):
    """Offsets at which segments begin, up to the first scan."""
    at, found = 2, []
    while at + 4 <= len(data) and data[at] == 0xFF:
        found.append(at)
        if data[at + 1] == 0xDA:
            break
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return found


def insert(data, at, more):
    return data[:at] + more + data[at:]


def noise(most=20):
    return rng.randbytes(rng.randint(1, most))


def without_marks():
    return bytes(rng.randrange(255) for _ in range(rng.randint(1, 20)))


MUTATIONS = {
    "whole": lambda d: d,
    "stray bytes between segments": lambda d: insert(d, rng.choice(segments(d)), without_marks()),
    "zeros between segments": lambda d: insert(d, rng.choice(segments(d)), bytes(rng.randint(1, 9))),
    "any bytes between segments": lambda d: insert(d, rng.choice(segments(d)), noise()),
    "fill bytes": lambda d: insert(d, rng.choice(segments(d)), b"\xff" * rng.randint(1, 9)),
    "no end": lambda d: d[:-2],
    "half an end": lambda d: d[:-1],
    "cut": lambda d: d[: rng.randrange(len(d))],
    "cut near the end": lambda d: d[: -rng.randint(1, 40)],
    "zeros for the end": lambda d: d[:-2] + bytes(rng.randint(1, 600)),
    "bytes after the end": lambda d: d + noise(2000),
    "line break after the end": lambda d: d + rng.choice([b"\n", b"\r\n", b"\0"]),
    "a second end": lambda d: d + b"\xff\xd9",
    "two pictures": lambda d: d + encoded(),
    "a second start": lambda d: d[:2] + d,
    "an empty segment": lambda d: insert(d, rng.choice(segments(d)), b"\xff\xfe\x00\x02"),
    "a segment of any kind": lambda d: insert(
        d, rng.choice(segments(d)), bytes([0xFF, rng.randrange(1, 255)]) + b"\x00\x06abcd"
    ),
    "a marker without length": lambda d: insert(
        d, rng.choice(segments(d)), bytes([0xFF, rng.choice([0x00, 0x01, 0xD0, 0xD7, 0xD9, 0xD8])])
    ),
    "a flipped bit": lambda d: flip(d),
    "flipped bits": lambda d: flip(flip(flip(d))),
    "a flipped bit in the header": lambda d: flip(d, segments(d)[-1] if segments(d) else len(d)),
    "zeros in the middle": lambda d: d[: len(d) // 2] + bytes(30) + d[len(d) // 2 + 30 :],
    "bytes left out": lambda d: (lambda at: d[:at] + d[at + rng.randint(1, 30) :])(rng.randrange(2, len(d))),
    "bytes put in": lambda d: insert(d, rng.randrange(2, len(d)), noise()),
    "a height of zero": lambda d: size(d, height=0),
    "another height": lambda d: size(d, height=rng.choice([1, 7, 300, 65501, 65535])),
}


def flip(data, end=None):
    at = rng.randrange(2, end or len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def size(data, height):
    for at in segments(data):
        if data[at + 1] in (0xC0, 0xC1, 0xC2):
            return data[: at + 5] + height.to_bytes(2, "big") + data[at + 7 :]
    return data


def decodes(data):
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.convert("RGB")
        return True
    except Exception:
        return False


found = []
kinds = list(MUTATIONS)
for number in range(count):
    how = kinds[number % len(kinds)]
    data = MUTATIONS[how](encoded())
    name = f"{number}.jpg"
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)
    found.append({"file": name, "how": how, "decodes": decodes(data)})
print(json.dumps(found))
