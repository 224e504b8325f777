"""Room for the calls of one request, so that none of them sits at the end of what Python took.

Python keeps the frames of calls in pieces of 16 kB, and gives a piece back as soon as no call is in
it. A loop that happens to sit at the end of one, deep in templates, has each of its calls take and
give back memory: a fifth of the time of a page. Later releases of Python 3.13 keep a piece in hand
(https://github.com/python/cpython/issues/142183); 3.11 and 3.12 do not.
"""

from collections.abc import Callable, Iterable

# Of a frame in places of 8 bytes. Python takes the next power of two in bytes, 512 kB, and what
# the frame does not fill holds the calls that it makes: more than may be nested. Only what is
# written to becomes memory.
SIZE = 33_000


def with_room(application: Callable) -> Callable:
    """Return the WSGI ``application``, called from a frame that takes room for all other calls."""

    def enter(environ: dict, start_response: Callable) -> Iterable[bytes]:
        return application(environ, start_response)

    enter.__code__ = enter.__code__.replace(co_stacksize=SIZE)
    return enter
