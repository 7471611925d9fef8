#!/usr/bin/env bash
# cv2.imread(..., IMREAD_GRAYSCALE) of a color JPEG and cvtColor of its color reading differ, by more the harder it is compressed.
# opencv-python-headless 5.0.0.93 (3.4.18, 4.0.0, 4.12, 4.14 print the same), numpy, Python 3.11, Linux x86-64.
# The first is the file's own Y plane, the second is made of RGB values that were cut to 0..255 after the decoder's color conversion.
# They agree where no value was cut, so a smooth sample hides it; a network trained with one way is off by levels with the other.
# Seen (2026-12-01):
#   quality 50: at most 18 levels, 2.8 % of the pixels
#   quality 95: at most 9 levels, 1.1 % of the pixels
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m venv venv || exit 2
venv/bin/pip install --quiet --disable-pip-version-check opencv-python-headless==5.0.0.93 || exit 2
cat > seen.py <<'PY'
import cv2
import numpy as np

image = np.random.default_rng(0).integers(0, 256, (96, 128, 3), "uint8")
print("opencv", cv2.__version__)
for quality in (50, 95):
    data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    read = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE).astype(int)
    made = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2GRAY).astype(int)
    apart = np.abs(read - made)
    print(f"quality {quality}: at most {apart.max()} levels, {(apart > 0).mean():.1%} of the pixels".replace("%", " %"))
PY
export TF_CPP_MIN_LOG_LEVEL=3
venv/bin/python seen.py 2> err.txt | tee seen.txt
test "${PIPESTATUS[0]}" = 0 || { cat err.txt; exit 2; }
grep -qxF 'quality 50: at most 18 levels, 2.8 % of the pixels' seen.txt && grep -qxF 'quality 95: at most 9 levels, 1.1 % of the pixels' seen.txt || exit 1
