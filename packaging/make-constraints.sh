#!/bin/sh
# Makes packaging/constraints.txt anew: the newest versions within pyproject.toml's bounds, in one resolution that
# holds for Python 3.11 to 3.13 on Linux and macOS with every extra. What keeps a package back, `make outdated` names.
# Asks the package index; run it when pyproject.toml changed.
set -eu

cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# What pip fetches to build the package itself: the build system and, for an editable install, editables.
cat >"$scratch/build.in" <<'END'
hatchling>=1.27
editables
END

"${PYTHON:-python3}" -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check uv
"$scratch/venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --all-extras \
    --no-header --no-annotate --no-emit-index-url \
    --output-file "$scratch/pins.txt" pyproject.toml "$scratch/build.in"

{
    echo "# The exact versions that set-up installs, for Python 3.11 to 3.13 on Linux and macOS."
    echo "# Made by packaging/make-constraints.sh; change pyproject.toml or that script, not this file."
    cat "$scratch/pins.txt"
} >"$scratch/constraints.txt"
# Into the file, not over it: its mode stays as it is.
cat "$scratch/constraints.txt" >packaging/constraints.txt
echo "packaging/constraints.txt: $(grep -c == packaging/constraints.txt) pins"
