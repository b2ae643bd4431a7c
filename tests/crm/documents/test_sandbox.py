"""A child can do no harm, and whatever becomes of it is a refusal: never an exception, never "clean"."""

import errno
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from crm.documents import confine, console, sandbox
from crm.documents.sandbox import Limits
from tests.crm.documents import hostile

HOUSE = Path(__file__).parents[3]
ON_LINUX = sys.platform == "linux"


@pytest.fixture
def source(tmp_path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(hostile.plain_pdf())
    return path


@pytest.fixture
def folder(tmp_path) -> Path:
    path = tmp_path / "results"
    path.mkdir()
    return path


@pytest.fixture
def child(monkeypatch):
    """The inspector is replaced by this program, which is where somebody else may have taken it over."""

    def replace(program: str) -> None:
        monkeypatch.setattr(sandbox, "_INSPECTOR", ("-c", textwrap.dedent(program)))

    return replace


def confined(program: str, folder: Path, readable: Path, memory: int = 1 << 30) -> dict:
    """What `program` finds out, as `found`, once it is confined."""
    start = f"""
import json, os, socket, subprocess, sys, threading
from pathlib import Path
from crm.documents.confine import confine
held = confine({memory}, 20, 1 << 20, 64, Path({str(folder)!r}), [Path({str(readable)!r})])
found = {{"held": held}}
def attempt(name, what):
    try:
        what()
        found[name] = "done"
    except BaseException as error:
        found[name] = type(error).__name__
"""
    said = subprocess.run(
        [sys.executable, "-P", "-c", start + textwrap.dedent(program) + "\nprint(json.dumps(found))"],
        env={"PYTHONPATH": str(HOUSE)},
        cwd=folder,
        capture_output=True,
        check=True,
    )
    return json.loads(said.stdout)


@pytest.mark.skipif(not ON_LINUX, reason="crm.documents.confine says what holds elsewhere")
def test_what_holds_on_linux():
    assert set(sandbox.KEPT_FROM) - {"files"} <= sandbox.holds() <= set(sandbox.KEPT_FROM)


@pytest.mark.skipif(not ON_LINUX, reason="there is nothing to keep a child off the network elsewhere")
def test_a_child_has_no_network(folder, source):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        socket.create_connection(("127.0.0.1", port)).close()  # somebody does answer there
        found = confined(
            f"""
            attempt("tcp", lambda: socket.create_connection(("127.0.0.1", {port}), timeout=3))
            attempt("udp", lambda: socket.socket(type=socket.SOCK_DGRAM))
            attempt("unix", lambda: socket.socket(socket.AF_UNIX))
            """,
            folder,
            source,
        )
    assert (found["tcp"], found["udp"], found["unix"]) == ("PermissionError",) * 3


def test_a_child_starts_nothing(folder, source):
    found = confined(
        """
        attempt("fork", os.fork)
        attempt("program", lambda: subprocess.run([sys.executable, "-V"]))
        attempt("thread", threading.Thread(target=int).start)
        """,
        folder,
        source,
    )
    assert found["fork"] != "done" and found["program"] != "done"
    assert found["thread"] == "done"  # libheif decodes in one


MACHINES = ("x86_64", "aarch64")
NUMBERS = 480  # more than there are
PROBES = {335, 336}  # uretprobe and uprobe of x86-64: the kernel keeps these from no filter, and kills who asks them


@pytest.mark.skipif(platform.machine() not in MACHINES or not ON_LINUX, reason="has no filter of system calls")
def test_a_child_asks_nothing_of_the_system_but_what_it_may(folder, source):
    """Every number there is: one that is let through answers something else (a wrong argument) than the filter does."""
    column = MACHINES.index(platform.machine())
    may = {numbers[column] for numbers in (*confine._ALLOWED.values(), *confine._ASKING, confine._CLONE)}
    others = [number for number in range(NUMBERS) if number not in may | PROBES]
    found = confined(
        f"""
        import ctypes
        call = ctypes.CDLL(None, use_errno=True).syscall
        def answer(*arguments):
            ctypes.set_errno(0)
            return [call(*map(ctypes.c_long, arguments)), ctypes.get_errno()]
        found["refused"] = {{number: answer(number, -1, -1, -1, -1, -1, -1) for number in {others}}}
        found["questions"] = [answer(number, 0, 0x1234, 0) for number in {[one[column] for one in confine._ASKING]}]
        found["x"] = [answer({confine._ALLOWED["read"][column]}, -1, 0, 0)]
        """,
        folder,
        source,
    )
    refused, none = [-1, errno.EPERM], [-1, errno.ENOSYS]
    assert [number for number, answer in found["refused"].items() if answer not in (refused, none)] == []
    assert all(answer == none for number, answer in found["refused"].items() if int(number) >= confine._NEWER)
    assert all(answer == refused for answer in found["questions"])
    assert found["x"] == [[-1, errno.EBADF]], "what it may is asked of the system itself"


@pytest.mark.skipif(platform.machine() not in MACHINES or not ON_LINUX, reason="has no filter of system calls")
def test_a_child_changes_nothing_about_files_and_signals_nobody(folder, source):
    found = confined(
        """
        import signal
        Path("own").write_text("x")
        attempt("chmod", lambda: os.chmod("own", 0o777))
        attempt("utime", lambda: os.utime("own", (1, 1)))
        attempt("xattr", lambda: os.setxattr("own", "user.x", b"y"))
        attempt("rename", lambda: os.rename("own", "other"))
        attempt("folder", lambda: os.mkdir("folder"))
        attempt("thread kill", lambda: signal.pthread_kill(threading.get_ident(), 0))
        attempt("kill", lambda: os.kill(os.getpid(), 0))
        """,
        folder,
        source,
    )
    assert {name: what for name, what in found.items() if name != "held"} == dict.fromkeys(
        ("chmod", "utime", "xattr", "rename", "folder", "thread kill", "kill"), "PermissionError"
    )


@pytest.mark.skipif(not ON_LINUX, reason="there is nothing to keep a child off other files elsewhere")
def test_a_child_sees_no_files_of_others(folder, source, tmp_path):
    (tmp_path / "secret").write_text("geheim")
    found = confined(
        f"""
        attempt("secret", lambda: open({str(tmp_path / "secret")!r}).read())
        attempt("users", lambda: open("/etc/passwd").read())
        attempt("look", lambda: os.listdir({str(tmp_path)!r}))
        attempt("overwrite", lambda: open({str(source)!r}, "ab"))
        attempt("beside", lambda: open({str(tmp_path / "new")!r}, "w"))
        attempt("link", lambda: os.symlink("/etc/passwd", "link"))
        attempt("signal", lambda: os.kill(os.getppid(), 0))
        attempt("source", lambda: open({str(source)!r}, "rb").read())
        attempt("result", lambda: Path("result").write_text("x"))
        attempt("large", lambda: Path("result").write_bytes(bytes(2 << 20)))
        """,
        folder,
        source,
    )
    if "files" not in found["held"]:
        pytest.skip("this kernel has no Landlock")
    forbidden = ("secret", "users", "look", "overwrite", "beside", "link", "signal")
    assert {name: found[name] for name in forbidden} == dict.fromkeys(forbidden, "PermissionError")
    assert (found["source"], found["result"], found["large"]) == ("done", "done", "OSError")


@pytest.mark.skipif(not ON_LINUX, reason="macOS does not keep to a limit of memory")
def test_a_child_takes_no_more_memory_than_it_may(folder, source):
    found = confined("attempt('memory', lambda: bytearray(300 << 20))", folder, source, memory=256 << 20)
    assert found["memory"] == "MemoryError"


def test_a_child_knows_nothing_of_our_environment(source, folder, child, monkeypatch):
    monkeypatch.setenv("CRM_SECRET_KEY", "geheim")
    child(
        """
        import os, pathlib, sys
        pathlib.Path("environment").write_text(repr(dict(os.environ)) + repr(sys.argv))
        """
    )
    sandbox.inspect(source, folder)
    seen = (folder / "environment").read_text()
    assert "geheim" not in seen and str(source) not in seen


ENDINGS = {
    "import os; os.abort()": "SIGABRT",
    "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)": "SIGSEGV",
    "import sys; sys.exit(3)": "exit 3",
    "raise ImportError": "exit 1",
    "import time; time.sleep(60)": "SIGKILL",
    "import os, time; os.close(1); time.sleep(60)": "SIGKILL",
    "import sys; sys.stdout.write('{' * 5_000_000)": "SIGKILL",
    "": "nonsense",
    "print('nonsense')": "nonsense",
    "print('[]')": "nonsense",
    "print('[' * 100_000)": "nonsense",
    "print('{}')": "nonsense",
}


@pytest.mark.parametrize("program", ENDINGS)
def test_whatever_becomes_of_a_child_is_a_refusal(source, folder, child, program):
    child(program)
    started = time.monotonic()
    verdict = sandbox.inspect(source, folder, Limits(wall=2))
    assert (verdict.refused, verdict.safe, verdict.mimetype, verdict.why) == (
        "unreadable",
        None,
        None,
        ENDINGS[program],
    )
    assert time.monotonic() - started < 5


def test_time_of_the_processor_ends(source, folder, child):
    child(
        """
        from pathlib import Path
        from crm.documents.confine import confine
        confine(1 << 30, 1, 1 << 20, 64, Path(), [])
        while True: pass
        """
    )
    assert sandbox.inspect(source, folder, Limits(wall=30)).why in ("SIGXCPU", "SIGKILL")


GOOD = {"mimetype": "application/pdf", "pages": 1, "safe": "safe.pdf", "thumbnail": "", "removed": []}


@pytest.mark.parametrize(
    "lie",
    [
        {"safe": "../secret"},
        {"safe": "/etc/passwd"},
        {"safe": "link"},
        {"safe": "."},
        {"safe": "nowhere.pdf"},
        {"safe": None},
        {"thumbnail": "../secret"},
        {"attachments": ["../secret"]},
        {"mimetype": "text/html"},
        {"mimetype": None},
        {"mimetype": {}},
        {"pages": "many"},
        {"removed": ["<script>"]},
        {"removed": 3},
        {"refused": "<script>"},
        {"refused": ""},
    ],
    ids=str,
)
def test_a_child_is_believed_as_a_stranger(source, folder, tmp_path, child, lie):
    (tmp_path / "secret").write_text("geheim")
    said = json.dumps(GOOD | lie)
    child(f"import os, pathlib; pathlib.Path('safe.pdf').touch(); os.symlink('../secret', 'link'); print({said!r})")
    verdict = sandbox.inspect(source, folder)
    assert (verdict.refused, verdict.safe, verdict.attachments) == ("unreadable", None, ())


def test_the_stranger_of_the_last_test_would_be_believed_without_a_lie(source, folder, child):
    child(f"import pathlib; pathlib.Path('safe.pdf').touch(); print({json.dumps(GOOD)!r})")
    assert sandbox.inspect(source, folder).safe == folder / "safe.pdf"


def test_no_more_children_than_cores_and_no_core_is_lost(tmp_path, source, child):
    child(
        """
        import json, os, pathlib, time
        pathlib.Path("from").write_text(repr(time.monotonic()))
        time.sleep(0.3)
        pathlib.Path("until").write_text(repr(time.monotonic()))
        os.abort()
        """
    )
    folders = [tmp_path / str(number) for number in range(2 * (os.cpu_count() or 1) + 1)]
    for one in folders:
        one.mkdir()
    with ThreadPoolExecutor(len(folders)) as pool:
        list(pool.map(lambda one: sandbox.inspect(source, one), folders))
    spans = [(float((one / "from").read_text()), float((one / "until").read_text())) for one in folders]
    together = [sum(start <= moment < end for start, end in spans) for moment, _ in spans]
    assert 1 <= max(together) <= (os.cpu_count() or 1)


def test_a_child_dies_with_who_started_it(tmp_path, source):
    """A server that is killed leaves no converter behind, and its place is free at once."""
    if not ON_LINUX:
        pytest.skip("only Linux can tie a process to its parent")
    program = f"""
import sys
from pathlib import Path
from crm.documents import sandbox
sandbox._INSPECTOR = ("-c", '''
import os, time
from pathlib import Path
from crm.documents.confine import confine
confine(1 << 30, 20, 1 << 20, 64, Path("."), [])
Path("pid").write_text(str(os.getpid()))
time.sleep(60)
''')
sandbox.inspect(Path({str(source)!r}), Path(sys.argv[1]))
"""
    folder = tmp_path / "killed"
    folder.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], env=os.environ | {"PYTHONPATH": str(HOUSE)}
    ) as parent:
        wait_for(lambda: (folder / "pid").exists() and (folder / "pid").read_text())
        parent.send_signal(signal.SIGKILL)
    pid = int((folder / "pid").read_text())
    wait_for(lambda: not is_running(pid))


def wait_for(happened) -> None:
    until = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_sizes_are_looked_at_before_anything_is_started(tmp_path, folder, child):
    child("raise SystemExit")
    (tmp_path / "empty").touch()
    (tmp_path / "large").write_bytes(b"%PDF-" + bytes(2000))
    assert sandbox.inspect(tmp_path / "empty", folder).refused == "empty"
    assert sandbox.inspect(tmp_path / "large", folder, Limits(size=2000)).refused == "too_large"


def test_a_folder_with_something_in_it_is_not_used(source, folder):
    (folder / "safe.pdf").touch()
    with pytest.raises(ValueError, match="empty"):
        sandbox.inspect(source, folder)


@pytest.mark.parametrize("missing", [set(), {"network"}, {"files", "memory"}])
def test_a_beheerder_can_ask_what_holds(monkeypatch, missing):
    monkeypatch.setattr(sandbox, "holds", lambda: frozenset(sandbox.KEPT_FROM) - missing)
    said = CliRunner().invoke(console.files, ["safety"])
    assert said.exit_code == (1 if missing else 0)
    assert said.output.count("NO") == len(missing) and said.output.count("yes") == 5 - len(missing)


def test_an_inspector_that_does_not_start_is_told(child):
    child("raise ImportError")
    with pytest.raises(RuntimeError, match="exit 1"):
        sandbox.holds()


@pytest.mark.parametrize("name", [name for name in hostile.NAMES if 0 < len(name.encode()) < 256 and name.strip(".")])
def test_names_do_not_matter(tmp_path, folder, name):
    place = Path(tempfile.mkdtemp(dir=tmp_path)) / name.replace("/", "_").replace("\0", "_")
    place.write_bytes(hostile.plain_pdf())
    assert sandbox.inspect(place, folder).refused == ""


def test_threads_may_ask_at_the_same_time(tmp_path, source):
    verdicts = []

    def ask(number: int) -> None:
        (tmp_path / f"{number}").mkdir()
        verdicts.append(sandbox.inspect(source, tmp_path / f"{number}").refused)

    threads = [threading.Thread(target=ask, args=[number]) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verdicts == [""] * 5
