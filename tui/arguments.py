"""The command line: its options, its commands, and their help texts."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from probing.errors import SpecError, nearest

VALUES_WITH_MINUS = ("--sort", "--scales")
FORMATS = ("table", "csv", "json", "parquet")
EXAMPLES = """examples:
  probe-tui                              open the app
  probe-tui --batch spec.toml            run a spec and follow it
  probe-tui --batch spec.toml --dry-run  see the plan and its cost
  probe-tui results --where "control= layer>3" --format csv

exit codes: 0 all cells done, 1 the run failed, 2 wrong spec or command line,
3 dataset or model missing or unreadable, 5 some cells failed, 130 interrupted"""


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


def read(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The arguments as a namespace whose `run` is `module:function` of the command.

    Raises `SpecError` for an unknown option, command or value; `--help` exits.
    """
    parser = build()
    given = list(sys.argv[1:] if arguments is None else arguments)
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


def build() -> Parser:
    """The whole command line."""
    parser = Parser(
        prog="probe-tui",
        description="Find out what a transformer language model represents, and in which layers.",
        epilog=EXAMPLES,
    )
    parser.set_defaults(run="tui.commands.app:open_app", logs=None, debug=False, json=False)
    parser.add_argument("--version", action="store_true", help="print the version")
    _batch(parser)
    _shared(parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    for add in (
        _runs,
        _results,
        _compare,
        _probes,
        _apply,
        _explain,
        _steer,
        _erase,
        _patch,
        _report,
        _data,
        _models,
    ):
        add(commands)
    return parser


def _shared(parser: Parser, *, logs: bool = True) -> None:
    """Options of every command; suppressed defaults let them stand before or after it."""
    add = parser.add_argument
    if logs:
        where = "folder of the runs (default: $PROBE_TUI_LOGS, else logs/)"
        add("--logs", metavar="DIR", default=argparse.SUPPRESS, help=where)
    add(
        "--debug",
        action="store_true",
        default=argparse.SUPPRESS,
        help="show the traceback of an error",
    )


def _json(parser: Parser, meaning: str) -> None:
    parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=meaning)


def _batch(parser: Parser) -> None:
    group = parser.add_argument_group("running a spec")
    add = group.add_argument
    add("--batch", metavar="SPEC", help="run this .toml file without the app (-: standard input)")
    add("--detach", action="store_true", help="start the run, print its name and exit")
    add("--dry-run", action="store_true", help="print the plan and its cost; run nothing")
    add("--json", action="store_true", help="print events (or the plan) as JSON to stdout")
    add(
        "--set", metavar="KEY=VALUE", action="append", default=[], help="override a key of the spec"
    )


def _command(commands: Any, name: str, run: str, meaning: str, *, logs: bool = True) -> Parser:
    parser: Parser = commands.add_parser(name, help=meaning, description=f"{meaning}.")
    parser.set_defaults(run=f"tui.commands.{run}")
    _shared(parser, logs=logs)
    return parser


def _runs(commands: Any) -> None:
    listing = _command(commands, "runs", "runs:list_all", "List all runs, latest first")
    _json(listing, "print a JSON list of objects")
    for name, meaning in (
        ("attach", "Follow a run"),
        ("cancel", "Stop a run and keep its finished cells"),
        ("resume", "Continue a run that failed, or was cancelled or killed"),
    ):
        parser = _command(commands, name, f"runs:{name}", meaning)
        parser.add_argument("name", metavar="RUN", help="the name of the run, or how it begins")
        if name != "cancel":
            _json(parser, "print events as JSON to stdout")
        if name == "resume":
            parser.add_argument("--detach", action="store_true", help="start the run and exit")


ROWS = {  # of results, in place of a row for each cell
    "reliability": "instead a row for each bin of confidence: how often its predictions are right",
    "learning": "instead a row for each size of the training part: learning curves, power laws",
    "steps": "only checkpoints of several training steps, with plots by step",
    "sizes": "only probes of several sizes (k, rank, components), with plots by size",
    "neurons": "instead a row for each feature that a cell chose, and how many folds chose it",
}


def _results(commands: Any) -> None:
    parser = _command(commands, "results", "results:results", "Print one row per finished cell")
    add = parser.add_argument
    add("--run", metavar="RUN", dest="name", help="only this run")
    add(
        "--where",
        metavar="FILTER",
        default="",
        help='words and conditions, such as "control= layer>3", or SQL',
    )
    add("--format", choices=FORMATS, help="default: the extension of --output, else table")
    add("--sort", metavar="COLUMNS", default="", help="such as dataset,-auroc: - for largest first")
    add("--columns", metavar="COLUMNS", default="", help="only these, such as layer,auroc")
    add("--limit", metavar="N", type=_count, help="only the first N rows")
    add("--partial", action="store_true", help="include unfinished cells")
    for rows, meaning in ROWS.items():
        add(f"--{rows}", action="store_const", dest="rows", const=rows, help=meaning)
    add(
        "--training",
        metavar="RUN",
        nargs="?",
        const="",
        help="instead a row for each epoch of networks (of RUN): losses and norms, with plots",
    )
    add(
        "--generated",
        metavar="RUN",
        nargs="?",
        const="",
        help="instead a row for each text (of RUN) that a model continued, with what it said",
    )
    add(
        "--texts",
        metavar="RUN",
        nargs="?",
        const="",
        help="instead a row for each text (of RUN) that was tested: what was decided, and the text",
    )
    meaning = "with --learning: texts until the score is so close to its asymptote (default: 0.01)"
    add("--within", metavar="DISTANCE", type=_distance, default=0.01, help=meaning)
    add("--reach", metavar="SCORE", type=_number, help="with --learning: texts until this score")
    add("--output", metavar="FILE", help="write the rows to this file")


def _compare(commands: Any) -> None:
    meaning = "Print the difference of two selections of cells on the same texts"
    parser = _command(commands, "compare", "compare:compare", meaning)
    add = parser.add_argument
    add("first", metavar="A", help='a filter as of results --where, such as "classifier=LDA"')
    add("second", metavar="B", help="another filter: each cell of A is paired with one of B")
    add("--run", metavar="RUN", dest="name", help="only this run")
    add("--metric", metavar="METRIC", default="", help="default: accuracy, or r2 for regression")
    add("--format", choices=FORMATS, help="default: the extension of --output, else table")
    add("--output", metavar="FILE", help="write the rows to this file")


def _probes(commands: Any) -> None:
    parser: Parser = commands.add_parser("probes", help="List, show, export or remove saved probes")
    _shared(parser)
    parser.set_defaults(run="tui.commands.probes:list_all", where="", format=None, output=None)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action")

    def action(name: str, meaning: str) -> Parser:
        return _command(actions, name, f"probes:{name}", meaning)

    listing = _command(actions, "list", "probes:list_all", "List the saved probes of all runs")
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
    alike = _command(actions, "cosines", "cosines:cosines", meaning)
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
    _json(show, "print the card as JSON")


NAMES = "path of its card, RUN/PROBE, PROBE or how it begins; * for any; RUN for all of a run"


def _apply(commands: Any) -> None:
    meaning = "Score texts with saved probes"
    parser = _command(commands, "apply", "apply:apply", meaning)
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


def _explain(commands: Any) -> None:
    meaning = "Show what a probe's direction is near to: vocabulary, texts, tokens, class means"
    parser = _command(commands, "explain", "explain:explain", meaning)
    _intervention(parser, "random directions", 20)
    _class(parser)
    meaning = "a dataset whose texts stand in the place of those of the probe"
    parser.add_argument("--data", metavar="FILE", default="", help=meaning)
    meaning = "the vocabulary by these, not by the unembedding, which an encoder lacks"
    parser.add_argument("--input-embeddings", action="store_true", help=meaning)
    meaning = "tokens and texts that are shown on each side (default: 10)"
    parser.add_argument("--top", metavar="N", type=_count, default=10, help=meaning)
    meaning = "at most N texts of the dataset"
    parser.add_argument("--limit", metavar="N", type=_count, help=meaning)


def _steer(commands: Any) -> None:
    meaning = "Add a probe's direction to a causal model's activations, and see what follows"
    parser = _command(commands, "steer", "steer:steer", meaning)
    add = parser.add_argument
    _intervention(parser)
    _class(parser)
    add("--prompts", metavar="FILE", required=True, help="a prompt a line, or a column prompt")
    meaning = "standard deviations of the training rows, such as -4,-2,0,2,4 (the default)"
    add(
        "--scales", metavar="LIST", type=_numbers, default=(-4.0, -2.0, 0.0, 2.0, 4.0), help=meaning
    )
    meaning = 'next tokens to compare, such as " Yes"," No": the first against the others'
    add("--choices", metavar="LIST", type=_choices, default=(), help=meaning)
    add("--max-new", metavar="N", type=_count, default=0, help="tokens to generate (default: 0)")
    meaning = "probes of shuffled labels, as another control (default: 3)"
    add("--shuffled", metavar="N", type=_count, default=3, help=meaning)
    meaning = "where else to add it: each, or layers such as 4,8 (default: the probe's own alone)"
    add("--layers", metavar="LAYERS", default="", help=meaning)


def _erase(commands: Any) -> None:
    meaning = "Erase a probe's concept from a model's activations, and see what is left of it"
    parser = _command(commands, "erase", "erase:erase", meaning)
    add = parser.add_argument
    _intervention(parser, "random subspaces of the same rank", 3)
    meaning = "where: each in turn, all at once, or layers such as 4,8 (default: the probe's own)"
    add("--layers", metavar="LAYERS", default="", help=meaning)
    meaning = "erasers: leace, mean (default: both)"
    add("--methods", metavar="LIST", type=_methods, default=("leace", "mean"), help=meaning)
    meaning = 'next tokens to compare after each text, such as " Yes"," No"'
    add("--choices", metavar="LIST", type=_choices, default=(), help=meaning)
    meaning = "folds in which erasers and new probes are fitted (default: 5)"
    add("--n-folds", metavar="N", type=_count, default=5, help=meaning)
    add("--limit", metavar="N", type=_count, help="at most N texts of the dataset")


def _patch(commands: Any) -> None:
    meaning = "Put activations of a text's twin in the place of its own, at each layer and token"
    parser = _command(commands, "patch", "patch:patch", meaning)
    add = parser.add_argument
    _intervention(parser)
    _class(parser)
    meaning = "columns text and twin, and answer and twin_answer unless --choices says them"
    add("--pairs", metavar="FILE", required=True, help=meaning)
    meaning = 'the two next tokens that tell all twins apart, such as " Yes"," No"'
    add("--choices", metavar="LIST", type=_choices, default=(), help=meaning)
    meaning = "layers to patch: numbers such as 4,8 (default: each)"
    add("--layers", metavar="LAYERS", default="each", help=meaning)
    add("--along", action="store_true", help="replace only the part along the probe's direction")
    meaning = "leave out twins that differ in their number of tokens"
    add("--skip-unaligned", action="store_true", help=meaning)


def _report(commands: Any) -> None:
    meaning = "Write a run on one page: curves, interventions, numbers, and how to do it again"
    parser = _command(commands, "report", "report:report", meaning)
    add = parser.add_argument
    add("name", metavar="RUN", help="the name of the run, or how it begins")
    add("--metric", metavar="METRIC", default="", help="default: accuracy, or r2 for regression")
    meaning = "an .html or .md file (default: RUN.html in this folder)"
    add("--output", metavar="FILE", help=meaning)


def _class(parser: Parser) -> None:
    meaning = "of several classes, whose direction"
    parser.add_argument("--class", metavar="NAME", dest="class_name", default="", help=meaning)


def _methods(text: str) -> tuple[str, ...]:
    methods = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    for one in methods:
        if one not in ("leace", "mean"):
            raise argparse.ArgumentTypeError(f"{one!r} is no eraser: use leace, mean, or both")
    return methods


def _intervention(
    parser: Parser, control: str = "random directions of the same norm", n: int = 5
) -> None:
    """What all interventions along a probe are given."""
    add = parser.add_argument
    add("probe", metavar="PROBE", help="a saved probe: its name, RUN/PROBE, or its file")
    meaning = f"{control}, as a control (default: {n})"
    add("--random", metavar="N", type=_count, default=n, help=meaning)
    add("--seed", metavar="N", type=_count, default=0, help="of the random directions (default: 0)")
    add("--device", metavar="DEVICE", default="auto", help="default: the first GPU, else the CPU")
    add("--dtype", metavar="DTYPE", default="", help="default: that of the probe's activations")
    add("--format", choices=FORMATS, help="default: the extension of --output, else table")
    add("--output", metavar="FILE", help="write the rows to this file")


def _choices(text: str) -> tuple[str, ...]:
    """The parts between commas, with their spaces, which tokens have too."""
    choices = tuple(part for part in text.split(",") if part)
    if not choices:
        raise argparse.ArgumentTypeError(f"{text!r} names no choice")
    return choices


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(dict.fromkeys(_number(part) for part in text.split(",")))


def _distance(text: str) -> float:
    distance = _number(text)
    if distance <= 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0")
    return distance


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return number


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def _data(commands: Any) -> None:
    parser: Parser = commands.add_parser("data", help="List, check, make or fetch datasets")
    _shared(parser, logs=False)
    parser.set_defaults(run="tui.commands.data:list_all")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", dest="action")

    def action(name: str, run: str, meaning: str) -> Parser:
        return _command(actions, name, run, meaning, logs=False)

    listing = action("list", "data:list_all", "List the shipped datasets and those in data/")
    _json(listing, "print a JSON list of objects")
    check = action("check", "data:check", "Read a dataset as a run would, and print its facts")
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
    _json(check, "print a JSON list of objects")
    make = action("make", "data:make", "Make the shipped datasets again, byte for byte")
    make.add_argument("folder", metavar="DIR", nargs="?", default="data", help="default: data")
    make.add_argument("names", metavar="NAME", nargs="*", help="default: all")
    get = action("get", "public:get", "List public datasets, or fetch one")
    get.add_argument("name", metavar="NAME", nargs="?", help="default: list all")
    get.add_argument("folder", metavar="DIR", nargs="?", default="data", help="default: data")
    _json(get, "print a JSON list of objects")


def _models(commands: Any) -> None:
    parser = _command(
        commands, "models", "models:list_all", "List the models on this machine", logs=False
    )
    parser.add_argument(
        "folders",
        metavar="DIR",
        nargs="*",
        help="folders to search (default: the current one and models/)",
    )
    _json(parser, "print a JSON list of objects")


def _options(parser: argparse.ArgumentParser) -> Iterable[str]:
    """Every option of the command line and of its commands."""
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _options(command)
