"""The orientation that `cv2.imread` takes from EXIF records as cameras, programs and accidents write them."""

from __future__ import annotations

import struct

import cv2
import numpy as np
from pictures import encoded, photo

from workbench.core.export.pixels.exif_opencv import jpeg_orientation
from workbench.core.lazy import tensorflow

HEAD = b"MM\0*\0\0\0\x08"
XMP = b'http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation="6"/>'


def directory(*entries: tuple[int, int, int, bytes], order: str = ">") -> bytes:
    made = [struct.pack(f"{order}HHI", *entry[:3]) + entry[3] for entry in entries]
    return struct.pack(f"{order}H", len(made)) + b"".join(made) + b"\0\0\0\0"


def short(value: int) -> bytes:
    return struct.pack(">H", value) + b"\0\0"


SIX = (0x0112, 3, 1, short(6))
ONE = (0x0112, 3, 1, short(1))

RECORDS = {
    "plain": HEAD + directory(SIX),
    "little-endian": b"II*\0\x08\0\0\0" + directory((0x0112, 3, 1, struct.pack("<H", 6) + b"\0\0"), order="<"),
    "second entry": HEAD + directory((0x0100, 3, 1, short(4)), SIX),
    "behind a text": HEAD + directory((0x010F, 2, 40, struct.pack(">I", 38)), SIX) + b"x" * 40,
    "directory further on": b"MM\0*\0\0\0\x10" + bytes(8) + directory(SIX),
    "twice": HEAD + directory(SIX, ONE),
    "twice, the other first": HEAD + directory(ONE, SIX),
    "of no values": HEAD + directory((0x0112, 3, 0, short(6))),
    "of three values": HEAD + directory((0x0112, 3, 3, struct.pack(">I", 8))),
    "a long": HEAD + directory((0x0112, 4, 1, struct.pack(">I", 6))),
    "a byte": HEAD + directory((0x0112, 1, 1, b"\x06\0\0\0")),
    "nine": HEAD + directory((0x0112, 3, 1, short(9))),
    "cut off": HEAD + directory(SIX)[:-4],
    "more entries told": HEAD + b"\0\x03" + directory(SIX)[2:-4],
    "mixed byte orders": b"MI\0*\0\0\0\x08" + directory(SIX),
    "no number 42": b"MM\0+\0\0\0\x08" + directory(SIX),
    "its name twice": b"Exif\0\0" + HEAD + directory(SIX),
    "short": HEAD[:6],
    "nothing": b"",
}


def segment(text: bytes) -> bytes:
    return b"\xff\xe1" + struct.pack(">H", len(text) + 2) + text


def test_records_are_read_as_opencv_reads_them() -> None:
    tf = tensorflow()
    jpeg = encoded(photo(12, 8), "JPEG")
    segments = {name: segment(b"Exif\0\0" + record) for name, record in RECORDS.items()}
    first = segments["plain"]
    segments |= {"XMP alone": segment(XMP), "XMP, then EXIF": segment(XMP) + first, "none": b""}
    segments |= {"two, the first counts": first + segments["nine"], "two": segments["nine"] + first}
    one = tf.function(jpeg_orientation, input_signature=[tf.TensorSpec([], tf.string)], autograph=False)
    for name, made in segments.items():
        data = jpeg[:2] + made + jpeg[2:]
        read = np.asarray(cv2.imdecode(np.frombuffer(data, "uint8"), cv2.IMREAD_COLOR))
        assert (one(data).numpy() == 6) == (read.shape[0] == 8), name
