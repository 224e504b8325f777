"""Read the content of a page from its fields, as facts for the rules."""

from collections.abc import Iterator

from bs4 import BeautifulSoup
from django.db import models
from wagtail.blocks import BoundBlock, StreamValue
from wagtail.documents import get_document_model
from wagtail.fields import RichTextField, StreamField
from wagtail.images import get_image_model
from wagtail.models import Page, Site
from wagtail.rich_text import RichText

from .rules import Content, Link, LinkState, Picture


def content_of(page: Page) -> Content:
    """Return the content of ``page`` as it is in memory."""
    values = [value for field in page._meta.get_fields() for value in values_of(page, field)]
    html = [BeautifulSoup(value.source, "html.parser") for value in values if is_rich(value)]
    plain = [value for value in values if isinstance(value, str)]
    chosen = [value for value in values if isinstance(value, Page)]
    images = [value for value in values if isinstance(value, get_image_model())]
    return Content(
        title=page.title,
        texts=(*plain, *(part.get_text(" ") for part in html)),
        pictures=tuple(map(picture_of, images)),
        links=(
            *rich_links(html),
            *(Link(page.title, page.title, "live" if page.live else "draft") for page in chosen),
        ),
    )


def is_rich(value) -> bool:
    return isinstance(value, RichText)


def values_of(page: Page, field) -> Iterator:
    """Yield the texts, images and pages in one of the page's own fields."""
    if not isinstance(field, models.Field) or field.model is Page:
        return
    value = getattr(page, field.attname, None)
    if isinstance(field, StreamField):
        yield from values_in(value)
    elif isinstance(field, RichTextField):
        yield RichText(value or "")
    elif isinstance(field, models.TextField) and not field.choices:
        yield value or ""


def values_in(value) -> Iterator:
    """Yield what a StreamField's value contains, at any depth."""
    if isinstance(value, BoundBlock):
        yield from values_in(value.value)
    elif isinstance(value, StreamValue):
        for child in value:
            yield from values_in(child.value)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from values_in(inner)
    elif isinstance(value, (list, tuple)) or type(value).__name__ == "ListValue":
        for inner in value:
            yield from values_in(inner)
    else:
        yield value


def picture_of(image) -> Picture:
    """Return ``image`` with the alternative text of this use, or else the library's."""
    if getattr(image, "decorative", False):
        return Picture(image.title, "")
    alt = getattr(image, "contextual_alt_text", None) or getattr(image, "description", "")
    return Picture(image.title, alt or None)


def rich_links(html: list[BeautifulSoup]) -> list[Link]:
    """Return the links within rich text; each kind of target is looked up once."""
    anchors = [anchor for part in html for anchor in part.find_all("a")]
    wanted: dict[str, set[int]] = {"page": set(), "document": set()}
    for anchor in anchors:
        kind, key = anchor.get("linktype"), anchor.get("id", "")
        if kind in wanted and key.isdigit():
            wanted[kind].add(int(key))
    pages = Page.objects.in_bulk(wanted["page"]) if wanted["page"] else {}
    documents = set()
    if wanted["document"]:
        found = get_document_model().objects.filter(pk__in=wanted["document"])
        documents = set(found.values_list("pk", flat=True))
    own = [site.root_url for site in Site.objects.all()] if anchors else []
    return [link_of(anchor, pages, documents, own) for anchor in anchors]


def link_of(anchor, pages: dict[int, Page], documents: set[int], own: list[str]) -> Link:
    words = " ".join(anchor.get_text(" ").split())
    kind, key = anchor.get("linktype"), anchor.get("id", "")
    state: LinkState
    if kind == "page":
        page = pages.get(int(key)) if key.isdigit() else None
        state = "gone" if page is None else "live" if page.live else "draft"
        return Link(words, page.title if page else "", state)
    if kind == "document":
        return Link(words, "", "live" if key.isdigit() and int(key) in documents else "gone")
    href = anchor.get("href", "")
    is_ours = href.startswith("/") or any(href.startswith(f"{root}/") for root in own)
    return Link(words, href, "typed" if is_ours else "other")
