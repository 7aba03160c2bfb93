"""Write saved probes for other programs: NumPy, safetensors, llama.cpp, or a folder to share."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probing.errors import ProbeError, SpecError
from probing.logs.arrays import write_arrays
from probing.probes.card import LINEAR, Card
from probing.probes.directions import check_linear, unit_directions
from probing.probes.files import arrays_path, load_arrays, read_card, write_card
from probing.probes.lookup import EXPORTED
from probing.probes.readme import readme

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUFFIXES = (".npy", ".safetensors", ".gguf")
GGUF_EXTRA = 'pip install "probe-tui[gguf]"'


@dataclass(frozen=True)
class Exported:
    """A probe that is exported: its card, where that lies, and its arrays."""

    path: Path
    card: Card
    arrays: dict[str, NDArray[Any]]

    @classmethod
    def of(cls, path: Path) -> Exported:
        """The probe of a card; raises `ProbeError` where it is damaged."""
        card = read_card(path)
        return cls(path, card, load_arrays(path, card))

    @property
    def directions(self) -> NDArray[Any]:
        """Unit vectors `[n_outputs, width]`; raises `ProbeError` where it has none."""
        check_linear(self.card, hint="export it into a folder")
        return unit_directions(self.arrays["weights"])


def export(paths: Sequence[Path], target: Path) -> list[Path]:
    """Write the probes of some cards to `target`; the files that were written.

    `.npy` holds the unit direction `[width]` of one probe, of several classes or probes
    `[n, width]`; `.safetensors` the weights, biases and directions with their cards; `.gguf` is a
    control vector of llama.cpp; anything else a new folder with a model card, of one probe.
    Raises `SpecError` for a target that is there already, or cannot hold these probes.
    """
    if target.exists():
        raise SpecError("is there already", where=str(target), hint="name a new file or folder")
    probes = [Exported.of(path) for path in paths]
    made = {".npy": _npy, ".safetensors": _safetensors, ".gguf": _gguf}
    write = made.get(target.suffix, _folder)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return write(probes, target)
    except OSError as error:
        raise SpecError(f"cannot be written ({error.strerror})", where=str(target)) from None


def _npy(probes: Sequence[Exported], target: Path) -> list[Path]:
    import numpy as np

    found = [one.directions for one in probes]
    if len({row.shape[1] for row in found}) > 1:
        raise SpecError("the probes differ in width", where=str(target), hint="export one by one")
    rows = np.concatenate(found)
    np.save(target, rows[0] if len(rows) == 1 else rows)
    return [target]


def _safetensors(probes: Sequence[Exported], target: Path) -> list[Path]:
    import numpy as np

    arrays: dict[str, NDArray[Any]] = {}
    for one in probes:
        before = "" if len(probes) == 1 else f"{one.card.name}."
        own = dict(one.arrays)
        if one.card.kind == LINEAR:
            own["direction"] = one.directions
        card = json.dumps(one.card.record()).encode()
        own["card"] = np.frombuffer(card, dtype=np.uint8)
        arrays |= {f"{before}{name}": array for name, array in own.items()}
    write_arrays(target, arrays)
    return [target]


def _gguf(probes: Sequence[Exported], target: Path) -> list[Path]:
    """Scale 1 moves the activations by one standard deviation along the direction.

    `direction.N` is added to the output of block N, counted from 0: layer N + 1 here. llama.cpp
    takes none for N = 0, and the last layer here is behind the final norm.
    """
    if find_spec("gguf") is None:
        raise SpecError("writing GGUF needs gguf", where=str(target), hint=GGUF_EXTRA)
    from gguf import GGUFWriter  # 0.2 s

    vectors = _by_layer(probes, target)
    card = probes[0].card
    writer = GGUFWriter(target, "controlvector")
    writer.add_string("controlvector.model_hint", card.model.model_type)
    writer.add_uint32("controlvector.layer_count", card.model.n_layers - 1)
    writer.add_description(f"{card.dataset.name}, probes of {card.model.name}")
    for layer, vector in sorted(vectors.items()):
        writer.add_tensor(f"direction.{layer - 1}", vector)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return [target]


def _by_layer(probes: Sequence[Exported], target: Path) -> dict[int, Any]:
    vectors: dict[int, Any] = {}
    for one in probes:
        card, place = one.card, one.card.place
        if place.site != "resid" or len(place.layers) > 1 or place.width != card.model.d_model:
            what = "a control vector holds one direction of the residual stream for each layer"
            raise ProbeError(what, where=card.name)
        if len(one.directions) > 1:
            what = f"has {len(one.directions)} directions, and a control vector holds one"
            raise ProbeError(what, where=card.name, hint="export it as .npy")
        if place.layers[0] < 2:
            what = "llama.cpp takes no direction before the output of the second block"
            raise ProbeError(what, where=card.name, hint="export a probe of layer 2 or deeper")
        if place.layers[0] == card.model.n_layers:
            what = "the last layer is read after the final norm, and llama.cpp adds before it"
            raise ProbeError(what, where=card.name, hint="export a probe of a layer before it")
        if place.layers[0] in vectors:
            what = f"two probes read layer {place.layers[0]}"
            raise SpecError(what, where=str(target), hint="name one for each layer")
        vector = one.directions[0] * place.spread[0]
        vectors[place.layers[0]] = vector.astype("float32")
    return vectors


def _folder(probes: Sequence[Exported], target: Path) -> list[Path]:
    if len(probes) > 1:
        what = "a folder holds one probe"
        raise SpecError(what, where=str(target), hint="name one, or a .safetensors file")
    one = probes[0]
    target.mkdir()
    file = target / "probe.safetensors"
    shutil.copyfile(arrays_path(one.path, one.card), file)
    card = _without_places(replace(one.card, file=file.name))
    write_card(target / EXPORTED, card)
    (target / "README.md").write_text(readme(card), encoding="utf-8")
    return [target / EXPORTED, file, target / "README.md"]


def _without_places(card: Card) -> Card:
    """The card with the names of files in the place of their paths on this machine."""
    entry = {**card.dataset.entry, "path": _last(str(card.dataset.entry.get("path", "")))}
    dataset = replace(card.dataset, path=_last(card.dataset.path), entry=entry)
    own = {**card.model.entry}
    for key in ("model", "tokenizer"):
        if Path(str(own.get(key, ""))).is_absolute():
            own[key] = _last(str(own[key]))
    return replace(card, dataset=dataset, model=replace(card.model, entry=own))


def _last(path: str) -> str:
    return Path(path).name if Path(path).is_absolute() else path
