"""The set-up from nothing, where the faster installer fails."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("target", "wanted"), [(".runtime", "-e .[discord]"), (".dev", "--group dev")]
)
def test_pip_installs_what_uv_could_not(tmp_path: Path, target: str, wanted: str) -> None:
    programs, said = tmp_path / "bin", tmp_path / "said"
    programs.mkdir()
    for name, script in (("uv", "exit 2"), ("python", f'echo "$@" >> {said}')):
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)

    command = ["make", f"VENV={tmp_path}", str(tmp_path / target)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)

    last = said.read_text().splitlines()[-1]
    assert last.startswith("-m pip install")
    assert wanted in last
    assert (tmp_path / ".runtime").exists()
