"""Tables as CSV and XLSX files, written as they are sent, with one batch of rows in memory.

XLSX is a ZIP of XML (ECMA-376). It is written here because the libraries hold the whole table,
in memory or on disk. Every cell is text: no cell can be a formula.
"""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.http import StreamingHttpResponse
from django.utils.cache import add_never_cache_headers
from django.utils.timezone import localtime

CSV, XLSX = "csv", "xlsx"
CONTENT_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_ROWS = {CSV: None, XLSX: 1_000_000}
LONGEST_CELL = 32_767
FORMULA = set("=+-@")
# What XML 1.0 cannot hold, and half a pair of surrogates.
UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def harmless(text: str) -> str:
    """Return ``text`` so that no spreadsheet takes it for a formula: with ' before it, if need be.

    Spreadsheets skip white space and what is invisible, and some take full-width signs for the
    plain ones (OWASP, CSV injection).
    """
    if not text or text[0].isalnum():
        return text
    first = next((letter for letter in text if is_visible(letter)), "")
    if text[:1] in ("\t", "\r", "\n") or unicodedata.normalize("NFKC", first)[:1] in FORMULA:
        return f"'{text}"
    return text


def is_visible(letter: str) -> bool:
    return not letter.isspace() and unicodedata.category(letter) not in ("Cc", "Cf", "Mn", "Me")


def csv_file(about: list[list[str]], batches: Iterable[list[list[str]]]) -> Iterator[bytes]:
    """Yield a CSV file: the lines ``about`` it, an empty one, and the rows."""
    # Without the mark at its beginning, Excel does not take it for UTF-8.
    yield "\ufeff".encode() + lines([*about, []])
    for batch in batches:
        yield lines(batch)


def lines(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([[harmless(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8", "replace")


class ZipOutput(io.RawIOBase):
    """What a ZIP file is written to, and read from as it grows."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, part) -> int:
        self.parts.append(bytes(part))
        return len(part)

    def take(self) -> bytes:
        whole = b"".join(self.parts)
        self.parts.clear()
        return whole


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
FRAME = {
    "[Content_Types].xml": (
        f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KIND}.worksheet+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet2.xml" ContentType="{KIND}.worksheet+xml"/>'
        "</Types>"
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>"
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="About this file" sheetId="1" r:id="rId1"/>'
        '<sheet name="Registrations" sheetId="2" r:id="rId2"/>'
        "</sheets></workbook>"
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{OFFICE}/worksheet" Target="worksheets/sheet2.xml"/>'
        "</Relationships>"
    ),
}
SHEET_BEGINS = f'{DECLARATION}<worksheet xmlns="{MAIN}"><sheetData>'
SHEET_ENDS = "</sheetData></worksheet>"
# Names and free text compress well at once; more effort costs more time than it saves bytes.
EFFORT = 1


def xlsx_file(about: list[list[str]], batches: Iterable[list[list[str]]]) -> Iterator[bytes]:
    """Yield an XLSX file of two sheets: the lines ``about`` it, and the rows."""
    output = ZipOutput()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=EFFORT) as book:
        for name, content in FRAME.items():
            book.writestr(name, DECLARATION + content)
        book.writestr("xl/worksheets/sheet1.xml", SHEET_BEGINS + rows_as_xml(about) + SHEET_ENDS)
        yield output.take()
        with book.open("xl/worksheets/sheet2.xml", "w") as sheet:
            sheet.write(SHEET_BEGINS.encode())
            for batch in batches:
                sheet.write(rows_as_xml(batch).encode())
                yield output.take()
            sheet.write(SHEET_ENDS.encode())
    yield output.take()


def rows_as_xml(rows: list[list[str]]) -> str:
    return "".join(f"<row>{''.join(map(cell_as_xml, row))}</row>" for row in rows)


def cell_as_xml(text: str) -> str:
    text = harmless(text)
    if len(text) > LONGEST_CELL:
        text = f"{text[: LONGEST_CELL - 1]}…"
    text = UNFIT.sub("\ufffd", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


WRITERS = {CSV: csv_file, XLSX: xlsx_file}


def local_minute(at: datetime) -> str:
    return f"{localtime(at):%Y-%m-%d %H:%M}"


def download(
    name: str,
    kind: str,
    about: list[list[str]],
    batches: Iterable[list[list[str]]],
    *,
    at: datetime,
) -> StreamingHttpResponse:
    """Return a file of ``kind`` as an answer that no cache stores, named by the minute ``at``."""
    response = StreamingHttpResponse(
        WRITERS[kind](about, batches), content_type=CONTENT_TYPES[kind]
    )
    filename = f"{name}-{localtime(at):%Y%m%d-%H%M}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["X-Accel-Buffering"] = "no"
    add_never_cache_headers(response)
    return response
