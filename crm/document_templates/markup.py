"""The marks that the text of a document may have: those of a mail, and headings and tables; as data for the layout."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from crm.mail import markup

TABLE_ROW = re.compile(r"^[ \t]*\|[^\n]*$")
LINE_MARK = re.compile(r"^(?=[-:|#])", re.MULTILINE)
NARROWEST, WIDEST = 8, 40
DEEPEST = 20  # bold in italics in bold …; the layout reads no more than some hundred
LONGEST_ADDRESS = 2000
CLOSE = {"strong_open": "strong", "em_open": "emphasis", "link_open": "link"}
Data = dict[str, Any]


def parser() -> MarkdownIt:
    """CommonMark with only what a document needs; HTML is text, and a line break is one."""
    return markup.parser().enable(["heading", "table"])


def blocks(text: str) -> list[Data]:
    """The text as blocks: heading (level from 2 on, as the title is 1), paragraph, list and table.

    Levels are never skipped and no heading is empty, as PDF/UA asks (ISO 14289-1 §7.4.2).
    """
    found = [block for block in read(iter(parser().parse(text)), "") if block["kind"] != "heading" or said(block)]
    above: list[int] = []
    for block in found:
        if block["kind"] == "heading":
            above = [level for level in above if level < block["level"]] + [block["level"]]
            block["level"] = len(above) + 1
    return found


def said(block: Data) -> bool:
    """Some word stands in these parts."""
    return any(part.get("text", "").strip() or said(part) for part in block.get("parts", ()))


def read(tokens: Iterator[Token], until: str) -> Iterator[Data]:
    """The blocks up to the token of this type."""
    for token in tokens:
        if token.type == until:
            return
        if token.type == "heading_open":
            yield {"kind": "heading", "level": int(token.tag[1:]), "parts": inline(next(tokens).children or [])}
        elif token.type == "paragraph_open":
            yield {"kind": "paragraph", "parts": inline(next(tokens).children or [])}
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            ordered = token.type == "ordered_list_open"
            numbers, items = items_of(tokens, token.type.replace("open", "close"))
            yield {"kind": "list", "ordered": ordered, "numbers": numbers, "items": items}
        elif token.type == "table_open":
            yield table(tokens)


def items_of(tokens: Iterator[Token], until: str) -> tuple[list[int], list[list[Data]]]:
    """The numbers of a list's items as typed (none in a list without), and the items, each a list of blocks."""
    numbers, items = [], []
    for token in tokens:
        if token.type == until:
            break
        if token.type == "list_item_open":
            numbers += [int(token.info)] if token.info else []
            items.append(list(read(tokens, "list_item_close")))
    return numbers, items


def table(tokens: Iterator[Token]) -> Data:
    """A table: cells of its head, rows of cells, how columns are aligned and what part of the width each takes."""
    rows: list[list[list[Data]]] = []
    align: list[str] = []
    widths: list[int] = []
    for token in tokens:
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            rows.append([])
        elif token.type in ("th_open", "td_open"):
            cell = next(tokens)
            rows[-1].append(inline(cell.children or []))
            if len(rows) == 1:
                align.append(str(token.attrGet("style") or "text-align:left").removeprefix("text-align:"))
                widths.append(NARROWEST)
            column = len(rows[-1]) - 1
            widths[column] = max(widths[column], min(len(cell.content), WIDEST))
    return {"kind": "table", "head": rows[0], "rows": rows[1:], "align": align, "widths": widths}


def inline(children: Sequence[Token]) -> list[Data]:
    """A stretch of text: text, break, strong, emphasis, link; the last three hold parts of their own.

    Beyond DEEPEST, and of an address beyond LONGEST_ADDRESS, only the text is kept.
    """
    stack: list[list[Data]] = [[]]
    for token in children:
        if token.nesting == 1 and len(stack) > DEEPEST:
            stack.append(stack[-1])
        elif kind := CLOSE.get(token.type):
            part: Data = {"kind": kind, "parts": []}
            if kind == "link":
                address = str(token.attrGet("href") or "")
                part["url"] = address if len(address) <= LONGEST_ADDRESS else ""
            stack[-1].append(part)
            stack.append(part["parts"])
        elif token.nesting == -1:
            stack.pop()
        elif token.type in ("softbreak", "hardbreak"):
            stack[-1].append({"kind": "break"})
        elif token.content:
            stack[-1].append({"kind": "text", "text": token.content})
    return stack[0]


def escape(value: str, before: str = "") -> str:
    """A value as text that means itself, as in a mail; it begins no heading and no table, and in a row of a table its
    lines stand after one another. `before` is the text in front of where it lands."""
    text = markup.escape(value, before)
    if markup.IN_ADDRESS.search(before):
        return text
    if TABLE_ROW.match(before.rpartition("\n")[2]):
        text = text.replace("\n", ", ")
    return LINE_MARK.sub(r"\\", text.replace("|", "\\|"))
