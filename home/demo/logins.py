"""The demo logins: for a machine where everybody may know the password, never for production."""

import os
import secrets
from pathlib import Path

# Login, and the group that gives it its rights; without a group, it is the superuser.
ORGANISER = "organiser"
LOGINS = {
    "editor": "Communications editors",
    "moderator": "Moderators",
    ORGANISER: "Organisers",
    "lead": "Safeguarding leads",
    "dpo": "Data protection",
    "admin": "",
}
# Without 0, 1, I, L, O and U: copied from a screen by eye, none is taken for another.
ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
PASSWORD_LENGTH = 16


def demo_password(path: Path) -> tuple[str, bool]:
    """Return the password that ``path`` holds, and whether it had to be made just now.

    The file is readable by its owner alone. Raises ``OSError`` if it can be neither made nor read.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    password = "".join(secrets.choice(ALPHABET) for _ in range(PASSWORD_LENGTH))
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip(), False
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{password}\n")
    return password, True
