#!/usr/bin/env bash
# A CMYK JPEG without Adobe's marker is read inverted by OpenCV and Pillow, but not by TensorFlow's decode_jpeg.
# tensorflow-cpu 2.21.0, opencv-python-headless 5.0.0.93, Pillow 12.3.0, Python 3.11, Linux x86-64.
# The format does not say which way round four components without the marker stand; with the marker the three agree within 2 levels.
# A network trained with pictures read one way and served the other gets negatives, and nothing fails.
# Seen (2026-11-30):
#   with the marker: TensorFlow [48, 172, 207]
#   with the marker: OpenCV [50, 173, 208]
#   with the marker: Pillow [49, 172, 207]
#   without it: TensorFlow [23, 7, 2]
#   without it: OpenCV [50, 173, 208]
#   without it: Pillow [49, 172, 207]
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m venv venv || exit 2
venv/bin/pip install --quiet --disable-pip-version-check tensorflow-cpu==2.21.0 opencv-python-headless==5.0.0.93 pillow==12.3.0 || exit 2
cat > readers.py <<'PY'
import io
import cv2
import numpy as np
import tensorflow as tf
from PIL import Image

out = io.BytesIO()
Image.new("CMYK", (16, 16), (200, 60, 20, 30)).save(out, "JPEG", quality=95)  # Pillow writes the marker.
marked = out.getvalue()
at = marked.index(b"\xff\xee")
plain = marked[:at] + marked[at + 2 + int.from_bytes(marked[at + 2 : at + 4], "big") :]
for name, data in (("with the marker", marked), ("without it", plain)):
    seen = {
        "TensorFlow": tf.io.decode_jpeg(data, channels=3).numpy(),
        "OpenCV": cv2.imdecode(np.frombuffer(data, "uint8"), cv2.IMREAD_COLOR)[..., ::-1],
        "Pillow": np.asarray(Image.open(io.BytesIO(data)).convert("RGB")),
    }
    for reader, pixels in seen.items():
        print(f"{name}: {reader} {pixels[8, 8].tolist()}")
PY
export TF_CPP_MIN_LOG_LEVEL=3
venv/bin/python readers.py 2> err.txt | tee seen.txt
test "${PIPESTATUS[0]}" = 0 || { cat err.txt; exit 2; }
grep -qxF 'without it: TensorFlow [23, 7, 2]' seen.txt && grep -qxF 'without it: OpenCV [50, 173, 208]' seen.txt || exit 1
