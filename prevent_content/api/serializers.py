"""Pages and what they refer to, as JSON: images, documents, links; public content only.

The fields at the end are those that Wagtail's API has no serializer for.
"""

from collections.abc import Iterable

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.http import HttpRequest
from rest_framework.fields import Field
from wagtail.api import APIField
from wagtail.blocks import StreamValue
from wagtail.images.models import SourceImageIOError
from wagtail.models import CollectionViewRestriction, Page, Site

from ..links import absolute_address, absolute_html, page_address, restricted_pages
from .page_schemas import TEXT, array, nullable, ref

# Widths in pixels that suit phones, tablets and desktops at normal and double density.
WIDTHS = (320, 640, 960, 1440)


def absolute(request: HttpRequest | None, address: str) -> str:
    """Return ``address`` with the scheme and host of the site that ``request`` is for."""
    site = Site.find_for_request(request) if request else None
    return absolute_address(address, site) if site else address


def absolute_rich_text(text: str, request: HttpRequest | None) -> str:
    """Return rich text from Wagtail's API with absolute addresses."""
    site = Site.find_for_request(request) if request else None
    return absolute_html(text, site) if site else text


def stream_object(stream: StreamValue, request: HttpRequest | None) -> list[dict]:
    """Return the blocks of ``stream`` as the API represents them."""
    blocks = stream.stream_block.get_api_representation(stream, {"request": request})
    return with_absolute_addresses(blocks, request)


def with_absolute_addresses(value, request: HttpRequest | None):
    """Return the representation of blocks with every address absolute."""
    if isinstance(value, str):
        return absolute_rich_text(value, request) if "<" in value else value
    if isinstance(value, dict):
        return {name: with_absolute_addresses(part, request) for name, part in value.items()}
    if isinstance(value, list):
        return [with_absolute_addresses(part, request) for part in value]
    return value


def image_object(image, request: HttpRequest | None, *, alt: str | None = None) -> dict | None:
    """Return an image with its renditions, narrowest first; None without one.

    ``alt`` is the text for this use, "" for a decoration; by default, the image's own.
    """
    if image is None or is_hidden(image.collection):
        return None
    text = image.default_alt_text if alt is None else alt
    return {
        "id": image.pk,
        "title": image.title,
        "alt": text,
        "decorative": text == "",
        "width": image.width,
        "height": image.height,
        "renditions": renditions(image, request),
    }


def renditions(image, request: HttpRequest | None) -> list[dict]:
    """Return renditions in several widths, none wider than the image; empty if its file is gone."""
    widths = [width for width in WIDTHS if width < image.width] or [image.width]
    specs = {f"width-{width}": width for width in [*widths, min(image.width, WIDTHS[-1])]}
    try:
        made = image.get_renditions(*specs)
    except SourceImageIOError:
        return []
    found = sorted(made.values(), key=lambda rendition: rendition.width)
    return [
        {
            "url": absolute(request, rendition.url),
            "width": rendition.width,
            "height": rendition.height,
        }
        for rendition in found
    ]


def document_object(document, request: HttpRequest | None) -> dict | None:
    """Return a document to download; None if it is not public."""
    if document is None or is_hidden(document.collection):
        return None
    return {
        "id": document.pk,
        "title": document.title,
        "url": absolute(request, document.url),
        "type": document.file_extension.lower(),
        "bytes": document.get_file_size(),
    }


def is_hidden(collection) -> bool:
    """Whether anyone is barred from ``collection``."""
    above = collection.get_ancestors(inclusive=True)
    return CollectionViewRestriction.objects.filter(collection__in=above).exists()


def page_objects(pages: Iterable[Page | None], request: HttpRequest | None) -> list[dict]:
    """Return links to the public ones of ``pages``, in their order."""
    listed = [page for page in pages if page is not None and page.live]
    hidden = restricted_pages() if listed else Q()
    paths = Page.objects.filter(pk__in=[page.pk for page in listed]).exclude(hidden)
    public = set(paths.values_list("pk", flat=True)) if listed else set()
    return [page_object(page, request) for page in listed if page.pk in public]


def page_object(page: Page, request: HttpRequest | None) -> dict:
    return {
        "id": page.pk,
        "type": ContentType.objects.get_for_id(page.content_type_id).model_class()._meta.label,
        "locale": page.locale.language_code,
        "title": page.title,
        "url": page_address(page, request),
    }


def breadcrumbs(page: Page, request: HttpRequest | None) -> list[dict]:
    """Return links to the published pages above ``page``, starting at the site's home page."""
    site = Site.find_for_request(request) if request else None
    if site is None or not page.path:
        return []
    above = page.get_ancestors().live().filter(depth__gte=site.root_page.depth)
    return page_objects(above.defer_streamfields(), request)


def search_object(page: Page, request: HttpRequest | None) -> dict:
    """Return what search engines and social networks should show for ``page``."""
    title = page.seo_title or page.title
    description = page.search_description or getattr(page, "summary", "")
    address = page_address(page, request) if page.path else ""
    return {
        "title": title,
        "description": description,
        "canonical_url": address,
        "open_graph": {
            "og:type": "website",
            "og:title": title,
            "og:description": description,
            "og:url": address,
        },
    }


def as_html(request: HttpRequest) -> None:
    """Answer rich text as HTML with resolved links, unless ``request`` says otherwise.

    Wagtail reads the format from the query, also inside blocks; its default is its own storage
    format, which only Wagtail can read.
    """
    if "rich_text_format" not in request.GET:
        request.GET = request.GET.copy()
        request.GET["rich_text_format"] = "html"


class WholePageField(Field):
    """A field built from the whole page, whatever its name."""

    def get_attribute(self, instance: Page) -> Page:
        return instance


class BreadcrumbsField(WholePageField):
    api_schema = array(ref("PageLink"))

    def to_representation(self, page: Page) -> list[dict]:
        return breadcrumbs(page, self.context.get("request"))


class SearchField(WholePageField):
    api_schema = ref("SearchObject")

    def to_representation(self, page: Page) -> dict:
        return search_object(page, self.context.get("request"))


class ContentsField(WholePageField):
    """The section headings of the body, each with the id to link to."""

    api_schema = array(ref("ContentsEntry"))

    def to_representation(self, page: Page) -> list[dict]:
        return [{"anchor": anchor, "text": text} for anchor, text in page.contents]


class ObjectField(Field):
    """An object with its own public representation: ``public_object()``.

    ``shape`` is its name in the OpenAPI document.
    """

    def __init__(self, shape: str, **kwargs):
        super().__init__(**kwargs)
        self.api_schema = nullable(ref(shape))

    def to_representation(self, value) -> dict:
        return value.public_object()


class ObjectsField(Field):
    """Several such objects."""

    def __init__(self, shape: str, **kwargs):
        super().__init__(**kwargs)
        self.api_schema = array(ref(shape))

    def to_representation(self, values) -> list[dict]:
        return [value.public_object() for value in values]


class ClockField(Field):
    """A wall-clock time as ``HH:MM``."""

    api_schema = TEXT

    def to_representation(self, value) -> str:
        return f"{value:%H:%M}"


class RenditionsField(Field):
    """An image in several widths."""

    def get_attribute(self, instance):
        return instance

    def to_representation(self, image) -> list[dict]:
        return renditions(image, self.context.get("request"))


class AltTextField(Field):
    """The image's own alternative text; a page that uses it may have another."""

    def get_attribute(self, instance) -> str:
        return instance.default_alt_text

    def to_representation(self, value: str) -> str:
        return value


EDITORIAL_FIELDS = [
    APIField("summary"),
    APIField("body"),
    APIField("contents", serializer=ContentsField()),
    APIField("breadcrumbs", serializer=BreadcrumbsField()),
    APIField("content_owner"),
    APIField("review_by"),
    APIField("last_published_at"),
    APIField("search", serializer=SearchField()),
]
