"""A model's problems and repairs as notes for a person: grouped, each with what to do. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from workbench.gui.texts import tr
from workbench.gui.widgets.note_list import NoteItem
from workbench.spec.model import ModelFacts, Problem, Repair

CODE: Final = "LAMBDA"
CUSTOM: Final = "CUSTOM_CLASS"
ARITHMETIC: Final = "LAMBDA_TO_RESCALING"
FEW: Final = 3
"""More problems of one kind than these are told once, with the others in the details."""


def layers_asked_about(facts: ModelFacts) -> tuple[str, ...]:
    """The layers the consent is about: all with code but those a repair names. Rather one too many than one too few."""
    told = " ".join(repair.message for repair in facts.repairs if repair.code == ARITHMETIC)
    kept = tuple(n for n in facts.runs_code if not re.search(rf"(?<![\w.-]){re.escape(n)}(?![\w-])(?!\.\w)", told))
    return kept or facts.runs_code


def notes_of(facts: ModelFacts) -> list[NoteItem]:
    """Problems first, then repairs; what the code card asks about is not told twice."""
    asked = {CODE, CUSTOM} if facts.custom_objects else {CODE}
    groups: dict[str, list[Problem]] = {}
    for problem in facts.problems:
        if problem.code not in asked:
            groups.setdefault(problem.code, []).append(problem)
    notes = [note for group in groups.values() for note in _problem_notes(group)]
    return notes + [_repair_note(repair) for repair in facts.repairs]


def _problem_notes(group: Sequence[Problem]) -> list[NoteItem]:
    advice = _advice(group[0].code)
    if len(group) <= FEW:
        return [NoteItem(p.code, p.message, advice) for p in group]
    others = tr("ModelNotes", "{message} And {n} more of this kind.").format(message=group[0].message, n=len(group) - 1)
    return [NoteItem(group[0].code, others, advice, "\n".join(p.message for p in group[1:]))]


def _repair_note(repair: Repair) -> NoteItem:
    source = tr("ModelNotes", "Source: {source}").format(source=repair.source) if repair.source else ""
    nothing = tr("ModelNotes", "No action needed: the repair is applied when loading; your file is not changed.")
    details = "\n".join(part for part in (repair.reason, source, nothing) if part)
    return NoteItem(repair.code, repair.message, details=details, icon="repair", tone="ok")


def _advice(code: str) -> str:
    # Most problems say themselves what to do.
    if code == "NO_VERSION":
        return tr("ModelNotes", "Compare some known predictions before you push a version.")
    return ""
