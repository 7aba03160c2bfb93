"""Small tokenizers of the usual kinds, trained on texts that are hard to align."""

from __future__ import annotations

from collections.abc import Callable

from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import PreTrainedTokenizerFast

HARD_TEXTS = [
    "The naïve café owner's dog isn't barking , really .",
    "Emoji 😀 and families 👩‍👩‍👧 and flags 🇩🇪 stand here !",
    "combined e\u0301 marks a\u0308\u0323 stay with u\u0308 letters",
    "שלום עולם זה מבחן של טקסט",
    "هذا نص عربي للتجربة فقط",
    "我 喜欢 吃 苹果 和 香蕉",
    "日本語 の テスト です ね",
    "Ünïcödé ſtraße ﬁnd İstanbul ½ № x² end",
]


def wordpiece() -> PreTrainedTokenizerFast:
    """As BERT's, which lowers case and strips accents."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    specials = ["[UNK]", "[CLS]", "[SEP]"]
    tokenizer.train_from_iterator(
        HARD_TEXTS, trainers.WordPieceTrainer(vocab_size=160, special_tokens=specials)
    )
    pairs = [("[CLS]", 1), ("[SEP]", 2)]
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, pairs)
    return _wrapped(tokenizer, cls_token="[CLS]", sep_token="[SEP]", unk_token="[UNK]")


def byte_level(trim: bool = True) -> PreTrainedTokenizerFast:
    """As GPT-2's, with the space before a word in its first token."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    trainer = trainers.BpeTrainer(
        vocab_size=330, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator(HARD_TEXTS, trainer)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=trim)
    return _wrapped(tokenizer, add_prefix_space=True)


def unigram() -> PreTrainedTokenizerFast:
    """As SentencePiece's, with ▁ for a space, and a start token."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.train_from_iterator(
        HARD_TEXTS,
        trainers.UnigramTrainer(vocab_size=220, special_tokens=["<s>", "<unk>"], unk_token="<unk>"),
    )
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A", None, [("<s>", 0)])
    return _wrapped(tokenizer, bos_token="<s>", unk_token="<unk>")


def byte_fallback() -> PreTrainedTokenizerFast:
    """As Llama's: pieces with ▁, and bytes for characters that it does not know."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokens = ["<s>", "<unk>", *(f"<0x{byte:02X}>" for byte in range(256))]
    trainer = trainers.BpeTrainer(vocab_size=330, special_tokens=tokens)
    tokenizer.train_from_iterator(HARD_TEXTS[:1], trainer)
    tokenizer.decoder = decoders.ByteFallback()
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A", None, [("<s>", 0)])
    return _wrapped(tokenizer, bos_token="<s>", unk_token="<unk>")


TOKENIZERS: dict[str, Callable[[], PreTrainedTokenizerFast]] = {
    "wordpiece": wordpiece,
    "byte level": byte_level,
    "byte level, untrimmed": lambda: byte_level(trim=False),
    "unigram": unigram,
    "byte fallback": byte_fallback,
}


def _wrapped(tokenizer: Tokenizer, **names: object) -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names)
