"""Cells that no spreadsheet reads as a formula, and XML that every reader accepts."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest

from events.registrations.review.spreadsheet import csv_file, harmless, xlsx_file


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+44 20 7946 0000",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\rx",
        "\nx",
        "\tx",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "﹣1",
        "  =1",
        "\u00a0=1",
        "\u200b=1",
        "\ufeff=1",
        "\u202e=1",
        "\x00=1",
        "\x0b=1",
        "\u00ad=1",
    ],
)
def test_a_possible_formula_is_made_harmless(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", " ", "Ada", "a=1", "1-1", "O’Brien", "7pm", "ʼOle", "’=1"])
def test_other_text_is_left_unchanged(text):
    assert harmless(text) == text


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("<&>\"'", "<&>\"'"),
        ("two\nlines", "two\nlines"),
        (" spaces ", " spaces "),
        ("\x00\x1f", "\ufffd\ufffd"),
        ("half \ud800 pair", "half \ufffd pair"),
        ("مرحبا 🙂", "مرحبا 🙂"),
        ("x" * 40_000, f"{'x' * 32_766}…"),
    ],
)
def test_a_workbook_accepts_any_text(text, read):
    content = b"".join(xlsx_file([["About", "x"]], [[["Heading"]], [[text]]]))
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert [row[0] for row in book["Registrations"].values] == ["Heading", read]


def test_csv_accepts_a_lone_surrogate():
    content = b"".join(csv_file([["a", "b"]], [[["half \ud800"]]]))
    assert content.decode("utf-8-sig").splitlines() == ['"half ?"']


@pytest.mark.parametrize("writer", [csv_file, xlsx_file])
def test_a_file_begins_before_its_rows_are_read(writer):
    def rows():
        raise AssertionError("read too soon")
        yield

    assert next(iter(writer([["About", "x"]], rows())))


def book_of(about, batches):
    return openpyxl.load_workbook(io.BytesIO(b"".join(xlsx_file(about, batches))))


def test_numbers_days_and_moments_keep_their_types():
    moment = datetime(2026, 7, 2, 18, 30, tzinfo=UTC)
    row = [3, Decimal("2.5"), date(2026, 11, 26), moment, "text"]
    book = book_of([["Exported at", moment]], [[["a", "b", "c", "d", "e"]], [row]])
    cells = list(book["Registrations"])[1]
    assert [cell.value for cell in cells] == [
        3,
        2.5,
        datetime(2026, 11, 26),
        datetime(2026, 7, 2, 19, 30),
        "text",
    ]
    assert [cell.data_type for cell in cells] == ["n", "n", "d", "d", "s"]
    assert book["About this file"]["B1"].value == datetime(2026, 7, 2, 19, 30)


def test_the_first_row_is_bold_and_frozen_and_every_column_can_be_filtered():
    sheet = book_of([], [[["Name", "Guests"]], [["Ada" * 10, 1]], [["Ben", 2]]])["Registrations"]
    assert sheet["A1"].font.b
    assert not sheet["A2"].font.b
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:B3"
    assert sheet.column_dimensions["A"].width == 32


def test_a_text_that_could_be_a_formula_stays_text_without_an_apostrophe():
    cell = book_of([], [[["Name"]], [["=1+1"]]])["Registrations"]["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=1+1", "s", True)


def test_csv_has_its_headings_in_the_first_line_and_iso_days():
    rows = [[["Name", "Date", "Guests"]], [["Ada", date(2026, 11, 26), -1]]]
    content = b"".join(csv_file([["About", "x"]], rows)).decode("utf-8-sig")
    assert content.splitlines() == ['"Name","Date","Guests"', '"Ada","2026-11-26","-1"']
