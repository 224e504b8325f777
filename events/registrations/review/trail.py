"""Writing the trail. A screen writes its line before it shows what the line is about."""

from ..models import AccessRecord, Registration


def record(
    user,
    act: str,
    *,
    registration: Registration | None = None,
    occurrence_pk: int | None = None,
    count: int = 1,
    purpose: str = "",
    sensitive: bool = False,
) -> AccessRecord:
    """Write down that ``user`` did ``act``, to one ``registration`` or to ``count`` of them."""
    return AccessRecord.objects.create(
        user=user,
        act=act,
        registration_pk=registration and registration.pk,
        occurrence_pk=registration.occurrence_id if registration else occurrence_pk,
        count=count,
        purpose=purpose,
        sensitive=sensitive,
    )
