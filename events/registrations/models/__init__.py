from .access_record import AccessRecord
from .complaint import Complaint, DataProtectionSettings
from .erasure import ErasureCertificate, ErasureHold
from .feedback import PageFeedback
from .heartbeat import Heartbeat
from .outbound_email import OutboundEmail
from .page import EmailWording, RegistrationPage
from .place_count import PlaceCount
from .questions import RegistrationField
from .rate_count import RateCount
from .registration import Receipt, Registration, RegistrationChange
from .review import EventAssignment, RegistrationLogEntry, SavedFilter
from .routing import KnownRoute, RegistrationMailSettings
from .webhook_delivery import WebhookDelivery

__all__ = [
    "AccessRecord",
    "Complaint",
    "DataProtectionSettings",
    "EmailWording",
    "ErasureCertificate",
    "ErasureHold",
    "EventAssignment",
    "Heartbeat",
    "KnownRoute",
    "OutboundEmail",
    "PageFeedback",
    "PlaceCount",
    "RateCount",
    "Receipt",
    "Registration",
    "RegistrationChange",
    "RegistrationField",
    "RegistrationLogEntry",
    "RegistrationMailSettings",
    "RegistrationPage",
    "SavedFilter",
    "WebhookDelivery",
]
