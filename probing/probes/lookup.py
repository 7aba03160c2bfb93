"""Find saved probes: by path, by the name of their run, or by their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from probing.errors import ProbeError, nearest
from probing.logs.folders.run_folder import list_runs
from probing.probes.card import Card
from probing.probes.files import check_file, read_card

EXPORTED = "probe.json"  # the card in a folder that was exported


@dataclass(frozen=True)
class SavedProbe:
    """A probe of a run: where its card lies, and what it says, or why it cannot be used."""

    run: str
    name: str
    path: Path
    card: Card | None
    error: str = ""


def saved_probes(logs: Path, *, checks: bool = True) -> Iterator[SavedProbe]:
    """Every probe of every run in `logs`, the latest run first.

    Where it `checks`, the arrays are read too; one that cannot be used says why.
    """
    for run in list_runs(logs):
        for path in sorted(run.probes.glob("*.json")):
            yield read_saved(run.name, path, checks=checks)


def read_saved(run: str, path: Path, *, checks: bool = True) -> SavedProbe:
    """The probe whose card lies at `path`; one that cannot be used says why."""
    try:
        card = read_card(path)
        if checks:
            check_file(path, card)
    except ProbeError as error:
        return SavedProbe(run, path.stem, path, None, str(error))
    return SavedProbe(run, path.stem, path, card)


def find_probes(logs: Path, name: str) -> list[Path]:
    """The cards that `name` means, at least one.

    It is the path of a card, of its arrays or of an exported folder; `RUN/PROBE`, each of which
    may be a pattern such as `*` or a beginning that is the only one; or `PROBE` alone. `RUN`, or
    how only one begins, means all probes of it. Raises `ProbeError` that names the nearest.
    """
    if (found := _at(Path(name).expanduser())) is not None:
        return [found]
    runs = {run.name: sorted(run.probes.glob("*.json")) for run in list_runs(logs)}
    run, slash, probe = name.rpartition("/")
    if slash and run:
        named = _named(run, list(runs))
        places = [path for one in named for path in runs[one]]
        _check_saved(named, places)
        if probe in ("", "*") and places:
            return places
        return _chosen(name, probe, places)
    every = [path for paths in runs.values() for path in paths]
    own = _named(name, [run for run, paths in runs.items() if paths])
    if len(own) == 1 and not _named(name, [path.stem for path in every]):
        return runs[own[0]]
    if not own and not _named(name, [path.stem for path in every]):
        # a run of that name, or some that begin so, none of which has a probe
        _check_saved(_named(name, list(runs)), [])
    return _chosen(name, name, every)


def _check_saved(runs: list[str], places: list[Path]) -> None:
    """Raises `ProbeError` where there are runs of that name, and none has a probe."""
    if runs and not places:
        hint = 'run its spec again with save_probes = "all"'
        raise ProbeError(f"run {runs[0]!r} saved no probes", hint=hint)


def _at(path: Path) -> Path | None:
    if path.is_dir():
        card = path / EXPORTED
        return card if card.is_file() else None
    if path.is_file():
        return path.with_suffix(".json") if path.suffix == ".safetensors" else path
    return None


def _chosen(asked: str, name: str, places: list[Path]) -> list[Path]:
    names = list(dict.fromkeys(path.stem for path in places))
    own = _named(name, names)
    found = [path for path in places if path.stem in own]
    if not found:
        hint = nearest(name, names) if names else 'there are none yet: set save_probes = "all"'
        raise ProbeError(f"no saved probe named {asked!r}", hint=hint)
    if "*" in name or "?" in name or len(found) == 1:
        return found
    told = ", ".join(f"{path.parent.parent.name}/{path.stem}" for path in found[:3])
    what = f"{asked!r} means {len(found)} probes"
    raise ProbeError(what, hint=f"say which, such as {told}; or all of them with a *")


def _named(name: str, known: list[str]) -> list[str]:
    """Those of that name, or of that pattern, or else that begin so."""
    if name in known:
        return [name]
    if "*" in name or "?" in name:
        return [one for one in known if fnmatchcase(one, name)]
    return [one for one in known if name and one.startswith(name)]
