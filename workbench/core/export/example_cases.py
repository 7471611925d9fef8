"""The example instances of an export, from the user's images or synthetic, and their records in `assets.extra`.

They become the manifest's golden cases and TensorFlow Serving's warm-up requests.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from workbench.core.export.synthetic_instances import instances_of, synthetic_columns
from workbench.core.export.warmup import write_warmup
from workbench.core.instances.image_instances import check_values, make_instance, to_json
from workbench.core.instances.instance_form import form_of_composition
from workbench.core.instances.online import predict_decoded
from workbench.core.instances.sources import expand
from workbench.core.savedmodel.session import ServingSession
from workbench.spec.errors import WorkbenchError
from workbench.spec.features import read_features
from workbench.spec.manifest import MANIFEST_PATH, WARMUP_PATH, ExportManifest, GoldenCase
from workbench.spec.model import ModelFacts
from workbench.spec.project import Project
from workbench.spec.signature import Composition

MAX_WARMUP: Final = 100
"""Maximum number of requests. TensorFlow Serving rejects a file with more than 1000, and each delays the version's
start."""


MAX_GOLDEN: Final = 16
"""Maximum number of cases stored with an export: enough to show a change, small enough to be copied with it."""

MAX_GOLDEN_BYTES: Final = 4 * 1024 * 1024
"""Maximum size of all golden images together, in bytes; a manifest is read as a whole."""


def example_cases(project: Project, base: Path, made: Composition) -> tuple[tuple[ExportCase, ...], tuple[str, ...]]:
    """The cases of `export.examples`, and the SHA-256 of everything that determines them.

    Passthrough texts that are not set contain the file's name, not its path on this machine. Raises `WorkbenchError`
    NO_FILE, NO_INPUTS, MISSING_VALUE and similar codes for examples that do not form an instance.
    """
    settings = project.export
    if not settings.examples:
        return (), ()
    form = form_of_composition(made)
    features = read_features(base / settings.example_values) if settings.example_values else {}
    check_values(form, {}, features)
    cases = []
    # Further examples are not used: there are no more warm-up requests, and fewer golden cases.
    for source in expand([base / name for name in settings.examples])[:MAX_WARMUP]:
        name = Path(source).name
        instance = make_instance(form, source, {}, features)
        named = {alias: name if instance[alias] == source else instance[alias] for alias in form.filled()}
        cases.append(ExportCase({**instance, **named}, name))
    return tuple(cases), (_digest(cases),)


def _digest(cases: list[ExportCase]) -> str:
    whole = hashlib.sha256()
    for case in cases:
        whole.update(msgspec.msgpack.encode(case, order="sorted"))
    return whole.hexdigest()


def synthetic_cases(facts: ModelFacts, made: Composition) -> tuple[ExportCase, ...]:
    """A few synthetic instances, so that every export has golden cases."""
    return tuple(ExportCase(instance) for instance in instances_of(synthetic_columns(facts, made)))


class ExportCase(msgspec.Struct, frozen=True):
    """An instance with raw bytes, and the file of its image (empty for a synthetic one)."""

    instance: dict[str, Any]
    source: str = ""


def write_extra(folder: Path, session: ServingSession, manifest: ExportManifest, cases: Sequence[ExportCase]) -> None:
    """Write the manifest with its golden cases, and as many warm-up requests as the manifest states.

    Raises `WorkbenchError` BAD_EXAMPLE for a case for which the export cannot return a prediction.
    """
    warm = cases[: manifest.warmup]
    golden = _golden(session, manifest.serving, cases)
    told = msgspec.structs.replace(manifest, golden=golden, warmup=len(warm))
    place = folder / MANIFEST_PATH
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(msgspec.json.format(msgspec.json.encode(told, order="deterministic"), indent=1) + b"\n")
    if warm:
        spec = session.signatures[manifest.serving]
        write_warmup(folder / WARMUP_PATH, manifest.serving, spec, [c.instance for c in warm])


def _golden(session: ServingSession, serving: str, cases: Sequence[ExportCase]) -> tuple[GoldenCase, ...]:
    found: list[GoldenCase] = []
    size = 0
    for case in cases:
        size += sum(len(v) for v in case.instance.values() if isinstance(v, bytes))
        if len(found) == MAX_GOLDEN or (found and size > MAX_GOLDEN_BYTES):
            break
        try:
            prediction = predict_decoded(session, [case.instance], serving)[0]
        except WorkbenchError as err:
            hint = "Remove it from export.examples, or fix it."
            raise WorkbenchError("BAD_EXAMPLE", err.message, where=case.source, hint=hint) from err
        found.append(GoldenCase(to_json(case.instance), rounded(prediction), case.source))
    return tuple(found)


def rounded(value: Any) -> Any:
    """Floats rounded to six digits, on which two runs on one machine agree, so that an export's bytes are
    reproducible."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value
