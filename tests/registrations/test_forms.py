from datetime import timedelta

import pytest

from events import actions
from events.registrations import places
from events.registrations.guarded_forms import issue_token, read_token
from events.registrations.models import RegistrationField
from tests.conftest import NOW
from tests.factories import EventPageFactory, RegistrationPageFactory, publish

LINE_BREAKS = ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"]


def question(**fields):
    return RegistrationField(**{"field_type": "singleline", "required": False} | fields)


def ask(page, *questions):
    """Publish ``page`` with only these questions."""
    for order, asked in enumerate(questions):
        asked.sort_order = order
    page.form_fields = list(questions)
    return publish(page)


def test_a_good_form_is_valid_and_separates_sensitive_answers(valid_form, series):
    bound = valid_form()
    assert bound.cleaned_data["occurrence"] == series.occurrences.first()
    assert bound.answers(sensitive=False) == [
        {
            "name": "your_question",
            "label": "Your question",
            "type": "multiline",
            "value": "What is planned here?",
        }
    ]
    assert [answer["value"] for answer in bound.answers(sensitive=True)] == ["A hearing loop"]


def test_answers_the_event_does_not_need_are_optional(valid_form):
    bound = valid_form(question_your_question=None, question_access_needs="")
    assert bound.answers(sensitive=False) == bound.answers(sensitive=True) == []


def test_consent_is_required_only_with_a_sensitive_answer(valid_form, event):
    assert valid_form(consent=None, question_access_needs=None).submission().sensitive_answers == []
    names = list(valid_form().fields)
    assert names.index("consent") == names.index("question_access_needs") + 1
    page = RegistrationPageFactory(parent=event, form_fields=[])
    assert "consent" not in valid_form(page, consent=None).fields


MISSING = {
    "occurrence": "Choose a date",
    "name": "Enter your full name",
    "email": "Enter your email address",
    "consent": "Tick the box if you agree, or delete your answer to “Access needs”",
}


@pytest.mark.parametrize(("name", "sentence"), MISSING.items())
def test_missing_answers_are_asked_for_in_words(form, name, sentence):
    assert form(**{name: None}).errors == {name: [sentence]}


@pytest.mark.parametrize("name", ["name", "email"])
@pytest.mark.parametrize("line_break", LINE_BREAKS)
def test_no_line_break_gets_into_a_header(form, name, line_break):
    typed = f"a@visitor.example{line_break}Bcc: all@visitor.example"
    assert name in form(**{name: typed}).errors


@pytest.mark.parametrize(
    "name", ["\x00", "Ada\x00", "Ada\x1b[2J", "x" * 121, "   ", "\u200b", "\u00a0\u202e"]
)
def test_an_impossible_name_is_refused(form, name):
    assert "name" in form(name=name).errors


@pytest.mark.parametrize(
    ("field", "typed", "cleaned"),
    [
        ("name", "\u202eAda\u200b\u00a0Visitor\ufeff", "Ada Visitor"),
        ("name", "Ada\u2066 Vis\u00aditor\u2069", "Ada Visitor"),
        ("email", "\u200bada@visitor.example\u00a0", "ada@visitor.example"),
        ("question_access_needs", "A\u00a0hearing\u200b loop", "A hearing loop"),
    ],
)
def test_pasted_invisible_marks_are_removed(valid_form, field, typed, cleaned):
    assert valid_form(**{field: typed}).cleaned_data[field] == cleaned


@pytest.mark.parametrize(
    "name", ["Ada", "O’Neil-Şahin", "李小龍", "محمد", "Ada 👩🏽‍🦽", "J. R. <b>", "x" * 120]
)
def test_a_name_is_what_people_call_themselves(valid_form, name):
    assert valid_form(name=name).cleaned_data["name"] == name


@pytest.mark.parametrize(
    "email", ["ada", "ada@", "@visitor.example", "a b@visitor.example", "ada@visitor", "x" * 300]
)
def test_an_invalid_email_address_is_refused_with_an_example(form, email):
    (error, *_) = form(email=email).errors["email"]
    assert "name@example.com" in error or "254 characters" in error


@pytest.mark.parametrize(
    "occurrence", ["", "x", "\x00", "00000000-0000-0000-0000-000000000000", "1", "' OR 1=1 --"]
)
def test_an_unknown_date_is_refused(form, occurrence):
    assert list(form(occurrence=occurrence).errors) == ["occurrence"]


def test_a_date_of_another_event_is_refused(form, event_index):
    other = EventPageFactory(parent=event_index).occurrences.get()
    assert "occurrence" in form(occurrence=str(other.uuid)).errors


def field_of(form):
    return form().fields["occurrence"]


def test_cancelled_and_postponed_dates_are_shown_and_unavailable(form, series):
    first, second, *_ = series.occurrences.order_by("date")
    actions.cancel_occurrence(first, reason="Snow", by=None)
    actions.postpone_occurrence(second, reason="Snow", by=None)
    field = field_of(form)
    assert field.unavailable == {
        str(first.uuid): "This date is cancelled",
        str(second.uuid): "This date is postponed",
    }
    assert len(field.open_uuids) == 6
    refused = form(occurrence=str(first.uuid)).errors["occurrence"]
    assert refused == ["This date is cancelled. Choose another date"]


def test_a_date_held_online_says_so(form, series):
    first = series.occurrences.first()
    actions.move_online(first, reason="Snow", by=None)
    assert field_of(form).choice_hints[str(first.uuid)] == "Held online"


@pytest.mark.parametrize(
    ("taken", "waiting_list", "hint", "can_choose"),
    [
        (0, True, "", True),
        (6, True, "", True),
        (7, True, "Few places left", True),
        (10, True, "Full: you can join the waiting list", True),
        (10, False, "This date is full", False),
    ],
)
def test_fullness_is_shown_in_bands(
    form, registration_page, series, taken, waiting_list, hint, can_choose
):
    registration_page.capacity, registration_page.waiting_list = 10, waiting_list
    page = publish(registration_page)
    first = series.occurrences.first()
    places.ensure_count(first, page)
    assert not taken or places.take(first.pk, taken)
    field = form(page).fields["occurrence"]
    assert field.choice_hints.get(str(first.uuid), "") == hint
    assert (str(first.uuid) in field.open_uuids) is can_choose


@pytest.mark.parametrize(
    ("guests", "is_valid"),
    [
        ("", True),
        ("0", True),
        ("2", True),
        ("3", False),
        ("-1", False),
        ("x", False),
        ("1.5", False),
    ],
)
def test_guests_are_limited_by_the_editor(form, registration_page, guests, is_valid):
    registration_page.max_guests = 2
    page = publish(registration_page)
    assert form(page, guests=guests).is_valid() is is_valid


def test_nobody_brings_guests_if_the_editor_allows_none(valid_form):
    assert "guests" not in valid_form(guests="5").cleaned_data


def test_each_kind_of_answer_is_validated(form, registration_page):
    kinds = ["email", "number", "url", "date", "dropdown", "radio", "checkboxes"]
    page = ask(
        registration_page,
        *(question(label=kind, field_type=kind, choices="One\nTwo") for kind in kinds),
    )
    wrong = form(
        page,
        **{f"question_{kind}": "neither" for kind in kinds if kind != "url"},
        question_url="java script:alert(1)",
    )
    assert set(wrong.errors) == {f"question_{kind}" for kind in kinds}
    right = form(
        page,
        question_email="b@visitor.example",
        question_number="3.5",
        question_url="visitor.example",
        question_date="27/03/2027",
        question_dropdown="Two",
        question_radio="One",
        question_checkboxes=["One", "Two"],
    )
    assert right.is_valid(), right.errors
    assert [answer["value"] for answer in right.answers(sensitive=False)] == [
        "b@visitor.example",
        "3.5",
        "https://visitor.example",
        "2027-03-27",
        "Two",
        "One",
        ["One", "Two"],
    ]


def test_a_required_question_is_named(form, registration_page):
    page = ask(
        registration_page,
        question(label="Who sent you?", required=True),
        question(label="Which?", field_type="radio", choices="A\nB", required=True),
        question(label="I have read it", field_type="checkbox", required=True),
    )
    assert [error for errors in form(page).errors.values() for error in errors] == [
        "Enter an answer to “Who sent you?”",
        "Choose an answer to “Which?”",
        "Tick “I have read it”",
    ]


@pytest.fixture
def conditional(registration_page):
    """A form that asks for the organisation of people who represent one."""
    return ask(
        registration_page,
        question(label="Coming as", field_type="radio", choices="Myself\nAn organisation"),
        question(
            label="Which organisation",
            required=True,
            depends_on="Coming as",
            depends_answer="An organisation",
        ),
    )


def test_a_question_that_does_not_apply_is_neither_required_nor_stored(valid_form, conditional):
    bound = valid_form(
        conditional, question_coming_as="Myself", question_which_organisation="Left over"
    )
    assert [answer["label"] for answer in bound.answers(sensitive=False)] == ["Coming as"]


def test_a_question_that_applies_is_required(form, conditional):
    assert form(conditional, question_coming_as="An organisation").errors == {
        "question_which_organisation": ["Enter an answer to “Which organisation”"]
    }


def test_errors_in_an_answer_that_does_not_apply_do_not_matter(form, conditional):
    bound = form(
        conditional, question_coming_as="Myself", question_which_organisation="a\x00" + "x" * 999
    )
    assert bound.is_valid()


def refused_token(form, token):
    bound = form(submission_key=token)
    assert not bound.is_valid()
    return bound, bound.non_field_errors()


@pytest.mark.parametrize("token", ["", "x", "\x00", "a:b:c", "x" * 5000])
def test_a_form_without_our_token_is_asked_again(form, token):
    _, errors = refused_token(form, token)
    assert errors or form(submission_key=token).errors["submission_key"]


def test_a_token_of_another_page_is_refused(form, event_index):
    other = RegistrationPageFactory(parent=EventPageFactory(parent=event_index))
    token = issue_token(other.pk, at=NOW, trusted=True)
    assert refused_token(form, token)[1] == ["Check your answers and send the form again"]


@pytest.mark.parametrize(
    ("age", "is_accepted"),
    [
        (timedelta(seconds=0), False),
        (timedelta(seconds=1), False),
        (timedelta(seconds=2), True),
        (timedelta(hours=24), True),
        (timedelta(hours=24, seconds=1), False),
        (timedelta(hours=-1), False),
    ],
)
def test_a_form_is_accepted_from_two_seconds_to_a_day_after_it_was_shown(
    form, registration_page, settings, age, is_accepted
):
    settings.PREVENT = {**settings.PREVENT, "REGISTRATION_QUICKEST_SECONDS": 2}
    token = issue_token(registration_page.pk, at=NOW - age)
    assert form(submission_key=token).is_valid() is is_accepted


def test_the_form_shown_again_can_be_sent_at_once(form, registration_page):
    old = issue_token(registration_page.pk, at=NOW - timedelta(days=2))
    bound, _ = refused_token(form, old)
    renewed = bound.data["submission_key"]
    assert renewed != old
    assert form(submission_key=renewed).is_valid()


def test_two_forms_have_two_keys(registration_page):
    tokens = [issue_token(registration_page.pk, at=NOW, trusted=True) for _ in range(2)]
    first, second = (read_token(token, registration_page.pk, at=NOW) for token in tokens)
    assert first != second
    assert len(first) >= 20


def test_someone_who_fills_in_the_hidden_field_is_asked_again(form):
    bound = form(contact_me_by_fax="01632 960 000")
    assert not bound.is_valid()
    assert bound.data["contact_me_by_fax"] == ""
    assert bound.data["name"] == "Ada Visitor"


def test_an_international_mailbox_is_refused_with_the_reason(form):
    for email in ("josé@visitor.example", "شمس@visitor.example"):
        bound = form(email=email)
        assert bound.errors["email"] == [
            "We cannot send email to an address with letters like “é” before the @. "
            "Enter another email address"
        ]
    assert form(email="jose@visitör.example").is_valid()
