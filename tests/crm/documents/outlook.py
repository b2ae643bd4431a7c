"""Makes .msg files as Outlook saves them, good and hostile: compound files (MS-CFB) that hold an e-mail (MS-OXMSG)."""

import struct
from typing import Any

SECTOR, SMALL, CUTOFF = 512, 64, 4096
FREE, END, FAT, NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
STORAGE, STREAM, ROOT = 1, 2, 5
MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
Tree = dict[str, Any]  # names to bytes (streams) and trees (storages)


class Compound:
    """A compound file with the streams and storages of `tree`; `bytes()` gives it. Its rows of the directory can be
    falsified before that: `entries` holds [name, kind, left, right, child, start, size]."""

    def __init__(self, tree: Tree) -> None:
        self.sectors: list[bytes] = []
        self.fat: list[int] = []
        self.small, self.small_fat = b"", []
        self.entries: list[list[Any]] = [["Root Entry", ROOT, NONE, NONE, NONE, END, 0]]
        self.entries[0][4] = self.add(tree)

    def add(self, tree: Tree) -> int:
        """The children of a storage, as a balanced tree; gives the number of its top."""
        numbers = []
        for name in sorted(tree, key=lambda name: (len(name), name.upper())):
            numbers.append(len(self.entries))
            entry = [name, STORAGE, NONE, NONE, NONE, 0, 0]
            self.entries.append(entry)
            if isinstance(tree[name], dict):
                entry[4] = self.add(tree[name])
            else:
                entry[1], entry[5], entry[6] = STREAM, self.put(tree[name]), len(tree[name])
        return self.balance(numbers)

    def balance(self, numbers: list[int]) -> int:
        if not numbers:
            return NONE
        middle = len(numbers) // 2
        self.entries[numbers[middle]][2] = self.balance(numbers[:middle])
        self.entries[numbers[middle]][3] = self.balance(numbers[middle + 1 :])
        return numbers[middle]

    def put(self, content: bytes) -> int:
        """Writes a stream; gives where it begins."""
        if not content:
            return END
        if len(content) >= CUTOFF:
            return self.chain(content)
        start, count = len(self.small_fat), -(-len(content) // SMALL)
        self.small += content.ljust(count * SMALL, b"\0")
        self.small_fat += [*range(start + 1, start + count), END]
        return start

    def chain(self, content: bytes) -> int:
        if not content:
            return END
        start = len(self.sectors)
        self.sectors += [content[at : at + SECTOR].ljust(SECTOR, b"\0") for at in range(0, len(content), SECTOR)]
        self.fat += [*range(start + 1, len(self.sectors)), END]
        return start

    def bytes(self) -> bytes:
        root = self.entries[0]
        root[5], root[6] = self.chain(self.small), len(self.small)
        table = struct.pack(f"<{len(self.small_fat)}L", *self.small_fat)
        table = table.ljust(-(-len(table) // SECTOR) * SECTOR, b"\xff")
        small_fat = self.chain(table)
        rows = b"".join(map(row, self.entries))
        directory = self.chain(rows.ljust(-(-len(rows) // SECTOR) * SECTOR, b"\0"))
        count = self.size_of_fat()
        tables = range(len(self.sectors), len(self.sectors) + count)
        more = list(tables[109:])
        self.fat += [FAT] * (count + -(-len(more) // 127))
        self.fat += [FREE] * (count * 128 - len(self.fat))
        packed = struct.pack(f"<{len(self.fat)}L", *self.fat)
        self.sectors += [packed[at : at + SECTOR] for at in range(0, len(packed), SECTOR)]
        first_more, further = END, -(-len(more) // 127)
        if further:
            first_more = len(self.sectors)
            for place in range(further):
                listed = more[place * 127 : (place + 1) * 127]
                following = first_more + place + 1 if place + 1 < further else END
                self.sectors.append(struct.pack("<128L", *listed, *[FREE] * (127 - len(listed)), following))
        head = MAGIC + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
        head += struct.pack("<LLLLL", 0, count, directory, 0, CUTOFF)
        head += struct.pack("<LLLL", small_fat, len(table) // SECTOR, first_more, further)
        head += struct.pack("<109L", *tables[:109], *[FREE] * (109 - len(tables[:109])))
        return head + b"".join(self.sectors)

    def size_of_fat(self) -> int:
        count = 1
        while count * 128 < len(self.fat) + count + max(0, -(-(count - 109) // 127)):
            count += 1
        return count


def row(entry: list[Any]) -> bytes:
    name, kind, left, right, child, start, size = entry
    said = (name + "\0").encode("utf-16-le")
    head = said.ljust(64, b"\0") + struct.pack("<HBBLLL", len(said), kind, 1, left, right, child)
    return head + bytes(36) + struct.pack("<LQ", start, size)


def properties(rows: dict[int, int], head: int) -> bytes:
    return bytes(head) + b"".join(struct.pack("<HHLLL", 3, number, 6, value, 0) for number, value in rows.items())


def texts(values: dict[str, str]) -> Tree:
    return {f"__substg1.0_{number}001F": value.encode("utf-16-le") for number, value in values.items()}


def mail(title: str, *attached: Tree, head: int = 32, html: bytes = b"", **more: bytes) -> Tree:
    """An e-mail of Sanne with these attachments."""
    tree: Tree = {
        "__properties_version1.0": properties({0x3FDE: 1252}, head),
        "__nameid_version1.0": {"__substg1.0_00020102": b""},
        "__recip_version1.0_#00000000": {"__properties_version1.0": properties({}, 8)} | texts({"3001": "Kantoor"}),
        **texts({"001A": "IPM.Note", "0037": title, "1000": "Hierbij.", "0C1A": "Sanne", "0C1E": "SMTP"}),
        **texts({"0C1F": "sanne@voorbeeld.nl"}),
        **more,
    }
    if html:
        tree["__substg1.0_10130102"] = html
    return tree | {f"__attach_version1.0_#{number:08X}": one for number, one in enumerate(attached)}


def file(name: str, content: bytes, rows: dict[int, int] | None = None, **values: str) -> Tree:
    """An attachment by value; `values` are further texts by number ("3712")."""
    numbers = {0x3705: 1, 0x370B: NONE} | (rows or {})
    return {
        "__properties_version1.0": properties(numbers, 8),
        "__substg1.0_37010102": content,
        **texts({"3704": name[:8], "3707": name} | {key.removeprefix("x"): value for key, value in values.items()}),
    }


def embedded(title: str, *attached: Tree) -> Tree:
    """An attached e-mail."""
    inner = mail(title, *attached, head=24)
    return {"__properties_version1.0": properties({0x3705: 5}, 8), "__substg1.0_3701000D": inner} | texts(
        {"3001": title}
    )


def written(tree: Tree) -> bytes:
    return Compound(tree).bytes()
