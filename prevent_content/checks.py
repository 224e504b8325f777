"""System checks of the settings of the APIs."""

from urllib.parse import urlsplit

from django.core.checks import Error, register

from .api.conf import setting


@register()
def origins_are_origins(app_configs, **kwargs) -> list[Error]:
    return [
        Error(
            f"PREVENT_API_ORIGINS names “{origin}”, which is not an origin.",
            hint='Enter scheme and host alone, like "https://front.council.example".',
            id="prevent_content.E001",
        )
        for origin in setting("PREVENT_API_ORIGINS")
        if not is_origin(origin)
    ]


def is_origin(text: str) -> bool:
    """Whether ``text`` is written as browsers write an Origin (RFC 6454, section 6.2)."""
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and text == f"{parts.scheme}://{parts.netloc.lower()}"
