"""What photos and PDFs cost in the child process that opens them: processor time, which other work does not change."""

import resource
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pillow_heif
from PIL import Image

from bench.measure import Result
from crm.documents import sandbox

SIZE = (4032, 3024)  # of a telephone with 12 megapixels
PHOTO = "a photo (HEIC, 12 MP)"
GOAL = 12.0  # seconds for eight photos


def measure(folder: Path) -> Iterator[Result]:
    """Milliseconds for one file of each kind, and for eight photos that become one PDF."""
    for name, source in photos(folder).items():
        spent = processor(lambda source=source: inspect(source))  # type: ignore[misc]
        yield Result(f"inspect {name}", round(spent * 1000, 1), None, None, None, "processor time", True)
    sources, target = [photos(folder)[PHOTO]] * 8, folder / "joined.pdf"
    spent = processor(lambda: sandbox.join(sources, target, []))
    goal = f"≤ {GOAL:.0f} s of processor time"
    holds = spent <= GOAL and target.exists()
    yield Result("8 photos (HEIC, 12 MP) → PDF", round(spent * 1000, 1), None, None, None, goal, holds)


def photos(folder: Path) -> dict[str, Path]:
    """A file that is refused at the door, and one photo as JPEG and HEIC with grain as a camera's; made once."""
    files = {
        "nothing (start of the child)": folder / "photo.txt",
        "a photo (JPEG, 12 MP)": folder / "photo.jpg",
        PHOTO: folder / "photo.heic",
    }
    if not files[PHOTO].exists():
        make(*files.values())
    return files


def make(text: Path, jpeg: Path, heic: Path) -> None:
    pillow_heif.register_heif_opener()
    photo = Image.effect_noise((SIZE[0] // 4, SIZE[1] // 4), 40).resize(SIZE).convert("RGB")
    text.write_text("geen foto")
    photo.save(jpeg, quality=90)
    photo.save(heic, quality=80)


def inspect(source: Path) -> None:
    with tempfile.TemporaryDirectory(dir=source.parent) as folder:
        sandbox.inspect(source, Path(folder))


def processor(work: Callable[[], object]) -> float:
    """Seconds of processor time of the children of `work`."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
