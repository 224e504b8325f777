"""Who may do what at the desk. Each right is separate, and the right to edit gives none."""

from ..models import Registration
from ..review.policy import may, registrations_for

APP = Registration._meta.app_label
SUBJECT_ACCESS = f"{APP}.subject_access"
ERASE = f"{APP}.erase_registration"
HOLD = f"{APP}.hold_erasure"
COMPLAINTS = f"{APP}.handle_complaints"
ANY = (SUBJECT_ACCESS, ERASE, HOLD, COMPLAINTS)


def may_enter(user) -> bool:
    """Whether there is something for ``user`` at the desk."""
    return any(may(user, right) for right in ANY)


def may_see_certificates(user) -> bool:
    """Certificates hold numbers only: whoever answers requests or erases may see them."""
    return may(user, SUBJECT_ACCESS) or may(user, ERASE)


def holdable_by(user):
    """Return the registrations that ``user`` may hold back from erasure.

    They are those that the user may see anyway, or all for whoever answers requests.
    """
    if not may(user, HOLD):
        return Registration.objects.none()
    if may(user, SUBJECT_ACCESS):
        return Registration.objects.kept()
    return registrations_for(user)
