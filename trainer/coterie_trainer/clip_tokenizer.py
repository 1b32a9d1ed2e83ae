"""open_clip's tokenizers as ``tokenizer.json``, so that Rust, TypeScript and Python return the same ids.

``SimpleTokenizer`` cleans the text (ftfy, HTML entities, white space, lower case) and applies byte-pair
encoding. ``tokenizer.json`` can express all of that except one thing: the repair of text that was decoded
with a wrong character set ("cafÃ©").
"""

import html
import html.entities
import json

from coterie_trainer.error import TrainerError

#: As in open_clip, which ignores the case here.
WORDS = r"'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
#: A capital sigma at the end of a word has a separate lower-case letter; Python and JavaScript handle it,
#: Rust does not.
LAST_SIGMA = r"(?<=\p{L})\u03a3(?!\p{L})"
#: White space of Python's `str.split`.
SPACE = "[\\t-\\r\\u001c-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+"
#: Entities that occur in captions, in addition to those of Latin 1; HTML has 2,231 in all.
TYPOGRAPHY = [
    "lt",
    "gt",
    "quot",
    "apos",
    "hellip",
    "mdash",
    "ndash",
    "lsquo",
    "rsquo",
    "sbquo",
    "ldquo",
    "rdquo",
    "bdquo",
    "bull",
    "trade",
    "euro",
    "dagger",
    "Dagger",
    "permil",
    "lsaquo",
    "rsaquo",
    "OElig",
    "oelig",
    "Scaron",
    "scaron",
    "Yuml",
]
#: Characters that are written as numbers: punctuation, Latin 1 and typography. Hexadecimal is for what
#: templates escape.
NUMBERED = (
    *range(32, 48),
    58,
    59,
    60,
    61,
    62,
    63,
    91,
    93,
    95,
    96,
    123,
    124,
    125,
    *range(160, 256),
    8211,
    8212,
    8216,
    8217,
    8220,
    8221,
    8226,
    8230,
    8364,
    8482,
)
HEXADECIMAL = (0x22, 0x26, 0x27, 0x2F, 0x3C, 0x3D, 0x3E, 0x60, 0xA0)


def tokenizer_json(tokenizer) -> dict:
    """The definition of an open_clip tokenizer; refuses tokenizers that it cannot express exactly."""
    from open_clip.tokenizer import HFTokenizer, SimpleTokenizer

    if isinstance(tokenizer, SimpleTokenizer):
        return simple(tokenizer)
    if isinstance(tokenizer, HFTokenizer):
        return hugging_face(tokenizer)
    raise TrainerError(
        "E_TOKENIZER",
        f"{type(tokenizer).__name__} cannot be written as tokenizer.json",
        "use a model with open_clip's own tokenizer or a fast Hugging Face tokenizer",
    )


def pad_id(tokenizer) -> int:
    """The id that open_clip pads with."""
    return 0 if hasattr(tokenizer, "bpe_ranks") else tokenizer.tokenizer.pad_token_id or 0


def simple(tokenizer) -> dict:
    if tokenizer.reduction_fn is not None:
        raise TrainerError(
            "E_TOKENIZER",
            "tokenizers that drop words at random cannot be written as tokenizer.json",
            "take `reduction_mask` out of the model's tokenizer_kwargs",
        )
    special = [(tokenizer.decoder[id], id) for id in tokenizer.all_special_ids]
    template = [
        {"SpecialToken": {"id": special[0][0], "type_id": 0}},
        {"Sequence": {"id": "A", "type_id": 0}},
        {"SpecialToken": {"id": special[1][0], "type_id": 0}},
    ]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": id,
                "content": token,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for token, id in special
        ],
        "normalizer": {"type": "Sequence", "normalizers": cleaning(clean_name(tokenizer))},
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [
                {"type": "Split", "pattern": {"Regex": WORDS}, "behavior": "Removed", "invert": True},
                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
            ],
        },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": template,
            "pair": template,
            "special_tokens": {
                token: {"id": token, "ids": [id], "tokens": [token]} for token, id in special[:2]
            },
        },
        "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "</w>",
            "fuse_unk": False,
            "vocab": {
                token: id for token, id in tokenizer.encoder.items() if id not in tokenizer.all_special_ids
            },
            "merges": [
                " ".join(pair) for pair, _ in sorted(tokenizer.bpe_ranks.items(), key=lambda item: item[1])
            ],
        },
    }


def clean_name(tokenizer) -> str:
    return tokenizer.clean_fn.__name__.removeprefix("_clean_")


def cleaning(name: str) -> list[dict]:
    """Normalisers for open_clip's `lower`, `whitespace` and `canonicalize`."""
    steps = [*entities(), *fixes(), {"type": "NFC"}]
    if name == "canonicalize":
        steps += [
            {"type": "Replace", "pattern": {"String": "_"}, "content": " "},
            replace(r"[!-/:-@\[-`{-~]", ""),
        ]
    steps += [replace(SPACE, " "), {"type": "Strip", "strip_left": True, "strip_right": True}]
    return steps if name == "whitespace" else [*steps, replace(LAST_SIGMA, "\u03c2"), {"type": "Lowercase"}]


def replace(pattern: str, content: str) -> dict:
    return {"type": "Replace", "pattern": {"Regex": pattern}, "content": content}


def entities() -> list[dict]:
    """`&amp;` comes last, so that its result is unescaped in the second pass, as in Python's
    `unescape(unescape(text))`.
    """
    latin = [name for code, name in html.entities.codepoint2name.items() if 160 <= code < 256]
    numbered = (
        [f"&#{code};" for code in NUMBERED]
        + [f"&#0{code};" for code in (34, 38, 39)]
        + [f"&#{x}{code:{x}};" for code in HEXADECIMAL for x in "xX"]
    )
    return unescaped([*(f"&{name};" for name in (*latin, *TYPOGRAPHY)), *numbered, "&amp;"]) + unescaped(
        ["&lt;", "&gt;", "&quot;", "&apos;", "&#39;", "&#x27;", "&nbsp;", "&amp;"]
    )


def unescaped(entities: list[str]) -> list[dict]:
    return [
        {"type": "Replace", "pattern": {"String": text}, "content": html.unescape(text)} for text in entities
    ]


def fixes() -> list[dict]:
    """What ftfy does to correctly decoded text: its tables, in its order."""
    from ftfy import chardata

    steps = [replace("\x1b\\[((?:\\d|;)*)([a-zA-Z])", "")]
    letters = {
        **chardata.LIGATURES,
        **{code: meant for code, meant in chardata.WIDTH_MAP.items() if meant.isascii()},
    }
    steps += [
        {"type": "Replace", "pattern": {"String": chr(code)}, "content": meant}
        for code, meant in letters.items()
    ]
    steps += [replace("[\u02bc\u2018-\u201b]", "'"), replace("[\u201c-\u201f]", '"')]
    steps.append(
        replace("[\\u0000-\\u0008\\u000b\\u000e-\\u001f\\u007f\\u206a-\\u206f\\ufeff\\ufff9-\\ufffc]", "")
    )
    return steps


def hugging_face(tokenizer) -> dict:
    backend = getattr(tokenizer.tokenizer, "backend_tokenizer", None)
    if backend is None or tokenizer.strip_sep_token or tokenizer.tokenizer_mode:
        raise TrainerError(
            "E_TOKENIZER",
            "this Hugging Face tokenizer cannot be written as tokenizer.json",
            "use a fast tokenizer, without strip_sep_token and tokenizer_mode",
        )
    definition = json.loads(backend.to_str())
    own = definition.get("normalizer")
    steps = [*cleaning(clean_name(tokenizer)), *([own] if own else [])]
    return {
        **definition,
        "truncation": None,
        "padding": None,
        "normalizer": {"type": "Sequence", "normalizers": steps},
    }
