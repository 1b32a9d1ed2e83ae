"""A BERT-base with a pooler and random weights, with another encoder's tokenizer, exported by the trainer (on PYTHONPATH).

usage: bert_base.py TOKENIZER_FOLDER OUT      prints {}
"""
import sys
import tempfile
from contextlib import redirect_stdout

import torch
from coterie_trainer.__main__ import main
from transformers import AutoTokenizer, BertConfig, BertModel

torch.manual_seed(17)
with tempfile.TemporaryDirectory() as source, redirect_stdout(sys.stderr):
    BertModel(BertConfig()).save_pretrained(source)
    AutoTokenizer.from_pretrained(sys.argv[1]).save_pretrained(source)
    if main(["export", "--model", source, "--out", sys.argv[2], "--pooler"]) != 0:
        sys.exit(1)
print("{}")
