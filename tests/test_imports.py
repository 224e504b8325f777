"""Imports run one way; the contracts are in pyproject.toml."""

import os
import shutil
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parent.parent
LINT = "from importlinter.cli import import_linter; import_linter()"

# The smallest tree to which the contracts apply.
MODULES = (
    "cms/__init__.py",
    "cms/urls.py",
    "home/__init__.py",
    "home/models.py",
    "events/__init__.py",
    "events/agenda.py",
    "events/checklist.py",
    "events/ics.py",
    "events/models.py",
    "events/schedule.py",
    "events/views.py",
    "events/registrations/__init__.py",
    "events/registrations/actions.py",
    "events/registrations/checklist.py",
    "events/registrations/forms.py",
    "events/registrations/models.py",
    "events/registrations/views.py",
    "prevent_content/__init__.py",
    "prevent_content/blocks.py",
    "prevent_content/checklist/__init__.py",
    "prevent_content/checklist/rules.py",
)


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINT, "lint", "--no-cache", "--no-logo"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def tree(tmp_path):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for module in MODULES:
        path = tmp_path / module
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return tmp_path


def test_no_module_imports_itself_through_others():
    """All imports count, including those in functions and for type checkers."""
    graph = grimp.build_graph("cms", "home", "events", "prevent_content", cache_dir=None)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    # Raises CycleError, which names the modules of the cycle.
    TopologicalSorter(imports).prepare()


def test_nothing_in_the_project_imports_upwards():
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("cms/urls.py", "from events.registrations import views"),
        ("home/models.py", "import prevent_content.blocks"),
        ("events/registrations/views.py", "from events import schedule"),
        ("events/views.py", "from prevent_content import blocks"),
        ("events/ics.py", "import icalendar"),
    ],
)
def test_a_downward_import_is_allowed(tree, module, line):
    (tree / module).write_text(f"{line}\n")
    done = lint_imports(tree)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("prevent_content/blocks.py", "from events import views"),
        ("prevent_content/blocks.py", "import home.models"),
        ("events/views.py", "from events.registrations import views"),
        ("events/views.py", "def late():\n    import events.registrations.views"),
        ("events/registrations/views.py", "from home import models"),
        ("home/models.py", "from cms import urls"),
        ("events/models.py", "from events import views"),
        ("events/models.py", "def late():\n    from events.views import event"),
        ("events/schedule.py", "from django.utils import timezone"),
        ("events/agenda.py", "import recurrence"),
        ("prevent_content/checklist/rules.py", "import django"),
        ("events/registrations/models.py", "from . import views"),
        ("events/registrations/actions.py", "def late():\n    from .forms import RegistrationForm"),
        ("events/registrations/checklist.py", "from . import models"),
    ],
)
def test_control_an_upward_import_is_caught(tree, module, line):
    (tree / module).write_text(f"{line}\n")
    done = lint_imports(tree)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout
