"""Inboxes for registrations: addresses of the organisation, not of individuals."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from prevent_content.conf import setting


def allowed_domains() -> list[str]:
    """Return the domains of ``ORGANISER_EMAIL_DOMAINS`` in lower case; empty allows any."""
    domains = setting("ORGANISER_EMAIL_DOMAINS")
    return [domain.strip().lower().removeprefix("@") for domain in domains if domain.strip()]


def is_allowed(address: str) -> bool:
    """Whether registrations may be sent to ``address``. A subdomain must be listed itself."""
    domains = allowed_domains()
    return not domains or address.rpartition("@")[2].lower() in domains


def validate_domain(address: str) -> None:
    """Raise ``ValidationError`` unless the domain of ``address`` is allowed."""
    if not is_allowed(address):
        raise ValidationError(
            f"Registrations may not be sent to “{address}”. Use an address at "
            f"{' or '.join(allowed_domains())}",
            code="domain",
        )


def validate_inbox(address: str) -> None:
    """Raise ``ValidationError`` unless registrations may be sent to ``address``."""
    try:
        validate_email(address)
    except ValidationError as error:
        raise ValidationError(
            f"“{address}” is not an email address. Enter one like name@council.example",
            code="invalid",
        ) from error
    validate_domain(address)


def parse_inboxes(text: str) -> list[str]:
    """Return the addresses in ``text``, one per line, in order and without duplicates."""
    lines = (line.strip() for line in text.splitlines())
    found: dict[str, str] = {}
    for line in filter(None, lines):
        found.setdefault(line.lower(), line)
    return list(found.values())


def validate_inboxes(text: str) -> None:
    """Raise ``ValidationError`` unless every line of ``text`` is an allowed inbox."""
    errors = []
    for address in parse_inboxes(text):
        try:
            validate_inbox(address)
        except ValidationError as error:
            errors.extend(error.error_list)
    if errors:
        raise ValidationError(errors)


def masked(address: str) -> str:
    """Return ``address`` for screens and logs: its first letter and its domain."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}•••{at}{domain}" if at else ""
