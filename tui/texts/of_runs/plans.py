"""A plan and its cost in words: the plan line of Compose and the output of `--dry-run`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tui.texts.facts.findings import audit_lines

if TYPE_CHECKING:
    from probing.datasets import Fetch
    from probing.plan import Cost, PassCost, Plan

N_EXAMPLES = 2  # of a finding


def duration(seconds: float) -> str:
    """Rounded seconds in words: `40 s`, `12 min`, `3 h 20 min`, `2 days`."""
    if not seconds:
        return "0 s"
    if seconds < 90:
        return f"{max(5, round(seconds / 5) * 5)} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{round(hours / 24)} days"


def counted(number: int, noun: str) -> str:
    """`1 pass`, `2 passes`, `39 cells`, `12,000 cells`."""
    ending = "" if number == 1 else "es" if noun.endswith(("s", "ch")) else "s"
    return f"{number:,} {noun}{ending}"


def texts_and_groups(n_texts: int | None, n_groups: int | None) -> str:
    """The texts, and how many groups they come in where these are fewer: `2,352 in 84`."""
    if n_texts is None:
        return ""
    groups = f" in {n_groups:,}" if n_groups is not None and n_groups < n_texts else ""
    return f"{n_texts:,}{groups}"


def memory(gib: float) -> str:
    """Memory in words: `0.9 GiB`, `40 MiB`, `0`."""
    if not gib:
        return "0"
    return f"{gib:.1f} GiB" if gib >= 0.1 else f"{max(1, round(gib * 1024))} MiB"


def short_count(number: int) -> str:
    """A count in at most five characters: `950`, `2.4k`, `22.7M`."""
    return _short(number, ((10**9, "B"), (10**6, "M"), (10**3, "k"))) or str(number)


def operations(number: float) -> str:
    """Floating-point operations in short: `1.6 TFLOP`."""
    units = ((1e18, " E"), (1e15, " P"), (1e12, " T"), (1e9, " G"), (1e6, " M"))
    return f"{_short(number, units) or '<1 M'}FLOP"


def _short(number: float, units: Iterable[tuple[float, str]]) -> str:
    for size, unit in units:
        if number >= size:
            shown = number / size
            return f"{shown:.3g}{unit}" if shown < 999.5 else f"{shown:.0f}{unit}"
    return ""


def plan_text(plan: Plan) -> str:
    """What will run and what it costs, in a line or two."""
    cost = plan.cost
    passes = counted(cost.n_passes, "pass")
    fetched = [f"first fetches {fetch_text(one)}" for one in plan.fetches]
    if not plan.passes:
        return "; ".join([*fetched, "its cells are planned then"])
    parts = [
        *fetched,
        f"{counted(cost.n_cells, 'cell')}, {passes}{_spared(cost)}",
        f"{short_count(cost.n_texts)} texts, {short_count(cost.n_tokens)} tokens",
        f"{memory(cost.memory_gib)} of memory",
    ]
    if cost.n_generated:
        parts[-1:-1] = [f"{short_count(cost.n_generated)} of them generated"]
    if cost.n_forward:
        parts[-1:-1] = [operations(cost.forward_flops)]
        parts.append(f"{memory(cost.disk_gib)} of disk")
    from tui.texts.of_runs.engines import where_text  # probing.spec: only with a plan

    return ", ".join([*parts, *_dealt_time(cost), *where_text(plan.spec)])


def _dealt_time(cost: Cost) -> Iterator[str]:
    """The time, of workers where there are to be some."""
    dealt = cost.dealt
    if dealt is None or dealt.total_s is None:
        yield f"about {duration(cost.total_s)}"
    if dealt is not None and dealt.total_s is None:
        yield "by one process, dealt to those of a cluster"
    elif dealt is not None and dealt.total_s is not None:
        slower = "" if dealt.gains else ", no faster than by one process"
        yield f"about {duration(dealt.total_s)} on {counted(dealt.n_workers, 'worker')}{slower}"


def _dealt_lines(cost: Cost) -> Iterator[str]:
    """How the work is dealt to workers, and whether that makes it faster."""
    dealt = cost.dealt
    if dealt is None:
        return
    units = f"{counted(dealt.n_text_units, 'unit')} of texts and {dealt.n_fit_units:,} of fits"
    if dealt.total_s is None:
        yield f"dealt    {units}, to as many workers as fit on the cluster"
        return
    workers = counted(dealt.n_workers, "worker")
    took = f"about {duration(dealt.total_s)}, most of it {dealt.limit}"
    yield f"dealt    {units} to {workers}: {took}"
    if not dealt.gains:
        yield "note     workers do not speed this run up: leave out workers, engine and device"


def fetch_text(one: Fetch) -> str:
    """What is to be fetched of a dataset, in words: `hub:OWNER/NAME: 2 files, 12 MiB`."""
    return f"{one.name}: {counted(len(one.files), 'file')}, {memory(one.n_bytes / 2**30)}"


def _spared(cost: Cost) -> str:
    """How many layers the activation cache holds."""
    if not cost.n_cached:
        return ""
    share = "all" if not cost.n_forward else f"{cost.n_cached:,} of {cost.n_pooled:,}"
    return f" ({share} layers cached)"


def cost_lines(plan: Plan) -> list[str]:
    """What will run and what it costs, one line per fact."""
    # planning: 0.1 s, which lists that only count things do not pay
    from probing.plan.remarks.spec_notes import too_few_permutations

    cost = plan.cost
    guessed = "" if cost.counted else " (estimated from the length of the texts)"
    timed = "" if cost.measured else " (a rough estimate: no similar run on this machine yet)"
    return [
        f"{plan.spec.name}: {counted(cost.n_cells, 'cell')}, {counted(cost.n_fits, 'fit')}, "
        f"{counted(cost.n_forward, 'forward pass')}",
        *(f"fetch    {fetch_text(one)}; cells are planned then" for one in plan.fetches),
        *map(_pass_line, cost.passes),
        *_transfer_lines(cost),
        f"texts    {cost.n_texts:,}",
        f"tokens   {cost.n_tokens:,}{guessed}",
        *([f"generate up to {cost.n_generated:,} tokens"] if cost.n_generated else []),
        f"forward  {cost.forward_flops:.2g} FLOPs",
        f"memory   {memory(cost.memory_gib)} on {cost.device}{_free(cost.device_free_gib)}",
        f"disk     {_disk(cost)}",
        f"cache    {cost.n_cached:,} of {counted(cost.n_pooled, 'pooled layer')}",
        f"time     about {duration(cost.total_s)}: start-up {duration(cost.start_s)}, "
        f"{_generation(cost)}passes {duration(cost.pass_s)}, fits {duration(cost.fits_s)}{timed}",
        *_dealt_lines(cost),
        *(f"lacks    {lack}" for lack in plan.lacks),
        *(f"note     {note}" for note in plan.notes),
        *(f"note     {note}" for note in [too_few_permutations(plan.spec)] if note),
        *_audited(plan),
    ]


def _generation(cost: Cost) -> str:
    return f"generation {duration(cost.generate_s)}, " if cost.n_generated else ""


def _audited(plan: Plan) -> Iterator[str]:
    """What the audit of each dataset found: of warnings what to do and a few rows too."""
    for dataset in plan.datasets:
        if dataset.findings:
            yield f"audit of {dataset.name}"
            yield from (f"  {line}" for line in audit_lines(dataset.findings, N_EXAMPLES, False))
    for one in plan.passes:
        if one.findings:
            yield f"{one.dataset.name} as {one.model.name} reads it"
            yield from (f"  {line}" for line in audit_lines(one.findings, N_EXAMPLES, False))


def _pass_line(one: PassCost) -> str:
    rows = f"{counted(one.n_rows, 'row')} in " if one.n_rows else ""
    line = f"  {one.dataset} with {one.model}: {rows}{counted(one.n_texts, 'text')}"
    layers = counted(one.n_pooled, "pooled layer")
    if one.is_cached and one.shares:
        return f"{line}; {layers} of the pass over {one.shares}"
    if one.is_cached:
        return f"{line}; {layers} cached, no pass needed"
    held = f"; {one.n_cached:,} of {layers} cached" if one.n_cached else ""
    grown = f"; generates up to {one.n_generated:,} of them first" if one.n_generated else ""
    return f"{line}, {one.n_tokens:,} tokens through {counted(one.depth, 'block')}{held}{grown}"


def _transfer_lines(cost: Cost) -> Iterator[str]:
    """What it takes to test on other datasets: fits and scores, but no pass."""
    if cost.n_transfers:
        yield (
            f"transfer {counted(cost.n_transfers, 'pair')} of trained on and tested on: "
            f"{counted(cost.n_transfer_fits, 'fit')} of these, which score "
            f"{short_count(cost.n_transfer_scores)} texts; no pass"
        )


def _disk(cost: Cost) -> str:
    limit = f"limit {memory(cost.cache_limit_gib)}" if cost.cache_limit_gib else "switched off"
    download = f", {memory(cost.download_gib)} to download" if cost.download_gib else ""
    free = f"{memory(cost.disk_free_gib)} free"
    return f"{memory(cost.disk_gib)} for the cache ({limit}){download}; {free}"


def _free(gib: float | None) -> str:
    return "" if gib is None else f" ({memory(gib)} free)"
