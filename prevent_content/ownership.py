"""Who answers for a page, and which pages are due to be looked at again."""

from datetime import date

from wagtail.models import Page, get_page_models

from .models import ContentOwner, EditorialPage


def overdue_pages(*, on: date, among=None) -> list[Page]:
    """Return the public pages to be looked at before ``on``, the longest overdue first."""
    found = []
    for model in get_page_models():
        if issubclass(model, EditorialPage):
            pages = model.objects.live().filter(review_by__lt=on).select_related("owner")
            found += pages if among is None else pages.filter(page_ptr__in=among)
    return sorted(found, key=lambda page: (page.review_by, page.path))


def inboxes() -> dict[str, str]:
    """Return the inbox of each team, by its name without regard to capitals."""
    return {owner.team.casefold(): owner.inbox for owner in ContentOwner.objects.all()}


def inbox_of(page: Page, known: dict[str, str]) -> str:
    """Return where the owner of ``page`` is reminded: the team's, else who made it; or nothing."""
    team = page.content_owner.strip().casefold()
    return known.get(team) or (page.owner.email if page.owner and page.owner.is_active else "")


def overdue_by_inbox(*, on: date) -> dict[str, list[Page]]:
    """Return the overdue pages by the inbox that is reminded of them."""
    known = inboxes()
    found: dict[str, list[Page]] = {}
    for page in overdue_pages(on=on):
        if inbox := inbox_of(page, known):
            found.setdefault(inbox, []).append(page)
    return found
