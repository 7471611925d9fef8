"""Handlers of the requests that find how training read its images."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from workbench.core import jobs
from workbench.core.progress import Report
from workbench.engine.wire import Handler, Send
from workbench.spec import messages as m
from workbench.spec.match_candidates import MatchCandidate, array_candidates, label_candidates
from workbench.spec.reading_match import ArrayMatch, LabelMatch


def match_code(request: m.MatchCode, report: Report, send: Send) -> m.AnyEvent:
    """How training code reads its images."""
    return m.CodeMatched(id=request.id, readings=jobs.match_code(request.text))


def match_images(request: m.MatchImages, report: Report, send: Send) -> m.AnyEvent:
    """How training read its images, by arrays or by labels."""
    candidates, found = _by_arrays(request, report) if request.kind == "arrays" else _by_labels(request, report)
    return m.ImagesMatched(
        id=request.id,
        kind=request.kind,
        candidates=candidates,
        images=found.images,
        tried=found.tried,
        clear=found.clear,
        notes=found.notes,
        unread=found.unread,
    )


def _by_arrays(request: m.MatchImages, report: Report) -> tuple[tuple[MatchCandidate, ...], ArrayMatch]:
    found = jobs.match_arrays(request.images, Path(request.seen), request.project.preprocess, report)
    return array_candidates(found), found


def _by_labels(request: m.MatchImages, report: Report) -> tuple[tuple[MatchCandidate, ...], LabelMatch]:
    found = jobs.match_labels(request.images, request.project, Path(request.base), report)
    return label_candidates(found), found


MATCH_HANDLERS: Final[dict[type[m.Request], Handler]] = {m.MatchCode: match_code, m.MatchImages: match_images}
