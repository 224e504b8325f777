"""The links in emails. All are absolute."""

from django.conf import settings
from django.urls import reverse
from wagtail.models import Site

from prevent_content.links import page_address, site_address

from ..models import Registration, RegistrationPage

INSPECT = "prevent_registrations_registration_modeladmin_inspect"
LIST = "prevent_registrations_registration_modeladmin_index"


def site_of(page: RegistrationPage | None) -> Site | None:
    """Return the site of ``page``, or else the default one."""
    site = page.get_site() if page and page.path else None
    return site or Site.objects.filter(is_default_site=True).first()


def site_root(site: Site | None) -> str:
    return site_address(site) if site else ""


def own_address(registration: Registration, site: Site | None = None) -> str:
    """Return the address of the person's own registration page."""
    path = reverse("prevent_registrations:own", args=[registration.link_token()])
    return site_root(site or site_of(registration.page)) + path


def event_address(registration: Registration) -> str:
    """Return the address of the event's page; "" if it is not published."""
    event = registration.occurrence.event
    return page_address(event) if event and event.live else ""


def cms_address(name: str, *args: object) -> str:
    """Return the address of a CMS screen, for users who may see it."""
    base = getattr(settings, "WAGTAILADMIN_BASE_URL", "").rstrip("/")
    return base + (reverse(name, args=args) if name else "")


def joining_link(registration: Registration) -> str:
    """Return the online joining link for someone with a confirmed place, else ""."""
    occurrence = registration.occurrence
    event = occurrence.event
    is_online = event is not None and occurrence.attendance_mode != "in_person"
    if registration.status != Registration.Status.CONFIRMED or not is_online:
        return ""
    return event.joining_link if occurrence.goes_ahead else ""
