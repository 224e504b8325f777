import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.template.loader import get_template
from django.urls import reverse
from wagtail.blocks.stream_block import StreamBlockValidationError
from wagtail.blocks.struct_block import StructBlockValidationError
from wagtail.documents import get_document_model
from wagtail_factories import ImageFactory

from events.models import EventPage
from prevent_content.blocks import ContactBlock
from prevent_content.models import PreventPage

STREAMS = [
    PreventPage._meta.get_field("body").stream_block,
    EventPage._meta.get_field("agenda").stream_block,
    EventPage._meta.get_field("record_questions").stream_block,
    EventPage._meta.get_field("record_documents").stream_block,
]
# Names of fields that are too general for a file.
TEMPLATES = {"item": "agenda_item", "question": "answered_question", "document": "record_document"}
BLOCKS = [block for stream in STREAMS for block in stream.child_blocks.values()]
EVERY_BLOCK = pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)


@EVERY_BLOCK
def test_every_block_has_an_icon_and_a_description(block):
    assert block.meta.icon != "placeholder"
    assert block.get_description()


@EVERY_BLOCK
def test_every_block_has_a_template_named_after_it(block):
    name = TEMPLATES.get(block.name, block.name)
    assert block.meta.template.endswith(f"/blocks/{name}.html")
    assert get_template(block.meta.template)


@EVERY_BLOCK
@pytest.mark.django_db
def test_every_block_can_be_previewed_by_an_editor(client, editor, home, settings, tmp_path, block):
    settings.MEDIA_ROOT = tmp_path
    assert block.is_previewable
    ImageFactory(title="The chamber")
    get_document_model()(title="Slides").file.save("slides.txt", ContentFile("Slides"), save=True)
    client.force_login(editor)
    shown = client.get(reverse("wagtailadmin_block_preview"), {"id": block.definition_prefix})
    assert shown.status_code == 200
    page = BeautifulSoup(shown.content, "html.parser")
    assert page.find("main").get_text(strip=True)
    assert page.find("link", href="/static/prevent/prevent.css")


@pytest.mark.django_db
def test_an_image_can_be_previewed_while_the_library_has_none(client, editor, home):
    client.force_login(editor)
    figure = STREAMS[0].child_blocks["figure"]
    shown = client.get(reverse("wagtailadmin_block_preview"), {"id": figure.definition_prefix})
    assert shown.status_code == 200


def stream(*blocks):
    block = STREAMS[0]
    return block, block.normalize(list(blocks))


def heading(text, level="h2"):
    return "heading", {"text": text, "level": level}


ACCEPTED = {
    "nothing": [],
    "a section and headings in it": [heading("A"), heading("B", "h3"), heading("C", "h3")],
    "two sections": [heading("A"), heading("B")],
    "a heading within the section that a block opens": [
        ("concern_routes", {"heading": "Worried?"}),
        heading("A", "h3"),
    ],
}


@pytest.mark.parametrize("blocks", ACCEPTED.values(), ids=ACCEPTED)
def test_headings_in_order_are_accepted(blocks):
    block, value = stream(*blocks)
    assert len(block.clean(value)) == len(blocks)


REFUSED = {
    "a heading within no section": ([heading("A", "h3")], 0, "section heading before"),
    "the second of two": ([heading("A"), ("prose", "<p>x</p>"), heading("A")], 2, "same words"),
    "of the same anchor": ([heading("A b"), heading("A  B!", "h3")], 1, "same words"),
}


@pytest.mark.parametrize(("blocks", "index", "sentence"), REFUSED.values(), ids=REFUSED)
def test_headings_out_of_order_are_refused_in_place(blocks, index, sentence):
    block, value = stream(*blocks)
    with pytest.raises(StreamBlockValidationError) as refused:
        block.clean(value)
    assert list(refused.value.block_errors) == [index]
    assert sentence in refused.value.block_errors[index].message


@pytest.mark.parametrize("given", ["email", "phone", "address"])
def test_one_way_to_contact_a_team_is_enough(given):
    ways = {"email": "", "phone": "", "address": "", "hours": ""}
    ways[given] = "team@council.example" if given == "email" else "01632 960 001"
    block = ContactBlock()
    assert block.clean(block.normalize({"team": "Team", **ways}))[given] == ways[given]


def test_a_team_without_contact_details_is_refused_in_words():
    block = ContactBlock()
    value = block.normalize(
        {"team": "Team", "email": "", "phone": "", "address": "", "hours": "Always"}
    )
    with pytest.raises(StructBlockValidationError) as refused:
        block.clean(value)
    assert "phone number or an address" in refused.value.block_errors["email"].message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("upcoming_roundtables", {"heading": "Next", "limit": 0}),
        ("upcoming_roundtables", {"heading": "Next", "limit": 11}),
        ("objectives", []),
        ("details", {"summary": "", "text": "<p>x</p>"}),
        ("heading", {"text": "", "level": "h2"}),
        ("heading", {"text": "x", "level": "h4"}),
        ("figure", {"image": None, "caption": ""}),
    ],
)
def test_an_invalid_block_is_refused(name, value):
    block, given = stream((name, value))
    with pytest.raises(ValidationError):
        block.clean(given)


def test_prose_cannot_contain_its_own_headings():
    prose = STREAMS[0].child_blocks["prose"]
    assert not {"h1", "h2", "h3", "h4", "embed", "image"} & set(prose.features)


def rendered(name, value) -> BeautifulSoup:
    block, given = stream((name, value))
    return BeautifulSoup(str(block.clean(given)), "html.parser")


@pytest.mark.django_db
def test_common_blocks_follow_the_design_system(home):
    table = STREAMS[0].child_blocks["table"]
    cells = BeautifulSoup(table.render(table.get_preview_value()), "html.parser")
    assert cells.table["class"] == ["govuk-table"]
    assert cells.caption.get_text() == "Where the roundtables are"
    assert [cell.get_text() for cell in cells.select("tbody tr:first-child > *")] == [
        "Aylesbury",
        "40",
    ]
    assert cells.select_one("tbody th")["scope"] == "row"
    assert rendered("warning", "Call 999.").strong.get_text(" ", strip=True) == "Warning Call 999."
    button = rendered("button", {"text": "Go home", "page": home, "url": ""}).a
    assert (button["href"], button.get_text()) == (home.url, "Go home")
    video = {"title": "Channel", "url": "https://video.example/", "length": "", "captions": False}
    link = rendered("video_link", video)
    assert link.find("iframe") is None
    assert link.a.get_text() == "Watch the video: Channel"
    cards = [{"title": "A", "text": "", "page": home}, {"title": "B", "url": "https://b.example/"}]
    shown = rendered("cards", {"heading": "Help", "cards": cards})
    assert [a["href"] for a in shown("a")] == [home.url, "https://b.example/"]


@pytest.mark.django_db
def test_a_button_leads_to_one_place(home):
    block = STREAMS[0].child_blocks["button"]
    for page, url in ((None, ""), (home, "https://www.gov.uk/")):
        with pytest.raises(StructBlockValidationError) as refused:
            block.clean(block.normalize({"text": "Go", "page": page, "url": url}))
        assert "one of the two" in refused.value.block_errors["page"].message
