"""Undo and redo: one stack for the project's settings in three tabs, and for the values typed in the Test tab."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from workbench.spec.project import Project

KEPT: Final = ("preprocess", "images", "signature", "export", "targets")
"""The tables a step brings back. Paths are not among them: a save elsewhere has rewritten them since."""

KEPT_OF_CHECK: Final = ("training", "confirmed", "matched")
"""The same of `[check]`: what the Inputs tab says of training."""

_LIMIT: Final = 500

_SETTINGS: Final = 1
_VALUES: Final = 2

Values = dict[str, object]
Travel = Callable[[Values, Values], bool]
"""Brings the first values back in the place of the second; whether they still had a place."""


class EditTab:
    """The tabs a change can be looked at in."""

    INPUTS: Final = "inputs"
    SIGNATURE: Final = "signature"
    DEPLOY: Final = "deploy"
    TEST: Final = "test"


class History(QObject):
    """Steps as pairs of settings. What is typed in one field without a break is one step."""

    wanted = Signal(object)  # settings: dict[str, object]
    travelled = Signal(str)  # the Place a step back or forward is seen in

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(_LIMIT)
        self._sealed = False

    def note(self, old: Project, new: Project, words: str, typed: str) -> None:
        """Keep a change that has been made; `typed` names the field a person is typing in, empty for a choice."""
        self._push(_SETTINGS, settings_of(old), settings_of(new), words, typed, self._travel)

    def note_values(self, before: Values, after: Values, words: str, typed: str, put: Callable[[Values], bool]) -> None:
        """Keep values that have been typed; `put` brings them back, and says whether they still have a place."""

        def travel(values: Values, other: Values) -> bool:
            self._sealed = True
            there = put(values)
            if there:
                self.travelled.emit(EditTab.TEST)
            return there

        self._push(_VALUES, before, after, words, typed, travel)

    def _push(self, kind: int, before: Values, after: Values, words: str, typed: str, travel: Travel) -> None:
        if before != after:
            goes_on = typed if not self._sealed else ""
            self._sealed = False
            self.stack.push(_EditCommand(kind, before, after, words, typed=typed, goes_on=goes_on, travel=travel))

    def seal(self) -> None:
        """What is typed from now on is a step of its own."""
        self._sealed = True

    def mark_saved(self) -> None:
        """The project has been written: nothing merges with what lies before."""
        self.stack.setClean()

    def clear(self) -> None:
        """Another model: there is nothing to go back to."""
        self.stack.clear()

    def _travel(self, settings: Values, other: Values) -> bool:
        self._sealed = True
        self.wanted.emit(settings)
        self.travelled.emit(place_of(settings, other))
        return True


class _EditCommand(QUndoCommand):
    """One change. `typed` is the field it was typed in, `goes_on` the same where it may merge into the step before.

    One whose place is gone, such as a row that was taken away, leaves the stack when it is met.
    """

    def __init__(
        self, kind: int, before: Values, after: Values, words: str, *, typed: str, goes_on: str, travel: Travel
    ) -> None:
        super().__init__(words)
        self._kind, self._before, self._after, self._travel = kind, before, after, travel
        self._typed, self._goes_on = typed, goes_on
        self._fresh = True

    def id(self) -> int:
        return self._kind  # Qt merges steps of one kind only; `mergeWith` decides.

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _EditCommand) or not other._goes_on or other._goes_on != self._typed:
            return False
        self._after = other._after
        self.setObsolete(self._after == self._before)
        return True

    def redo(self) -> None:
        if self._fresh:  # The stack calls it once for a change that has been made already.
            self._fresh = False
        else:
            self.setObsolete(not self._travel(self._after, self._before))

    def undo(self) -> None:
        self.setObsolete(not self._travel(self._before, self._after))


def settings_of(project: Project) -> dict[str, object]:
    """The part of a project that steps bring back."""
    own = {name: getattr(project, name) for name in KEPT}
    return own | {name: getattr(project.check, name) for name in KEPT_OF_CHECK}


def with_settings(project: Project, settings: dict[str, object]) -> Project:
    """The project with other settings."""
    check = msgspec.structs.replace(project.check, **{name: settings[name] for name in KEPT_OF_CHECK})
    return msgspec.structs.replace(project, check=check, **{name: settings[name] for name in KEPT})


def place_of(one: dict[str, object], other: dict[str, object]) -> str:
    """The tab two settings differ in."""
    if one["targets"] != other["targets"]:
        return EditTab.DEPLOY
    return EditTab.SIGNATURE if _readings(one) == _readings(other) else EditTab.INPUTS


def _readings(settings: dict[str, object]) -> object:
    images = settings["images"]
    assert isinstance(images, dict)
    training = [settings[name] for name in KEPT_OF_CHECK]
    return settings["preprocess"], {name: image.preprocess for name, image in images.items()}, training
