import functools
import gzip
import os
from xml.etree import ElementTree

import brotli
import pytest
from flask import Blueprint, Flask
from werkzeug.test import Client

from crm import assets, paths

DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24" fill="none"
  stroke="currentColor" class="icon">
  <path stroke="none" d="M0 0h24v24H0z" fill="none" />
  <path d="M5 12l4 4" />
</svg>"""
STYLE = b"body { color: black }\n" * 20
FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture
def node_modules(tmp_path):
    root = tmp_path / "node_modules"
    for sources in assets.VENDORED.values():
        for source in sources:
            (root / source).parent.mkdir(parents=True, exist_ok=True)
            (root / source).write_text(f"/* {source} */\n//# sourceMappingURL=x.map\n")
    for folder in assets.FOLDERS.values():
        (root / folder).mkdir(parents=True)
        (root / folder / "one.bin").write_bytes(b"as it is")
    for package in assets.LICENSED:
        (root / package).mkdir(parents=True, exist_ok=True)
        (root / package / "LICENSE.md").write_text(package)
    icons = root / "@tabler/icons/icons/outline"
    icons.mkdir(parents=True)
    for name in ("home", "users"):
        (icons / f"{name}.svg").write_text(DRAWING)
    return root


def test_build_joins_files_in_order_without_source_maps(node_modules, tmp_path):
    assets.build(node_modules, tmp_path / "vendor", ["home"])
    text = (tmp_path / "vendor" / "fullcalendar.js").read_text()
    positions = [text.index(source) for source in assets.VENDORED["fullcalendar.js"]]
    assert positions == sorted(positions)
    assert "sourceMappingURL" not in text


def test_build_compresses_each_file_and_brings_the_licences(node_modules, tmp_path):
    vendor = tmp_path / "vendor"
    for file in assets.build(node_modules, vendor, ["home", "users"]):
        assert gzip.decompress((vendor / f"{file.name}.gz").read_bytes()) == file.read_bytes()
        assert brotli.decompress((vendor / f"{file.name}.br").read_bytes()) == file.read_bytes()
    assert (vendor / "licenses" / "orchidjs-unicode-variants.txt").read_text() == "@orchidjs/unicode-variants"


def test_build_copies_whole_folders(node_modules, tmp_path):
    assets.build(node_modules, tmp_path / "vendor", [])
    assert all((tmp_path / "vendor" / name / "one.bin").read_bytes() == b"as it is" for name in assets.FOLDERS)


def test_build_leaves_nothing_of_an_earlier_build(node_modules, tmp_path):
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "old.js").write_text("x")
    assets.build(node_modules, tmp_path / "vendor", [])
    assert not (tmp_path / "vendor" / "old.js").exists()


def test_the_sprite_has_a_symbol_per_icon_that_takes_the_colour_of_the_text(node_modules):
    folder = node_modules / "@tabler/icons/icons/outline"
    symbols = list(ElementTree.fromstring(assets.sprite(folder, ["home", "users"])))
    assert [symbol.get("id") for symbol in symbols] == ["home", "users"]
    assert symbols[0].get("stroke") == "currentColor"
    assert [part.get("d") for part in symbols[0]] == ["M5 12l4 4"]


def test_an_unknown_icon_is_an_error(node_modules):
    with pytest.raises(FileNotFoundError, match="no-such-icon"):
        assets.sprite(node_modules / "@tabler/icons/icons/outline", ["no-such-icon"])


def test_icon_names_are_sorted_and_named_once():
    names = assets.icon_names()
    assert names == sorted(set(names))
    assert {"home", "users", "calendar"} <= set(names)


@pytest.fixture
def folder(tmp_path):
    static = tmp_path / "static"
    static.mkdir()
    (static / "crm.css").write_bytes(STYLE)
    (static / "crm.css.gz").write_bytes(gzip.compress(STYLE, mtime=0))
    return static


@pytest.fixture
def app(folder):
    app = Flask("probe", static_folder=str(folder), static_url_path="/static")
    app.testing = True
    app.register_blueprint(Blueprint("guest", "probe", static_folder=str(folder), url_prefix="/guest"))
    return app


def test_an_address_is_kept_in_production(app, folder):
    app.testing = False
    with app.test_request_context():
        before = assets.url("crm.css")
        (folder / "crm.css").unlink()
        assert assets.url("crm.css") == before


def test_an_address_changes_with_the_content(app, folder):
    with app.test_request_context():
        before = assets.url("crm.css")
        (folder / "crm.css").write_text("body { color: white }")
        os.utime(folder / "crm.css", ns=(1, 1))
        after = assets.url("crm.css")
    assert before != after
    assert before.startswith("/static/crm.css?v=")


def test_a_blueprint_has_addresses_of_its_own(app):
    with app.test_request_context():
        assert assets.url("crm.css", blueprint="guest").startswith("/guest/static/crm.css?v=")


def test_an_address_knows_where_the_app_is_mounted(app):
    with app.test_request_context(base_url="http://localhost/kluis/"):
        assert assets.url("crm.css").startswith("/kluis/static/crm.css?v=")


def test_a_missing_file_has_an_address_without_a_hash(app):
    with app.test_request_context():
        assert assets.url("missing.css") == "/static/missing.css"


@pytest.fixture(params=[False, True], ids=["found-once", "autorefresh"])
def get(request, app, folder):
    client = Client(assets.serve(app.wsgi_app, autorefresh=request.param, folder=folder))
    return functools.partial(client.get, buffered=True)


def test_serves_for_ever_what_an_address_with_its_hash_asks(get, folder):
    answer = get("/static/crm.css", query_string={"v": assets.digest(folder, "crm.css")})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == FOR_EVER
    assert answer.headers.getlist("X-Content-Type-Options") == ["nosniff"]


@pytest.mark.parametrize("query", ["", "v=", "v=0123456789ab"])
def test_serves_for_a_minute_what_has_no_or_another_hash(get, query):
    assert get(f"/static/crm.css?{query}").headers["Cache-Control"] == "max-age=60, public"


def test_serves_the_compressed_file_to_whom_takes_it(get):
    answer = get("/static/crm.css", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize("path", ["/static/../setup.cfg", "/static/%2e%2e/setup.cfg", "/static/missing.css"])
def test_what_is_not_below_the_folder_is_not_found(get, path):
    assert get(path, query_string={"v": "x"}).status_code == 404


@pytest.mark.skipif(not (paths.static() / "vendor").is_dir(), reason="make setup has not built the assets")
def test_the_built_sprite_has_every_icon():
    sheet = ElementTree.parse(paths.static() / "vendor" / assets.SPRITE).getroot()
    assert [symbol.get("id") for symbol in sheet] == assets.icon_names()
