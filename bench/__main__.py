"""Run all measurements that ``make bench`` shows, and write them down in ``docs/benchmarks.md``.

Usage: ``python -m bench [--postgres postgres://…] [--redis redis://…]``. Ends with status 1 if a
goal was missed.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from html import escape
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
PARTS = [
    ("bench.pages", "Pages, side by side"),
    ("bench.dates", "Lists and calendars of 10,000 series"),
    ("bench.review", "The desk and its exports, 100,000 registrations"),
]
ROW, NAMES, WIDTH, LONGEST = 26, 300, 760, 1.5


def chart(figures: list[dict]) -> str:
    """Return the ratios as bars, as long as they reach their goal: the line is the goal."""
    goal_at = NAMES + (WIDTH - NAMES - 60) / LONGEST
    height = ROW * len(figures) + 30
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        ' aria-label="Each ratio, by its goal" font-family="Arial, sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for number, figure in enumerate(figures):
        reached = figure["measured"] / figure["ratio"]
        length = min(reached, LONGEST) * (goal_at - NAMES)
        top = ROW * number + 8
        colour = "#0f4c5c" if reached >= 1 else "#b3590a"
        name = escape(figure["what"])
        parts += [
            f'<text x="{NAMES - 8}" y="{top + 14}" text-anchor="end">{name}</text>',
            f'<rect x="{NAMES}" y="{top}" width="{length:.0f}" height="18" fill="{colour}"/>',
            f'<text x="{NAMES + length + 6:.0f}" y="{top + 14}">{figure["measured"]:.2f}</text>',
        ]
    parts += [
        f'<line x1="{goal_at:.0f}" x2="{goal_at:.0f}" y1="0" y2="{height - 18}" stroke="#0b0c0c"/>',
        f'<text x="{goal_at:.0f}" y="{height - 4}" text-anchor="middle">goal</text></svg>',
    ]
    return "\n".join(parts) + "\n"


def run(module: str, options: list[str]) -> tuple[str, bool]:
    done = subprocess.run(
        [sys.executable, "-m", module, *options],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "cms.settings.test"},
    )
    sys.stdout.write(f"{done.stdout}\n")
    sys.stdout.flush()
    return done.stdout, done.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", default="")
    parser.add_argument("--redis", default="")
    parser.add_argument("--only", choices=[module for module, _ in PARTS], action="append")
    options = parser.parse_args()
    busy = os.getloadavg()[0]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    lines = [
        "# Benchmarks",
        "",
        f"Measured by `make bench` on {datetime.now(UTC):%-d %B %Y}: {machine}; load before it "
        f"began: {busy:.1f}. What counts are the ratios: both sides of each took turns, "
        "in the same run.",
        "",
        "![Each ratio as a bar that ends at its goal or beyond](images/benchmarks.svg)",
    ]
    are_good = True
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.json"
        for module, title in PARTS:
            if options.only and module not in options.only:
                continue
            arguments = ["--postgres", options.postgres] if options.postgres else []
            if module == "bench.pages":
                arguments += ["--figures", str(figures)]
                arguments += ["--redis", options.redis] if options.redis else []
            table, is_good = run(module, arguments)
            are_good &= is_good
            lines += ["", f"## {title}", "", table.strip()]
        if figures.exists():
            picture = chart(json.loads(figures.read_text()))
            (DOCS / "images" / "benchmarks.svg").write_text(picture)
    (DOCS / "benchmarks.md").write_text("\n".join(lines) + "\n")
    return 0 if are_good else 1


if __name__ == "__main__":
    sys.exit(main())
