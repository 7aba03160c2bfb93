"""Commands of saved probes."""

from __future__ import annotations

from typing import Any

from tui.arguments.parser import FORMATS, Parser, as_json, command, shared

NAMES = "path of its card, RUN/PROBE, PROBE or how it begins; * for any; RUN for all of a run"


def add_probes(commands: Any) -> None:
    parser: Parser = commands.add_parser("probes", help="List, show, export or remove saved probes")
    shared(parser)
    parser.set_defaults(
        run="tui.commands.of_probes.probes:list_all", where="", format=None, output=None
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action")

    def action(name: str, meaning: str) -> Parser:
        return command(actions, name, f"of_probes.probes:{name}", meaning)

    listing = command(
        actions, "list", "of_probes.probes:list_all", "List the saved probes of all runs"
    )
    meaning = 'words and conditions, such as "layer>3 accuracy>0.8"'
    listing.add_argument("--where", metavar="FILTER", default="", help=meaning)
    listing.add_argument("--format", choices=FORMATS, help="default: that of --output, else table")
    listing.add_argument("--output", metavar="FILE", help="write the rows to this file")
    show = action("show", "Print all that is known of a probe")
    export = action("export", "Write a probe for other programs")
    meaning = "a .npy or .safetensors file, a .gguf control vector, or a new folder"
    export.add_argument("names", metavar="PROBE", nargs="+", help=NAMES)
    export.add_argument("target", metavar="TARGET", help=meaning)
    meaning = "Print how alike the directions of probes of one model are"
    alike = command(actions, "cosines", "of_probes.cosines:cosines", meaning)
    alike.add_argument("names", metavar="PROBE", nargs="+", help=NAMES)
    alike.add_argument("--format", choices=FORMATS, help="default: that of --output, else table")
    alike.add_argument("--output", metavar="FILE", help="write a row for each pair to this file")
    push = action("push", "Upload a probe to the Hugging Face hub, once that is confirmed")
    push.add_argument("names", metavar="PROBE", nargs=1, help=NAMES)
    push.add_argument("repo", metavar="REPO", help="its repository, such as me/my-probe")
    push.add_argument("--public", action="store_true", help="for everybody to see")
    push.add_argument("--yes", action="store_true", help="do not ask")
    remove = action("rm", "Remove probes")
    show.add_argument("names", metavar="PROBE", nargs="+", help=NAMES)
    remove.add_argument("names", metavar="PROBE", nargs="+", help=NAMES)
    as_json(show, "print the card as JSON")


def add_apply(commands: Any) -> None:
    meaning = "Score texts with saved probes"
    parser = command(commands, "apply", "of_probes.apply:apply", meaning)
    add = parser.add_argument
    meaning = "the probes, then (without --text) a FILE of texts, or - for standard input"
    add("names", metavar="PROBE", nargs="+", help=meaning)
    add("--text", metavar="TEXT", action="append", help="score this text; may be given again")
    add("--watch", metavar="FILE", help="score the lines of a file, and those that are added to it")
    add("--column", metavar="COLUMN", help="the column of the texts, where rows have several")
    add("--tokens", action="store_true", help="a row for each token; of several layers a heatmap")
    formats = (*FORMATS, "jsonl")
    add("--format", choices=formats, help="default: the extension of --output, else table")
    add("--output", metavar="FILE", help="write the rows to this file")
    add("--device", metavar="DEVICE", default="auto", help="auto, cpu, cuda or cuda:N")
    add("--dtype", metavar="DTYPE", help="default: that of the activations it was trained on")
    meaning = "apply it to the model of that name whatever weights it has now"
    add("--any-model", action="store_true", help=meaning)
    add("--as-is", action="store_true", help="texts are whole without the template of the dataset")
