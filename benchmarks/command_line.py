"""What can be asked of the benchmarks."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.shapes import Shape
from benchmarks.sizes import FULL, QUICK, TINY, Sizes

SUBJECTS = ("fits", "pass", "memory", "cache", "apply", "audit", "runs")
ALONE = ("coverage", "many_runs", "scale")  # of truth, or of gigabytes: only where it is asked for
_LEAST_PER_CLASS = 10


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure, and print Markdown tables."
    )
    made.add_argument(
        "subjects",
        nargs="*",
        metavar="|".join((*SUBJECTS, *ALONE)),
        help="default: all that take time",
    )
    made.add_argument("--quick", action="store_true", help="small shapes, in under five minutes")
    made.add_argument("--tiny", action="store_true", help=argparse.SUPPRESS)
    made.add_argument("--json", type=Path, metavar="FILE", help="write every sample there too")
    made.add_argument("--device", default="auto", help="auto (a GPU if there is one), cpu, cuda")
    made.add_argument("--dtype", default="auto", help="of the pass; auto is float32")
    made.add_argument(
        "--llama-8b",
        action="store_true",
        help="with the pass: that of an 8B Llama shape too, and the sweep on its layers",
    )
    made.add_argument(
        "--pass-s",
        type=float,
        metavar="SECONDS",
        help="no pass: only the sweep after one of the 8B shape that took so long",
    )
    made.add_argument("--repeats", type=_positive, metavar="N", help="goes of each contender")
    made.add_argument(
        "--limit", type=float, metavar="SECONDS", help="when a slow one is broken off"
    )
    _add_alone(made.add_argument_group("of what runs only where it is asked for"))
    shape = made.add_argument_group("fits of one shape, in all parts, in place of the others")
    shape.add_argument("--n", type=_positive, help="texts")
    shape.add_argument("--d", type=_positive, help="columns")
    shape.add_argument("--layers", type=_positive, help="layers")
    shape.add_argument("--folds", type=_positive, help="folds")
    shape.add_argument("--classes", type=_positive, help="classes")
    return made


def _add_alone(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--experiments", type=_positive, default=1000, metavar="N", help="coverage: of each setting"
    )
    group.add_argument(
        "--only", default="", metavar="WORD", help="coverage: settings with this word"
    )
    group.add_argument(
        "--logs", type=Path, metavar="DIR", help="many_runs: in a folder that has them already"
    )
    group.add_argument(
        "--runs", type=_positive, default=2000, metavar="N", help="many_runs: how many"
    )
    group.add_argument(
        "--texts", type=_positive, default=4000, metavar="N", help="scale: of its runs"
    )
    group.add_argument(
        "--workers",
        type=_positive,
        nargs="+",
        default=[1, 2, 4],
        metavar="N",
        help="scale: how many at once",
    )
    group.add_argument(
        "--more-texts", type=int, default=0, metavar="N", help="scale: of one more, for its memory"
    )


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number from 1 up")
    return number


def asked(arguments: Sequence[str] | None) -> tuple[argparse.Namespace, list[str], Sizes]:
    """The options, the subjects in their order, and the sizes; ends with 2 where one is wrong."""
    made = parser()
    options = made.parse_args(arguments)
    unknown = sorted(set(options.subjects) - {*SUBJECTS, *ALONE})
    if unknown:
        made.error(f"unknown subject {unknown[0]!r}: choose from {', '.join((*SUBJECTS, *ALONE))}")
    sizes = TINY if options.tiny else QUICK if options.quick else FULL
    if options.repeats:
        sizes = replace(sizes, repeats=options.repeats)
    if options.limit is not None:
        sizes = replace(sizes, limit_s=options.limit)
    shape = _shape(options, sizes.works[0].shape)
    if shape is not None:
        _check(shape, made)
        sizes = sizes.of_shape(shape)
    subjects = [one for one in SUBJECTS if one in (options.subjects or SUBJECTS)]
    return options, subjects, sizes


def _shape(options: argparse.Namespace, usual: Shape) -> Shape | None:
    """The shape that was asked for, in what it does not say the usual one; None if in nothing."""
    given = {
        "n": options.n,
        "d": options.d,
        "n_layers": options.layers,
        "n_folds": options.folds,
        "n_classes": options.classes,
    }
    said = {name: number for name, number in given.items() if number is not None}
    return replace(usual, **said) if said else None


def _check(shape: Shape, made: argparse.ArgumentParser) -> None:
    if shape.n_classes < 2 or shape.n_folds < 2:
        made.error("--classes and --folds are 2 at least")
    least = shape.n_classes * max(_LEAST_PER_CLASS, 2 * shape.n_folds)
    if shape.n < least:
        folds = f"{shape.n_classes} classes in {shape.n_folds} folds"
        made.error(f"--n {shape.n} is too few for {folds}: {least} at least")
