"""Build the wheel: each app's own templates and static files beside it, and one package renamed.

In this repository the events app is the package ``events``; in a wheel it is ``prevent_events``,
like its label, because host sites often have an ``events`` of their own. Only the imports of that
name change, and migrations that spell it out; no line moves.
"""

import ast
import shutil
from collections.abc import Iterator
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLD, NEW = "events", "prevent_events"
# Text that looks like a module's name but is an address: the calendar file of all dates.
ADDRESSES = {"events.ics"}
# Where each folder of templates and static files is in the wheel.
FOLDERS = {
    "templates/prevent_content": "prevent_content/templates/prevent_content",
    "templates/prevent_events": "prevent_events/templates/prevent_events",
    "templates/prevent_registrations": (
        "prevent_events/registrations/templates/prevent_registrations"
    ),
    "build/static/prevent": "prevent_content/static/prevent",
}


class Immovable(Exception):
    """A module uses the package's name in a way that cannot be renamed safely."""


def is_named(name: str | None) -> bool:
    """Whether a dotted name is the package or something in it."""
    return name is not None and (name == OLD or name.startswith(f"{OLD}."))


def names_module(value: object, modules: frozenset[str]) -> bool:
    """Whether a constant is the dotted name of one of ``modules``, or of something in one."""
    return isinstance(value, str) and (value in modules or value.rpartition(".")[0] in modules)


def relocated(source: str, *, path: str, modules: frozenset[str]) -> str:
    """Return a module's ``source`` with the package renamed in its imports.

    ``modules`` are the dotted names of the package's modules. Raises ``Immovable`` if one of them
    is written as text outside migrations, or if a module also uses the imported name for something
    else.
    """
    tree = ast.parse(source, filename=path)
    lines = [line.encode() for line in source.splitlines(keepends=True)]
    places = sorted(set(names_in(tree, lines, path=path, modules=modules)), reverse=True)
    for line, column in places:
        text = lines[line - 1]
        if text[column : column + len(OLD)] != OLD.encode():
            raise Immovable(f"{path}:{line}: “{OLD}” is not where it was expected")
        lines[line - 1] = text[:column] + NEW.encode() + text[column + len(OLD) :]
    return b"".join(lines).decode()


def names_in(
    tree: ast.Module, lines: list[bytes], *, path: str, modules: frozenset[str]
) -> Iterator[tuple[int, int]]:
    """Yield (line, column in bytes) of each place where the package is named."""
    binds_name = False
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and is_named(node.module):
            yield node.lineno, lines[node.lineno - 1].index(OLD.encode(), node.col_offset)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if is_named(alias.name):
                    yield alias.lineno, alias.col_offset
                    binds_name = binds_name or alias.asname is None
        elif isinstance(node, ast.Constant) and names_module(node.value, modules):
            # Wagtail's migrations name StreamField blocks this way; nothing else needs to.
            if "migrations" not in Path(path).parts:
                where = f"{path}:{node.lineno}"
                raise Immovable(f"{where}: name “{node.value}” by an import, not as text")
            yield node.lineno, node.col_offset + 1
    if not binds_name:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == OLD:
            if not isinstance(node.ctx, ast.Load):
                raise Immovable(f"{path}:{node.lineno}: “{OLD}” is imported and assigned")
            yield node.lineno, node.col_offset


def module_names(root: Path) -> frozenset[str]:
    """Return the dotted names of the modules below the package at ``root``."""
    names = set()
    for path in root.rglob("*.py"):
        parts = path.relative_to(root.parent).with_suffix("").parts
        names.add(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return frozenset(names - {OLD} - ADDRESSES)


def relocate(root: Path, target: Path) -> None:
    """Write the package at ``root`` to ``target`` under its new name."""
    shutil.rmtree(target, ignore_errors=True)
    modules = module_names(root)
    for path in sorted(root.rglob("*")):
        if path.is_dir() or "__pycache__" in path.parts:
            continue
        place = target / path.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".py":
            shown = str(path.relative_to(root.parent))
            place.write_text(relocated(path.read_text(), path=shown, modules=modules))
        else:
            shutil.copyfile(path, place)


class PluginBuildHook(BuildHookInterface):
    """Collects what the wheel carries beside ``prevent_content``."""

    def initialize(self, version: str, build_data: dict) -> None:
        root = Path(self.root)
        target = root / "build" / "plugin" / NEW
        relocate(root / OLD, target)
        build_data["force_include"][str(target)] = NEW
        for folder, place in FOLDERS.items():
            if not (root / folder).is_dir():
                raise FileNotFoundError(f"{folder} is missing: run `make wheel`, which makes it")
            for path in (root / folder).rglob("*"):
                # A host that compresses its static files uses its own names.
                if path.is_file() and path.suffix != ".gz":
                    inside = path.relative_to(root / folder)
                    build_data["force_include"][str(path)] = f"{place}/{inside}"
        for catalogue in sorted(root.glob("prevent_content/locale/*/LC_MESSAGES/django.po")):
            compiled = catalogue.with_suffix(".mo")
            if not compiled.is_file():
                raise FileNotFoundError(f"{compiled} is missing: run `make wheel`, which makes it")
            build_data["force_include"][str(compiled)] = str(compiled.relative_to(root))
