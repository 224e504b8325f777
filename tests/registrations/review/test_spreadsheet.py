"""Cells that no spreadsheet takes for a formula, and XML that every reader takes."""

import io

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
def test_what_could_be_a_formula_is_made_harmless(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", " ", "Ada", "a=1", "1-1", "O’Brien", "7pm", "ʼOle", "’=1"])
def test_what_could_not_is_left_as_it_is(text):
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
def test_a_workbook_takes_any_text(text, read):
    content = b"".join(xlsx_file([["About", "x"]], [[["Heading"]], [[text]]]))
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert [row[0] for row in book["Registrations"].values] == ["Heading", read]


def test_csv_takes_half_a_pair_of_surrogates():
    content = b"".join(csv_file([["a", "b"]], [[["half \ud800"]]]))
    assert content.decode("utf-8-sig").splitlines()[-1] == '"half ?"'


@pytest.mark.parametrize("writer", [csv_file, xlsx_file])
def test_a_file_begins_before_its_rows_are_read(writer):
    def rows():
        raise AssertionError("read too soon")
        yield

    assert next(iter(writer([["About", "x"]], rows())))
