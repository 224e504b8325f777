"""Form errors in sentences that name the field, and the item of a list of blocks."""

from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.utils.translation import gettext as _
from wagtail.blocks import Block, BlockField


def form_errors(form: BaseForm, *, without: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield (name of the field, sentence) for each error, except in the fields ``without``."""
    for name, errors in form.errors.as_data().items():
        field = form.fields.get(name)
        if name in without:
            continue
        block = field.block if isinstance(field, BlockField) else None
        for error in errors:
            for place, sentence in located(error, block):
                where = ", ".join([str(field.label), *place]) if field else ""
                yield name, f"{where}: {sentence}" if where else sentence


def located(error: ValidationError, block: Block | None) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield where in ``block`` an error is, from the outside in, and what it says.

    Wagtail's block errors hold those of their child blocks, by number or name, and on their own say
    only “Validation error in StreamBlock”.
    """
    inside = getattr(error, "block_errors", None)
    if inside is None:
        yield from (((), sentence) for sentence in error.messages)
        return
    for sentence in getattr(error, "non_block_errors", []):
        yield (), str(sentence)
    for key, inner in inside.items():
        child, name = child_of(block, key)
        for place, sentence in located(inner, child):
            yield (name, *place), sentence


def child_of(block: Block | None, key: str | int) -> tuple[Block | None, str]:
    """Return the child of ``block`` with this key, if there is one, and its name."""
    if isinstance(key, int):
        return block, _("item %(number)d") % {"number": key + 1}
    # Errors do not say which kind of block an item is: any with such a field will do.
    kinds = [block, *getattr(block, "child_blocks", {}).values()]
    kinds.append(getattr(block, "child_block", None))
    fields = (getattr(kind, "child_blocks", {}).get(key) for kind in kinds)
    found = next(filter(None, fields), None)
    return found, str(found.label) if found else str(key)
