import gc
import subprocess
import sys

import pytest

from probing import computing


def test_no_garbage_is_sought_while_libraries_load() -> None:
    before = gc.get_freeze_count()
    with computing.loading():
        assert not gc.isenabled()
        loaded = [[] for _ in range(1000)]
    assert gc.isenabled() and gc.get_freeze_count() > before
    assert len(loaded) == 1000


def test_garbage_is_sought_again_where_loading_fails() -> None:
    with pytest.raises(ImportError), computing.loading():
        raise ImportError
    assert gc.isenabled()


@pytest.mark.parametrize("told", [None, "ACTIVE"])
def test_idle_threads_sleep_unless_somebody_says_otherwise(
    told: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    if told:
        monkeypatch.setenv("OMP_WAIT_POLICY", told)
    script = (
        "import os\nfrom probing import computing\ncomputing.begin()\nprint(os.environ['NAME'])"
    )
    command = [sys.executable, "-c", script.replace("NAME", "OMP_WAIT_POLICY")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.strip() == (told or "PASSIVE")
