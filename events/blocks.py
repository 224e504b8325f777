"""The running order: what happens when, and the food and drink."""

from collections.abc import Mapping
from datetime import time
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.blocks.stream_block import StreamBlockValidationError
from wagtail.documents import get_document_model
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.snippets.blocks import SnippetChooserBlock

from prevent_content.api import serializers
from prevent_content.api.page_schemas import FLAG, TEXT, array, nullable, ref
from prevent_content.sections import (
    INLINE_FEATURES,
    PROSE_FEATURES,
    ExtensibleStreamBlock,
    ExtensibleStreamField,
    PreviewMeta,
    RichTextBlock,
    SectionValue,
    request_of,
)
from prevent_content.widgets import TimeInput

from .agenda import AgendaEntry, AgendaKind, AgendaMark
from .dates_in_words import hours_in_words
from .typed_fields import TypedTimeBlock

# A London wall-clock time in the API.
CLOCK = {"type": ["string", "null"], "pattern": "^[0-2][0-9]:[0-5][0-9]$"}
TIME_MARKS = [
    ("doors", _("Doors open")),
    ("start", _("Start")),
    ("break", _("Break")),
    ("close", _("Close")),
]


class ClockBlock(TypedTimeBlock):
    """A London wall-clock time, in the browser's own time input."""

    api_schema: ClassVar = CLOCK

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.field.widget = TimeInput()

    def get_api_representation(self, value, context=None):
        return f"{value:%H:%M}" if value else None


class AgendaValue(blocks.StructValue):
    """A line of the running order, for templates."""

    @property
    def line_label(self) -> str:
        return self.block.line_label(self)


class AgendaBlock(blocks.StructBlock):
    """A kind of line in the running order, with everything the rest of the product needs of it.

    A subclass declares ``starts`` and, if it lasts, ``ends`` (both ``ClockBlock``), its own fields,
    and a template; hosts add theirs with ``register_agenda_block``. ``kind`` says how the line
    fills the event: only one ``item`` may run at a time, ``refreshments`` may be served alongside
    anything and before the start, and a ``time`` is a moment (see ``agenda.AgendaEntry``).

    A value may come from an unfinished draft: a mapping in which any field is missing or empty.
    """

    kind: AgendaKind = "item"

    class Meta(PreviewMeta):
        value_class = AgendaValue

    def line_label(self, value: Mapping) -> str:
        """Return the line's label: its title, if it has one."""
        return value.get("title") or str(self.label)

    def line_mark(self, value: Mapping) -> AgendaMark:
        """Return what a line of the kind ``time`` marks."""
        return ""

    def line_notes(self, value: Mapping) -> list[str]:
        """Return the text that calendars add after the label."""
        return []

    def is_place_bound(self, value: Mapping) -> bool:
        """Whether the line is meaningless on a date held online."""
        return False

    def entry(self, value: Mapping) -> AgendaEntry | None:
        """Return the line for the checks of the running order, or None if it has no start."""
        if not value.get("starts"):
            return None
        return AgendaEntry(
            kind=self.kind,
            label=self.line_label(value),
            starts=value["starts"],
            ends=value.get("ends") or None,
            mark=self.line_mark(value),
        )

    def line(self, value: Mapping) -> str:
        """Return the line as text, like ``6pm to 6:40pm: Talk``; "" if it has no start."""
        if not value.get("starts"):
            return ""
        parts = [self.line_label(value), *self.line_notes(value)]
        text = ". ".join(" ".join(part.split()).rstrip(".") for part in parts if part)
        return f"{hours_in_words(value['starts'], value.get('ends') or None)}: {text}"


class AgendaItemBlock(AgendaBlock):
    starts = ClockBlock()
    ends = ClockBlock()
    title = blocks.CharBlock(max_length=160)
    text = RichTextBlock(features=INLINE_FEATURES, required=False, label="Description")
    speakers = blocks.ListBlock(SnippetChooserBlock("prevent_events.Speaker"), default=[])

    class Meta(PreviewMeta):
        icon = "clipboard-list"
        label_format = "{starts} {title}"
        description = "A talk, discussion or activity with a start and an end."
        template = "prevent_events/blocks/agenda_item.html"
        preview_value = {
            "starts": time(18, 10),
            "ends": time(18, 40),
            "title": "The national picture",
            "text": "<p>What the strategy asks of all of us.</p>",
            "speakers": [],
        }

    api_properties: ClassVar = {"speakers": array(ref("SpeakerObject"))}

    def get_api_representation(self, value, context=None):
        speakers = [speaker.public_object() for speaker in value["speakers"] if speaker]
        return super().get_api_representation(value, context) | {"speakers": speakers}


class TimeBlock(AgendaBlock):
    kind = "time"

    mark = blocks.ChoiceBlock(choices=TIME_MARKS, label="What happens", search_index=False)
    starts = ClockBlock(label="At")
    ends = ClockBlock(required=False, label="Until", help_text="For a break")
    note = blocks.CharBlock(max_length=160, required=False)

    class Meta(PreviewMeta):
        icon = "time"
        label_format = "{starts} {mark} {note}"
        description = "Doors open, start, break or close."
        template = "prevent_events/blocks/time.html"
        preview_value = {"mark": "doors", "starts": time(17, 45), "ends": None, "note": ""}

    api_properties: ClassVar = {"label": TEXT}

    def get_api_representation(self, value, context=None):
        return super().get_api_representation(value, context) | {"label": value.line_label}

    def line_label(self, value):
        return str(dict(TIME_MARKS).get(value.get("mark"), ""))

    def line_mark(self, value):
        mark = value.get("mark")
        return mark if mark in dict(TIME_MARKS) else ""

    def line_notes(self, value):
        return [value.get("note", "")]

    def is_place_bound(self, value):
        return value.get("mark") == "doors"


class RefreshmentsBlock(AgendaBlock):
    kind = "refreshments"

    starts = ClockBlock(label="From")
    ends = ClockBlock(required=False, label="Until")
    served = blocks.CharBlock(max_length=250, label="What is served")
    dietary = blocks.TextBlock(required=False, rows=3, label="Dietary and allergen information")

    class Meta(PreviewMeta):
        icon = "cup"
        label_format = "{starts} {served}"
        description = "What there is to eat and drink, when, and for which diets."
        template = "prevent_events/blocks/refreshments.html"
        preview_value = {
            "starts": time(17, 45),
            "ends": time(18),
            "served": "Tea, coffee, soft drinks and light refreshments",
            "dietary": "Vegetarian and vegan food is provided.",
        }

    def line_label(self, value):
        return value.get("served", "")

    def line_notes(self, value):
        return [value.get("dietary", "")]

    def is_place_bound(self, value):
        return True


class AgendaStreamBlock(ExtensibleStreamBlock):
    item = AgendaItemBlock(label="Agenda item")
    time = TimeBlock()
    refreshments = RefreshmentsBlock()

    api_properties: ClassVar = {"label": TEXT, "place_bound": FLAG}

    def get_api_representation(self, value, context=None) -> list[dict]:
        """Return the lines, each with its label and whether it is meaningless online."""
        lines = super().get_api_representation(value, context)
        return [
            line
            | {
                "label": child.block.line_label(child.value),
                "place_bound": child.block.is_place_bound(child.value),
            }
            for line, child in zip(lines or [], value or [], strict=True)
        ]


def register_agenda_block(name: str, block: AgendaBlock) -> None:
    """Offer ``block`` to editors in every running order, stored under ``name``.

    Call it from an app's ``ready`` method. It needs no migration.
    """
    AgendaStreamBlock.register(name, block)


class AgendaField(ExtensibleStreamField):
    """A running order: the blocks of this module and those that apps register."""

    stream_block_class = AgendaStreamBlock


class AnsweredQuestionBlock(blocks.StructBlock):
    question = blocks.TextBlock(rows=2, max_length=500)
    answer = RichTextBlock(features=PROSE_FEATURES)

    class Meta(PreviewMeta):
        icon = "help"
        label = "Question"
        description = "A question that was asked, and its answer, without names."
        template = "prevent_events/blocks/answered_question.html"
        preview_value = {
            "question": "Who decides whether someone is referred?",
            "answer": "<p>A panel of people from several services.</p>",
        }


class RecordDocumentBlock(blocks.StructBlock):
    document = DocumentChooserBlock()
    accessibility = blocks.TextBlock(
        rows=2,
        required=False,
        label="Accessibility note",
        help_text="Who can read it and how to get it in another format",
    )

    class Meta(PreviewMeta):
        icon = "doc-full"
        label = "Document"
        description = "Slides or notes, with who can read them."
        template = "prevent_events/blocks/record_document.html"

    def get_preview_value(self):
        """Return the newest document of the library, if it has any."""
        newest = get_document_model().objects.order_by("-created_at", "-pk").first()
        note = "The slides are tagged for screen readers. Ask us for large print."
        return self.normalize({"document": newest, "accessibility": note})

    api_properties: ClassVar = {"document": nullable(ref("DocumentObject"))}

    def get_api_representation(self, value, context=None):
        found = serializers.document_object(value["document"], request_of(context))
        return {"document": found, "accessibility": value["accessibility"]}


def lines_of(stream, *, is_online: bool) -> list:
    """Return the blocks of an agenda field for a date, less those needing a venue if online."""
    return [
        child for child in stream if not (is_online and child.block.is_place_bound(child.value))
    ]


def agenda_entries(stream) -> list[AgendaEntry]:
    """Return the running order of an agenda field for the pure checks.

    Draft blocks without a start time are left out; their indexes would mean nothing to a reader.
    """
    entries = (child.block.entry(child.value) for child in stream)
    return [entry for entry in entries if entry]


def agenda_error(findings, stream) -> StreamBlockValidationError | None:
    """Return the errors among ``findings`` as an error of the StreamField, block by block."""
    timed = [index for index, child in enumerate(stream) if child.block.entry(child.value)]
    block_errors: dict[int, list[ValidationError]] = {}
    general = []
    for finding in findings:
        if finding.severity != "error":
            continue
        error = ValidationError(finding.message)
        if finding.index is None:
            general.append(error)
        else:
            block_errors.setdefault(timed[finding.index], []).append(error)
    if not block_errors and not general:
        return None
    return StreamBlockValidationError(
        block_errors={index: ValidationError(errors) for index, errors in block_errors.items()},
        non_block_errors=general or None,
    )


class UpcomingRoundtablesBlock(blocks.StructBlock):
    """For the bodies of pages: registered with the editorial blocks."""

    heading = blocks.CharBlock(max_length=120, default="Upcoming roundtables")
    limit = blocks.IntegerBlock(default=3, min_value=1, max_value=10)
    large_card = blocks.BooleanBlock(
        default=False, required=False, help_text="Show the next date as a large card"
    )

    class Meta(PreviewMeta):
        icon = "date"
        value_class = SectionValue
        description = "The next dates of all roundtable events, kept up to date by itself."
        template = "prevent_events/blocks/upcoming_roundtables.html"
        preview_value = {"heading": "Upcoming roundtables", "limit": 3, "large_card": True}
