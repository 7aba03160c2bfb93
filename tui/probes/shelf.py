"""The saved probes of all runs, read again only where their files changed."""

from __future__ import annotations

from pathlib import Path

from probing.logs.folders.run_folder import list_runs
from probing.logs.folders.run_marks import read_marks
from probing.probes.lookup import SavedProbe, read_saved

Stamp = tuple[tuple[int, int], ...]


class Shelf:
    """Reads the probes of `logs`; their arrays are checked too, each once.

    `tags` has those of the runs that saved probes.
    """

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.tags: dict[str, tuple[str, ...]] = {}
        self._known: dict[Path, tuple[Stamp, SavedProbe]] = {}

    def read(self) -> list[SavedProbe]:
        """Every probe, the latest run first, in a run by dataset, model, pooler and layer."""
        found = dict[Path, tuple[Stamp, SavedProbe]]()
        probes, tags = list[SavedProbe](), dict[str, tuple[str, ...]]()
        for run in list_runs(self.logs):
            own = list[SavedProbe]()
            for path in run.probes.glob("*.json"):
                stamp = _stamp(path)
                known = self._known.get(path)
                if known is None or known[0] != stamp:
                    known = stamp, read_saved(run.name, path)
                found[path] = known
                own.append(known[1])
            probes += sorted(own, key=_place)
            if own:
                tags[run.name] = read_marks(run).tags
        self._known, self.tags = found, tags
        return probes


def _stamp(path: Path) -> Stamp:
    """What changes when a card or its arrays are written."""
    stamps = []
    for file in (path, path.with_suffix(".safetensors")):
        try:
            about = file.stat()
        except OSError:
            stamps.append((-1, -1))
        else:
            stamps.append((about.st_size, about.st_mtime_ns))
    return tuple(stamps)


def _place(one: SavedProbe) -> tuple[object, ...]:
    """Where it stands in its run: those that differ in their layer alone stand together."""
    card = one.card
    if card is None:
        return (1, one.name)
    own = card.dataset.name, card.model.name, card.place.site, card.place.label
    fold = -1 if card.fold is None else card.fold
    return (0, *own, card.classifier.name, card.place.layers, fold)
