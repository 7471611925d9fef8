"""Signatures to read and to copy: their text, a request in four languages, the reply as each server sends it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QSplitter, QTabBar, QVBoxLayout, QWidget

from workbench.gui.texts import json_text
from workbench.gui.widgets.copy_text import CopyText
from workbench.gui.widgets.editors import ChoiceEditor
from workbench.gui.widgets.tone_label import ToneLabel
from workbench.spec import request_samples
from workbench.spec.render import bare_reply, render_text, reply_for, request_for
from workbench.spec.signature import CLASSIFY_METHOD, Composition
from workbench.spec.tensors import SignatureSpec

_ALL: Final = ""
"""The page with the text of all signatures; no signature has an empty name."""


class _SignatureTabs(QTabBar):
    """Fusion sets the tabs in the background lower, and would cut the feet off their letters."""

    def tabSizeHint(self, index: int) -> QSize:
        return super().tabSizeHint(index) + QSize(0, 4)


class SignatureTexts(QWidget):
    """One page a signature, and one with the text of all of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._made = Composition({}, ())
        self._labels: tuple[str, ...] = ()
        self._tags: tuple[str, ...] = ("serve",)
        self._url, self._model = request_samples.LOCAL_URL, request_samples.MODEL
        self.pages = _SignatureTabs(drawBase=False, expanding=False)
        self.pages.setAccessibleName(self.tr("Signatures"))
        self.pages.setUsesScrollButtons(True)
        self.signature_text = CopyText(self.tr("Signature"), self.tr("Signature text"))
        self.request_text = CopyText(self.tr("Request"), self.tr("Sample request"), copy=self.tr("Co&py"), wrap=True)
        self.reply_text = CopyText(self.tr("Reply"), self.tr("Sample reply"), copy=self.tr("Cop&y"), wrap=True)
        self.language = ChoiceEditor(self._languages())
        self.server = ChoiceEditor({"ml": self.tr("ML Engine, Vertex AI"), "serving": self.tr("TensorFlow Serving")})
        self.language.set_name(self.tr("Format of the request"))
        self.server.set_name(self.tr("Server of the reply"))
        self.remark = ToneLabel("", "muted")
        self.remark.setWordWrap(True)
        self._lay_out()
        for signal in (self.pages.currentChanged, self.language.value_changed, self.server.value_changed):
            signal.connect(self._show)

    def set_target(self, url: str, model: str) -> None:
        """Where requests in other languages than JSON are sent, and the model's name there."""
        self._url, self._model = url, model

    def set_composition(
        self, made: Composition, labels: tuple[str, ...] = (), tags: tuple[str, ...] = ("serve",)
    ) -> None:
        """Show other signatures; the page stays where its signature does, the serving one is first."""
        self._made, self._labels, self._tags = made, labels, tags
        names = sorted(made.signatures, key=lambda name: (name != made.serving, name))
        wanted = [*names, _ALL] if names else []
        if [self.pages.tabData(n) for n in range(self.pages.count())] != wanted:
            self._set_pages(wanted)
        self._show()

    def shown(self) -> str:
        """The name of the signature on the page; empty for all."""
        return str(self.pages.tabData(self.pages.currentIndex()) or _ALL)

    def _set_pages(self, names: list[str]) -> None:
        before, place = self.shown(), self.pages.currentIndex()
        self.pages.blockSignals(True)
        while self.pages.count():
            self.pages.removeTab(0)
        for name in names:
            self.pages.setTabData(self.pages.addTab(name or self.tr("All")), name)
        # A signature that has another name now is still the one on that page.
        kept = names.index(before) if before in names and place >= 0 else min(max(place, 0), len(names) - 1)
        self.pages.setCurrentIndex(kept)
        self.pages.blockSignals(False)

    def _languages(self) -> dict[str, str]:
        return {"json": "JSON", "curl": "curl", "python": "Python", "gcloud": "gcloud"}

    def _lay_out(self) -> None:
        for choice, text in ((self.language, self.request_text), (self.server, self.reply_text)):
            choice.setMinimumContentsLength(6)
            text.add_to_head(choice)
        samples = QSplitter(Qt.Orientation.Horizontal)
        samples.addWidget(self.request_text)
        samples.addWidget(self.reply_text)
        self.upright = QSplitter(Qt.Orientation.Vertical)
        self.upright.addWidget(self.signature_text)
        self.upright.addWidget(samples)
        self.upright.setSizes([300, 260])
        for splitter in (samples, self.upright):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(12)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.pages)
        layout.addWidget(self.upright, 1)
        layout.addWidget(self.remark)

    def _show(self) -> None:
        signature = self._made.signatures.get(self.shown())
        if signature is None:
            everything = render_text(self._made.signatures, self._tags) if self._made.signatures else ""
            self.signature_text.set_text(everything)
            self._show_samples(None)
            self.remark.setText("")
        else:
            self.signature_text.set_text(render_text({self.shown(): signature}, self._tags))
            self._show_exchange(signature)
        self.remark.setVisible(bool(self.remark.text()))

    def _show_exchange(self, signature: SignatureSpec) -> None:
        if signature.method_name == CLASSIFY_METHOD:
            self._show_samples(None)
            self.remark.setText(self.tr("Called by TensorFlow Serving's Classify (gRPC) and :classify (REST)."))
            return
        self.remark.setText("")
        self._show_samples(request_for(self._made, self.shown()))

    def _show_samples(self, body: Mapping[str, object] | None) -> None:
        for pane in (self.request_text, self.reply_text):
            pane.setVisible(body is not None)
        if body is None:
            return
        self.request_text.set_text(self._request(body))
        reply = reply_for(self._made, self.shown(), self._labels)
        bare = bare_reply(reply)
        self.server.setVisible(bare is not None)
        self.reply_text.set_text(json_text(bare if bare is not None and self.server.value() == "serving" else reply))

    def _request(self, body: Mapping[str, object]) -> str:
        match self.language.value():
            case "curl":
                return request_samples.curl(body, self._url, model=self._model)
            case "python":
                return request_samples.python(body, self._url, "local", self._model)
            case "gcloud":
                return request_samples.gcloud(body, model=self._model)
        return json_text(body)
