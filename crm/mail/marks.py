"""Which signs are marks and which are what somebody typed: what is no mark arrives as it stands.

CommonMark reads more as a mark than people mean: "12*1.250*2" is in italics there, "2." and "5." become "2." and "3.",
"+ 250" and "06. " lose a sign. Whoever writes to a client about money knows the marks that the form names, no others.
"""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, list_block
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token

# Lines that CommonMark takes for items of a list and that would lose something: "3) x", "06. x", "+ 250", "* * *".
NO_ITEM = re.compile(r"\d+\)|0\d+\.|\+|(?P<rule>[*\-])(?:[ \t]*(?P=rule)){2,}[ \t]*$")
MARKS = "*_"
BEFORE_OPENING = "([{<\"'“‘„«–—/:" + MARKS
BEHIND_CLOSING = ")]}>\"'”’»–—/:.,;!?…" + MARKS
SHUT, OPEN = ")]}>.,;:!?", "([{<"


def narrow(parser: MarkdownIt) -> MarkdownIt:
    """The parser, for which fewer signs are marks."""
    parser.block.ruler.before("list", "no_item", ends_list, {"alt": ["list"]})
    parser.block.ruler.at("list", list_of_items, {"alt": ["paragraph", "reference", "blockquote"]})
    parser.inline.ruler.at("emphasis", emphasis)
    return parser


def is_no_item(state: StateBlock, line: int) -> bool:
    """True of a line that stays as it was typed."""
    return NO_ITEM.match(state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]) is not None


def ends_list(state: StateBlock, line: int, _end: int, silent: bool) -> bool:
    """Rule: such a line is no further item of the list above it."""
    return silent and is_no_item(state, line)


def list_of_items(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """Rule: a list, unless its first line is to stay as it was typed."""
    return not is_no_item(state, line) and list_block(state, line, end, silent)


def emphasis(state: StateInline, silent: bool) -> bool:
    """Rule: `*` and `_` open before a word and close behind one; within words and between numbers they are signs."""
    marker = state.src[state.pos]
    if silent or marker not in MARKS:
        return False
    end = state.pos
    while end < state.posMax and state.src[end] == marker:
        end += 1
    before = state.src[state.pos - 1] if state.pos else " "
    after = state.src[end] if end < state.posMax else " "
    opens = (before.isspace() or before in BEFORE_OPENING) and not after.isspace() and after not in SHUT
    closes = (after.isspace() or after in BEHIND_CLOSING) and not before.isspace() and before not in OPEN
    for _ in range(end - state.pos):
        token = state.push("text", "", 0)
        token.content = marker
        place = len(state.tokens) - 1
        state.delimiters.append(Delimiter(ord(marker), end - state.pos, place, -1, opens, closes))
    state.pos = end
    return True


def keep_numbers(tokens: Sequence[Token]) -> None:
    """Put its own number at each item of a numbered list that does not follow from the one before."""
    following: list[int] = []
    for token in tokens:
        if token.type == "ordered_list_open":
            start = token.attrGet("start")
            following.append(1 if start is None else int(start))
        elif token.type == "ordered_list_close":
            following.pop()
        elif token.type == "list_item_open" and token.info:
            if int(token.info) != following[-1]:
                token.attrSet("value", token.info)
            following[-1] = int(token.info) + 1
