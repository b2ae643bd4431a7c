"""Where the house keeps its files, in a checkout and in an installed wheel alike.

`templates/` and `config/` lie at the top of a checkout; `setup.py` packs them as `crm/_templates` and
`crm/_config`.
"""

import os
import secrets
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def keep_to_ourselves() -> None:
    """From now on nobody but our own user may read what this process, and those it starts, write."""
    os.umask(0o077)


def data_folder(data: Path) -> Path:
    """DATA, made where it was not: nobody but our own user may enter it, unless it is somebody else's (a volume of a
    container), who then decides. Raises OSError."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    now = data.stat()
    if now.st_mode & 0o077 and now.st_uid == os.getuid():
        data.chmod(0o700)
    return data


def kept_secret(file: Path) -> str:
    """The secret of this installation, made at the first start; two starts at once agree on one."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text("ascii")
    with os.fdopen(handle, "w") as out:
        out.write(secrets.token_hex(32))
    return file.read_text("ascii")


def templates() -> Path:
    """The folder of the core's templates; also where an office's overrides of plugin templates lie."""
    return _outside_the_package("templates")


def config() -> Path:
    """The folder of `default.toml`, `content/`, `icons.txt` and `gunicorn.conf.py`."""
    return _outside_the_package("config")


def content() -> Path:
    """The folder of what an office starts with, as data."""
    return config() / "content"


def static() -> Path:
    """The folder of what browsers fetch: our own files, and in `vendor/` what `crm.assets` put there."""
    return PACKAGE / "static"


def translations() -> Path:
    """The folder of the texts in other languages."""
    return PACKAGE / "translations"


def checkout() -> Path | None:
    """The top of the checkout, or None when Sleutel runs from an installed wheel."""
    return None if (PACKAGE / "_config").is_dir() else PACKAGE.parent


def _outside_the_package(name: str) -> Path:
    packed = PACKAGE / f"_{name}"
    return packed if packed.is_dir() else PACKAGE.parent / name
