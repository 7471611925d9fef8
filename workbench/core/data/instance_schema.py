"""Schema of the instances to write: from a project, from an export, or the default keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from workbench.core.data.image_bytes import AcceptedImages, taken_by
from workbench.core.instances.instance_form import InstanceForm, form_of_composition, form_of_export, form_of_feeds
from workbench.core.savedmodel.read import read_signatures
from workbench.spec.errors import WorkbenchError
from workbench.spec.image_feeds import ImageFeed
from workbench.spec.manifest import ExportManifest, read_export_manifest
from workbench.spec.project import Project
from workbench.spec.settings import SignatureSettings
from workbench.spec.signature import Composition
from workbench.spec.tensors import SignatureInput, TensorSpec, input_tensor


class InstanceSchema(msgspec.Struct, frozen=True):
    """The keys of an instance, and what each image key accepts."""

    form: InstanceForm
    taken: Mapping[str, AcceptedImages]


def default_schema() -> InstanceSchema:
    """The default keys without a project: `input` (JPEG bytes) and `metadata` (an id)."""
    keys = SignatureSettings()
    feeds = [SignatureInput(keys.image_key, "image", "", _text(keys.image_key))]
    feeds += [SignatureInput(p.key, "passthrough", p.key, _text(p.key)) for p in keys.passed()]
    return InstanceSchema(form_of_feeds(keys.name, feeds), {keys.image_key: AcceptedImages()})


def _text(alias: str) -> TensorSpec:
    return TensorSpec("DT_STRING", (-1,), input_tensor(alias))


def wanted_by_project(made: Composition, shown: Iterable[ImageFeed]) -> InstanceSchema:
    """The schema of a project's serving signature."""
    taken = {p.alias: taken_by(p.preprocess, (p.tensor.shape or (0,))[-1] or 3) for p in shown}
    return _with_image(InstanceSchema(form_of_composition(made), taken))


def wanted_by_export(directory: Path) -> InstanceSchema:
    """The schema of an export's serving signature; for a foreign export JPEGs, which every decoder op reads."""
    form = form_of_export(directory, read_signatures(directory).signatures)
    told = read_export_manifest(directory)
    found = _taken(told) if told else {alias: AcceptedImages() for alias in form.images}
    return _with_image(InstanceSchema(form, found))


def _taken(told: ExportManifest) -> dict[str, AcceptedImages]:
    return {f.alias: _taken_by_input(told.project, f.source) for f in told.feeds if f.kind == "image"}


def _taken_by_input(project: Project, name: str) -> AcceptedImages:
    more = project.images.get(name)
    own = more.preprocess if more and more.preprocess else project.preprocess
    return taken_by(own) if own else AcceptedImages()


def _with_image(wanted: InstanceSchema) -> InstanceSchema:
    if not wanted.form.image_alias:
        hint = f"Its inputs: {', '.join(wanted.form.inputs)}. Write their values as JSON lines."
        text = f"The signature '{wanted.form.signature}' has no image input: there is nothing to prepare."
        raise WorkbenchError("NO_IMAGE_INPUT", text, hint=hint)
    return wanted
