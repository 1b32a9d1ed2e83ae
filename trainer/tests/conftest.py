"""Paths of test data, and what to skip without the heavy packages."""

import json
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
GOLDEN = REPOSITORY / "test" / "golden" / "encoder"


def pytest_addoption(parser):
    parser.addoption(
        "--record",
        action="store_true",
        help="write the golden files that the TypeScript tests read, instead of comparing",
    )


@pytest.fixture
def golden(request):
    """``golden(name, value)`` compares with the recorded file, or records it."""

    def check(name, value):
        path = GOLDEN / name
        text = json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n"
        if request.config.getoption("--record"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        else:
            assert json.loads(path.read_text(encoding="utf-8")) == json.loads(text), (
                f"{name} differs; `pytest --record` writes it anew"
            )

    return check


@pytest.fixture(scope="session")
def texts():
    return json.loads((GOLDEN / "texts.json").read_text(encoding="utf-8"))
