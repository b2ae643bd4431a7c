"""The few marks a mail may have: paragraphs, **bold**, lists, [links](https://…); as HTML and as plain text."""

import re
from collections.abc import Sequence
from html import escape as escape_html

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from crm.mail import marks

FONT = "font-family:-apple-system,'Segoe UI',Roboto,Arial,sans-serif;font-size:16px;line-height:1.5;color:#182433"
STYLES = {
    "p": "margin:0 0 16px",
    "ul": "margin:0 0 16px;padding-left:24px",
    "ol": "margin:0 0 16px;padding-left:24px",
    "li": "margin:0 0 4px",
    "a": "color:#0054a6",
}
BUTTON = (
    "display:inline-block;background:#0054a6;color:#ffffff;padding:12px 24px;border-radius:4px;text-decoration:none;"
    "font-weight:600"
)
ALLOWED = {name: {"style"} for name in STYLES} | {"a": {"style", "href"}}
ALLOWED |= {"ol": {"style", "start"}, "li": {"style", "value"}}
SPECIAL = re.compile(r"[\\*\[\]`<{]|(?<![^\W_])_|_(?![^\W_])")
LIST_START = re.compile(r"^(\d+(?=[.)](?:\s|$))|(?=[-+](?:\s|$)))", re.MULTILINE)
LISTS = {"ordered_list_open", "ordered_list_close", "bullet_list_open", "bullet_list_close"}
IN_ADDRESS = re.compile(r"\]\([^()\s]*$")


def parser() -> MarkdownIt:
    """CommonMark with only what a mail needs; HTML is text, a line break is one, and so are signs amid words."""
    found = MarkdownIt("zero", {"breaks": True, "html": False})
    return marks.narrow(found.enable(["list", "emphasis", "link", "newline", "escape", "autolink"]))


def to_html(text: str) -> str:
    """The text as a fragment of HTML with its styles in place; nothing in it can run or load."""
    tokens = parser().parse(text)
    marks.keep_numbers(tokens)
    for position, token in enumerate(tokens):
        if token.type == "inline":
            dress_links(token.children or [], alone=is_paragraph(tokens, position))
        elif token.nesting == 1 and token.tag in STYLES:
            token.attrSet("style", STYLES[token.tag])
    html = parser().renderer.render(tokens, parser().options, {})
    return nh3.clean(
        html,
        tags={"p", "br", "strong", "em", "ul", "ol", "li", "a"},
        attributes={name: set(attributes) for name, attributes in ALLOWED.items()},
        url_schemes={"https", "http", "mailto", "tel"},
        link_rel="noopener noreferrer",
    )


def is_paragraph(tokens: Sequence[Token], position: int) -> bool:
    """True when this text is a paragraph of its own, not an item of a list."""
    return tokens[position - 1].type == "paragraph_open" and not tokens[position - 1].hidden


def dress_links(children: Sequence[Token], alone: bool) -> None:
    """A link that is a whole paragraph becomes a button, any other one a link."""
    button = alone and bool(children) and children[0].type == "link_open" and children[-1].type == "link_close"
    button = button and sum(token.type == "link_open" for token in children) == 1
    for token in children:
        if token.type == "link_open":
            token.attrSet("style", BUTTON if button else STYLES["a"])


def page(text: str, title: str) -> str:
    """The HTML part of a mail: readable on a phone, in any mail program, without pictures or scripts."""
    return (
        '<!doctype html>\n<html lang="nl">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape_html(title)}</title>\n</head>\n"
        f'<body style="margin:0;padding:16px;background:#ffffff;{FONT}">\n'
        f'<div style="max-width:600px;margin:0 auto">\n{to_html(text)}</div>\n</body>\n</html>\n'
    )


def to_text(text: str) -> str:
    """The plain-text part: the same words, with the address behind each link."""
    out: list[str] = []
    depth, prefix = 0, ""
    for token in parser().parse(text):
        if token.type in LISTS:
            depth += token.nesting
            out += [""] if depth == 0 else []
        elif token.type == "list_item_open":
            out += [prefix.rstrip()] if prefix else []
            prefix = "  " * (depth - 1) + f"{token.info}{token.markup} "
        elif token.type == "list_item_close":
            out += [prefix.rstrip()] if prefix else []
            prefix = ""
        elif token.type == "inline":
            out.append(prefix + plain(token.children or []).replace("\n", "\n" + " " * len(prefix)))
            prefix = ""
            if not depth:
                out.append("")
    return "\n".join(out).strip() + "\n"


def plain(children: Sequence[Token]) -> str:
    """One stretch of text without marks; a link shows its words and then its address."""
    out, target, start = "", "", 0
    for token in children:
        if token.type == "link_open":
            target, start = str(token.attrGet("href") or ""), len(out)
        elif token.type == "link_close":
            words = out[start:]
            bare = target.removeprefix("mailto:").removeprefix("tel:")
            out += "" if words in (target, bare) else f": {target}"
        elif token.type in ("softbreak", "hardbreak"):
            out += "\n"
        else:
            out += token.content
    return out


def escape(value: str, before: str = "") -> str:
    """A value as text that means itself: no marks, no new words, no new paragraphs; in a link's address part of it.

    `before` is the text in front of where it lands.
    """
    if IN_ADDRESS.search(before):
        return re.sub(r"[\s()<>\\{}\"]", lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), value)
    lines = [line.strip() for line in value.splitlines() if line.strip()]
    text = SPECIAL.sub(lambda match: "\\" + match[0], "\n".join(lines))
    return LIST_START.sub(lambda match: match[0] + "\\", text)


def escape_title(value: str, before: str = "") -> str:
    """A value in a subject line: one line, no new words."""
    return " ".join(value.replace("{", "(").replace("}", ")").split())
