from .data_protection import Complaint, DataProtectionSettings, ErasureCertificate, ErasureHold
from .delivery import OutboundEmail, WebhookDelivery
from .feedback import PageFeedback
from .form_answers import AnswersSoFar, FormAnswers
from .operations import Heartbeat, RateCount
from .page import EmailWording, RegistrationPage
from .place_count import PlaceCount
from .questions import RegistrationField
from .registration import Receipt, Registration, RegistrationChange
from .review import AccessRecord, EventAssignment, RegistrationLogEntry, SavedFilter
from .routing import KnownRoute, RegistrationMailSettings

__all__ = [
    "AccessRecord",
    "AnswersSoFar",
    "Complaint",
    "DataProtectionSettings",
    "EmailWording",
    "ErasureCertificate",
    "ErasureHold",
    "EventAssignment",
    "FormAnswers",
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
