"""`make setup`: what goes wrong is said and stops it, and any installer can read the locks."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
LOCKS = sorted(TOP.glob("requirements*.lock"))
SAID = {
    "hash": ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", 1),
    "no network": ("ERROR: No matching distribution found for setuptools==80.9.0", 1),
    "full disk": ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", 1),
    "no wheel of uv": ("ERROR: No matching distribution found for uv==0.9.13", 0),
}


@pytest.mark.parametrize("what", SAID)
def test_a_failed_bootstrap_is_told_and_stops(what, tmp_path):
    said, code = SAID[what]
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(shutil.which("true"))
    (programs / "pip").write_text(f'#!/bin/sh\necho "{said}" >&2\nexit 1\n')
    (programs / "pip").chmod(0o755)
    done = subprocess.run(["sh", TOP / ".ci" / "setup", "venv"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == code and said in done.stderr


def test_no_step_of_ours_hides_its_failure():
    files = [TOP / "Makefile", *(TOP / ".ci").iterdir()]
    hiding = re.compile(r"\|\|\s*(true|:)(\s|$)|^\t-(?!-)|set \+e", re.MULTILINE)
    assert [file.name for file in files if hiding.search(file.read_text("utf-8"))] == []


def test_locks_name_the_extras_that_their_packages_ask_for():
    """An old pip, as Python 3.11 brings along, takes `pydantic[email]` for another package than a locked `pydantic`."""
    from importlib.metadata import distributions

    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name as plain

    asked = {
        (plain(package.name), plain(needed.name), extra)
        for package in distributions()
        for needed in map(Requirement, package.requires or ())
        for extra in needed.extras
        if needed.marker is None or needed.marker.evaluate({"extra": ""})
    }
    for lock in LOCKS:
        locked = [Requirement(line.split(" \\")[0]) for line in lock.read_text("utf-8").splitlines() if "==" in line]
        known = {plain(one.name): set(one.extras) for one in locked}
        missing = {who for who in asked if {who[0], who[1]} <= set(known) and who[2] not in known[who[1]]}
        assert missing == set(), lock.name
