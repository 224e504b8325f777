"""Everything that ``make bench`` measures, written to ``docs/benchmarks.md`` with a chart.

Usage: ``python -m bench.report [--postgres postgres://user@host:5432/any] [--redis redis://…]
[--seconds 1] [--rounds 7] [--write]``. Needs wrk and nginx (apt-get install wrk nginx-light). Exits
with 0 whatever the figures are.
"""

import argparse
import os
import platform
from contextlib import ExitStack
from datetime import UTC, datetime
from html import escape

from bench.load import Bench, Result
from bench.surge import measure_surge
from tests.live_site import ROOT, clean_up_when_told_to_end, scratch_database, scratch_folder

DOCS = ROOT / "docs" / "benchmarks.md"
CHART = ROOT / "docs" / "images" / "benchmarks.svg"
# The ratio each kind of answer should reach, by the start of its name.
GOALS = {
    "event page": 0.7,
    "list of 20": 0.7,
    "form, GET": 0.7,
    "cached page, local memory": 0.6,
    "cached page, Redis": 0.5,
    "cached page, nginx": 0.8,
    "cached": 0.6,
}
PEOPLE = {"people": 1000, "seconds": 60, "places": 600}
HEIGHT, LABEL, WIDTH = 26, 260, 640


def goal_of(result: Result) -> float | None:
    return next((goal for name, goal in GOALS.items() if result.name.startswith(name)), None)


def table(results: list[Result]) -> list[str]:
    """Return the lines of a table of ratios."""
    lines = [
        "| what | requests/s | beside | requests/s | ratio | goal |",
        "|---|---|---|---|---|---|",
    ]
    for result in results:
        goal = goal_of(result)
        wanted = f"{goal}{'' if result.ratio >= goal else ' missed'}" if goal else ""
        lines.append(
            f"| {result.name} | {result.ours:,.0f} | {result.peer} | {result.theirs:,.0f}"
            f" | {result.ratio:.2f} | {wanted} |"
        )
    return lines


def chart(results: list[Result]) -> str:
    """Return a bar for each ratio as SVG, with a line where both sides are equal."""
    scale = (WIDTH - LABEL - 60) / max(2.0, *(result.ratio for result in results))
    height = HEIGHT * len(results) + 30
    equal = LABEL + scale
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'font-family="sans-serif" font-size="13"><title>Requests a second, as a ratio to the peer '
        'beside it</title><rect width="100%" height="100%" fill="#fff"/>'
    ]
    for number, result in enumerate(results):
        top = 24 + number * HEIGHT
        wide = result.ratio * scale
        parts.append(
            f'<text x="{LABEL - 8}" y="{top + 13}" text-anchor="end">{escape(result.name)}</text>'
            f'<rect x="{LABEL}" y="{top}" width="{wide:.0f}" height="18" fill="#1d70b8"/>'
            f'<text x="{LABEL + wide + 6:.0f}" y="{top + 13}">{result.ratio:.2f}</text>'
        )
    parts.append(
        f'<path d="M{equal:.0f} 16V{height}" stroke="#0b0c0c" stroke-dasharray="4 3"/>'
        f'<text x="{equal:.0f}" y="12" text-anchor="middle">as fast as its peer</text></svg>\n'
    )
    return "".join(parts)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--postgres", default="", help="a server on which databases can be made")
    parser.add_argument("--redis", default="")
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", action="store_true", help=f"write {DOCS.name}")
    options = parser.parse_args()
    clean_up_when_told_to_end()
    busy = os.getloadavg()[0]
    with scratch_folder() as folder, ExitStack() as stack:
        bench = Bench(folder, stack)
        site = bench.add_site("SQLite", f"sqlite:///{folder / 'SQLite' / 'site.sqlite3'}")
        if options.postgres:
            bench.add_site("PostgreSQL", stack.enter_context(scratch_database(options.postgres)))
        bench.add_cached(site, options.redis)
        results = bench.results(rounds=options.rounds, seconds=options.seconds)
    surges = [measure_surge(where, **PEOPLE)[0] for where in {"", options.postgres}]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    document = [
        "# Benchmarks",
        "",
        f"Measured by `make bench` on {datetime.now(UTC):%-d %B %Y}: {machine}. The load of the "
        f"machine before it began was {busy:.1f}. Both sides of each ratio took turns in the same "
        'run. Compare the ratios, not the rates. "Wagtail" is a plain Wagtail site with an event '
        "page and Wagtail's own form, which counts no places and emails inside the request.",
        "",
        f"![The ratios of the table below as bars](images/{CHART.name})",
        "",
        *table(results),
        "",
        "## A surge",
        "",
        "Booking opens at noon. Each person reads the list and the event, and books a place.",
    ]
    for lines in surges:
        document += ["", *lines]
    print("\n".join(document))
    if options.write:
        DOCS.write_text("\n".join(document) + "\n")
        CHART.write_text(chart(results))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
