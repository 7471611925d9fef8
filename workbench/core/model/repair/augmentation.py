"""Augmentation layers: they change images during training and pass them through unchanged in inference."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from workbench.core.model.config import Config, json_objects, layer_name
from workbench.core.model.repair.notes import RepairContext, RepairKind

AUGMENTATION: Final = RepairKind(
    "AUGMENTATION",
    "Augmentation layers were replaced by Identity",
    "They act in training only; when predicting they hand their input on. RandomShear of Keras 3 cannot read back "
    "the factors it writes.",
    "keras 3 and tf_keras layers/preprocessing/image_preprocessing; random_shear.py _check_factor_range",
)
FACTORS: Final = RepairKind(
    "AUGMENTATION_FACTORS",
    "RandomShear layers were given factors of zero",
    "Keras 3 cannot read back the factors it writes; they act in training only.",
    "keras 3 layers/preprocessing/image_preprocessing/random_shear.py _check_factor_range",
)

CROPS: Final = RepairKind(
    "RANDOM_CROP",
    "RandomCrop layers were replaced by Resizing to their size",
    "When predicting, tf_keras cuts nothing at random: it resizes, keeping the middle that has the wanted proportions, "
    "as Resizing with crop_to_aspect_ratio does; its random state cannot be exported.",
    "tf_keras layers/preprocessing/image_preprocessing.py RandomCrop.call, Resizing.call (utils.image_utils)",
)

_BOTH: Final = (
    "RandomBrightness RandomContrast RandomFlip RandomHeight RandomRotation RandomTranslation RandomWidth RandomZoom"
)

AUGMENTING: Final = {
    "tf_keras": frozenset(_BOTH.split()),
    "keras": frozenset(
        f"""
        {_BOTH} AugMix CutMix MixUp RandAugment RandomColorDegeneration RandomColorJitter RandomElasticTransform
        RandomErasing RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization
        RandomSaturation RandomSharpness RandomShear
        """.split()
    ),
}
"""By library, layers whose output in inference is their input, cast to the layer's dtype if that is a float.

Not included: `RandomCrop`, which returns its own size in inference too, and `AutoContrast`, `Equalization`,
`Solarization`, `ContrastLimitedAdaptiveHistogramEqualization`, which are not augmentation but deterministic
preprocessing.
"""


def drop_augmentation(
    config: Config, context: RepairContext, library: str = "keras", given: Collection[str] = ()
) -> None:
    """Replace augmentation layers at any depth by `Identity`, which computes the same and has no random state.

    They stay if integers may reach them, since most cast those to floats and `Identity` does not. `given` names the
    classes that the user supplies: those are not Keras' own. Nothing is replaced in a model of tf_keras that calls a
    layer with `training=True`, which also applies in inference; Keras 3's `predict` overrides it.
    """
    if library == "tf_keras":
        if any(_always_trains(r) for r in _records(config)):
            return
        for record in [r for r in _records(config) if _augments(r, frozenset({"RandomCrop"}).difference(given))]:
            _resize(record, context)
    found = [r for r in _records(config) if _augments(r, AUGMENTING[library].difference(given))]
    whole = bool(found) and any(_makes_whole_numbers(r) for r in _records(config))
    for record in found:
        if not whole:
            _replace(record, context)
        elif record["class_name"] == "RandomShear":
            record["config"] |= {"x_factor": 0.0, "y_factor": 0.0}
            context.notes.add(FACTORS, layer_name(record))


def _records(config: Config) -> Iterator[Config]:
    """Every record of a class at any depth."""
    for record in json_objects(config):
        if isinstance(record.get("class_name"), str) and isinstance(record.get("config"), dict):
            yield record


def _augments(record: Config, names: frozenset[str]) -> bool:
    name, module = record["class_name"], record.get("module")
    own = module is None or (isinstance(module, str) and module.partition(".")[0] in ("keras", "tf_keras"))
    return name in names and own and record.get("registered_name") in (None, name)


def _always_trains(record: Config) -> bool:
    return any(value.get("training") is True for value in json_objects(record.get("inbound_nodes")))


def _makes_whole_numbers(record: Config) -> bool:
    """Whether a record is an input of images in, or a cast to, a dtype that is not a float."""
    config = record["config"]
    gives = "batch_shape" in config or "batch_input_shape" in config or record["class_name"] in ("Cast", "TFOpLambda")
    dtype = config.get("dtype")
    if isinstance(dtype, dict) and isinstance(dtype.get("config"), dict):
        dtype = dtype["config"].get("name")
    pictures = len(config.get("batch_shape") or config.get("batch_input_shape") or (None,) * 4) >= 3
    return gives and pictures and isinstance(dtype, str) and dtype.startswith(("int", "uint", "bool"))


def _replace(record: Config, context: RepairContext) -> None:
    context.notes.add(AUGMENTATION, f"{layer_name(record)} ({record['class_name']})")
    config = record["config"]
    record["class_name"] = "Identity"
    record["config"] = {k: config[k] for k in _KEPT if k in config}
    record.pop("build_config", None)


def _resize(record: Config, context: RepairContext) -> None:
    context.notes.add(CROPS, layer_name(record))
    config = record["config"]
    size = {key: config[key] for key in ("height", "width")}
    how = {"interpolation": "bilinear", "crop_to_aspect_ratio": True}
    record["class_name"] = "Resizing"
    record["config"] = {k: config[k] for k in _KEPT if k in config} | size | how
    record.pop("build_config", None)


_KEPT: Final = ("name", "trainable", "dtype", "batch_input_shape", "batch_shape")
