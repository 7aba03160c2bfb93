"""Decide where a model's weights go, and refuse a model that does not fit before loading it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from tempfile import mkdtemp
from typing import Any

import torch

from probing import catalog, hardware
from probing.catalog import ModelFacts
from probing.errors import ModelError
from probing.spec import ModelSpec

GIB = 2**30
ROOM_FOR_BATCHES = 0.15  # of what a device has free, not given to weights
SPREAD = 'device_map = "auto"'
SURE = 0.8  # of an estimated size: families differ


def check_room(
    spec: ModelSpec, facts: ModelFacts, dtype: torch.dtype, device: torch.device
) -> None:
    """Raises `ModelError` where the weights do not fit what is free on `device`.

    With `device_map` what fits nowhere else stays on disk, but for packed weights.
    """
    free = _room(spec, device)
    if free is None:
        return
    name, slack = str(dtype).removeprefix("torch."), 1 if facts.is_counted else SURE
    need = catalog.weight_bytes(facts, name, spec.quantize)
    if need * slack <= free:
        return
    packed = f"{name}, {spec.quantize}" if spec.quantize else name
    what = (
        f"needs about {need / GIB:.1f} GiB in {packed}, but {device} has {free / GIB:.1f} GiB free"
    )
    ways = {
        'dtype = "bfloat16"': ("bfloat16", spec.quantize),
        'quantize = "8bit"': (name, "8bit"),
        'quantize = "4bit"': (name, "4bit"),
    }
    fit = [way for way, its in ways.items() if catalog.weight_bytes(facts, *its) * slack <= free]
    raise ModelError(
        what, where=facts.name, hint=_hint([*fit, *([] if spec.device_map else [SPREAD])])
    )


def _hint(ways: Sequence[str]) -> str:
    return f"set {' or '.join(ways)}" if ways else "use a smaller model or a larger machine"


def _room(spec: ModelSpec, device: torch.device) -> int | None:
    """The bytes that the weights must fit; None where there is no bound, or it is not known."""
    if not spec.device_map:
        return free_memory(device)
    if not spec.quantize:
        return None
    room = max_memory(device)
    return sum(n for at, n in room.items() if (at == "cpu") == (device.type == "cpu"))


def free_memory(device: torch.device) -> int | None:
    """Bytes that are free on `device`; None where that cannot be told."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return hardware.memory()[0]


def max_memory(device: torch.device) -> dict[int | str, int]:
    """Bytes that weights may take on each device: of all GPUs where `device` names none.

    A part of what is free is left to the activations.
    """
    room: dict[int | str, int] = {"cpu": int((hardware.memory()[0] or 0) * (1 - ROOM_FOR_BATCHES))}
    if device.type == "cpu":
        return room
    indices = range(torch.cuda.device_count()) if device.index is None else [device.index]
    free = {at: free_memory(torch.device("cuda", at)) or 0 for at in indices}
    return {at: int(n * (1 - ROOM_FOR_BATCHES)) for at, n in free.items()} | room


def placed(spec: ModelSpec, dtype: torch.dtype, device: torch.device) -> dict[str, Any]:
    """The options of `from_pretrained` that put the weights where they belong, at once.

    Without a `device_map` among them they are moved once they are loaded, as without accelerate.
    """
    options: dict[str, Any] = {}
    if spec.quantize:
        import transformers  # about 0.6 s: only who loads a model pays

        options["quantization_config"] = transformers.BitsAndBytesConfig(
            load_in_8bit=spec.quantize == "8bit",
            load_in_4bit=spec.quantize == "4bit",
            bnb_4bit_quant_type="nf4",
            bnb_4bit_compute_dtype=dtype,
        )
    if spec.device_map:
        # layers that stay on disk are read from the checkpoint, but for those to be rewritten
        folder = mkdtemp(prefix="probe-tui-")
        room = max_memory(device)
        options |= {"device_map": spec.device_map, "max_memory": room, "offload_folder": folder}
    elif spec.quantize or (device.type == "cuda" and find_spec("accelerate")):
        options["device_map"] = {"": device}
    return options


def input_device(body: Any) -> torch.device:
    """Where token ids go: to the first weights that are not fetched from memory or disk."""
    held = (part.device for part in body.parameters() if part.device.type != "meta")
    return next(held, torch.device("cpu"))


def devices_of(body: Any) -> tuple[str, ...]:
    """Where the weights of `body` lie: GPUs first, then `cpu` and `disk`."""
    names = [f"cuda:{one}" if isinstance(one, int) else str(one) for one in _spread(body)]
    return tuple(sorted(set(names), key=lambda name: (not name.startswith("cuda"), name)))


def _spread(body: Any) -> list[Any]:
    return list(getattr(body, "hf_device_map", {"": input_device(body)}).values())


def n_params(body: Any) -> int:
    """The weights of `body`; packed ones, of 4 bits, count one by one."""
    return sum(
        part.numel() * (2 * part.element_size() if hasattr(part, "quant_state") else 1)
        for part in body.parameters()
    )
