"""A registration form for front ends: what to ask, in which order, and the allowed answers."""

from datetime import datetime, timedelta
from hashlib import blake2b

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy
from wagtail.models import Site

from events.api.serializers import Publication, event_link
from events.english_dates import LONDON
from prevent_content.api.http import pointer
from prevent_content.api.serializers import search_object
from prevent_content.links import rich_text_html
from prevent_content.visitor_marks import MAKERS

from .. import privacy
from ..forms import OccurrenceField, RegistrationForm
from ..guarded_forms import GuardedForm, quickest
from ..models import RegistrationPage
from ..places import is_nearly_full, places_left
from ..questions import QUESTION_PREFIX
from ..views import closed_reason
from .json_forms import sent_name

STATEMENT = gettext_lazy(
    "Booking a place is not a referral. We do not report anyone for coming to an event."
)
DRAFT = "https://json-schema.org/draft/2020-12/schema"
# Sent by other means; the dates are separate objects.
LEFT_OUT = ("occurrence", "consent", "contact_me_by_fax", "submission_key")
KINDS: list[tuple[type[forms.Widget], str]] = [
    (forms.CheckboxSelectMultiple, "checkboxes"),
    (forms.RadioSelect, "radio"),
    (forms.Select, "dropdown"),
    (forms.CheckboxInput, "checkbox"),
    (forms.Textarea, "textarea"),
    (forms.EmailInput, "email"),
    (forms.URLInput, "url"),
    (forms.DateInput, "date"),
    (forms.NumberInput, "number"),
    (forms.TextInput, "text"),
]


def consent_object(form: RegistrationForm) -> dict | None:
    """Return the consent text for sensitive answers, with a version that changes with it.

    None if the form asks nothing sensitive.
    """
    if not form.asks_sensitive:
        return None
    text = form.page.consent_text
    return {"text": text, "version": blake2b(text.encode(), digest_size=8).hexdigest()}


def form_object(
    page: RegistrationPage, request: HttpRequest, publication: Publication, *, at: datetime
) -> dict:
    """Return the form of ``page`` as it stands at ``at``, with a token to send it once."""
    form = RegistrationForm(page=page, at=at)
    dates: OccurrenceField = form.fields["occurrence"]
    is_open = bool(dates.open_uuids)
    return {
        "id": page.pk,
        "event": event_link(page.event, request, publication),
        "title": page.title,
        "introduction": rich_text_html(page.introduction, publication.site),
        "privacy_text": privacy_html(page, publication.site),
        "statement": str(STATEMENT),
        "consent": consent_object(form),
        "retention_days": page.retention_days,
        "is_open": is_open,
        "reason": "" if is_open else closed_reason(page, dates),
        "dates": [date_choice(page, dates, key) for key in dates.by_uuid],
        "fields": form_fields(form),
        "schema": json_schema(form, dates) if is_open else None,
        "token": form.fields["submission_key"].initial if is_open else None,
        "earliest_at": earliest(at) if is_open else None,
        "search": search_object(page, request),
    }


def earliest(at: datetime) -> datetime:
    """Return when a form fetched at ``at`` is first accepted, to the second."""
    return timezone.localtime(at + quickest() + timedelta(seconds=1), LONDON).replace(microsecond=0)


def earliest_now() -> str:
    return earliest(timezone.now()).isoformat()


MAKERS["earliest time to send"] = earliest_now


def form_fields(form: forms.Form) -> list[dict]:
    """Return the questions of ``form``, in order."""
    hidden = {field.name for field in form.hidden_fields()}
    return [field_object(form, name) for name in form.fields if name not in {*LEFT_OUT, *hidden}]


def guarded_form_object(form: GuardedForm) -> dict:
    """Return a public form other than registration, with a token to send it once."""
    return {
        "fields": form_fields(form),
        "token": form.fields["submission_key"].initial,
        "earliest_at": earliest(form.at),
    }


def privacy_html(page: RegistrationPage, site: Site) -> str:
    """Return the editor's privacy text and the program's additions, as HTML."""
    sentences = format_html_join("", "<p>{}</p>", ((each,) for each in privacy.flagging()))
    return rich_text_html(page.privacy_text, site) + sentences


def date_choice(page: RegistrationPage, dates: OccurrenceField, key: str) -> dict:
    row = dates.by_uuid[key]
    return {
        "occurrence": row.uuid,
        "label": row.when,
        "starts_at": row.starts_at.astimezone(LONDON),
        "ends_at": row.ends_at.astimezone(LONDON),
        "time_zone": LONDON.key,
        "available": key not in dates.unavailable,
        "places": band(page, dates, key),
        "hint": dates.choice_hints.get(key, ""),
    }


def band(page: RegistrationPage, dates: OccurrenceField, key: str) -> str:
    """Return the availability of a date's places, without numbers."""
    row = dates.by_uuid[key]
    left = places_left(page, row)
    if key in dates.unavailable:
        return "full" if left == 0 and page.is_open(row, at=timezone.now()) else "closed"
    if page.approval:
        return "on_request"
    if left == 0:
        return "waiting_list"
    return "few" if is_nearly_full(page, row) else "available"


def field_object(form: forms.Form, name: str) -> dict:
    field = form.fields[name]
    sensitive = {
        QUESTION_PREFIX + question.clean_name
        for question in getattr(form, "questions", [])
        if question.sensitive
    }
    other, wanted = getattr(field, "conditional_on", (None, None))
    return {
        "name": name.removeprefix(QUESTION_PREFIX),
        "pointer": pointer(sent_name(name)),
        "kind": next((kind for known, kind in KINDS if isinstance(field.widget, known)), "text"),
        "label": str(field.label),
        "hint": str(field.help_text),
        "required": field.required or getattr(field, "required_when_shown", False),
        "sensitive": name in sensitive,
        "autocomplete": field.widget.attrs.get("autocomplete", ""),
        "options": [
            {"value": str(value), "label": str(label)}
            for value, label in getattr(field, "choices", [])
            if value != ""
        ],
        "only_if": {"pointer": pointer(sent_name(other)), "value": wanted} if other else None,
    }


def json_schema(form: RegistrationForm, dates: OccurrenceField) -> dict:
    """Return the JSON Schema of a valid submission to ``form`` now."""
    questions = {
        name.removeprefix(QUESTION_PREFIX): field
        for name, field in form.fields.items()
        if name.startswith(QUESTION_PREFIX)
    }
    properties = {
        "form": {"const": form.page.pk},
        "occurrence": {
            "title": str(form.fields["occurrence"].label),
            "oneOf": [{"const": key, "title": dates.by_uuid[key].when} for key in dates.open_uuids],
        },
        "name": value_schema(form.fields["name"]),
        "email": value_schema(form.fields["email"]),
        "discreet": value_schema(form.fields["discreet"]),
        "answers": answers_schema(questions),
        "consent": {"type": "boolean"},
        "consent_version": {"type": "string"},
    }
    if consent := consent_object(form):
        properties["consent"]["title"] = consent["text"]
        properties["consent_version"] = {"const": consent["version"]}
    if "guests" in form.fields:
        properties["guests"] = value_schema(form.fields["guests"]) | {
            "minimum": 0,
            "maximum": form.page.max_guests,
        }
    required = ["form", "occurrence", "name", "email"]
    if properties["answers"]["required"]:
        required.append("answers")
    return {
        "$schema": DRAFT,
        "type": "object",
        "title": form.page.title,
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def answers_schema(questions: dict[str, forms.Field]) -> dict:
    """Return the schema of the answers, with conditions for questions that depend on others."""
    schema: dict = {
        "type": "object",
        "properties": {name: value_schema(field) for name, field in questions.items()},
        "required": [name for name, field in questions.items() if field.required],
        "additionalProperties": False,
    }
    conditions = [
        condition_schema(name, field)
        for name, field in questions.items()
        if getattr(field, "required_when_shown", False)
    ]
    return schema | ({"allOf": conditions} if conditions else {})


def condition_schema(name: str, field: forms.Field) -> dict:
    other, wanted = field.conditional_on
    other = other.removeprefix(QUESTION_PREFIX)
    is_so = {"anyOf": [{"const": wanted}, {"type": "array", "contains": {"const": wanted}}]}
    return {
        "if": {"properties": {other: is_so}, "required": [other]},
        "then": {"required": [name]},
    }


def value_schema(field: forms.Field) -> dict:
    """Return the schema of one value, with its label as title and its hint as description."""
    schema: dict = {"title": str(field.label)}
    if field.help_text:
        schema["description"] = str(field.help_text)
    values = [str(value) for value, _ in getattr(field, "choices", []) if value != ""]
    if isinstance(field, forms.BooleanField):
        return schema | ({"const": True} if field.required else {"type": "boolean"})
    if isinstance(field, forms.MultipleChoiceField):
        items = {"type": "array", "items": {"enum": values}, "uniqueItems": True}
        return schema | items | ({"minItems": 1} if field.required else {})
    if values:
        return schema | {"enum": values}
    if isinstance(field, forms.IntegerField):
        return schema | {"type": "integer"}
    if isinstance(field, forms.DecimalField):
        return schema | {"type": "number"}
    kinds = {forms.EmailField: "email", forms.URLField: "uri", forms.DateField: "date"}
    schema |= {"type": "string"} | ({"minLength": 1} if field.required else {})
    if (longest := getattr(field, "max_length", None)) is not None:
        schema["maxLength"] = longest
    return schema | next(
        ({"format": name} for kind, name in kinds.items() if isinstance(field, kind)), {}
    )
