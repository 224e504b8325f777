"""The checklist's rules about words, images and links, and how a page's content is read."""

import pytest

from prevent_content.checklist.page_content import content_of
from prevent_content.checklist.rules import (
    Content,
    Link,
    Picture,
    consent,
    error,
    reading_age,
    review_content,
    unaccepted,
    warning,
)
from prevent_content.models import PreventPage
from tests.factories import StandardPageFactory

PLAIN = "We meet in the hall. Tea is free. Come and ask what you like. " * 6
HARD = (
    "Notwithstanding aforementioned organisational considerations, multidisciplinary "
    "practitioners collaboratively operationalise comprehensive safeguarding interventions "
    "throughout heterogeneous neighbourhood environments, simultaneously acknowledging "
    "intersectional socioeconomic vulnerabilities, institutional responsibilities, evidential "
    "thresholds, proportionality considerations and longitudinal evaluation methodologies "
) * 3

STATES = [
    ("error", "placeholder", Content(texts=("Come to [name of hall].",)), "[name of hall]"),
    ("error", "placeholder", Content(title="Roundtable TBC"), "Replace “TBC”"),
    ("error", "placeholder", Content(texts=("Lorem ipsum dolor",)), "Lorem ipsum"),
    ("error", "alt-missing", Content(pictures=(Picture("Hall", None),)), "mark it as decorative"),
    ("error", "alt-file", Content(pictures=(Picture("Hall", "IMG_2041.jpg"),)), "is a file name"),
    ("error", "alt-file", Content(pictures=(Picture("Hall", "DSC-0042"),)), "is a file name"),
    ("error", "link-gone", Content(links=(Link("Venue", "", "gone"),)), "that is deleted"),
    ("warning", "alt-long", Content(pictures=(Picture("Hall", "a" * 251),)), "Shorten"),
    ("warning", "alt-image", Content(pictures=(Picture("Hall", "Image of a hall"),)), "Leave"),
    ("warning", "link-draft", Content(links=(Link("Venue", "Hall", "draft"),)), "not published"),
    (
        "warning",
        "link-typed",
        Content(links=(Link("Venue", "/hall/", "typed"),)),
        "Choose the page",
    ),
    ("warning", "link-words", Content(links=(Link("Click here", "x", "live"),)), "Say where"),
    (
        "warning",
        "link-words",
        Content(links=(Link("https://a.example", "", "other"),)),
        "Say where",
    ),
    ("warning", "reading-age", Content(texts=(HARD,)), "reading age of about"),
    ("warning", "title-long", Content(title="Roundtable " * 7), "Shorten the title"),
    ("warning", "title-capitals", Content(title="ROUNDTABLE"), "sentence case"),
]


@pytest.mark.parametrize(("severity", "code", "content", "words"), STATES)
def test_a_wrong_state_has_its_sentence(severity, code, content, words):
    (finding,) = review_content(content)
    assert (finding.severity, finding.code) == (severity, code)
    assert words in finding.message


def test_a_good_state_has_none():
    content = Content(
        title="Prevent community roundtable",
        texts=(PLAIN,),
        pictures=(Picture("Hall", "The hall, with its ramp"), Picture("Line", "")),
        links=(Link("How to get to the hall", "The hall", "live"),),
    )
    assert list(review_content(content)) == []


def test_the_reading_age_rises_with_words_and_sentences_and_short_texts_have_none():
    assert reading_age("Too short to tell.") is None
    assert reading_age(PLAIN) < 9 < 16 < reading_age(HARD)


def test_a_tick_covers_the_sentences_shown_and_no_others():
    shown = [warning("a", "One"), warning("b", "Two"), error("c", "Three")]
    assert unaccepted(shown, consent(shown)) == []
    changed = [warning("a", "Another one"), *shown[1:]]
    assert [finding.message for finding in unaccepted(changed, consent(shown))] == ["Another one"]
    assert len(unaccepted(shown, "")) == 2


@pytest.mark.django_db
def test_links_of_every_kind_are_read_from_a_page(clock, home):
    live = StandardPageFactory(parent=home, title="Live", slug="live")
    draft = StandardPageFactory(parent=home, title="Draft", slug="draft", live=False)
    prose = (
        f'<p><a linktype="page" id="{live.pk}">To the live one</a> '
        f'<a linktype="page" id="{draft.pk}">To the draft</a> '
        '<a linktype="page" id="99999">To nowhere</a> <a linktype="document" id="99999">A file</a> '
        '<a href="/live/">Typed</a> <a href="https://elsewhere.example/">Elsewhere</a></p>'
    )
    page = PreventPage(
        title="Page",
        summary="About it.",
        body=[("prose", prose), ("related_pages", {"heading": "More", "pages": [draft]})],
    )
    content = content_of(page)
    assert [(link.words, link.state) for link in content.links] == [
        ("To the live one", "live"),
        ("To the draft", "draft"),
        ("To nowhere", "gone"),
        ("A file", "gone"),
        ("Typed", "typed"),
        ("Elsewhere", "other"),
        ("Draft", "draft"),
    ]
    assert "About it." in content.texts
