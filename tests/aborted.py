"""A test to be killed, with everything running that tests start: run by tests/test_aborted.py alone."""

import os
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

from crm import paths
from tests.crm.documents.test_antivirus import CONFIGURATION, EICAR
from tests.programs import Office, following


def test_that_is_killed():
    folder = Path(os.environ["ABORTED"])
    top, environment = Path(paths.PACKAGE).parent, {**os.environ, "CRM_DATA": str(folder), "CRM_ARGON2_MEMORY": "8"}
    subprocess.run([sys.executable, "-m", "crm.cli", "db", "upgrade"], env=environment, cwd=top, check=True)
    office = Office({"DATA": str(folder)})
    office.program("web", "--port", str(office.port))
    office.program("worker")
    office.program("sink")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    office.program("run", "--port", str(port))
    if program := shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin"):
        (folder / "signatures").mkdir()
        (folder / "signatures" / "local.ndb").write_text(f"Test.EICAR.Any:0:*:{EICAR.hex()}\n")
        (folder / "clamd.conf").write_text(CONFIGURATION.format(folder=folder))
        subprocess.Popen(following(program, "--config-file", str(folder / "clamd.conf")), env=environment)
    threading.Event().wait()
