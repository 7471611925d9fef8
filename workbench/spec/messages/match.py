"""The wire's requests and events about how training read its images."""

from __future__ import annotations

from typing import Literal

import msgspec

from workbench.spec.match_candidates import MatchCandidate
from workbench.spec.messages.base import Event, Request
from workbench.spec.project import Project
from workbench.spec.reading_found import ReadingFound

MatchKind = Literal["arrays", "labels"]
"""What a search goes by: arrays that training's code made of the images, or the classes of labelled images."""


class MatchCode(Request, frozen=True):
    """Parse training code, never run it, for how it reads images. Answer: `CodeMatched`."""

    text: str


class CodeMatched(Event, frozen=True):
    """The answer to `MatchCode`; ends the job. At least one way, the likeliest first."""

    readings: tuple[ReadingFound, ...]


class MatchImages(Request, frozen=True):
    """Search for how training read its images; `JobProgress` tells how far it is. Answer: `ImagesMatched`.

    By "arrays", `images` are files and folders and `seen` is the `.npz` with an array each, by file name. By "labels",
    `images` is one folder with a folder of images per class. Nothing is written.
    """

    project: Project
    base: str
    kind: MatchKind
    images: tuple[str, ...]
    seen: str = ""


class ImagesMatched(Event, frozen=True):
    """The answer to `MatchImages`; ends the job. At least one candidate, the best first.

    `images` is how many were compared, `tried` how many ways. `clear` says whether the first may be taken over: its
    arrays are those of training but for rounding, or it is right clearly more often than the project's own. `notes`
    are worth knowing about the whole search; `unread` are readers that could not be tried, each with the reason.
    """

    kind: MatchKind
    candidates: tuple[MatchCandidate, ...]
    images: int
    tried: int
    clear: bool
    notes: tuple[str, ...] = ()
    unread: dict[str, str] = msgspec.field(default_factory=dict)
