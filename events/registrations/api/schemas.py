"""The shapes of a registration form, its submission and its acknowledgement."""

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from events.api.schemas import (
    LARGEST_KEY,
    EventLink,
    Mode,
    Moment,
    SearchObject,
    VenueObject,
)
from events.api.schemas import Status as OccurrenceStatus

from ..models import Registration

Places = Literal["available", "few", "waiting_list", "on_request", "full", "closed"]
Status = Literal[tuple(Registration.Status.values)]
Text = Annotated[StrictStr, Field(max_length=2000)]
Number = Annotated[StrictFloat, Field(allow_inf_nan=False)]
Answer = Text | StrictBool | StrictInt | Number | Annotated[list[Text], Field(max_length=100)]
UUID_PATTERN = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


class DateChoice(Schema):
    occurrence: UUID
    label: str = Field(description="The date in words, for people")
    starts_at: Moment
    ends_at: Moment
    time_zone: Literal["Europe/London"]
    available: bool
    places: Places = Field(description="A band, so that nobody can count who is coming")
    hint: str = Field(description="What to know before choosing it, or why it is not available")


class Option(Schema):
    value: str
    label: str


class Condition(Schema):
    pointer: str = Field(description="The field that decides whether this one is asked")
    value: str | bool = Field(description="The answer it must have")


class FormField(Schema):
    name: str
    pointer: str = Field(description="JSON pointer (RFC 6901) to its value in what is sent")
    kind: str = Field(description="As a form shows it: text, textarea, email, radio, checkbox …")
    label: str
    hint: str
    required: bool
    sensitive: bool = Field(description="Stored encrypted and never emailed")
    autocomplete: str
    options: list[Option]
    only_if: Condition | None


class Consent(Schema):
    text: str
    version: str = Field(description="Send it back, to show which words the person agreed to")


class RegistrationFormObject(Schema):
    id: int
    event: EventLink
    title: str
    introduction: str = Field(description="HTML")
    privacy_text: str = Field(description="HTML")
    statement: str
    consent: Consent | None = Field(
        description="What to agree to with an answer to a sensitive question, if there is one"
    )
    retention_days: int = Field(description="Days after the date when everything is erased")
    is_open: bool
    reason: str = Field(description="Why it is closed, in words for the public")
    dates: list[DateChoice]
    fields: list[FormField] = Field(description="In the order to ask them")
    form_schema: dict[str, Any] | None = Field(
        alias="schema",
        description="JSON Schema (2020-12) of what is sent to register",
    )
    token: str | None = Field(
        description="Send it as Idempotency-Key. It is good for one registration, for a day"
    )
    earliest_at: Moment | None = Field(description="We do not accept a form sent faster than this")
    search: SearchObject


class RegistrationBody(Schema):
    model_config = ConfigDict(extra="forbid")

    form: Annotated[StrictInt, Field(ge=1, le=LARGEST_KEY, description="Its id")]
    occurrence: Annotated[StrictStr, Field(pattern=UUID_PATTERN)]
    name: Annotated[StrictStr, Field(min_length=1, max_length=120)]
    email: Annotated[StrictStr, Field(min_length=3, max_length=254)]
    guests: Annotated[StrictInt, Field(ge=0, le=20)] = 0
    discreet: StrictBool = Field(False, description="Name no event in emails")
    answers: Annotated[
        dict[Annotated[str, Field(max_length=255)], Answer], Field(max_length=100)
    ] = Field(default_factory=dict, description="By the names of the form’s fields")
    consent: StrictBool = Field(False, description="Needed with an answer that is sensitive")
    consent_version: Annotated[StrictStr, Field(max_length=40)] = ""


class Acknowledgement(Schema):
    reference: str
    status: Status
    message: str
    what_next: str = Field(description="HTML")
    held_until: Moment | None = Field(
        description="Until when a place is held for the link in the email to be used; else null"
    )
    occurrence: UUID
    when: str
    consent: Consent | None = Field(description="What the person agreed to, if anything")
    erase_at: Moment


class GuardedForm(Schema):
    """A public form that is not a booking form: a complaint, page feedback, a lost link."""

    fields: list[FormField] = Field(description="In the order to ask them")
    token: str = Field(description="Send it as Idempotency-Key. It is good once, for a day")
    earliest_at: Moment = Field(description="We do not accept a form sent faster than this")


class ComplaintBody(Schema):
    name: Annotated[StrictStr, Field(min_length=1, max_length=120)]
    email: Annotated[StrictStr, Field(min_length=3, max_length=254)]
    text: Annotated[StrictStr, Field(min_length=1, max_length=5000)]


class ComplaintReceipt(Schema):
    reference: str
    due_on: dt.date = Field(description="The day by which it is answered")
    message: str


class LinkBody(Schema):
    email: Annotated[StrictStr, Field(min_length=3, max_length=254)]


class FeedbackBody(Schema):
    useful: Literal["yes", "no"]
    comment: Annotated[StrictStr, Field(max_length=500)] = ""
    version: StrictInt | None = Field(None, description="The version of the page that was read")


class Message(Schema):
    message: str = Field(description="What happened, for the person")


class BookingDate(Schema):
    id: UUID
    label: str = Field(description="The date in words, for people")
    starts_at: Moment
    ends_at: Moment
    time_zone: Literal["Europe/London"]
    status: OccurrenceStatus
    reason: str
    attendance_mode: Mode
    venue: VenueObject | None


class BookingAnswer(Schema):
    name: str
    label: str
    value: Any
    texts: list[str] = Field(description="The answer in words")


class BookingObject(Schema):
    """A person's own booking."""

    reference: str
    status: Status
    status_label: str
    held_until: Moment | None = Field(
        description="Until when a place is held for the booking to be confirmed; else null"
    )
    locale: str
    event: EventLink | None = Field(description="null once the event's page is gone")
    occurrence: BookingDate
    joining_url: str = Field(description="For a confirmed place at an event online; else empty")
    name: str
    email: str
    guests: int
    discreet: bool
    answers: list[BookingAnswer]
    can_change: bool
    can_confirm: bool = Field(description="Whether its email address is to be confirmed")
    can_cancel: bool
    fields: list[FormField] = Field(description="What can be changed, in the order to ask it")
    dates: list[DateChoice] = Field(description="The dates that it can be moved to")
    erase_at: Moment | None
    erase_sensitive_at: Moment | None


class BookingChange(Schema):
    """What is left out stays as it is."""

    guests: Annotated[StrictInt, Field(ge=0, le=20)] | None = None
    discreet: StrictBool | None = None
    answers: Annotated[
        dict[Annotated[str, Field(max_length=255)], Answer | None], Field(max_length=100)
    ] = Field(default_factory=dict, description="null deletes an answer")


class BookingMove(Schema):
    occurrence: Annotated[StrictStr, Field(pattern=UUID_PATTERN)]


class BookingName(Schema):
    name: Annotated[StrictStr, Field(min_length=1, max_length=120)]


class NewAddressReceipt(Message):
    token: str = Field(description="The new token of the booking: the old one no longer works")


class ErasureReceipt(Schema):
    erased: bool = Field(description="false while the law requires us to keep it")
    message: str


class Nothing(Schema):
    """An object without properties."""
