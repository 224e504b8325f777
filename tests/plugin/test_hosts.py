"""The wheel in Wagtail sites of somebody else: a new one, and one with names of its own."""

import os

import pytest

from .hosts import GUIDE, Host, build_wheel, lines_for, provide_wheelhouse
from .neighbours import crowd

pytestmark = pytest.mark.skipif(
    os.environ.get("PLUGIN_TEST") != "1", reason="takes minutes: run it by `make plugin-test`"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    provide_wheelhouse()
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def script(host, name, **values):
    """Return the path of a script of this folder with ``values`` put in front of it."""
    source = (GUIDE.parents[1] / "tests" / "plugin" / name).read_text()
    place = host.folder / name
    front = "".join(f"{key} = {value!r}\n" for key, value in values.items())
    place.write_text(front + source)
    return place


def take_out(host):
    host.play(script(host, "deletion.py"))
    for line in lines_for("uninstall").strip().splitlines():
        host.manage(*line.split()[2:])
    host.give_back()
    host.manage("remove_stale_contenttypes", "--include-stale-apps", "--no-input")


def test_a_new_site_takes_it_in_by_the_lines_of_the_guide_and_gives_it_back(wheel, tmp_path):
    host = Host(tmp_path, wheel)
    host.take_in()
    host.manage("check")
    host.manage("migrate", "--verbosity", "0")
    host.manage("makemigrations", "--check", "--dry-run")
    host.play(script(host, "journey.py", BASE_MARK="css/council.css"))
    take_out(host)
    host.play(script(host, "wholeness.py"))


def test_a_site_with_names_and_models_of_its_own_keeps_them(wheel, tmp_path):
    host = Host(tmp_path, wheel)
    crowd(host)
    host.take_in()
    host.manage("check")
    host.manage("migrate", "--verbosity", "0")
    host.manage("makemigrations", "--check", "--dry-run")
    host.play(script(host, "journey.py", BASE_MARK="The council’s own frame"))
    host.play(script(host, "neighbourhood.py"))
