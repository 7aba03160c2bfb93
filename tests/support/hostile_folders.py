"""Folders of models with something wrong in them, of every kind that files can be wrong in."""

from __future__ import annotations

import json
import os
import shutil
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

DEEP = "[" * 10_000 + "]" * 10_000
ODD_VALUES = [
    [],
    {},
    "three",
    "",
    None,
    True,
    -1,
    0,
    2.5,
    10**9,
    10**300,
    [3],
    {"a": 1},
    "3" * 9999,
]
KEYS = [
    "num_hidden_layers", "hidden_size", "model_type", "max_position_embeddings", "vocab_size",
    "num_attention_heads", "dtype", "text_config", "layer_types", "pad_token_id",
]  # fmt: skip
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 999\n"


def header(value: Any, body: bytes = b"") -> bytes:
    """A safetensors file with that header."""
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return struct.pack("<Q", len(text)) + text + body


def tensor(**changes: Any) -> bytes:
    """A file of one tensor, of which something is other than it should be."""
    good = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}
    return header({"a": good | changes}, bytes(16))


def gguf_list(kind: int, n_items: int, items: bytes = b"") -> bytes:
    """A GGUF file whose one key, without a name, has a list."""
    return b"GGUF" + struct.pack("<IQQQIIQ", 3, 0, 1, 0, 9, kind, n_items) + items


LIST = struct.pack("<QIIQ", 0, 9, 0, 4096) + bytes(4096)
ADAPTERS = {
    "own": ".", "itself": "../adapter_itself", "long": "x" * 5000, "half_pair": "\ud800",
    "nobody": "~nobody-here/x", "no_package": "package:", "nul": "a\0b",
}  # fmt: skip
CONFIGS: dict[str, bytes] = {
    "empty": b"", "torn": b'{"model_type": "gp', "list": b"[]", "null": b"null", "number": b"3",
    "deep": DEEP.encode(), "deep_value": b'{"text_config": ' + DEEP.encode() + b"}",
    "deep_tables": b'{"text_config": ' * 3000 + b"{}" + b"}" * 3000,
    "not_utf8": b'{"model_type": "\xff\xfe"}', "nul": bytes(100), "nan": b'{"hidden_size": NaN}',
    "infinite": b'{"num_hidden_layers": Infinity, "hidden_size": 4}',
    "digits": b'{"num_hidden_layers": ' + b"9" * 5000 + b"}", "bom": b"\xef\xbb\xbf{}",
    "pointer": POINTER.encode(), "large": b" " * (17 * 2**20), "binary": os.urandom(500),
    "crowded": b'{"a": [' + b"[]," * 5_100_000 + b"[]]}",
}  # fmt: skip
WEIGHTS: dict[str, bytes] = {
    "weights_empty": b"", "weights_short": b"\x08\0", "weights_pointer": POINTER.encode(),
    "weights_huge_header": struct.pack("<Q", 2**60) + b"{}", "weights_random": os.urandom(200),
    "weights_deep": header(DEEP.encode()), "weights_list": header([]), "weights_null": header(None),
    "weights_text": header({"a": "b"}), "weights_no_shape": header({"a": {"dtype": "F32"}}),
    "weights_negative": tensor(shape=[-2, 2]), "weights_strings": tensor(shape=["2", "2"]),
    "weights_vast": tensor(shape=[2**40, 2**40]), "weights_offsets": tensor(data_offsets=[16, 0]),
    "weights_past_end": tensor(data_offsets=[0, 10**12]),
    "weights_one_end": tensor(data_offsets=[0]),
    "weights_nested": tensor(shape=[[2], [2]]),
    "weights_floats": tensor(shape=[2.0, float("nan")]),
}  # fmt: skip
INDICES: dict[str, bytes] = {
    "index_list": b"[]", "index_deep": DEEP.encode(), "index_no_map": b"{}",
    "index_null": b'{"weight_map": null}', "index_lists": b'{"weight_map": {"a": []}}',
    "index_missing": b'{"weight_map": {"a": "model-00001-of-00002.safetensors"}}',
    "index_outside": b'{"weight_map": {"a": "../good/model.safetensors"}}',
    "index_torn": b'{"weight_map": {', "index_pointer": POINTER.encode(),
    "index_long": b'{"weight_map": {"a": "' + b"x" * 5000 + b'"}}',
    "index_half_pair": b'{"weight_map": {"a": "\\ud800"}}',
}  # fmt: skip
GGUF: dict[str, bytes] = {
    "gguf_empty": b"", "gguf_magic": b"GGUF",
    "gguf_version": b"GGUF" + struct.pack("<IQQ", 99, 0, 0),
    "gguf_counts": b"GGUF" + struct.pack("<IQQ", 3, 2**60, 2**60),
    "gguf_text": b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 2**62), "gguf_random": os.urandom(100),
    "gguf_list": gguf_list(8, 4_000_000, b"\xff" * 64), "gguf_items": gguf_list(0, 2**40),
    "gguf_lists": b"GGUF" + struct.pack("<IQQ", 3, 0, 2000) + LIST * 2000,
    "gguf_tensors": b"GGUF" + struct.pack("<IQQ", 3, 200_000, 0) + bytes(24 * 200_000),
    "gguf_vast": b"GGUF" + struct.pack("<IQQQI4QIQ", 3, 1, 0, 0, 4, *[2**62] * 4, 0, 0),
    "gguf_bare": b"GGUF" + struct.pack("<IQQ", 3, 0, 0), "gguf_pointer": POINTER.encode(),
}  # fmt: skip


def make_hostile(root: Path, good: Path) -> Iterator[Path]:
    """Make about two hundred folders under `root`, each like `good` but for one thing."""
    config = json.loads((good / "config.json").read_text())

    def like_good(name: str | bytes) -> Path:
        folder = Path(os.fsdecode(os.fsencode(root) + b"/" + os.fsencode(name)))
        shutil.copytree(good, folder)
        return folder

    def replaced(name: str, file: str, content: bytes) -> Path:
        folder = like_good(name)
        (folder / file).write_bytes(content)
        return folder

    for name, content in CONFIGS.items():
        yield replaced(name, "config.json", content)
    for key in KEYS:
        for at, value in enumerate(ODD_VALUES):
            changed = json.dumps(config | {key: value}).encode()
            yield replaced(f"{key}_{at}", "config.json", changed)
    for name, content in WEIGHTS.items():
        yield replaced(name, "model.safetensors", content)
    for name, content in INDICES.items():
        folder = replaced(name, "model.safetensors.index.json", content)
        (folder / "model.safetensors").unlink()
        yield folder
    for name, content in GGUF.items():
        folder = root / name
        folder.mkdir()
        (folder / "model.gguf").write_bytes(content)
        yield folder
    for name, base in ADAPTERS.items():
        folder = root / f"adapter_{name}"
        folder.mkdir()
        adapter = json.dumps({"base_model_name_or_path": base})
        (folder / "adapter_config.json").write_text(adapter)
        yield folder
    for file in ("generation_config.json", "added_tokens.json", "chat_template.jinja"):
        folder = like_good(f"{file}_fifo")
        (folder / file).unlink(missing_ok=True)
        os.mkfifo(folder / file)
        yield folder
    for name, make in SPECIAL.items():
        for file in ("config.json", "model.safetensors", "model.safetensors.index.json"):
            folder = like_good(f"{file}_{name}")
            (folder / "model.safetensors").unlink(missing_ok=file.endswith("index.json"))
            (folder / file).unlink(missing_ok=True)
            make(folder / file)
            yield folder
    yield like_good(b"caf\xe9")
    yield like_good("\x1b]0;title\x07")


SPECIAL: dict[str, Callable[[Path], object]] = {
    "fifo": lambda path: os.mkfifo(path),
    "folder": lambda path: path.mkdir(),
    "endless": lambda path: path.symlink_to("/dev/zero"),
    "loop": lambda path: path.symlink_to(path.name),
}
