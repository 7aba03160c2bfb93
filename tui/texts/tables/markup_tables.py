"""A table as Markdown, or as LaTeX for a paper (with booktabs)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tui.texts.tables.text_table import TextTable

PICTURES = ("curve",)  # bars drawn with letters, which no typesetter aligns
_MARKDOWN = str.maketrans({char: f"\\{char}" for char in "\\`*_[]<>|"})
_LATEX = str.maketrans(
    {
        **{char: f"\\{char}" for char in "&%$#_{}"},
        **{"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"},
        **{"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", "…": r"\dots{}"},
        **{"·": r"$\cdot$", "×": r"$\times$", "−": "$-$", "≤": r"$\leq$", "≥": r"$\geq$"},
        **{"–": "--", "→": r"$\rightarrow$"},
    }
)


def markdown(table: TextTable) -> str:
    """The table in Markdown: its title above, its caption below."""
    names, rows = _cells(table)
    rule = ["---:" if name in table.right else "---" for name in names]
    told = [_row(names), f"| {' | '.join(rule)} |", *map(_row, rows)]
    parts = [_escaped(table.title), "\n".join(told), *map(_escaped, table.caption.splitlines())]
    return "\n\n".join(part for part in parts if part.strip()) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_escaped, cells))} |"


def _escaped(text: str) -> str:
    return text.translate(_MARKDOWN)


def latex(table: TextTable) -> str:
    """The table in LaTeX, with the rules of booktabs; its title and caption are the caption."""
    names, rows = _cells(table)
    told = [table.title, *table.caption.splitlines()]
    caption = " ".join(f"{line.rstrip('.')}." for line in told if line.strip())
    columns = "".join("r" if name in table.right else "l" for name in names)
    lines = [
        "% \\usepackage{booktabs}",
        "\\begin{table}",
        "  \\centering",
        f"  \\caption{{{caption.translate(_LATEX)}}}",
        f"  \\begin{{tabular}}{{{columns}}}",
        "    \\toprule",
        f"    {_line(names)}",
        "    \\midrule",
        *(f"    {_line(row)}" for row in rows),
        "    \\bottomrule",
        "  \\end{tabular}",
        "\\end{table}",
    ]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return " & ".join(map(_cell, cells)) + r" \\"


def _cell(text: str) -> str:
    escaped = text.translate(_LATEX)
    # a row that begins with [ would be read as an option of the \\ before it
    return f"{{{escaped}}}" if text.startswith("[") else escaped


def _cells(table: TextTable) -> tuple[list[str], Iterator[tuple[str, ...]]]:
    names = [name for name in table.columns if name not in PICTURES]
    return names, zip(*(table.columns[name] for name in names), strict=True)


MARKUP: dict[str, Callable[[TextTable], str]] = {"markdown": markdown, "latex": latex}
