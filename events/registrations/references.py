"""References that people read out over the telephone, such as ``PR-7K3M-9QXZ``."""

import secrets

# Without 0, 1, I, L, O and U: none is mistaken for another, and no word appears by chance.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def random_reference(prefix: str) -> str:
    """Return a reference of 39 random bits, in no sequence."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{prefix}-{letters[:4]}-{letters[4:]}"
