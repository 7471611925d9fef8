"""Output files and shards of `prepare`: written to a temporary folder, then renamed into place together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import msgspec

from workbench.spec.data import DataFormat
from workbench.spec.errors import WorkbenchError
from workbench.spec.temporary import temporary_folder

ENDINGS: Final[dict[str, DataFormat]] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".npy": "npy",
    ".npz": "npy",
    ".tfrecord": "tfrecord",
    ".tfrecords": "tfrecord",
}
"""The format that a file's ending stands for."""

MAX_SHARDS: Final = 99_999
"""Maximum number of shards: as many as five digits can number."""

_ENDING: Final = re.compile(rf"(({'|'.join(map(re.escape, ENDINGS))})(\.gz)?|\.gz)?$", re.IGNORECASE)


class OutputLayout(msgspec.Struct, frozen=True):
    """The files to be written, all in one folder, and whether they are gzipped."""

    format: DataFormat
    files: tuple[Path, ...]
    gzip: bool = False


def layout_of(output: Path, form: str = "", shards: int = 1, *, gzip: bool = False) -> OutputLayout:
    """The files for `-o`; several are named as Beam does, `name-00000-of-00005.tfrecord`, so that the ending stays.

    Without `form` the ending decides. `.gz` at the end means gzip, and is appended if gzip is set; an array file
    without an ending becomes an `.npz`. Raises `WorkbenchError` BAD_OUTPUT, or SHARDS_THERE if another set of shards of
    the same name would be mistaken for part of this one.
    """
    found = _ENDING.search(output.name)
    ending = found[0] if found else ""
    known = ENDINGS.get(ending.lower().removesuffix(".gz"))
    chosen = _chosen(output, form, known)
    packed = gzip or ending.lower().endswith(".gz")
    if packed and chosen == "npy":
        raise _bad(output, "An array file is not gzipped; an .npz is packed as it is.")
    stem = output.name.removesuffix(ending)
    ending = ending or (".npz" if chosen == "npy" else "")
    ending = f"{ending}.gz" if packed and not ending.lower().endswith(".gz") else ending
    return OutputLayout(chosen, _shards(output.parent, stem, ending, shards), packed)


def format_of(output: str, form: str = "") -> DataFormat:
    """The format to write: `form`, else by the name's ending. Raises `WorkbenchError` BAD_OUTPUT."""
    found = _ENDING.search(output)
    known = ENDINGS.get((found[0] if found else "").lower().removesuffix(".gz"))
    return _chosen(Path(output), form, known)


def shard_paths(output: Path, shards: int) -> tuple[Path, ...]:
    """The files for `-o` by its name alone. Raises `WorkbenchError` SHARDS_THERE, or BAD_OPTION for fewer than one
    shard."""
    if not 1 <= shards <= MAX_SHARDS:
        raise WorkbenchError("BAD_OPTION", f"The number of shards cannot be {shards}.", hint=f"Use 1 to {MAX_SHARDS}.")
    return _shards(output.parent, output.stem, output.suffix, shards)


def _shards(folder: Path, stem: str, ending: str, shards: int) -> tuple[Path, ...]:
    names = [f"{stem}{ending}"] if shards == 1 else [f"{stem}-{n:05}-of-{shards:05}{ending}" for n in range(shards)]
    if shards > 1:
        _refuse_other_shards(folder, stem, ending, names)
    return tuple(folder / name for name in names)


def _chosen(output: Path, form: str, known: DataFormat | None) -> DataFormat:
    if not form and known is None:
        raise _bad(
            output, "The file name ending does not set the format.", "Use .jsonl, .npz or .tfrecord, or --format."
        )
    given: DataFormat | None = next((f for f in ENDINGS.values() if f == form), None)
    if given and known and given != known:
        raise _bad(output, f"The file name ending means {known}, but the format is {form}.", "Omit one of the two.")
    chosen = given or known
    if chosen is None:
        raise _bad(output, f"There is no format '{form}'.", "One of: jsonl, npy, tfrecord.")
    return chosen


def _refuse_other_shards(folder: Path, stem: str, ending: str, names: list[str]) -> None:
    pattern = re.compile(rf"{re.escape(stem)}-\d{{5}}-of-\d{{5}}{re.escape(ending)}")
    others = sorted(p.name for p in folder.iterdir() if pattern.fullmatch(p.name)) if folder.is_dir() else []
    strange = [name for name in others if name not in names]
    if strange:
        text = f"Shards of another set exist, such as {strange[0]}; readers would mix both."
        hint = "Remove them, or use another name."
        raise WorkbenchError("SHARDS_THERE", text, where=str(folder), hint=hint)


def _bad(output: Path, text: str, hint: str = "") -> WorkbenchError:
    return WorkbenchError("BAD_OUTPUT", text, where=str(output), hint=hint)


@contextmanager
def beside(folder: Path) -> Iterator[Path]:
    """A temporary folder on the same disk, removed at the end; remains of killed runs are removed first.

    Raises `WorkbenchError` CANNOT_WRITE.
    """
    with ExitStack() as stack:
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            work = stack.enter_context(temporary_folder(folder, ".preparing-"))
        yield work


def move_all(pairs: list[tuple[Path, Path]]) -> None:
    """Move written files to their final names; if one fails, those already moved are removed again.

    They are not flushed to disk first: flushing took a quarter of the total time, and after a power cut the images are
    still there to be prepared again. Raises `WorkbenchError` CANNOT_WRITE.
    """
    gone: list[Path] = []
    try:
        for source, target in pairs:
            with writing(target):
                source.replace(target)
            gone.append(target)
    except WorkbenchError:
        for target in gone:
            target.unlink(missing_ok=True)
        raise


@contextmanager
def writing(where: Path) -> Iterator[None]:
    """Turns an `OSError` in the block into `WorkbenchError` CANNOT_WRITE."""
    try:
        yield
    except OSError as err:
        reason = err.strerror or str(err)
        raise WorkbenchError("CANNOT_WRITE", f"The file cannot be written: {reason}.", where=str(where)) from err
