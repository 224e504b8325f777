"""What differs from visitor to visitor in an answer that is cached for all: a mark stands for it.

Only a form's one-time token does, and when it may be sent. The page cache puts in what each visitor
gets as the answer goes out, so that no two of them get the same.
"""

import secrets
from collections.abc import Callable, Mapping

from django.http import HttpRequest

# How a mark is filled, by name: another process may fill it than the one that left it.
MAKERS: dict[str, Callable[..., str]] = {}
Marks = Mapping[str, tuple[str, tuple]]


def own_to_each_visitor(request: HttpRequest, maker: str, *arguments: object) -> str:
    """Return what ``MAKERS[maker]`` makes of ``arguments``; a mark of it in an answer to cache."""
    marks = getattr(request, "visitor_marks", None)
    if marks is None:
        return MAKERS[maker](*arguments)
    # Nobody can guess it, so nothing that an editor writes is taken for one.
    mark = secrets.token_hex(16)
    marks[mark] = (maker, arguments)
    return mark


def filled(content: bytes, marks: Marks) -> bytes:
    """Return ``content`` with something made now in the place of each mark."""
    for mark, (maker, arguments) in marks.items():
        content = content.replace(mark.encode(), MAKERS[maker](*arguments).encode())
    return content
