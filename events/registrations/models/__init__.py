from .outbound_email import OutboundEmail
from .pages import RegistrationField, RegistrationPage
from .registration import Registration, RegistrationChange

__all__ = [
    "OutboundEmail",
    "Registration",
    "RegistrationChange",
    "RegistrationField",
    "RegistrationPage",
]
