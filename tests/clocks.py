"""Our programs on another clock than the machine's: Debian's faketime, so that the product needs no switch for it."""

import datetime as dt
import os
import shutil
import subprocess
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

HERE = Path(__file__).parent
DUTCH = ZoneInfo("Europe/Amsterdam")
# When what "the working day before" is, is least plain. A clock runs on from here.
CLOCKS = {
    "sunday_evening": dt.datetime(2026, 12, 6, 21, 30, tzinfo=DUTCH),
    "friday_half_past_five": dt.datetime(2027, 2, 5, 17, 30, tzinfo=DUTCH),
    "clock_change": dt.datetime(2027, 3, 28, 1, 50, tzinfo=DUTCH),  # ten minutes before it is three
}


def environment(clock: dt.datetime) -> dict[str, str]:
    """What a program finds around it for which it is this moment when it begins; skips the test without faketime,
    except in CI. How long things take and when files were written is left alone."""
    found = shutil.which("faketime")
    if found is None:
        message = "no faketime; on Debian: apt-get install faketime"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    library = subprocess.run([str(found), "now", "printenv", "LD_PRELOAD"], capture_output=True, text=True, check=True)
    return {
        "LD_PRELOAD": library.stdout.strip(),  # faketime itself would stand between us and the process to be ended
        "FAKETIME": f"@{clock.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
        "TZ": "UTC",
        "PYTHONPATH": os.pathsep.join(map(str, (HERE / "faked", HERE.parent))),
    }
