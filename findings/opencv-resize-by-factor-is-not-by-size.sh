#!/usr/bin/env bash
# cv2.resize(image, None, fx=f, fy=f) samples by 1/f and not by the sizes it makes: other pixels than dsize= of the same size.
# opencv-python-headless 5.0.0.93 (3.4.18, 4.0.0, 4.12, 4.14 alike), numpy, Python 3.11, Linux x86-64.
# 641 columns times 0.35 are 224.35, so 224 come out; by factor they lie 1/0.35 apart, by size 641/224 apart, and at the right edge they are a whole pixel apart.
# Reading the factor of training code as its output size gives a pipeline of the right shape with other values almost everywhere.
# Seen (2026-12-01):
#   both are (168, 224, 3); 77.3 % of the values differ, by at most 20 levels
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m venv venv || exit 2
venv/bin/pip install --quiet --disable-pip-version-check opencv-python-headless==5.0.0.93 || exit 2
cat > seen.py <<'PY'
import cv2
import numpy as np

small = np.random.default_rng(0).integers(0, 256, (30, 40, 3), "uint8")
image = cv2.resize(small, (641, 480), interpolation=cv2.INTER_CUBIC)
by_factor = cv2.resize(image, None, fx=0.35, fy=0.35)
by_size = cv2.resize(image, (by_factor.shape[1], by_factor.shape[0]))
apart = np.abs(by_factor.astype(int) - by_size)
share = f"{(apart > 0).mean():.1%}".replace("%", " %")
print("opencv", cv2.__version__)
print(f"both are {by_size.shape}; {share} of the values differ, by at most {apart.max()} levels")
print("differ: yes" if (apart > 0).mean() > 0.5 else "differ: no")
PY
export TF_CPP_MIN_LOG_LEVEL=3
venv/bin/python seen.py 2> err.txt | tee seen.txt
test "${PIPESTATUS[0]}" = 0 || { cat err.txt; exit 2; }
grep -qxF 'differ: yes' seen.txt || exit 1
