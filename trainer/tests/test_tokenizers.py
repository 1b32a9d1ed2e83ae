"""Records token ids of the real library, which the TypeScript side must reproduce, on texts in more than twenty
scripts.
"""

import pytest
from conftest import GOLDEN, REPOSITORY

tokenizers = pytest.importorskip("tokenizers")

KINDS = ["wordpiece-cased", "bpe-bytes", "unigram"]


def train(kind, texts):
    """Tiny tokenizers of the families that encoders use; training is not repeatable everywhere, so their
    files are recorded too.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    if kind == "wordpiece-cased":
        tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(
            vocab_size=900, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        )
    elif kind == "bpe-bytes":
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=700,
            special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        )
    else:
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.normalizer = normalizers.Sequence(
            [normalizers.NFKC(), normalizers.Replace(tokenizers.Regex(" {2,}"), " ")]
        )
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        trainer = trainers.UnigramTrainer(
            vocab_size=900, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], unk_token="<unk>"
        )
    tokenizer.train_from_iterator(texts, trainer)
    begin, end = ("[CLS]", "[SEP]") if kind.startswith("wordpiece") else ("<s>", "</s>")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}",
        special_tokens=[(begin, tokenizer.token_to_id(begin)), (end, tokenizer.token_to_id(end))],
    )
    return tokenizer


def ids(tokenizer, texts):
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]


def test_builtin(golden, texts):
    path = REPOSITORY / "encoders" / "static-minilm" / "tokenizer.json"
    golden("ids-builtin.json", ids(tokenizers.Tokenizer.from_file(str(path)), texts))


@pytest.mark.parametrize("kind", KINDS)
def test_small(golden, texts, kind, request):
    path = GOLDEN / f"tokenizer-{kind}.json"
    if request.config.getoption("--record"):
        train(kind, [text for text in texts if len(text) < 200]).save(str(path), pretty=False)
    tokenizer = tokenizers.Tokenizer.from_file(str(path))
    golden(f"ids-{kind}.json", ids(tokenizer, texts))
