"""Check `limits`: sizes of a request, a reply and the model, compared with the target's limits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from workbench.core.check.result_text import result
from workbench.core.instances.image_instances import to_json
from workbench.core.instances.online import to_rows
from workbench.spec.check_words import CHECK_TITLES
from workbench.spec.report import CheckResult, EvidenceTable
from workbench.spec.size_text import plural
from workbench.spec.size_text import size_text as size

if TYPE_CHECKING:
    from workbench.core.check.subject import GateSubject

NAME: Final = "limits"
TITLE: Final = CHECK_TITLES[NAME]


class InstanceSizes(msgspec.Struct, frozen=True):
    """Bytes of one instance in a request's JSON, by image, and of one prediction in a reply's JSON."""

    instances: tuple[tuple[int, str], ...]
    prediction: int


def check_limits(subject: GateSubject) -> CheckResult:
    """Request, reply, model bytes and files; and the largest batch that one request may contain."""
    limits = subject.target.limits()
    sizes = sizes_of(subject)
    files = [p for p in subject.folder.rglob("*") if p.is_file()]
    model = sum(p.stat().st_size for p in files)
    largest, name = max(sizes.instances, default=(0, ""))
    typical = sorted(s for s, _ in sizes.instances)[len(sizes.instances) // 2] if sizes.instances else 0
    broken = []
    if limits.request_bytes and largest + _ENVELOPE > limits.request_bytes:
        count = sum(s + _ENVELOPE > limits.request_bytes for s, _ in sizes.instances)
        over = plural(count, "image is", "images are")
        broken.append(
            f"{over} too large for one request: {Path(name).name} takes {size(largest)} of {size(limits.request_bytes)}"
        )
    if limits.model_bytes and model > limits.model_bytes:
        broken.append(f"the export has {size(model)}, the target takes {size(limits.model_bytes)}")
    if limits.files and len(files) > limits.files:
        broken.append(f"the export has {len(files)} files, the target takes {limits.files}")
    if limits.reply_bytes and sizes.prediction > limits.reply_bytes:
        broken.append(f"one prediction takes {size(sizes.prediction)}, a reply may take {size(limits.reply_bytes)}")
    batch = batch_of(typical, sizes.prediction, limits.request_bytes, limits.reply_bytes)
    evidence = (_table(subject, largest, typical, sizes.prediction, model, len(files), batch),)
    if broken:
        advice = "Send smaller images (the model's input is smaller anyway), or use a target with higher limits."
        message = "; ".join(broken) + "."
        return result(
            NAME,
            TITLE,
            "fail",
            message[0].upper() + message[1:],
            measured=largest,
            limit=limits.request_bytes or None,
            unit="bytes",
            advice=advice,
            evidence=evidence,
        )
    told = f"a typical image takes {size(typical)} of a request" + (f", so {batch:,} fit into one" if batch else "")
    message = (
        f"{plural(len(files), 'file')} of {size(model)} together; {told}; a prediction has {size(sizes.prediction)}."
    )
    return result(
        NAME,
        TITLE,
        "pass",
        message,
        measured=largest,
        limit=limits.request_bytes or None,
        unit="bytes",
        evidence=evidence,
    )


_ENVELOPE = len(json.dumps({"instances": []}))


def sizes_of(subject: GateSubject) -> InstanceSizes:
    """Computed for the JSON of the images, measured on the JSON of a real prediction."""
    instances = []
    prediction = 0
    for item in subject.sample.items:
        instance = subject.sample.instance(item)
        if not isinstance(instance, dict):
            continue
        instances.append((json_bytes(instance) + len(", "), item.source))
        if not prediction:
            prediction = _prediction_bytes(subject, instance)
    return InstanceSizes(tuple(instances), prediction)


def json_bytes(instance: Mapping[str, object]) -> int:
    """Bytes of an instance in a request's JSON. Images are not encoded for this: base64 turns three bytes into four,
    padded."""
    images = [value for value in instance.values() if isinstance(value, bytes)]
    without = {key: b"" if isinstance(value, bytes) else value for key, value in instance.items()}
    return len(json.dumps(to_json(without))) + sum(4 * -(-len(image) // 3) for image in images)


def _prediction_bytes(subject: GateSubject, instance: dict[str, object]) -> int:
    from workbench.spec.errors import WorkbenchError

    try:
        outputs = subject.session.run(subject.made.serving, {alias: [value] for alias, value in instance.items()})
        return len(json.dumps(to_rows(outputs, 1)[0]))
    except WorkbenchError:
        return 0  # A rejected image has no prediction; parity reports it.


def batch_of(instance: int, prediction: int, request: int, reply: int) -> int:
    """Instances of that size that fit into one request and its reply; 0 if there is no limit."""
    fits = [limit // one for one, limit in ((instance, request), (prediction, reply)) if one and limit]
    return max(min(fits), 1) if fits else 0


def _table(
    subject: GateSubject, largest: int, typical: int, prediction: int, model: int, files: int, batch: int
) -> EvidenceTable:
    limits = subject.target.limits()
    rows = (
        ("largest image in a request, bytes", largest, limits.request_bytes or None),
        ("typical image in a request, bytes", typical, limits.request_bytes or None),
        ("one prediction in a reply, bytes", prediction, limits.reply_bytes or None),
        ("export, bytes", model, limits.model_bytes or None),
        ("export, files", files, limits.files or None),
        ("typical images that fit into one request", batch or None, None),
    )
    return EvidenceTable(f"Against the limits of '{subject.target_name}'", ("what", "here", "limit"), rows)
