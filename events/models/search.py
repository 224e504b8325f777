"""Words that mean the same to people who search, edited in the CMS."""

from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.snippets.models import register_snippet

from prevent_content.search_words import stems_of, telling, words_in


@register_snippet
class SearchSynonyms(models.Model):
    """One group of words: a search for any of them finds pages with any other."""

    words = models.CharField(
        max_length=250,
        unique=True,
        help_text="Separated by commas, for example: roundtable, meeting, event",
    )

    panels = [FieldPanel("words")]

    class Meta:
        ordering = ["words"]
        verbose_name = "search synonyms"
        verbose_name_plural = "search synonyms"

    def __str__(self) -> str:
        return self.words

    @property
    def terms(self) -> list[tuple[str, ...]]:
        """Return the stems of each word, or of each word of an expression, in their order."""
        parts = (telling(words_in(part)) for part in self.words.split(","))
        return [tuple(stems_of(words)) for words in parts if words]
