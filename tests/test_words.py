"""One word for one thing, and no phrase that reads like a translation."""

import re

import pytest

from tests.inventory import Text, inventory, of_document, of_python, of_template

# What must not be written anywhere, and what to write instead.
EVERYWHERE = {
    r"e-mails?\b": "email",
    r"somebody": "someone, or say who: you, we, the organiser",
    r"everybody": "everyone, or say who",
    r"anybody": "anyone",
    r"\banew\b": "again",
    r"\bmanners\b": "http",
    r"tak(e|es|en|ing) down\b": "cancel, unpublish",
    r"\bget to know\b": "learn, hear",
    r"take it that": "say it outright",
    r"\bput right\b": "correct",
    r"content management system": "CMS",
    r"in your turn": "in the order people joined the list",
    r"can't|won't\b": "cannot, will not",
    r"kept pages?\b": "cached page",
    r"\bthe site is kept\b": "say what is stored",
    r"\blikeness\b": "similarity",
    r"\bwebsite's pages\b": "website",
}
# What visitors and staff read: pages, emails, the CMS and the API.
READ_BY_USERS = {"templates", "emails", "messages"}
FOR_USERS = {
    r"\b(will be|is being|are being|was|were) told\b": "say who emails or shows what",
    r"\bplease\b": "leave it out",
    r"\bput off\b": "postpone",
    r"\bowe[ds]?\b": "queue, send",
    r"\bwhatever else\b": "anything else",
    r"\bentry in the list\b": "registration",
    r"withdraw the registration": "cancel my place",
    r"people you bring with you": "guests",
    r"\bevening\b": "event",
    r"taking place after all": "going ahead again",
    r"\btick none\b": "leave blank",
    r"[a-z], (too|already|then)\.(\s|$)": "leave out the habit",
}


def faults(texts: list[Text]) -> list[str]:
    """Return each text with a phrase that must not be written, and what to write instead."""
    found = []
    for text in texts:
        rules = EVERYWHERE | (FOR_USERS if text.kind in READ_BY_USERS else {})
        for phrase, instead in rules.items():
            if match := re.search(phrase, text.words, re.IGNORECASE):
                found.append(f"{text.path}:{text.line}: “{match[0]}” → {instead}")
    return found


def test_nothing_anyone_reads_has_a_phrase_that_must_not_be_written():
    assert faults(inventory()) == []


@pytest.mark.parametrize(
    "texts",
    [
        of_template("templates/page.html", '<p>{% translate "Somebody wrote" %} to you</p>'),
        of_template("templates/page.html", "<p>An\ne-mail is on its way</p>"),
        of_template("templates/page.html", "<p>They will be told</p>"),
        of_python("events/module.py", '"""Read it anew, all of it."""\n'),
        of_python(
            "events/module.py", "def f():\n    # Somebody else may\n    # read it.\n    pass\n"
        ),
        of_python("tests/test_page.py", "def test_somebody_is_emailed():\n    pass\n"),
        of_python("events/module.py", 'WORDS = _("Please wait here")\n'),
    ],
)
def test_a_phrase_is_found_wherever_it_stands(texts):
    assert len(faults(list(texts))) == 1


def test_code_is_not_read_as_text():
    source = "See `somebody()`.\n\n```sh\nmake anew  # somebody\n```\n"
    assert faults(list(of_document("docs/page.md", source))) == []
