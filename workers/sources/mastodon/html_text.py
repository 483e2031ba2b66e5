"""HTML of a post to plain text: lines as the author wrote them, links with their real address."""

import html
import re

LONGEST = 200_000
"""Characters of HTML that are read; a post of Mastodon itself has a few thousand."""

# Neither pattern looks past the next < or quote, so that broken markup costs linear time: the
# parser of the standard library takes half a minute for 60 kB of "<a <a <a ".
_TAG = re.compile(r"<(?:(/?)([A-Za-z][A-Za-z0-9]*)([^<>]*)|[!?/][^<>]*)>")
_ATTRIBUTE = re.compile(
    r"(?<![\w-])([A-Za-z-]{1,20})\s{0,9}=\s{0,9}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"']+))"
)
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_TRAILING = re.compile(r"[ \t]+(?=\n)")
_LONG_BREAKS = re.compile(r"\n{3,}")
_WEB = re.compile(r"https?://[^\s<>]+", re.IGNORECASE)
_BLOCKS = frozenset("blockquote dd div dl dt h1 h2 h3 h4 h5 h6 ol p pre table tr ul".split())
_PARAGRAPHS = frozenset(("blockquote", "p", "pre"))


def plain_text(content: str) -> str:
    """Return the text of HTML; never raises, whatever the markup."""
    reader = _Reader()
    content = content[:LONGEST]
    at = 0
    for tag in _TAG.finditer(content):
        reader.text(content[at : tag.start()])
        at = tag.end()
        if name := tag[2]:
            reader.tag(name.lower(), closes=bool(tag[1]), attributes=tag[3])
    reader.text(content[at:])
    return reader.finish()


class _Link:
    """An open link: `shown` is what a browser shows of its text, `whole` includes what it hides."""

    def __init__(self, href: str, is_name: bool) -> None:
        self.href = href if _WEB.fullmatch(href) else ""
        self.is_name = is_name
        self.shown: list[str] = []
        self.whole: list[str] = []

    def text(self) -> str:
        """Return the link as text: its address where it shows one, else what it shows and where it
        leads."""
        shown, whole = ("".join(parts).strip() for parts in (self.shown, self.whole))
        if self.is_name or not self.href:
            return shown or whole
        if not shown or _bare(whole) == _bare(self.href):
            return self.href
        cut = _bare(shown.rstrip("…"))
        if "." in cut and _bare(self.href).startswith(cut):
            return self.href
        return f"{shown} ({self.href})"


class _Reader:
    """Puts the text together, tag by tag."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._link: _Link | None = None
        self._hidden: list[bool] = []
        """One for each open span: whether a browser hides it."""
        self._verbatim = False

    def text(self, raw: str) -> None:
        """Add text between two tags."""
        if not raw:
            return
        text = html.unescape(raw if self._verbatim else _BLANKS.sub(" ", raw))
        if self._link is not None:
            self._link.whole.append(text)
            if not any(self._hidden):
                self._link.shown.append(text)
        elif not any(self._hidden):
            self._add(text)

    def tag(self, name: str, closes: bool, attributes: str) -> None:
        """Take a tag into account; unknown ones stand for nothing."""
        if name == "a":
            self._close_link()
            if not closes:
                self._open_link(_attributes(attributes))
        elif name == "span":
            self._span(closes, attributes)
        elif name == "img" and not closes:
            self.text(_attributes(attributes).get("alt", ""))
        elif name == "br":
            self._close_link()
            self._parts.append("\n")
        elif name == "li":
            self._block(1)
            if not closes:
                self._add("- ")
        elif name in _BLOCKS:
            self._block(2 if name in _PARAGRAPHS else 1)
            self._verbatim = name == "pre" and not closes

    def finish(self) -> str:
        """Return the text."""
        self._close_link()
        text = _TRAILING.sub("", "".join(self._parts))
        return _LONG_BREAKS.sub("\n\n", text).strip()

    def _open_link(self, attributes: dict[str, str]) -> None:
        kinds = {*attributes.get("class", "").split(), *attributes.get("rel", "").split()}
        is_name = not kinds.isdisjoint(("mention", "hashtag", "tag"))
        self._link = _Link(attributes.get("href", "").strip(), is_name)

    def _close_link(self) -> None:
        if self._link is not None:
            link, self._link = self._link, None
            self._hidden.clear()  # a span that is still open must not hide what follows
            self._add(link.text())

    def _span(self, closes: bool, attributes: str) -> None:
        if not closes:
            kinds = _attributes(attributes).get("class", "").split()
            self._hidden.append("invisible" in kinds)
        elif self._hidden:
            self._hidden.pop()

    def _block(self, breaks: int) -> None:
        """Begin a new line unless one has just begun; `breaks` of 2 leave an empty one."""
        self._close_link()
        self._hidden.clear()
        tail = "".join(self._parts[-2:])
        there = len(tail) - len(tail.rstrip("\n"))
        if self._parts and breaks > there:
            self._parts.append("\n" * (breaks - there))

    def _add(self, text: str) -> None:
        if not self._verbatim and (not self._parts or self._parts[-1].endswith("\n")):
            text = text.lstrip(" ")
        if text:
            self._parts.append(text)


def _attributes(text: str) -> dict[str, str]:
    return {
        found[1].lower(): html.unescape(found[2] or found[3] or found[4] or "")
        for found in _ATTRIBUTE.finditer(text[:5_000])
    }


def _bare(address: str) -> str:
    """Return an address without what browsers leave out: scheme, `www.`, the last slash."""
    return re.sub(r"^https?://(?:www\.)?", "", address, flags=re.IGNORECASE).rstrip("/")
