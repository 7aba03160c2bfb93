"""The lines below a plot: the legend, and one line of facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tui.plot.axis import short
from tui.plot.marks import Look, chance_look, grey, look_of
from tui.plot.series import OF_SEVERAL, Series, best_layers, common_parts
from tui.texts.names import joined, shortened
from tui.texts.sanitiser import clean

LONGEST_CLASS = 20
LEAST_OF_NAMES = 12  # columns: shorter names say nothing
Off = Mapping[str | None, Sequence[tuple[int, float]]]


def legend_lines(
    series: Sequence[Series],
    width: int,
    most: int,
    chance: float | None,
    *,
    colour: bool,
    ascii: bool,
    off: Off | None = None,
) -> list[str]:
    """The legend in at most `most` lines of `width` columns; counts what does not fit.

    What lies `off` the axis, by control, is told behind its name.
    """
    off = off or {}
    entries = [
        (look, f"{label}{_off(off.get(of), ascii)}") for look, label, of in _entries(series, ascii)
    ]
    if chance is not None:
        mark = "" if "" not in off else "v" if ascii else "▾"
        entries.append((chance_look(ascii), f"chance {mark}{short(chance)}"))
    lines: list[str] = []
    room = 0
    for at, (look, label) in enumerate(entries):
        label = label if len(label) + 2 <= width else label[: max(width - 3, 0)] + "…"
        if len(label) + 4 > room and len(lines) == most:
            left = f"+{len(entries) - at}"
            return [*lines[:-1], lines[-1] + (f"  {left}" if len(left) + 2 <= room else "")]
        if not lines or len(label) + 4 > room:
            lines.append(_entry(look, label, colour))
            room = width - len(label) - 2
        else:
            lines[-1] += f"  {_entry(look, label, colour)}"
            room -= len(label) + 4
    return lines


def _off(values: Sequence[tuple[int, float]] | None, ascii: bool) -> str:
    """Where the values off the axis lie: `▾.47–.53`."""
    if not values:
        return ""
    sides, numbers = {side for side, _ in values}, [value for _, value in values]
    marks = ("v", "^", "-") if ascii else ("▾", "▴", "–")
    least, most = short(min(numbers)), short(max(numbers))
    mark = "".join(marks[max(side, 0)] for side in sorted(sides))
    return f" {mark}{least}" + (f"{marks[2]}{most}" if most != least else "")


def _entries(series: Sequence[Series], ascii: bool) -> list[tuple[Look, str, str | None]]:
    """One entry for each series of a single probe; of several, for each probe and control.

    Each with its look, its label, and its control (None for a task).
    """
    if is_of_one_probe(series):
        return [
            (
                look_of(one, ascii),
                one.label_of_control if one.control else one.label,
                one.control or None,
            )
            for one in series
        ]
    probes = {
        one.index: (look_of(_probe(one), ascii), one.label, None)
        for one in sorted(series, key=lambda one: not one.control)
        if one.index != OF_SEVERAL
    }
    controls = {
        one.control: (
            replace(look_of(one, ascii), colour=grey()),
            one.label_of_control,
            one.control,
        )
        for one in reversed(series)
        if one.control
    }
    return [*probes.values(), *controls.values()]


def is_of_one_probe(series: Sequence[Series]) -> bool:
    """Whether all series are of one probe, itself or its controls."""
    return len({one.index for one in series} - {OF_SEVERAL}) < 2


def _probe(one: Series) -> Series:
    """The series of which `one` is a control, or itself."""
    return replace(one, key=(*one.key[:-1], ""))


def _entry(look: Look, label: str, colour: bool) -> str:
    mark = f"\x1b[38;5;{look.colour}m{look.point}\x1b[0m" if colour else look.point
    return f"{mark} {label}"


def facts_lines(
    series: Sequence[Series],
    chance: float | None,
    interval: str,
    width: int,
    most: int,
    of: str = "",
) -> list[str]:
    """What all series share: model, dataset …, folds, texts, positive class, chance, interval.

    One line where it has room, else at most `most`. `of` says whose the intervals are, where not
    all have one.
    """
    names = _shared_names(series)
    numbers = _fitting(_numbers(series, chance, interval, of), width)
    whole = " · ".join([*names, *numbers])
    if len(whole) <= width:
        return [whole]
    if most > 1:
        return [joined(names, width), _cut(" · ".join(numbers), width)]
    told = " · ".join(numbers)
    if width - len(told) - 3 < LEAST_OF_NAMES:
        return [_cut(told, width)]
    return [
        _cut(
            " · ".join(part for part in (joined(names, width - len(told) - 3), told) if part), width
        )
    ]


def _fitting(parts: list[str], width: int) -> list[str]:
    """The parts that fit into one line; what says least of the scores gives way first."""
    folds = [part for part in parts if part.endswith(("folds", "fold"))]
    for start in ("positive", "best layers", *folds, "chance"):
        if len(" · ".join(parts)) > width:
            parts = [part for part in parts if not part.startswith(start)] or parts
    return parts


def flags_line(series: Sequence[Series], width: int) -> str:
    """The flags of all series, or of some with their labels; empty where there are none."""
    if not series:
        return ""
    tasks = [one for one in series if not one.control] or list(series)
    shared = [flag for flag in tasks[0].flags if all(flag in one.flags for one in tasks)]
    others = [f"{one.label}: {flag}" for one in tasks for flag in one.flags if flag not in shared]
    told = [clean(flag) for flag in (*shared, *others)]
    return _cut(f"! {' · '.join(told)}", width) if told else ""


def _numbers(
    series: Sequence[Series], chance: float | None, interval: str, of: str = ""
) -> list[str]:
    folds = {one.n_folds for one in series}
    texts = {(one.n, one.n_groups) for one in series}
    parts = []
    if len(folds) == 1 and 0 not in folds:
        n_folds = folds.pop()
        parts.append(f"{n_folds} folds" if n_folds != 1 else "1 fold")
    if len(texts) == 1 and texts != {(0, None)}:
        n_texts, n_groups = texts.pop()
        parts.append(f"n {n_texts:,}" + (f" in {n_groups:,} groups" if n_groups else ""))
    if interval != "none" and series:
        has_bands = any(point.band_low is not None for one in series for point in one.points)
        is_band = interval == "band" and has_bands
        what = "95% band over all layers" if is_band else "95% interval"
        parts.append(f"{what} {of}".rstrip())
    tasks = [one for one in series if not one.control]
    if len(tasks) == 1 and (best := best_layers(tasks[0])):
        parts.append(f"best layers {best}")
    positives = {one.positive for one in series}
    if len(positives) == 1 and (positive := positives.pop()):
        parts.append(f"positive: {shortened(clean(positive), LONGEST_CLASS)}")
    if chance is not None:
        parts.append(f"chance {short(chance)}")
    return parts


def _shared_names(series: Sequence[Series]) -> list[str]:
    """The parts in which all series agree, but for what the legend says already."""
    parts = ("model", "dataset", "site", "pooler", "classifier")
    names = [name for name in common_parts(series, parts) if name]
    labels = {one.label for one in series}
    return [name for name in names if labels != {name}]


def _cut(text: str, width: int) -> str:
    """`text` in at most `width` columns."""
    return text if len(text) <= width else text[: width - 1] + "…" if width > 1 else ""
