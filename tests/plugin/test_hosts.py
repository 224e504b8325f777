"""The wheel in Wagtail sites of someone else: new ones, and those with names of their own."""

import json
import os
from pathlib import Path

import pytest

from .hosts import (
    GUIDE,
    NEWEST,
    OLDEST,
    Failed,
    GivenHost,
    Host,
    build_wheel,
    first_release,
    limited_database,
    lines_for,
)
from .looks import OWN_PAGES, WIDTHS, differing, pictures, save
from .neighbours import crowd

pytestmark = pytest.mark.skipif(
    os.environ.get("PLUGIN_TEST") != "1", reason="takes minutes: run it by `make plugin-test`"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
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


@pytest.mark.parametrize("release", [OLDEST, NEWEST], ids=str)
def test_a_new_site_takes_it_in_by_the_lines_of_the_guide_and_gives_it_back(
    wheel, tmp_path, release
):
    host = Host(tmp_path, wheel, release)
    host.take_in()
    host.manage("collectstatic", "--no-input", "--verbosity", "0", FIELD_ENCRYPTION_KEYS="")
    with pytest.raises(Failed, match="FIELD_ENCRYPTION_KEYS is missing") as refused:
        host.manage("check", FIELD_ENCRYPTION_KEYS="")
    assert "Traceback" not in str(refused.value)
    host.manage("check")
    host.manage("migrate", "--verbosity", "0")
    host.manage("makemigrations", "--check", "--dry-run")
    host.play(script(host, "journey.py", BASE_MARK="css/council.css"))
    take_out(host)
    host.play(script(host, "wholeness.py"))


def figures(host):
    printed = host.play(script(host, "figures.py"))
    return json.loads(printed.partition("FIGURES")[2])


@pytest.mark.parametrize("release", [OLDEST, NEWEST], ids=str)
def test_an_upgrade_from_the_first_release_keeps_all_data(wheel, tmp_path, release):
    """Until the first release is tagged, this tree is the first release."""
    (tmp_path / "first").mkdir()
    host = Host(tmp_path, first_release(tmp_path / "first") or wheel, release)
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


def test_a_new_site_looks_as_before_and_shows_our_pages(wheel, tmp_path):
    host = Host(tmp_path, wheel, NEWEST)
    host.manage("migrate", "--verbosity", "0")
    before = pictures(host, OWN_PAGES)
    host.take_in()
    host.manage("migrate", "--verbosity", "0")
    assert differing(before, pictures(host, OWN_PAGES)) == []
    host.play(script(host, "journey.py", BASE_MARK="css/council.css"))
    event = "/prevent/roundtables/community-roundtable/"
    ours = pictures(host, (event, f"{event}register/"))
    assert {picture.size[0] for picture in ours.values()} == set(WIDTHS)
    # The control: a rule of ours that reached beyond the wrapper would be seen.
    base = host.site / "council" / "templates" / "base.html"
    base.write_text(
        base.read_text().replace(
            "</head>", "<style>body, p, h1 { color: #0b0c0d; background: #fefefe }</style></head>"
        )
    )
    assert differing(before, pictures(host, OWN_PAGES))
    save(ours, Path(os.environ.get("PLUGIN_PICTURES", tmp_path / "pictures")), NEWEST.name)


@pytest.mark.parametrize(
    ("release", "api"),
    [(OLDEST, "content-api/"), (NEWEST, "api/v2/")],
    ids=["its-api-after-ours", "its-api-before-ours"],
)
def test_a_grown_site_keeps_what_is_its_own(wheel, tmp_path, release, api):
    """It has languages, an API, users and images of its own, and lies below a path."""
    with limited_database("prevent_plugin_test") as database:
        host = Host(tmp_path, wheel, release)
        crowd(host, api=api, database=database)
        host.take_in("urls in several languages")
        host.manage("check")
        host.manage("migrate", "--verbosity", "0")
        host.manage("makemigrations", "--check", "--dry-run")
        host.play(script(host, "journey.py", BASE_MARK="The council’s own frame"))
        host.play(script(host, "neighbourhood.py", API=f"/{api}", ROOT="/council"))


@pytest.mark.skipif("PLUGIN_HOST" not in os.environ, reason="PLUGIN_HOST names a site's folder")
def test_a_given_site_takes_it_in(wheel, tmp_path):
    host = GivenHost(tmp_path, wheel, Path(os.environ["PLUGIN_HOST"]))
    host.take_in()
    host.manage("check")
    host.manage("migrate", "--verbosity", "0")
    host.manage("createcachetable")
    host.play(script(host, "journey.py", BASE_MARK="<body"))
