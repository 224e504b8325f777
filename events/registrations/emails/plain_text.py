"""The plain-text part of an email, made from its HTML so that both always agree."""

import re
from textwrap import indent

from bs4 import BeautifulSoup, NavigableString, Tag

BLOCKS = {"p", "h1", "h2", "h3", "ul", "ol", "table", "blockquote", "div"}
LEFT_OUT = {"head", "style", "script", "title"}
INDENT = "    "


def plain_text(html: str) -> str:
    """Return ``html`` as plain text, with the target of every link.

    Empty lines separate paragraphs, headings, lists and tables. A table row is one line
    (``Reference: PR-…``). A quotation is indented, so that nobody's words can pass for ours.
    """
    soup = BeautifulSoup(html, "html.parser")
    text = "\n\n".join(paragraphs(soup.body or soup))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def paragraphs(element: Tag) -> list[str]:
    """Return the blocks of text in ``element``, in order."""
    found: list[str] = []
    inline: list[str] = []

    def finish() -> None:
        if text := tidy("".join(inline)):
            found.append(text)
        inline.clear()

    for child in element.children:
        if isinstance(child, Tag) and child.name in LEFT_OUT:
            continue
        if isinstance(child, Tag) and child.name in BLOCKS:
            finish()
            found += block(child)
        else:
            inline.append(inline_text(child))
    finish()
    return found


def block(element: Tag) -> list[str]:
    if element.name == "table":
        return ["\n".join(row_text(row) for row in element.find_all("tr"))]
    if element.name in ("ul", "ol"):
        items = element.find_all("li", recursive=False)
        return ["\n".join(f"- {'; '.join(paragraphs(item))}" for item in items)]
    if element.name == "blockquote":
        return [indent("\n\n".join(paragraphs(element)), INDENT, lambda line: True).rstrip()]
    return paragraphs(element)


def row_text(row: Tag) -> str:
    """Return ``Label: value``; further lines of the value are indented below it."""
    label, *values = [", ".join(paragraphs(cell)) for cell in row.find_all(["th", "td"])]
    first, *others = "\n".join(values).split("\n")
    lines = [f"{label}: {first}", *(f"{INDENT}{line}" for line in others)]
    return "\n".join(lines)


def inline_text(node: object) -> str:
    """Return inline text; a link is followed by its target, unless its text is the target."""
    if isinstance(node, Tag):
        if node.name in LEFT_OUT:
            return ""
        if node.name == "br":
            return "\v"
        text = "".join(inline_text(child) for child in node.children)
        return link_text(node, text) if node.name == "a" else text
    # Comments and the doctype are strings of other classes.
    return str(node) if type(node) is NavigableString else ""


def link_text(link: Tag, text: str) -> str:
    """Return the text of ``link``: on two lines if it stands alone."""
    target = str(link.get("href") or "").removeprefix("mailto:").removeprefix("tel:")
    if not target or target.replace(" ", "") == text.strip().replace(" ", ""):
        return text
    is_alone = link.parent is not None and link.parent.get_text(strip=True) == text.strip()
    return f"{text}:\v{target}" if is_alone else f"{text} ({target})"


def tidy(text: str) -> str:
    """Return ``text`` with single spaces; a vertical tab, from ``<br>``, is a line break."""
    lines = re.sub(r"[ \t\n\r\f]+", " ", text).split("\v")
    return "\n".join(" ".join(line.split()) for line in lines).strip()
