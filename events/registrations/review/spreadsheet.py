"""Tables as CSV and XLSX files, streamed with one batch of rows in memory.

XLSX is a ZIP of XML (ECMA-376). It is written here because the libraries hold the whole table, in
memory or on disk. Cells are numbers, dates or texts, never formulas.
"""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.http import StreamingHttpResponse
from django.utils.cache import add_never_cache_headers
from django.utils.timezone import localtime

from events.english_dates import LONDON

Cell = str | int | Decimal | date | datetime
Row = Sequence[Cell]
CSV, XLSX = "csv", "xlsx"
CONTENT_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_ROWS = {CSV: None, XLSX: 1_000_000}
LONGEST_CELL = 32_767
FORMULA = set("=+-@")
# Invalid in XML 1.0, and lone surrogates.
UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def harmless(text: str) -> str:
    """Return ``text`` so that no spreadsheet reads it as a formula, prefixed with ' if necessary.

    Spreadsheets skip white space and invisible characters, and some treat full-width signs as plain
    ones (OWASP, CSV injection).
    """
    if not text or text[0].isalnum():
        return text
    first = next((letter for letter in text if is_visible(letter)), "")
    if text[:1] in ("\t", "\r", "\n") or unicodedata.normalize("NFKC", first)[:1] in FORMULA:
        return f"'{text}"
    return text


def is_visible(letter: str) -> bool:
    return not letter.isspace() and unicodedata.category(letter) not in ("Cc", "Cf", "Mn", "Me")


def csv_file(about: Sequence[Row], batches: Iterable[Sequence[Row]]) -> Iterator[bytes]:
    """Yield a CSV file whose first line is the headings; ``about`` is left out."""
    # Excel needs the byte order mark to recognise UTF-8.
    yield "\ufeff".encode()
    for batch in batches:
        yield lines(batch)


def lines(rows: Sequence[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([[csv_text(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8", "replace")


def csv_text(cell: Cell) -> str:
    """Return the text of ``cell``, with days and times in ISO 8601."""
    if isinstance(cell, str):
        return harmless(cell)
    if isinstance(cell, datetime):
        return local_minute(cell)
    return cell.isoformat() if isinstance(cell, date) else str(cell)


class ZipOutput(io.RawIOBase):
    """The output of a ZIP file, read while it grows."""

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
# Cell styles, by position in "cellXfs": plain, heading, day, moment, and text that stays text when
# the cell is edited.
PLAIN, HEADING, DAY, MOMENT, QUOTED = range(5)
STYLES = (
    f'<styleSheet xmlns="{MAIN}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/>'
    '<numFmt numFmtId="165" formatCode="dd/mm/yyyy\\ hh:mm"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"'
    ' applyNumberFormat="1"/></cellXfs></styleSheet>'
)
FRAME = {
    "[Content_Types].xml": (
        f'<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{KIND}.styles+xml"/>'
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
        '<sheet name="Registrations" sheetId="1" r:id="rId1"/>'
        '<sheet name="About this file" sheetId="2" r:id="rId2"/>'
        "</sheets></workbook>"
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{OFFICE}/worksheet" Target="worksheets/sheet2.xml"/>'
        f'<Relationship Id="rId3" Type="{OFFICE}/styles" Target="styles.xml"/>'
        "</Relationships>"
    ),
    "xl/styles.xml": STYLES,
}
FROZEN = (
    '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2"'
    ' activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
)
NARROWEST, WIDEST = 10, 50
EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - what a spreadsheet counts days from has no zone
# Names and free text compress well at the lowest level; more costs time for few bytes.
EFFORT = 1


def xlsx_file(about: Sequence[Row], batches: Iterable[Sequence[Row]]) -> Iterator[bytes]:
    """Yield an XLSX file with two sheets: the rows with headings, and ``about``."""
    output = ZipOutput()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=EFFORT) as book:
        for name, content in FRAME.items():
            book.writestr(name, DECLARATION + content)
        yield output.take()
        with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for part in sheet_parts(batches):
                sheet.write(part.encode())
                yield output.take()
        book.writestr("xl/worksheets/sheet2.xml", "".join(sheet_parts([about], is_table=False)))
    yield output.take()


def sheet_parts(batches: Iterable[Sequence[Row]], *, is_table: bool = True) -> Iterator[str]:
    """Yield a worksheet; a table's has a bold, frozen first row and a filter."""
    parts = iter(batches)
    headings = next(parts, [])
    first = next(parts, [])
    number = len(headings) + len(first)
    yield (
        f'{DECLARATION}<worksheet xmlns="{MAIN}">{FROZEN if is_table else ""}'
        f"{widths([*headings, *first])}<sheetData>"
    )
    yield rows_as_xml(headings, style=HEADING if is_table else PLAIN) + rows_as_xml(first)
    for batch in parts:
        number += len(batch)
        yield rows_as_xml(batch)
    yield "</sheetData>"
    if is_table and headings:
        yield f'<autoFilter ref="A1:{column_letters(len(headings[0]))}{number}"/>'
    yield "</worksheet>"


def widths(rows: Sequence[Row]) -> str:
    """Return the column widths: that of the longest cell, within reason."""
    longest: dict[int, int] = {}
    for row in rows:
        for place, cell in enumerate(row):
            longest[place] = max(longest.get(place, NARROWEST), len(csv_text(cell)) + 2)
    columns = "".join(
        f'<col min="{place + 1}" max="{place + 1}" width="{min(width, WIDEST)}" customWidth="1"/>'
        for place, width in sorted(longest.items())
    )
    return f"<cols>{columns}</cols>" if columns else ""


def column_letters(number: int) -> str:
    """Return the name of column ``number``, counted from 1: A, Z, AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def rows_as_xml(rows: Sequence[Row], *, style: int = PLAIN) -> str:
    return "".join(
        f"<row>{''.join(cell_as_xml(cell, style=style) for cell in row)}</row>" for row in rows
    )


def cell_as_xml(cell: Cell, *, style: int = PLAIN) -> str:
    """Return ``cell`` by its type: a number, a day, a London time, or a text."""
    if isinstance(cell, datetime):
        return number_as_xml(localtime(cell, LONDON).replace(tzinfo=None) - EPOCH, MOMENT)
    if isinstance(cell, date):
        return number_as_xml(datetime(cell.year, cell.month, cell.day) - EPOCH, DAY)  # noqa: DTZ001
    if isinstance(cell, int | Decimal):
        return f"<c><v>{cell}</v></c>"
    text = cell
    if harmless(text) != text:
        style = QUOTED
    if len(text) > LONGEST_CELL:
        text = f"{text[: LONGEST_CELL - 1]}…"
    text = UNFIT.sub("\ufffd", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<c t="inlineStr" s="{style}"><is><t xml:space="preserve">{text}</t></is></c>'


def number_as_xml(since: timedelta, style: int) -> str:
    return f'<c s="{style}"><v>{since / timedelta(days=1):.6f}</v></c>'


WRITERS = {CSV: csv_file, XLSX: xlsx_file}


def local_minute(at: datetime) -> str:
    return f"{localtime(at):%Y-%m-%d %H:%M}"


def download(
    name: str,
    kind: str,
    about: Sequence[Row],
    batches: Iterable[Sequence[Row]],
    *,
    at: datetime,
) -> StreamingHttpResponse:
    """Return a file of ``kind`` as an uncacheable download, named by the minute ``at``."""
    response = StreamingHttpResponse(
        WRITERS[kind](about, batches), content_type=CONTENT_TYPES[kind]
    )
    filename = f"{name}-{localtime(at):%Y%m%d-%H%M}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["X-Accel-Buffering"] = "no"
    add_never_cache_headers(response)
    return response
