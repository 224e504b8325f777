"""What the editorial blocks have in common: sections with headings, text features, previews."""

from django.utils.text import slugify
from wagtail import blocks

INLINE_FEATURES = ["bold", "italic", "link", "document-link"]
PROSE_FEATURES = [*INLINE_FEATURES, "ol", "ul"]


class PreviewMeta:
    """The options of a block that editors see in the site's own look before they choose it."""

    preview_template = "prevent_content/blocks/preview.html"


class SectionValue(blocks.StructValue):
    """The value of a block that begins with a heading of its own."""

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
