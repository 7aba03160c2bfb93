"""Commands that look along a probe's direction, or intervene along it."""

from __future__ import annotations

from typing import Any

from tui.arguments.parser import FORMATS, Parser, command
from tui.arguments.values import a_count, choices, methods, numbers


def add_explain(commands: Any) -> None:
    meaning = "Show what a probe's direction is near to: vocabulary, texts, tokens, class means"
    parser = command(commands, "explain", "of_probes.explain:explain", meaning)
    _intervention(parser, "random directions", 20, several=True)
    _class(parser)
    meaning = "a dataset whose texts stand in the place of those of the probe"
    parser.add_argument("--data", "--dataset", metavar="FILE", default="", help=meaning)
    meaning = "the vocabulary by these, not by the unembedding, which an encoder lacks"
    parser.add_argument("--input-embeddings", action="store_true", help=meaning)
    meaning = "tokens and texts that are shown on each side (default: 10)"
    parser.add_argument("--top", metavar="N", type=a_count, default=10, help=meaning)
    meaning = "at most N texts of the dataset"
    parser.add_argument("--limit", metavar="N", type=a_count, help=meaning)


def add_steer(commands: Any) -> None:
    meaning = "Add a probe's direction to a causal model's activations, and see what follows"
    parser = command(commands, "steer", "of_interventions.steer:steer", meaning)
    add = parser.add_argument
    _intervention(parser)
    _class(parser)
    add("--prompts", metavar="FILE", required=True, help="a prompt a line, or a column prompt")
    meaning = "standard deviations of the training rows, such as -4,-2,0,2,4 (the default)"
    add("--scales", metavar="LIST", type=numbers, default=(-4.0, -2.0, 0.0, 2.0, 4.0), help=meaning)
    meaning = 'next tokens to compare, such as " Yes"," No": the first against the others'
    add("--choices", metavar="LIST", type=choices, default=(), help=meaning)
    add("--max-new", metavar="N", type=a_count, default=0, help="tokens to generate (default: 0)")
    meaning = "probes of shuffled labels, as another control (default: 3)"
    add("--shuffled", metavar="N", type=a_count, default=3, help=meaning)
    meaning = "where else to add it: each, or layers such as 4,8 (default: the probe's own alone)"
    add("--layers", metavar="LAYERS", default="", help=meaning)


def add_erase(commands: Any) -> None:
    meaning = "Erase a probe's concept from a model's activations, and see what is left of it"
    parser = command(commands, "erase", "of_interventions.erase:erase", meaning)
    add = parser.add_argument
    _intervention(parser, "random subspaces of the same rank", 3)
    meaning = "where: each in turn, all at once, or layers such as 4,8 (default: the probe's own)"
    add("--layers", metavar="LAYERS", default="", help=meaning)
    meaning = "erasers: leace, mean (default: both)"
    add("--methods", metavar="LIST", type=methods, default=("leace", "mean"), help=meaning)
    meaning = 'next tokens to compare after each text, such as " Yes"," No"'
    add("--choices", metavar="LIST", type=choices, default=(), help=meaning)
    meaning = "folds in which erasers and new probes are fitted (default: 5)"
    add("--n-folds", metavar="N", type=a_count, default=5, help=meaning)
    meaning = "a dataset in the place of that of the probe: its texts and its targets"
    add("--data", "--dataset", metavar="FILE", default="", help=meaning)
    add("--limit", metavar="N", type=a_count, help="at most N texts of the dataset")


def add_patch(commands: Any) -> None:
    meaning = "Put activations of a text's twin in the place of its own, at each layer and token"
    parser = command(commands, "patch", "of_interventions.patch:patch", meaning)
    add = parser.add_argument
    _intervention(parser, "texts of other pairs, with --along random directions")
    _class(parser)
    meaning = "columns text and twin, and answer and twin_answer unless --choices says them"
    add("--pairs", metavar="FILE", required=True, help=meaning)
    meaning = 'the two next tokens that tell all twins apart, such as " Yes"," No"'
    add("--choices", metavar="LIST", type=choices, default=(), help=meaning)
    meaning = "layers to patch: numbers such as 4,8 (default: each)"
    add("--layers", metavar="LAYERS", default="each", help=meaning)
    add("--along", action="store_true", help="replace only the part along the probe's direction")
    meaning = "leave out twins that differ in their number of tokens"
    add("--skip-unaligned", action="store_true", help=meaning)


def _class(parser: Parser) -> None:
    meaning = "of several classes, whose direction"
    parser.add_argument("--class", metavar="NAME", dest="class_name", default="", help=meaning)


def _intervention(
    parser: Parser,
    control: str = "random directions of the same norm",
    n: int = 5,
    *,
    several: bool = False,
) -> None:
    """What all interventions along a probe, or along each of several, are given."""
    add = parser.add_argument
    if several:
        meaning = "saved probes of one model: names, RUN/PROBE, files, or RUN for all of a run"
        add("probes", metavar="PROBE", nargs="+", help=meaning)
    else:
        add("probe", metavar="PROBE", help="a saved probe: its name, RUN/PROBE, or its file")
    meaning = f"{control}, as a control (default: {n})"
    add("--random", metavar="N", type=a_count, default=n, help=meaning)
    add(
        "--seed", metavar="N", type=a_count, default=0, help="of the random directions (default: 0)"
    )
    add("--device", metavar="DEVICE", default="auto", help="default: the first GPU, else the CPU")
    add("--dtype", metavar="DTYPE", default="", help="default: that of the probe's activations")
    add("--detach", action="store_true", help="start it in the background, print its name and exit")
    add("--dry-run", action="store_true", help="print what it takes; compute nothing")
    add("--format", choices=FORMATS, help="default: the extension of --output, else table")
    add("--output", metavar="FILE", help="write the rows to this file")
