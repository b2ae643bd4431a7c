"""A form of a page as a browser would send it: what a test then types or clicks is all it adds."""

from html.parser import HTMLParser

SENT_ONLY_WHEN_TICKED = ("checkbox", "radio")
NOT_SENT = ("file", "submit", "button", "image", "reset")


class Paper(HTMLParser):
    """What the form with this address in a page holds: `values` as {name: [value, …]}."""

    def __init__(self, page: str, action: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.action, self.inside = action, False
        self.select, self.options = "", []
        self.text: str | None = None
        self.feed(page)

    def put(self, name: str | None, value: str) -> None:
        if name:
            self.values.setdefault(name, []).append(value)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "form":
            self.inside = given.get("action") == self.action
        if not self.inside or "disabled" in given:
            return
        name, value = given.get("name"), given.get("value")
        if tag == "input" and given.get("type") in SENT_ONLY_WHEN_TICKED:
            if "checked" in given:
                self.put(name, "on" if value is None else value)
        elif tag == "input" and given.get("type") not in NOT_SENT:
            self.put(name, value or "")
        elif tag == "select":
            self.select, self.options = name or "", []
        elif tag == "option" and self.select:
            self.options.append((value or "", "selected" in given))
        elif tag == "textarea":
            self.select, self.text = name or "", ""

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self.select:
            chosen = [value for value, is_selected in self.options if is_selected] or [self.options[0][0]]
            self.put(self.select, chosen[-1])
            self.select = ""
        elif tag == "textarea" and self.text is not None:
            self.put(self.select, self.text.removeprefix("\n").replace("\r\n", "\n").replace("\n", "\r\n"))
            self.select, self.text = "", None
        elif tag == "form":
            self.inside = False
