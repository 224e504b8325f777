"""What the API says about a mistake: the HTML form's words, in the page's language."""

import re

import pytest
from wagtail.models import Locale

from events.registrations.models import RegistrationField
from tests.factories import RegistrationPageFactory, publish

PYDANTIC = re.compile(r"should|Input|Field required|valid (string|integer|boolean)|Send this too")
FAULTS = {
    "no name": ({"name": ""}, {}, "name"),
    "a name that is too long": ({"name": "x" * 121}, {}, "name"),
    "a name on two lines": ({"name": "Ada\nBcc: x@y.example"}, {}, "name"),
    "no email address": ({"email": ""}, {}, "email"),
    "half an email address": ({"email": "ada@"}, {}, "email"),
    "no date": ({"occurrence": ""}, {}, "occurrence"),
    "a date that is not there": ({"occurrence": "today"}, {}, "occurrence"),
    "guests in words": ({"guests": "two"}, {}, "guests"),
    "fewer than no guests": ({"guests": -1}, {}, "guests"),
    "too many guests": ({"guests": 3}, {}, "guests"),
    "a required question": ({}, {"topic": ""}, "answers.topic"),
    "an answer that is not there": ({}, {"you_are": "A stranger"}, "answers.you_are"),
    "one of several that is not there": ({}, {"topics": ["Sport"]}, "answers.topics"),
    "a number in words": ({}, {"how_many_years": "many"}, "answers.how_many_years"),
    "a day in words": ({}, {"since": "last year"}, "answers.since"),
    "a web address with a space": ({}, {"website": "not one"}, "answers.website"),
    "a question that depends on another": (
        {},
        {"you_are": "A partner"},
        "answers.which_organisation",
    ),
}


@pytest.fixture(params=["en-gb", "ur"])
def page(request, event):
    """A form with a question of each kind, in English and in Urdu."""
    questions = [
        {"label": "Topic", "field_type": "singleline"},
        {"label": "You are", "field_type": "radio", "choices": "A resident\nA partner"},
        {
            "label": "Which organisation",
            "field_type": "singleline",
            "depends_on": "You are",
            "depends_answer": "A partner",
        },
        {"label": "Topics", "field_type": "checkboxes", "choices": "Online\nSchools"},
        {"label": "How many years", "field_type": "number", "required": False},
        {"label": "Since", "field_type": "date", "required": False},
        {"label": "Website", "field_type": "url", "required": False},
    ]
    page = RegistrationPageFactory(
        parent=event,
        max_guests=2,
        form_fields=[
            RegistrationField(sort_order=number, **{"required": True, **question})
            for number, question in enumerate(questions)
        ],
    )
    if request.param == "en-gb":
        return page
    urdu = Locale.objects.create(language_code=request.param)
    for ancestor in event.get_ancestors(inclusive=True).filter(depth__gt=1).specific():
        copy = ancestor.copy_for_translation(urdu)
        copy.summary = copy.summary or "خلاصہ"
        publish(copy)
    return publish(page.copy_for_translation(urdu))


@pytest.fixture
def described(page, fetch, clock):
    form = fetch(f"/api/registration-forms/{page.pk}/")
    clock.shift(60)
    return form


def html_sentences(client, page, body, answers) -> dict[str, str]:
    """Return what the HTML form says about each field."""
    data = {name: value for name, value in body.items() if value is not True}
    data |= {name: "on" for name, value in body.items() if value is True}
    data |= {f"question_{name}": value for name, value in answers.items()}
    shown = client.get(page.url)
    data["submission_key"] = shown.context["form"]["submission_key"].value()
    response = client.post(page.url, data)
    assert response.status_code == 422
    return {
        ("answers." + name.removeprefix("question_")) if "question_" in name else name: ". ".join(
            dict.fromkeys(sentences)
        )
        for name, sentences in response.context["form"].errors.items()
    }


def test_html_and_api_find_the_same_errors_and_use_the_same_words(client, page, described):
    for fault, (changed, changed_answers, field) in FAULTS.items():
        body = {
            "occurrence": described["dates"][0]["occurrence"],
            "name": "Ada Visitor",
            "email": "ada@visitor.example",
        } | ({"consent": True} if described["consent"] else {})
        answers = {"topic": "Schools", "you_are": "A resident", "topics": ["Online"]}
        body, answers = body | changed, answers | changed_answers
        expected = html_sentences(client, page, body, answers)
        problem = refused(client, page, described, body | {"answers": answers})
        errors = problem["errors"]
        assert {error["field"]: error["detail"] for error in errors} == expected, fault
        assert field in expected, fault
        assert all(error["code"] for error in errors)
        assert_for_people([problem["detail"], *expected.values()], page)


@pytest.mark.parametrize("page", ["ur"], indirect=True)
def test_json_errors_are_in_the_language_of_the_page(client, page, described):
    for sent, field, code in (
        ({"name": 7}, "name", "type"),
        ({"name": ["Ada"]}, "name", "type"),
        ({"name": None}, "name", "required"),
        ({"guests": True}, "guests", "type"),
        ({"discreet": "yes"}, "discreet", "type"),
        ({"answers": []}, "answers", "type"),
        ({"answers": {"topics": "Online"}}, "answers.topics", "type"),
        ({"colour": "red"}, "colour", "unknown"),
    ):
        problem = refused(client, page, described, sent)
        errors = {error["field"]: error for error in problem["errors"]}
        assert errors[field]["code"] == code
        assert_for_people([errors[field]["detail"]], page)


def refused(client, page, described, body) -> dict:
    response = client.post(
        "/api/registrations/",
        {"form": page.pk} | body,
        content_type="application/json",
        headers={"Idempotency-Key": described["token"]},
    )
    assert response.status_code == 422, response.content
    return response.json()


def assert_for_people(sentences, page):
    assert not PYDANTIC.search(" ".join(sentences))
    if page.locale.language_code == "ur":
        assert all(re.search("[\u0600-\u06ff]", sentence) for sentence in sentences)


@pytest.mark.parametrize(
    ("address", "field", "sentence"),
    [
        ("/api/occurrences/?limit=101", "limit", "Enter 100 or less"),
        ("/api/occurrences/?limit=0", "limit", "Enter 1 or more"),
        ("/api/occurrences/?from=2026-02-30", "from", "Enter a date that exists, like 2026-11-26"),
        ("/api/occurrences/?from=tomorrow", "from", "Enter it like 2026-11-26"),
        (
            "/api/occurrences/?status=gone",
            "status",
            "Enter one of these: scheduled, cancelled, postponed, moved_online",
        ),
        ("/api/occurrences/?locale=xx", "locale", "This site has: en-gb"),
        ("/api/occurrences/?language=ur", "language", "There is no such parameter. There are:"),
        ("/api/events/?colour=red", "colour", "There is no such parameter. There are:"),
        ("/api/openapi.json?x=1", "x", "There are none here"),
        ("/api/v2/pages/?colour=red", "colour", "There is no such parameter"),
        ("/api/v2/pages/?limit=101", "limit", "Enter 100 or less"),
        ("/api/v2/pages/?limit=x", "limit", "Enter it like 20"),
        ("/api/v2/pages/?offset=-1", "offset", "Enter it like 20"),
    ],
)
def test_an_invalid_parameter_is_named_in_our_own_words(client, series, address, field, sentence):
    response = client.get(address)
    assert response.status_code == 400, response.content
    problem = response.json()
    assert problem["type"].endswith(":parameter")
    (error,) = problem["errors"]
    assert error["field"] == field
    assert error["detail"].startswith(sentence)
    assert not PYDANTIC.search(response.content.decode())
