"""Who is told of changes: the addresses of the setting ``PREVENT_WEBHOOKS``, and no others."""

import hmac
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Tags, register

SHORTEST_SECRET = 32
EXAMPLE = '{"url": "https://front.council.example/hooks", "secret": "32 random characters or more"}'


@dataclass(frozen=True, slots=True)
class Target:
    """An address that is told of changes, and the secret that it knows us by."""

    address: str
    secret: str

    def signature(self, message: str, timestamp: int, body: bytes) -> str:
        """Return the signature of a message, as Standard Webhooks has it (version 1)."""
        signed = f"{message}.{timestamp}.".encode() + body
        digest = hmac.new(self.secret.encode(), signed, sha256).digest()
        return f"v1,{b64encode(digest).decode()}"


def targets() -> list[Target]:
    """Return the targets that are configured; none, unless a site says so."""
    configured = getattr(settings, "PREVENT_WEBHOOKS", [])
    return [Target(target["url"], target["secret"]) for target in configured]


def target_of(address: str) -> Target | None:
    """Return the target at ``address``, if it still is one."""
    return next((target for target in targets() if target.address == address), None)


@register(Tags.security)
def targets_make_sense(app_configs, **kwargs) -> list[Error]:
    return [
        Error(
            f"PREVENT_WEBHOOKS: {sentence}",
            hint=f"Enter each like {EXAMPLE}.",
            id="prevent_registrations.E020",
        )
        for target in getattr(settings, "PREVENT_WEBHOOKS", [])
        if (sentence := what_is_wrong(target))
    ]


def what_is_wrong(target: object) -> str:
    if not isinstance(target, dict) or set(target) != {"url", "secret"}:
        return "each target has a url and a secret."
    parts = urlsplit(str(target["url"]))
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username:
        return f"“{parts.hostname or ''}” is not in an address that can be called."
    if parts.scheme == "http" and not getattr(settings, "PREVENT_WEBHOOK_NETWORKS", []):
        return f"{parts.hostname} would be called without encryption."
    if len(str(target["secret"])) < SHORTEST_SECRET:
        return f"the secret of {parts.hostname} has fewer than {SHORTEST_SECRET} characters."
    return ""
