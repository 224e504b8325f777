"""A sentence about what is wrong with a page. Nothing here knows Django."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from zlib import crc32

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to put right (``error``: it stops publishing) or to think about (``warning``).

    ``field`` is the form's field that it is about, "" for the page as a whole.
    """

    severity: Severity
    code: str
    message: str
    field: str = ""

    @property
    def key(self) -> str:
        """Return what stands for this very sentence in a form."""
        return f"{self.code}-{crc32(self.message.encode()):08x}"


def error(code: str, message: str, field: str = "") -> Finding:
    return Finding("error", code, message, field)


def warning(code: str, message: str, field: str = "") -> Finding:
    return Finding("warning", code, message, field)


def errors(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity == "error"]


def warnings(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity == "warning"]


def consent(findings: Iterable[Finding]) -> str:
    """Return the value of a tick that accepts the warnings among ``findings``, and no other."""
    return ",".join(sorted({finding.key for finding in warnings(findings)}))


def unaccepted(findings: Iterable[Finding], given: str) -> list[Finding]:
    """Return the warnings among ``findings`` that a tick given for ``given`` does not cover."""
    accepted = set(given.split(","))
    return [finding for finding in warnings(findings) if finding.key not in accepted]
