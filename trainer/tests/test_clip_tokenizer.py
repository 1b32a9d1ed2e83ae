"""open_clip's tokenizer as tokenizer.json: the same ids in Rust and in TypeScript."""

import gzip
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import REPOSITORY
from training import needs_open_clip

pytestmark = needs_open_clip

TRICKY = [
    "",
    "   ",
    "It's don't we'll THEY'VE I'm he'd you're",
    "1234 $5.00 --- !!! a-b_c #tag @you",
    "caf\u00e9 cafe\u0301 \u0130stanbul stra\u00dfe \u65e5\u672c\u8a9e \U0001f44d\U0001f3fd \u0e44\u0e17\u0e22",
    "\u201ccurly\u201d \u2018quotes\u2019 \ufb01ne \uff26\uff35\uff2c\uff2c\uff01 no\u00a0break\ttab\nline",
    "Tom &amp; Jerry&#39;s &lt;b&gt; caf&eacute; &#233; &amp;quot;twice&amp;quot; &hellip; Hiland&#x27;s",
    "<start_of_text> and <end_of_text> inside",
    "word " * 100,
]


@pytest.fixture(scope="module")
def tokenizer():
    import open_clip

    return open_clip.get_tokenizer("ViT-B-32")


@pytest.fixture(scope="module")
def definition(tokenizer):
    from coterie_trainer.clip_tokenizer import tokenizer_json

    return tokenizer_json(tokenizer)


@pytest.fixture(scope="module")
def captions(request):
    """Real captions if available."""
    texts = [
        *TRICKY,
        *json.loads((REPOSITORY / "test" / "golden" / "encoder" / "texts.json").read_text(encoding="utf-8")),
    ]
    path = (
        Path(os.environ.get("COTERIE_SHARED", REPOSITORY.parent / "shared"))
        / "data"
        / "captions"
        / "captions.jsonl.gz"
    )
    if not path.exists():
        return texts
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return texts + [json.loads(line)["text"] for index, line in enumerate(file) if index % 60 == 0]


def test_rust_gives_the_same_ids(tokenizer, definition, captions):
    tokenizers = pytest.importorskip("tokenizers")
    ours = tokenizers.Tokenizer.from_str(json.dumps(definition))
    different = [
        text for text in captions if ours.encode(text, add_special_tokens=False).ids != tokenizer.encode(text)
    ]
    assert different == []


def test_a_whole_text_is_that_of_open_clip(tokenizer, definition):
    """With start and end tokens, truncated and padded."""
    tokenizers = pytest.importorskip("tokenizers")
    ours = tokenizers.Tokenizer.from_str(json.dumps(definition))
    ours.enable_truncation(16)
    for text in TRICKY:
        ids = ours.encode(text).ids
        assert ids + [0] * (16 - len(ids)) == tokenizer([text], context_length=16)[0].tolist()


SCRIPT = """
import { readFileSync } from 'node:fs'
import { Tokenizer } from '@huggingface/tokenizers'
const { definition, texts } = JSON.parse(readFileSync(0, 'utf8'))
const tokenizer = new Tokenizer(definition, {})
console.log(JSON.stringify(texts.map((text) => tokenizer.encode(text, { add_special_tokens: false }).ids)))
"""


def test_typescript_gives_the_same_ids(tokenizer, definition, captions):
    if (
        shutil.which("node") is None
        or not (REPOSITORY / "node_modules" / "@huggingface" / "tokenizers").exists()
    ):
        pytest.skip("the npm packages are not installed: npm ci")
    given = json.dumps({"definition": definition, "texts": captions})
    result = subprocess.run(
        ["node", "--input-type=module", "-e", SCRIPT],
        input=given,
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=240,
    )
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert [text for text, ids in zip(captions, found, strict=True) if ids != tokenizer.encode(text)] == []


def test_tokenizers_that_cannot_be_said_are_refused():
    from open_clip.tokenizer import SigLipTokenizer, SimpleTokenizer

    from coterie_trainer.clip_tokenizer import tokenizer_json
    from coterie_trainer.error import TrainerError

    with pytest.raises(TrainerError, match="drop words at random"):
        tokenizer_json(SimpleTokenizer(reduction_mask="random"))
    with pytest.raises(TrainerError, match="SigLipTokenizer"):
        tokenizer_json(SigLipTokenizer.__new__(SigLipTokenizer))


@pytest.mark.parametrize("clean", ["whitespace", "canonicalize"])
def test_other_ways_of_cleaning(clean, captions):
    tokenizers = pytest.importorskip("tokenizers")
    from open_clip.tokenizer import SimpleTokenizer

    from coterie_trainer.clip_tokenizer import tokenizer_json

    theirs = SimpleTokenizer(clean=clean)
    ours = tokenizers.Tokenizer.from_str(json.dumps(tokenizer_json(theirs)))
    some = [text for text in captions[:400] if "_of_text" not in text and "&" not in text]
    assert [
        text for text in some if ours.encode(text, add_special_tokens=False).ids != theirs.encode(text)
    ] == []
