"""The blocks of everyday pages: tables, warnings, buttons, videos and cards that lead on."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock

from .api import serializers
from .api.page_schemas import HTML, NUMBER, TEXT, array, nullable, obj, ref
from .sections import (
    INLINE_FEATURES,
    PreviewMeta,
    RichTextBlock,
    SectionValue,
    request_of,
)

CELL = {"oneOf": [HTML, NUMBER, {"type": "null"}]}


class TableBlock(TypedTableBlock):
    """A table whose columns hold text, numbers or text with links; its first column names rows."""

    api_schema: ClassVar = obj(
        {
            "columns": array(obj({"type": TEXT, "heading": TEXT})),
            "rows": array(obj({"values": array(CELL)})),
            "caption": TEXT,
        }
    )

    def __init__(self, **kwargs):
        columns = [
            ("text", blocks.CharBlock(required=False)),
            ("number", blocks.FloatBlock(required=False)),
            ("rich_text", RichTextBlock(features=INLINE_FEATURES, required=False)),
        ]
        super().__init__(columns, **kwargs)

    class Meta(PreviewMeta):
        icon = "table"
        label = "Table"
        description = "Facts in rows and columns, with a caption. Not for layout."
        template = "prevent_content/blocks/table.html"
        preview_value = {
            "columns": [
                {"type": "text", "heading": "Evening"},
                {"type": "number", "heading": "Places"},
            ],
            "rows": [{"values": ["Aylesbury", 40]}, {"values": ["High Wycombe", 60]}],
            "caption": "Where the roundtables are",
        }

    def clean(self, table):
        cleaned = super().clean(table)
        if not cleaned.caption:
            raise ValidationError("Enter a caption that says what the table is about")
        if not all(column["heading"] for column in cleaned.columns):
            raise ValidationError("Enter a heading for every column")
        return cleaned


class WarningBlock(blocks.TextBlock):
    def __init__(self, **kwargs):
        super().__init__(max_length=400, rows=3, **kwargs)

    class Meta(PreviewMeta):
        icon = "warning"
        label = "Warning text"
        description = "What may have consequences for the reader, in a sentence or two."
        template = "prevent_content/blocks/warning.html"
        preview_value = "Call 999 if someone is in danger now."


class TargetBlock(blocks.StructBlock):
    """What leads somewhere: to a page of this site, or to an address."""

    page = blocks.PageChooserBlock(required=False, help_text="A page of this site")
    url = blocks.URLBlock(required=False, label="Or an address", help_text="Of another website")

    api_properties: ClassVar = {"page": nullable(ref("PageLink"))}

    def clean(self, value):
        cleaned = super().clean(value)
        if bool(cleaned.get("page")) == bool(cleaned.get("url")):
            raise blocks.StructBlockValidationError(
                {"page": ValidationError("Choose a page, or enter an address: one of the two")}
            )
        return cleaned

    def get_api_representation(self, value, context=None):
        pages = serializers.page_objects([value["page"]], request_of(context))
        shown = {name: value[name] for name in self.child_blocks}
        return shown | {"page": pages[0] if pages else None}


class ButtonBlock(TargetBlock):
    text = blocks.CharBlock(max_length=60, help_text="Begins with a verb: “Book a place”")

    class Meta(PreviewMeta):
        icon = "redirect"
        label = "Button"
        description = "The one thing to do on the page."
        template = "prevent_content/blocks/button.html"
        preview_value = {"text": "Book a place", "page": None, "url": "https://www.gov.uk/"}


class VideoLinkBlock(blocks.StructBlock):
    title = blocks.CharBlock(max_length=160)
    url = blocks.URLBlock(label="Address of the video")
    length = blocks.CharBlock(
        max_length=40, required=False, help_text="Like “3 minutes”", search_index=False
    )
    captions = blocks.BooleanBlock(required=False, label="It has captions")

    class Meta(PreviewMeta):
        icon = "media"
        label = "Video link"
        description = "A link to a video. Nothing is loaded from its website on this page."
        template = "prevent_content/blocks/video_link.html"
        preview_value = {
            "title": "What happens at a Channel panel",
            "url": "https://www.gov.uk/",
            "length": "3 minutes",
            "captions": True,
        }


class CardBlock(TargetBlock):
    title = blocks.CharBlock(max_length=80)
    text = blocks.CharBlock(max_length=200, required=False)

    class Meta:
        icon = "link"


class CardsBlock(blocks.StructBlock):
    heading = blocks.CharBlock(max_length=120)
    cards = blocks.ListBlock(CardBlock(), min_num=2, max_num=6)

    class Meta(PreviewMeta):
        icon = "grip"
        label = "Signposting cards"
        description = "Two to six ways on, each with a title and a sentence."
        template = "prevent_content/blocks/cards.html"
        value_class = SectionValue
        preview_value = {
            "heading": "Find help",
            "cards": [
                {"title": "Get help", "text": "Talk to someone.", "url": "https://www.gov.uk/"},
                {"title": "Report", "text": "Tell the police.", "url": "https://www.gov.uk/"},
            ],
        }
