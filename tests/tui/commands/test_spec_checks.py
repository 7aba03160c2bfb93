"""What the command line settles before a run: absolute paths, writable logs, what ends a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from probing import spec as specs
from probing.errors import SpecError
from probing.plan.absolute_paths import absolute
from tests.support.cli_runs import working_folder
from tui.commands.of_runs.spec_checks import check_writable
from tui.processes import logout_policy

SPEC = """datasets = {datasets}
models = {models}
poolers = ["mean"]
classifiers = ["LDA", "mine.py:Probe"]
"""


def spec_of(datasets: str, models: str = '["tiny"]') -> specs.Spec:
    return specs.parse(SPEC.format(datasets=datasets, models=models))


def test_every_path_of_a_spec_becomes_absolute(tmp_path: Path) -> None:
    working_folder(tmp_path)
    spec = absolute(spec_of('["d.csv"]', '["tiny", "gpt2", "package:x"]'), tmp_path)
    assert [one.path for one in spec.datasets] == [str(tmp_path / "d.csv")]
    assert [one.model for one in spec.models] == [str(tmp_path / "tiny"), "gpt2", "package:x"]
    assert [one.name for one in spec.classifiers] == ["LDA", f"{tmp_path}/mine.py:Probe"]
    assert absolute(spec, tmp_path / "elsewhere") == spec


def test_a_glob_becomes_its_files_once_with_their_options(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("text,label\nx,1\ny,0\n")
    entries = '[{ path = "*.csv", limit = 2 }, { path = "a.csv", limit = 2 }]'
    spec = absolute(spec_of(entries), tmp_path)
    assert [Path(one.path).name for one in spec.datasets] == ["a.csv", "b.csv"]
    assert {one.limit for one in spec.datasets} == {2}


def test_a_name_becomes_the_file_that_ships(tmp_path: Path) -> None:
    spec = absolute(spec_of('["truth"]'), tmp_path)
    assert Path(spec.datasets[0].path).name == "truth.jsonl"
    assert Path(spec.datasets[0].path).is_absolute()


def test_logs_may_be_made_but_not_inside_a_file(tmp_path: Path) -> None:
    check_writable(tmp_path / "new" / "logs")
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(SpecError, match="cannot be written"):
        check_writable(tmp_path / "file" / "logs")


def system(root: Path, *lines: str, group: str = "/user.slice/session-3.scope") -> Path:
    (root / "etc/systemd").mkdir(parents=True)
    (root / "etc/systemd/logind.conf").write_text("\n".join(["[Login]", *lines]) + "\n")
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(f"0::{group}\n")
    return root


SESSION = {"XDG_SESSION_ID": "3"}
KILLS = ("KillUserProcesses=yes", "KillExcludeUsers=nobody-else")


def test_a_system_that_ends_processes_at_logout_is_told(tmp_path: Path) -> None:
    told = logout_policy.warning(system(tmp_path, *KILLS), SESSION)
    assert told is not None and "systemd-run --user --scope" in told and "tmux" in told


@pytest.mark.parametrize(
    "lines",
    [(), ("#KillUserProcesses=yes",), ("KillUserProcesses=no",), (*KILLS, "KillOnlyUsers=x")],
)
def test_a_system_that_does_not_is_not(tmp_path: Path, lines: tuple[str, ...]) -> None:
    assert logout_policy.warning(system(tmp_path, *lines), SESSION) is None


def test_later_parts_of_the_settings_win(tmp_path: Path) -> None:
    root = system(tmp_path, *KILLS)
    part = root / "etc/systemd/logind.conf.d/50-ours.conf"
    part.parent.mkdir()
    part.write_text("[Login]\nKillUserProcesses=no\n")
    assert logout_policy.warning(root, SESSION) is None


def test_a_scope_of_the_users_own_outlives_the_session(tmp_path: Path) -> None:
    group = "/user.slice/user-1.slice/user@1.service/app.slice/run-1.scope"
    assert logout_policy.warning(system(tmp_path, *KILLS, group=group), SESSION) is None


def test_a_batch_job_ends_its_runs(tmp_path: Path) -> None:
    told = logout_policy.warning(system(tmp_path), {"SLURM_JOB_ID": "17"})
    assert told is not None and "17" in told
