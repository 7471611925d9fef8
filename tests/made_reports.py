"""A report of the release gate with every kind of evidence, and the small pictures it names."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

from workbench.spec.report import (
    Chart,
    ChartSeries,
    CheckResult,
    ConfusionEvidence,
    EvidenceImage,
    EvidenceImages,
    EvidenceTable,
    GateReport,
    verdict_of,
)

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def made_report(folder: Path, *, images: int = 4) -> GateReport:
    """Twelve checks as a model with the wrong reader gets them; the pictures are written into `folder`."""
    checks = (*_loading(), _skew(folder, images), _reach(), _golden(folder), _labels(), *_serving(), *_last())
    return GateReport(
        verdict=verdict_of(checks),
        checks=checks,
        project="digits.toml",
        model="digits.h5",
        model_sha256="8b1f3c77e0a94f2d5c66a1b0d9e83f4471c2be0f6d5a98e7034bb1c2d3e4f506",
        fingerprint="3f9a6c1e77d204b8",
        target="local",
        against="local/digits/v3",
        images=200,
        created="2026-11-22T14:02:10Z",
        seconds=48.31,
        versions={"workbench": "0.1.0", "tensorflow": "2.21.0", "keras": "3.15.1", "pillow": "12.3.0"},
    )


def _loading() -> tuple[CheckResult, ...]:
    loaders = EvidenceTable(
        "Loaders",
        ("Loader", "Seconds", "Memory, MB", "Signatures"),
        (("v1 Session loader", 0.412, 188.2, 3), ("tf.saved_model.load", 0.937, 241.9, 3)),
        "Each in a process of its own.",
    )
    signature = EvidenceTable(
        "Remarks", ("Code", "Where", "Remark"), (("BYTES_NAME", "input", "The key does not end in _bytes."),)
    )
    parity = EvidenceTable(
        "Furthest apart",
        ("Image", "Difference", "Top 1"),
        (("five_1440.jpg", 2.4e-7, "same"), ("six_1441.jpg", 1.1e-7, "same")),
    )
    return (
        CheckResult(
            name="loads",
            title="Loads in a clean process",
            verdict="pass",
            measured=0.937,
            limit=60,
            unit="s",
            seconds=4.2,
            message="Both loaders read the export in a fresh process.",
            evidence=(loaders,),
        ),
        CheckResult(
            name="signature",
            title="Signatures of the export",
            verdict="warn",
            measured=1,
            limit=0,
            unit="remarks",
            seconds=0.02,
            message="The key 'input' holds encoded bytes and does not end in _bytes: clients must know it wants b64.",
            advice="Rename it to input_bytes, or tell your callers.",
            evidence=(signature,),
        ),
        CheckResult(
            name="parity",
            title="Parity with the Keras model",
            verdict="pass",
            measured=2.4e-7,
            limit=1e-5,
            seconds=6.8,
            message="200 images, no top-1 flip.",
            evidence=(parity,),
        ),
    )


def _skew(folder: Path, images: int) -> CheckResult:
    items = tuple(
        EvidenceImage(
            f"five_{1440 + n}.jpg",
            f"mean {8.1 - n:.1f}, max {229 - 9 * n} pixel values (0-255); top 1 five, was three",
            8.1 - n,
            *_four(folder, f"skew{n}", n),
        )
        for n in range(images)
    )
    readers = EvidenceTable(
        "Readers tried",
        ("Reader", "Mean difference", "Largest", "Top-1 flips"),
        (("tf1 (as set)", 8.104, 229, 14), ("load_img:nearest", 0.106, 1, 0), ("load_img:bilinear", 7.23, 218, 11)),
    )
    spread = Chart(
        "Mean difference by image",
        "bars",
        ("0-1", "1-2", "2-4", "4-8", "8-16", "16-32"),
        (ChartSeries("images", (12.0, 31.0, 70.0, 61.0, 22.0, 4.0)),),
        "pixel values (0-255)",
        "images",
    )
    return CheckResult(
        name="skew",
        title="Training-serving skew",
        verdict="fail",
        measured=8.104,
        limit=1.0,
        unit="pixel values (0-255)",
        seconds=11.9,
        message="The picture the export feeds the model is not the one training saw: 14 of 200 images flip.",
        advice="Set the reader to load_img:nearest: with it the difference would be 0.1 instead of 8.1.",
        evidence=(readers, EvidenceImages("Worst images", items, "The training path is run by Pillow itself."), spread),
    )


def _reach() -> CheckResult:
    holds = EvidenceTable("What holds it back", ("Node", "Op", "Since"), (("preprocess/decode", "DecodeImage", "2.3"),))
    return CheckResult(
        name="reach",
        title="Runs in the target's TensorFlow",
        verdict="pass",
        measured="1.15",
        limit="2.15",
        seconds=0.3,
        message="TensorFlow 1.15 and later load it; the target declares 2.15.",
        evidence=(holds,),
    )


def _golden(folder: Path) -> CheckResult:
    changed = EvidenceImage("three_1438.jpg", "was three 0.91, is eight 0.55", 0.36, *_four(folder, "golden", 7)[:1])
    return CheckResult(
        name="golden",
        title="Golden images unchanged",
        verdict="warn",
        measured=1,
        limit=0,
        unit="changed",
        seconds=2.0,
        message="1 of 12 golden images has another answer.",
        advice="Accept the answers if the change is meant.",
        evidence=(EvidenceImages("Changed", (changed,)),),
    )


def _labels() -> CheckResult:
    counts = tuple(
        tuple(18 - (r * 7) % 5 if r == c else ((r * 3 + c * 5) % 7 == 0) * ((r + c) % 4) for c in range(10))
        for r in range(10)
    )
    per_class = Chart(
        "Recall by class",
        "bars",
        DIGITS,
        (
            ChartSeries("this export", (0.98, 0.97, 0.91, 0.83, 0.95, 0.9, 0.96, 0.94, 0.79, 0.88)),
            ChartSeries("v3", (0.97, 0.97, 0.92, 0.9, 0.95, 0.91, 0.95, 0.94, 0.86, 0.9)),
        ),
        y_title="recall",
    )
    return CheckResult(
        name="labels",
        title="Labels and accuracy",
        verdict="warn",
        measured=0.911,
        limit=0.927,
        seconds=3.3,
        message="Accuracy 0.911 against 0.927 of v3.",
        advice="Look at three and eight: they lost most.",
        evidence=(ConfusionEvidence("Confusion matrix", DIGITS, counts), per_class),
    )


def _serving() -> tuple[CheckResult, ...]:
    sweep = Chart(
        "Batch sweep",
        "lines",
        ("1", "2", "4", "8", "16", "32"),
        (ChartSeries("p50", (6.2, 7.1, 9.8, 15.2, 27.5, 52.0)), ChartSeries("p95", (8.8, 9.4, 13.0, 19.9, 34.1, 66.3))),
        "images in a request",
        "milliseconds",
    )
    return (
        CheckResult(
            name="limits",
            title="Fits the target's limits",
            verdict="pass",
            measured=12_412,
            limit=1_572_864,
            unit="bytes",
            seconds=0.1,
            message="The largest request of one image; up to 96 images fit into one request.",
        ),
        CheckResult(
            name="latency",
            title="Latency and memory",
            verdict="pass",
            measured=6.2,
            limit=500,
            unit="ms",
            seconds=14.2,
            message="Half of the single requests took no longer; the first one took 240 ms.",
            evidence=(sweep,),
        ),
        CheckResult(
            name="security",
            title="No files, no network, no code",
            verdict="pass",
            measured=0,
            limit=0,
            unit="findings",
            seconds=0.1,
            message="No op reads, writes or prints; no layer carries code.",
        ),
    )


def _last() -> tuple[CheckResult, ...]:
    return (
        CheckResult(
            name="diff",
            title="Compared with the live version",
            verdict="skip",
            message="No version to compare with was named.",
            advice="Name one as TARGET/MODEL/VERSION.",
        ),
        CheckResult(
            name="outputs",
            title="Outputs are not constant",
            verdict="pass",
            measured=10,
            limit=2,
            unit="classes",
            seconds=0.4,
            message="10 of 10 classes are answered at least once; no NaN, no constant output.",
        ),
    )


def _four(folder: Path, stem: str, seed: int) -> tuple[str, str, str, str]:
    """Four little pictures: a figure, as it is, small by nearest, small by smoothing, and a heat map of the two."""
    original = Image.new("RGB", (220, 160), (24 + 9 * seed, 40, 66))
    pen = ImageDraw.Draw(original)
    pen.ellipse((40, 20, 150 + seed * 6, 140), outline=(240, 210, 120), width=9)
    pen.line((20, 150, 200, 12 + seed * 7), fill=(120, 220, 230), width=5)
    training = original.resize((64, 64), Image.Resampling.NEAREST)
    serving = original.filter(ImageFilter.GaussianBlur(1.4)).resize((64, 64), Image.Resampling.BILINEAR)
    heat = Image.new("RGB", (64, 64), (8, 8, 24))
    for x in range(64):
        for y in range(64):
            a, b = training.getpixel((x, y)), serving.getpixel((x, y))
            assert isinstance(a, tuple)
            assert isinstance(b, tuple)
            strength = min(255, int(2 * sum(abs(p - q) for p, q in zip(a, b, strict=True)) / 3))
            heat.putpixel((x, y), (strength, strength // 3, 24))
    names = tuple(f"{stem}-{side}.png" for side in ("original", "training", "serving", "difference"))
    for name, picture in zip(names, (original, training, serving, heat), strict=True):
        picture.save(folder / name)
    return names[0], names[1], names[2], names[3]
