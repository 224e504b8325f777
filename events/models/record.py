"""What is added after an event: its page turns from an invitation into a record."""

from django.db import models
from wagtail.api import APIField
from wagtail.fields import RichTextField, StreamField
from wagtail.rich_text import get_text_for_indexing
from wagtail.search import index

from prevent_content.sections import PROSE_FEATURES

from ..blocks import AnsweredQuestionBlock, RecordDocumentBlock


class RecordMixin(models.Model):
    """An event with a record of what was said, asked and shown, and what followed."""

    record_summary = RichTextField("what was said", features=PROSE_FEATURES, blank=True)
    record_questions = StreamField(
        [("question", AnsweredQuestionBlock())],
        blank=True,
        verbose_name="questions and answers",
        help_text="Do not include names of people who asked, or anything that could identify them",
    )
    record_documents = StreamField(
        [("document", RecordDocumentBlock())], blank=True, verbose_name="slides and notes"
    )
    record_next = RichTextField("what happened next", features=PROSE_FEATURES, blank=True)

    record_search_fields = [
        index.SearchField("record_summary"),
        index.SearchField("record_questions"),
        index.SearchField("record_next"),
    ]
    record_api_fields = [
        APIField("record_summary"),
        APIField("record_questions"),
        APIField("record_documents"),
        APIField("record_next"),
    ]

    class Meta:
        abstract = True

    @property
    def has_record(self) -> bool:
        return bool(
            self.record_summary
            or self.record_questions
            or self.record_documents
            or self.record_next
        )

    @property
    def record_texts(self) -> tuple[str, ...]:
        """Return the texts of the record, which must name nobody."""
        answers = [
            (block.value["question"], block.value["answer"].source)
            for block in self.record_questions
        ]
        return tuple(get_text_for_indexing(text) for pair in answers for text in pair)
