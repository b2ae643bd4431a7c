"""Tests that are killed leave nothing running: neither by Ctrl-C, nor by whoever ends `make test`, nor by kill -9."""

import ast
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.crm.test_supervisor import LINUX, family
from tests.programs import until

TOP = Path(__file__).parent.parent
# Files that start programs which go on until they are told to end, and what ties these to whoever started them.
STARTING = {
    "bench/background.py": "our own, by CRM_PARENT",
    "bench/uploads.py": "our own, by CRM_PARENT",
    "tests/aborted.py": "following()",
    "tests/browser/office.py": "our own, by CRM_PARENT",
    "tests/crm/documents/test_antivirus.py": "following()",
    "tests/crm/documents/test_sandbox.py": "a child of the sandbox, by its death signal",
    "tests/crm/jobs/test_worker.py": "holder.py follows its parent",
    "tests/crm/test_supervisor.py": "our own, by CRM_PARENT",
    "tests/docs/test_wheel.py": "our own, by CRM_PARENT",
    "tests/programs.py": "our own, by CRM_PARENT",
    "tests/test_aborted.py": "tests/aborted.py, which it kills",
}


@LINUX
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_what_tests_started_ends_with_them(number, tmp_path):
    environment = {**os.environ, "ABORTED": str(tmp_path)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/aborted.py"]
    wanted = ["crm.cli worker", "crm.cli sink", "gunicorn", "crm.cli run"]
    wanted += ["clamd"] if shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin") else []
    with subprocess.Popen(command, env=environment, cwd=TOP, stdout=subprocess.DEVNULL) as tests:
        try:
            until(lambda: all(any(name in one for one in family(tmp_path).values()) for name in wanted))
        finally:
            tests.send_signal(number)
    until(lambda: family(tmp_path) == {})


def test_whoever_starts_a_program_ties_it():
    starting = {
        file.relative_to(TOP).as_posix()
        for folder in ("tests", "bench")
        for file in sorted((TOP / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("Popen", "Process")
    }
    assert starting == set(STARTING)
