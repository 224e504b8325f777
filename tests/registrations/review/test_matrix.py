"""Every CMS address, requested by every role, by GET and by POST: one table of answers.

The addresses come from the URL resolver: one without a row here fails. No answer contains a word of
a registration that the role may not see.
"""

import os
import re
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver

from events.registrations.models import (
    DateMessage,
    EventAssignment,
    PlaceCount,
    RegistrationChange,
)
from events.registrations.places import ensure_count
from tests.factories import EventPageFactory, OutboundEmailFactory, RegistrationFactory, UserFactory
from tests.registrations.review.conftest import ANSWER, EMAIL, NAME, NOTE, PERSONAL, SENSITIVE

LEAD_GROUP, ORGANISER_GROUP = "Safeguarding leads", "Organisers"
VIEW, DECIDE, SENSITIVE_RIGHT = "view_registration", "decide_registration", "view_sensitive_answers"
MESSAGE = "message_registrants"
EXPORT, TRAIL, ASSIGN = "export_registration", "view_trail", "assign_events"
DELIVERIES, DATES = "manage_deliveries", "change_occurrence_status"
ACCESS, ERASE, HOLD, COMPLAINTS = (
    "subject_access",
    "erase_registration",
    "hold_erasure",
    "handle_complaints",
)
CAPACITY = "change_capacity"
CONFIRM = "confirm_inboxes"
LEADS_RIGHTS = {
    *(VIEW, DECIDE, MESSAGE, SENSITIVE_RIGHT, EXPORT, DELIVERIES, HOLD, CAPACITY, CONFIRM),
}
USERS = "auth.change_user"
EVERYTHING = {*LEADS_RIGHTS, USERS, TRAIL, ASSIGN, DATES, ACCESS, ERASE, COMPLAINTS}
LOGIN, OK, MOVED, REFUSED, MISSING, NOT_SO, CONFLICT, MISTAKE = (
    302,
    200,
    302,
    403,
    404,
    405,
    409,
    422,
)


@dataclass(frozen=True)
class Role:
    """A user's rights, and whether they apply to the requested event."""

    rights: frozenset = frozenset()
    here: bool = True
    groups: tuple = ()
    assigned: str = ""
    is_superuser: bool = False

    @property
    def sees(self) -> bool:
        return VIEW in self.rights and self.here


ROLES = {
    "anonymous": Role(),
    "editor": Role(frozenset({DATES}), groups=("Communications editors",)),
    "moderator": Role(frozenset({DATES}), groups=("Communications editors", "Moderators")),
    "organiser of another event": Role(
        frozenset({VIEW, DECIDE, MESSAGE}),
        here=False,
        groups=(ORGANISER_GROUP,),
        assigned="other",
    ),
    "organiser": Role(
        frozenset({VIEW, DECIDE, MESSAGE}), groups=(ORGANISER_GROUP,), assigned="this"
    ),
    "lead of another event": Role(
        frozenset(LEADS_RIGHTS), here=False, groups=(LEAD_GROUP,), assigned="other"
    ),
    "lead": Role(frozenset(LEADS_RIGHTS), groups=(LEAD_GROUP,)),
    "former lead": Role(groups=("Only the CMS",)),
    "data protection": Role(
        frozenset({ACCESS, ERASE, HOLD, COMPLAINTS, TRAIL}), groups=("Data protection",)
    ),
    "superuser": Role(frozenset(EVERYTHING), is_superuser=True),
}


@dataclass(frozen=True)
class Row:
    """The rights an address requires, one of which is enough for ``any_of``, and its answers.

    Some screens refuse a method before they check a right (``method_first``). ``one`` names the
    methods about one registration or date, and so about its event.
    """

    get: int
    post: int
    rights: tuple = (VIEW,)
    one: str = ""
    any_of: tuple = ()
    sent: tuple = ()
    method_first: bool = False
    elsewhere: int = MISSING

    def expected(self, role: Role, method: str) -> int:
        if role == ROLES["anonymous"]:
            return LOGIN
        if self.method_first and getattr(self, method) == NOT_SO:
            return NOT_SO
        if not role.rights.issuperset(self.rights):
            return REFUSED
        if self.any_of and not role.rights.intersection(self.any_of):
            return REFUSED
        answer = getattr(self, method)
        is_asked_first = self.elsewhere == REFUSED or answer != NOT_SO
        if method in self.one and not role.here and is_asked_first:
            return self.elsewhere
        return answer


REGISTRATION = "prevent_registrations_registration_modeladmin_"
DELIVERY = "prevent_registrations_outboundemail_modeladmin_"
PROTECTION = "prevent_data_protection:"
DECIDES = (VIEW, DECIDE)
ANY = (ACCESS, ERASE, HOLD, COMPLAINTS)
CHOICE = (("seen", "confirmed"), ("status", "declined"), ("note", ""), ("mark", "attended"))
TOGETHER = (("name", "0"), ("guests", "0"), ("answer_q", "0"), ("sensitive_a", "0"))
TABLE = {
    f"{REGISTRATION}index": Row(OK, NOT_SO),
    f"{REGISTRATION}inspect": Row(OK, NOT_SO, one="get"),
    f"{REGISTRATION}reveal": Row(MOVED, OK, (VIEW, SENSITIVE_RIGHT), one="post"),
    f"{REGISTRATION}decide": Row(MOVED, MOVED, DECIDES, one="post", sent=CHOICE),
    f"{REGISTRATION}note": Row(MOVED, MOVED, DECIDES, one="post", sent=(("note", "Rang"),)),
    f"{REGISTRATION}assign": Row(MOVED, MOVED, DECIDES, one="post"),
    f"{REGISTRATION}flag": Row(MOVED, MOVED, DECIDES, one="post", sent=(("why", "Odd"),)),
    f"{REGISTRATION}change": Row(OK, MISTAKE, DECIDES, one="get post"),
    f"{REGISTRATION}move": Row(OK, MISTAKE, DECIDES, one="get post"),
    f"{REGISTRATION}merge": Row(OK, MOVED, DECIDES, one="get post", sent=TOGETHER),
    f"{REGISTRATION}put_first": Row(OK, MISTAKE, DECIDES, one="get post"),
    f"{REGISTRATION}send_again": Row(MOVED, MOVED, DECIDES, one="post"),
    f"{REGISTRATION}add_person": Row(OK, CONFLICT, DECIDES),
    f"{REGISTRATION}add_to_date": Row(OK, MISTAKE, DECIDES, one="get post"),
    f"{REGISTRATION}bulk": Row(MOVED, OK, DECIDES, sent=(("action", "confirmed"),)),
    f"{REGISTRATION}undo": Row(MOVED, OK, DECIDES),
    f"{REGISTRATION}export": Row(OK, OK, (VIEW, EXPORT)),
    f"{REGISTRATION}save_filter": Row(MOVED, MOVED, sent=(("name", "Mine"),)),
    f"{REGISTRATION}delete_filter": Row(MOVED, MISSING),
    f"{REGISTRATION}dates": Row(OK, NOT_SO),
    f"{REGISTRATION}figures": Row(OK, NOT_SO),
    f"{REGISTRATION}door": Row(OK, MOVED, DECIDES, one="get post", sent=CHOICE),
    f"{REGISTRATION}walk_in": Row(MOVED, MISTAKE, DECIDES, one="post"),
    f"{REGISTRATION}door_counts": Row(OK, NOT_SO, one="get"),
    f"{REGISTRATION}sheet": Row(OK, OK, one="get post"),
    f"{REGISTRATION}summary": Row(OK, OK, one="get post"),
    f"{REGISTRATION}feedback": Row(OK, NOT_SO, one="get"),
    f"{REGISTRATION}message": Row(OK, MISTAKE, (VIEW, MESSAGE), one="get post"),
    f"{REGISTRATION}message_sent": Row(OK, MOVED, (VIEW, MESSAGE), one="get post"),
    "prevent_registrations_accessrecord_modeladmin_index": Row(OK, NOT_SO, (TRAIL,)),
    "prevent_registrations_accessrecord_modeladmin_export": Row(OK, NOT_SO, (TRAIL,)),
    "prevent_registrations_eventassignment_modeladmin_index": Row(OK, MISTAKE, (ASSIGN,)),
    "prevent_registrations_eventassignment_modeladmin_delete": Row(OK, MOVED, (ASSIGN,)),
    f"{DELIVERY}index": Row(OK, NOT_SO, (DELIVERIES,)),
    f"{DELIVERY}retry": Row(MOVED, MOVED, (DELIVERIES,), one="post"),
    f"{DELIVERY}bulk": Row(MOVED, MOVED, (DELIVERIES,)),
    f"{DELIVERY}abandon": Row(OK, MOVED, (DELIVERIES,), one="get post"),
    "prevent_registrations_webhookdelivery_modeladmin_index": Row(OK, NOT_SO, (DELIVERIES,)),
    f"{PROTECTION}index": Row(OK, NOT_SO, (), any_of=ANY, method_first=True),
    f"{PROTECTION}find": Row(NOT_SO, OK, (ACCESS,), sent=(("q", EMAIL),)),
    f"{PROTECTION}copy": Row(NOT_SO, OK, (ACCESS,), sent=(("email", EMAIL),)),
    f"{PROTECTION}erase": Row(NOT_SO, MISTAKE, (ACCESS, ERASE)),
    f"{PROTECTION}certificates": Row(OK, NOT_SO, (), any_of=(ACCESS, ERASE), method_first=True),
    f"{PROTECTION}holds": Row(OK, NOT_SO, (HOLD,)),
    f"{PROTECTION}place_hold": Row(OK, MISTAKE, (HOLD,), one="get post"),
    f"{PROTECTION}lift_hold": Row(NOT_SO, MISSING, (HOLD,)),
    f"{PROTECTION}complaints": Row(OK, NOT_SO, (COMPLAINTS,)),
    f"{PROTECTION}enter_complaint": Row(OK, MISTAKE, (COMPLAINTS,)),
    f"{PROTECTION}requests": Row(OK, NOT_SO, (ACCESS,)),
    f"{PROTECTION}enter_request": Row(OK, MISTAKE, (ACCESS,)),
    f"{PROTECTION}request": Row(MISSING, MISSING, (ACCESS,)),
    f"{PROTECTION}complaint": Row(MISSING, MISSING, (COMPLAINTS,)),
    "prevent_inboxes": Row(OK, MOVED, (CONFIRM,)),
    "prevent_hand_over": Row(OK, MISTAKE, (USERS,)),
    "prevent_event_dates:index": Row(OK, NOT_SO, (DATES,)),
    "prevent_event_dates:index_results": Row(OK, NOT_SO, (DATES,)),
    "prevent_event_dates:event": Row(OK, NOT_SO, (DATES,)),
    "prevent_event_dates:event_results": Row(OK, NOT_SO, (DATES,)),
    "prevent_event_dates:action": Row(OK, MISTAKE, (DATES,)),
    "prevent_event_dates:reinstate": Row(OK, MISTAKE, (DATES,)),
    # People who may add pages may change dates too.
    "prevent_new_event:index": Row(OK, NOT_SO, (DATES,)),
    "prevent_new_event:copy": Row(OK, MISTAKE, (DATES,)),
    "prevent_new_event:pattern": Row(OK, MISTAKE, (DATES,)),
    "guide:index": Row(OK, NOT_SO, (), method_first=True),
    "guide:chapter": Row(OK, NOT_SO, (), method_first=True),
    "guide:picture": Row(OK, NOT_SO, (), method_first=True),
    "prevent_registration_places:event": Row(
        OK, NOT_SO, (), any_of=(DATES, CAPACITY), one="get post", elsewhere=REFUSED
    ),
    "prevent_registration_places:date": Row(
        OK,
        MOVED,
        (),
        any_of=(DATES, CAPACITY),
        one="get post",
        elsewhere=REFUSED,
        sent=(("capacity", "40"),),
    ),
}
# The page editor's own, for people who may edit pages; they show dates, and no registrations.
EDITING = {
    "prevent_event_dates:forecast",
    "prevent_event_dates:event_forecast",
    "prevent_event_dates:compare",
    "prevent_checklist:page",
    "prevent_checklist:new_page",
    "prevent_feedback_report",
    "prevent_reports:links",
    "prevent_reports:overdue",
}
# Wagtail's own too, though ours respects locks.
EDITING |= {f"wagtailadmin_api:pages:{name}" for name in ("action", "detail", "find", "listing")}
# Addresses of Wagtail and allauth, by prefix: they decide who gets them, and reveal no
# registration.
WAGTAILS = (
    "simple_translation",
    "account_",
    "mfa_",
    "openid_connect_",
    "wagtailadmin",
    "wagtail_bulk_action",
    "wagtail_modeladmin",
    "wagtaildocs",
    "wagtailembeds",
    "wagtailforms",
    "wagtailimages",
    "wagtaillocales",
    "wagtailredirects",
    "wagtailsettings",
    "wagtailsites",
    "wagtailsnippets",
    "wagtailsnippetchoosers",
    "wagtailusers",
)
# Two sign out, one is the sign-in itself, the last is Wagtail's own test of its error page; the
# nameless are a 404.
LEFT_OUT = {
    "account_logout",
    "wagtailadmin_logout",
    "account_login",
    "wagtailadmin_error_test",
    "",
}


@dataclass(frozen=True)
class Address:
    name: str
    route: str
    is_ours: bool

    def filled(self, values: dict[str, str]) -> str:
        """Return the address with a value for each argument."""
        route = re.sub(r"\(\?P<(\w+)>.*?\)", lambda match: values.get(match[1], "1"), self.route)
        route = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: values.get(match[1], "1"), route)
        return "/" + re.sub(r"[\^$?]|\\(?=\.)", "", route)


def addresses(patterns=None, route: str = "", space: str = ""):
    """Yield every address of the CMS."""
    for pattern in patterns or get_resolver().url_patterns:
        whole = route + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            if whole.startswith("cms/"):
                module = pattern.callback.__module__
                is_ours = module.split(".")[0] in ("cms", "home", "events", "prevent_content")
                yield Address(space + (pattern.name or ""), whole, is_ours)
        else:
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from addresses(pattern.url_patterns, whole, inner)


@pytest.fixture
def site(clock, series, registration_page):
    """A registration full of canaries, someone's assignment, and values for addresses."""
    date = series.occurrences.order_by("date").first()
    other = EventPageFactory(parent=series.get_parent(), title="Another evening")
    registration = RegistrationFactory(
        reference="PR-CNRY-2345",
        occurrence=date,
        page=registration_page,
        status="confirmed",
        name=NAME,
        email=EMAIL,
        answers=[{"name": "q", "label": "Q", "type": "multiline", "value": ANSWER}],
        sensitive_answers=[{"name": "a", "label": "A", "type": "multiline", "value": SENSITIVE}],
    )
    RegistrationChange.objects.create(registration=registration, status="confirmed", note=NOTE)
    duplicate = RegistrationFactory(occurrence=date, page=registration_page, status="confirmed")
    ensure_count(date, registration_page)
    assert PlaceCount.objects.filter(pk=date.pk).take(2)
    mail = OutboundEmailFactory(registration=registration, state="failed")
    message = DateMessage.objects.create(
        occurrence=date, subject="News", text="Doors open at 6pm", statuses=["confirmed"], key="k"
    )
    Group.objects.get_or_create(name="Moderators")
    only, _ = Group.objects.get_or_create(name="Only the CMS")
    only.permissions.set(Permission.objects.filter(codename="access_admin"))
    given = EventAssignment.objects.create(user=UserFactory(), event=other)
    page = str(series.pk)
    shared = {
        "page_id": page,
        "parent_page_id": page,
        "page_to_move_id": page,
        "page_pk": page,
        "pk": str(registration.pk),
        "object_id": page,
        "other": str(duplicate.pk),
        "batch": str(date.uuid),
        "uuid": str(date.uuid),
        "pattern": "evening",
        "guide": "checklist",
        "picture": "dashboard",
        "kind": "json",
        "revision_id_a": "earliest",
        "revision_id_b": "latest",
        "app_label": "prevent_registrations",
        "model_name": "registration",
        "app_name": "prevent_registrations",
        "content_type_app_name": "prevent_registrations",
        "content_type_model_name": "registrationpage",
        "action": "delete",
        "action_name": "copy",
    }
    special = {
        DELIVERY: {"pk": str(mail.pk)},
        f"{REGISTRATION}message_sent": {"pk": str(message.pk)},
        "prevent_registrations_eventassignment": {"pk": str(given.pk)},
        "prevent_hand_over": {"pk": str(given.user_id)},
        "wagtailforms": {"page_id": str(registration_page.pk)},
        "wagtailadmin_pages": {"pk": page},
        "prevent_event_dates": {"action": "cancel"},
    }
    return {
        "this": series,
        "other": other,
        "shared": shared,
        "special": special,
        "one": registration,
    }


def client_of(role: Role, site: dict) -> Client:
    client = Client(raise_request_exception=False)
    if role != ROLES["anonymous"]:
        user = UserFactory(is_superuser=role.is_superuser)
        user.groups.set(Group.objects.filter(name__in=role.groups))
        if role.assigned:
            EventAssignment.objects.create(user=user, event=site[role.assigned])
        client.force_login(user)
    return client


def ask(client: Client, method: str, address: Address, site: dict, sent: tuple):
    """Return status and body; the effects of a POST are rolled back."""
    values = dict(site["shared"])
    for beginning, special in site["special"].items():
        if address.name.startswith(beginning):
            values |= special
    url = address.filled(values)
    with transaction.atomic():
        if method == "get":
            response = client.get(url)
        else:
            key = str(site["one"].pk)
            response = client.post(url, {"registration": key, **dict(sent)})
        body = b"".join(response).decode(errors="replace")
        transaction.set_rollback(True)
    return url, response.status_code, body


def words_kept_from(role: Role, name: str) -> tuple:
    """Return the words that answers from the address ``name`` must not contain for ``role``."""
    if name in (f"{PROTECTION}find", f"{PROTECTION}copy") and ACCESS in role.rights:
        return ()
    if role.sees and name.startswith(REGISTRATION):
        reveals = name.endswith(("reveal", "merge", "summary")) and SENSITIVE_RIGHT in role.rights
        return () if reveals else (SENSITIVE,)
    return PERSONAL


def faults(role: Role, site: dict, chosen) -> list[str]:
    """Return what is wrong with the answers to ``role`` at the addresses ``chosen``."""
    client, found = client_of(role, site), []
    for address in chosen:
        row = TABLE.get(address.name)
        for method in ("get", "post"):
            url, status, body = ask(client, method, address, site, row.sent if row else ())
            if row and status != row.expected(role, method):
                found.append(f"{method} {url}: {status}, not {row.expected(role, method)}")
            # Wagtail's own forms may fail on a POST without their fields, but reveal nothing.
            if status >= 500 and (address.is_ours or method == "get"):
                found.append(f"{method} {url}: {status}")
            if told := [word for word in words_kept_from(role, address.name) if word in body]:
                found.append(f"{method} {url} tells {told}")
    return found


def test_every_address_of_the_cms_has_a_row():
    missing = {
        address.name
        for address in addresses()
        if address.name not in TABLE
        and address.name not in EDITING | LEFT_OUT
        and (address.is_ours or not address.name.startswith(WAGTAILS))
    }
    assert not missing
    assert TABLE.keys() <= {address.name for address in addresses()}


@pytest.mark.parametrize("role", ROLES)
def test_our_addresses_answer_each_role_as_in_the_table(site, role):
    ours = [address for address in addresses() if address.name in TABLE]
    wrong = faults(ROLES[role], site, ours)
    assert not wrong, "\n".join(wrong)


# Every role takes minutes; by default, those that see most, and one that must see nothing.
ASKING_WAGTAIL = (
    ROLES
    if os.environ.get("FULL_MATRIX") == "1"
    else ("editor", "lead of another event", "superuser")
)


@pytest.mark.parametrize("role", ASKING_WAGTAIL)
def test_wagtails_addresses_reveal_nothing_to_any_role(site, role):
    wagtails = [
        address
        for address in addresses()
        if address.name not in TABLE and address.name not in LEFT_OUT
    ]
    wrong = faults(ROLES[role], site, wagtails)
    assert not wrong, "\n".join(wrong)


def test_control_the_canaries_can_be_found(site):
    inspect = next(each for each in addresses() if each.name == f"{REGISTRATION}inspect")
    _, _, body = ask(client_of(ROLES["lead"], site), "get", inspect, site, ())
    assert all(word in body for word in (NAME, EMAIL, ANSWER, NOTE))
