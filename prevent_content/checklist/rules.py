"""The checklist's rules about words, images and links. No Django."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal
from zlib import crc32

Severity = Literal["error", "warning"]
LinkState = Literal["live", "draft", "gone", "typed", "other"]

# GOV.UK writes for a reading age of 9; above this, many adults give up.
READING_AGE_AT_MOST = 15
# The formula is meaningless for shorter texts.
FEWEST_WORDS = 60
LONGEST_ALT_TEXT = 250
LONGEST_TITLE = 65

SENTENCE_END = re.compile(r"[.!?]+(?:\s|$)|\n+")
WORD = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*")
PLACEHOLDER = re.compile(
    r"\[[^\]\n]{2,60}\]|\blorem ipsum\b|\bTBC\b|\bTODO\b|\bXX+\b", re.IGNORECASE
)
FILE_NAME = re.compile(r"\.(jpe?g|png|gif|webp|heic|avif)$|^(img|dsc|image|photo)?[_\d-]+$", re.I)
SAYS_IMAGE = re.compile(r"^(an? )?(image|picture|photo|photograph|graphic) (of|showing)\b", re.I)
SAYS_NOTHING = {"here", "click here", "this", "this link", "link", "more", "read more", "this page"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to correct (``error``: it stops publishing) or to think about (``warning``).

    ``field`` is the form's field that it is about, "" for the page as a whole.
    """

    severity: Severity
    code: str
    message: str
    field: str = ""

    @property
    def key(self) -> str:
        """Return what identifies this exact sentence in a form."""
        return f"{self.code}-{crc32(self.message.encode()):08x}"


def error(code: str, message: str, field: str = "") -> Finding:
    return Finding("error", code, message, field)


def warning(code: str, message: str, field: str = "") -> Finding:
    return Finding("warning", code, message, field)


def errors(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity == "error"]


def warnings(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity == "warning"]


def consent(findings: Iterable[Finding]) -> str:
    """Return the form value that accepts exactly the warnings among ``findings``."""
    return ",".join(sorted({finding.key for finding in warnings(findings)}))


def unaccepted(findings: Iterable[Finding], given: str) -> list[Finding]:
    """Return the warnings among ``findings`` that the acceptance ``given`` does not cover."""
    accepted = set(given.split(","))
    return [finding for finding in warnings(findings) if finding.key not in accepted]


@dataclass(frozen=True, slots=True)
class Picture:
    """An image in use: ``alt`` is None if nobody said whether it is decorative."""

    title: str
    alt: str | None


@dataclass(frozen=True, slots=True)
class Link:
    """A link: its words, its target, and whether the public can follow it."""

    words: str
    target: str
    state: LinkState


@dataclass(frozen=True, slots=True)
class Content:
    """Everything written on a page."""

    title: str = ""
    texts: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    links: tuple[Link, ...] = ()


def review_content(content: Content) -> Iterator[Finding]:
    """Yield what is wrong with a page's words, images and links."""
    yield from review_title(content.title)
    for text in (content.title, *content.texts):
        if found := PLACEHOLDER.search(text):
            yield error("placeholder", f"Replace “{found[0]}”, which is not finished")
    age = reading_age("\n".join(content.texts))
    if age is not None and age > READING_AGE_AT_MOST:
        yield warning(
            "reading-age",
            f"The text asks for a reading age of about {age}. Shorten the sentences and words, so "
            f"that it is {READING_AGE_AT_MOST} at most",
        )
    for picture in content.pictures:
        yield from review_picture(picture)
    for link in content.links:
        yield from review_link(link)


def review_title(title: str) -> Iterator[Finding]:
    if len(title) > LONGEST_TITLE:
        yield warning(
            "title-long",
            f"Shorten the title to {LONGEST_TITLE} characters, or search cuts it off",
            "title",
        )
    letters = [letter for letter in title if letter.isalpha()]
    if len(letters) > 5 and all(letter.isupper() for letter in letters):
        yield warning(
            "title-capitals",
            "Write the title in sentence case. Capitals are hard to read",
            "title",
        )


def review_picture(picture: Picture) -> Iterator[Finding]:
    name = f"“{picture.title}”"
    if picture.alt is None:
        yield error("alt-missing", f"Say what the image {name} shows, or mark it as decorative")
    elif FILE_NAME.search(picture.alt.strip()):
        yield error("alt-file", f"Say what the image {name} shows: “{picture.alt}” is a file name")
    elif len(picture.alt) > LONGEST_ALT_TEXT:
        yield warning(
            "alt-long",
            f"Shorten the alternative text of {name}, or put it into the text of the page",
        )
    elif SAYS_IMAGE.search(picture.alt):
        yield warning(
            "alt-image",
            f"Leave “image of” out of the alternative text of {name}: it is said anyway",
        )


def review_link(link: Link) -> Iterator[Finding]:
    if link.state == "gone":
        yield error("link-gone", f"The link “{link.words}” leads to something that is deleted")
    elif link.state == "draft":
        yield warning(
            "link-draft",
            f"The link “{link.words}” leads to a page that is not published: {link.target}",
        )
    elif link.state == "typed":
        yield warning(
            "link-typed",
            f"Choose the page that “{link.words}” leads to, instead of typing {link.target}: the "
            "link then follows when the page moves",
        )
    words = " ".join(link.words.casefold().split()).strip(".:»› ")
    if words in SAYS_NOTHING or words.startswith(("http://", "https://", "www.")):
        yield warning("link-words", f"Say where the link “{link.words}” leads")


def reading_age(text: str) -> int | None:
    """Return the reading age of ``text`` in years; None if it is too short to tell.

    Uses the automated readability index (Senter and Smith, 1967), whose result is a school year.
    """
    words = WORD.findall(text)
    if len(words) < FEWEST_WORDS:
        return None
    sentences = [part for part in SENTENCE_END.split(text) if WORD.search(part)]
    characters = sum(len(word) for word in words)
    index = 4.71 * characters / len(words) + 0.5 * len(words) / max(len(sentences), 1) - 21.43
    return max(5, round(index) + 5)
