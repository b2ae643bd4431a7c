"""The tutorial's code is a package that installs and works, beside a checkout and beside the wheel."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent.parent
TUTORIAL = TOP / "docs" / "plugins" / "tutorial.md"
USE = Path(__file__).parent / "use_stickies.py"
BLOCK = re.compile(r"^`([\w./]+)`\n\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def write_package(folder: Path) -> None:
    """Every named block of the tutorial as a file."""
    for name, text in BLOCK.findall(TUTORIAL.read_text("utf-8")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


def run(*command: str | Path, **environment: str) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, cwd="/", env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install(what: Path, target: Path) -> None:
    """Install without the network into a folder of its own."""
    run(
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        "--no-build-isolation",
        "--target",
        target,
        what,
    )


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    write_package(folder)
    return folder


def test_its_files_import_only_the_porch(package: Path):
    imported = {
        name
        for file in package.rglob("*.py")
        for name in re.findall(r"^\s*(?:from|import)\s+(crm[\w.]*)", file.read_text("utf-8"), re.MULTILINE)
    }
    assert imported == {"crm.plugin"}


def test_installs_and_works_beside_a_checkout(package: Path, tmp_path: Path):
    install(package, tmp_path / "site")
    path = os.pathsep.join(map(str, (tmp_path / "site", TOP)))
    assert "works" in run(sys.executable, USE, tmp_path / "data", package / "office", PYTHONPATH=path)


def test_installs_and_works_beside_the_wheel(wheel: Path, package: Path, tmp_path: Path):
    install(wheel, tmp_path / "site")
    install(package, tmp_path / "site")
    output = run(sys.executable, USE, tmp_path / "data", package / "office", PYTHONPATH=str(tmp_path / "site"))
    assert str(tmp_path / "site") in output
    assert "works" in output
