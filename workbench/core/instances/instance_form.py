"""The form of a signature's instances: from a project, an export's manifest, or the SignatureDef alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from workbench.spec.errors import WorkbenchError
from workbench.spec.manifest import read_export_manifest
from workbench.spec.project import Project
from workbench.spec.settings import SignatureSettings
from workbench.spec.signature import SERVING_DEFAULT, Composition
from workbench.spec.tensors import SignatureInput, SignatureSpec, TensorSpec


class InstanceForm(msgspec.Struct, frozen=True):
    """The content of one instance of a signature: which aliases are images, which are passthrough keys.

    The first image is the input file itself; further ones are values that name a file. `outputs` are the aliases of the
    reply, if they are known.
    """

    signature: str
    inputs: dict[str, TensorSpec]
    images: tuple[str, ...]
    passthrough: tuple[str, ...]
    outputs: tuple[str, ...] = ()

    @property
    def image_alias(self) -> str:
        """The first image's key; empty if the signature has no image."""
        return next(iter(self.images), "")

    def filled(self) -> tuple[str, ...]:
        """The passthrough keys that get the image's path if they are not set: single texts."""
        return tuple(a for a in self.passthrough if _is_text(self.inputs[a]))

    def values(self) -> tuple[str, ...]:
        """The aliases for which a user must give a value."""
        return tuple(a for a in self.inputs if a != self.image_alias and a not in self.filled())


def _is_text(tensor: TensorSpec) -> bool:
    return tensor.dtype == "DT_STRING" and tensor.shape in ((-1,), None)


def form_of_composition(made: Composition) -> InstanceForm:
    """The form of a project's serving signature."""
    return form_of_feeds(made.serving, made.feeds, tuple(a.alias for a in made.answers))


def form_of_feeds(signature: str, feeds: Sequence[SignatureInput], outputs: tuple[str, ...] = ()) -> InstanceForm:
    """The form of a signature all of whose inputs are known."""
    kinds = {kind: tuple(f.alias for f in feeds if f.kind == kind) for kind in ("image", "passthrough")}
    return InstanceForm(signature, {f.alias: f.tensor for f in feeds}, kinds["image"], kinds["passthrough"], outputs)


def form_of(signatures: Mapping[str, SignatureSpec], name: str = "", image_alias: str = "") -> InstanceForm:
    """The form of a signature of which nothing else is known.

    Without `image_alias`, the image is the one single-text input that is not also an output; a signature without such
    an input is fed by values. Raises `WorkbenchError` NO_SIGNATURE or NO_IMAGE_KEY.
    """
    chosen = name or (next(iter(signatures)) if len(signatures) == 1 else SERVING_DEFAULT)
    if chosen not in signatures:
        raise _no_signature(chosen, signatures)
    spec = signatures[chosen]
    back = tuple(a for a, t in spec.inputs.items() if a in spec.outputs and _like(t, spec.outputs[a]))
    images = [image_alias] if image_alias else [a for a, t in spec.inputs.items() if _is_text(t) and a not in back]
    if len(images) > 1 or any(a not in spec.inputs for a in images):
        text = f"The signature '{chosen}' has {len(images)} inputs for image bytes; exactly one is needed."
        raise WorkbenchError("NO_IMAGE_KEY", text, hint=f"Its inputs: {', '.join(spec.inputs)}.")
    passed = tuple(a for a in back if a not in images)
    return InstanceForm(chosen, dict(spec.inputs), tuple(images), passed, tuple(spec.outputs))


def _like(one: TensorSpec, other: TensorSpec) -> bool:
    return (one.dtype, one.shape) == (other.dtype, other.shape)


class ServedSignatures(msgspec.Struct, frozen=True):
    """The signatures that an export serves.

    `form` is the form of requests with images, `signatures` are all signatures, `examples` those fed by serialized
    Examples. `chosen` is the signature that the user selected; if it is empty, the kind of input decides. `as_sent`
    means that images keep their own size, so that only those of one size can be batched.
    """

    form: InstanceForm
    signatures: dict[str, SignatureSpec]
    examples: tuple[str, ...] = ()
    chosen: str = ""
    as_sent: bool = False

    @property
    def as_examples(self) -> bool:
        """Whether images are to be sent as Examples of their values."""
        return self.chosen in self.examples and self.chosen != self.form.signature


def served_form(form: InstanceForm) -> ServedSignatures:
    """A single signature: that of a version at a target, called with JSON."""
    return ServedSignatures(form, {form.signature: SignatureSpec("", form.inputs, {})}, chosen=form.signature)


def served_by(
    directory: Path, signatures: Mapping[str, SignatureSpec], name: str = "", image_alias: str = ""
) -> ServedSignatures:
    """The signatures that an export serves: by its manifest if the Workbench wrote it, else by the signatures alone.

    Raises `WorkbenchError` NO_SIGNATURE, NO_IMAGE_KEY or BAD_MANIFEST.
    """
    told = read_export_manifest(directory)
    if told is None or image_alias:
        form = form_of(signatures, name, image_alias)
        return ServedSignatures(form, dict(signatures), _foreign_examples(signatures, name), name)
    if name and name not in signatures:
        raise _no_signature(name, signatures)
    serving = form_of_feeds(told.serving, told.feeds, tuple(a.alias for a in told.answers))
    keys = told.project.signature
    examples = tuple(n for n in (keys.tf_example, keys.classify) if n in signatures)
    form = serving if name in ("", told.serving, *examples) else _by_values(serving, name, signatures[name])
    return ServedSignatures(form, dict(signatures), examples, name, _as_sent(told.project))


def _as_sent(project: Project) -> bool:
    """Whether any image input of a project keeps its own size."""
    readings = (project.preprocess, *(image.preprocess for image in project.images.values()))
    return any(reading is not None and reading.as_sent for reading in readings)


def form_of_export(directory: Path, signatures: Mapping[str, SignatureSpec]) -> InstanceForm:
    """The form of an export's serving signature. Raises `WorkbenchError` NO_SIGNATURE, NO_IMAGE_KEY or BAD_MANIFEST."""
    return served_by(directory, signatures).form


def _by_values(serving: InstanceForm, name: str, spec: SignatureSpec) -> InstanceForm:
    """Another signature of an export: without images, with the same passthrough keys."""
    return InstanceForm(name, dict(spec.inputs), (), tuple(a for a in serving.passthrough if a in spec.inputs))


def _foreign_examples(signatures: Mapping[str, SignatureSpec], name: str) -> tuple[str, ...]:
    """Signatures that may take Examples: one text input, under the Workbench's usual name or the selected one."""
    likely = name or SignatureSettings().tf_example
    spec = signatures.get(likely)
    alone = spec is not None and len(spec.inputs) == 1 and _is_text(next(iter(spec.inputs.values())))
    return (likely,) if alone else ()


def _no_signature(name: str, signatures: Mapping[str, SignatureSpec]) -> WorkbenchError:
    hint = f"Signatures: {', '.join(signatures) or 'none'}."
    return WorkbenchError("NO_SIGNATURE", f"There is no signature '{name}'.", hint=hint)
