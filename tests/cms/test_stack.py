"""A loop of calls takes and gives back no memory, however deep it is."""

import resource
import subprocess
import sys

import pytest

from cms.stack import with_room

LOOPS = 400
# Pages of memory taken anew; a loop at the end of a piece takes at least one a turn.
MOST_FAULTS = LOOPS // 4


def faults_of(application) -> list[int]:
    """Return how many pages of memory a loop takes at each depth of calls."""

    def leaf():
        return None

    def descend(depth):
        if depth:
            return descend(depth - 1)
        before = resource.getrusage(resource.RUSAGE_THREAD).ru_minflt
        for _ in range(LOOPS):
            leaf()
        return resource.getrusage(resource.RUSAGE_THREAD).ru_minflt - before

    return [application(lambda depth=depth: descend(depth)) for depth in range(200)]


def test_no_depth_is_a_bad_one():
    enter = with_room(lambda call, _: call())
    assert max(faults_of(lambda call: enter(call, None))) < MOST_FAULTS


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="Python keeps a piece of memory in hand")
def test_without_room_there_are_bad_ones():
    # In a process of its own: here, whatever runs the tests may have taken room already.
    program = (
        "from tests.cms.test_stack import MOST_FAULTS, faults_of\n"
        "assert max(faults_of(lambda call: call())) > MOST_FAULTS"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_it_is_called_as_it_was():
    def application(environ, start_response):
        start_response("200 OK", [])
        return [environ["PATH_INFO"].encode()]

    said = []
    answer = with_room(application)({"PATH_INFO": "/"}, lambda *given: said.append(given))
    assert (answer, said) == ([b"/"], [("200 OK", [])])
