"""Problems of a project's settings, and of these with the model's inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from workbench.spec.errors import WorkbenchError
from workbench.spec.image_feeds import ImageFeed, own_size, pictures
from workbench.spec.image_size import parse_size, size_words
from workbench.spec.model import ModelFacts, Problem
from workbench.spec.preprocess import (
    Preprocess,
    check_alpha,
    check_channels,
    check_fit,
    check_opencv,
)
from workbench.spec.project import Project
from workbench.spec.reader import parse_reader
from workbench.spec.scale import parse_scale
from workbench.spec.settings import check_passthrough
from workbench.spec.size_text import plural
from workbench.spec.step_rules import check_steps, said_scale, scale_field


def project_problems(project: Project, facts: ModelFacts | None = None) -> list[Problem]:
    """What is wrong with the settings themselves, each with the field it belongs to."""
    tables = {"preprocess": project.preprocess}
    tables |= {f"images.{name}.preprocess": more.preprocess for name, more in project.images.items()}
    found = [p for field, table in tables.items() if table is not None for p in preprocess_problems(table, field)]
    for passed in project.signature.passed():
        found += _caught("signature.passthrough", lambda passed=passed: check_passthrough(passed))  # type: ignore[misc]
    if facts is not None:
        taken = {p.field for p in found}  # What is no size cannot be the wrong one, too.
        found += [p for p in _fit(project, facts) if p.field not in taken or not p.field]
    return list(dict.fromkeys(found))


def preprocess_problems(preprocess: Preprocess, field: str = "preprocess") -> Iterator[Problem]:
    """What is wrong with one picture's settings, whatever the model."""
    unread = _caught(f"{field}.reader", lambda: parse_reader(preprocess.reader))
    yield from unread
    yield from _caught(f"{field}.scale", lambda: parse_scale(preprocess.scale))
    yield from _caught(f"{field}.size", lambda: parse_size(size_words(preprocess.size)))
    if not unread:
        yield from _caught(f"{field}.fit", lambda: check_fit(preprocess))
        yield from _caught(f"{field}.opencv", lambda: check_opencv(preprocess))
    if preprocess.steps and not unread:
        yield from _caught(f"{field}.steps", lambda: check_steps(preprocess))
    yield from _caught(f"{field}.alpha", lambda: check_alpha(preprocess))


def _caught(field: str, check: Callable[[], object]) -> list[Problem]:
    try:
        check()
    except WorkbenchError as err:
        return [Problem(err.code, f"{err.message} {err.hint}".strip(), field)]
    return []


def _fit(project: Project, facts: ModelFacts) -> Iterator[Problem]:
    try:
        found = pictures(facts, project)
    except WorkbenchError as err:
        yield Problem(err.code, f"{err.message} {err.hint}".strip(), "preprocess.input")
        return
    if project.preprocess is None and project.images:
        text = "The project has [images], but no [preprocess] for the first image input."
        yield Problem("NO_PREPROCESS", text, "preprocess.input")
    for picture in found:
        yield from _size(picture)
        yield from _channels(picture)
        yield from _whole_numbers(picture)
    yield from _fixed_batch(facts)
    yield from _unknown_names(project, facts)


def _size(picture: ImageFeed) -> Iterator[Problem]:
    height, width = own_size(picture.tensor)
    want = picture.preprocess.size
    if isinstance(want, str):
        if height and width:
            text = f"The model takes {height}x{width} pixels only: images cannot be taken as sent."
            yield Problem("SIZE_MISMATCH", text, f"{picture.field}.size")
        return
    if (height or want[0], width or want[1]) != want:
        text = f"The model takes {height or 'any'}x{width or 'any'} pixels, the project has {want[0]}x{want[1]}."
        yield Problem("SIZE_MISMATCH", text, f"{picture.field}.size")


def _channels(picture: ImageFeed) -> Iterator[Problem]:
    channels = (picture.tensor.shape or (None,) * 4)[3] or 3
    yield from _scale(picture, channels)
    yield from _caught(f"{picture.field}.colour", lambda: check_channels(picture.preprocess, channels))
    yield from _caught(f"{picture.field}.alpha", lambda: check_alpha(picture.preprocess, channels))


def _scale(picture: ImageFeed, channels: int) -> Iterator[Problem]:
    if picture.preprocess.steps:
        yield from _caught(f"{picture.field}.steps", lambda: check_steps(picture.preprocess, channels))
        return
    try:
        scale = parse_scale(picture.preprocess.scale)
    except WorkbenchError:
        return  # Told already.
    if not scale.fits(channels):
        text = f"The scale '{scale.name}' has values for {scale.channels} channels; the model takes {channels}."
        yield Problem("CHANNELS", text, f"{picture.field}.scale")


def _whole_numbers(picture: ImageFeed) -> Iterator[Problem]:
    if picture.tensor.dtype.startswith("float") or picture.tensor.dtype == "bfloat16":
        return
    try:
        scale = said_scale(picture.preprocess)
    except WorkbenchError:
        return  # Told already.
    if scale != "0..255":
        text = f"The model takes integers ({picture.tensor.dtype}): only the scale 0..255 produces integers."
        yield Problem("WHOLE_NUMBERS", text, f"{picture.field}.{scale_field(picture.preprocess)}")


def _fixed_batch(facts: ModelFacts) -> Iterator[Problem]:
    for tensor in facts.inputs:
        if tensor.shape and tensor.shape[0] is not None:
            text = f"The input '{tensor.name}' has the fixed batch size {tensor.shape[0]}; servers send any batch size."
            yield Problem("FIXED_BATCH", f"{text} Save the model with a batch dimension of None.", "")


def problems_text(count: int) -> str:
    """`2 problems to fix`: how the window and the commands count what prevents an export."""
    return f"{plural(count, 'problem')} to fix"


def _unknown_names(project: Project, facts: ModelFacts) -> Iterator[Problem]:
    keys = project.signature
    for field, names, tensors in (
        ("signature.inputs", keys.inputs, facts.inputs),
        ("signature.outputs", keys.outputs, facts.outputs),
        ("signature.scores_of", [keys.scores_of] if keys.scores_of else [], facts.outputs),
    ):
        known = [t.name for t in tensors]
        for name in names:
            if name not in known:
                text = f"The model has no '{name}'; it has: {', '.join(known)}."
                yield Problem("NO_TENSOR", text, field)
