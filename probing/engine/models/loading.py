"""Load a transformer without its head, and its tokenizer, with errors that say what to do."""

from __future__ import annotations

import contextlib
import shutil
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from probing import catalog
from probing.catalog import ModelFacts
from probing.catalog.files.tokenizer_files import NAME_ONE
from probing.engine.models.checkpoints import loaded, untrained
from probing.engine.models.placement import check_room, placed
from probing.engine.models.text_body import headless, text_body
from probing.engine.models.text_length import check_length
from probing.errors import DeviceError, ModelError
from probing.spec import ModelSpec

_CPU = torch.device("cpu")
_LONGEST = 300  # characters of another library's message


def load_libraries() -> None:
    """Import what loads models, which takes seconds."""
    import transformers.modeling_utils  # noqa: F401


def check_device(name: str) -> torch.device:
    """The device of that name; raises `DeviceError` where this machine lacks it."""
    try:
        device = torch.device(name)
    except RuntimeError:
        hint = 'use "cpu", "cuda" or "cuda:N"'
        raise DeviceError(f"device = {name!r} is not a device", hint=hint) from None
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        what = f"device = {name!r} does not exist: torch sees {torch.cuda.device_count()} GPUs"
        raise DeviceError(what, hint='use device = "cpu"')
    return device


def pick_dtype(name: str, device: torch.device, facts: ModelFacts) -> torch.dtype:
    """The type to compute in: `auto` is the checkpoint's own on a GPU, float32 on a CPU."""
    name = catalog.compute_dtype(name, device.type, facts)
    dtype = getattr(torch, name, None)
    if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
        hint = 'use "float32", "bfloat16" or "float16"'
        raise ModelError(f"dtype = {name!r} is not supported", where=facts.name, hint=hint)
    return dtype


def load_tokenizer(spec: ModelSpec, facts: ModelFacts, base: Path) -> Any:
    """The tokenizer of the model, or the one that the spec names for it."""
    import transformers  # about 0.6 s: a run that finds all in the cache does not pay

    own = spec.tokenizer is None
    catalog.check_tokenizer(spec, facts, base)
    place = catalog.locate(spec if own else ModelSpec(spec.tokenizer or ""), base)
    under = catalog.base_place(place, base)
    if under is not None and not (place.folder / "tokenizer_config.json").exists():  # type: ignore[operator]
        place = under
    with _quiet():
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(
                _source(place), **_options(spec, place)
            )
        except Exception as error:  # a missing one shows as ValueError, OSError, KeyError, ...
            _refuse_remote_code(spec, facts, error)
            _check_config(place, _options(spec, place))
            what = f"the tokenizer cannot be loaded ({_first_line(error)})"
            raise ModelError(what, where=place.name, hint=NAME_ONE) from error
    _check_vocabulary(tokenizer, place)
    check_length(tokenizer, spec, facts)
    tokenizer.truncation_side = spec.truncation
    return tokenizer


def _check_config(place: catalog.Location, options: dict[str, Any]) -> None:
    """A tokenizer is loaded after its configuration, which is at fault where it cannot be."""
    import transformers

    try:
        transformers.AutoConfig.from_pretrained(_source(place), **options)
    except Exception as error:
        what = f"its config.json cannot be used ({_first_line(error)})"
        hint = "use the one that was saved with the weights"
        raise ModelError(what, where=place.name, hint=hint) from error


def _check_vocabulary(tokenizer: Any, place: catalog.Location) -> None:
    """transformers makes an empty tokenizer of a folder without its files, and says nothing."""
    if set(tokenizer.get_vocab()) <= set(tokenizer.all_special_tokens):
        raise ModelError("has no tokenizer", where=place.name, hint=NAME_ONE)


def load_body(
    spec: ModelSpec,
    facts: ModelFacts,
    base: Path,
    dtype: torch.dtype,
    device: torch.device = _CPU,
    random_seed: int | None = None,
    *,
    with_head: bool = False,
) -> tuple[Any, Any]:
    """The whole model that was loaded, and in it the transformer without its head.

    Both in evaluation mode; of an encoder-decoder it is the encoder. Only `with_head` does the
    whole predict the next token. Only safetensors weights are read, once; with a `random_seed`
    they are drawn from it. `spec` may spread them beyond `device`, and pack them.

    Raises `ModelError` for a model that cannot be loaded, does not fit the memory that is free,
    needs code of its repository, or whose checkpoint lacks weights of the blocks, or of the head.
    """
    catalog.check_extras(spec)
    catalog.check_gguf(facts)
    check_room(spec, facts, dtype, device)
    place = catalog.locate(spec, base)
    where = placed(spec, dtype, device) if random_seed is None else {}
    try:
        under = catalog.base_place(place, base)
        options = {**_options(spec, under or place), **where}
        with _quiet():
            whole, told = _made(place, under, options, dtype, random_seed, with_head)
    except Exception as error:  # from_pretrained raises whatever the model's code does
        shutil.rmtree(where.get("offload_folder", ""), ignore_errors=True)
        _refuse_remote_code(spec, facts, error)
        raise _unloadable(place, error) from error
    spread = getattr(whole, "hf_device_map", {"": device})
    if with_head:
        _check_head(whole, told, place.name)
    body = text_body(headless(whole) if with_head else whole)
    _check_complete(body, told, place.name)
    body.config.use_cache = False
    body.hf_device_map = spread
    if "offload_folder" in where:
        weakref.finalize(body, shutil.rmtree, where["offload_folder"], ignore_errors=True)
    whole = whole if with_head else body
    if "device_map" not in where:
        whole.to(device)
    return whole.eval().requires_grad_(False), body


def _made(
    place: catalog.Location,
    under: catalog.Location | None,
    options: dict[str, Any],
    dtype: torch.dtype,
    random_seed: int | None,
    with_head: bool,
) -> tuple[Any, dict[str, Any]]:
    """The model at a place, and what is told of its loading; `under` is that of its base model."""
    if random_seed is not None:
        return untrained(_source(under or place), options, random_seed, dtype)
    base = _source(under) if under else None
    return loaded(_source(place), {**options, "dtype": dtype}, base, with_head=with_head)


def _unloadable(place: catalog.Location, error: Exception) -> ModelError:
    what = f"cannot be loaded ({_first_line(error)})"
    hint = "the model must be a Hugging Face transformer with safetensors weights"
    if "ignore_mismatched_sizes" in str(error):
        what = "its weights do not have the sizes that its config.json tells"
        hint = "use the config.json that was saved with them"
    return ModelError(what, where=place.name, hint=hint)


def _source(place: catalog.Location) -> str:
    return str(place.folder or place.repo)


def _options(spec: ModelSpec, place: catalog.Location) -> dict[str, Any]:
    options: dict[str, Any] = {"trust_remote_code": spec.trust_remote_code}
    if place.folder is None and place.revision:
        options["revision"] = place.revision
    if place.gguf:
        options["gguf_file"] = place.gguf
    return options


def _check_head(whole: Any, told: dict[str, Any], name: str) -> None:
    """A head that the checkpoint lacks would predict tokens at random."""
    head = whole.get_output_embeddings()
    own = {id(part) for part in head.parameters()} if head is not None else set()
    named = {key for key, part in whole.named_parameters(remove_duplicate=False) if id(part) in own}
    if named & set(told["missing_keys"]):
        what, hint = "its checkpoint has no language head", "name one that was saved with its head"
        raise ModelError(what, where=name, hint=hint)


def _check_complete(body: Any, told: dict[str, Any], name: str) -> None:
    own = {key for key, _ in body.named_parameters()}
    missing = sorted(key for key in told["missing_keys"] if any(key.endswith(part) for part in own))
    if missing:
        what = f"{len(missing)} weights are missing, such as {missing[0]}"
        raise ModelError(what, where=name, hint="download the whole checkpoint")


def _refuse_remote_code(spec: ModelSpec, facts: ModelFacts, error: Exception) -> None:
    if not spec.trust_remote_code and "trust_remote_code" in str(error):
        hint = "if you trust it, set trust_remote_code = true for this model"
        raise ModelError(
            "needs to run code from its repository", where=facts.name, hint=hint
        ) from None


def _first_line(error: Exception) -> str:
    """Its first line, and what follows a colon there."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = lines[:1]
    while told and told[-1].endswith(":") and len(told) < len(lines):
        told.append(lines[len(told)])
    return " ".join(told)[:_LONGEST] or type(error).__name__


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Hold back transformers' progress bars and reports: what matters is raised."""
    from transformers import logging  # see above

    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
