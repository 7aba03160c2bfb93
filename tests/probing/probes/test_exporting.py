"""Saved probes as files of other programs, and as a folder that is loaded again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import huggingface_hub
import numpy as np
import pytest
from gguf import GGUFReader
from safetensors.numpy import load_file

from probing.errors import InputError, ProbeError, SpecError
from probing.probes import Card, Decision, Place, find_probes, load_arrays, read_card, save
from probing.probes.exporting import export
from probing.probes.sharing import push
from tests.support.probe_cards import a_card

WIDTH = 8


@pytest.fixture
def paths(tmp_path: Path) -> dict[int, Path]:
    """The cards of probes of layers 1 to 4, the last of their model."""
    draw = np.random.default_rng(0)
    folder = tmp_path / "logs" / "run" / "probes"
    found = {}
    for layer in (1, 2, 3, 4):
        card = a_card(f"p-{layer}", layer=layer, width=WIDTH, spread=(0.5,))
        arrays = {"weights": draw.normal(size=(1, WIDTH)), "bias": np.array([0.25])}
        save(folder, card, arrays)
        found[layer] = folder / f"p-{layer}.json"
    return found


def unit(path: Path) -> np.ndarray:
    weights = load_arrays(path, read_card(path))["weights"][0]
    return weights / np.linalg.norm(weights)


def test_a_direction_is_written_for_numpy_and_safetensors(
    paths: dict[int, Path], tmp_path: Path
) -> None:
    export([paths[2]], tmp_path / "one.npy")
    assert np.load(tmp_path / "one.npy") == pytest.approx(unit(paths[2]))
    export(list(paths.values()), tmp_path / "all.safetensors")
    found = load_file(tmp_path / "all.safetensors")
    assert found["p-3.direction"][0] == pytest.approx(unit(paths[3]))
    assert found["p-3.bias"] == pytest.approx([0.25])
    with pytest.raises(SpecError, match="there already"):
        export([paths[2]], tmp_path / "one.npy")


def test_a_control_vector_moves_by_a_standard_deviation_at_the_block_of_its_layer(
    paths: dict[int, Path], tmp_path: Path
) -> None:
    export([paths[2], paths[3]], tmp_path / "v.gguf")
    reader = GGUFReader(tmp_path / "v.gguf")
    told = {name: field.contents() for name, field in reader.fields.items()}
    assert told["general.architecture"] == "controlvector"
    assert told["controlvector.model_hint"] == "gpt2" and told["controlvector.layer_count"] == 3
    vectors = {one.name: np.array(one.data) for one in reader.tensors}
    assert set(vectors) == {"direction.1", "direction.2"}
    assert vectors["direction.2"] == pytest.approx(0.5 * unit(paths[3]), abs=1e-6)
    with pytest.raises(ProbeError, match="before the output of the second block"):
        export([paths[1]], tmp_path / "w.gguf")
    with pytest.raises(ProbeError, match="p-4: the last layer is read after the final norm"):
        export([paths[4]], tmp_path / "w.gguf")


def test_a_folder_is_a_probe_that_tells_no_path_of_this_machine(
    paths: dict[int, Path], tmp_path: Path
) -> None:
    export([paths[2]], tmp_path / "out")
    (card,) = find_probes(tmp_path / "nowhere", str(tmp_path / "out"))
    assert load_arrays(card, read_card(card))["bias"] == pytest.approx([0.25])
    texts = [path.read_text() for path in (card, tmp_path / "out" / "README.md")]
    assert not any("/home/somebody" in text for text in texts)
    assert "accuracy" in texts[1] and "0.900 [0.850, 0.950]" in texts[1]


def test_names_and_patterns_find_probes(paths: dict[int, Path], tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    (logs / "run" / "spec.toml").write_text("")
    assert find_probes(logs, "run") == find_probes(logs, "run/*") == list(paths.values())
    assert find_probes(logs, "run/p-2") == find_probes(logs, "p-2") == [paths[2]]
    assert find_probes(logs, "r/p-[23]*")[0] == paths[2]
    with pytest.raises(ProbeError, match="means 4 probes"):
        find_probes(logs, "p-")


def test_a_card_is_read_as_it_was_written(tmp_path: Path) -> None:
    card = a_card("p", layer=2, width=WIDTH, decision=Decision(0.1, 2.0, -0.5, "platt"))
    kept = save(tmp_path, card, {"weights": np.ones((1, WIDTH)), "bias": np.zeros(1)})
    assert read_card(tmp_path / "p.json") == kept
    assert isinstance(kept, Card) and isinstance(kept.place, Place)


def test_a_folder_is_uploaded_whole_and_a_refusal_is_one_line(
    paths: dict[int, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, Any]] = []

    class Hub:
        def __init__(self, endpoint: str | None = None) -> None:
            pass

        def create_repo(self, repo: str, *, private: bool, exist_ok: bool) -> Any:
            if repo == "nobody/x":
                raise huggingface_hub.errors.LocalTokenNotFoundError("no token\nat all")
            calls.append((repo, private))
            return huggingface_hub.RepoUrl(f"https://huggingface.co/{repo}")

        def upload_folder(self, *, repo_id: str, folder_path: Path, commit_message: str) -> None:
            calls.append((repo_id, sorted(path.name for path in folder_path.iterdir())))

    monkeypatch.setattr(huggingface_hub, "HfApi", Hub)
    export([paths[2]], tmp_path / "out")
    assert push(tmp_path / "out", "me/p").endswith("/me/p")
    files = ["README.md", "probe.json", "probe.safetensors"]
    assert calls == [("me/p", True), ("me/p", files)]
    with pytest.raises(InputError, match=r"the hub refuses it \(no token\); log in"):
        push(tmp_path / "out", "nobody/x")
