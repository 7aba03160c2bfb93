"""The command line: its options, its commands, and their help texts."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress

from probing.errors import SpecError, nearest
from tui.arguments.of_app import add_completion, add_config, add_serve, add_tour
from tui.arguments.of_data import add_data, add_models
from tui.arguments.of_interventions import add_erase, add_explain, add_patch, add_steer
from tui.arguments.of_kept_runs import add_kept_runs
from tui.arguments.of_predictions import add_predictions
from tui.arguments.of_probes import add_apply, add_probes
from tui.arguments.of_runs import (
    add_batch,
    add_compare,
    add_plot,
    add_report,
    add_results,
    add_runs,
)
from tui.arguments.parser import Parser, shared

VALUES_WITH_MINUS = ("--sort", "--scales")
EXAMPLES = """examples:
  probe-tui                              open the app
  probe-tui --batch spec.toml            run a spec and follow it
  probe-tui --batch spec.toml --dry-run  see the plan and its cost
  probe-tui results --where "control= layer>3" --format csv

exit codes: 0 all cells done, 1 the run failed, 2 wrong spec or command line,
3 dataset or model missing or unreadable, 5 some cells failed, 130 interrupted"""


def read(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The arguments as a namespace whose `run` is `module:function` of the command.

    Raises `SpecError` for an unknown option, command or value; `--help` exits.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not {"-h", "--help"} & set(given):
        with suppress(SpecError):  # the app opens 0.02 s sooner without the options of commands
            return _parsed(build(has_commands=False), given)
    return _parsed(build(), given)


def _parsed(parser: Parser, given: Sequence[str]) -> argparse.Namespace:
    known = set(_options(parser))
    for name in (one.partition("=")[0] for one in given if one.startswith("--")):
        if name not in known:
            raise SpecError(f"unknown option {name!r}", hint=nearest(name, known))
    return parser.parse_args(_joined(given))


def _joined(given: Sequence[str]) -> list[str]:
    """The arguments with `--sort -auroc` as one, since such values may begin as options do."""
    joined: list[str] = []
    for one in given:
        if joined and joined[-1] in VALUES_WITH_MINUS:
            joined[-1] += f"={one}"
        else:
            joined.append(one)
    return joined


def build(*, has_commands: bool = True) -> Parser:
    """The whole command line, or what it is without a command."""
    parser = Parser(
        prog="probe-tui",
        description="Find out what a transformer language model represents, and in which layers.",
        epilog=EXAMPLES,
    )
    parser.set_defaults(
        run="tui.commands.of_app.app:open_app", logs=None, debug=False, json=False, ascii=None
    )
    parser.add_argument("--version", action="store_true", help="print the version")
    add_batch(parser)
    shared(parser)
    if not has_commands:
        parser.set_defaults(command=None)
        return parser
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    for add in (
        add_runs,
        add_kept_runs,
        add_results,
        add_predictions,
        add_compare,
        add_plot,
        add_probes,
        add_apply,
        add_explain,
        add_steer,
        add_erase,
        add_patch,
        add_report,
        add_data,
        add_models,
        add_config,
        add_tour,
        add_serve,
        add_completion,
    ):
        add(commands)
    return parser


def _options(parser: argparse.ArgumentParser) -> Iterable[str]:
    """Every option of the command line and of its commands."""
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _options(command)
