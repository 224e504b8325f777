import re

import pytest
from bs4 import BeautifulSoup

from events.actions import cancel_occurrence
from events.registrations.guarded_forms import issue_token
from events.registrations.models import OutboundEmail, Receipt, Registration
from tests.conftest import NOW
from tests.factories import EventPageFactory, RegistrationPageFactory, publish


@pytest.fixture
def url(registration_page):
    return registration_page.url


def page_of(response):
    return BeautifulSoup(response.content, "html.parser")


def inputs(response):
    """Return what the displayed form would send again."""
    form = page_of(response).find("form", method="post")
    found = {}
    for field in form.select("input[name], textarea[name]"):
        is_box = field.get("type") in ("radio", "checkbox")
        if field.name == "textarea":
            found[field["name"]] = field.get_text().removeprefix("\n")
        elif not is_box or field.has_attr("checked"):
            found[field["name"]] = field.get("value", "on" if is_box else "")
    return found


def test_the_whole_journey_without_javascript(client, clock, url, answers):
    shown = client.get(url)
    assert shown.status_code == 200
    clock.shift(30)
    own = {name: value for name, value in answers().items() if name not in ("submission_key",)}
    checked = client.get(client.post(url, inputs(shown) | own | {"step": "check"})["Location"])
    assert checked.status_code == 200
    assert not Registration.objects.exists()
    assert "A hearing loop" in page_of(checked).find("main").get_text()
    sent = client.post(url, inputs(checked) | {"step": "send"})
    assert sent.status_code == 302
    registration = Registration.objects.get()
    confirmation = client.get(sent["Location"])
    assert confirmation.status_code == 200
    assert registration.reference in confirmation.content.decode()
    assert OutboundEmail.objects.count() == 2


def test_going_back_to_change_an_answer_loses_none(client, url, answers):
    sent = answers(step="check", name="Bo", discreet="on")
    checked = client.get(client.post(url, sent)["Location"])
    change = page_of(checked).select_one(".govuk-summary-list a")["href"]
    back = client.get(url + change.partition("#")[0])
    assert back.status_code == 200
    assert page_of(back).select(".govuk-error-summary") == []
    stored = inputs(back)
    assert (stored["name"], stored["discreet"], stored["consent"]) == ("Bo", "on", "on")
    assert stored["question_access_needs"] == "A hearing loop"
    assert not Registration.objects.exists()


def test_the_editor_can_leave_out_the_check_page(client, registration_page, answers):
    registration_page.check_answers = False
    page = publish(registration_page)
    assert client.post(page.url, answers(page, step="check")).status_code == 302


def test_a_wrong_answer_comes_back_with_all_the_others(client, url, answers):
    refused = client.post(url, answers(email="ada", question_your_question="Why?"))
    assert refused.status_code == 422
    shown = page_of(refused)
    assert shown.title.get_text().startswith("Error: ")
    (link,) = shown.select(".govuk-error-summary a")
    field = shown.find(id=link["href"].removeprefix("#"))
    assert field["name"] == "email"
    described = [shown.find(id=part) for part in field["aria-describedby"].split()]
    assert any("name@example.com" in part.get_text() for part in described)
    kept = inputs(refused)
    assert (kept["name"], kept["email"]) == ("Ada Visitor", "ada")
    assert kept["question_your_question"] == "Why?"
    assert not Registration.objects.exists()
    assert client.post(url, kept | {"email": "ada@visitor.example"}).status_code == 302


def test_the_first_field_in_each_error_link_exists(client, url):
    refused = page_of(client.post(url, {}))
    links = refused.select(".govuk-error-summary a")
    assert len(links) >= 4
    for link in links:
        assert refused.find(id=link["href"].removeprefix("#")), link


def test_the_same_form_twice_registers_once_and_answers_the_same(client, url, answers):
    sent = answers()
    first, second = client.post(url, sent), client.post(url, sent)
    assert first.status_code == second.status_code == 302
    references = [
        re.search(r"PR-\w{4}-\w{4}", client.get(response["Location"]).content.decode()).group()
        for response in (first, second)
    ]
    assert references[0] == references[1]
    assert Registration.objects.count() == 1
    assert OutboundEmail.objects.count() == 2


def test_going_back_and_sending_other_answers_is_explained(client, url, answers):
    sent = answers()
    client.post(url, sent)
    refused = client.post(url, sent | {"name": "Bo"})
    assert refused.status_code == 409
    assert Registration.objects.get().reference in refused.content.decode()
    assert inputs(refused)["name"] == "Bo"
    assert Registration.objects.get().name == "Ada Visitor"


def test_refreshing_the_confirmation_changes_nothing(client, url, answers):
    confirmation = client.post(url, answers())["Location"]
    for _ in range(3):
        assert client.get(confirmation).status_code == 200
    assert client.post(confirmation).status_code == 405
    assert Registration.objects.count() == 1


def test_the_confirmation_lasts_a_day_for_holders_of_its_address(client, clock, url, answers):
    confirmation = client.post(url, answers())["Location"]
    assert client.get(confirmation.replace("received/", "received/x")).status_code == 404
    clock.shift(24 * 3600 - 1)
    assert client.get(confirmation).status_code == 200
    clock.shift(2)
    assert client.get(confirmation).status_code == 404


def test_the_confirmation_never_reveals_what_happened_to_a_registration(
    client, url, answers, series
):
    confirmation = client.post(url, answers())["Location"]
    before = client.get(confirmation).content
    Registration.objects.update(
        erased_at=NOW, status="withdrawn", occurrence=series.occurrences.last(), page=None
    )
    Receipt.objects.all().delete()
    assert client.get(confirmation).content == before


def test_no_address_and_no_confirmation_names_the_person(client, url, answers):
    sent = client.post(url, answers())
    shown = client.get(sent["Location"]).content.decode()
    for personal in ("Ada", "ada@visitor", "hearing", "planned here"):
        assert personal not in sent["Location"]
        assert personal not in shown


def test_a_known_address_is_answered_like_a_new_one(client, url, answers):
    replies = [client.post(url, answers()) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [302, 302]
    shown = [
        re.sub(r"PR-\w{4}-\w{4}", "", client.get(reply["Location"]).content.decode())
        for reply in replies
    ]
    assert shown[0] == shown[1]
    assert Registration.objects.count() == 2


@pytest.mark.parametrize("step", ["get", "check", "wrong", "send", "confirmation"])
def test_nothing_personal_is_cached(client, url, answers, step):
    if step == "get":
        response = client.get(url)
    elif step == "confirmation":
        response = client.get(client.post(url, answers())["Location"])
    else:
        changed = {"email": "x"} if step == "wrong" else {}
        response = client.post(url, answers(step="check" if step == "check" else "send", **changed))
    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [("2027-02-25", "2027-02-25"), ("2027-02-26", None), ("", None), ("\x00", None)],
)
def test_the_date_in_the_address_is_preselected(client, url, series, asked, chosen):
    shown = client.get(url, {"date": asked})
    assert shown.status_code == 200
    ticked = page_of(shown).select("input[name=occurrence][checked]")
    dates = [series.occurrences.get(uuid=radio["value"]).date.isoformat() for radio in ticked]
    assert dates == ([chosen] if chosen else [])


def test_the_only_date_is_preselected(client, event):
    page = RegistrationPageFactory(parent=event)
    assert len(page_of(client.get(page.url)).select("input[name=occurrence][checked]")) == 1


def test_a_past_event_says_that_registration_is_closed(client, clock, event, answers):
    page = RegistrationPageFactory(parent=event)
    sent = answers(page)
    clock.move_to("2026-11-26T18:00:00+00:00")
    shown = client.get(page.url)
    assert shown.status_code == 200
    assert page_of(shown).find("form", method="post") is None
    assert client.post(page.url, sent).status_code == 410
    assert not Registration.objects.exists()


def test_a_date_cancelled_while_the_form_is_filled_in_is_refused(client, url, series, answers):
    sent = answers()
    cancel_occurrence(series.occurrences.first(), reason="Snow", by=None)
    refused = client.post(url, sent)
    assert refused.status_code == 422
    assert "This date is cancelled" in refused.content.decode()
    assert not Registration.objects.exists()


def test_a_last_place_taken_while_the_form_is_filled_in_is_refused(
    client, registration_page, answers
):
    registration_page.capacity, registration_page.waiting_list = 1, False
    page = publish(registration_page)
    late = answers(page, email="late@visitor.example", question_your_question="Kept?")
    assert client.post(page.url, answers(page)).status_code == 302
    refused = client.post(page.url, late)
    assert refused.status_code in (409, 422)
    assert "full" in page_of(refused).select_one(".govuk-error-summary").get_text()
    assert inputs(refused)["question_your_question"] == "Kept?"
    assert Registration.objects.count() == 1


def test_too_many_forms_from_one_address_must_wait_and_lose_nothing(client, url, answers, settings):
    settings.PREVENT = {**settings.PREVENT, "REGISTRATION_LIMIT_ADDRESS": 2}
    for number in range(2):
        assert client.post(url, answers(email=f"{number}@visitor.example")).status_code == 302
    refused = client.post(url, answers(email="3@visitor.example"))
    assert refused.status_code == 429
    assert inputs(refused)["name"] == "Ada Visitor"
    assert Registration.objects.count() == 2


ODD = {
    "nothing": {"name": None, "email": None, "occurrence": None, "submission_key": None},
    "a list for a name": {"name": ["a", "b"]},
    "a megabyte": {"question_your_question": "x" * 1_000_000},
    "a NUL": {"question_your_question": "a\x00b"},
    "a header": {"name": "a\r\nBcc: all@visitor.example"},
    "an address with a header": {"email": "a@visitor.example\r\nBcc: all@visitor.example"},
    "right to left": {"name": "\u202eevil"},
    "a surrogate": {"name": b"\xed\xa0\x80"},
    "no UTF-8": {"name": b"\xff\xfe"},
    "an unknown date": {"occurrence": "00000000-0000-0000-0000-000000000000"},
    "SQL for a date": {"occurrence": "' OR 1=1 --"},
    "a form of another page": {"submission_key": issue_token(0, at=NOW, trusted=True)},
    "an odd step": {"step": ["check", "send"], "consent": None},
    "a template": {"name": "{{ 7*7 }}{% csrf_token %}", "consent": None},
}


@pytest.mark.parametrize("changed", ODD.values(), ids=ODD)
def test_any_submission_is_answered_and_nothing_wrong_is_stored(client, url, answers, changed):
    response = client.post(url, answers(**changed))
    assert response.status_code < 500
    for registration in Registration.objects.all():
        assert len(registration.name) <= 120
        assert not re.search(r"[\x00-\x1f\u202a-\u202e]", registration.name + registration.email)
    if response.status_code == 302 and "/received/" in response["Location"]:
        assert changed.keys() <= {"name"}


def test_a_thousand_and_one_fields_get_an_answer(client, url, answers):
    many = answers() | {f"field{number}": "x" for number in range(1001)}
    assert client.post(url, many).status_code in (302, 400)


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_another_method_registers_nobody(client, url, answers, method):
    response = getattr(client, method)(url)
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, OPTIONS, POST"
    assert not Registration.objects.exists()


def test_typed_markup_is_shown_as_text(client, url, answers):
    markup = "<img src=x onerror=alert(1)>\"'"
    for changed in ({"step": "check"}, {"consent": None}):
        sent = answers(name=markup, question_your_question=markup, **changed)
        assert "<img src=x" not in client.post(url, sent, follow=True).content.decode()


def test_a_form_below_an_unpublished_event_accepts_nobody(client, event_index, answers):
    event = EventPageFactory(parent=event_index)
    page = RegistrationPageFactory(parent=event)
    sent = answers(page)
    event.unpublish()
    assert client.post(page.url, sent).status_code in (404, 410)
    assert not Registration.objects.exists()
