import json
import re
from datetime import date

import pytest
from django.contrib.auth.models import Permission

from events.registrations import holds, retention
from events.registrations.models import (
    AccessRecord,
    ErasureCertificate,
    Registration,
    RegistrationChange,
)
from events.registrations.review import decisions
from tests.conftest import NOW
from tests.factories import RegistrationFactory, UserFactory

from .conftest import EMAIL

FIND, ERASE = "/cms/data-protection/find/", "/cms/data-protection/erase/"


@pytest.fixture
def desk(client, officer):
    client.force_login(officer)
    return client


def acts():
    return list(
        AccessRecord.objects.order_by("pk").values_list("action", "count", "registration_pk")
    )


def whole_copy(desk, kind="json", withhold=(), **given):
    """Request a copy, review the marked parts, and return the file without those withheld."""
    url = f"/cms/data-protection/copy/{kind}/"
    page = desk.post(url, given).content.decode()
    seen = re.findall(r'name="looked_at" value="(\w+)"', page)
    kept = [key for key in seen if key in withhold or withhold == "all"]
    whole = {**given, "reviewed": "on", "looked_at": seen, "withhold": kept}
    return desk.post(url, whole)


def test_the_search_finds_all_registrations_of_an_address_without_their_contents(
    desk, registration, another
):
    RegistrationFactory(email="ben@visitor.example")
    answer = desk.post(FIND, {"q": f" {EMAIL.upper()} "})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert registration.reference in page
    assert another.reference in page
    assert page.count('<tr role="row"') == 3
    for word in ("hearing loop", "What is planned", "Ada Visitor"):
        assert word not in page
    assert acts() == [("accessed", 2, None)]
    assert "no-store" in answer["Cache-Control"]


def test_an_invalid_address_is_asked_again(desk):
    answer = desk.post(FIND, {"q": "ada@"})
    assert answer.status_code == 422
    assert "like name@example.com" in answer.content.decode()


def test_a_json_copy_has_everything_stored_and_no_keys(desk, registration, lead):
    RegistrationChange.objects.create(
        registration=registration, status="confirmed", by=lead, note="Rang on Monday"
    )
    answer = whole_copy(desk, email=EMAIL)
    assert answer["Content-Disposition"] == 'attachment; filename="personal-data.json"'
    assert "no-store" in answer["Cache-Control"]
    report = json.loads(answer.content)
    (told,) = report["registrations"]
    assert told["name"] == "Ada Visitor"
    assert told["sensitive_answers"][0]["value"] == "A hearing loop"
    assert told["answers"][0]["value"] == "What is planned here?"
    assert told["registration changes"][0]["note"] == "Rang on Monday"
    assert told["registration changes"][0]["by"] == "a member of staff"
    assert registration.link_key not in answer.content.decode()
    assert lead.username not in answer.content.decode()


def test_a_readable_copy_is_self_contained_and_escapes_what_people_wrote(desk, registration):
    Registration.objects.update(name="<script>alert(1)</script>")
    answer = whole_copy(desk, "html", email=EMAIL)
    page = answer.content.decode()
    assert "A hearing loop" in page
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    for loaded in (" src=", "href=", "url("):
        assert loaded not in page
    assert "sandbox" in answer["Content-Security-Policy"]


def test_a_copy_says_what_cannot_be_decrypted_instead_of_leaving_it_out(
    desk, registration, settings
):
    settings.PREVENT = {
        **settings.PREVENT,
        "FIELD_ENCRYPTION_KEYS": ["bmJubmJubmJubmJubmJubmJubmJubmJubmJubmJubmI="],
    }
    answer = whole_copy(desk, email=EMAIL)
    (told,) = json.loads(answer.content)["registrations"]
    assert "cannot be decrypted" in told["sensitive_answers"]


def test_everything_is_erased_once_the_address_is_retyped_and_ticked(
    desk, officer, registration, another
):
    answer = desk.post(ERASE, {"email": EMAIL, "again": EMAIL, "sure": "on"})
    assert answer.status_code == 200
    assert "2 registrations erased" in answer.content.decode()
    assert not Registration.objects.not_erased().exists()
    certificate = ErasureCertificate.objects.get()
    assert certificate.number in answer.content.decode()
    assert (certificate.reason, certificate.by) == ("request", officer)
    assert certificate.counts["registrations"] == 2
    assert {act for act, *_ in acts()} == {"erased"}
    assert {pk for *_, pk in acts()} == {registration.pk, another.pk}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"again": EMAIL}, "Tick the box to erase"),
        ({"again": "ben@visitor.example", "sure": "on"}, "the same email address twice"),
        ({"sure": "on"}, "Enter your email address"),
    ],
)
def test_nothing_is_erased_without_being_confirmed(desk, registration, given, sentence):
    answer = desk.post(ERASE, {"email": EMAIL, **given})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert Registration.objects.not_erased().count() == 1


def test_held_registrations_are_left_and_reported(desk, officer, registration, another, clock):
    holds.place(another, reason="Claim 123", until=date(2027, 1, 31), by=officer, at=NOW)
    answer = desk.post(ERASE, {"email": EMAIL, "again": EMAIL, "sure": "on"})
    page = answer.content.decode()
    assert "1 registration erased" in page
    assert f"{another.reference} was not erased. It is on hold until 31 January 2027" in page
    assert list(Registration.objects.not_erased()) == [another]


def test_certificates_are_listed_without_names(desk, registration, clock):
    retention.erase(registration, at=registration.erase_at)
    page = desk.get("/cms/data-protection/certificates/").content.decode()
    assert ErasureCertificate.objects.get().number in page
    assert "1 registrations" in page
    assert "Ada V" not in page


ADDRESSES = [
    ("get", "/cms/data-protection/"),
    ("post", FIND),
    ("post", "/cms/data-protection/copy/json/"),
    ("post", "/cms/data-protection/copy/html/"),
    ("post", ERASE),
    ("get", "/cms/data-protection/certificates/"),
    ("get", "/cms/data-protection/holds/"),
    ("get", "/cms/data-protection/holds/place/1/"),
    ("post", "/cms/data-protection/holds/1/lift/"),
    ("get", "/cms/data-protection/complaints/"),
    ("get", "/cms/data-protection/complaints/1/"),
    ("get", "/cms/data-protection/complaints/enter/"),
    ("get", "/cms/data-protection/requests/"),
    ("get", "/cms/data-protection/requests/enter/"),
    ("post", "/cms/data-protection/requests/enter/"),
    ("get", "/cms/data-protection/requests/1/"),
]


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_an_editor_is_refused_on_every_screen(client, editor, registration, method, path):
    client.force_login(editor)
    answer = getattr(client, method)(path, {"email": EMAIL, "again": EMAIL, "sure": "on"})
    assert answer.status_code == 403
    assert "Ada V" not in answer.content.decode()
    assert Registration.objects.not_erased().exists()


@pytest.mark.parametrize(
    ("method", "path"), [(m, p) for m, p in ADDRESSES if "holds" not in p and p[-3:] != "on/"]
)
def test_a_lead_has_only_the_holds(client, lead, registration, method, path):
    client.force_login(lead)
    answer = getattr(client, method)(path, {"email": EMAIL, "again": EMAIL, "sure": "on"})
    assert answer.status_code == 403
    assert Registration.objects.not_erased().exists()


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_nobody_gets_anywhere_without_signing_in(client, db, method, path):
    answer = getattr(client, method)(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/cms/login/")


def test_the_right_to_answer_requests_is_not_the_right_to_erase(client, registration):
    user = UserFactory(username="ria")
    for codename in ("access_admin", "subject_access"):
        user.user_permissions.add(Permission.objects.get(codename=codename))
    client.force_login(user)
    assert client.post(FIND, {"q": EMAIL}).status_code == 200
    answer = client.post(ERASE, {"email": EMAIL, "again": EMAIL, "sure": "on"})
    assert answer.status_code == 403
    assert Registration.objects.not_erased().exists()


def test_the_menu_item_is_shown_to_people_with_something_to_do_there(client, officer, editor):
    for user, shown in ((officer, True), (editor, False)):
        client.force_login(user)
        menu = client.get("/cms/").content.decode()
        assert ("/cms/data-protection/" in menu) is shown


@pytest.mark.parametrize(
    "typed",
    ["Ada Visitor", "visitor ADA", "Adá", "pr-2345 6789", "07700 900123", "+44 7700 900 123"],
)
def test_a_person_is_found_by_name_reference_or_telephone(desk, registration, typed):
    Registration.objects.update(
        reference="PR-2345-6789",
        name_key="adavisitor",
        answers=[{"name": "tel", "label": "Telephone", "value": "07700 900-123"}],
    )
    RegistrationFactory(email="ben@visitor.example", name="Ben Other")
    page = desk.post(FIND, {"q": typed}).content.decode()
    assert "PR-2345-6789" in page
    assert "Ben Other" not in page
    assert "different people" in page


def test_two_people_of_one_name_are_distinguished_by_ticking(desk, registration):
    namesake = RegistrationFactory(email="other@visitor.example", name="Ada Visitor")
    page = desk.post(FIND, {"q": "Ada Visitor"}).content.decode()
    assert "checked" not in page
    report = json.loads(whole_copy(desk, registrations=[registration.pk]).content)
    assert [row["reference"] for row in report["registrations"]] == [registration.reference]
    assert namesake.reference not in json.dumps(report)


def test_registrations_of_a_person_without_an_address_can_be_erased(desk, registration):
    other = RegistrationFactory(email="", name="No Address")
    asked = desk.post(ERASE, {"registrations": [other.pk]})
    assert asked.status_code == 422
    assert "1 registration will be erased" in asked.content.decode()
    assert (
        "1 registration erased"
        in desk.post(ERASE, {"registrations": [other.pk], "sure": "on"}).content.decode()
    )
    assert list(Registration.objects.not_erased()) == [registration]


def test_an_empty_form_selects_nobody(desk, registration):
    answer = desk.post("/cms/data-protection/copy/html/", {"email": ""})
    assert answer.status_code == 422
    assert "Tick the registrations of this person" in answer.content.decode()


@pytest.fixture
def flagged(registration, lead):
    RegistrationChange.objects.create(
        registration=registration, status="confirmed", by=lead, note="Her brother Karl rang"
    )
    decisions.flag(registration, by=lead, why="Worried about Karl")
    return registration


def test_nothing_is_handed_over_unread(desk, flagged):
    page = desk.post("/cms/data-protection/copy/html/", {"email": EMAIL})
    text = page.content.decode()
    assert "Content-Disposition" not in page
    assert "Her brother Karl rang" in text
    assert "Data Protection Act 2018, Schedules 2 and 3" in text
    answer = desk.post("/cms/data-protection/copy/html/", {"email": EMAIL, "reviewed": "on"})
    assert "Something has changed since you opened this page" in answer.content.decode()


@pytest.mark.parametrize("kind", ["html", "json"])
def test_ticked_parts_are_left_out_of_page_and_json_and_say_so(desk, flagged, kind):
    copied = whole_copy(desk, kind, withhold="all", email=EMAIL).content.decode()
    assert "Karl" not in copied
    assert "Withheld" in copied
    assert "lagged a safeguarding concern" not in copied
    assert "What is planned here?" in copied
    unredacted = whole_copy(desk, kind, email=EMAIL).content.decode()
    assert "Her brother Karl rang" in unredacted


def test_a_note_written_meanwhile_brings_the_review_back(desk, flagged, lead):
    url = "/cms/data-protection/copy/json/"
    seen = re.findall(
        r'looked_at" value="(\w+)"', desk.post(url, {"email": EMAIL}).content.decode()
    )
    RegistrationChange.objects.create(
        registration=flagged, status="confirmed", by=lead, note="Karl rang again"
    )
    answer = desk.post(url, {"email": EMAIL, "reviewed": "on", "looked_at": seen})
    assert "Content-Disposition" not in answer
    assert "Karl rang again" in answer.content.decode()


def test_the_readable_page_answers_article_15(desk, registration, settings):
    page = whole_copy(desk, "html", email=EMAIL).content.decode()
    for named in (
        "What we use it for",
        "who sees it",
        "How long we store it",
        "We delete a complaint about how we used your data 365 days after",
        "you can object",
        "Information Commissioner",
        "by computer alone",
        "A safeguarding lead may read what you write",
        "Your question",
        "A hearing loop",
        "Confirmed",
    ):
        assert named in page, named
    for machine in ("link_key", "lease", "erase_sensitive_at", "+00:00"):
        assert machine not in page
