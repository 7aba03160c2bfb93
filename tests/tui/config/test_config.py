"""The config file: what is right in it stands, and what is wrong is told in a line each."""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from tests.support.compose_base import bare_machine, make_base, screen_text, until
from tui import cli
from tui.app import ProbeApp
from tui.config import kept, theme_choice
from tui.config.defaults import apply_defaults
from tui.config.reading import read_config
from tui.config.values import MEANINGS, Config
from tui.key_ids import all_bindings, is_key
from tui.plot.metric_choice import chosen_metric
from tui.styles.names import THEMES
from tui.styles.themes import OWN, usual_theme
from tui.texts import characters


@pytest.fixture
def file(own_folders: Path) -> Path:
    return own_folders / "config.toml"


def test_what_is_right_stands_beside_what_is_wrong(file: Path) -> None:
    file.write_text(
        'logs = "x"\nthem = "dark"\nmetric = "aurok"\nascii = "yes"\nmodels = "m"\n'
        '[keys]\napp.help = "f1"\n"runs.log" = "v"\n'
    )
    read = read_config()
    keys = {"app.help": "f1", "runs.log": "v"}
    assert read.config == Config(logs="x", models=("m",), keys=keys)
    assert [str(file) in line for line in read.problems] == [True] * 3
    assert "did you mean 'theme'?" in read.problems[0] and "'auroc'" in read.problems[1]
    assert "must be true or false" in read.problems[2]


@pytest.mark.parametrize(
    ("text", "said"), [(b"logs = ", "not TOML"), (b"\xff", "not UTF-8"), (b"keys = 3", "table")]
)
def test_a_file_that_cannot_be_read_is_ignored(file: Path, text: bytes, said: str) -> None:
    file.write_bytes(text)
    config, _, problems = read_config()
    assert config == Config() and len(problems) == 1 and said in problems[0]


def test_an_option_goes_before_a_variable_before_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('logs = "of-file"\nmetric = "f1"\n')
    given = Namespace(logs=None)
    apply_defaults(given)
    assert given.logs == "of-file"
    monkeypatch.setenv("PROBE_TUI_LOGS", "of-shell")
    given = Namespace(logs=None)
    apply_defaults(given)
    assert given.logs is None
    assert chosen_metric("", ["auroc", "f1"]) == "f1"
    assert chosen_metric("auroc", ["auroc", "f1"]) == "auroc"
    assert chosen_metric("", ["mse"]) == "mse"


def test_the_starter_sets_nothing_and_names_every_key(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["config", "init"]) == 0
    assert read_config()[0] == Config() and not read_config().problems
    bare = "\n".join(line.removeprefix("# ") for line in file.read_text().splitlines())
    file.write_text("\n".join(line for line in bare.splitlines() if " = " in line or "[" in line))
    config, _, problems = read_config()
    assert set(config.keys) == set(all_bindings()) and not problems
    assert config.ascii is True and set(MEANINGS) == set(vars(config))
    assert cli.main(["config", "show"]) == 0
    capsys.readouterr()
    assert cli.main(["config", "init"]) == 2
    assert "is there already" in capsys.readouterr().err


def test_unknown_ids_and_keys_are_told(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text('[keys]\napp.halp = "f1"\napp.help = "crtl+x"\n')
    assert cli.main(["config", "show"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2 and "'app.help'" in lines[0] and "'crtl+x'" in lines[1]


def test_every_key_of_the_app_is_a_key() -> None:
    keys = {key for one in all_bindings().values() for key in one.key.split(",")}
    assert [key for key in keys if not is_key(key)] == []
    assert not is_key("crtl+x") and not is_key("foo") and is_key("?") and is_key("ctrl+f1")


def test_a_theme_holds_until_the_file_names_another() -> None:
    theme_choice.keep_theme("light", "dark")
    assert theme_choice.chosen_theme("dark") == "light"
    assert theme_choice.chosen_theme("nord") == "nord"
    assert [one.name for one in OWN] == list(THEMES)
    assert usual_theme("standard") == "terminal" and usual_theme("truecolor") == "dark"


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"a": 1}', "[" * 9999])
def test_a_damaged_state_is_nothing(own_folders: Path, text: str) -> None:
    path = own_folders / "kept.json"
    path.write_text(text)
    assert kept.part(kept.read_kept(path), "a") == {}


async def test_the_app_takes_keys_and_theme_and_tells_what_is_wrong(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare_machine(tmp_path, monkeypatch)
    file.write_text('theme = "lihgt"\nx = 1\n[keys]\napp.help = "f2"\n')
    app = ProbeApp(tmp_path / "logs", make_base(tmp_path / "w"), read_config())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        said = [str(one.message) for one in app._notifications]
        assert len(said) == 2 and "unknown key 'x'" in said[0] and "'lihgt'" in said[1]
        await pilot.press("question_mark")
        assert len(app.screen_stack) == 1
        await pilot.press("f2")
        await until(pilot, lambda: "Keys in Compose" in screen_text(app))
        assert "f2 Help" in screen_text(app)
        app.theme = "light"
        await pilot.pause()
    assert theme_choice.chosen_theme("lihgt") == "light"


def test_marks_become_ascii_of_the_same_width() -> None:
    drawn = characters.in_ascii("│ é ⣿⡀ ● a…b ▁█ 中")
    assert drawn == "| é #. * a~b _# 中"


def test_a_shell_completes_commands_options_and_names(tmp_path: Path) -> None:
    runs = tmp_path / "my logs"
    for name in ("20260101-alpha", "20260102-beta"):
        (runs / name / "probes").mkdir(parents=True)
    (runs / "20260102-beta" / "probes" / "resid-3.json").write_text("{}")
    script = tmp_path / "asked.sh"
    script.write_text(ASKED)
    (tmp_path / "probe-tui").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tui.cli "$@"\n')
    (tmp_path / "probe-tui").chmod(0o755)
    env = os.environ | {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PYTHONPATH": str(Path.cwd()),
        "PROBE_TUI_LOGS": str(runs),
    }
    done = subprocess.run(
        ["bash", script], env=env, capture_output=True, text=True, check=True, timeout=60
    )
    lines = [line.split() for line in done.stdout.splitlines()]
    assert {"runs", "results", "resume", "report"} <= set(lines[0])
    assert lines[1] == ["20260101-alpha", "20260102-beta"]
    assert lines[2] == ["--where"] and lines[3] == ["20260102-beta/resid-3"]
    assert lines[4] == ["spanish_tense"]


# what bash does at Tab, with the function that the printed code registers
ASKED = r"""
source <(probe-tui completion bash)
ask() {
    COMP_LINE="$1" COMP_POINT=${#1} COMP_TYPE=9
    read -ra COMP_WORDS <<< "$1"
    [[ "$1" == *" " ]] && COMP_WORDS+=("")
    COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 )) COMPREPLY=()
    _python_argcomplete probe-tui "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
    echo "${COMPREPLY[@]}"
}
ask "probe-tui r"
ask "probe-tui attach 2026"
ask "probe-tui results --whe"
ask "probe-tui apply 20260102"
ask "probe-tui data check spani"
"""
