"""The picker of models, with the facts of their configurations."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, ClassVar

from rich.text import Text

from probing.catalog import ModelFacts, label
from probing.errors import ProbingError, SpecError
from probing.spec import DEVICE_MAPS, QUANTIZATIONS, Entry, ModelSpec, every_model
from tui.compose.pickers.picker import Picker
from tui.dialogs.form import FormScreen
from tui.dialogs.prompt import PromptScreen
from tui.processes.known_facts import FactsBook
from tui.texts.facts.model_facts import facts_lines
from tui.texts.of_runs.plans import short_count
from tui.texts.sanitiser import clean
from tui.widgets.fields import Field, shown_value
from tui.widgets.path_suggester import PathSuggester

_MEANINGS = {
    "tokenizer": "tokenizer to use instead of the model's own",
    "max_length": "longest text, in tokens; empty: the model's limit",
    "truncation": "which end of a long text to cut: right its end, left its start",
    "trust_remote_code": "run the model's own code; only if you trust its authors",
    "blocks": "path of the blocks if they are not found, such as model.layers.{}",
    "attn": "path of the attention in a block if it is not found",
    "mlp": "path of the MLP in a block if it is not found",
    "device_map": "auto: spread over all GPUs, memory and disk (needs probe-tui[big])",
    "quantize": "8- or 4-bit weights: less memory, other numbers (needs probe-tui[big])",
    "compile": "use torch.compile: slow to start, faster on long passes; for resid",
}
_CHOICES = {
    "truncation": ("right", "left"),
    "trust_remote_code": ("false", "true"),
    "device_map": ("", *DEVICE_MAPS),
    "quantize": ("", *QUANTIZATIONS),
    "compile": ("false", "true"),
}
_TYPED = ("max_length", "trust_remote_code", "compile")


class ModelPicker(Picker):
    """Models on this machine, and ids or folders that the user types."""

    KIND: ClassVar[str] = "models"
    TITLE: ClassVar[str] = "Model"
    help_line: ClassVar[str] = (
        "Transformers on this machine. "
        "Space picks one, e edits it, a adds a folder or a name of the hub."
    )
    EMPTY: ClassVar[str] = "no model on this machine; press a to type a hub id or a folder"

    def __init__(self, book: FactsBook, **options: Any) -> None:
        super().__init__(**options)
        self._book = book

    def key(self, entry: Entry) -> Hashable:
        """Entries with the same model are versions of one entry."""
        assert isinstance(entry, ModelSpec)
        return entry.model

    def name_of(self, entry: Entry) -> str:
        """The name in the results, without `package:`."""
        assert isinstance(entry, ModelSpec)
        return label(entry).removeprefix("package:")

    def facts_of(self, entry: Entry) -> str:
        """Layers, width and parameters."""
        assert isinstance(entry, ModelSpec)
        known = self._book.known_model(entry)
        if known is None:
            return "…"
        if isinstance(known, ProbingError):
            return "✗ unusable"
        return f"{known.n_layers}×{known.d_model} {short_count(known.shown_params)}"

    def columns_of(self, entry: Entry) -> Mapping[str, object]:
        """Layers, width, parameters and type."""
        assert isinstance(entry, ModelSpec)
        known = self._book.known_model(entry)
        one = known if isinstance(known, ModelFacts) else None
        return {
            "layers": one and one.n_layers,
            "width": one and one.d_model,
            "params": one and one.shown_params,
            "type": one and one.model_type,
        }

    def summary_of(self, entry: Entry) -> str:
        """Name, layers and width."""
        assert isinstance(entry, ModelSpec)
        known = self._book.known_model(entry)
        name = self.name_of(entry)
        if not isinstance(known, ModelFacts):
            return name
        return f"{name}  {known.n_layers} layers, {known.d_model}"

    def detail_of(self, entry: Entry) -> Text:
        """The facts of the configuration, or the error."""
        assert isinstance(entry, ModelSpec)
        known = self._book.known_model(entry)
        if known is None:
            return Text("reading its configuration…")
        if isinstance(known, ProbingError):
            return Text(f"✗ {clean(known)}")
        text = Text(f"{clean(entry.model)}\n\n")
        lines = [*facts_lines(known), *_options(entry)]
        text.append("\n".join(f"{name:<11}{clean(value)}" for name, value in lines))
        where = self._book.near(known.folder) if known.folder else "not on this machine"
        return text.append(f"\n\n{clean(where)}")

    def edit(self, entry: Entry) -> None:
        """Edit how the model is loaded."""
        assert isinstance(entry, ModelSpec)
        folders = PathSuggester(self._book.base, ())
        given = {key: shown_value(getattr(entry, key)) for key in _MEANINGS}
        fields = [
            Field(
                key,
                given[key],
                meaning,
                _CHOICES.get(key, ()),
                is_text=key not in _TYPED,
                suggester=folders if key == "tokenizer" else None,
            )
            for key, meaning in _MEANINGS.items()
        ]

        def build(values: Mapping[str, Any]) -> Entry:
            return ModelSpec(entry.model, **values)

        self.ask_form(FormScreen(f"Model {entry.model}", fields, build), entry)

    def add(self) -> None:
        """Ask for an id or a folder."""

        def answered(line: str | None) -> None:
            for model in self._named(line) if line else ():
                self.pick(model)

        hint = "hub id (gpt2, org/name@revision, …@step{1000,2000}), folder or package:NAME"
        suggester = PathSuggester(self._book.base, ())
        self.app.push_screen(PromptScreen("Add a model", hint=hint, suggester=suggester), answered)

    def _named(self, line: str) -> tuple[ModelSpec, ...]:
        """The models that a line stands for; none where it is wrong, which is told."""
        try:
            return every_model([ModelSpec(line)])
        except SpecError as error:
            self.notify(clean(error), severity="error", markup=False)
            return ()


def _options(entry: ModelSpec) -> list[tuple[str, str]]:
    options = ", ".join(
        f"{key}={shown_value(getattr(entry, key))}"
        for key in _MEANINGS
        if getattr(entry, key) != getattr(ModelSpec("x"), key)
    )
    return [("options", options)] if options else []
