"""Runs the tests that prove requirements and says which of all ids hold: `make requirements`.

Writes var/requirements.json, {id: "pass" | "fail" | "uncovered"}, and prints the counts. An id passes when each of its
sides is proved by a passing test and no test that names it fails. A mark counts only on a test that acts on the running
product (fixture `office`): through the browser, its HTTP or the mail sink.
"""

import csv
import json
import sys
from collections import defaultdict
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
TABLE = TOP / "docs" / "requirements.csv"
REPORT = TOP / "var" / "requirements.json"
ASIDE = "none"
RUNNING = "office"


class Proofs:
    """Collects the outcome of each test that carries `requirement` marks."""

    def __init__(self) -> None:
        self.marks: dict[str, list[tuple[str, str]]] = {}
        self.outcomes: dict[str, set[str]] = defaultdict(set)

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        marked = [item for item in items if item.get_closest_marker("requirement") and RUNNING in item.fixturenames]
        config.hook.pytest_deselected(items=[item for item in items if item not in marked])
        items[:] = marked
        for item in marked:
            self.marks[item.nodeid] = [pair for mark in item.iter_markers("requirement") for pair in named(mark)]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            self.outcomes[report.nodeid].add(report.outcome)


def named(mark: pytest.Mark) -> list[tuple[str, str]]:
    """(id, side) pairs of one mark: `requirement("O-001", "O-002", side="crm")`."""
    return [(name, mark.kwargs.get("side", "crm")) for name in mark.args]


def verdicts(rows: list[dict[str, str]], proofs: Proofs) -> dict[str, str]:
    """pass, fail or uncovered for every id in the table."""
    proved: dict[str, set[str]] = defaultdict(set)
    failed: set[str] = set()
    for test, pairs in proofs.marks.items():
        for name, side in pairs:
            if proofs.outcomes[test] == {"passed"}:
                proved[name].add(side)
            elif "failed" in proofs.outcomes[test]:
                failed.add(name)
    return {row["id"]: verdict(row, proved[row["id"]], row["id"] in failed) for row in rows}


def verdict(row: dict[str, str], proved: set[str], failed: bool) -> str:
    """One id: every side named in its row must be proved; a row of no side is not software and stays uncovered."""
    if failed:
        return "fail"
    sides = set(row["sides"].split("+")) - {ASIDE}
    return "pass" if sides and sides <= proved else "uncovered"


def main(arguments: list[str]) -> int:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    proofs = Proofs()
    pytest.main(["-q", "-p", "no:cacheprovider", *arguments], plugins=[proofs])
    unknown = {name for pairs in proofs.marks.values() for name, _ in pairs} - {row["id"] for row in rows}
    found = verdicts(rows, proofs)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    counts = {word: sum(value == word for value in found.values()) for word in ("pass", "fail", "uncovered")}
    print(f"requirements: {len(found)} ids, " + ", ".join(f"{n} {word}" for word, n in counts.items()))
    if unknown:
        print(f"tests name unknown ids: {', '.join(sorted(unknown))}")
    return 1 if counts["fail"] or unknown else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
