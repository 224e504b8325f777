"""Encrypt every encrypted value again, with the newest key. Safe while the site serves."""

from django.core.management.base import BaseCommand, CommandError

from ...key_rotation import encrypted_columns, rotate


class Command(BaseCommand):
    help = (
        "Encrypt everything with the first of FIELD_ENCRYPTION_KEYS. The others can be removed "
        "once this has nothing left to do. Run it again if it was interrupted."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="only say what older keys still encrypt"
        )

    def handle(self, *, check: bool, **options) -> None:
        older, unreadable = self.rotate_elsewhere(check=check)
        for model, field in encrypted_columns():
            for done in rotate(model, field, apply=not check):
                if done.seen < done.total:
                    self.stdout.write(f"{done.column}: {done.seen} of {done.total}")
            what = "to be rotated" if check else "rotated"
            self.stdout.write(
                f"{done.column}: {done.rotated} {what}, {done.current} with the newest key"
            )
            older += done.rotated
            unreadable += [f"{done.column} of {pk}" for pk in done.unreadable]
        if unreadable:
            raise CommandError(
                f"No key opens {len(unreadable)} values: {', '.join(unreadable[:20])}. Put the "
                "key that encrypted them back into FIELD_ENCRYPTION_KEYS, behind the newest"
            )
        if check and older:
            raise CommandError("Keep the older keys: run this without --check first")
        self.stdout.write("Nothing needs an older key than the first of FIELD_ENCRYPTION_KEYS.")

    def rotate_elsewhere(self, *, check: bool) -> tuple[int, list[str]]:
        """Do the same outside our own columns.

        Return how many values an older key encrypted, and the names of those that no key opens.
        """
        return 0, []
