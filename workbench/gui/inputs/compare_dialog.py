"""The dialog that shows the sample image as each reader of a library reads it; a click chooses one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from workbench.gui.engine.job import EngineJob
from workbench.gui.inputs.picture_folder import PictureFolder
from workbench.gui.inputs.preview_texts import short_difference
from workbench.gui.project.session import ProjectSession
from workbench.gui.thumbnails import Thumbnails
from workbench.gui.widgets.card import row
from workbench.gui.widgets.editors import ChoiceEditor
from workbench.gui.widgets.tone_label import ToneLabel, plain_tip
from workbench.spec.errors import WorkbenchError
from workbench.spec.messages import AnyEvent, CompareReaders, Failed, ReadersCompared
from workbench.spec.model import TensorFacts
from workbench.spec.preprocess import Preprocess
from workbench.spec.reader import READERS, parse_reader
from workbench.spec.reader_groups import GROUPS, Group, group_of, readers_of
from workbench.spec.reading_preview import ReaderPreview

SIDE: Final = 144
"""Logical pixels of a thumbnail's longer side."""

_SIZE: Final = QSize(860, 560)
_CELL: Final = QSize(184, 214)


class CompareDialog(QDialog):
    """Small multiples: thumbnail, kernel, and the difference from the reader that is chosen now."""

    chosen = Signal(str)  # the reader's name

    def __init__(
        self,
        session: ProjectSession,
        preprocess: Preprocess,
        tensor: TensorFacts,
        source: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Compare image loading"))
        self._session, self._preprocess, self._tensor, self._source = session, preprocess, tensor, source
        self._folder, self._thumbnails = PictureFolder(), Thumbnails(self)
        self._job: EngineJob | None = None
        self.group = ChoiceEditor({name: name for name in GROUPS})
        self.group.set_name(self.tr("Library"))
        self.group.set_value(_group(preprocess.reader))
        self.list, self.word = self._make_list(), ToneLabel("", "muted")
        self.word.setWordWrap(True)
        self._lay_out()
        self.group.value_changed.connect(lambda _: self._ask())
        self.list.itemClicked.connect(self._on_chosen)
        self.list.itemActivated.connect(self._on_chosen)
        self._thumbnails.ready.connect(self._on_ready)
        self.finished.connect(self._on_finished)
        self._ask()

    def _make_list(self) -> QListWidget:
        made = QListWidget()
        made.setAccessibleName(self.tr("Image loading"))
        made.setViewMode(QListWidget.ViewMode.IconMode)
        made.setMovement(QListWidget.Movement.Static)
        made.setResizeMode(QListWidget.ResizeMode.Adjust)
        made.setIconSize(QSize(SIDE, SIDE))
        made.setGridSize(_CELL)
        made.setWordWrap(True)
        made.setUniformItemSizes(True)
        return made

    def _lay_out(self) -> None:
        label = QLabel(self.tr("&Library"))
        label.setBuddy(self.group)
        text = self.tr("Differences are from the image loading that is chosen now, in pixel values (0-255).")
        hint = ToneLabel(text, "muted")
        hint.setWordWrap(True)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        box.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        layout.addLayout(row(label, self.group))
        layout.addWidget(hint)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.word)
        layout.addWidget(box)
        self.resize(_SIZE)

    def _ask(self) -> None:
        """Ask how the readers of the chosen library read the image; an earlier question's answer is dropped."""
        group = next(name for name in GROUPS if name == self.group.value())
        self.list.clear()
        if not self._session.engines.may_look:
            self.word.setText(self.tr("The engine has stopped. Restart it."))
            return
        try:
            folder = self._folder.path()
        except OSError as err:
            self.word.setText(self.tr("No folder can be made for previews: {why}.").format(why=err.strerror or err))
            return
        self.word.setText(self.tr("Loading the image..."))
        self._send(group, folder)

    def _send(self, group: Group, folder: str) -> None:
        request = CompareReaders(
            id=0,
            preprocess=self._preprocess,
            readers=tuple(reader.name for reader in readers_of(group)),
            tensor=self._tensor,
            base=self._session.base,
            source=self._source,
            folder=folder,
        )
        self._job = job = self._session.engines.look(request)
        job.ended.connect(lambda event: self._on_ended(job, event))

    def _on_ended(self, job: EngineJob, event: AnyEvent) -> None:
        if job is not self._job:
            return
        self._job = None
        match event:
            case ReadersCompared(readers=readers):
                self._show(readers)
            case Failed(error=error):
                self.word.setText(error.sentence())

    def _show(self, readers: Sequence[ReaderPreview]) -> None:
        for one in readers:
            self.list.addItem(self._item(one))
        self.word.setText(self._reasons(readers) or self.tr("Click one to choose it."))

    def _reasons(self, readers: Sequence[ReaderPreview]) -> str:
        """A line for each kind of error, however many readers have it; each reader's own is its tooltip."""
        kinds: dict[str, list[str]] = {}
        for one in readers:
            if one.error is not None:
                text = one.error.sentence()
                kinds.setdefault(text.replace(one.reader, ""), []).append(text)
        more = self.tr("{reason} ({count} more like this)")
        return "\n".join(
            more.format(reason=texts[0], count=len(texts) - 1) if len(texts) > 1 else texts[0]
            for texts in kinds.values()
        )

    def _item(self, one: ReaderPreview) -> QListWidgetItem:
        reader = READERS[one.reader]
        told = short_difference(one.difference) if one.difference else self.tr("not proved")
        ours = one.reader == self._preprocess.reader
        item = QListWidgetItem(f"{one.reader}\n{self.tr('chosen now') if ours else told}")
        item.setData(Qt.ItemDataRole.UserRole, one)
        item.setToolTip(plain_tip(f"{reader.code}\n{one.error.sentence()}" if one.error else reader.code))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{reader.words}: {told}")
        item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter)
        item.setIcon(self._icon(one))
        return item

    def _icon(self, one: ReaderPreview) -> QIcon:
        pixmap = self._thumbnails.get(one.seen.path, SIDE) if one.seen else None
        if pixmap is None:
            pixmap = QPixmap(SIDE, SIDE)
            pixmap.fill(Qt.GlobalColor.transparent)
            return QIcon(pixmap)
        # Small ones are magnified with their pixels kept visible, as in every other place.
        side = QSize(SIDE, SIDE) * pixmap.devicePixelRatio()
        small = max(pixmap.width(), pixmap.height()) < side.width()
        how = Qt.TransformationMode.FastTransformation if small else Qt.TransformationMode.SmoothTransformation
        return QIcon(pixmap.scaled(side, Qt.AspectRatioMode.KeepAspectRatio, how))

    def _on_ready(self, path: str, _side: int) -> None:
        for place in range(self.list.count()):
            item = self.list.item(place)
            one: ReaderPreview = item.data(Qt.ItemDataRole.UserRole)
            if one.seen is not None and one.seen.path == path:
                item.setIcon(self._icon(one))

    def _on_chosen(self, item: QListWidgetItem) -> None:
        one: ReaderPreview = item.data(Qt.ItemDataRole.UserRole)
        self.chosen.emit(one.reader)
        self.accept()

    def _on_finished(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._thumbnails.close()
        self._folder.close()


def _group(reader: str) -> Group:
    try:
        return group_of(parse_reader(reader))
    except WorkbenchError:
        return GROUPS[0]
