"""Lists the packages of this environment that have newer releases, and which requirement keeps each of them back.

    python packaging/outdated.py                    asks the package index, as `pip list --outdated` does
    python packaging/outdated.py NAME==VERSION ...  only says who keeps these versions out; asks nobody

A package that nobody keeps back gets its new version with the next `packaging/make-constraints.sh`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
OURS = "pyproject.toml"


def project_requirements() -> list[tuple[str, Requirement]]:
    """What pyproject.toml asks for, every extra included."""
    pyproject = tomllib.loads((ROOT / OURS).read_text(encoding="utf-8"))
    groups = [pyproject["project"]["dependencies"], *pyproject["project"]["optional-dependencies"].values()]
    return [(OURS, Requirement(text)) for group in groups for text in group]


def installed_requirements() -> Iterator[tuple[str, Requirement]]:
    """What the installed packages ask of each other on this Python; not what they ask for extras nobody chose."""
    ours = canonicalize_name("keras-export-workbench")
    extras = {canonicalize_name(r.name): r.extras for _, r in project_requirements() if r.extras}
    for package in metadata.distributions():
        name = canonicalize_name(package.metadata["Name"])
        for text in package.requires or [] if name != ours else []:
            try:
                needed = Requirement(text)
            except InvalidRequirement:  # old metadata; pip passes over it too
                continue
            wanted = ["", *extras.get(name, ())]
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in wanted):
                yield f"{name} {package.version}", needed


@cache
def everyone() -> tuple[tuple[str, Requirement], ...]:
    """Who asks for what."""
    return (*project_requirements(), *installed_requirements())


def keepers(name: str, version: str) -> list[str]:
    """Who keeps `version` of the package `name` out, each with its words, such as `apache-beam 2.77.0 (<13)`."""
    refusing = {
        f"{who} ({needed.specifier})": None
        for who, needed in everyone()
        if canonicalize_name(needed.name) == canonicalize_name(name)
        and not needed.specifier.contains(version, prereleases=True)
    }
    return list(refusing)


def outdated() -> list[tuple[str, str, str]]:
    """Name, version here and newest version of each package that is behind, from pip."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "list", "--outdated", "--format", "json"]
    command += ["--exclude", "pip"]  # it comes with Python, not from pyproject.toml
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit("outdated: pip could not ask the package index; its words stand above.")
    return [(row["name"], row["version"], row["latest_version"]) for row in json.loads(done.stdout)]


def report(rows: Sequence[tuple[str, str, str]]) -> None:
    """One line a package: a direct requirement first, marked with an asterisk."""
    direct = {canonicalize_name(needed.name) for _, needed in project_requirements()}
    for name, here, newest in sorted(rows, key=lambda row: (canonicalize_name(row[0]) not in direct, row[0].lower())):
        mark = "*" if canonicalize_name(name) in direct else " "
        why = ", ".join(keepers(name, newest)) or "nobody: run packaging/make-constraints.sh"
        print(f"{mark} {name:36} {here:16} {newest:16} kept back by {why}")
    print(f"outdated: {len(rows)} packages are behind (* named in {OURS}).")


def main(arguments: Sequence[str]) -> int:
    """0; 2 where an argument is no NAME==VERSION."""
    if not arguments:
        report(outdated())
        return 0
    for argument in arguments:
        name, equals, version = argument.partition("==")
        if not (name and equals and version):
            print(f"outdated: '{argument}' is not NAME==VERSION, such as pillow==13.0.0.", file=sys.stderr)
            return 2
        print(f"{argument}: {', '.join(keepers(name, version)) or 'nobody keeps it out'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
