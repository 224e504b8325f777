"""References that people read out over the telephone, such as ``PR-7K3M-9QXZ``."""

import secrets

# Without 0, 1, I, L, O and U: no two are confused, and no word appears by chance.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def random_reference(prefix: str) -> str:
    """Return a reference of 39 random bits."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{prefix}-{letters[:4]}-{letters[4:]}"


def read_reference(text: str, prefix: str) -> str:
    """Return the reference in ``text``, typed with or without hyphens and capitals, or ""."""
    letters = "".join(letter for letter in text.upper() if letter.isalnum())
    letters = letters.removeprefix(prefix)
    if len(letters) != 8 or not set(letters) <= set(ALPHABET):
        return ""
    return f"{prefix}-{letters[:4]}-{letters[4:]}"
