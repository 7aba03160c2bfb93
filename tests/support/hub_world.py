"""A hub with a dataset of a few texts, and a cache that is empty."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest

from probing.datasets.hub import listings
from tests.support.hub_server import Hub, Repo, serving

NAMES = {
    "features": [
        {"name": "label", "dtype": {"class_label": {"names": {"0": "past", "1": "present"}}}}
    ]
}


def parquet(*rows: tuple[str, object]) -> bytes:
    """The bytes of a file of texts and labels."""
    buffer = io.BytesIO()
    frame = pl.DataFrame({"text": [row[0] for row in rows], "label": [row[1] for row in rows]})
    frame.write_parquet(buffer)
    return buffer.getvalue()


def pets(n: int) -> bytes:
    """Texts that the tokenizer of the tiny models knows, half of them with a cat."""
    places = ("mat", "house", "red mat", "big house")
    rows = (
        (f"the {('dog', 'cat')[at % 2]} sat on the {places[at // 2 % 4]} {at}", at % 2)
        for at in range(n)
    )
    return parquet(*rows)


@contextmanager
def hub_at_hand(folder: Path, monkeypatch: pytest.MonkeyPatch, **repos: Repo) -> Iterator[Hub]:
    """The hub with these repositories of `org`; its cache is in `folder`."""
    monkeypatch.setenv("HF_HUB_CACHE", str(folder / "hf"))
    for key in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(key, raising=False)
    listings.forget()
    with serving(Hub({f"org/{name}": repo for name, repo in repos.items()})) as running:
        monkeypatch.setenv("HF_ENDPOINT", f"{running.address}/")
        yield running
    listings.forget()
