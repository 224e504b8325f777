"""Registering over the API: the same form, guards, places and email as on the page."""

import pytest

from events.registrations.models import OutboundEmail, Receipt, Registration, RegistrationField
from tests.factories import RegistrationPageFactory, publish


def problem_of(response, status):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    return response.json()


def test_a_registration_is_stored_with_its_emails_before_it_is_acknowledged(send, form):
    response = send()
    assert response.status_code == 201
    said = response.json()
    kept = Registration.objects.get()
    assert said["reference"] == kept.reference
    assert said["status"] == "confirmed"
    assert said["consent"] is None
    assert kept.consent_text == ""
    assert kept.answers[0]["value"] == "What is planned here?"
    assert OutboundEmail.objects.filter(registration=kept).count() == 2
    assert "no-store" in response["Cache-Control"]


def test_sensitive_answers_are_stored_separately_with_the_consent_text(send, form):
    response = send(answers={"access_needs": "A hearing loop"})
    assert response.status_code == 201
    kept = Registration.objects.get()
    assert response.json()["consent"] == form["consent"]
    assert kept.consent_text == form["consent"]["text"]
    assert kept.answers == []
    assert kept.sensitive_answers[0]["value"] == "A hearing loop"


def test_the_same_request_again_gets_the_same_answer_and_registers_nobody_twice(send):
    first, second = send(), send()
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert Registration.objects.count() == 1
    assert OutboundEmail.objects.count() == 2


def test_the_person_who_took_the_last_place_gets_the_same_answer_again(send, registration_page):
    registration_page.capacity, registration_page.waiting_list = 1, False
    publish(registration_page)
    assert send().json() == send().json()
    assert Registration.objects.count() == 1


def test_a_token_works_for_one_registration(send):
    send()
    said = problem_of(send(name="Eve Other", email="eve@visitor.example"), 422)
    assert said["type"].endswith(":key-reused")
    assert Registration.objects.count() == 1


def test_a_known_address_books_again_and_gets_an_answer_like_any_other(send, fetch, form):
    first = send().json()
    again = fetch(f"/api/registration-forms/{form['id']}/")["token"]
    send_again = send(token=again)
    assert send_again.status_code == 201
    second = send_again.json()
    assert second.pop("reference") != first.pop("reference")
    assert first == second
    assert Registration.objects.count() == 2
    assert Receipt.objects.count() == 2


@pytest.mark.parametrize(
    "token",
    ["", "x", "forged.token.here", "WzEsImEiLDFd:1abc:defghijklmnop"],
)
def test_a_forged_token_is_refused(send, token):
    assert problem_of(send(token=token), 403)["type"].endswith(":token")
    assert not Registration.objects.exists()


def test_a_token_of_another_form_is_refused(send, other_form):
    assert problem_of(send(token=other_form["token"]), 403)
    assert not Registration.objects.exists()


def test_a_token_lasts_a_day(send, clock):
    clock.shift(24 * 3600)
    assert "more than a day" in problem_of(send(), 403)["detail"]


def test_a_form_answered_too_fast_is_refused(send, fetch, form, settings):
    settings.PREVENT = {**settings.PREVENT, "REGISTRATION_QUICKEST_SECONDS": 2}
    fresh = fetch(f"/api/registration-forms/{form['id']}/")["token"]
    assert "quick" in problem_of(send(token=fresh), 403)["detail"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "Ada\r\nBcc: x@y.example"}, "name"),
        ({"name": 7}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"email": "nobody"}, "email"),
        ({"occurrence": "00000000-0000-4000-8000-000000000000"}, "occurrence"),
        ({"occurrence": "today"}, "occurrence"),
        ({"consent": False, "answers": {"access_needs": "A loop"}}, "consent"),
        ({"consent": "true"}, "consent"),
        ({"guests": 1}, "guests"),
        ({"guests": "1"}, "guests"),
        ({"answers": {"colour": "red"}}, "answers.colour"),
        ({"answers": {"your_question": ["a"]}}, "answers.your_question"),
        ({"answers": {"your_question": {"a": 1}}}, "answers.your_question"),
        ({"answers": {"your_question": "x" * 2001}}, "answers.your_question"),
        ({"answers": {"your_question": "a\x00b"}}, "answers.your_question"),
        ({"colour": "red"}, "colour"),
        ({"contact_me_by_fax": "x"}, "contact_me_by_fax"),
    ],
)
def test_each_wrong_field_has_one_entry(send, changed, field):
    said = problem_of(send(**changed), 422)
    assert [entry["field"] for entry in said["errors"]] == [field]
    assert said["errors"][0]["pointer"] == "#/" + field.replace(".", "/")
    assert said["errors"][0]["detail"]
    assert not Registration.objects.exists()


def test_all_wrong_fields_are_named_at_once(send):
    said = problem_of(send(name="\x00", email="nobody"), 422)
    assert {entry["field"] for entry in said["errors"]} == {"name", "email"}


def test_changed_consent_text_must_be_accepted_again(send, registration_page):
    registration_page.consent_text = "I agree to something else"
    publish(registration_page)
    said = problem_of(send(), 409)
    assert said["type"].endswith(":consent-changed")
    assert "I agree to something else" in said["detail"]


def test_a_full_date_says_so(send, fetch, form, registration_page):
    registration_page.capacity, registration_page.waiting_list = 1, False
    publish(registration_page)
    assert send().status_code == 201
    page = fetch(f"/api/registration-forms/{form['id']}/")
    assert page["dates"][0]["places"] == "full"
    assert page["dates"][0]["available"] is False
    said = problem_of(send(token=page["token"], email="eve@visitor.example"), 422)
    assert said["errors"][0]["field"] == "occurrence"


def test_a_waiting_list_says_so(send, fetch, form, registration_page):
    registration_page.capacity = 1
    publish(registration_page)
    send()
    page = fetch(f"/api/registration-forms/{form['id']}/")
    assert page["dates"][0]["places"] == "waiting_list"
    waiting = send(token=page["token"], email="eve@visitor.example").json()
    assert waiting["status"] == "waiting"


def test_too_many_from_one_place_are_told_to_wait(send, fetch, form, settings):
    settings.PREVENT = {**settings.PREVENT, "REGISTRATION_LIMIT_ADDRESS": 1}
    assert send().status_code == 201
    token = fetch(f"/api/registration-forms/{form['id']}/")["token"]
    response = send(token=token, email="eve@visitor.example")
    assert problem_of(response, 429)["detail"]
    assert int(response["Retry-After"]) > 0
    assert send().status_code == 201


def test_nobody_registers_after_closing(send, clock):
    clock.move_to("2029-01-01T12:00:00+00:00")
    assert problem_of(send(), 410)["type"].endswith(":closed")


def test_a_closed_form_says_why_and_has_no_token(fetch, form, clock):
    clock.move_to("2029-01-01T12:00:00+00:00")
    closed = fetch(f"/api/registration-forms/{form['id']}/")
    assert closed["is_open"] is False
    assert closed["reason"]
    assert closed["token"] is None
    assert closed["schema"] is None


def test_places_are_shown_in_bands_and_never_counted(fetch, registration_page, client):
    registration_page.capacity = 987_654_321
    publish(registration_page)
    said = client.get(f"/api/registration-forms/{registration_page.pk}/").content.decode()
    assert '"available"' in said
    assert "987654321" not in said


@pytest.fixture
def questions(event):
    """A form with a question of each kind, one of them conditional."""
    return RegistrationPageFactory(
        parent=event,
        max_guests=2,
        form_fields=[
            RegistrationField(
                sort_order=0, label="You are", field_type="radio", choices="A resident\nA partner"
            ),
            RegistrationField(
                sort_order=1,
                label="Which organisation",
                field_type="singleline",
                required=True,
                depends_on="You are",
                depends_answer="A partner",
            ),
            RegistrationField(
                sort_order=2, label="Topics", field_type="checkboxes", choices="Online\nSchools"
            ),
            RegistrationField(sort_order=3, label="First time", field_type="checkbox"),
            RegistrationField(sort_order=4, label="How many years", field_type="number"),
            RegistrationField(sort_order=5, label="Since", field_type="date"),
        ],
    )


def test_the_form_lists_its_questions_in_order(fetch, questions):
    form = fetch(f"/api/registration-forms/{questions.pk}/")
    described = {field["name"]: field for field in form["fields"]}
    assert list(described) == [
        *("name", "email", "guests", "you_are", "which_organisation", "topics"),
        *("first_time", "how_many_years", "since", "discreet"),
    ]
    assert described["which_organisation"]["only_if"] == {
        "pointer": "#/answers/you_are",
        "value": "A partner",
    }
    assert described["which_organisation"]["required"] is True
    assert described["email"]["autocomplete"] == "email"
    assert [field["kind"] for field in form["fields"]][2:-1] == [
        *("number", "radio", "text", "checkboxes", "checkbox", "number", "date"),
    ]
    answers = form["schema"]["properties"]["answers"]
    assert answers["properties"]["topics"]["items"] == {"enum": ["Online", "Schools"]}
    assert answers["allOf"][0]["then"] == {"required": ["which_organisation"]}
    assert form["schema"]["properties"]["guests"]["maximum"] == 2


@pytest.mark.parametrize(
    ("answered", "field"),
    [
        ({"you_are": "A resident"}, None),
        ({"you_are": "A resident", "which_organisation": "A charity"}, None),
        ({"you_are": "A partner", "which_organisation": "A charity"}, None),
        ({"you_are": "A partner"}, "answers.which_organisation"),
        ({"you_are": "A stranger"}, "answers.you_are"),
        ({"topics": ["Online", "Schools"], "first_time": True, "how_many_years": 3}, None),
        ({"topics": "Online"}, "answers.topics"),
        ({"topics": ["Sport"]}, "answers.topics"),
        ({"first_time": "yes"}, "answers.first_time"),
        ({"how_many_years": "many"}, "answers.how_many_years"),
        ({"since": "2020-05-01"}, None),
        ({"since": "last year"}, "answers.since"),
    ],
)
def test_answers_are_validated_by_the_pages_form(client, clock, fetch, questions, answered, field):
    form = fetch(f"/api/registration-forms/{questions.pk}/")
    clock.shift(60)
    response = client.post(
        "/api/registrations/",
        {
            "form": form["id"],
            "occurrence": form["dates"][0]["occurrence"],
            "name": "Ada Visitor",
            "email": "ada@visitor.example",
            "answers": answered,
        },
        content_type="application/json",
        headers={"Idempotency-Key": form["token"]},
    )
    if field is None:
        assert response.status_code == 201, response.content
        kept = {
            row["name"]: row["value"] for row in Registration.objects.get().answers if row["value"]
        }
        dropped = {"which_organisation"} if answered.get("you_are") == "A resident" else set()
        assert set(kept) == set(answered) - dropped
    else:
        assert [entry["field"] for entry in problem_of(response, 422)["errors"]] == [field]


def test_the_form_of_a_private_page_is_not_found(client, registration_page, series, form):
    address = f"/api/registration-forms/{registration_page.pk}/"
    series.unpublish()
    assert client.get(address).status_code == 404
