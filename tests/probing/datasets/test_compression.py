"""Compressed files are read as what is in them; damage and bombs are errors of ours."""

import bz2
import gzip
import importlib.util
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from probing.datasets import is_dataset, load, peek, resolve
from probing.datasets.formats import compression
from probing.errors import DatasetError
from probing.spec import DatasetSpec


def zstd(data: bytes) -> bytes:
    import zstandard

    cut = len(data) // 2 + 1  # inside a line, so that one frame alone is damage
    frames = [zstandard.ZstdCompressor().compress(part) for part in (data[:cut], data[cut:])]
    return b"".join(frames)


needs_zstandard = pytest.mark.skipif(
    importlib.util.find_spec("zstandard") is None, reason="zstandard is not installed"
)
KINDS: list[object] = [
    pytest.param(".gz", gzip.compress, id="gz"),
    pytest.param(".bz2", bz2.compress, id="bz2"),
    pytest.param(".xz", lzma.compress, id="xz"),
    pytest.param(".zst", zstd, id="zst", marks=needs_zstandard),
]
TEXTS = {
    "a.jsonl": '{"text": "one", "label": 1}\n{"text": "two", "label": 0}\n',
    "a.json": '{"texts": ["one", "two"], "labels": [1, 0]}',
    "a.csv": "text,label\none,1\ntwo,0\n",
    "a.tsv": "text\tlabel\none\t1\ntwo\t0\n",
    "a.txt": "tr\t1\tone\nte\t0\ttwo\n",
}


@pytest.mark.parametrize(("ending", "compress"), KINDS)
@pytest.mark.parametrize("name", TEXTS)
def test_every_text_format(
    tmp_path: Path, name: str, ending: str, compress: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "data" / (name + ending)
    path.parent.mkdir()
    path.write_bytes(compress(TEXTS[name].encode()))
    dataset = load(DatasetSpec(path=path.name), path)
    assert dataset.texts == ("one", "two")
    assert dataset.targets.tolist() == [1, 0]
    assert dataset.name == "a"
    if not name.endswith(".txt"):
        assert is_dataset(path)
        assert resolve(DatasetSpec(path="a"), tmp_path) == [path]


@pytest.mark.parametrize(("ending", "compress"), KINDS)
def test_the_line_of_the_text_is_named(
    tmp_path: Path, ending: str, compress: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / f"a.csv{ending}"
    path.write_bytes(compress(b"text,label\none,1\ntwo,2,0\n"))
    with pytest.raises(DatasetError, match="line 3: 3 fields"):
        load(DatasetSpec(path="a"), path)


@pytest.mark.parametrize(("ending", "compress"), KINDS)
def test_damage(tmp_path: Path, ending: str, compress: Callable[[bytes], bytes]) -> None:
    whole = compress(TEXTS["a.jsonl"].encode() * 3)
    path = tmp_path / f"a.jsonl{ending}"
    for at in range(1, len(whole)):
        path.write_bytes(whole[:at])
        assert peek(DatasetSpec(path=f"cut {at}"), path).error
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 16]) + whole[at + 1 :])
        facts = peek(DatasetSpec(path=f"flipped {at}"), path)
        assert bool(facts.error) != bool(facts.n_rows)


@pytest.mark.parametrize(("ending", "compress"), KINDS)
def test_bombs(
    tmp_path: Path,
    ending: str,
    compress: Callable[[bytes], bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(compression, "_ALWAYS_ALLOWED", 2**20)
    path = tmp_path / f"a.csv{ending}"
    path.write_bytes(compress(b"text,label\n" + b"a" * 2**22))
    with pytest.raises(DatasetError, match=r"expands to more than \d+ MiB; decompress it"):
        load(DatasetSpec(path="a"), path)
