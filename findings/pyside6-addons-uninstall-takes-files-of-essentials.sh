#!/usr/bin/env bash
# Uninstalling PySide6_Addons removes files of PySide6_Essentials: both wheels list the same stubs and py.typed.
# PySide6 6.11.3, pip 23.2.1, Python 3.11, Linux x86-64.
# The modules go on working, but type checkers then say that PySide6 has no stubs or py.typed marker. Installing the
# Essentials anew (--force-reinstall --no-deps) brings the files back.
# Seen (2026-11-30):
#   with both:     0 files of PySide6_Essentials missing, py.typed there: True
#   Addons gone:   66 files of PySide6_Essentials missing, py.typed there: False
#   reinstalled:   0 files of PySide6_Essentials missing, py.typed there: True
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m venv venv || exit 2
pip() { venv/bin/python -m pip --quiet --disable-pip-version-check "$@"; }
pip install PySide6_Essentials==6.11.3 PySide6_Addons==6.11.3 2> /dev/null || exit 2
cat > missing.py <<'PY'
import sys
from importlib import metadata

files = [file for file in metadata.files("PySide6_Essentials") if not str(file).startswith("../")]
missing = [str(file) for file in files if not file.locate().exists()]
there = "PySide6/py.typed" not in missing and any(str(file) == "PySide6/py.typed" for file in files)
print(f"{sys.argv[1]:<14} {len(missing)} files of PySide6_Essentials missing, py.typed there: {there}")
PY
{
    venv/bin/python missing.py "with both:" || exit 2
    pip uninstall -y PySide6_Addons || exit 2
    venv/bin/python missing.py "Addons gone:" || exit 2
    pip install --force-reinstall --no-deps PySide6_Essentials==6.11.3 2> /dev/null || exit 2
    venv/bin/python missing.py "reinstalled:" || exit 2
} | tee seen.txt
test "${PIPESTATUS[0]}" = 0 || exit 2
grep -q '^Addons gone: .*py.typed there: False$' seen.txt && grep -q '^with both: *0 files' seen.txt || exit 1
