"""Operations that open what a command names: projects, exports, input files and a features file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from workbench.core.jobs.export import reopen
from workbench.core.progress import Report, silent
from workbench.spec.features import FeaturesFile
from workbench.spec.model import NOTHING_NAMED, ModelExtras, Problem
from workbench.spec.project import Project

if TYPE_CHECKING:
    from workbench.core.instances.image_instances import Features
    from workbench.core.instances.sources import Sources


def is_export(path: Path) -> bool:
    """Whether PATH is a SavedModel folder. Raises `WorkbenchError` NO_FILE, or NOT_A_SAVEDMODEL for another folder."""
    from workbench.core.export.resolve import kind_of

    return kind_of(path) == "savedmodel"


def open_project(path: Path, extras: ModelExtras = NOTHING_NAMED) -> tuple[Project, Path]:
    """The project of a `.toml` file, or default settings for a bare model; and the folder its paths are relative to.

    Files in `extras` replace the project's own. Raises `WorkbenchError` if the project or the model cannot be read.
    """
    from workbench.core.export.resolve import project_of

    return project_of(path, extras)


def open_subject(path: Path, beside: Path, extras: ModelExtras = NOTHING_NAMED) -> tuple[Project, Path, Path | None]:
    """The project to judge, the folder its paths are relative to, and the export's folder if PATH is an export.

    The model of an export is searched beside it and in `beside`. Raises as documented at `is_export` and
    `open_project`, and `WorkbenchError` NO_MANIFEST or MODEL_GONE.
    """
    from workbench.core.export.resolve import with_extras

    if not is_export(path):
        return *open_project(path, extras), None
    folder = path.resolve()
    project, model = reopen(folder, beside)
    named = with_extras(project, extras)
    return msgspec.structs.replace(named, model=str(model.resolve())), beside, folder


def open_export(
    path: Path,
    report: Report = silent,
    extras: ModelExtras = NOTHING_NAMED,
    on_notes: Callable[[tuple[Problem, ...]], None] | None = None,
) -> Path:
    """The folder of an export: PATH itself, or the export of its project or model; its notes go to `on_notes`.

    Raises `WorkbenchError` if PATH is none of these or the export cannot be built.
    """
    from workbench.core.savedmodel.read import is_saved_model

    if is_saved_model(path):
        return path  # Importing the modules that build exports takes 0.25 s.
    from workbench.core.export.resolve import export_for, untold

    return export_for(path, report, extras, on_notes or untold)


def find_inputs(inputs: Iterable[str | Path], lists: Sequence[Path] = ()) -> Sources:
    """The files in files, folders and lists of files, for `predict`, `predict_to_files` and `prepare`.

    Raises `WorkbenchError` at once for what does not exist: NO_FILE, NO_INPUTS, CANNOT_READ or BAD_LIST.
    """
    from workbench.core.instances.sources import Sources

    return Sources(inputs, lists)


@contextmanager
def open_features(file: FeaturesFile | None) -> Iterator[Features]:
    """Each image's own values, indexed on disk for as long as the block lasts; empty if there is no file.

    The file must be local. Raises `WorkbenchError` NO_FILE, BAD_FEATURES, NO_COLUMN or NO_PYARROW.
    """
    if file is None:
        yield {}
        return
    from workbench.core.instances.feature_index import FeatureIndex

    found = FeatureIndex(Path(file.address), file_key=file.file_key, take=file.take)
    try:
        yield found
    finally:
        found.close()


def features_key(file: FeaturesFile | None) -> str:
    """Identifies a features file and its columns: its SHA-256 and the options; empty if there is no file.

    Raises `WorkbenchError` CANNOT_READ.
    """
    from workbench.core.predict.run_journal import file_hash

    return " ".join([file_hash(Path(file.address)), file.file_key, *_columns(file.take)]) if file else ""


def _columns(take: Mapping[str, str]) -> Iterator[str]:
    return (column if column == key else f"{column}={key}" for column, key in take.items())
