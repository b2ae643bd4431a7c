"""What the child process takes from itself before it touches a file: memory, time, network, files, new processes.

| takes away | Linux | elsewhere (macOS) |
|---|---|---|
| memory, CPU time, size and number of files | rlimits | rlimits, **not** of memory, which macOS does not keep to |
| network | own empty namespace where the system permits it, and seccomp | **not** |
| starting programs and processes | seccomp | rlimit |
| files of others (the CRM's own data too) | Landlock, from kernel 5.13 | **not** |

seccomp is there for x86-64 and ARM64; Docker's usual profile permits it and Landlock, not the namespace.
What holds on a machine says `crm files safety`.

Sources: man pages seccomp(2), landlock(7), user_namespaces(7); linux/audit.h, linux/filter.h, linux/landlock.h.
"""

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from pathlib import Path

_libc = ctypes.CDLL(None)

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_CLONE_THREAD = 0x00010000
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2

# What a decoder, Python and the C library under them ask of the system: number of each call on x86-64 and ARM64, None
# where it does not exist. All else is refused.
_ALLOWED = {
    # memory
    "mmap": (9, 222),
    "munmap": (11, 215),
    "mprotect": (10, 226),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "brk": (12, 214),
    # what is open
    "read": (0, 63),
    "readv": (19, 65),
    "pread64": (17, 67),
    "write": (1, 64),
    "writev": (20, 66),
    "pwrite64": (18, 68),
    "lseek": (8, 62),
    "close": (3, 57),
    "fstat": (5, 80),
    "dup": (32, 23),
    "ftruncate": (77, 46),
    "fsync": (74, 82),
    "fdatasync": (75, 83),
    "fadvise64": (221, 223),
    "fallocate": (285, 47),
    "getdents64": (217, 61),
    # names of files, as far as Landlock lets it
    "open": (2, None),
    "openat": (257, 56),
    "stat": (4, None),
    "lstat": (6, None),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "access": (21, None),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "getcwd": (79, 17),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    # threads, and what they hear
    "futex": (202, 98),
    "set_robust_list": (273, 99),
    "set_tid_address": (218, 96),
    "rseq": (334, 293),
    "gettid": (186, 178),
    "getpid": (39, 172),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    # time, chance, and who we are
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "nanosleep": (35, 101),
    "gettimeofday": (96, 169),
    "getrandom": (318, 278),
    "getrusage": (98, 165),
    "getrlimit": (97, 163),
    "uname": (63, 160),
    "sysinfo": (99, 179),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
}
_CLONE = (56, 220)
# Of these only some questions, by their second argument: is it a terminal, and close it for programs; flags of what is
# open. Others would signal processes, or reach into drivers.
_ASKING = {
    (16, 29): (0x5401, 0x802C542A, 0x5413, 0x5450, 0x5451),  # ioctl: TCGETS, TCGETS2, TIOCGWINSZ, FIONCLEX, FIOCLEX
    (72, 25): (1, 2, 3, 1030),  # fcntl: F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC
}
_NEWER = 435  # from clone3 on a C library tries a call and takes an older one when it is told that there is none
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column above, AUDIT_ARCH of linux/audit.h

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_FILE, _MAKE_REG = 1, 2, 4, 8, 32, 256
_TRUNCATE = 1 << 14


def confine(memory: int, cpu: int, written: int, files: int, folder: Path, readable: list[Path]) -> list[str]:
    """Takes from this process all that it does not need; gives what holds: memory, cpu, files, network, processes.

    `memory` and `written` (one file) are in bytes, `cpu` in seconds of CPU time; `files` is how many may be open.
    Only `folder` may be written to; only Python's own files and `readable` may be read. On Linux it dies with its
    parent.
    """
    os.nice(10)
    held = _limit(memory, cpu, written, files)
    if sys.platform == "linux":
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        alone = _libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0
        kept = _keep_to(folder, readable)
        filtered = _filter_calls()
        held += ["network"] * (alone or filtered) + ["files"] * kept + ["processes"] * filtered
    return held


def _limit(memory: int, cpu: int, written: int, files: int) -> list[str]:
    held = ["cpu"]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (written, written))
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        return [*held, "memory"]
    # Linux counts threads as well, and libheif decodes in one.
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    return [*held, "processes"]


def _filter_calls() -> bool:
    """Leaves this process the system calls of `_ALLOWED`, the questions of `_ASKING` and new threads; refuses all else
    (EPERM, of newer calls ENOSYS). False where that is not possible."""
    if platform.machine() not in _MACHINES:
        return False
    column, architecture = _MACHINES[platform.machine()]
    load, equal, at_least, any_bit, give = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, kill, refuse, unknown = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
    program = [
        (load, 0, 0, 4),
        (equal, 1, 0, architecture),
        (give, 0, 0, kill),
        (load, 0, 0, 0),
        (at_least, 0, 1, 0x40000000),  # the calls of x32, which have other numbers
        (give, 0, 0, kill),
    ]
    for numbers in _ALLOWED.values():
        if (number := numbers[column]) is not None:
            program += [(equal, 0, 1, number), (give, 0, 0, allow)]
    for call, questions in _ASKING.items():
        answers = [line for one in questions for line in ((equal, 0, 1, one), (give, 0, 0, allow))]
        program += [(equal, 0, len(answers) + 2, call[column]), (load, 0, 0, 24), *answers, (give, 0, 0, refuse)]
    program += [
        (equal, 0, 3, _CLONE[column]),
        (load, 0, 0, 16),
        (any_bit, 0, 1, _CLONE_THREAD),
        (give, 0, 0, allow),
        (load, 0, 0, 0),
        (at_least, 0, 1, _NEWER),  # clone3 too: its flags cannot be read here, and the C library then asks clone
        (give, 0, 0, unknown),
        (give, 0, 0, refuse),
    ]
    code = b"".join(struct.pack("HBBI", *line) for line in program)
    lines = ctypes.create_string_buffer(code)
    filtering = ctypes.create_string_buffer(struct.pack("HP", len(program), ctypes.addressof(lines)))
    return bool(_libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, filtering, 0, 0) == 0)


def _keep_to(folder: Path, readable: list[Path]) -> bool:
    """Leaves only `folder` to write in, and Python's own files and `readable` to read; False on older kernels."""
    version = _libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False
    rights = (1 << 13) - 1
    rights |= (1 << 13 if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    # Rights on files, TCP (from version 4), signals and abstract sockets of others (from version 6).
    attributes = struct.pack("QQQ", rights, 3, 3)[: 8 if version < 4 else 16 if version < 6 else 24]
    ruleset = _libc.syscall(_LANDLOCK_CREATE, attributes, ctypes.c_size_t(len(attributes)), 0)
    if ruleset < 0:
        return False
    look = _EXECUTE | _READ_FILE | _READ_DIR
    write = look | _WRITE_FILE | _REMOVE_FILE | _MAKE_REG | (_TRUNCATE & rights)
    libraries = [Path(place) for place in sys.path if place.endswith(("site-packages", "dist-packages"))]
    ours = [Path(sys.prefix), Path(sys.base_prefix), Path(__file__).parents[1], *libraries, *map(Path, _SYSTEM)]
    for path, may in [*((path, look) for path in ours + readable), (folder, write & ~_EXECUTE)]:
        if path.exists():
            _allow(ruleset, path, may if path.is_dir() else may & (_EXECUTE | _READ_FILE))
    held = _libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0) == 0
    os.close(ruleset)
    return held


_SYSTEM = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/fonts", "/dev/urandom", "/dev/null")


def _allow(ruleset: int, path: Path, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)  # type: ignore[attr-defined, unused-ignore]
    _libc.syscall(_LANDLOCK_ADD, ruleset, 1, struct.pack("=Qi", rights, place), 0)
    os.close(place)
