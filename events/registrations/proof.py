"""Proof of work: what costs a browser a second, and a flood of programs more than it is worth.

Off unless ``REGISTRATION_PROOF_OF_WORK_BITS`` is set. The challenge is the form's signed token, so
a proof fits one form and one sending, and nothing has to be remembered. Whoever cannot compute it
(no scripts, no ``crypto.subtle``) is not turned away: a person looks at the registration.
"""

from hashlib import sha256

from django.conf import settings

HARDEST_BITS = 30


def bits_asked() -> int:
    """Return how many zero bits a proof begins with; 0 where none is asked for."""
    return min(getattr(settings, "REGISTRATION_PROOF_OF_WORK_BITS", 0), HARDEST_BITS)


def is_proof(answer: str, challenge: str, *, bits: int) -> bool:
    """Whether the SHA-256 of ``challenge.answer`` begins with ``bits`` zero bits."""
    digest = sha256(f"{challenge}.{answer}".encode()).digest()
    return int.from_bytes(digest) >> (8 * len(digest) - bits) == 0
