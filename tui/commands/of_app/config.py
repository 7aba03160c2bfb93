"""`probe-tui config`: where the config file lies, what it sets, and a file to begin with."""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import asdict

from probing.errors import SpecError
from tui.config.places import config_path
from tui.config.reading import read_config
from tui.console import output
from tui.texts.sanitiser import clean


def path(_: Namespace) -> int:
    """Print the path of the file."""
    output.write_text(str(config_path()))
    return 0


def show(_: Namespace) -> int:
    """Print what is set; 2 where something is wrong."""
    from tui.key_ids import problems_of

    read = read_config()
    is_there = read.path.exists()
    output.write_text(f"# {read.path}" + ("" if is_there else ": not there; config init writes it"))
    for name, value in asdict(read.config).items():
        if name != "keys" and value not in ("", (), None):
            output.write_text(f"{name} = {_toml(value)}")
    keys = read.config.keys
    output.write_text("\n".join(["[keys]", *(f'"{id}" = "{key}"' for id, key in keys.items())]))
    problems = problems_of(keys)
    for line in problems:
        print(f"probe-tui: {clean(read.path)}: {clean(line)}", file=sys.stderr)
    return 2 if problems or read.problems else 0


def _toml(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def init(_: Namespace) -> int:
    """Write a file that changes nothing yet."""
    from tui.config.starter import starter
    from tui.key_ids import all_bindings

    to = config_path()
    if to.exists():
        raise SpecError(f"{to} is there already", hint="edit it, or move it away first")
    keys = [(name, one.key, one.tooltip or one.description) for name, one in all_bindings().items()]
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    to.write_text(starter(keys))
    output.write_text(str(to))
    return 0
