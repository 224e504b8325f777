"""Who may change what is planned for a date: whoever may change its page, with a right more."""

from collections.abc import Callable

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet
from wagtail.models import Page
from wagtail.permissions import page_permission_policy

PERMISSION = "prevent_events.change_occurrence_status"
# Others than a page's editors who may change its dates, if they have the right: each is asked with
# the user and the page.
also_responsible: list[Callable[[AbstractBaseUser, Page], bool]] = []


def may_change_dates(user, page: Page) -> bool:
    """Whether ``user`` may cancel, postpone, move and reinstate the dates of ``page``."""
    if not user.has_perm(PERMISSION):
        return False
    is_responsible = any(rule(user, page) for rule in also_responsible)
    return is_responsible or page.permissions_for_user(user).can_edit()


def may_change_any_dates(user: AbstractBaseUser) -> bool:
    """Whether there can be an event whose dates ``user`` may change."""
    return user.has_perm(PERMISSION) and page_permission_policy.user_has_permission(user, "change")


def pages_for(user: AbstractBaseUser) -> QuerySet[Page]:
    """Return the pages, events or not, whose dates ``user`` may change if they have any."""
    if not user.has_perm(PERMISSION):
        return Page.objects.none()
    return page_permission_policy.instances_user_has_permission_for(user, "change")
