"""Reduce words for the search: no endings, accents or small words.

Pages and queries are both reduced to stems, so that every database finds the same. The stems are
those of the Snowball project (https://snowballstem.org/).
"""

import unicodedata
from collections.abc import Iterable

import snowballstemmer

LANGUAGE = "english"


def words_in(text: str) -> list[str]:
    """Return the words of ``text`` in order: runs of letters, marks and digits of any script."""
    plain = "".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in text)
    return plain.split()


# Words of a query that say nothing about its subject.
SMALL_WORDS = frozenset(
    words_in(
        "a about an and any are as at be by can could do does for from get give has have how i if "
        "in into is it its me my near of on or our please should some someone take tell that the "
        "their them there they this to us was we what when where which who why will with would "
        "you your"
    )
)


def without_accents(word: str) -> str:
    """Return ``word`` without the accents of Latin letters; other scripts need their marks."""
    if not unicodedata.name(word[0], "").startswith("LATIN"):
        return word
    parts = unicodedata.normalize("NFKD", word)
    return "".join(part for part in parts if not unicodedata.combining(part))


def stems_of(words: Iterable[str]) -> list[str]:
    """Return the stem of each word, in order."""
    # Threads sharing a stemmer would mix up their words.
    stemmer = snowballstemmer.stemmer(LANGUAGE)
    return [stemmer.stemWord(without_accents(word.casefold())) for word in words]


def telling(words: list[str]) -> list[str]:
    """Return ``words`` without the small ones, or all of them if only those are left."""
    return [word for word in words if word.casefold() not in SMALL_WORDS] or words
