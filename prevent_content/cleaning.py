"""Clean pasted text of invisible marks. No Django.

Word processors, chat programs and web pages leave invisible characters in copied text. They make an
address unusable or a name impossible to find, and can turn text around on the screen. The joiners
U+200C and U+200D stay: Urdu, Persian and several Indian scripts need them.
"""

import re
import unicodedata

# Zero-width spaces and word joiners, soft hyphens, byte order marks, and the marks that turn text
# around (UAX #9, "Explicit Directional Embeddings, Overrides and Isolates").
_INVISIBLE = re.compile(
    "[\u00ad\u180e\u200b\u200e\u200f\u2060-\u2064\ufeff\u202a-\u202e\u2066-\u2069]"
)
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_LINE_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")


def clean_marks(text: str) -> str:
    """Return ``text`` without invisible marks and with plain spaces, otherwise unchanged."""
    return _SPACES.sub(" ", _INVISIBLE.sub("", text))


def clean_text(text: str) -> str:
    """Return ``text`` without invisible marks, with plain spaces and line feeds, composed (NFC)."""
    text = _LINE_BREAKS.sub("\n", text)
    return unicodedata.normalize("NFC", _CONTROLS.sub("", clean_marks(text))).strip()


def clean_line(text: str) -> str:
    """Return ``text`` as ``clean_text`` does, on one line with single spaces."""
    return " ".join(clean_text(text).split())


def name_key(name: str) -> str:
    """Return what two spellings of one name have in common.

    Case, accents, apostrophes, hyphens and spaces do not count: ``O’Brien-Núñez`` and
    ``obrien nunez`` are one name.
    """
    plain = unicodedata.normalize("NFKD", clean_line(name).casefold())
    return "".join(letter for letter in plain if letter.isalnum())
