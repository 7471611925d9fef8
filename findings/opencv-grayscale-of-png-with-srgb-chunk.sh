#!/usr/bin/env bash
# cv2.imread(PNG, IMREAD_GRAYSCALE) of the same pixels gives other gray values if the file has an sRGB or gAMA chunk.
# opencv-python-headless 5.0.0.93, numpy, Python 3.11, Linux x86-64. 3.4.9, 4.0 to 4.2, 4.5.5 to 4.14 print the same; 3.4.13 and 4.3 to 4.5.3 heed gAMA alone.
# With the chunk libpng mixes the channels in linear light; read in color the chunk changes nothing, so cvtColor of the color picture is another gray altogether.
# Image editors write the chunk, Pillow and OpenCV do not: a data set saved anew by a script reads differently from its originals.
# Seen (2026-12-01):
#   no chunk: gray 84, color [60, 30, 200]
#   sRGB: gray 118, color [60, 30, 200]
#   gAMA: gray 118, color [60, 30, 200]
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m venv venv || exit 2
venv/bin/pip install --quiet --disable-pip-version-check opencv-python-headless==5.0.0.93 || exit 2
cat > seen.py <<'PY'
import struct
import zlib

import cv2
import numpy as np


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*more):
    rows = zlib.compress(b"".join(b"\0" + bytes([200, 30, 60]) * 4 for _ in range(4)))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


kinds = {"no chunk": (), "sRGB": (chunk(b"sRGB", b"\0"),), "gAMA": (chunk(b"gAMA", struct.pack(">I", 45455)),)}
print("opencv", cv2.__version__)
for name, more in kinds.items():
    data = np.frombuffer(png(*more), "uint8")
    gray, color = (cv2.imdecode(data, flag) for flag in (cv2.IMREAD_GRAYSCALE, cv2.IMREAD_COLOR))
    print(f"{name}: gray {gray[0, 0]}, color {color[0, 0].tolist()}")
PY
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=
venv/bin/python seen.py 2> err.txt | tee seen.txt
test "${PIPESTATUS[0]}" = 0 || { cat err.txt; exit 2; }
grep -qxF 'no chunk: gray 84, color [60, 30, 200]' seen.txt && grep -qxF 'sRGB: gray 118, color [60, 30, 200]' seen.txt || exit 1
