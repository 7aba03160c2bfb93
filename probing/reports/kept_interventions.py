"""The interventions that are kept for the probes of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from probing.errors import ProbingError
from probing.interventions.folder import InterventionFolder
from probing.interventions.outcome import Outcome, outcome_of
from probing.interventions.requests import Request
from probing.logs import RunFolder

KINDS = ("explain", "steer", "erase", "patch")  # in the order of a page


@dataclass(frozen=True)
class Kept:
    """An intervention: its folder, what was asked, and what is measured of it so far."""

    folder: InterventionFolder
    request: Request
    outcome: Outcome

    @property
    def is_whole(self) -> bool:
        """Whether all of it is done."""
        return self.folder.rows.exists()


def kept_interventions(logs: Path, run: RunFolder) -> tuple[list[Kept], list[str]]:
    """Those of the probes of a run, kind by kind, and a line for each that cannot be read."""
    found, missing = list[Kept](), list[str]()
    for path in sorted(logs.glob("*/request.json")):
        folder = InterventionFolder(path.parent)
        try:
            request = folder.read_request()
            if Path(request.probe).parent.resolve() == run.probes.resolve():
                found.append(Kept(folder, request, outcome_of(folder)))
        except ProbingError as error:
            missing.append(f"{folder.path.name}: {error}")
        except (KeyError, TypeError, ValueError, IndexError) as error:
            missing.append(f"{folder.path.name}: its measurements are damaged ({error})")
    return sorted(found, key=lambda one: KINDS.index(one.request.kind)), missing
