"""Reports of runs: what they say, what they escape, and what they say is missing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest

from probing import catalog
from probing.errors import SpecError
from probing.interventions.conditions import conditions_of
from probing.interventions.folder import InterventionFolder, folder_of
from probing.interventions.requests import Patch, Steer
from probing.logs import RunFolder, RunView
from probing.logs.results.tables import results
from probing.probes import save
from probing.reports import Report, as_html, report_of, write_markdown
from probing.reports.charts import Chart, Heat
from tests.support.fake_runs import FakeRuns, Shape
from tests.support.probe_cards import a_card

HOSTILE = "<script>alert(1)</script> $x$ | `a` _b_ \x1b[31m\u202e"


def of(run: RunFolder, metric: str = "") -> Report:
    view = RunView(run)
    view.skim()
    return report_of(view, run.path.parent, metric)


def with_probe(run: RunFolder) -> Path:
    run.probes.mkdir()
    card = a_card("p", layer=1, width=4, run=run.name)
    save(run.probes, card, {"weights": np.ones((1, 4)), "bias": np.zeros(1)})
    return run.probes / "p.json"


def steered(run: RunFolder, probe: Path, n_done: int = 3) -> InterventionFolder:
    """Each prompt's log odds move by its number plus twice the scale; random ones not at all."""
    request = Steer(
        str(probe),
        ("a", "b", HOSTILE),
        (0, 1, 2),
        (-2.0, 2.0),
        (1, 3),
        (" yes", HOSTILE),
        n_random=2,
        n_shuffled=0,
    )
    folder = folder_of(run.path.parent, "p", request)
    conditions = conditions_of(request)
    for at in range(n_done):
        odds = [at + 2 * one.scale * (not one.control) for one in conditions]
        values = {"log_odds": odds, "kl": [0.1] * len(odds), "score": [[1.0, 2.0]] * len(odds)}
        folder.append(str(at), values)
    return folder


def patched(run: RunFolder, probe: Path) -> InterventionFolder:
    request = Patch(str(probe), (("a b", "a c"),), ((" x", " y"),), (0,), (0, 1))
    folder = folder_of(run.path.parent, "p", request)
    spots = [(0, 1, -1), (1, 1, -1), (0, -1, -1), (1, -1, -1)]
    told = {"tokens": ["a", HOSTILE], "first": 1, "before": -1.0, "twin": 1.0}
    folder.append("0", {**told, "spots": spots, "patched": [-1.0, 0.0, 1.0, 1.0]})
    return folder


def test_the_decodability_part_holds_the_numbers_of_the_results(tmp_path: Path) -> None:
    run = FakeRuns(tmp_path).finished(shape=Shape(("truth", "tense"), n_layers=4, has_levels=True))
    made = of(run)
    assert [part.title for part in made.parts] == [
        "Decodability: tense in gpt2",
        "Decodability: truth in gpt2",
    ]
    view = RunView(run)
    view.skim()
    frame = results([view]).filter(dataset="truth")
    own = frame.filter(control="").sort("layer")
    part, chart = made.parts[1], made.parts[1].chart
    assert isinstance(chart, Chart)
    curves = {one.label: one for one in chart.curves}
    assert [one.value for one in curves["LogisticRegression"].points] == own["accuracy"].to_list()
    assert [one.low for one in curves["LogisticRegression"].points] == own["accuracy_low"].to_list()
    assert set(curves) == {"LogisticRegression", "shuffled labels"}
    assert chart.levels == {"majority": frame.filter(control="majority")["accuracy"][0]}
    first = dict(zip(part.table.head, part.table.rows[0], strict=True))
    low, high = own["accuracy_low"][0], own["accuracy_high"][0]
    assert first["accuracy"] == f"{own['accuracy'][0]:.3f} [{low:.3f}, {high:.3f}]"
    assert first["majority"] and first["shuffled labels"]
    assert part.command.startswith(f"probe-tui results --run {run.name} --where ")
    assert 'save_probes = "all"' in made.missing[-1]
    assert of(run, "auroc").parts[0].chart.y_label == "AUROC"
    with pytest.raises(SpecError, match="did you mean 'auroc'"):
        of(run, "aurok")


def test_interventions_of_the_probes_stand_below_with_their_commands(tmp_path: Path) -> None:
    runs = FakeRuns(tmp_path)
    run, other = runs.finished(shape=Shape(n_layers=3)), runs.finished("other", Shape(n_layers=1))
    probe = with_probe(run)
    steered(run, probe)
    steered(other, with_probe(other))
    patched(run, probe)
    made = of(run)
    titles = [part.title for part in made.parts]
    assert titles[1:] == [
        "Steering along p: by layer, scale +2",
        "Steering along p: by scale, at layer 1",
        "Patching along p: by layer and token",
        "Patching along p: all tokens of a layer",
    ]
    heat = made.parts[3].chart
    assert isinstance(heat, Heat)
    assert heat.values == [[0.0, 0.0], [0.0, 0.5]]
    by_scale = made.parts[2].chart
    assert isinstance(by_scale, Chart)
    own, random = by_scale.curves
    assert [(one.x, one.value) for one in own.points] == [(-2, -4), (0, 0), (2, 4)]
    assert [(one.x, one.value) for one in random.points] == [(-2, 0), (0, 0), (2, 0)]
    assert random.label == "random directions (least to most of 2)"
    first = dict(zip(made.parts[2].table.head, made.parts[2].table.rows[0], strict=True))
    assert (first["measure"], first["scale"]) == ("change of the log odds (nats)", "-2")
    assert first["the probe's direction"].startswith("-4.000")
    words = made.parts[1].command.split()
    assert words[:3] == ["probe-tui", "steer", f"{run.name}/p"]
    assert {"--scales=-2,2", "--layers=1,3", "--random=2"} <= set(words)
    assert any("Not all of it is done" in one for one in made.parts[1].notes)
    assert "probe-tui erase" in made.missing[-1]
    assert "steer" not in made.missing[-1]


@pytest.mark.parametrize("causal", [True, False])
def test_of_an_encoder_only_erasing_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, causal: bool
) -> None:
    run = FakeRuns(tmp_path).finished(shape=Shape(n_layers=1))
    with_probe(run)
    monkeypatch.setattr(catalog, "facts", lambda *_: SimpleNamespace(is_causal=causal))
    last = of(run).missing[-1]
    assert "probe-tui erase" in last
    assert ("probe-tui steer" in last) is causal and ("probe-tui patch" in last) is causal


def test_what_stands_in_data_is_text_in_the_page(tmp_path: Path) -> None:
    run = FakeRuns(tmp_path).finished(shape=Shape((HOSTILE,), (HOSTILE,), n_layers=2))
    probe = with_probe(run)
    steered(run, probe)
    patched(run, probe)
    made = of(run)
    page = as_html(made)
    assert "<script" not in page and "&lt;script&gt;alert(1)" in page
    assert "\x1b" not in page and "\u202e" not in page
    assert not re.search(r'(src|href)="(?!#|data:)', page)
    figures = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(figures) == len(made.parts)
    ids = [set(re.findall(r'id="([^"]+)"', one)) for one in figures]
    shared = {one for one in ids[0] & ids[1] if f'"#{one}"' in page or f"url(#{one})" in page}
    assert not {one for one in shared if not one.startswith("DejaVu")}  # a glyph is the same
    for one in figures:
        ElementTree.fromstring(one)
    written = write_markdown(made, tmp_path / "r.md")
    text = written[0].read_text(encoding="utf-8")
    outside = re.sub(r"^(`{3,}).*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert "<script" not in outside and "\x1b" not in text and r"\$x\$" in outside
    assert len(written) == 1 + len(figures)
    cells = {len(re.findall(r"(?<!\\)\|", line)) for line in text.splitlines() if line[:1] == "|"}
    assert cells <= {len(part.table.head) + 1 for part in made.parts}


def test_a_run_that_failed_in_part_says_what_is_missing(tmp_path: Path) -> None:
    runs = FakeRuns(tmp_path)
    made = of(runs.with_failed_cells())
    assert any(one.startswith("3 cells failed: a class has 3 members") for one in made.missing)
    assert made.parts
    live = runs.live(shape=Shape(n_layers=4), n_blocks=2)
    folder = steered(live, with_probe(live), n_done=0)
    (tmp_path / "steer-broken").mkdir()
    (tmp_path / "steer-broken" / "request.json").write_text("{")
    made = of(live)
    assert any("The run is running: " in one for one in made.missing)
    assert f"{folder.path.name}: nothing is measured yet" in made.missing
    assert any(one.startswith("steer-broken: ") for one in made.missing)
    waiting = of(runs.waiting())
    assert "No cell is done: there is nothing to draw yet." in waiting.missing
    assert "nothing to draw yet" in as_html(waiting)
    runs.close()


def test_measurements_of_another_version_are_a_line_of_their_own(tmp_path: Path) -> None:
    runs = FakeRuns(tmp_path)
    run = runs.finished()
    probe = with_probe(run)
    folder = steered(run, probe)
    folder.append("0", {"log_odds": [1.0], "kl": [0.1], "score": [[1.0]]})
    patched(run, probe)
    made = of(run)
    assert any(one.startswith(f"{folder.path.name}: its measurements do") for one in made.missing)
    assert any(part.title.startswith("Patching") for part in made.parts)
    runs.close()


def test_the_audit_and_the_spec_are_on_the_page(tmp_path: Path) -> None:
    run = FakeRuns(tmp_path).finished(shape=Shape(n_layers=1))
    plan = json.loads(run.plan.read_text())
    one = {"kind": "length", "severity": "warning", "message": "length: <b>", "count": 3}
    one |= {"examples": [], "hint": ""}
    plan["findings"] = {"truth": [one]}
    run.plan.write_text(json.dumps(plan))
    page = as_html(of(run))
    assert '<p class="warning"><b>warning</b> truth: length: &lt;b&gt;</p>' in page
    assert 'name = &quot;quickstart&quot;' in page  # fmt: skip
