"""Pages whose translations share everything but text."""

from typing import ClassVar

from django.conf import settings


def has_translations() -> bool:
    """Whether this installation has pages in more than one language."""
    return getattr(settings, "WAGTAIL_I18N_ENABLED", False)


class SharedFieldsMixin:
    """A page whose translations share the fields named in ``shared_fields``.

    They are edited on the original page, the source; the translations follow it.
    """

    shared_fields: ClassVar[tuple[str, ...]] = ()

    @property
    def source(self):
        """Return the page on which the shared fields are edited; it may be this one."""
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
        """Copy the shared fields from the source, if that is another page."""
        source = self.source
        if source.pk != self.pk:
            for name, value in source.shared_values().items():
                setattr(self, name, value)

    def lead_translations(self) -> None:
        """Copy the shared fields, as stored here, to the other translations."""
        if has_translations():
            others = type(self).objects.filter(translation_key=self.translation_key)
            others.filter(pk__gt=self.pk).update(**self.shared_values())

    def with_content_json(self, content):
        page = super().with_content_json(content)
        page.follow_source()
        return page
