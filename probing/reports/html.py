"""A report as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from probing.reports.charts import Part, Table
from probing.reports.figures import drawn
from probing.reports.plain_text import plain
from probing.reports.report import Report

LONG = 12  # rows of a table that stands open
_STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; color: #1a1a1a; background: #fff;
  max-width: 60rem; margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.5rem; margin-bottom: .2rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin-top: 2.6rem; border-top: 1px solid #ddd; padding-top: 1.2rem;
  overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; }
dt { color: #595959; } dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 1rem 0; } figure svg { max-width: 100%; height: auto; }
figcaption, .note { color: #444; font-size: .92rem; }
table { border-collapse: collapse; font-size: .84rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .18rem .8rem .18rem 0; border-bottom: 1px solid #eee;
  vertical-align: top; }
th { border-bottom: 1px solid #999; font-weight: 600; }
.wide { overflow-x: auto; }
pre { background: #f6f6f6; padding: .6rem .8rem; overflow-x: auto; font-size: .84rem; }
.warning { border-left: 4px solid #D55E00; padding-left: .8rem; margin: .5rem 0; }
.told { border-left: 4px solid #bbb; padding-left: .8rem; margin: .5rem 0; }
summary { cursor: pointer; color: #0072B2; }
@media print { h2 { break-after: avoid; } figure { break-inside: avoid; } }
"""


def as_html(report: Report) -> str:
    """The whole page; all that stands in it is escaped, and it loads nothing."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield f"<title>{_text(report.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>"
    yield f"<h1>{_text(report.title)}</h1>\n<dl>"
    yield from (f"<dt>{_text(name)}</dt><dd>{_text(fact)}</dd>" for name, fact in report.facts)
    yield "</dl>"
    yield from (f'<p class="told">{_text(line)}</p>' for line in report.missing)
    if report.findings:
        yield "<h2>What the audit of the data found</h2>"
        yield from _findings(report)
    for number, part in enumerate(report.parts, 1):
        yield from _part(part, number)
    yield "<h2>How to do it again</h2>"
    yield "<p>The spec, for <code>probe-tui --batch spec.toml</code>:</p>"
    yield f"<pre>{_text(report.spec)}</pre>\n<dl>"
    yield from (f"<dt>{_text(name)}</dt><dd>{_text(one)}</dd>" for name, one in report.versions)
    yield "</dl>\n</body>\n</html>\n"


def _findings(report: Report) -> Iterator[str]:
    for dataset, one in report.findings:
        kind = "warning" if one.is_warning else "told"
        hint = f' <span class="note">{_text(one.hint)}</span>' if one.hint else ""
        told = f"<b>{_text(one.severity)}</b> {_text(dataset)}: {_text(one.message)}{hint}"
        yield f'<p class="{kind}">{told}</p>'


def _part(part: Part, number: int) -> Iterator[str]:
    yield f"<h2>{_text(part.title)}</h2>\n<figure>"
    if part.chart is not None:
        svg = drawn(part.chart, f"figure-{number}")
        label = f' role="img" aria-label="{_text(part.title)}"'
        yield svg.replace("<svg", f"<svg{label}", 1)
    yield f"<figcaption>{' '.join(map(_text, part.notes))}</figcaption>\n</figure>"
    is_long = len(part.table.rows) > LONG
    n = len(part.table.rows)
    yield f"<details><summary>The numbers: {n} rows</summary>" if is_long else ""
    yield from _table(part.table)
    yield "</details>" if is_long else ""
    yield f"<pre>{_text(part.command)}</pre>"


def _table(table: Table) -> Iterator[str]:
    yield '<div class="wide"><table>\n<tr>'
    yield "".join(f"<th>{_text(name)}</th>" for name in table.head) + "</tr>"
    for row in table.rows:
        yield "<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>"
    yield "</table></div>"


def _text(value: str) -> str:
    return escape(plain(value), quote=True)
