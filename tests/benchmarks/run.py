"""Runs every bench_*.py beside this file and prints one table of ratios to peers.

`python tests/benchmarks/run.py [NAME]... [--quick] [--against CHECKOUT] [--json FILE] [--markdown FILE]`; NAME is
a part of a file's name, such as `cli`.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import results
from ratio import Ratio, hurry
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent


def chosen(names: Sequence[str]) -> list[str]:
    """The benchmark modules whose name holds one of `names`; all of them when there are none.

    A script without `run` compares two checkouts and is started by itself.
    """
    scripts = sorted(HERE.glob("bench_*.py"))
    found = [path.stem for path in scripts if "\ndef run(" in path.read_text(encoding="utf-8")]
    return [module for module in found if not names or any(name in module for name in names)]


def measure(modules: Sequence[str], console: Console) -> list[Ratio]:
    """Run the modules one after the other, never together: they would measure each other."""
    rows: list[Ratio] = []
    for module in modules:
        console.print(f"{module} ...", style="dim")
        rows += importlib.import_module(module).run()
    return rows


def table(rows: Sequence[Ratio], before: Mapping[str, float]) -> Table:
    """The ratios for people; green where we are no slower than the peer. Beside an older checkout: the change."""
    shown = Table(title="Against peers (ratio under 1: ours needs less)")
    for name in ("step", "peer"):
        shown.add_column(name)
    for name in ("ours", "peer takes", "ratio", *(["ours / before"] if before else [])):
        shown.add_column(name, justify="right")
    for row in rows:
        seconds = f"{row.ours:.3f} {row.unit}", f"{row.peer_seconds:.3f} {row.unit}"
        change = [f"{row.ours / before[row.step]:.2f}" if before.get(row.step) else "-"] if before else []
        shown.add_row(
            row.step, row.peer, *seconds, f"{row.ratio:.2f}", *change, style="green" if row.ratio <= 1 else ""
        )
    return shown


def parser() -> argparse.ArgumentParser:
    """The command line's options."""
    made = argparse.ArgumentParser(description="Time the workbench's steps against their peers.")
    made.add_argument("names", nargs="*", metavar="NAME", help="only benchmarks with this in their name")
    made.add_argument("--quick", action="store_true", help="measure everything twice at most")
    made.add_argument("--against", type=Path, metavar="CHECKOUT", help="an older checkout with its .venv: measured too")
    made.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    made.add_argument(
        "--markdown", type=Path, metavar="FILE", help="and the table with machine, versions and date here"
    )
    return made


def before(args: argparse.Namespace, modules: Sequence[str]) -> dict[str, float]:
    """The older checkout's figures; the program ends with a sentence where they cannot be had."""
    if not args.against:
        return {}
    try:
        return results.earlier(args.against.resolve(), modules, args.quick)
    except (OSError, subprocess.CalledProcessError) as err:
        sys.exit(f"bench: {args.against} cannot be measured: {err}. It needs its own .venv ('make setup-test' there).")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 2 where no benchmark has such a name, 1 where the older checkout cannot be measured."""
    options = parser()
    args = options.parse_args(arguments)
    modules = chosen(args.names)
    if not modules:
        options.error(f"no benchmark is called {' or '.join(args.names)}; there are: {', '.join(chosen([]))}")
    if args.quick:
        hurry()
    older = before(args, modules)
    rows = measure(modules, Console(stderr=True))
    Console().print(table(rows, older))
    if args.json:
        figures = [asdict(row) | {"ratio": row.ratio} for row in rows]
        args.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if args.markdown:
        args.markdown.write_text(results.markdown(rows, older, args.quick), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
