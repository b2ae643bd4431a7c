"""What depends on the day and the hour, at the hours where it is least plain; each in a process on that clock."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import clocks

HOUSE = Path(__file__).parent.parent
# Every way to a client, with the most that can come along; what is too soon, by every way to a talk, and what is late.
TESTS = ["tests/crm/planning/test_ways.py", "tests/crm/mail/test_deadline.py"]
CHOSEN = "with_new_partner or says_when_it_is_too_soon or pages_say"


@pytest.mark.parametrize("clock", clocks.CLOCKS)
def test_a_talk_is_planned_whatever_the_hour(clock):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-n0", "-p", "no:cacheprovider", "-k", CHOSEN, *TESTS],
        cwd=HOUSE,
        env={**os.environ, **clocks.environment(clocks.CLOCKS[clock])},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4000:]
