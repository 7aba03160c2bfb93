"""Commands that mark, rename, put away, delete and bring back runs."""

from __future__ import annotations

from typing import Any

from tui.arguments.parser import Parser, as_json, command
from tui.arguments.values import a_count

RUN = "the name of the run, or how it begins"


def add_kept_runs(commands: Any) -> None:
    _add_tag(_of_runs(commands, "tag", "Print or change the tags of runs", several=False))
    _add_note(_of_runs(commands, "note", "Print or write the note of a run", several=False))
    rename = _of_runs(commands, "rename", "Give a run another name", several=False)
    rename.add_argument("to", metavar="NAME", help="its new name")
    archive = _of_runs(commands, "archive", "Hide runs from lists")
    archive.add_argument("--undo", action="store_true", help="show them again")
    _add_delete(_of_runs(commands, "delete", "Move runs into the trash of the logs folder"))
    paused = command(
        commands, "pause", "of_runs.queue:pause", "Pause live runs at their next event"
    )
    paused.add_argument("names", metavar="RUN", nargs="+", help=RUN)
    paused.add_argument("--undo", action="store_true", help="let them go on")
    _add_queue(
        command(commands, "queue", "of_runs.queue:show", "List or move runs that wait for GPUs")
    )
    meaning = "Move runs out of the trash, where they were before"
    _of_runs(commands, "restore", meaning)


def _of_runs(commands: Any, name: str, meaning: str, *, several: bool = True) -> Parser:
    parser = command(commands, name, f"of_runs.kept_runs:{name}", meaning)
    nargs = "+" if several else None
    parser.add_argument("names" if several else "name", metavar="RUN", nargs=nargs, help=RUN)
    return parser


def _add_queue(parser: Parser) -> None:
    as_json(parser, "print a JSON list of objects")
    parser.add_argument("name", metavar="RUN", nargs="?", help="a run to move: to the front")
    parser.add_argument("--to", metavar="N", type=a_count, help="to this place instead, from 1")


def _add_tag(parser: Parser) -> None:
    parser.add_argument("tags", metavar="TAG", nargs="*", help="tags to add; none: print them")
    meaning = "take these tags away"
    parser.add_argument("--remove", metavar="TAG", action="append", default=[], help=meaning)


def _add_note(parser: Parser) -> None:
    meaning = 'the note (-: standard input; "": none); without it, the note is printed'
    parser.add_argument("text", metavar="TEXT", nargs="?", help=meaning)


def _add_delete(parser: Parser) -> None:
    parser.add_argument("--yes", action="store_true", help="do not ask")
    meaning = "remove runs that are in the trash already, for good"
    parser.add_argument("--forever", action="store_true", help=meaning)
