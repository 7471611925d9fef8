"""Check `signature`: lints the signatures of the written SavedModel, independently of the composition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from workbench.core.check.result_text import result
from workbench.spec.check_words import CHECK_TITLES
from workbench.spec.lint import B64_KEY, RESERVED_ALIAS
from workbench.spec.model import Problem
from workbench.spec.notes import NO_SERVING_DEFAULT
from workbench.spec.report import CheckResult, CheckVerdict, EvidenceTable
from workbench.spec.signature import CLASSIFY_METHOD, PREDICT_METHOD, SERVING_DEFAULT
from workbench.spec.size_text import plural
from workbench.spec.tensors import SignatureSpec, TensorSpec

if TYPE_CHECKING:
    from workbench.core.check.subject import GateSubject

NAME: Final = "signature"
TITLE: Final = CHECK_TITLES[NAME]

METHODS: Final = (PREDICT_METHOD, CLASSIFY_METHOD, "tensorflow/serving/regress")
"""Method names that TensorFlow Serving supports (`signature_constants.py`)."""


def check_signature(subject: GateSubject) -> CheckResult:
    """The file's signatures are the composed ones, and none breaks a rule of the servers."""
    found = [*lint_written(subject.read.signatures, subject.read.tags), *_as_meant(subject)]
    problems = [p for p in found if p.code not in NOTES]
    notes = [*(p for p in found if p.code in NOTES), *subject.made.notes]
    rows = [(p.code, p.field, p.message) for p in (*problems, *notes)]
    evidence = (EvidenceTable("Rules", ("rule", "where", "what"), tuple(rows)),) if rows else ()
    if problems:
        message = f"{problems[0].message} ({plural(len(problems), 'problem')})"
        advice = "Fix it in the Signature tab, or under [signature] of the project, and export again."
        return result(
            NAME,
            TITLE,
            "fail",
            message,
            measured=len(problems),
            limit=0,
            unit="problems",
            advice=advice,
            evidence=evidence,
        )
    names = ", ".join(subject.read.signatures)
    verdict: CheckVerdict = "warn" if any(p.code in WARNINGS for p in notes) else "pass"
    message = f"{names}: as composed, callable by every server."
    if notes:
        message = f"{names}: as composed. {notes[0].message}"
    return result(NAME, TITLE, verdict, message, measured=0, limit=0, unit="problems", evidence=evidence)


NOTES: Final = ("NO_SERVING_DEFAULT", "BYTES_SUFFIX", "BARE_REPLY", "ECHOED_IMAGE")
"""Rules that may be broken deliberately."""

WARNINGS: Final = ("NO_SERVING_DEFAULT", "BYTES_SUFFIX", "ECHOED_IMAGE", "DOUBLE_ACTIVATION")
"""Notes that a release should not ignore; the form of a reply and rounding are only reported."""


def lint_written(signatures: Mapping[str, SignatureSpec], tags: tuple[str, ...]) -> Iterator[Problem]:
    """What is wrong with the signatures of any SavedModel, by the rules of its servers."""
    if "serve" not in tags:
        yield Problem("NO_SERVE_TAG", f"Its tags are {', '.join(tags) or 'none'}: servers look for 'serve'.")
    if not signatures:
        yield Problem("NO_SIGNATURE", "It has no signature: no server can call it.")
    elif SERVING_DEFAULT not in signatures:
        yield Problem("NO_SERVING_DEFAULT", NO_SERVING_DEFAULT)
    for name, signature in signatures.items():
        yield from _one(name, signature)


def _one(name: str, signature: SignatureSpec) -> Iterator[Problem]:
    if signature.method_name not in METHODS:
        text = f"Its method '{signature.method_name}' is not one that servers support."
        yield Problem("BAD_METHOD", text, name)
    if not signature.outputs:
        yield Problem("NO_OUTPUT", "It has no output.", name)
    for side, tensors in (("input", signature.inputs), ("output", signature.outputs)):
        for alias, tensor in tensors.items():
            yield from _tensor(f"{name}, {side} '{alias}'", alias, tensor)
    for alias, tensor in signature.outputs.items():
        if tensor.dtype == "DT_STRING" and alias.endswith("_bytes"):
            text = "A string returned under a key that ends in _bytes becomes base64."
            yield Problem("BYTES_SUFFIX", text, f"{name}, output '{alias}'")
        echoed = [a for a, t in signature.inputs.items() if t.name == tensor.name]
        if tensor.dtype == "DT_STRING" and echoed:
            text = f"The output '{alias}' is the input '{echoed[0]}': replies with images soon exceed the size limit."
            yield Problem("ECHOED_IMAGE", text, f"{name}, output '{alias}'")


def _tensor(where: str, alias: str, tensor: TensorSpec) -> Iterator[Problem]:
    if alias == RESERVED_ALIAS:
        yield Problem("BAD_ALIAS", B64_KEY, where)
    if tensor.dtype == "DT_INVALID" or not tensor.name:
        yield Problem("BAD_TENSOR", f"It has no tensor of a known dtype ({tensor.dtype}).", where)
    if tensor.shape is None:
        return  # Of unknown rank: servers batch along the first dimension in any case.
    if not tensor.shape:
        yield Problem("NO_BATCH", "It is a scalar: servers need a batch dimension.", where)
    elif tensor.shape[0] != -1:
        text = f"Its batch size is fixed at {tensor.shape[0]}: requests with another number of instances fail."
        yield Problem("FIXED_BATCH", text, where)


def _as_meant(subject: GateSubject) -> Iterator[Problem]:
    """Differences between the file and what the project requests."""
    written, meant = subject.read.signatures, subject.made.signatures
    for name in sorted(written.keys() | meant.keys()):
        if name not in written:
            yield Problem("SIGNATURE_MISSING", "The project defines it, but the export does not have it.", name)
        elif name not in meant:
            yield Problem("SIGNATURE_STRANGE", "The export has it, but the project does not define it.", name)
        elif written[name] != meant[name]:
            yield Problem("SIGNATURE_DIFFERS", "The export differs from the project.", name)
