"""The command palette: every verb of every place, the places, recent runs, datasets, the app."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tui.dialogs.key_help import is_told, is_verb, spelled
from tui.places import TITLES, bindings_of
from tui.texts.sanitiser import clean

MOST_RUNS = 20
MOST_DATASETS = 40
_APP = (("Theme", "Choose the colours", "change_theme"),)


class Verb(NamedTuple):
    """A line of the palette."""

    title: str
    meaning: str
    act: Callable[[], Any]
    also: str = ""  # another name that a search finds it by


class Verbs(Provider):
    """Hands all verbs to the palette, those of the place first; those of others to a search."""

    async def discover(self) -> Hits:
        """All of them."""
        for title, meaning, act, _ in verbs(self.app, self.screen):
            yield DiscoveryHit(_line(Content(title), meaning), act, text=title)

    async def search(self, query: str) -> Hits:
        """Those whose title, or other name, is like the query."""
        matcher = self.matcher(query)
        for title, meaning, act, also in (*verbs(self.app, self.screen), *elsewhere(self.app)):
            if (score := max(matcher.match(title), matcher.match(also) if also else 0)) > 0:
                line = _line(matcher.highlight(title), meaning)
                yield Hit(score, line, act, text=title)


def _line(title: Content, meaning: str) -> Content:
    """A verb and what it means, on one line."""
    return Content.assemble(title, (f"  {meaning}", "dim"))


def verbs(app: Any, screen: Any) -> Iterator[Verb]:
    """Every verb of the moment."""
    yield from _of_keys(app, screen)
    for number, (place, title) in enumerate(TITLES.items(), 1):
        go = partial(app.run_action, f"show_place({place!r})")
        yield Verb(f"Go to {title}", f"Key {number}", go)
    for title, meaning, action in _APP:
        yield Verb(title, meaning, partial(app.run_action, action))
    for name in app.recent_runs()[:MOST_RUNS]:
        yield Verb(
            f"Go to run {clean(name)}", "Show it in Runs", partial(app.open_run, "runs", name)
        )
        show = partial(app.open_run, "results", name)
        yield Verb(f"Results of {clean(name)}", "Show its cells in Results", show)
    for entry, name in app.composer.datasets()[:MOST_DATASETS]:
        said = f"Dataset {clean(name)}"
        yield Verb(said, "Pick it in Compose, or unpick it", partial(app.pick_dataset, entry))


def _of_keys(app: Any, screen: Any) -> Iterator[Verb]:
    """What the keys of the place do, each once."""
    seen: set[tuple[int, str]] = set()
    for active in screen.active_bindings.values():
        binding, node = active.binding, active.node
        known = (id(node), binding.action)
        if not is_told(active) or known in seen or binding.action.startswith("show_place"):
            continue
        seen.add(known)
        title = binding.tooltip or binding.description
        key = f"Key {binding.key_display or spelled(binding.key)}"
        act = partial(app.run_action, binding.action, node)
        yield Verb(title, key, act, binding.description)


def elsewhere(app: Any) -> Iterator[Verb]:
    """What the keys of the other places do: each goes to its place, and does it there."""
    for number, (place, name) in enumerate(TITLES.items(), 1):
        if place == app.place:
            continue
        for binding in bindings_of(place):
            if is_verb(binding):
                keys = app.keymap.get(binding.id or "", binding.key)
                is_own = keys == binding.key
                shown = (is_own and binding.key_display) or spelled(keys.split(",")[0].strip())
                title = binding.tooltip or binding.description
                act = partial(app.do_in, place, binding.action, title)
                also = f"{name}: {binding.description}"
                yield Verb(f"{name}: {title}", f"Keys {number} {shown}", act, also)
