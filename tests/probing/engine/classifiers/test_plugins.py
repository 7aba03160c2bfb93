"""Loading classifiers by name, from a file, an entry point or a class; describing a file."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from probing.describe import main
from probing.engine.blocks import FoldFit
from probing.engine.classifiers import Looped, SingleStepOpt, load, lookup
from probing.errors import PluginError, SpecError
from probing.registry import CLASSIFIERS, Entry
from probing.spec import ClassifierSpec
from tests.support.blocks import block

GOOD = '''
"""Probes of mine."""
import torch.nn as nn
from sklearn.linear_model import LogisticRegression
from probing import MultiStepOpt, SingleStepOpt

print("hello from the plug-in")


class MyProbe(SingleStepOpt):
    """Logistic regression with a C of its own.

    More.
    """

    def __init__(self, input_size, C=0.5):
        super().__init__()
        self.name = "MyProbe"
        self.classifier = LogisticRegression(C=C)


class Line(MultiStepOpt):
    tasks = ("regression",)

    def __init__(self, input_size, n_outputs, bias=True, norm=nn.Identity):
        super().__init__()
        self.linear = nn.Linear(input_size, n_outputs, bias=bias)

    def forward(self, X):
        return self.linear(X)


class Bare:
    def __init__(self, depth):
        self.depth = depth

    def fit(self, X, y):
        return self

    def predict(self, X):
        return X[:, 0] > 0


class NoProbe:
    pass
'''


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "my_probes.py"
    path.write_text(GOOD)
    return path


def write(folder: Path, text: str) -> str:
    (folder / "bad.py").write_text(text)
    return "bad.py:Probe"


def test_a_class_of_a_file_is_found_from_the_base_folder_and_fits(file: Path) -> None:
    made = load(ClassifierSpec("my_probes.py:MyProbe", {"C": 0.1}), file.parent)
    assert made.tasks == ("binary", "multiclass", "regression")
    fits = list(made.fit(block("binary")))
    assert len(fits) == 3 and all(isinstance(one, FoldFit) for one in fits)


def test_an_absolute_path_needs_no_base(file: Path, tmp_path: Path) -> None:
    assert load(ClassifierSpec(f"{file}:Line"), tmp_path / "elsewhere").tasks == ("regression",)


def test_a_class_with_fit_and_predict_only_is_taken(file: Path) -> None:
    made = load(ClassifierSpec("my_probes.py:Bare", {"depth": 2}), file.parent)
    for one in made.fit(block("binary")):
        assert isinstance(one, FoldFit)
        assert set(np.unique(one.test_scores)) == {0.0, 1.0}
        assert (one.decision == one.test_scores).all()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nowhere.py:MyProbe", "nowhere.py: no such file"),
        ("my_probes.py:MyPrbe", "no class 'MyPrbe'; did you mean 'MyProbe'?"),
        ("my_probes.py:Zzz", "known: Bare, Line, MyProbe"),
        ("my_probes.py:NoProbe", "NoProbe is not a classifier"),
    ],
)
def test_a_file_or_class_that_is_not_there_is_told(file: Path, name: str, says: str) -> None:
    with pytest.raises(PluginError) as caught:
        load(ClassifierSpec(name), file.parent)
    assert says in str(caught.value) and caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = 1\nimport nowhere_to_be_found\n", "line 2: the plug-in fails to import: Module"),
        ("def f(:\n    pass\n", "line 1: the plug-in fails to import: SyntaxError"),
        ("x = 1\n\nraise OSError('a\\nb')\n", "line 3: the plug-in fails to import: OSError: a b"),
        ("import sys\nsys.exit(3)\n", "line 2: the plug-in fails to import: SystemExit: 3"),
        ("x = 1\n", "no class 'Probe'; the file defines no classifier"),
    ],
)
def test_a_file_that_fails_to_import_is_told_in_one_line(
    tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(PluginError) as caught:
        load(ClassifierSpec(write(tmp_path, text)), tmp_path)
    assert says in str(caught.value) and "\n" not in str(caught.value)


def test_parameters_of_a_file_are_checked(file: Path) -> None:
    with pytest.raises(SpecError, match="MyProbe has no parameter 'c'"):
        load(ClassifierSpec("my_probes.py:MyProbe", {"c": 1}), file.parent)
    with pytest.raises(SpecError, match="Bare needs 'depth'"):
        load(ClassifierSpec("my_probes.py:Bare"), file.parent)


def test_an_unknown_name_gets_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    path = "tests.probing.engine.classifiers.test_plugins:WholeBlock"
    monkeypatch.setitem(CLASSIFIERS, "WholeBlock", Entry("WholeBlock", path, ("binary",), ""))
    with pytest.raises(SpecError, match="'WholeBlok'; did you mean 'WholeBlock'"):
        load(ClassifierSpec("WholeBlok"))


class WholeBlock:
    """A classifier that fits blocks itself."""

    tasks = ("binary",)

    def __init__(self, C=1.0):
        if C <= 0:
            raise ValueError("C must be positive")
        self.C = C

    def fit(self, block):
        return iter(())


def test_a_built_in_class_is_made_of_its_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    path = "tests.probing.engine.classifiers.test_plugins:WholeBlock"
    monkeypatch.setitem(CLASSIFIERS, "WholeBlock", Entry("WholeBlock", path, ("binary",), ""))
    made: Any = load(ClassifierSpec("WholeBlock", {"C": 3.0}))
    assert type(made).__name__ == "WholeBlock" and made.C == 3.0 and made.tasks == ("binary",)
    with pytest.raises(SpecError, match="no parameter 'D'"):
        load(ClassifierSpec("WholeBlock", {"D": 3.0}))
    with pytest.raises(SpecError, match="cannot be created: ValueError: C must be positive"):
        load(ClassifierSpec("WholeBlock", {"C": -3.0}))


def test_entry_points_are_found_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    known = [
        EntryPoint("Theirs", "sklearn.linear_model:LogisticRegression", lookup.GROUP),
        EntryPoint("Broken", "nowhere_to_be_found:Probe", lookup.GROUP),
        EntryPoint("Function", "math:sqrt", lookup.GROUP),
    ]
    monkeypatch.setattr(lookup, "entry_points", lambda group: known)
    made = load(ClassifierSpec("Theirs", {"C": 0.2}))
    assert isinstance(made, Looped) and made.tasks == ("binary", "multiclass")
    with pytest.raises(PluginError, match="entry point Broken"):
        load(ClassifierSpec("Broken"))
    with pytest.raises(PluginError, match="is not a class"):
        load(ClassifierSpec("Function"))
    with pytest.raises(SpecError, match="did you mean 'Theirs'"):
        load(ClassifierSpec("Thiers"))


def test_classes_of_the_calling_program_are_taken() -> None:
    class Mine(SingleStepOpt):
        def __init__(self):
            super().__init__()
            self.classifier = LogisticRegression()

    assert isinstance(load(Mine), Looped)
    assert load(LogisticRegression).tasks == ("binary", "multiclass")
    with pytest.raises(PluginError, match="dict is not a classifier"):
        load(dict)


def describe(*arguments: str) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-P", "-m", "probing.describe", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout)


def test_describe_tells_classes_parameters_and_documentation(file: Path) -> None:
    code, told = describe(str(file))
    assert code == 0 and told["file"] == str(file)
    by_name = {one["name"]: one for one in told["classes"]}
    assert list(by_name) == ["MyProbe", "Line", "Bare"]
    assert by_name["MyProbe"]["doc"] == "Logistic regression with a C of its own."
    assert by_name["MyProbe"]["kind"] == "SingleStepOpt"
    assert by_name["MyProbe"]["parameters"] == [{"name": "C", "default": 0.5, "required": False}]
    assert by_name["Line"]["tasks"] == ["regression"]
    assert by_name["Line"]["parameters"][1]["default"].startswith("<class")
    assert by_name["Bare"]["parameters"] == [{"name": "depth", "default": None, "required": True}]


def test_describe_says_what_is_wrong_as_json(tmp_path: Path) -> None:
    write(tmp_path, "raise ValueError('no')")
    answer = io.StringIO()
    assert main([str(tmp_path / "bad.py")], answer) == 2
    assert "ValueError: no" in json.loads(answer.getvalue())["error"]
    assert main([], io.StringIO()) == 2
