"""An installation of its own, and the command line in it."""

import shutil

import pytest

from crm import cli


@pytest.fixture
def installation(tmp_path, monkeypatch):
    """An installation of its own, without a database yet; nothing comes from the environment of the test run."""
    for name, value in {"DATA": str(tmp_path / "data"), "ARGON2_MEMORY": "8", "DATABASE": ""}.items():
        monkeypatch.setenv(f"CRM_{name}", value)
    for name in ("CRM_CONFIG", "CRM_TRACEBACK", "CRM_PARENT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "data"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """The data folder of an installation whose database is up to date."""
    folder = tmp_path_factory.mktemp("fresh") / "data"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRM_DATA", str(folder))
        with pytest.raises(SystemExit) as ended:
            cli.main(["db", "upgrade"])
    assert ended.value.code == 0
    return folder


@pytest.fixture
def office(installation, fresh):
    shutil.copytree(fresh, installation)
    return installation


@pytest.fixture
def crm(capsys):
    """Runs one command; gives (exit code, output, errors)."""

    def run(*words):
        with pytest.raises(SystemExit) as ended:
            cli.main(list(words))
        answer = capsys.readouterr()
        return ended.value.code, answer.out, answer.err

    return run


@pytest.fixture
def refused(crm):
    """Runs one command that must end in one line on standard error and exit code 2; gives that line."""

    def run(*words):
        code, _, errors = crm(*words)
        assert code == 2, errors
        assert errors.startswith("crm: ") and errors.count("\n") == 1, errors
        return errors

    return run
