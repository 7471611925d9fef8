"""Runs every bench_*.py beside this file and prints one table of ratios to peers.

`python tests/benchmarks/run.py [NAME]... [--json FILE]`; NAME is a part of a file's name, such as `cli`.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from ratio import Ratio
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent


def chosen(names: Sequence[str]) -> list[str]:
    """The benchmark modules whose name holds one of `names`; all of them when there are none."""
    found = sorted(path.stem for path in HERE.glob("bench_*.py"))
    return [module for module in found if not names or any(name in module for name in names)]


def measure(modules: Sequence[str], console: Console) -> list[Ratio]:
    """Run the modules one after the other, never together: they would measure each other."""
    rows: list[Ratio] = []
    for module in modules:
        console.print(f"{module} ...", style="dim")
        rows += importlib.import_module(module).run()
    return rows


def table(rows: Sequence[Ratio]) -> Table:
    """The ratios for people; green where we are no slower than the peer."""
    shown = Table(title="Against peers (ratio under 1: ours needs less)")
    for name in ("step", "peer"):
        shown.add_column(name)
    for name in ("ours", "peer takes", "ratio"):
        shown.add_column(name, justify="right")
    for row in rows:
        seconds = f"{row.ours:.3f} {row.unit}", f"{row.peer_seconds:.3f} {row.unit}"
        shown.add_row(row.step, row.peer, *seconds, f"{row.ratio:.2f}", style="green" if row.ratio <= 1 else "")
    return shown


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 2 where no benchmark has such a name."""
    parser = argparse.ArgumentParser(description="Time the workbench's steps against their peers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="only benchmarks with this in their name")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    args = parser.parse_args(arguments)
    modules = chosen(args.names)
    if not modules:
        parser.error(f"no benchmark is called {' or '.join(args.names)}; there are: {', '.join(chosen([]))}")
    rows = measure(modules, Console(stderr=True))
    Console().print(table(rows))
    if args.json:
        figures = [asdict(row) | {"ratio": row.ratio} for row in rows]
        args.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
