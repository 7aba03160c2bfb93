"""A parser whose errors are one line, and what all commands share."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from probing.errors import SpecError, nearest

FORMATS = ("table", "csv", "json", "parquet")
ALL_FORMATS = (*FORMATS, "markdown", "latex")


class Parser(argparse.ArgumentParser):
    """A parser that reports an error in one line, with the nearest known word."""

    def __init__(self, **options: Any) -> None:
        layout = argparse.RawDescriptionHelpFormatter
        super().__init__(allow_abbrev=False, formatter_class=layout, **options)

    def error(self, message: str) -> NoReturn:
        raise SpecError(message, hint=f"see {self.prog} --help")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            option = "/".join(action.option_strings)
            what = f"{option}: unknown value {value!r}" if option else f"unknown command {value!r}"
            raise SpecError(what, hint=nearest(str(value), map(str, action.choices)))


def command(commands: Any, name: str, run: str, meaning: str, *, logs: bool = True) -> Parser:
    """A command that runs `module:function` of `tui.commands`."""
    parser: Parser = commands.add_parser(name, help=meaning, description=f"{meaning}.")
    parser.set_defaults(run=f"tui.commands.{run}")
    shared(parser, logs=logs)
    return parser


def shared(parser: Parser, *, logs: bool = True) -> None:
    """Options of every command; suppressed defaults let them stand before or after it."""
    add = parser.add_argument
    if logs:
        where = "folder of the runs, or s3://BUCKET/FOLDER (default: $PROBE_TUI_LOGS, else logs/)"
        add("--logs", metavar="DIR", default=argparse.SUPPRESS, help=where)
    add(
        "--debug",
        action="store_true",
        default=argparse.SUPPRESS,
        help="show the traceback of an error",
    )
    drawn(parser)


def drawn(parser: argparse.ArgumentParser) -> None:
    """The option `--ascii`, and `--no-ascii` against the config file."""
    meaning = "draw with ASCII alone (default: where the terminal or the locale needs it)"
    flag = argparse.BooleanOptionalAction
    parser.add_argument("--ascii", action=flag, default=argparse.SUPPRESS, help=meaning)


def as_json(parser: Parser, meaning: str) -> None:
    """The option `--json`, before or after the command."""
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=meaning)
