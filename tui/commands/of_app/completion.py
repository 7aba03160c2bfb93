"""`probe-tui completion`: what a shell needs to complete the command line, and its answers."""

from __future__ import annotations

import os
from argparse import Action, ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from probing import errors
from probing.stores import is_url

PROGRAM = "probe-tui"
DATASET_ENDINGS = (".jsonl", ".json", ".csv", ".tsv", ".parquet", ".arrow", ".conllu", ".xlsx")


def script(given: Namespace) -> int:
    """Print the code to source in a shell's own start file."""
    import argcomplete

    print(argcomplete.shell_integration.shellcode([PROGRAM], shell=given.shell))
    return 0


def answer() -> None:
    """Answer a shell, and end the process."""
    import argcomplete

    from tui.arguments import build

    parser = build()
    for action in _actions(parser):
        completer = _COMPLETERS.get(str(action.metavar))
        if completer is not None:
            action.completer = completer  # type: ignore[attr-defined]
    argcomplete.autocomplete(parser, always_complete_options="long")


def _actions(parser: ArgumentParser) -> Iterator[Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, _SubParsersAction):
            for command in action.choices.values():
                yield from _actions(command)


def _logs(parsed_args: Namespace) -> Path:
    from tui.config.defaults import apply_defaults

    apply_defaults(parsed_args)
    given = parsed_args.logs or os.environ.get("PROBE_TUI_LOGS") or "logs"  # no Polars for a key
    if is_url(given):
        from probing.logs.mirrors.places import mirror_of

        return mirror_of(given)  # what was seen of it last: a key does not wait for a network
    return Path(given).expanduser()


def _runs(parsed_args: Namespace, **_: Any) -> Iterable[str]:
    """The names of all runs: their folders, without reading one."""
    logs = _logs(parsed_args)
    if not logs.is_dir():
        return []
    # an index and a trash lie there too, hidden
    return sorted(one.name for one in logs.iterdir() if one.is_dir() and one.name[:1] != ".")


def _probes(parsed_args: Namespace, **_: Any) -> Iterable[str]:
    """The names of saved probes, each behind its run."""
    cards = _logs(parsed_args).glob("*/probes/*.json")
    return [f"{card.parent.parent.name}/{card.stem}" for card in cards]


def _datasets(prefix: str, **_: Any) -> Iterable[str]:
    """Names of datasets that ship and of those in `data/` under the working folder, and files."""
    from argcomplete.completers import FilesCompleter

    shipped = Path(errors.__file__).parent / "_data"
    folders = [Path("data"), shipped, shipped.parent.parent / "data"]
    files = [file for folder in folders if folder.is_dir() for file in folder.iterdir()]
    names = {file.stem for file in files if file.suffix in DATASET_ENDINGS}
    return [*sorted(names), *FilesCompleter()(prefix)]


def _metrics(**_: Any) -> Iterable[str]:
    from probing.metric_names import METRICS

    return list(METRICS)


_COMPLETERS: dict[str, Any] = {
    "RUN": _runs,
    "PROBE": _probes,
    "FILE": _datasets,
    "METRIC": _metrics,
}
