"""`scripts/bench NAME [--json FILE] ...`: gives the benchmark a throw-away database and prints what it found."""

import argparse
import importlib
import json
import sys
from pathlib import Path

from benchmarks import report, throwaway

NAMES = ["sync"]


def main() -> None:
    """Set the environment up before Django is imported, then run the one that is named."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--rows", type=int, default=1_000_000, help="Credentials to load (1,000,000).")
    parser.add_argument("--json", type=Path, metavar="FILE", help="Write the figures there too.")
    options = parser.parse_args()
    if options.rows < 10_000:
        parser.error(f"--rows {options.rows}: give at least 10000, or pages at 90 % would not be full ones")
    with throwaway.database():
        import django

        django.setup()
        figures = importlib.import_module(f"benchmarks.{options.name}").run(rows=options.rows)
    report.show(figures)
    if options.json:
        options.json.write_text(json.dumps({figure.name: figure.value for figure in figures}, indent=1) + "\n")
    sys.exit(0 if all(figure.is_reached for figure in figures) else 1)


if __name__ == "__main__":
    main()
