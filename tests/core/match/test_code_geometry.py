"""Geometry steps inferred from what happens to images of several sizes, and sizes that follow no rule."""

from __future__ import annotations

import pytest

from workbench.core.match.code_reading import reading_from_code
from workbench.spec.reading_found import ReadingFound

HEAD = "import cv2\nimport numpy as np\nimg = cv2.imread('a.jpg')\nh, w = img.shape[:2]\n"


def found(*lines: str) -> ReadingFound:
    (reading,) = reading_from_code(HEAD + "\n".join([*lines, "model.fit(img)"]))
    return reading


CROP = "img = img[(img.shape[0]-90)//2:(img.shape[0]-90)//2+90, (img.shape[1]-80)//2:(img.shape[1]-80)//2+80]"


@pytest.mark.parametrize(
    ("lines", "steps"),
    [
        (["s = 256 / min(h, w)", "img = cv2.resize(img, (round(w * s), round(h * s)))"], ["shorter_side 256 round"]),
        (["s = 99 / max(h, w)", "img = cv2.resize(img, (int(w * s), int(h * s)))"], ["longer_side 99 floor"]),
        (["r = w / h", "img = cv2.resize(img, (int(120 * r), 120) if r > 1 else (120, int(120 / r)))", CROP],
         ["shorter_side 120 floor", "center_crop 90x80"]),
        (["m = min(h, w)", "img = img[(h - m) // 2:(h - m) // 2 + m, (w - m) // 2:(w - m) // 2 + m]",
          "img = cv2.resize(img, (64, 64))", "img = cv2.resize(img, (32, 32))"],
         ["crop_to_ratio 64x64", "resize 64x64", "resize 32x32"]),
        (["img = cv2.resize(img, (50, 40))", "img = cv2.copyMakeBorder(img, 4, 4, 3, 3, cv2.BORDER_CONSTANT, value=7)"],
         ["resize 40x50", "pad 48x56 7,7,7"]),
        (["s = min(48 / h, 96 / w)", "img = cv2.resize(img, (round(w * s), round(h * s)))",
          "frame = np.full((48, 96, 3), 9, dtype=np.uint8)",
          "t, l = (48 - img.shape[0]) // 2, (96 - img.shape[1]) // 2",
          "frame[t:t + img.shape[0], l:l + img.shape[1]] = img", "img = frame"],
         ["letterbox 48x96 9,9,9"]),
    ],
)  # fmt: skip
def test_the_rule_behind_the_sizes_is_named_whatever_arithmetic_leads_there(lines: list[str], steps: list[str]) -> None:
    reading = found(*lines)
    geometry = [step for step in reading.steps if step not in ("reverse_channels", "scale 0..1")]
    assert geometry == steps
    assert not reading.not_understood


@pytest.mark.parametrize(
    "lines",
    [
        ["img = cv2.resize(img, (w // 2, h // 2))"],
        ["img = cv2.resize(img, (int(w ** 0.5) * 8, h))"],
        ["img = img[10:h - 10, 0:w]"],
        ["img = img[0:100, 0:100]"],
        ["img = cv2.copyMakeBorder(img, 0, max(h, w) - h, 0, max(h, w) - w, cv2.BORDER_CONSTANT)"],
        ["img = cv2.copyMakeBorder(img, 5, 5, 5, 5, cv2.BORDER_REFLECT)"],
        ["img = cv2.resize(img, (side, side))", "img = cv2.resize(img, (img.shape[1] + 3, 8))"],
        ["img = cv2.resize(img, (int(w * 9 / max(h, w)), int(h * 9 / max(h, w))))", "img = img / img.std(axis=0)"],
    ],
)
def test_sizes_that_no_step_stands_for_are_told(lines: list[str]) -> None:
    reading = found(*lines)
    assert reading.not_understood
    assert all(told.source in lines for told in reading.not_understood)
