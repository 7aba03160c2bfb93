"""Options and commands of runs and their results."""

from __future__ import annotations

from typing import Any

from tui.arguments.parser import ALL_FORMATS, Parser, as_json, command
from tui.arguments.values import a_cluster, a_count, a_distance, a_number, workers

ROWS = {  # of results, in place of a row for each cell
    "reliability": "instead a row for each bin of confidence: how often its predictions are right",
    "learning": "instead a row for each size of the training part: learning curves, power laws",
    "steps": "only checkpoints of several training steps, with plots by step",
    "sizes": "only probes of several sizes (k, rank, components), with plots by size",
    "neurons": "instead a row for each feature that a cell chose, and how many folds chose it",
}


def add_batch(parser: Parser) -> None:
    group = parser.add_argument_group("running a spec")
    add = group.add_argument
    add("--batch", metavar="SPEC", help="run this .toml file without the app (-: standard input)")
    add("--detach", action="store_true", help="start the run, print its name and exit")
    meaning = "as a job of Slurm, with these options: partition=gpu,gpus=1,time=4:00:00"
    add("--slurm", metavar="OPTIONS", help=meaning)
    own: dict[str, Any] = {"dest": "set", "action": "append", "default": []}
    meaning = "Ray does the work: the cluster at HOST:PORT, auto for the one here, or local"
    add("--ray", metavar="HOST:PORT", type=a_cluster, help=meaning, **own)
    meaning = "so many processes of Ray do the work, on this machine or on the cluster"
    add("--workers", metavar="N", type=workers, help=meaning, **own)
    add("--dry-run", action="store_true", help="print the plan and its cost; run nothing")
    add("--json", action="store_true", help="print events (or the plan) as JSON to stdout")
    add(
        "--set", metavar="KEY=VALUE", action="append", default=[], help="override a key of the spec"
    )
    meaning = "a run for each value, such as seed=0,1,2; or for each of models, datasets, …"
    add("--sweep", metavar="KEY=VALUES", default="", help=meaning)


def add_runs(commands: Any) -> None:
    listing = command(commands, "runs", "of_runs.runs:list_all", "List all runs, latest first")
    as_json(listing, "print a JSON list of objects")
    meaning = 'only runs that match, such as "tag=paper state=done"'
    listing.add_argument("--where", metavar="FILTER", default="", help=meaning)
    listing.add_argument("--all", action="store_true", help="archived runs too")
    listing.add_argument("--trash", action="store_true", help="instead the runs in the trash")
    for name, meaning in (
        ("attach", "Follow a run"),
        ("cancel", "Stop a run and keep its finished cells"),
        ("resume", "Continue a run that failed, or was cancelled or killed"),
    ):
        parser = command(commands, name, f"of_runs.begun_runs:{name}", meaning)
        parser.add_argument("name", metavar="RUN", help="the name of the run, or how it begins")
        if name != "cancel":
            as_json(parser, "print events as JSON to stdout")
        if name == "resume":
            parser.add_argument("--detach", action="store_true", help="start the run and exit")
            meaning = "compute the failed cells of a finished run again"
            parser.add_argument("--failed", action="store_true", help=meaning)


def add_results(commands: Any) -> None:
    parser = command(
        commands, "results", "of_results.results:results", "Print one row per finished cell"
    )
    add = parser.add_argument
    add("--run", metavar="RUN", dest="name", help="only this run")
    add(
        "--where",
        metavar="FILTER",
        default="",
        help='words and conditions, such as "control= layer>3", or SQL',
    )
    add(
        "--format",
        choices=ALL_FORMATS,
        help="default: the extension of --output, else table",
    )
    add("--sort", metavar="COLUMNS", default="", help="such as dataset,-auroc: - for largest first")
    add("--columns", metavar="COLUMNS", default="", help="only these, such as layer,auroc")
    add("--limit", metavar="N", type=a_count, help="only the first N rows")
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
    add("--within", metavar="DISTANCE", type=a_distance, default=0.01, help=meaning)
    add("--reach", metavar="SCORE", type=a_number, help="with --learning: texts until this score")
    add("--output", metavar="FILE", help="write the rows to this file")


def add_compare(commands: Any) -> None:
    meaning = "Print the difference of two selections of cells on the same texts"
    parser = command(commands, "compare", "of_results.compare:compare", meaning)
    add = parser.add_argument
    add(
        "first", metavar="A", help='a filter as of results --where, such as "classifier=LDA tag=v2"'
    )
    add("second", metavar="B", help="another filter: each cell of A is paired with one of B")
    add("--run", metavar="RUN", dest="name", help="only this run")
    add("--metric", metavar="METRIC", default="", help="default: accuracy, or r2 for regression")
    add(
        "--format",
        choices=ALL_FORMATS,
        help="default: the extension of --output, else table",
    )
    add("--output", metavar="FILE", help="write the rows to this file")


def add_report(commands: Any) -> None:
    meaning = "Write a run on one page: curves, interventions, numbers, and how to do it again"
    parser = command(commands, "report", "of_results.report:report", meaning)
    add = parser.add_argument
    add("name", metavar="RUN", help="the name of the run, or how it begins")
    add("--metric", metavar="METRIC", default="", help="default: accuracy, or r2 for regression")
    meaning = "an .html or .md file (default: RUN.html in this folder)"
    add("--output", metavar="FILE", help=meaning)


def add_plot(commands: Any) -> None:
    meaning = "Draw results: curves, a heat map or small multiples, here or in a file for a paper"
    parser = command(commands, "plot", "of_results.plot:plot", meaning)
    add = parser.add_argument
    add("--run", metavar="RUN", dest="name", help="only this run")
    add(
        "--where", metavar="FILTER", default="", help="as of results; controls come with the probes"
    )
    add("--metric", metavar="METRIC", default="", help="default: the first of the rows")
    add("--kind", choices=("curves", "heatmap", "multiples"), default="curves")
    axes = ("layer", "depth", "position", "step", "size", "n_train")
    add("--x", choices=axes, default="layer", help="what curves run along (default: layer)")
    add("--layer", metavar="N", type=a_count, help="the layer, where an axis is not of layers")
    parts = "layer, dataset, model, site, pooler, position, classifier or run"
    add("--rows", metavar="PART", default="", help=f"of a heat map or of panels: {parts}")
    add("--columns", metavar="PART", default="", help="likewise, of the columns")
    intervals = ("whiskers", "band", "none")
    add("--interval", choices=intervals, default="whiskers", help="default: whiskers")
    add("--scale", choices=("linear", "logit"), default="linear", help="of the y axis")
    add("--fit", choices=("task", "all"), default="task", help="y axis: the task, or controls too")
    widths = ("single", "double")
    add("--width", choices=widths, default="double", help="one column of a page, or two (default)")
    add("--output", metavar="FILE", help="write a .pdf, .svg, .png or .txt file")
