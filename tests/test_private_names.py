"""The program uses no private names of other packages, except those listed here."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OWN = ("cms", "home", "events", "prevent_content")
# At most five: what is used, where, why there is no public way, and what it waits for.
EXCEPTIONS: dict[str, set[str]] = {}
# Documented despite the leading underscore: Model._meta, Model._state, a manager's and a named
# tuple's own, and the usual name of gettext.
DOCUMENTED = {"_meta", "_state", "_base_manager", "_default_manager", "_replace", "_fields", "_"}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in DOCUMENTED


def of_self(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "self"


def private_names(tree: ast.Module) -> set[str]:
    """Return the private names of others that a module imports, reads or overrides."""
    found = set()
    inherited = set()
    own = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            own.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            own.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and of_self(node):
            own.add(node.attr)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            paths = names if isinstance(node, ast.Import) else [node.module or ""]
            if (paths[0].split(".")[0] in OWN) or getattr(node, "level", 0):
                continue
            found |= {
                path
                for path in paths
                if any(is_private(part) or part == "internal" for part in path.split("."))
            }
            found |= {name for name in names if is_private(name)}
        elif isinstance(node, ast.Attribute) and is_private(node.attr):
            (inherited if isinstance(node.value, ast.Call) else found).add(node.attr)
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("getattr", "setattr", "hasattr")
            and len(node.args) > 1
            and isinstance(node.args[1], ast.Constant)
            and is_private(str(node.args[1].value))
        ):
            found.add(node.args[1].value)
    return (found - own) | inherited


def test_no_private_name_of_another_package_is_used_except_the_listed_ones():
    found = {}
    for package in OWN:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if "/migrations/" not in name and (names := private_names(ast.parse(path.read_text()))):
                found[name] = names
    assert found == EXCEPTIONS
    assert sum(map(len, EXCEPTIONS.values())) <= 5
