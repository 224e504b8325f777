"""Exports: what is asked, what is in the file, and what stops it."""

import csv
import io
import zipfile
from datetime import datetime

import openpyxl
import pytest

from events.registrations.models import AccessRecord, EventAssignment, Registration
from events.registrations.review import export_columns
from tests.factories import RegistrationFactory
from tests.registrations.review.conftest import (
    ANSWER,
    EMAIL,
    NAME,
    SENSITIVE,
    address,
    crowd,
)

ASKED = {
    "everything": "on",
    "filter": "",
    "purpose": "door",
    "format": "csv",
    "columns": ["reference", "name"],
}


def export(client, **changed) -> bytes:
    response = client.post(address("export"), ASKED | changed)
    assert response.streaming, response.content.decode()
    return b"".join(response)


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_the_file_says_who_when_why_and_until_when(lead_client, registration, clock):
    content = export(lead_client, format="xlsx", details="Evening of the 26th")
    about = dict(openpyxl.load_workbook(io.BytesIO(content))["About this file"].values)
    assert about["Registrations"] == 1
    assert about["Exported at"] == datetime(2026, 11, 2, 12)
    assert about["Purpose"] == "Welcoming people at the door: Evening of the 26th"
    assert about["Delete this file by"] == datetime(2026, 12, 26, 19, 30)
    assert rows_of(export(lead_client)) == [["Reference", "Name"], ["PR-CNRY-2345", NAME]]


def test_an_address_is_never_exported_without_the_discretion_request(lead_client, registration):
    Registration.objects.filter(pk=registration.pk).update(discreet=True)
    assert rows_of(export(lead_client, columns=["email"])) == [
        ["Email address", "Do not name the event"],
        [EMAIL, "Yes"],
    ]


def test_the_file_name_has_nothing_personal(lead_client, registration, clock):
    response = lead_client.post(address("export"), ASKED)
    assert response["Content-Disposition"] == (
        'attachment; filename="registrations-20261102-1200.csv"'
    )
    assert "no-store" in response["Cache-Control"]


def test_an_export_leaves_a_line_with_its_purpose(lead_client, registration):
    export(lead_client)
    line = AccessRecord.objects.get(action="exported")
    assert (line.count, line.purpose, line.sensitive) == (1, "door", False)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"purpose": ""}, "Choose what the file is for"),
        ({"purpose": "fun"}, "Choose a purpose from the list"),
        ({"purpose": "other"}, "Enter what the file is for"),
        ({"columns": []}, "Tick the columns that the purpose needs"),
        ({"columns": ["link_key"]}, "Tick columns in the list"),
        ({"format": "pdf"}, "Choose one of the formats"),
        ({"everything": ""}, "Tick some registrations, or all in the filter"),
        ({"filter": "nonsense=1"}, "This filter does not work"),
    ],
)
def test_nothing_is_exported_without_a_purpose_and_columns(
    lead_client, registration, changed, sentence
):
    response = lead_client.post(address("export"), ASKED | changed)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not AccessRecord.objects.filter(action="exported").exists()


def test_a_workbook_says_the_same_on_two_sheets(lead_client, registration):
    content = export(lead_client, format="xlsx")
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Registrations", "About this file"]
    about = dict(book["About this file"].values)
    assert about["Purpose"] == "Welcoming people at the door"
    assert list(book["Registrations"].values) == [("Reference", "Name"), ("PR-CNRY-2345", NAME)]


def test_no_cell_is_a_formula(lead_client, registration):
    attack = '=HYPERLINK("http://evil.example";"x")'
    for number, name in enumerate((attack, "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1", " \u200b=1")):
        RegistrationFactory(name=name, email=f"a{number}@b.example")
    content = export(lead_client, format="xlsx")
    cells = openpyxl.load_workbook(io.BytesIO(content))["Registrations"]
    assert {cell.data_type for row in cells for cell in row} == {"s"}
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    names = [row[1] for row in rows_of(export(lead_client)) if row and row[0].startswith("PR-")]
    assert all(name.startswith("'") for name in names if name != NAME)
    assert len(names) == 8


def test_answers_are_columns_and_sensitive_ones_need_the_right(client_of, registration):
    wanted = ["answers:*", "sensitive_answers:*"]
    refused = client_of("lead without sensitive").post(
        address("export"), ASKED | {"columns": wanted}
    )
    assert refused.status_code == 422
    content = export(client_of("lead"), columns=wanted).decode()
    assert f"Your question: {ANSWER}; Topics: Buses, Law; Newsletter: Yes" in content
    assert f"Access needs: {SENSITIVE}" in content
    assert EMAIL not in content
    assert AccessRecord.objects.get(action="exported").sensitive


def test_the_forms_questions_have_their_own_columns(lead_client, registration_page):
    RegistrationFactory(
        page=registration_page,
        answers=[
            {
                "name": "your_question",
                "label": "Your question",
                "type": "multiline",
                "value": "Why?",
            }
        ],
        sensitive_answers=[
            {"name": "access_needs", "label": "Access needs", "type": "multiline", "value": "Ramp"}
        ],
    )
    wanted = ["answers:your_question", "sensitive_answers:access_needs"]
    assert rows_of(export(lead_client, columns=wanted))[-2:] == [
        ["Your question", "Access needs"],
        ["Why?", "Ramp"],
    ]


def test_an_undecryptable_cell_says_so(lead_client, registration, settings):
    settings.PREVENT = {
        **settings.PREVENT,
        "FIELD_ENCRYPTION_KEYS": ["QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="],
    }
    rows = rows_of(export(lead_client, columns=["reference", "sensitive_answers:*"]))
    assert rows[-1] == ["PR-CNRY-2345", "Cannot be decrypted"]


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(export_columns, "BATCH", 2)


def withdraw_a_group(user, occurrence):
    user.user_permissions.clear()


def limit_to_no_event(user, occurrence):
    EventAssignment.objects.create(user=user, event=None)


def deactivate(user, occurrence):
    type(user).objects.filter(pk=user.pk).update(is_active=False)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("withdraw", [withdraw_a_group, limit_to_no_event, deactivate])
def test_withdrawing_a_right_stops_the_stream(
    client, person, registration, small_batches, withdraw, kind
):
    rows = crowd(9, occurrence=registration.occurrence)
    user = person("lead")
    client.force_login(user)
    response = client.post(address("export"), ASKED | {"format": kind})
    stream = iter(response)
    parts = [next(stream) for _ in range(3)]
    withdraw(user, registration.occurrence)
    content = b"".join([*parts, *stream])
    if kind == "csv":
        text = content.decode()
    else:
        text = str(list(openpyxl.load_workbook(io.BytesIO(content))["Registrations"].values))
    assert NAME in text
    assert "Stopped here" in text
    assert rows[-1].reference not in text
    assert AccessRecord.objects.filter(action="stopped").exists()


def test_a_registration_flagged_during_an_export_is_left_out_for_people_who_may_not_see_it(
    client, person, registration, small_batches
):
    rows = crowd(9, occurrence=registration.occurrence)
    client.force_login(person("lead without concerns"))
    stream = iter(client.post(address("export"), ASKED))
    parts = [next(stream) for _ in range(3)]
    Registration.objects.filter(pk=rows[-1].pk).update(concern_since=registration.received_at)
    text = b"".join([*parts, *stream]).decode()
    assert rows[-2].reference in text
    assert rows[-1].reference not in text


def test_only_ticked_ones_are_exported(lead_client, registration):
    crowd(2, occurrence=registration.occurrence)
    content = export(lead_client, everything="", registration=[registration.pk])
    assert rows_of(content)[-2:] == [["Reference", "Name"], ["PR-CNRY-2345", NAME]]
    assert AccessRecord.objects.get(action="exported").count == 1
