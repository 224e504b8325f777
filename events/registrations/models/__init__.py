from .access_record import AccessRecord
from .outbound_email import OutboundEmail
from .pages import RegistrationField, RegistrationPage
from .registration import Registration, RegistrationChange

__all__ = [
    "AccessRecord",
    "OutboundEmail",
    "Registration",
    "RegistrationChange",
    "RegistrationField",
    "RegistrationPage",
]
