"""A new email address that a person has requested and not confirmed yet."""

from datetime import datetime, timedelta

from django.core import signing
from django.db import models

from .registration import Registration, new_link_key

ADDRESS_SALT = "prevent_registrations.address"


class AddressChange(models.Model):
    """The address waits for a day until the link sent to it is used.

    A new request replaces the last one, and its link.
    """

    LASTS = timedelta(days=1)

    registration = models.OneToOneField(
        Registration, on_delete=models.CASCADE, related_name="address_change"
    )
    email = models.EmailField()
    key = models.CharField(max_length=32, default=new_link_key, editable=False)
    asked_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M}"

    def link_token(self) -> str:
        """Return the signed token of the link sent to the new address."""
        return signing.dumps([self.registration_id, self.key], salt=ADDRESS_SALT)

    @classmethod
    def from_link_token(cls, token: str, *, at: datetime) -> "AddressChange":
        """Return the change that ``token`` belongs to. Raises ``AddressChange.DoesNotExist``."""
        try:
            pk, key = signing.loads(token, salt=ADDRESS_SALT)
        except (signing.BadSignature, ValueError, TypeError) as error:
            raise cls.DoesNotExist from error
        return cls.objects.select_related("registration__page", "registration__occurrence").get(
            registration=pk,
            key=key,
            asked_at__gt=at - cls.LASTS,
            registration__erased_at=None,
            registration__erase_at__gt=at,
        )
