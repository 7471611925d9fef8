"""How one picture is read: a form over `Preprocess`. value/set_value/value_changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from workbench.gui.inputs import option_texts
from workbench.gui.inputs.reader_choice import ALL_CODE, CodeLine, ReaderChoice, code_of
from workbench.gui.inputs.relevance import RARE, changed, shown, tidy
from workbench.gui.widgets.disclosure import Disclosure
from workbench.gui.widgets.editors import ChoiceEditor, ScaleEditor, SizeEditor
from workbench.gui.widgets.field import FormField
from workbench.gui.widgets.key_filters import one_undo
from workbench.spec.image_size import USUAL_SIZE
from workbench.spec.model import Problem
from workbench.spec.preprocess import Preprocess
from workbench.spec.runtime import oldest_runtime
from workbench.spec.scale import BY_HAND

WARNINGS = ("DOUBLE_NORMALISATION", "SCALE_MISMATCH")
"""Notes that say something was probably not meant."""

Sides = tuple[int | None, int | None]
"""Height and width that a model input takes; None where it takes any."""

EXPLAINED = ("size", "scale")
"""Fields that say why they have their default; the reader's hint does so already."""


class PictureForm(QWidget):
    """Fields by the names `Preprocess` has; the rare ones behind "More", those without meaning hidden."""

    value_changed = Signal(object, str, bool)  # Preprocess, the setting's name, whether it was typed
    confirmed = Signal(bool)  # that training read its images so, by a click

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value = Preprocess(size=(1, 1))
        self._channels = 3
        self._taken: Sides = (1, 1)
        self.size_editor, self.reader, self.scale = SizeEditor(), ReaderChoice(), ScaleEditor()
        self.formats, self.fit = ChoiceEditor(option_texts.formats()), ChoiceEditor(option_texts.fits())
        self.exif, self.alpha = ChoiceEditor(option_texts.exif()), ChoiceEditor(option_texts.alpha())
        self.colour, self.pillow = ChoiceEditor(option_texts.colours()), ChoiceEditor(option_texts.pillows())
        self.exact = ChoiceEditor(option_texts.exactness())
        self.opencv, self.grey = ChoiceEditor(option_texts.opencvs()), ChoiceEditor(option_texts.greys())
        self.dct = ChoiceEditor(option_texts.dcts())
        self.code = CodeLine(ALL_CODE)
        self.confirm = QCheckBox(self.tr("Training loaded its images this &way"))
        self.confirm.clicked.connect(self.confirmed)
        self.fields = self._make_fields()
        self.more = Disclosure("")
        self._lay_out()
        for name, field in self.fields.items():
            editor = field.editor
            assert isinstance(editor, SizeEditor | ScaleEditor | ChoiceEditor)
            editor.value_changed.connect(partial(self._on_edited, name))
        one_undo(self.size_editor.height_box, self.size_editor.width_box, self.scale)
        self.set_value(self._value, 3)

    def value(self) -> Preprocess:
        """What the editors say."""
        said = {
            "size": self.size_editor.value(),
            "reader": self.reader.value(),
            "scale": self.scale.value(),
            "formats": self.formats.value(),
            "fit": self.fit.value(),
            "exif": self.exif.value(),
            "alpha": self.alpha.value(),
            "colour": self.colour.value(),
            "pillow": self.pillow.value(),
            "exact": self.exact.value() == "exact",
            "opencv": self.opencv.value(),
            "grey": self.grey.value(),
            "dct": self.dct.value(),
        }
        return msgspec.structs.replace(self._value, **said)

    def set_value(self, value: Preprocess, channels: int, taken: Sides = (1, 1)) -> None:
        """Show settings for a model input of so many channels, with the sides it fixes; emits nothing."""
        self._value, self._channels, self._taken = value, channels, taken
        setters: tuple[tuple[Callable[[str], None], str], ...] = (
            (self.reader.set_value, value.reader),
            (self.scale.set_value, value.scale),
            (self.formats.set_value, value.formats),
            (self.fit.set_value, value.fit),
            (self.exif.set_value, value.exif),
            (self.alpha.set_value, value.alpha),
            (self.colour.set_value, value.colour),
            (self.pillow.set_value, value.pillow),
            (self.exact.set_value, "exact" if value.exact else "fast"),
            (self.opencv.set_value, value.opencv),
            (self.grey.set_value, value.grey),
            (self.dct.set_value, value.dct),
        )
        height, width = (side or usual for side, usual in zip(taken, USUAL_SIZE, strict=True))
        self.size_editor.set_value(value.size, (height, width))
        for act, text in setters:
            act(text)
        self.code.setText(code_of(value.reader))
        self._show_relevant()

    def show_confirmed(self, confirmed: bool, why: str = "") -> None:
        """Tick that training read its images so, or not; `why` it needs no click."""
        self.confirm.setChecked(confirmed)
        self.confirm.setEnabled(not why)
        self.confirm.setToolTip(why or self.tr("A model file does not record how its training images were loaded."))

    def show_remarks(
        self, problems: list[Problem], notes: list[Problem], prefix: str, reasons: Mapping[str, str] | None = None
    ) -> None:
        """Put problems, notes and the `reasons` of defaults at the fields they name as `prefix.NAME`."""
        for name, field in self.fields.items():
            here = f"{prefix}.{name}"
            # Steps have no field of their own: what comes out of them is the size.
            places = (here, f"{prefix}.steps") if name == "size" else (here,)
            field.set_problem("\n".join(p.message for p in problems if p.field in places))
            found = [p for p in notes if p.field == here]
            reason = (reasons or {}).get(here, "") if name in EXPLAINED else ""
            default = self.tr("Default: {reason}.").format(reason=reason) if reason else ""
            told = "\n".join(p.message for p in found) or default
            field.set_note(told, warn=any(p.code in WARNINGS for p in found))
            if name in RARE and (field.problem or field.note):
                self.more.open()

    def _make_fields(self) -> dict[str, FormField]:
        reader = self.tr("Model files do not record it. Keras' default is nearest-neighbour resizing.")
        scale = self.tr("Normalisation of pixel values (0-255) before the first layer.")
        exact = self.tr("Fast uses less CPU on the server; run Test again to see whether predictions change.")
        return {
            "size": FormField(self.tr("Si&ze"), self.size_editor, focus=self.size_editor.height_box),
            "reader": FormField(self.tr("Image loa&ding"), self.reader, reader),
            "scale": FormField(self.tr("Pixel s&caling"), self.scale, scale, focus=self.scale.choice),
            "formats": FormField(self.tr("Accepted image forma&ts"), self.formats, " "),
            "fit": FormField(self.tr("Aspect rati&o"), self.fit),
            "exif": FormField(self.tr("EXIF o&rientation"), self.exif),
            "alpha": FormField(self.tr("Al&pha channel"), self.alpha),
            "colour": FormField(self.tr("Chann&el order"), self.colour),
            "pillow": FormField(self.tr("Pi&llow version in training"), self.pillow),
            "exact": FormField(self.tr("Resize precision (e&xact or fast)"), self.exact, exact),
            "opencv": FormField(self.tr("OpenCV version in trai&ning"), self.opencv),
            "grey": FormField(self.tr("&Greyscale conversion"), self.grey),
            "dct": FormField(self.tr("&JPEG decoding"), self.dct),
        }

    def _lay_out(self) -> None:
        for widget in (self.code, self.confirm):
            self.fields["reader"].add_below(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        for name, field in self.fields.items():
            (self.more.body if name in RARE else layout).addWidget(field)
        layout.addWidget(self.more)

    def _show_relevant(self) -> None:
        visible = shown(self._value, self._channels)
        self.size_editor.offer_as_sent(None in self._taken)
        for name in ("fit", "scale"):
            self.fields[name].setVisible(name in visible)
        for name in RARE:
            self.fields[name].setVisible(name in visible)
        reach = self.tr("Requires TensorFlow {release} or later.")
        self.fields["formats"].set_hint(reach.format(release=oldest_runtime(self._value)))
        self.more.set_text(self.tr("More: {what}").format(what=", ".join(self._rare_words(visible))))
        if changed(self._value):
            self.more.open()

    def _rare_words(self, visible: set[str]) -> Iterator[str]:
        words = {
            "exif": self.tr("EXIF orientation"),
            "alpha": self.tr("alpha channel"),
            "colour": self.tr("channel order"),
            "pillow": self.tr("Pillow version"),
            "exact": self.tr("resize precision"),
            "opencv": self.tr("OpenCV version"),
            "grey": self.tr("greyscale conversion"),
            "dct": self.tr("JPEG decoding"),
        }
        return (word for name, word in words.items() if name in visible)

    def _on_edited(self, name: str, _value: object) -> None:
        old, new = self._value, self.value()
        self.code.setText(code_of(new.reader))
        if name in ("size", "reader", "formats", "grey", "exif"):
            new = tidy(new, self._channels)
        numbers = name == "size" and not (old.as_sent or new.as_sent)
        typed = numbers or (name == "scale" and all(p.scale.startswith(BY_HAND) for p in (old, new)))
        self._value = new
        self.value_changed.emit(new, name, typed)
