"""The data map names every existing field and table, and no others."""

import re
from pathlib import Path

import pytest
from django.apps import apps

MAP = Path(__file__).resolve().parent.parent.parent / "docs" / "privacy" / "data-map.md"
ROOM = "prevent_registrations"
OWN = ("prevent_events", "prevent_content", "home")


def tables(text):
    """Return the rows of each table of a Markdown page, as lists of cells, without headings."""
    found = []
    for block in re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE):
        lines = block.splitlines()[2:]
        found.append([[cell.strip() for cell in line.strip("|").split("|")] for line in lines])
    return found


def names(cell):
    return {name.strip() for name in cell.split(",")}


@pytest.fixture(scope="module")
def mapped():
    return tables(MAP.read_text(encoding="utf-8"))


def fields_in(rows):
    return [(model, field) for model, fields, *_ in rows for field in sorted(names(fields))]


def fields_there_are():
    return {
        (model.__name__, field.name)
        for model in apps.get_app_config(ROOM).get_models()
        for field in model._meta.local_fields
    }


def test_every_field_with_personal_data_has_a_row(mapped):
    missing = fields_there_are() - set(fields_in(mapped[0]))
    assert not missing, f"Say in docs/privacy/data-map.md what these are for: {sorted(missing)}"


def test_no_field_has_two_rows(mapped):
    rows = fields_in(mapped[0])
    assert len(rows) == len(set(rows))


def test_control_an_unmapped_field_is_noticed(mapped):
    there_are = fields_there_are() | {("Registration", "date_of_birth")}
    assert ("Registration", "date_of_birth") in there_are - set(fields_in(mapped[0]))


def test_every_row_gives_purpose_basis_readers_and_period(mapped):
    for rows in mapped:
        for row in rows:
            assert all(row), row
    assert {len(row) for row in mapped[0]} == {6}


def test_every_table_of_the_other_apps_has_a_row(mapped):
    named = {name for table, *_ in mapped[1] for name in names(table)}
    there_are = {
        f"{label}.{model.__name__}"
        for label in OWN
        for model in apps.get_app_config(label).get_models()
    }
    assert not there_are - named, f"Map these tables: {sorted(there_are - named)}"


def test_every_app_with_tables_has_a_row(mapped):
    named = {name for app, *_ in mapped[2] for name in names(app)} | {ROOM, *OWN}
    there_are = {model._meta.app_label for model in apps.get_models()}
    assert not there_are - named, f"Map these apps: {sorted(there_are - named)}"
