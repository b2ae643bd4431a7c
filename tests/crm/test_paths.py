import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile

import pytest

from crm import paths

CHECKOUT = paths.checkout()
PACKED = ("crm", "plugins", "templates", "config")
ASK = """
import json, crm.paths as p
print(json.dumps({"templates": str(p.templates()), "config": str(p.config()), "static": str(p.static()),
                  "checkout": p.checkout() and str(p.checkout())}))
"""


def test_in_a_checkout_templates_and_config_lie_at_the_top():
    assert paths.templates() == CHECKOUT / "templates"
    assert paths.config() == CHECKOUT / "config"
    assert paths.static() == CHECKOUT / "crm" / "static"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    pytest.importorskip("setuptools")
    source = tmp_path_factory.mktemp("source")
    for name in PACKED:
        shutil.copytree(CHECKOUT / name, source / name)
    for pattern in ("*.py", "*.cfg", "*.toml", "*.in", "LICENSE", "README.md"):
        for file in CHECKOUT.glob(pattern):
            shutil.copyfile(file, source / file.name)
    (source / "config" / "production.toml").write_text("secret = 'x'\n")
    (source / "crm" / "static" / "vendor").mkdir(parents=True, exist_ok=True)
    (source / "crm" / "static" / "vendor" / "probe.css.br").write_bytes(b"x")
    (source / "templates" / "probe").mkdir(parents=True, exist_ok=True)
    (source / "templates" / "probe" / "page.html").write_text("x")
    # By way of an sdist, which must then hold all that the wheel needs.
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", source / "dist", source]
    subprocess.run(command, check=True, capture_output=True, text=True)
    [built] = (source / "dist").glob("*.whl")
    return built


def test_the_wheel_holds_templates_config_and_built_assets(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {
        "crm/_templates/probe/page.html",
        "crm/_config/icons.txt",
        "crm/static/vendor/probe.css.br",
        "wsgi.py",
    } <= names


def test_the_wheel_holds_every_file_of_our_plugins(wheel):
    files = [file for file in (CHECKOUT / "plugins").rglob("*") if file.is_file() and file.suffix != ".pyc"]
    there = {file.relative_to(CHECKOUT).as_posix() for file in files}
    assert there - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_the_wheel_holds_no_secrets_and_no_tests(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert not [name for name in names if name.endswith("production.toml") or name.startswith("tests/")]


def test_from_a_wheel_the_folders_are_inside_the_package(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    told = subprocess.run(
        [sys.executable, "-P", "-c", ASK],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "site")},
        check=True,
        capture_output=True,
        text=True,
    )
    package = tmp_path / "site" / "crm"
    assert json.loads(told.stdout) == {
        "templates": str(package / "_templates"),
        "config": str(package / "_config"),
        "static": str(package / "static"),
        "checkout": None,
    }


def test_the_example_of_production_sets_what_there_is():
    names = ("production.example", "default")
    example, known = (tomllib.loads((paths.config() / f"{name}.toml").read_text("utf-8")) for name in names)
    assert example.keys() <= known.keys()
    assert all(type(value) is type(known[name]) for name, value in example.items())
    assert not example["MAIL_SINK"] and example["SESSION_COOKIE_SECURE"] and example["TRUSTED_PROXIES"]
