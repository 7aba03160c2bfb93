"""The config file that `probe-tui config init` writes: everything there is, commented out."""

from __future__ import annotations

from collections.abc import Iterable

from tui.config.values import MEANINGS

_EXAMPLES = {
    "logs": '"~/probes/logs"',
    "models": '["/models", "~/models"]',
    "metric": '"auroc"',
    "theme": '"dark"',
    "ascii": "true",
}
_HEAD = "# What probe-tui does by default. Take the # off a line to change it.\n"


def starter(keys: Iterable[tuple[str, str, str]]) -> str:
    """The text of the file; each of `keys` is an id, its keys now, and what they do."""
    lines = [_HEAD]
    for name, example in _EXAMPLES.items():
        lines += [f"# {MEANINGS[name]}", f"# {name} = {example}", ""]
    lines += [f"# {MEANINGS['keys']}", "[keys]"]
    width = max((len(name) + len(value) for name, value, _ in keys), default=0) + 9
    for name, value, meaning in keys:
        lines.append(f"{f'# {name!r} = {value!r}':<{width}}  # {meaning}".replace("'", '"'))
    return "\n".join(lines) + "\n"
