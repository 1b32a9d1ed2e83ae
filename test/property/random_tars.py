"""Writes tars in every format of tarfile, GNU tar and bsdtar, and what tarfile reads from them.

Usage: random_tars.py FOLDER SEED COUNT. Prints [{"tar", "members": [[name in hex, sha256]]}].
"""

import hashlib, io, json, os, random, shutil, subprocess, sys, tarfile

folder, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = random.Random(seed)
LETTERS = ["a", "Z", "0", " ", "-", "_", "=", "\n", "\u00e4", "\u65e5", "\ufeff", "\U0001f600", "\ufffd"]
BYTES = [bytes([byte]) for byte in (0x80, 0xC3, 0xE9, 0xED, 0xFF)]


def name(any_bytes):
    def part(longest):
        picks = [rng.choice(LETTERS).encode() for _ in range(rng.randint(1, longest))]
        if any_bytes and rng.random() < 0.3:
            picks.insert(rng.randrange(len(picks)), rng.choice(BYTES))
        return b"".join(picks)

    longest = rng.choice([3, 3, 8, 60])
    folders = [part(rng.choice([3, 3, 40])) for _ in range(rng.choice([0, 0, 1, 3]))]
    extension = rng.choice([b".jpg", b".txt", b".json", b".seg.png", b"", b".JPG"])
    return os.fsdecode(b"/".join([*folders, part(longest) + extension]))


def data():
    return rng.randbytes(rng.choice([0, 1, 511, 512, 513, rng.randrange(5000)]))


def by_tarfile(path):
    format = rng.choice([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
    global_records = {"comment": "c" * rng.randrange(300)} if rng.random() < 0.3 else {}
    with tarfile.open(
        path, "w", format=format, encoding="utf-8", errors="surrogateescape", pax_headers=global_records
    ) as tar:
        for _ in range(rng.randint(0, 9)):
            info = tarfile.TarInfo(name(True))
            body = data()
            kind = rng.random()
            if kind < 0.1:
                info.type, body = tarfile.DIRTYPE, b""
            elif kind < 0.2:
                info.type, info.linkname, body = tarfile.SYMTYPE, name(True), b""
            elif kind < 0.3:
                info.type, info.linkname, body = tarfile.LNKTYPE, name(True), b""
            elif kind < 0.35:
                info.type = tarfile.CONTTYPE
            info.size = len(body)
            info.mtime = rng.choice([0, 1.5, 1700000000])
            if format == tarfile.PAX_FORMAT and rng.random() < 0.3:
                value = "".join(rng.choice(LETTERS) for _ in range(rng.choice([10, 100_000])))
                info.pax_headers = {"SCHILY.xattr.user.note": value, "comment": "\n20 path=wrong.txt\n"}
            try:
                tar.addfile(info, io.BytesIO(body))
            except ValueError:
                pass  # ustar has no room for the name


def by_program(path, command):
    source = os.path.join(folder, "source")
    shutil.rmtree(source, ignore_errors=True)
    os.makedirs(source)
    paths = []
    for i in range(rng.randint(1, 6)):
        where = os.path.join(source, f"{i}" + "n" * rng.choice([1, 1, 150]) + rng.choice([".jpg", ".txt"]))
        with open(where, "wb") as file:
            for _ in range(rng.randint(0, 30)):
                file.seek(rng.choice([0, 0, 4096, 65536]), os.SEEK_CUR)
                file.write(data())
            file.truncate(file.tell() + rng.choice([0, 0, 5, 9000]))
        paths.append(os.path.basename(where))
        if rng.random() < 0.3:
            os.link(where, os.path.join(source, f"{i}link.jpg"))
            paths.append(f"{i}link.jpg")
    subprocess.run([*command, "-cf", path, *paths], cwd=source, stderr=subprocess.DEVNULL)


def commands():
    found = []
    gnu = shutil.which("tar")
    if gnu and b"GNU tar" in subprocess.run([gnu, "--version"], capture_output=True).stdout:
        found += [[gnu, f"--format={format}"] for format in ("v7", "oldgnu", "gnu", "ustar", "posix")]
        found += [[gnu, "-S", "--format=oldgnu"], [gnu, "-S", "--format=gnu"]]
        found += [
            [gnu, "-S", "--hole-detection=raw", "--format=posix", f"--sparse-version={version}"]
            for version in ("0.0", "0.1", "1.0")
        ]
    bsd = shutil.which("bsdtar")
    if bsd:
        found += [[bsd, f"--format={format}"] for format in ("ustar", "pax", "gnutar", "v7")]
        found += [[bsd, "--read-sparse", "--format=pax"]]
    return found


def mutate(path):
    """Takes the end away, or adds bytes after it."""
    with open(path, "rb") as file:
        whole = file.read()
    kind = rng.random()
    if kind < 0.15:
        with tarfile.open(path) as tar:
            tar.getmembers()
            whole = whole[: tar.offset] or whole
    elif kind < 0.3:
        whole += rng.randbytes(rng.choice([1, 700, 5000]))
    elif kind < 0.4:
        whole += bytes(rng.choice([100, 512, 10240]))
    with open(path, "wb") as file:
        file.write(whole)


programs = commands()
tars = []
for number in range(count):
    path = os.path.join(folder, f"{number}.tar")
    if programs and rng.random() < 0.5:
        by_program(path, rng.choice(programs))
    else:
        by_tarfile(path)
    members = []
    try:
        mutate(path)
        with tarfile.open(path, encoding="utf-8", errors="surrogateescape") as tar:
            for member in tar:
                if member.isreg():
                    digest = hashlib.sha256(tar.extractfile(member).read()).hexdigest()
                    # Of both names GNU tar takes this one, tarfile the one that comes last.
                    real = member.pax_headers.get("GNU.sparse.name", member.name)
                    members.append([os.fsencode(real).hex(), digest])
    except tarfile.ReadError:
        continue  # tarfile refuses a global header without members
    tars.append({"tar": f"{number}.tar", "members": members})
print(json.dumps(tars))
