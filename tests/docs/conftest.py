"""The wheel, built once."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent.parent
NOT_BUILT = (".git", ".venv", ".*_cache", "node_modules", "var", "build", "*.egg-info", "__pycache__", "tests")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `pip install` gets, built from a copy of this checkout without the network.

    Building leaves a list of entry points behind (sleutel.egg-info), which Python would go on reading when it is old.
    """
    folder = tmp_path_factory.mktemp("wheel")
    source = shutil.copytree(TOP, folder / "source", ignore=shutil.ignore_patterns(*NOT_BUILT))
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("*.whl"))
