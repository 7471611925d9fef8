"""What happens to an image between the request and the network's first layer, step by step. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.gui.inputs.relevance import relevant
from workbench.gui.texts import tensor_text, tr
from workbench.gui.widgets.pipeline import Step
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import ModelFacts, TensorFacts
from workbench.spec.preprocess import FAST_RESIDUAL, FORMAT_NAMES, Preprocess
from workbench.spec.reader import parse_reader
from workbench.spec.scale import parse_scale
from workbench.spec.step_forms import STEPS


def steps_of(preprocess: Preprocess, tensor: TensorFacts, facts: ModelFacts) -> list[Step]:
    """The steps for one image input; those that do nothing are left out."""
    found = [
        (tr("Pipeline", "Decode"), _decode(preprocess), "accent"),
        *_corrections(preprocess),
        *(_listed(preprocess) if preprocess.steps else _short_form(preprocess)),
    ]
    found.append((tr("Pipeline", "Input"), f"{tensor.name}  {tensor_text(tensor)}", "accent"))
    found += _model_itself(facts)
    return found


def _asks(preprocess: Preprocess, name: str) -> object:
    """A setting that the reader may decide; nothing where there is no such reader."""
    try:
        return getattr(preprocess, name)
    except WorkbenchError:
        return None


def _short_form(preprocess: Preprocess) -> Iterator[Step]:
    yield tr("Pipeline", "Resize"), _resize(preprocess), "accent"
    if _asks(preprocess, "order") == "bgr":
        yield tr("Pipeline", "Channel order"), tr("Pipeline", "BGR, as in OpenCV"), "accent"
    yield tr("Pipeline", "Scale"), _scale(preprocess.scale), "accent"


def _listed(preprocess: Preprocess) -> Iterator[Step]:
    """The project's own steps in its words, each with what it does."""
    for number, text in enumerate(preprocess.steps, 1):
        row = STEPS.get(text.split(maxsplit=1)[0]) if text.strip() else None
        words = f"{text}: {tr('Pipeline', row.words)}" if row else text
        yield tr("Pipeline", "Step {n}").format(n=number), words, "accent"


def _decode(preprocess: Preprocess) -> str:
    return tr("Pipeline", "{formats}; other formats are rejected").format(formats=FORMAT_NAMES[preprocess.formats])


def _corrections(preprocess: Preprocess) -> Iterator[Step]:
    if _asks(preprocess, "turns"):
        yield tr("Pipeline", "Orient"), tr("Pipeline", "by the EXIF orientation"), "accent"
    grounds = {
        "black": tr("Pipeline", "composited on black"),
        "white": tr("Pipeline", "composited on white"),
    }
    if preprocess.formats != "jpeg" and preprocess.alpha in grounds:
        yield tr("Pipeline", "Alpha channel"), grounds[preprocess.alpha], "accent"


def _resize(preprocess: Preprocess) -> str:
    if isinstance(preprocess.size, str):
        return tr("Pipeline", "none: images keep their size")
    height, width = preprocess.size
    try:
        how = tr("Pipeline", parse_reader(preprocess.reader).resize)
    except WorkbenchError:
        return f"{height}×{width}"
    fits = {"crop": tr("Pipeline", "center crop, "), "pad": tr("Pipeline", "padded with black, ")}
    slack = not preprocess.exact and "exact" in relevant(preprocess, channels=3)
    fast = tr("Pipeline", " (differs by {off})").format(off=FAST_RESIDUAL) if slack else ""
    text = tr("Pipeline", "{fit}to {h}×{w} pixels, {how}{fast}")
    return text.format(fit=fits.get(preprocess.fit, ""), h=height, w=width, how=how, fast=fast)


def _scale(scale: str) -> str:
    try:
        read = parse_scale(scale)
    except WorkbenchError:
        return scale
    if read.words:
        return read.words
    mean, deviation = (", ".join(f"{v:g}" for v in part) for part in (read.mean, read.std))
    return tr("Pipeline", "(x - {mean}) / {deviation}").format(mean=mean, deviation=deviation)


def _model_itself(facts: ModelFacts) -> Iterator[Step]:
    """What the network does to the pixels by layers of its own: the scale above must leave that to it."""
    for place in facts.normalises:
        does = place.reason or place.class_name
        text = tr("Pipeline", "{does} (layer '{path}')").format(does=does, path=place.path)
        yield tr("Pipeline", "The model"), text, "warn"
