"""Every string that a person reads, by kind: pages, messages, docs, docstrings, test names.

``make strings`` prints how many there are of each kind. ``make strings ARGS="--sample 60"`` prints
some drawn at random, for a reader who has not seen them before.
"""

import argparse
import ast
import io
import random
import re
import subprocess
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

ROOT = Path(__file__).parents[1]
PRODUCT = ("cms/", "home/", "events/", "prevent_content/")
GETTEXT = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}

TRANSLATED = re.compile(r"""{%\s*(?:trans|translate)\s+(["'])(.+?)\1""")
TAGS = re.compile(r"{#.*?#}|{%\s*comment.*?endcomment\s*%}|{%.*?%}", re.DOTALL)
MARKUP = re.compile(r"<(script|style)\b.*?</\1>|<!--.*?-->|<[^>]*>", re.DOTALL)
CODE_BLOCK = re.compile(r"```.*?```|^    .*$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`[^`]*`|\]\([^)]*\)|<[^>]+>")
WORDS = re.compile(r"[^\W\d_]{2,}\s+[^\W\d_]{2,}")


@dataclass(frozen=True)
class Text:
    """One string: its kind, the file and line where it starts, and its words."""

    kind: str
    path: str
    line: int
    words: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.words}"


def tracked() -> list[str]:
    """Return the paths of the files in the repository."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return listed.stdout.splitlines()


def _one_line(text: str) -> str:
    return " ".join(unescape(text).split())


def _paragraphs(kind: str, path: str, text: str) -> Iterator[Text]:
    line = 1
    for paragraph in re.split(r"(\n\s*\n)", text):
        words = _one_line(paragraph)
        if WORDS.search(words):
            yield Text(kind, path, line, words)
        line += paragraph.count("\n")


def of_template(path: str, source: str) -> Iterator[Text]:
    """Yield a template's text: the marked strings and the text between its tags."""
    kind = "emails" if "/emails/" in path or "/email/" in path else "templates"
    for found in TRANSLATED.finditer(source):
        yield Text(kind, path, source.count("\n", 0, found.start()) + 1, _one_line(found[2]))

    def blank(found: re.Match[str]) -> str:
        return "\n\n" + "\n" * max(0, found[0].count("\n") - 2)

    text = re.sub(r"{{.*?}}", "…", source)
    text = MARKUP.sub(blank, TAGS.sub(lambda found: "\n" * found[0].count("\n"), text))
    yield from _paragraphs(kind, path, text)


def of_document(path: str, source: str) -> Iterator[Text]:
    """Yield the paragraphs and table rows of a document, without its code."""
    text = CODE_BLOCK.sub(lambda found: "\n" * found[0].count("\n"), source)
    text = re.sub(r"^(\s*(?:[-*|#]|\d+\.))", r"\n\1", CODE.sub("…", text), flags=re.MULTILINE)
    yield from _paragraphs("docs", path, text)


def of_python(path: str, source: str) -> Iterator[Text]:
    """Yield the docstrings, comments, messages and other sentences of a module."""
    is_test = not path.startswith(PRODUCT)
    tree = ast.parse(source)
    docstrings = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node):
                docstrings.add(id(node.body[0].value))
                kind = "docstrings of tests" if is_test else "docstrings"
                yield Text(kind, path, node.body[0].lineno, _one_line(ast.get_docstring(node)))
            if is_test and getattr(node, "name", "").startswith("test_"):
                name = node.name.removeprefix("test_").replace("_", " ")
                yield Text("test names", path, node.lineno, name)
    marked = {
        id(argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in GETTEXT
        for argument in node.args
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if id(node) in docstrings or is_test or not WORDS.search(node.value):
            continue
        kind = "messages" if id(node) in marked else "other strings"
        yield Text(kind, path, node.lineno, _one_line(node.value))
    yield from _comments(path, source, is_test=is_test)


def _comments(path: str, source: str, *, is_test: bool) -> Iterator[Text]:
    lines: list[str] = []
    began = last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        if token.start[0] != last + 1:
            yield from _comment(path, began, lines, is_test=is_test)
            lines, began = [], token.start[0]
        lines.append(token.string.lstrip("# "))
        last = token.start[0]
    yield from _comment(path, began, lines, is_test=is_test)


def _comment(path: str, line: int, lines: list[str], *, is_test: bool) -> Iterator[Text]:
    words = _one_line(" ".join(lines))
    if WORDS.search(words):
        yield Text("comments of tests" if is_test else "comments", path, line, words)


def inventory() -> list[Text]:
    """Return every string in the repository that people read, in file order."""
    texts: list[Text] = []
    for path in tracked():
        if "/migrations/" in path or path == "tests/test_words.py":
            continue
        if path.endswith(".py"):
            texts += of_python(path, (ROOT / path).read_text(encoding="utf-8"))
        elif path.startswith("templates/") and path.endswith((".html", ".txt")):
            texts += of_template(path, (ROOT / path).read_text(encoding="utf-8"))
        elif path.endswith(".md"):
            texts += of_document(path, (ROOT / path).read_text(encoding="utf-8"))
        elif path == "Makefile":
            helps = re.findall(r"^([a-z-]+):.*?## (.*)$", (ROOT / path).read_text(), re.MULTILINE)
            texts += [Text("make help", path, 1, f"{name}: {words}") for name, words in helps]
    return texts


def main() -> int:
    """Print the counts by kind, or a sample."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sample", type=int, default=0, help="print this many, drawn at random")
    parser.add_argument("--seed", type=int, default=None, help="draw the same ones again")
    parser.add_argument("--kind", default="", help="only kinds whose name contains this")
    options = parser.parse_args()
    texts = [text for text in inventory() if options.kind in text.kind]
    if options.sample:
        drawn = random.Random(options.seed).sample(texts, min(options.sample, len(texts)))  # noqa: S311
        print("\n".join(map(str, drawn)))  # noqa: T201
        return 0
    counts, words = Counter(), Counter()
    for text in texts:
        counts[text.kind] += 1
        words[text.kind] += len(text.words.split())
    print(f"{'kind':22}{'strings':>9}{'words':>9}")  # noqa: T201
    for kind in sorted(counts):
        print(f"{kind:22}{counts[kind]:9,}{words[kind]:9,}")  # noqa: T201
    print(f"{'all':22}{counts.total():9,}{words.total():9,}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
