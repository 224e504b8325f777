"""Pages whose translations share what is not text."""

from typing import ClassVar

from django.conf import settings


def has_translations() -> bool:
    """Whether this installation has pages in more than one language at all."""
    return getattr(settings, "WAGTAIL_I18N_ENABLED", False)


class SharedFieldsMixin:
    """A page whose translations share the fields named in ``shared_fields``.

    They are edited on the page that was there first, its source; the others follow it.
    """

    shared_fields: ClassVar[tuple[str, ...]] = ()

    @property
    def source(self):
        """Return the page that the shared fields are edited on; it may be this one."""
        if not has_translations():
            return self
        pages = type(self).objects.filter(translation_key=self.translation_key)
        return pages.order_by("pk").first() or self

    @property
    def is_translation(self) -> bool:
        return self.source.pk != self.pk

    def shared_values(self) -> dict[str, object]:
        names = [self._meta.get_field(name).attname for name in self.shared_fields]
        return {name: getattr(self, name) for name in names}

    def follow_source(self) -> None:
        """Take the shared fields from the source, if that is another page."""
        source = self.source
        if source.pk != self.pk:
            for name, value in source.shared_values().items():
                setattr(self, name, value)

    def lead_translations(self) -> None:
        """Let the other translations have the shared fields as they are stored here."""
        if has_translations():
            others = type(self).objects.filter(translation_key=self.translation_key)
            others.filter(pk__gt=self.pk).update(**self.shared_values())

    def with_content_json(self, content):
        page = super().with_content_json(content)
        page.follow_source()
        return page
