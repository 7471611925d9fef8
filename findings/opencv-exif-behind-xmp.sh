#!/usr/bin/env bash
# OpenCV before 4.13 does not turn a JPEG upright whose EXIF segment stands behind another APP1 segment such as XMP.
# opencv-python-headless 4.12.0.88 and 4.13.0.90, Python 3.11, Linux x86-64.
# EXIF and XMP both travel in APP1 segments, and editors write them in either order. The older release reads the first
# APP1 only: the same photograph then comes out lying or upright depending on the order, without a warning.
# Seen (2026-11-30):
#   opencv 4.12.0: exif-first.jpg -> 20x40
#   opencv 4.12.0: xmp-first.jpg -> 40x20
#   opencv 4.13.0: exif-first.jpg -> 20x40
#   opencv 4.13.0: xmp-first.jpg -> 20x40
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m venv venv && venv/bin/pip install --quiet --disable-pip-version-check pillow==12.3.0 || exit 2
cat > written.py <<'PY'
import io
from PIL import Image

exif = Image.Exif()
exif[0x0112] = 6  # Turn by 90 degrees: 40x20 pixels stand upright as 20x40.
xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>'
segment = b"http://ns.adobe.com/xap/1.0/\x00" + xmp
segment = b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment
out = io.BytesIO()
Image.new("RGB", (40, 20), "teal").save(out, "JPEG", exif=exif)
data = out.getvalue()
at = data.index(b"\xff\xe1")
end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
open("exif-first.jpg", "wb").write(data[:end] + segment + data[end:])
open("xmp-first.jpg", "wb").write(data[:at] + segment + data[at:])
PY
venv/bin/python written.py || exit 2
cat > shapes.py <<'PY'
import cv2

for name in ("exif-first.jpg", "xmp-first.jpg"):
    height, width = cv2.imread(name).shape[:2]
    print(f"opencv {cv2.__version__}: {name} -> {width}x{height}")
PY
for version in 4.12.0.88 4.13.0.90; do
    venv/bin/pip install --quiet --disable-pip-version-check opencv-python-headless=="$version" || exit 2
    venv/bin/python shapes.py || exit 2
done | tee seen.txt
test "${PIPESTATUS[0]}" = 0 || exit 2
grep -q '^opencv 4.12.0: xmp-first.jpg -> 40x20$' seen.txt && grep -q '^opencv 4.13.0: xmp-first.jpg -> 20x40$' seen.txt || exit 1
