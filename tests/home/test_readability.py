"""The demo pages are easy to read: Flesch reading ease of 60 or more, which is plain English."""

import re

import pytest
from bs4 import BeautifulSoup

EASY = 60
ROUNDTABLES = "/prevent/roundtables/"
PAGES = [
    "/",
    "/prevent/",
    "/prevent/get-help/",
    ROUNDTABLES,
    f"{ROUNDTABLES}prevent-community-roundtable/",
    f"{ROUNDTABLES}prevent-community-roundtable/register/",
    "/about/",
    "/accessibility/",
    "/cookies/",
    "/privacy/",
    "/search/?query=quetzalcoatl",
    "/registration/link/",
]
WORD = re.compile("[A-Za-z’]+")
SENTENCE_END = re.compile(r"(?<=[.!?:])\s+")
SILENT = re.compile("(?<!l)e$|(?<![td])ed$|(?<![cgsxz])(?<!sh)(?<!ch)es$")


def syllables(word):
    return max(len(re.findall("[aeiouy]+", SILENT.sub("", word.lower()))), 1)


def sentences(main):
    for part in main.find_all(["p", "li", "dd"]):
        text = part.get_text(" ", strip=True)
        # Addresses and link names are not read as sentences.
        if not part.find(["p", "li"]) and "@" not in text and len(text.split()) > 3:
            yield from SENTENCE_END.split(text)


def reading_ease(main):
    """Return the Flesch reading ease: 206.835 - 1.015 words a sentence - 84.6 syllables a word."""
    spoken = [words for sentence in sentences(main) if (words := WORD.findall(sentence))]
    words = [word for sentence in spoken for word in sentence]
    by_sentence, by_word = len(words) / len(spoken), sum(map(syllables, words)) / len(words)
    return 206.835 - 1.015 * by_sentence - 84.6 * by_word


def test_plain_words_are_easier_than_long_ones():
    texts = [
        "<p>The cat sat on the mat.</p>",
        "<p>Organisational considerations necessitate deliberation.</p>",
    ]
    easy, hard = (reading_ease(BeautifulSoup(text, "html.parser")) for text in texts)
    assert easy > 100 > EASY > hard


@pytest.mark.django_db
def test_the_pages_of_the_demo_are_easy_to_read(client, demo):
    found, without_sentences = {}, []
    for address in PAGES:
        response = client.get(address)
        assert response.status_code == 200, address
        main = BeautifulSoup(response.content, "html.parser").find("main")
        if any(sentences(main)):
            found[address] = round(reading_ease(main))
        else:
            without_sentences.append(address)
    # A heading, one field and its button, without any sentence.
    assert without_sentences == ["/registration/link/"]
    assert {address: ease for address, ease in found.items() if ease < EASY} == {}
