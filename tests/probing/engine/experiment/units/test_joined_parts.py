"""Features that workers committed in parts are those of the whole, in the order of the texts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from probing.engine.experiment.units import joined_parts
from probing.engine.experiment.units.joined_parts import JoinedParts, JoinedTokens, stage
from probing.engine.experiment.units.unit_files import Found, UnitFile
from probing.engine.extraction import StagedRows, StagedTokens, Staging, token_staging
from probing.errors import RunError
from probing.spec import PoolerSpec

SOURCE = np.array([0, 1, 0, 3, 4, 1, 6, 7])  # two texts repeat an earlier one
PARTS = [[3, 0], [1, 4], [7, 6]]  # the texts of each part, in the order of its batches


@pytest.fixture
def made(tmp_path: Path) -> tuple[JoinedParts, NDArray[np.float32], list[NDArray[np.float32]]]:
    """The parts; vectors `[n_texts, 2, 3]` and tokens of each text as they are to be read."""
    numbers = np.random.default_rng(0)
    vectors = numbers.standard_normal((8, 2, 3)).astype(np.float32)
    tokens = [numbers.standard_normal((1 + at % 4, 5)).astype(np.float32) for at in range(8)]
    for at, rows in enumerate(PARTS):
        arrays = {
            "rows": np.array(rows),
            "counts.1": np.array([len(tokens[row]) for row in rows]),
        }
        features = {
            "0.0": vectors[rows],
            "1.0": np.concatenate([tokens[row] for row in rows])[:, None],
        }
        UnitFile(tmp_path, at).commit(Found(arrays, {}, features), 1.0)
    parts = JoinedParts([UnitFile(tmp_path, at) for at in range(3)], SOURCE)
    return parts, vectors[SOURCE], [tokens[row] for row in SOURCE]


@pytest.mark.parametrize("piece", [1, 50, 2**22])
def test_they_are_read_in_the_order_of_the_texts(
    made: tuple[JoinedParts, NDArray[np.float32], list[NDArray[np.float32]]],
    piece: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(joined_parts, "_PIECE", piece)
    monkeypatch.setattr(token_staging, "_PIECE", piece)
    parts, vectors, tokens = made
    rows = parts.of(0, 0)
    assert rows.shape == vectors.shape and rows.nbytes == vectors.nbytes
    assert np.array_equal(np.concatenate([*rows.pieces()]), vectors)
    every = parts.of(1, 0)
    assert isinstance(every, JoinedTokens)
    assert every.lengths.tolist() == [len(one) for one in tokens]
    assert every.shape == (sum(len(one) for one in tokens), 5)
    assert np.array_equal(np.concatenate([*every.pieces()]), np.concatenate(tokens))


def test_they_are_staged_where_the_cache_has_no_room(
    made: tuple[JoinedParts, NDArray[np.float32], list[NDArray[np.float32]]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(joined_parts, "_TEXTS", 3)
    parts, vectors, tokens = made
    staging, mean, every = Staging([tmp_path]), PoolerSpec(pool="mean"), PoolerSpec(pool="tokens")
    stage(staging, {mean: parts.of(0, 0), every: parts.of(1, 0)})
    rows = staging.rows((mean, 0))
    assert isinstance(rows, StagedRows) and np.array_equal(rows.whole(), vectors)
    staged = staging.rows((every, 0))
    assert isinstance(staged, StagedTokens)
    assert np.array_equal(np.concatenate([*staged.pieces()]), np.concatenate(tokens))


@pytest.mark.parametrize("harm", ["changed", "shorter", "gone"])
def test_a_damaged_part_is_named_and_to_be_done_again(
    made: tuple[JoinedParts, NDArray[np.float32], list[NDArray[np.float32]]],
    tmp_path: Path,
    harm: str,
) -> None:
    [path] = tmp_path.glob("1.*.features.safetensors")
    data = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(data[:-8] if harm == "shorter" else data[:-1] + bytes([data[-1] ^ 1]))
    parts = made[0]
    name = parts.of(1, 0)
    with pytest.raises(RunError, match="part 1 of the texts is gone or damaged"):
        [*name.pieces()]
    assert not UnitFile(tmp_path, 1).is_done()
    if harm == "changed":
        assert np.array_equal(np.concatenate([*parts.of(0, 0).pieces()]), made[1])
