"""Dates and times are typed in one way into every form, and marks that nobody sees are cleaned."""

from datetime import date, time

import pytest
from django import forms
from django.core.exceptions import ValidationError

from events.admin.new_event import StartForm
from events.admin.postpone_form import PostponeForm
from events.blocks import AgendaStreamBlock
from events.models import EventPage
from events.registrations.data_protection.forms import EntryForm
from events.registrations.questions import QuestionBuilder
from events.registrations.review.filters import DateFilter
from events.typed_fields import TypedDateField, TypedTimeField
from prevent_content.cleaned_forms import CleanedTextMixin


@pytest.mark.parametrize(
    "text", ["27 March 1980", "27/3/1980", "27.3.1980", "1980-03-27", "Thursday 27th March 1980"]
)
def test_a_date_is_typed_as_people_write_it(text):
    assert TypedDateField().clean(f" {text}\u200b ") == date(1980, 3, 27)
    assert TypedDateField(required=False).clean(" ") is None
    assert TypedDateField().clean(date(1980, 3, 27)) == date(1980, 3, 27)


@pytest.mark.parametrize("text", ["6pm", "18:00", "6.00 pm", "18:00:00", "6\u00a0pm"])
def test_a_time_is_typed_as_people_write_it(text):
    assert TypedTimeField().clean(text) == time(18)
    assert TypedTimeField(required=False).clean("") is None
    assert TypedTimeField().clean("noon") == time(12)


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        (TypedDateField, "27/3/80", "Enter the year in 4 digits, like 2027"),
        (TypedDateField, "27 March", "Enter the year too"),
        (TypedDateField, "31 February 2027", "Enter a real date"),
        (TypedDateField, "27 March 1027", "Enter a year from 1900 on"),
        (TypedDateField, "soon", "Enter a date, like"),
        (TypedTimeField, "6", "am or pm"),
        (TypedTimeField, "late", "Enter a time, like"),
    ],
)
def test_what_may_mean_two_things_is_asked_back_in_a_sentence(field, text, sentence):
    with pytest.raises(ValidationError, match=sentence):
        field().clean(text)


@pytest.mark.django_db
def test_every_form_reads_dates_and_times_alike(registration_page):
    editor = EventPage.get_edit_handler().get_form_class().base_fields
    question = registration_page.form_fields.create(label="Born on", field_type="date")
    asked = QuestionBuilder([question]).formfields
    dates = [
        *(editor["date"], StartForm.base_fields["date"], PostponeForm.base_fields["day"]),
        *(EntryForm.base_fields["received_on"], DateFilter(lookup_expr="gte").field),
        *asked.values(),
    ]
    assert {type(field) for field in dates} == {TypedDateField}
    agenda = AgendaStreamBlock().child_blocks["time"].child_blocks
    times = [
        *(editor["starts"], editor["ends"], StartForm.base_fields["starts"]),
        *(PostponeForm.base_fields["starts"], agenda["starts"].field, agenda["ends"].field),
    ]
    assert {type(field) for field in times} == {TypedTimeField}
    assert agenda["ends"].required is False


def test_pasted_marks_are_cleaned_before_they_are_checked():
    class Form(CleanedTextMixin, forms.Form):
        email = forms.EmailField()
        text = forms.CharField(widget=forms.Textarea)
        choice = forms.ChoiceField(choices=[("a\u00adb", "x")])

    form = Form(
        {"email": "\u202aada@visitor.example\u202c", "text": "a\u00a0b\ufeff", "choice": "a\u00adb"}
    )
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {
        "email": "ada@visitor.example",
        "text": "a b",
        "choice": "a\u00adb",
    }
    for name in ("email", "text"):
        assert "\u202a" not in form[name].value()
    editor = EventPage.get_edit_handler().get_form_class()
    assert issubclass(editor, CleanedTextMixin)
