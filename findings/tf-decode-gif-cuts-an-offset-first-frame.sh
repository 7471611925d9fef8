#!/usr/bin/env bash
# tf.io.decode_gif takes the size of a GIF's first frame for the screen's and yet puts the frame at its offset, so a smaller first frame is cut and mostly black.
# tensorflow-cpu 2.21.0, Pillow 12.3.0, opencv-python-headless 5.0.0.93, Python 3.11, Linux x86-64.
# The file has a screen of 8x8 and one frame of 4x4 at (2, 2). Pillow and OpenCV give 8x8 with the frame in the middle; decode_image gives what decode_gif gives.
# Seen (2026-12-01):
#   Pillow: (8, 8, 3), 16 pixels of the frame
#   OpenCV: (8, 8, 3), 16 pixels of the frame
#   decode_gif: (4, 4, 3), 4 pixels of the frame
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m venv venv || exit 2
venv/bin/pip install --quiet --disable-pip-version-check tensorflow-cpu==2.21.0 pillow==12.3.0 opencv-python-headless==5.0.0.93 || exit 2
cat > seen.py <<'PY'
import io
import struct

import cv2
import numpy as np
import tensorflow as tf
from PIL import Image

FRAME = (200, 30, 60)


def packed(pixels):
    """The frame's pixels in LZW codes of three bits, cleared before they would need a fourth."""
    codes = [4]
    for place, pixel in enumerate(pixels, 1):
        codes += [pixel, 4] if place % 2 == 0 else [pixel]
    bits = "".join(f"{code:03b}"[::-1] for code in [*codes, 5])
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))


body = packed([1] * 16)
gif = b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0x80, 0, 0) + bytes([10, 20, 30, *FRAME])
gif += b"," + struct.pack("<HHHHB", 2, 2, 4, 4, 0) + bytes([2, len(body)]) + body + b"\0;"
seen = {
    "Pillow": np.asarray(Image.open(io.BytesIO(gif)).convert("RGB")),
    "OpenCV": cv2.imdecode(np.frombuffer(gif, "uint8"), cv2.IMREAD_COLOR)[..., ::-1],
    "decode_gif": tf.io.decode_gif(gif).numpy()[0],
}
print("tensorflow", tf.__version__)
for name, pixels in seen.items():
    print(f"{name}: {pixels.shape}, {int((pixels == FRAME).all(-1).sum())} pixels of the frame")
PY
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=
venv/bin/python seen.py 2> err.txt | tee seen.txt
test "${PIPESTATUS[0]}" = 0 || { cat err.txt; exit 2; }
grep -qxF 'Pillow: (8, 8, 3), 16 pixels of the frame' seen.txt && grep -qxF 'decode_gif: (4, 4, 3), 4 pixels of the frame' seen.txt || exit 1
