"""Words that mean the same in a search, edited in the CMS."""

from django.db import models
from wagtail.admin.panels import FieldPanel
from wagtail.snippets.models import register_snippet

from prevent_content.search_words import stems_of, telling, words_in


@register_snippet
class SearchSynonyms(models.Model):
    """A group of words: a search for any one also finds pages with the others."""

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
        """Return the stems of each word or expression, in order."""
        parts = (telling(words_in(part)) for part in self.words.split(","))
        return [tuple(stems_of(words)) for words in parts if words]
