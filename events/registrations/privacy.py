"""Public privacy texts about this program, generated from what it does.

Editors place a ``PrivacyFactBlock`` in a page instead of typing a figure, so that no page says 30
days while the form says 60. Each sentence here states a setting or a constant;
docs/privacy/README.md lists which.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail import blocks
from wagtail.models import Site

from prevent_content.api.page_schemas import TEXT, array
from prevent_content.sections import PreviewMeta

from . import limits, permissions
from .models import DataProtectionSettings, RegistrationPage
from .models.data_protection import ANSWER_WITHIN_DAYS
from .models.retention import page_feedback_days


def days_in_words(days: int) -> str:
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


def time_in_words(seconds: float) -> str:
    """Return a length of time in its largest whole unit, like "2 hours" or "1 year"."""
    minutes, hours = round(seconds / 60), round(seconds / 3600)
    days = round(seconds / timedelta(days=1).total_seconds())
    if days >= 364:
        years = round(days / 365) or 1
        return ngettext("%(count)d year", "%(count)d years", years) % {"count": years}
    if days >= 2:
        return days_in_words(days)
    if hours >= 1:
        return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


def flagging(site: Site | None = None) -> list[str]:
    """Say that a lead may act on what they read, if leads can flag a concern."""
    if not permissions.flagging_is_on():
        return []
    return [
        _(
            "A safeguarding lead may read what you write. If it makes them worried about someone’s "
            "safety they may have to act on it."
        )
    ]


def retention(site: Site | None = None) -> list[str]:
    """Say how long everything is stored, from the published forms and the settings."""
    forms = RegistrationPage.objects.live()
    periods = {
        (row.retention_days, row.days_until_sensitive_erasure)
        for row in forms.only("retention_days", "sensitive_retention_days")
    }
    complaint_days = (
        DataProtectionSettings.for_site(site).complaint_days
        if site
        else DataProtectionSettings().complaint_days
    )
    return [
        *(registration_periods(periods) if periods else []),
        _("We delete a complaint about how we used your data %(period)s after we answered it.")
        % {"period": days_in_words(complaint_days)},
        _("We delete what you tell us about a page or an event after %(period)s.")
        % {"period": days_in_words(page_feedback_days())},
        _(
            "To stop automated forms, we count how many come from each internet address in "
            "%(period)s. We store a code that cannot be turned back into the address."
        )
        % {"period": time_in_words(limits.WINDOW_SECONDS)},
    ]


def registration_periods(periods: set[tuple[int, int]]) -> list[str]:
    whole, sensitive = zip(*periods, strict=True)
    if len(periods) == 1:
        return [
            _("We delete your booking %(period)s after the end of the event.")
            % {"period": days_in_words(whole[0])},
            _("We delete your access and dietary needs %(period)s after the end of the event.")
            % {"period": days_in_words(sensitive[0])},
        ]
    return [
        _(
            "We delete your booking %(least)s to %(most)s after the end of the event. The booking "
            "form says which."
        )
        % {"least": min(whole), "most": days_in_words(max(whole))},
        _(
            "We delete your access and dietary needs %(least)s to %(most)s after the end of the "
            "event. The booking form says which."
        )
        % {"least": min(sensitive), "most": days_in_words(max(sensitive))},
    ]


def answers(site: Site | None = None) -> list[str]:
    """Say when complaints are answered."""
    return [
        _("We will answer your complaint within %(period)s.")
        % {"period": days_in_words(ANSWER_WITHIN_DAYS)}
    ]


def staff_cookies(site: Site | None = None) -> list[str]:
    """Say which cookies the CMS sets when members of staff sign in, and how long they last."""
    longest = getattr(settings, "SESSION_LASTS", timedelta(seconds=settings.SESSION_COOKIE_AGE))
    return [
        _("%(name)s: protects the forms of the CMS, and expires after %(period)s")
        % {
            "name": settings.CSRF_COOKIE_NAME,
            "period": time_in_words(settings.CSRF_COOKIE_AGE or settings.SESSION_COOKIE_AGE),
        },
        _("%(name)s: keeps staff signed in, and expires after %(period)s")
        % {
            "name": settings.SESSION_COOKIE_NAME,
            "period": time_in_words(min(longest.total_seconds(), settings.SESSION_COOKIE_AGE)),
        },
    ]


FACTS: dict[str, tuple[str, Callable[..., list[str]]]] = {
    "flagging": ("A safeguarding lead may act on what people write", flagging),
    "retention": ("How long personal data is stored", retention),
    "answers": ("By when complaints are answered", answers),
    "staff_cookies": ("Cookies for staff who sign in", staff_cookies),
}


def sentences(fact: str, site: Site | None) -> list[str]:
    return FACTS[fact][1](site) if fact in FACTS else []


class PrivacyFactBlock(blocks.StructBlock):
    """A fact that the website fills in from its settings. Editors choose which, not the figure."""

    fact = blocks.ChoiceBlock(
        choices=[(key, label) for key, (label, _fact) in FACTS.items()], search_index=False
    )

    api_properties: ClassVar = {"sentences": array(TEXT)}

    def get_context(self, value, parent_context=None):
        context = super().get_context(value, parent_context=parent_context)
        request = context.get("request")
        site = Site.find_for_request(request) if request else None
        context["sentences"] = sentences(value["fact"], site)
        return context

    def get_api_representation(self, value, context=None):
        request = (context or {}).get("request")
        site = Site.find_for_request(request) if request else None
        return {"fact": value["fact"], "sentences": sentences(value["fact"], site)}

    class Meta(PreviewMeta):
        icon = "lock"
        label = "Privacy fact"
        description = "Periods and figures that the website fills in from its settings."
        template = "prevent_registrations/blocks/privacy_fact.html"
        preview_value = {"fact": "answers"}
