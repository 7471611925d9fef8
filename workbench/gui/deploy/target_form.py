"""A small form for a new target, or for one that is there: a kind, a name, and what the kind asks for."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QLineEdit, QPushButton, QVBoxLayout, QWidget

from workbench.gui import icons
from workbench.gui.deploy.target_fields import (
    defaults_of,
    fields_of,
    name_problem,
    read_target,
    text_of,
    words_of,
)
from workbench.gui.texts import tr
from workbench.gui.widgets.card import Card, row
from workbench.gui.widgets.disclosure import Disclosure
from workbench.gui.widgets.editors import ChoiceEditor
from workbench.gui.widgets.field import FormField
from workbench.gui.widgets.key_filters import EscapeFilter
from workbench.gui.widgets.primary_button import PrimaryButton
from workbench.spec.target import KINDS
from workbench.spec.targets.base import Target


class TargetForm(Card):
    """`saved` carries a name and a target without problems. Problems stand at their fields once one has been there."""

    saved = Signal(str, object)  # name, Target
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("TargetForm", "Target"), "edit", parent)
        EscapeFilter(self, self.left.emit)
        self._taken: tuple[str, ...] = ()
        self._touched: set[str] = set()
        self._all = False
        self.kind = ChoiceEditor({name: tr("Targets", kind.facts.title) for name, kind in KINDS.items()})
        self.kind.value_changed.connect(self._on_kind)
        self.kind_field = FormField(self.tr("Kind"), self.kind)
        self.name = QLineEdit()
        self.name.textChanged.connect(lambda: self._on_edited("name"))
        self.name_field = FormField(self.tr("Name"), self.name)
        self.fields: dict[str, FormField] = {}
        self._place = QVBoxLayout()
        self._place.setSpacing(10)
        self._content: QWidget | None = None
        self._more: Disclosure | None = None
        self.save_button = PrimaryButton(self.tr("Save target (pro&ject)"), "done")
        self.save_button.clicked.connect(self._on_save)
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setToolTip(self.tr("Discard changes (Escape)"))
        self.cancel_button.clicked.connect(self.left)
        icons.put(self.cancel_button, "close")
        for part in (self.kind_field, self.name_field):
            self.body.addWidget(part)
        self.body.addLayout(self._place)
        self.body.addLayout(row(self.save_button, self.cancel_button))
        self.body.addStretch(1)

    def begin(self, taken: tuple[str, ...]) -> None:
        """Ask for a new target; `taken` are the names that are there."""
        self._begin("", next(iter(KINDS)), None, taken)

    def begin_with(self, name: str, target: Target) -> None:
        """Show a target to be changed; its name and kind stay."""
        self._begin(name, target.kind, target, ())

    def text(self, field: str) -> QLineEdit:
        """The line of a setting."""
        editor = self.fields[field].editor
        assert isinstance(editor, QLineEdit)
        return editor

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._on_save()
        else:
            super().keyPressEvent(event)

    def _begin(self, name: str, kind: str, target: Target | None, taken: tuple[str, ...]) -> None:
        self._taken, self._touched, self._all = taken, set(), False
        self.kind_field.setEnabled(target is None)
        self.name_field.setEnabled(target is None)
        self.kind.set_value(kind)
        self.name.setText(name)
        self._fill(kind, target)
        self.name_field.set_problem("")
        focus = self.name if target is None else self.text(KINDS[kind].facts.first_fields[0])
        focus.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fill(self, kind: str, target: Target | None) -> None:
        """The fields of a kind, with what is set, or with what is usual."""
        kept = {name: self.text(name).text() for name in self.fields} if target is None else {}
        usual = defaults_of(kind)
        if self._content is not None:
            self._place.removeWidget(self._content)
            self._content.hide()
            self._content.deleteLater()
        self._content = QWidget()
        layout = QVBoxLayout(self._content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        self._more = more = Disclosure(self.tr("Fur&ther settings"))
        self.fields = {}
        for name in fields_of(kind):
            text = text_of(target, name) if target is not None else kept.get(name) or usual.get(name, "")
            self.fields[name] = self._field(name, text, kind)
            (layout if name in KINDS[kind].facts.first_fields else more.body).addWidget(self.fields[name])
        layout.addWidget(more)
        self._place.addWidget(self._content)
        facts = KINDS[kind].facts
        self.kind_field.set_hint(tr("Targets", facts.about))
        self.kind_field.set_note(tr("Targets", facts.warning) if facts.warning else "", warn=True)

    def _field(self, name: str, text: str, kind: str) -> FormField:
        words = words_of(name)
        line = QLineEdit(text, placeholderText=words.hint)
        # What is dropped anywhere belongs to the window.
        line.setAcceptDrops(False)
        line.textEdited.connect(lambda: self._on_edited(name))
        if choices := KINDS[kind].facts.choices.get(name):
            line.setCompleter(QCompleter(choices, line))
        return FormField(words.label, line)

    def _on_kind(self, kind: str) -> None:
        self._touched, self._all = self._touched & {"name"}, False
        self._fill(kind, None)

    def _on_edited(self, name: str) -> None:
        self._touched.add(name)
        self._check()

    def _check(self) -> Target | None:
        """Show problems at fields that were touched, at all after a try to save; the target where there is none."""
        texts = {name: self.text(name).text() for name in self.fields}
        target, wrong = read_target(self.kind.value(), texts)
        for name, field in self.fields.items():
            field.set_problem(wrong.get(name, "") if self._all or name in self._touched else "")
        name = name_problem(self.name.text(), self._taken) if self.name_field.isEnabled() else ""
        self.name_field.set_problem(name if self._all or "name" in self._touched else "")
        return target if not wrong and not name else None

    def _on_save(self) -> None:
        self._all = True
        target = self._check()
        if target is not None:
            self.saved.emit(self.name.text(), target)
            return
        for field in (self.name_field, *self.fields.values()):
            if field.problem:
                if self._more is not None and self._more.isAncestorOf(field):
                    self._more.open()
                field.editor.setFocus(Qt.FocusReason.OtherFocusReason)
                return
