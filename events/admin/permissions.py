"""Who may change a date: people who may change its page and have one more right."""

from collections.abc import Callable

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from wagtail.models import Page
from wagtail.permissions import page_permission_policy

PERMISSION = "prevent_events.change_occurrence_status"
# Asks whether people other than a page's editors may change its dates, if they have the right. Each
# is called with the user and the page.
also_responsible: list[Callable[[AbstractBaseUser, Page], bool]] = []


def may_change_dates(user, page: Page) -> bool:
    """Whether ``user`` may cancel, postpone, move and reinstate the dates of ``page``."""
    if not user.has_perm(PERMISSION):
        return False
    is_responsible = any(rule(user, page) for rule in also_responsible)
    return is_responsible or page.permissions_for_user(user).can_edit()


def may_change_any_dates(user: AbstractBaseUser) -> bool:
    """Whether ``user`` may change the dates of any event at all."""
    return user.has_perm(PERMISSION) and page_permission_policy.user_has_permission(user, "change")


def pages_for(user: AbstractBaseUser) -> QuerySet[Page]:
    """Return the pages, events or not, whose dates ``user`` may change."""
    if not user.has_perm(PERMISSION):
        return Page.objects.none()
    return page_permission_policy.instances_user_has_permission_for(user, "change")
