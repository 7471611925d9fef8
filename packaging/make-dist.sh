#!/bin/sh
# Builds the sdist and the wheel into the checkout's dist/ or into the folder that is named: the same bytes from the same files, in
# whatever folder, at whatever time and with whatever umask. Fetches the pinned build system from the package index.
#
#   packaging/make-dist.sh [FOLDER]
set -eu

checkout=$(cd "$(dirname "$0")/.." && pwd -P)
folder=${1:-$checkout/dist}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd -P)
cd "$checkout"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The time of every file in the archives: that of the commit; outside of a checkout the build system's own, fixed one.
if [ -z "${SOURCE_DATE_EPOCH:-}" ] && [ -e .git ] && command -v git >/dev/null; then
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
    export SOURCE_DATE_EPOCH
fi

"${PYTHON:-python3}" -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install --quiet --disable-pip-version-check -c packaging/constraints.txt hatchling
"$scratch/venv/bin/python" -m hatchling build --directory "$folder"
