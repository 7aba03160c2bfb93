"""Commands of datasets and models."""

from __future__ import annotations

from typing import Any

from tui.arguments.parser import Parser, as_json, command, shared


def add_data(commands: Any) -> None:
    parser: Parser = commands.add_parser("data", help="List, check, make or fetch datasets")
    shared(parser, logs=False)
    parser.set_defaults(run="tui.commands.of_data.data:list_all")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action")

    def action(name: str, run: str, meaning: str) -> Parser:
        return command(actions, name, run, meaning, logs=False)

    listing = action(
        "list", "of_data.data:list_all", "List the shipped datasets and those in data/"
    )
    as_json(listing, "print a JSON list of objects")
    check = action(
        "check", "of_data.data:check", "Read a dataset as a run would, and print its facts"
    )
    check.add_argument("file", metavar="FILE", help="path, glob or name")
    for column in ("text", "target", "group", "pair", "half", "split"):
        check.add_argument(f"--{column}", metavar="COLUMN", help=f"column of the {column}")
    meaning = "the first line is data: columns are 0, 1, ... (CSV, TSV)"
    check.add_argument(
        "--no-header", dest="header", action="store_const", const=False, help=meaning
    )
    check.add_argument("--task", help="binary, multiclass or regression (default: inferred)")
    meaning = "set a key of its entry, such as sheet=data"
    check.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help=meaning)
    meaning = "show texts with the tokens marked that poolers take, as this model reads them"
    check.add_argument("--model", metavar="MODEL", help=meaning)
    meaning = 'with --model: a pool, or a table such as { pool = "mean", tokens = "user" }'
    check.add_argument("--pooler", metavar="POOLER", action="append", default=[], help=meaning)
    as_json(check, "print a JSON list of objects")
    make = action("make", "of_data.data:make", "Make the shipped datasets again, byte for byte")
    make.add_argument("folder", metavar="DIR", nargs="?", default="data", help="default: data")
    make.add_argument("names", metavar="NAME", nargs="*", help="default: all")
    get = action("get", "of_data.public:get", "List public datasets, or fetch one")
    get.add_argument("name", metavar="NAME", nargs="?", help="default: list all")
    get.add_argument("folder", metavar="DIR", nargs="?", default="data", help="default: data")
    as_json(get, "print a JSON list of objects")


def add_models(commands: Any) -> None:
    parser = command(
        commands, "models", "of_data.models:list_all", "List the models on this machine", logs=False
    )
    parser.add_argument(
        "folders",
        metavar="DIR",
        nargs="*",
        help="folders to search (default: the current one and models/)",
    )
    as_json(parser, "print a JSON list of objects")
