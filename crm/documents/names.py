"""What a file that came in is called."""

import unicodedata
from pathlib import PurePosixPath

LONGEST = 120


def tidy(filename: str) -> str:
    """A file name without its folders, and without signs that hide what it is (controls, changes of direction).

    At most LONGEST signs, the extension kept; "document" when nothing is left.
    """
    name = unicodedata.normalize("NFC", filename).replace("\\", "/").rpartition("/")[2]
    shown = "".join(sign for sign in name if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    path = PurePosixPath(" ".join(shown.split()).strip(" ."))
    if not path.name:
        return "document"
    suffix = path.suffix if len(path.suffix) <= 10 else ""
    return path.name.removesuffix(suffix)[: LONGEST - len(suffix)] + suffix


def title_of(filename: str) -> str:
    """What a document is called at first: the file's name without extension."""
    return PurePosixPath(filename).stem or filename
