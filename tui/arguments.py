"""What can be typed after `probe-tui`: options, commands, and what they are called with."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from probing.errors import SpecError, nearest

FORMATS = ("table", "csv", "json", "parquet")
EXAMPLES = """examples:
  probe-tui                              open the app
  probe-tui --batch spec.toml            run a spec here, and follow it
  probe-tui --batch spec.toml --dry-run  what it will cost
  probe-tui results --where "control= layer>3" --format csv

exit codes: 0 done, 1 failed, 2 wrong spec or command line, 3 a dataset or model cannot be had,
5 some cells failed, 130 interrupted"""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are ours: one line, with what was probably meant."""

    def __init__(self, **options: Any) -> None:
        layout = argparse.RawDescriptionHelpFormatter
        super().__init__(allow_abbrev=False, formatter_class=layout, **options)

    def error(self, message: str) -> NoReturn:
        raise SpecError(message, hint=f"see {self.prog} --help")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            option = "/".join(action.option_strings)
            what = f"{option} {value!r} is not known" if option else f"unknown command {value!r}"
            raise SpecError(what, hint=nearest(str(value), map(str, action.choices)))


def read(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The arguments as a namespace whose `run` is `module:function` of the command.

    Raises `SpecError` for what cannot be understood; `--help` exits.
    """
    parser = build()
    given = list(sys.argv[1:] if arguments is None else arguments)
    known = set(_options(parser))
    for name in (one.partition("=")[0] for one in given if one.startswith("--")):
        if name not in known:
            raise SpecError(f"unknown option {name!r}", hint=nearest(name, known))
    return parser.parse_args(given)


def build() -> Parser:
    """The whole command line."""
    parser = Parser(
        prog="probe-tui",
        description="Find out what a transformer language model represents, and in which layer.",
        epilog=EXAMPLES,
    )
    parser.set_defaults(run="tui.commands.app:open_app", logs=None, debug=False, json=False)
    parser.add_argument("--version", action="store_true", help="print the version")
    _batch(parser)
    _shared(parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    for add in (_runs, _results, _data, _models):
        add(commands)
    return parser


def _shared(parser: Parser, *, logs: bool = True) -> None:
    """Options of every command; suppressed defaults let them stand before or after it."""
    add = parser.add_argument
    if logs:
        where = "where runs are kept (else $PROBE_TUI_LOGS, else logs/ here)"
        add("--logs", metavar="DIR", default=argparse.SUPPRESS, help=where)
    add("--debug", action="store_true", default=argparse.SUPPRESS, help="show tracebacks of errors")


def _json(parser: Parser, meaning: str) -> None:
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=meaning)


def _batch(parser: Parser) -> None:
    group = parser.add_argument_group("running a spec")
    add = group.add_argument
    add("--batch", metavar="SPEC", help="run this .toml file (- for standard input), no app")
    add("--detach", action="store_true", help="start it, print the run's name and leave")
    add("--dry-run", action="store_true", help="print the plan and its cost, run nothing")
    add("--json", action="store_true", help="print events (or the plan) as JSON on stdout")
    add("--set", metavar="KEY=VALUE", action="append", default=[], help="override a key")


def _command(commands: Any, name: str, run: str, meaning: str, *, logs: bool = True) -> Parser:
    parser: Parser = commands.add_parser(name, help=meaning, description=f"{meaning}.")
    parser.set_defaults(run=f"tui.commands.{run}")
    _shared(parser, logs=logs)
    return parser


def _runs(commands: Any) -> None:
    listing = _command(commands, "runs", "runs:list_all", "List all runs, the latest first")
    _json(listing, "as a list of objects")
    for name, meaning in (
        ("attach", "Follow a run"),
        ("cancel", "Stop a run; what is finished stays"),
        ("resume", "Go on with a run that was cancelled or killed"),
    ):
        parser = _command(commands, name, f"runs:{name}", meaning)
        parser.add_argument("name", metavar="RUN", help="its name, or how its name begins")
        if name != "cancel":
            _json(parser, "print events as JSON on stdout")
        if name == "resume":
            parser.add_argument("--detach", action="store_true", help="start it and leave")


def _results(commands: Any) -> None:
    parser = _command(commands, "results", "results:results", "One row per finished cell")
    add = parser.add_argument
    add("--run", metavar="RUN", dest="name", help="of this run only")
    add(
        "--where",
        metavar="FILTER",
        default="",
        help='words and column=value, such as "control= layer>3", or SQL',
    )
    add("--format", choices=FORMATS, help="table unless the file of --output tells")
    add("--partial", action="store_true", help="also cells under way")
    add("--output", metavar="FILE", help="write to this file")


def _data(commands: Any) -> None:
    parser: Parser = commands.add_parser("data", help="Datasets: list, check, make, get")
    _shared(parser, logs=False)
    parser.set_defaults(run="tui.commands.data:list_all")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action")

    def action(name: str, run: str, meaning: str) -> Parser:
        return _command(actions, name, run, meaning, logs=False)

    listing = action("list", "data:list_all", "The datasets that ship and those in data/ here")
    _json(listing, "as a list of objects")
    check = action("check", "data:check", "Read a dataset as a spec would, and tell what is in it")
    check.add_argument("file", metavar="FILE", help="a path, a glob or a name")
    for column in ("text", "target", "group", "split"):
        check.add_argument(f"--{column}", metavar="COLUMN", help=f"the column of the {column}")
    check.add_argument("--task", help="binary, multiclass or regression; else inferred")
    _json(check, "as a list of objects")
    make = action("make", "data:make", "Make the shipped datasets again, the same bytes every time")
    make.add_argument("folder", metavar="DIR", nargs="?", default="data", help="default: data")
    make.add_argument("names", metavar="NAME", nargs="*", help="default: all")
    get = action("get", "public:get", "List well-known public datasets, or fetch one")
    get.add_argument("name", metavar="NAME", nargs="?", help="without it: list them")
    get.add_argument("folder", metavar="DIR", nargs="?", default="data", help="default: data")
    _json(get, "as a list of objects")


def _models(commands: Any) -> None:
    parser = _command(commands, "models", "models:list_all", "Models on this machine", logs=False)
    parser.add_argument(
        "folders", metavar="DIR", nargs="*", help="folders to look in (default: here and models/)"
    )
    _json(parser, "as a list of objects")


def _options(parser: argparse.ArgumentParser) -> Iterable[str]:
    """Every option of the command line, those of its commands included."""
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _options(command)
