"""The wheel in third-party Wagtail sites: new ones, and those with clashing names."""

import json
import os
from pathlib import Path

import pytest

from .hosts import (
    GUIDE,
    NEWEST,
    OLDEST,
    ROOT,
    Failed,
    GivenHost,
    Host,
    first_release,
    limited_database,
    lines_for,
)
from .looks import GROWN_PAGES, OWN_PAGES, WIDTHS, differing, pictures, save
from .neighbours import crowd

PICTURES = Path(os.environ.get("PLUGIN_PICTURES", ROOT / "build" / "pictures"))
pytestmark = pytest.mark.skipif(
    os.environ.get("PLUGIN_TEST") != "1", reason="takes minutes: run it by `make plugin-test`"
)


@pytest.fixture(scope="module")
def wheel():
    """Return the wheel that `make wheel` has just built, once for all processes."""
    return max((ROOT / "dist").glob("prevent_roundtables-*.whl"), key=os.path.getmtime)


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


def releases(*more):
    """Return parametrised releases: both ends of the range, each in its own process.

    Two processes would install into one virtual environment.
    """
    rows = zip((OLDEST, NEWEST), *more, strict=True)
    return [
        pytest.param(*row, marks=pytest.mark.xdist_group(str(row[0])), id=str(row[0]))
        for row in rows
    ]


def show(host, *, language=""):
    """Take the pictures of an event and its form in ``host``, for a person to look at."""
    event = f"{language}/prevent/roundtables/community-roundtable/"
    ours = pictures(host, (event, f"{event}register/"))
    assert {picture.size[0] for picture in ours.values()} == set(WIDTHS)
    save(ours, PICTURES, host.folder.name)


def see_a_stray_rule(host, before):
    """The control: a rule of ours reaching beyond the wrapper is noticed."""
    base = host.site / "council" / "templates" / "base.html"
    own = base.read_text()
    stray = "<style>body, p, h1 { color: #0b0c0d; background: #fefefe }</style></head>"
    base.write_text(own.replace("</head>", stray))
    assert differing(before, pictures(host, OWN_PAGES))
    base.write_text(own)


@pytest.mark.parametrize("release", releases())
def test_a_new_site_installs_it_by_the_guide_and_removes_it(wheel, tmp_path, release):
    """Its own pages look the same as before, to the pixel."""
    host = Host(tmp_path, wheel, release)
    host.manage("migrate", "--verbosity", "0")
    before = pictures(host, OWN_PAGES)
    host.take_in()
    host.manage("collectstatic", "--no-input", "--verbosity", "0", FIELD_ENCRYPTION_KEYS="")
    with pytest.raises(Failed, match="FIELD_ENCRYPTION_KEYS is missing") as refused:
        host.manage("check", FIELD_ENCRYPTION_KEYS="")
    assert "Traceback" not in str(refused.value)
    host.manage("check", "--database", "default")
    host.manage("migrate", "--verbosity", "0")
    host.manage("makemigrations", "--check", "--dry-run")
    assert differing(before, pictures(host, OWN_PAGES)) == []
    host.play(script(host, "journey.py", BASE_MARK="css/council.css"))
    show(host)
    if release is NEWEST:
        see_a_stray_rule(host, before)
    take_out(host)
    host.play(script(host, "wholeness.py"))


def figures(host):
    printed = host.play(script(host, "figures.py"))
    return json.loads(printed.partition("FIGURES")[2])


@pytest.mark.parametrize("release", releases())
def test_an_upgrade_from_the_first_release_keeps_all_data(wheel, tmp_path, release):
    first = first_release(tmp_path / "first")
    if first is None:
        pytest.skip("this copy of the history holds neither the first release nor its candidate")
    host = Host(tmp_path, first, release)
    host.take_in()
    host.manage("migrate", "--verbosity", "0")
    host.play(script(host, "journey.py", BASE_MARK="css/council.css"))
    before = figures(host)
    assert len(before["rows"]["prevent_registrations_registration"]) == 2
    assert len(before["rows"]["prevent_events_occurrence"]) == 4
    host.upgrade(wheel)
    host.manage("migrate", "--verbosity", "0")
    host.manage("check")
    after = figures(host)
    assert after["answers"] == before["answers"]
    for table, rows in before["rows"].items():
        now = after["rows"][table]
        shared = [{name: row[name] for name in rows[0] if name in row} for row in now if rows]
        known = [{name: row[name] for name in row if name in now[0]} for row in rows if now]
        assert len(now) >= len(rows), table
        assert [row for row in known if row not in shared] == [], table


@pytest.mark.parametrize(("release", "api"), releases(("content-api/", "api/v2/")))
def test_an_established_site_keeps_what_is_its_own(wheel, tmp_path, release, api):
    """It has its own languages, users, images and API, and a path prefix.

    The API comes after our line in its urls in one case, before it in the other.
    """
    with limited_database(f"prevent_plugin_{api.partition('/')[0].replace('-', '_')}") as database:
        host = Host(tmp_path, wheel, release)
        crowd(host, api=api, database=database)
        before = pictures(host, GROWN_PAGES)
        host.take_in("urls in several languages")
        host.manage("check", "--database", "default")
        host.manage("migrate", "--verbosity", "0")
        host.manage("makemigrations", "--check", "--dry-run")
        assert differing(before, pictures(host, GROWN_PAGES)) == []
        host.play(script(host, "journey.py", BASE_MARK="The council’s own frame"))
        host.play(script(host, "neighbourhood.py", API=f"/{api}", ROOT="/council"))
        show(host, language="/en-us")


@pytest.mark.skipif("PLUGIN_HOST" not in os.environ, reason="PLUGIN_HOST names a site's folder")
def test_a_given_site_installs_it(wheel, tmp_path):
    host = GivenHost(tmp_path, wheel, Path(os.environ["PLUGIN_HOST"]))
    host.take_in()
    host.manage("check")
    host.manage("migrate", "--verbosity", "0")
    host.manage("createcachetable")
    host.play(script(host, "journey.py", BASE_MARK="<body"))
