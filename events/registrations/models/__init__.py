from .address_change import AddressChange
from .data_protection import (
    Complaint,
    DataProtectionSettings,
    ErasureCertificate,
    ErasureHold,
    SubjectRequest,
)
from .delivery import OutboundEmail, WebhookDelivery
from .feedback import EventFeedback, PageFeedback
from .figures import DateFigures
from .form_answers import AnswersSoFar, FormAnswers
from .messages import DateMessage
from .operations import Heartbeat, RateCount
from .page import EmailWording, RegistrationPage
from .place_count import PlaceCount
from .questions import RegistrationField
from .registration import Receipt, Registration, RegistrationChange
from .review import (
    AccessRecord,
    EventAssignment,
    RegistrationLogEntry,
    SavedFilter,
    SeenRegistration,
)
from .routing import KnownRoute, RegistrationMailSettings

__all__ = [
    "AccessRecord",
    "AddressChange",
    "AnswersSoFar",
    "Complaint",
    "DataProtectionSettings",
    "DateFigures",
    "DateMessage",
    "EmailWording",
    "ErasureCertificate",
    "ErasureHold",
    "EventAssignment",
    "EventFeedback",
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
    "SeenRegistration",
    "SubjectRequest",
    "WebhookDelivery",
]
