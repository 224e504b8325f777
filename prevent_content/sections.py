"""What the blocks share: sections, text, previews, and streams that apps add to."""

from typing import ClassVar

from django.http import HttpRequest
from django.utils.text import slugify
from wagtail import blocks
from wagtail.fields import StreamField

from .compat import as_requested

INLINE_FEATURES = ["bold", "italic", "link", "document-link"]
PROSE_FEATURES = [*INLINE_FEATURES, "ol", "ul"]


class PreviewMeta:
    """Options of a block with a preview in the site's own look."""

    preview_template = "prevent_content/blocks/preview.html"


def request_of(context: dict | None) -> HttpRequest | None:
    """Return the API request in ``context``, if there is one."""
    return (context or {}).get("request")


class RichTextBlock(blocks.RichTextBlock):
    """Rich text in the API's format in every Wagtail release."""

    def get_api_representation(self, value, context=None) -> str:
        text = super().get_api_representation(value, context)
        return as_requested(text, request_of(context))


class SectionValue(blocks.StructValue):
    """The value of a block that begins with its own heading."""

    @property
    def section_title(self) -> str:
        names = ("heading", "title", "text")
        return next((self[name] for name in names if self.get(name)), "")

    @property
    def anchor(self) -> str:
        """Return the id that the contents list links to."""
        return slugify(self.section_title) or "section"


def section_of(child: blocks.BoundBlock) -> SectionValue | None:
    """Return the value of ``child`` if it begins a section, else None."""
    value = child.value
    if not isinstance(value, SectionValue) or value.get("level") == "h3":
        return None
    return value if value.section_title else None


class ExtensibleStreamBlock(blocks.StreamBlock):
    """A stream of built-in blocks and those that apps register, by name."""

    registered: ClassVar[dict[str, blocks.Block]] = {}

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.registered = {}

    def __init__(self, local_blocks=(), **kwargs):
        super().__init__([*self.registered.items(), *local_blocks], **kwargs)

    @classmethod
    def register(cls, name: str, block: blocks.Block) -> None:
        if name in cls.base_blocks or name in cls.registered:
            raise ValueError(f"There is a block called {name} already: choose another name")
        cls.registered[name] = block


class ExtensibleStreamField(StreamField):
    """A field with the blocks of ``stream_block_class``.

    The blocks are collected on first use, after every app is ready. Migrations do not list them, so
    a new block does not change the database.
    """

    stream_block_class = ExtensibleStreamBlock

    def __init__(self, **kwargs):
        super().__init__(self.stream_block_class, **kwargs)

    def deconstruct(self):
        name, path, _args, kwargs = super().deconstruct()
        del kwargs["block_lookup"]
        return name, path, [], kwargs
