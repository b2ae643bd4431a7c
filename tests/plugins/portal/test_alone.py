"""The portal on a machine without the CRM."""

import subprocess
import sys

LOADED = """
import sys
import plugins.portal.app, plugins.portal.schema
print(sorted(name for name in sys.modules if name == "dbos" or name.startswith("crm.") and name.endswith("models")))
"""


def test_no_record_and_no_job_of_the_crm_is_loaded():
    loaded = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
