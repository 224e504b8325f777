"""A public form sent as JSON: read like the HTML form, and refused in the same words.

One form class checks both. Errors only JSON can have, such as a number for a name, are found here.
"""

import json
from collections.abc import Collection, Iterator

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from ninja.errors import HttpError

from prevent_content.api.http import FieldProblem, problem
from prevent_content.conf import setting

from .. import limits
from ..form_responses import TOO_MANY
from ..questions import QUESTION_PREFIX

ANSWERS = "answers"
NOT_JSON = "The request body is not JSON."
# Fields of the HTML form that JSON does not need.
FORM_ONLY = {"contact_me_by_fax", "submission_key"}


def read_object(request: HttpRequest) -> dict:
    """Return the JSON object in the body of ``request``; raise ``HttpError`` (400) without one."""
    try:
        sent = json.loads(request.body, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise HttpError(400, NOT_JSON) from error
    if not isinstance(sent, dict):
        raise HttpError(400, "The request body is not a JSON object.")
    return sent


def refuse_constant(name: str) -> None:
    """Raise for ``NaN`` and ``Infinity``, which Python accepts but JSON lacks."""
    raise ValueError(name)


def as_posted(sent: dict, *, token: str = "") -> QueryDict:
    """Return ``sent`` as the HTML form would send it, with ``token`` as its one-time token."""
    data = QueryDict(mutable=True)
    answers = sent.get(ANSWERS)
    named = [(name, value) for name, value in sent.items() if name != ANSWERS]
    if isinstance(answers, dict):
        named += [(QUESTION_PREFIX + name, value) for name, value in answers.items()]
    for name, value in named:
        if texts := texts_of(value):
            data.setlist(name, texts)
    data["submission_key"] = token
    data.pop("contact_me_by_fax", None)
    return data


def texts_of(value: object) -> list[str]:
    if value is None or value is False or isinstance(value, dict):
        return []
    if value is True:
        return ["on"]
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def sent_name(name: str) -> str:
    """Return the location of the field ``name`` in the body, like ``answers.your_question``."""
    if name.startswith(QUESTION_PREFIX):
        return f"{ANSWERS}.{name.removeprefix(QUESTION_PREFIX)}"
    return name


def misfits(sent: dict, form: forms.Form, *, besides: Collection[str]) -> list[FieldProblem]:
    """Return errors HTML cannot have: a field that ``form`` lacks, a value of the wrong type.

    ``besides`` are fields that only the API has.
    """
    errors: list[FieldProblem] = []
    for name, value in sent.items():
        if name == ANSWERS and has_questions(form):
            errors += wrong_answers(value, form)
        elif name not in besides:
            known = name in form.fields and name not in FORM_ONLY
            field = form.fields[name] if known and not name.startswith(QUESTION_PREFIX) else None
            errors += wrong_value(name, value, field)
    return errors


def has_questions(form: forms.Form) -> bool:
    return hasattr(form, "questions")


def wrong_answers(answers: object, form: forms.Form) -> Iterator[FieldProblem]:
    if not isinstance(answers, dict):
        yield FieldProblem(ANSWERS, "type", _("Send an object with an answer to each question"))
        return
    for name, value in answers.items():
        yield from wrong_value(f"{ANSWERS}.{name}", value, form.fields.get(QUESTION_PREFIX + name))


def wrong_value(name: str, value: object, field: forms.Field | None) -> Iterator[FieldProblem]:
    if field is None:
        yield FieldProblem(name, "unknown", _("This form has no such question"))
    elif value is not None and not is_of_type(value, field):
        yield FieldProblem(name, "type", wrong_type(field))


def is_of_type(value: object, field: forms.Field) -> bool:
    """Whether ``value`` has the JSON type that the form's document gives for ``field``."""
    if isinstance(field, forms.BooleanField):
        return isinstance(value, bool)
    if isinstance(field, forms.MultipleChoiceField):
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if isinstance(field, forms.IntegerField):
        return isinstance(value, int) and not isinstance(value, bool)
    if isinstance(field, forms.DecimalField):
        # Text for numbers that a float cannot hold.
        return isinstance(value, int | float | str) and not isinstance(value, bool)
    return isinstance(value, str) and is_storable(value)


def is_storable(text: str) -> bool:
    """Whether ``text`` has no lone surrogates, which no database accepts."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def wrong_type(field: forms.Field) -> str:
    if isinstance(field, forms.BooleanField):
        return _("Answer this with true or false")
    if isinstance(field, forms.MultipleChoiceField):
        return _("Send a list of answers")
    if isinstance(field, forms.IntegerField | forms.DecimalField):
        return str(field.error_messages["invalid"])
    return str(field.error_messages["required"])


def field_errors(
    sent: dict, form: forms.Form, *, besides: Collection[str] = ()
) -> list[FieldProblem]:
    """Return everything wrong with ``sent``, in the sentences of ``form``."""
    errors = misfits(sent, form, besides=besides)
    found = {error.field for error in errors}
    form.is_valid()
    for name, failures in form.errors.as_data().items():
        field = "" if name in ("__all__", *FORM_ONLY) else sent_name(name)
        if field in found:
            continue
        sentences = [message for failure in failures for message in failure.messages]
        code = failures[0].code or "invalid"
        errors.append(FieldProblem(field, code, ". ".join(dict.fromkeys(sentences))))
    return errors


def too_many(
    detail: str = "", *, most: int | None = None, window: int = limits.WINDOW_SECONDS
) -> HttpResponse:
    """Return the problem of one form too many, and say when the next may be sent.

    ``most`` are allowed in ``window`` seconds; by default, the limit of forms from one address. The
    headers are those of draft-ietf-httpapi-ratelimit-headers, plus Retry-After.
    """
    most = most or setting("REGISTRATION_LIMIT_ADDRESS")
    headers = {
        "Retry-After": str(window),
        "RateLimit-Policy": f'"default";q={most};w={window}',
        "RateLimit": f'"default";r=0;t={window}',
    }
    return problem(429, kind="too-many", detail=detail or f"{TOO_MANY}.", headers=headers)


def invalid(errors: list[FieldProblem]) -> HttpResponse:
    """Return the problem of a form that has ``errors``."""
    return problem(
        422, kind="validation", detail=_("There is a problem with your answers."), errors=errors
    )
