"""Differences between two versions, classified by their effect on callers: same, compatible, breaking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

import msgspec

from workbench.spec.manifest import ExportManifest
from workbench.spec.preprocess import FORMAT_NAMES, Preprocess
from workbench.spec.tensors import SignatureSpec, TensorSpec

Kind = Literal["same", "compatible", "breaking"]

_ORDER: Final[tuple[Kind, ...]] = ("same", "compatible", "breaking")


class SignatureChange(msgspec.Struct, frozen=True):
    """One difference: where it is, and what it means for callers, in words."""

    kind: Kind
    where: str
    message: str


class SignatureDiff(msgspec.Struct, frozen=True):
    """All differences from an old version to a new one; `kind` is the worst of them."""

    kind: Kind
    changes: tuple[SignatureChange, ...] = ()


def diff(
    old: Mapping[str, SignatureSpec],
    new: Mapping[str, SignatureSpec],
    old_manifest: ExportManifest | None = None,
    new_manifest: ExportManifest | None = None,
) -> SignatureDiff:
    """The differences that a caller of the old version meets at the new one.

    Breaking is what makes a request that was good fail, or a reply be read otherwise: a signature, key or format
    that went, another dtype or shape, a new key that has to be sent, other labels at the same places.
    """
    changes = [*_signatures(old, new)]
    if old_manifest is not None and new_manifest is not None:
        changes += _settings(old_manifest, new_manifest)
    return SignatureDiff(
        worst(change.kind for change in changes), tuple(sorted(changes, key=lambda c: -_ORDER.index(c.kind)))
    )


def worst(kinds: Iterable[Kind]) -> Kind:
    """The gravest of some kinds; `same` of none."""
    return max(kinds, key=_ORDER.index, default="same")


def _signatures(old: Mapping[str, SignatureSpec], new: Mapping[str, SignatureSpec]) -> Iterator[SignatureChange]:
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            yield SignatureChange(
                "breaking", name, f"The signature '{name}' was removed: callers who use it get an error."
            )
        elif name not in old:
            yield SignatureChange("compatible", name, f"The signature '{name}' is new.")
        else:
            yield from _signature(name, old[name], new[name])


def _signature(name: str, old: SignatureSpec, new: SignatureSpec) -> Iterator[SignatureChange]:
    if old.method_name != new.method_name:
        yield SignatureChange("breaking", name, f"Its method was {old.method_name} and is {new.method_name}.")
    yield from _inputs(name, old.inputs, new.inputs)
    yield from _outputs(name, old.outputs, new.outputs)


def _inputs(name: str, old: Mapping[str, TensorSpec], new: Mapping[str, TensorSpec]) -> Iterator[SignatureChange]:
    for alias in sorted(old.keys() | new.keys()):
        where = f"{name}, input '{alias}'"
        if alias not in new:
            yield SignatureChange(
                "breaking", where, f"The request key '{alias}' was removed: requests that contain it are rejected."
            )
        elif alias not in old:
            yield SignatureChange(
                "breaking", where, f"The request key '{alias}' is new, and is required in every instance."
            )
        else:
            yield from _tensor(where, old[alias], new[alias], takes=True)
    if len(old) == 1 < len(new):
        yield SignatureChange(
            "breaking", name, "Instances could be bare values; with several keys they must be objects."
        )


def _outputs(name: str, old: Mapping[str, TensorSpec], new: Mapping[str, TensorSpec]) -> Iterator[SignatureChange]:
    for alias in sorted(old.keys() | new.keys()):
        where = f"{name}, output '{alias}'"
        if alias not in new:
            yield SignatureChange("breaking", where, f"The reply key '{alias}' was removed.")
        elif alias not in old:
            yield SignatureChange("compatible", where, f"The reply has a new key, '{alias}'.")
        else:
            yield from _tensor(where, old[alias], new[alias], takes=False)
    if (len(old) == 1) != (len(new) == 1):
        was, now = ("a bare value", "an object") if len(old) == 1 else ("an object", "a bare value")
        text = f"TensorFlow Serving returned {was} and now returns {now}: it drops the key if there is only one output."
        yield SignatureChange("breaking", name, text)


def _tensor(where: str, old: TensorSpec, new: TensorSpec, *, takes: bool) -> Iterator[SignatureChange]:
    if old.dtype != new.dtype:
        yield SignatureChange("breaking", where, f"It was {old.dtype} and is {new.dtype}.")
    if old.shape == new.shape:
        return
    wider = _covers(new.shape, old.shape) if takes else _covers(old.shape, new.shape)
    was, now = (_shape(t.shape) for t in (old, new))
    if wider:
        why = "all values accepted before are accepted" if takes else "it is more specific"
        text = f"Its shape was {was} and is {now}: {why}."
        yield SignatureChange("compatible", where, text)
    else:
        yield SignatureChange("breaking", where, f"Its shape was {was} and is {now}.")


def _covers(wide: tuple[int, ...] | None, narrow: tuple[int, ...] | None) -> bool:
    """Whether every value of the narrow shape is one of the wide shape; `None` is a shape of unknown rank."""
    if wide is None:
        return True
    if narrow is None or len(wide) != len(narrow):
        return False
    return all(w in (-1, n) for w, n in zip(wide, narrow, strict=True))


def _shape(shape: tuple[int, ...] | None) -> str:
    return "of unknown rank" if shape is None else str(list(shape)).replace("-1", "?")


def _settings(old: ExportManifest, new: ExportManifest) -> Iterator[SignatureChange]:
    """What signatures do not say: the pictures are read otherwise, labels stand at other places, another model."""
    if old.model.sha256 != new.model.sha256:
        was, now = (f"{m.model.name} ({m.model.sha256[:12]})" for m in (old, new))
        yield SignatureChange("compatible", "model", f"The model file was {was} and is {now}.")
    yield from _preprocess(old.project.preprocess, new.project.preprocess)
    if old.project.images != new.project.images:
        yield SignatureChange("compatible", "images", "The preprocessing of other image inputs has changed.")
    yield from _labels(old.project.signature.labels, new.project.signature.labels)
    if old.project.signature.activation != new.project.signature.activation:
        was, now = (s.project.signature.activation or "none" for s in (old, new))
        yield SignatureChange(
            "compatible", "signature.activation", f"The activation of the scores was {was} and is {now}."
        )


def _preprocess(old: Preprocess | None, new: Preprocess | None) -> Iterator[SignatureChange]:
    if old is None or new is None:
        return  # The keys of the signature tell.
    gone = _formats(old) - _formats(new)
    if gone:
        text = f"Callers could send {FORMAT_NAMES[old.formats]}, and now only {FORMAT_NAMES[new.formats]}."
        yield SignatureChange("breaking", "preprocess.formats", text)
    for field in msgspec.structs.fields(Preprocess):
        was, now = getattr(old, field.name), getattr(new, field.name)
        if was != now and not (field.name == "formats" and gone):
            text = f"{field.name} was {_plain(was)} and is {_plain(now)}: the same image gets other scores."
            yield SignatureChange("compatible", f"preprocess.{field.name}", text)


def _formats(settings: Preprocess) -> set[str]:
    return set(FORMAT_NAMES[settings.formats].replace(" and ", ", ").split(", "))


def _plain(value: object) -> str:
    return (
        "x".join(map(str, value))
        if isinstance(value, tuple)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )


def _labels(old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[SignatureChange]:
    if old == new:
        return
    if not old or not new:
        yield SignatureChange("compatible", "signature.labels", "Labels were added." if new else "Labels were removed.")
        return
    moved = [o for place, o in enumerate(old) if new[place : place + 1] != (o,)]
    text = f"Labels moved or replaced: {', '.join(moved[:3])}{' and more' if len(moved) > 3 else ''}."
    if moved:
        yield SignatureChange("breaking", "signature.labels", text)
    else:
        yield SignatureChange("compatible", "signature.labels", f"New labels: {', '.join(new[len(old) :][:3])}.")
