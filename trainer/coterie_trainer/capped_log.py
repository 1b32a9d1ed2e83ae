"""A log that keeps its beginning and its end."""

from pathlib import Path


class CappedLog:
    """``log.txt`` takes the first half; the rest rotates through ``log.end.txt`` and ``log.end-1.txt``, a
    quarter each.
    """

    def __init__(self, folder: Path, limit: int):
        folder.mkdir(parents=True, exist_ok=True)
        self.head = folder / "log.txt"
        self.end = folder / "log.end.txt"
        self.before = folder / "log.end-1.txt"
        self.limit = limit
        self.file = self.head.open("ab")
        if self.file.tell() >= limit // 2:
            self.turn()

    def write(self, data: bytes) -> None:
        room = self.limit // 2 if self.file.name == str(self.head) else self.limit // 4
        while data:
            fits = max(0, room - self.file.tell())
            self.file.write(data[:fits])
            data = data[fits:]
            if data:
                self.turn()
                room = self.limit // 4
        self.file.flush()

    def turn(self) -> None:
        self.file.close()
        if self.end.exists():
            self.end.replace(self.before)
        self.file = self.end.open("ab")

    def close(self) -> None:
        self.file.close()

    def last_lines(self, count: int) -> list[str]:
        self.file.flush()
        text = (
            b"".join(path.read_bytes() for path in (self.before, self.end) if path.exists())
            or self.head.read_bytes()[-1_000_000:]
        )
        return text.decode("utf-8", "replace").splitlines()[-count:]
