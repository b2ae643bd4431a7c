"""What browsers fetch: vendored files at set-up (`python -m crm.assets`), addresses to cache at run time."""

import functools
import gzip
import hashlib
import re
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree

from flask import current_app, g, has_request_context, request, url_for
from markupsafe import Markup

from crm import paths

# Files on the right are put one after another in the file on the left.
VENDORED: dict[str, tuple[str, ...]] = {
    "tabler.css": ("@tabler/core/dist/css/tabler.min.css",),
    "tabler.js": ("@tabler/core/dist/js/tabler.min.js",),
    # The second file gives it the look of Tabler, light and dark.
    "tom-select.css": (
        "tom-select/dist/css/tom-select.bootstrap5.min.css",
        "@tabler/core/dist/css/tabler-vendors.min.css",
    ),
    "tom-select.js": ("tom-select/dist/js/tom-select.complete.min.js",),
    "htmx.js": ("htmx.org/dist/htmx.min.js",),
    "tus.js": ("tus-js-client/dist/tus.min.js",),
    "fullcalendar.css": (
        "fullcalendar/skeleton.css",
        "fullcalendar/themes/classic/theme.css",
        "fullcalendar/themes/classic/palette.css",
    ),
    "fullcalendar.js": (
        "temporal-polyfill/global.js",
        "fullcalendar/all/global.js",
        "fullcalendar/themes/classic/global.js",
        "fullcalendar/locales/nl/global.js",
    ),
    # Fetched when a PDF is looked at, the second as a worker.
    "pdf.js": ("pdfjs-dist/build/pdf.min.mjs",),
    "pdf.worker.js": ("pdfjs-dist/build/pdf.worker.min.mjs",),
}
# Folders as they are: fonts that a PDF may leave out, decoders of scans.
FOLDERS = {"pdf-fonts": "pdfjs-dist/standard_fonts", "pdf-wasm": "pdfjs-dist/wasm"}
# Whose code is in those files, bundled dependencies included: their licences ask to travel along.
LICENSED = (
    "@fullcalendar/core",
    "@orchidjs/unicode-variants",
    "@popperjs/core",
    "@tabler/icons",
    "fullcalendar",
    "htmx.org",
    "pdfjs-dist",
    "preact",
    "temporal-polyfill",
    "tom-select",
    "tus-js-client",
)
SPRITE = "icons.svg"
YEAR_IN_SECONDS = 31_536_000

Application = Callable[..., Any]

SVG = "http://www.w3.org/2000/svg"
_SOURCE_MAP = re.compile(rb"(?://[#@] ?sourceMappingURL=[^\n]*|/\*# ?sourceMappingURL=.*?\*/)")


def build(node_modules: Path, target: Path, icon_names: Iterable[str]) -> list[Path]:
    """Fill `target` anew with the vendored files, the icon sprite, compressed variants of each, and licences.

    Returns the files written, without the compressed variants. Raises FileNotFoundError when `node_modules`
    lacks a file or an icon.
    """
    shutil.rmtree(target, ignore_errors=True)
    (target / "licenses").mkdir(parents=True)
    written = [_join(node_modules, sources, target / name) for name, sources in VENDORED.items()]
    written.append(target / SPRITE)
    written[-1].write_bytes(sprite(node_modules / "@tabler/icons/icons/outline", icon_names))
    for file in written:
        _compress(file)
    for name, folder in FOLDERS.items():
        shutil.copytree(node_modules / folder, target / name)
    for package in LICENSED:
        source = next((node_modules / package).glob("LICENSE*"))
        shutil.copyfile(source, target / "licenses" / f"{package.replace('/', '-').lstrip('@')}.txt")
    return written


def sprite(folder: Path, names: Iterable[str]) -> bytes:
    """One SVG with a `<symbol id="name">` for each icon; a page shows it by `<use href="…#name">`.

    Raises FileNotFoundError when `folder` has no icon of that name.
    """
    ElementTree.register_namespace("", SVG)
    sheet = ElementTree.Element(f"{{{SVG}}}svg")
    for name in names:
        # Safe to parse: the package is pinned by its hash.
        drawing = ElementTree.parse(folder / f"{name}.svg").getroot()  # noqa: S314
        look = {key: drawing.attrib[key] for key in drawing.attrib if key not in {"class", "width", "height"}}
        symbol = ElementTree.SubElement(sheet, f"{{{SVG}}}symbol", {"id": name, **look})
        symbol.extend(part for part in drawing if part.get("stroke") != "none" or part.get("fill") != "none")
    return ElementTree.tostring(sheet)


def icon_names(file: Path | None = None) -> list[str]:
    """The names in `config/icons.txt`, one to a line; empty lines and lines of # are left out."""
    lines = (file or paths.config() / "icons.txt").read_text("utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def url(name: str, blueprint: str | None = None) -> str:
    """The address of a static file with its content hash, so that browsers may keep it for a year.

    `name` is a path below the static folder of the current app, or of `blueprint`. A missing file gets an
    address without a hash, which answers 404. Needs an app context. In production addresses are kept: a page has
    dozens of icons, and looking at the disk for each costs a tenth of its time.
    """
    key = (name, blueprint, request.root_path if has_request_context() else "")
    kept: dict[Any, str] = current_app.extensions.setdefault("crm.assets", {})
    if key in kept:
        return kept[key]
    owner = current_app.blueprints[blueprint] if blueprint else current_app
    endpoint = f"{blueprint}.static" if blueprint else "static"
    tag = digest(Path(owner.static_folder or ""), name)
    address = url_for(endpoint, filename=name, v=tag)
    if tag and not (current_app.debug or current_app.testing):
        kept[key] = address
    return address


def icon(name: str, look: str = "") -> Markup:
    """The drawing of this name (`config/icons.txt`) as an inline image; `look` are further classes.

    A page has hundreds: what was drawn once is kept like the addresses above, and a request asks once where they are.
    """
    sheet = g.get("icon_sheet")
    if sheet is None:
        sheet = g.icon_sheet = url(f"vendor/{SPRITE}")
    return _drawn(sheet, name, look)


@functools.lru_cache(maxsize=1024)
def _drawn(sheet: str, name: str, look: str) -> Markup:
    drawing = '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>'
    return Markup(drawing).format(look, sheet, name)  # noqa: S704 (what is filled in is escaped)


def digest(folder: Path, name: str) -> str | None:
    """Twelve characters that change with the content of a file, or None when there is no such file."""
    file = folder / name
    try:
        state = file.stat()
    except OSError:
        return None
    return _digest_of(file, state.st_mtime_ns, state.st_size)


def serve(app: Application, autorefresh: bool = False, folder: Path | None = None) -> Application:
    """Wrap a WSGI app so that `/static/…` comes from disk, compressed, and may be kept for a year if hashed.

    `autorefresh` looks at the disk on every request, for development; without it, files are found once, now.
    """
    from whitenoise import WhiteNoise

    root = folder or paths.static()
    files = WhiteNoise(
        app, autorefresh=autorefresh, max_age=60, allow_all_origins=False, add_headers_function=forbid_sniffing
    )
    files.add_files(root, prefix="static/")

    def serving(environ: dict[str, Any], start_response: Application) -> Any:
        return files(environ, _keeping(root, environ, start_response))

    return serving


def forbid_sniffing(headers: Any, _path: str, _url: str) -> None:
    """What `crm.web.add_headers` does for pages: these files are answered before it."""
    headers["X-Content-Type-Options"] = "nosniff"


def _keeping(root: Path, environ: dict[str, Any], start_response: Application) -> Application:
    path = environ.get("PATH_INFO", "")
    asked = parse_qs(environ.get("QUERY_STRING", "")).get("v", [""])[0]
    name = path.removeprefix("/static/")
    if not asked or name == path or ".." in name or asked != digest(root, name):
        return start_response

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        if status.startswith(("200", "206", "304")):
            headers = [(key, value) for key, value in headers if key.lower() != "cache-control"]
            headers.append(("Cache-Control", f"public, max-age={YEAR_IN_SECONDS}, immutable"))
        return start_response(status, headers, *rest)

    return start


@functools.lru_cache(maxsize=1024)
def _digest_of(file: Path, mtime_ns: int, size: int) -> str:
    # Time and size are only in the key: a changed file gets a new entry.
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def _join(node_modules: Path, sources: Iterable[str], target: Path) -> Path:
    separator = b"\n;" if target.suffix == ".js" else b"\n"
    parts = (_SOURCE_MAP.sub(b"", (node_modules / source).read_bytes()).strip() for source in sources)
    target.write_bytes(separator.join(parts) + b"\n")
    return target


def _compress(file: Path) -> None:
    import brotli

    content = file.read_bytes()
    # Quality 11 would take 3 s of every set-up, for a tenth fewer bytes.
    _beside(file, ".br").write_bytes(brotli.compress(content, quality=9))
    _beside(file, ".gz").write_bytes(gzip.compress(content, mtime=0))


def _beside(file: Path, ending: str) -> Path:
    return file.with_name(file.name + ending)


def main() -> int:
    """Build `crm/static/vendor` from the checkout's `node_modules`; returns the exit status."""
    top = paths.checkout()
    if top is None or not (top / "node_modules").is_dir():
        sys.stderr.write("crm.assets: no node_modules; run it in a checkout, after npm ci (make does both).\n")
        return 1
    written = build(top / "node_modules", paths.static() / "vendor", icon_names())
    sys.stdout.write(f"crm.assets: {len(written)} files in {paths.static() / 'vendor'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
