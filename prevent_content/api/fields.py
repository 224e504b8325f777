"""Fields of pages that Wagtail's API has no serializer for."""

from rest_framework.fields import Field
from wagtail.api import APIField
from wagtail.models import Page

from . import representations


class WholePageField(Field):
    """A field that is made of the page, whatever its name."""

    def get_attribute(self, instance: Page) -> Page:
        return instance


class BreadcrumbsField(WholePageField):
    def to_representation(self, page: Page) -> list[dict]:
        return representations.breadcrumbs(page, self.context.get("request"))


class SearchField(WholePageField):
    def to_representation(self, page: Page) -> dict:
        return representations.search_object(page, self.context.get("request"))


class ContentsField(WholePageField):
    """The section headings of the body, each with the id to link to."""

    def to_representation(self, page: Page) -> list[dict]:
        return [{"anchor": anchor, "text": text} for anchor, text in page.contents]


class ObjectField(Field):
    """An object that knows its own public representation: ``public_object()``."""

    def to_representation(self, value) -> dict:
        return value.public_object()


class ObjectsField(Field):
    def to_representation(self, values) -> list[dict]:
        return [value.public_object() for value in values]


class ClockField(Field):
    """A wall-clock time as ``HH:MM``."""

    def to_representation(self, value) -> str:
        return f"{value:%H:%M}"


class RenditionsField(Field):
    """An image in several widths."""

    def get_attribute(self, instance):
        return instance

    def to_representation(self, image) -> list[dict]:
        return representations.renditions(image, self.context.get("request"))


class AltTextField(Field):
    """The image's own alternative text; a page may say something else where it uses it."""

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
