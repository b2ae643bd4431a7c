"""`make mutants`: changes one place of a room at a time and says which changes the room's own tests do not notice.

A random sample of places, the same ones for the same seed and code, at each one of the changes that cosmic-ray knows
there. It works on copies of the checkout: your own files stay as they are. Of each change it first asks the few tests
that run its line, and do little else; then, when these notice nothing, all tests of the room.
"""

import argparse
import ast
import multiprocessing
import os
import random
import shlex
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.testing import run_tests
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkResult
from coverage import CoverageData

HOUSE = Path(__file__).parent.parent
ROOMS = ("crm/relations", "crm/activities", "crm/mail", "crm/planning", "plugins/document_types")
LEFT_BEHIND = shutil.ignore_patterns(".git", ".venv", "node_modules", "var", "build", ".*_cache")
MOST = 0.10  # of a sample may survive
HANGS = 3  # times as long as without a change
ASKED_FIRST = 20  # tests
HUNG = "timeout"  # what cosmic-ray says of tests that took too long
BETWEEN = "ReplaceBinaryOperator"
Place = tuple[int, int]  # line and column
Runners = dict[str, dict[int, list[str]]]  # by file and line the tests that run it, those that do little else first


def main() -> int:
    asked = arguments()
    print(f"seed {asked.seed}, {asked.count} places a room", flush=True)
    shares = {}
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder, workers(Path(folder), asked.workers) as pool:
        for room in asked.room:
            seconds, runners = pool.submit(survey, room).result()
            picked = sample(room, asked.count, asked.seed)
            commands = [
                [tests(which) for which in (shlex.join(first_asked(change, runners)), f"tests/{room}") if which]
                for change in picked
            ]
            survivors = 0
            for result in pool.map(try_out, picked, commands, [HANGS * seconds] * len(picked)):
                if result.test_outcome != TestOutcome.KILLED:
                    survivors += 1
                    print(f"\n{result.diff or result.output}", flush=True)
                elif result.output == HUNG:
                    print(f"\n{result.diff}\nmakes the tests hang: noticed", flush=True)
            shares[room] = survivors / len(picked)
            print(f"\n{room}: {survivors} of {len(picked)} survive", flush=True)
    print("\n" + "\n".join(f"{share:6.1%}  {room}" for room, share in shares.items()))
    return int(max(shares.values()) > MOST)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mutants")
    parser.add_argument("room", nargs="*", default=ROOMS, help="folders of code (default: %(default)s)")
    parser.add_argument("--count", type=int, default=40, help="places a room (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=2026, help="which places (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="tried at once (default: %(default)s)")
    return parser.parse_args()


def workers(folder: Path, count: int) -> ProcessPoolExecutor:
    """Processes that each stand in a checkout of their own."""
    context = multiprocessing.get_context("spawn")
    copies = context.Queue()
    for number in range(count):
        shutil.copytree(HOUSE, folder / str(number), ignore=LEFT_BEHIND)
        copies.put(folder / str(number))
    return ProcessPoolExecutor(count, context, initializer=stand_in, initargs=(copies,))


def stand_in(copies: "multiprocessing.Queue[Path]") -> None:
    os.chdir(copies.get())
    os.environ["CRM_TEST_POSTGRES_URL"] = ""  # one database: a room's rules are the same on both


def tests(which: str) -> str:
    """The command that runs these tests until the first that fails."""
    return f"{sys.executable} -m pytest -q -x -n0 -p no:cacheprovider {which}"


def survey(room: str) -> tuple[float, Runners]:
    """How long a room's own tests take without a change, and which of them run each line. Raises RuntimeError when they
    fail already."""
    command = tests(f"tests/{room} --cov={room} --cov-context=test --cov-report=")
    began = time.monotonic()
    outcome, output = run_tests(command, timeout=3600)
    if outcome != TestOutcome.SURVIVED:
        raise RuntimeError(f"they fail without a change: {command}\n{output}")
    return time.monotonic() - began, runners(Path.cwd())


def runners(checkout: Path) -> Runners:
    """What the survey of this checkout noted."""
    noted = CoverageData(str(checkout / ".coverage"))
    noted.read()
    found = {
        str(Path(file).relative_to(checkout)): {
            line: [test.rpartition("|")[0] for test in contexts if test.endswith("|run")]
            for line, contexts in noted.contexts_by_lineno(file).items()
        }
        for file in noted.measured_files()
    }
    lines = Counter(test for by_line in found.values() for known in by_line.values() for test in known)
    for by_line in found.values():
        for known in by_line.values():
            known.sort(key=lambda test: (lines[test], test))
    return found


def first_asked(change: MutationSpec, runners: Runners) -> list[str]:
    """The tests that are likeliest to notice: of the changed line, or of the first behind it that a test runs."""
    by_line = runners.get(str(change.module_path), {})
    line = min((line for line, known in by_line.items() if known and line >= change.start_pos[0]), default=0)
    return by_line.get(line, [])[:ASKED_FIRST]


def try_out(change: MutationSpec, commands: list[str], seconds: float) -> WorkResult:
    """What the tests say of one change, those of one command after the other; one that makes them hang is noticed."""
    first, *others = commands
    result = mutate_and_test([change], first, seconds)
    return try_out(change, others, seconds) if others and result.test_outcome != TestOutcome.KILLED else result


def sample(room: str, count: int, seed: int) -> list[MutationSpec]:
    """One change at each of so many places of a room."""
    dice = random.Random(seed)
    places = changes_by_place(room)
    picked = dice.sample(sorted(places), min(count, len(places)))
    return [dice.choice(places[place]) for place in picked]


def changes_by_place(room: str) -> dict[tuple[str, Place], list[MutationSpec]]:
    """Every change cosmic-ray knows that may mean something, by file and place."""
    files = sorted(path.relative_to(HOUSE) for path in (HOUSE / room).rglob("*.py") if "migrations" not in path.parts)
    found = defaultdict(list)
    with use_db(":memory:", WorkDB.Mode.create) as known:
        init(files, known, {})
        for change in sorted((one for item in known.work_items for one in item.mutations), key=str):
            found[str(change.module_path), change.start_pos].append(change)
    for path in files:
        tree = ast.parse((HOUSE / path).read_text("utf-8"))
        typed, between = set(annotations(tree)), set(operators(tree))
        for place in [place for file, place in found if file == str(path)]:
            # In an annotation nothing is computed; a star before an argument is taken for a multiplication.
            useful = [
                change
                for change in found.pop((str(path), place))
                if place not in typed and (BETWEEN not in change.operator_name or place in between)
            ]
            if useful:
                found[str(path), place] = useful
    return found


def annotations(tree: ast.Module) -> Iterator[Place]:
    """Every place within a type annotation."""
    for node in ast.walk(tree):
        for kind in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(kind, ast.expr):
                yield from places((kind.lineno, kind.col_offset), end(kind))


def operators(tree: ast.Module) -> Iterator[Place]:
    """Every place between two operands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp):
            yield from places(end(node.left), (node.right.lineno, node.right.col_offset))


def end(node: ast.expr) -> Place:
    return node.end_lineno or 0, node.end_col_offset or 0


def places(begin: Place, end: Place) -> Iterator[Place]:
    """The places from one to another; of several lines those of the last one."""
    first = begin[1] if begin[0] == end[0] else 0
    yield from ((end[0], column) for column in range(first, end[1]))


if __name__ == "__main__":
    sys.exit(main())
