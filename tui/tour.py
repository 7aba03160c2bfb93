"""The tour: two minutes through the app, on a dataset that ships.

It changes nothing but what it says: one small run, if it is asked for; the draft stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from probing.errors import ProbingError
from probing.spec import ClassifierSpec, DatasetSpec, ModelSpec, PoolerSpec, Spec
from tui.dialogs.tour import Step
from tui.runs.desk import taste_of

DATASET = "tense"
NAME = "tour"
_WHAT = (
    "Does a model represent the tense of a sentence, and from which layer on? A probe, a small "
    "classifier on the activations of one layer, answers: it predicts the label of texts that it "
    "was not fitted to. The app runs probes for every layer, with controls, and draws the scores."
)
_COMPOSE = (
    "What is run: every dataset × model × pooler × probe that is picked here. Space picks, / "
    "filters, Tab goes to the next list, ; jumps. v shows the same as a TOML file."
)
_COST = (
    "The line above the keys says what the draft will cost before anything runs: cells, passes of "
    "the model, memory, time. Ctrl+R runs it, t tries it on 300 texts first."
)
_RUN = (
    f"r starts one small run now: {DATASET}, which ships, on up to 300 texts, mean of the tokens, "
    "logistic regression, {model}. It writes one folder, {logs}/tour-…, which stays "
    "until you delete it in Runs. Your draft stays as it is. Enter goes on without it."
)
_NO_MODEL = (
    "Here r would start a small run, but there is no model on this machine yet. Press a in the "
    'list of models to name one, or install the extra: pip install "probe-tui[demo]".'
)
_RUNS = (
    "Every run, live and past. Runs are processes of their own: leave the app or lose the "
    "connection, and they go on. Enter opens the results of one, v its log, c cancels, s resumes."
)
_RESULTS = (
    "A row for each series of layers, and its curve: a point for each layer with its interval, the "
    "layers that cannot be told from the best, and the controls that it must beat (shuffled "
    "labels, the majority class, chance). ← → read off values, Space pins a series, e exports."
)
_END = (
    "? lists the keys of a place and says what is under the cursor; : finds what can be done here; "
    "q leaves, and the app comes back as you left it. 4 holds saved probes, 5 datasets, 6 models."
)


def steps(app: Any) -> Sequence[Step]:
    """The steps, for an app."""

    def place(name: str) -> Any:
        return partial(app.action_show_place, name)

    model = app.composer.quickest_model()
    logs = app.logs.name
    run = Step("Run", _NO_MODEL, place("compose"))
    if model is not None:
        text = _RUN.format(model=model.model, logs=logs)
        act = partial(_start, app, model)
        run = Step("Run", text, place("compose"), act, "run it")
    return (
        Step("What this is", _WHAT, place("compose")),
        Step("Compose", _COMPOSE, place("compose")),
        Step("What it costs", _COST, place("compose"), is_on_top=True),
        run,
        Step("Runs", _RUNS, place("runs")),
        Step("Results", _RESULTS, place("results")),
        Step("Everything else", _END, place("compose")),
    )


def small_spec(model: ModelSpec) -> Spec:
    """The one run of the tour."""
    return Spec(
        datasets=(DatasetSpec(DATASET),),
        models=(model,),
        poolers=(PoolerSpec(pool="mean"),),
        classifiers=(ClassifierSpec("LogisticRegression"),),
        name=NAME,
        n_folds=5,
    )


def _start(app: Any, model: ModelSpec) -> None:
    book = app.composer.book
    try:
        spec = replace(taste_of(small_spec(model), book.group_size), name=NAME)
    except ProbingError as error:
        app.notify(str(error), severity="error", markup=False)
        return
    app.desk.run([spec], book.plan)
