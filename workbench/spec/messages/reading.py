"""The wire's requests and events about previews of how training and serving read an image."""

from __future__ import annotations

from workbench.spec.messages.base import Event, Request
from workbench.spec.model import TensorFacts
from workbench.spec.preprocess import Preprocess
from workbench.spec.reading_preview import ReaderPreview, ReadingPreview
from workbench.spec.settings import TrainingSettings


class PreviewReading(Request, frozen=True):
    """How an image is read for a model input of those facts: by training's library and by the graph of an export.

    Neither the model nor its export is needed. `sources` are files and folders, the first that is there counts, and
    the built-in photograph where none is; `base` is where paths in the steps start. PNGs go to `folder`. Answer:
    `ReadingPreviewed`.
    """

    preprocess: Preprocess
    training: TrainingSettings
    tensor: TensorFacts
    base: str
    sources: tuple[str, ...]
    folder: str


class CompareReaders(Request, frozen=True):
    """The image as the libraries of several readers read it, each beside `preprocess`. Answer: `ReadersCompared`."""

    preprocess: Preprocess
    readers: tuple[str, ...]
    tensor: TensorFacts
    base: str
    source: str
    folder: str


class ReadingPreviewed(Event, frozen=True):
    """The answer to `PreviewReading`; ends the job."""

    preview: ReadingPreview


class ReadersCompared(Event, frozen=True):
    """The answer to `CompareReaders`, in the order asked for; ends the job."""

    readers: tuple[ReaderPreview, ...]
