"""The events package under its other name: only imports are rewritten."""

import ast
import importlib.util
from pathlib import Path

import pytest

pytest.importorskip("hatchling")

ROOT = Path(__file__).resolve().parents[2]
SPEC = importlib.util.spec_from_file_location("plugin_build", ROOT / "bin" / "plugin_build.py")
build = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(build)

MODULES = frozenset({"events.models", "events.registrations", "events.registrations.models"})


def relocated(source):
    return build.relocated(source, path="somewhere.py", modules=MODULES)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from events.models import Venue\n", "from prevent_events.models import Venue\n"),
        ("from events import signals\n", "from prevent_events import signals\n"),
        ("import events.models as m\n", "import prevent_events.models as m\n"),
        (
            "import os, events.models\nx = events.models.Venue\n",
            "import os, prevent_events.models\nx = prevent_events.models.Venue\n",
        ),
        (
            "def late():\n    from events.sync import sync_event\n",
            "def late():\n    from prevent_events.sync import sync_event\n",
        ),
        ("from .events import events\n", "from .events import events\n"),
        ("from eventsourcing import events\n", "from eventsourcing import events\n"),
        ('related_name = "events"\n', 'related_name = "events"\n'),
        ("events = [1]\nprint(events)\n", "events = [1]\nprint(events)\n"),
        ('"""From events.models."""\n', '"""From events.models."""\n'),
        ("é = 1; import events.models\n", "é = 1; import prevent_events.models\n"),
    ],
)
def test_only_imports_of_the_package_are_renamed(before, after):
    assert relocated(before) == after


@pytest.mark.parametrize(
    "source",
    [
        'task = "events.registrations.models"\n',
        'task = "events.models.Venue"\n',
        "import events.models\nevents = 3\n",
    ],
)
def test_what_cannot_be_renamed_safely_stops_the_build(source):
    with pytest.raises(build.Immovable):
        relocated(source)


def test_a_migration_names_the_blocks_of_a_stream_as_text():
    moved = build.relocated(
        """lookup = {0: ("events.models.Venue", ()), 1: ("events", ())}\n""",
        path="events/migrations/0001_initial.py",
        modules=MODULES,
    )
    assert moved == """lookup = {0: ("prevent_events.models.Venue", ()), 1: ("events", ())}\n"""


def test_the_whole_package_moves_and_keeps_its_lines(tmp_path):
    build.relocate(ROOT / "events", tmp_path / "prevent_events")
    moved = sorted((tmp_path / "prevent_events").rglob("*.py"))
    assert len(moved) > 100
    modules = build.module_names(ROOT / "events")
    for path in moved:
        source = path.read_text()
        original = (ROOT / "events" / path.relative_to(tmp_path / "prevent_events")).read_text()
        assert source.count("\n") == original.count("\n")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                assert not build.is_named(node.module), path
            elif isinstance(node, ast.Import):
                assert not any(build.is_named(alias.name) for alias in node.names), path
            elif isinstance(node, ast.Constant):
                assert not build.names_module(node.value, modules), path
