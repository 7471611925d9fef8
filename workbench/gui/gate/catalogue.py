"""The gate's checks before the first run: what they are called and what each of them asks."""

from __future__ import annotations

from typing import NamedTuple

from workbench.gui.texts import tr


class CheckEntry(NamedTuple):
    """A check by its name, its title and what it asks; the engine's own title takes over once it runs."""

    name: str
    title: str
    asks: str


def questions() -> tuple[CheckEntry, ...]:
    """All checks in the order they run in."""

    def ask(name: str, title: str, asks: str) -> CheckEntry:
        return CheckEntry(name, tr("Gate", title), tr("Gate", asks))

    return (
        ask(
            "loads", "Loads in a fresh process", "Do both of TensorFlow's loaders read it where nothing else is loaded?"
        ),
        ask(
            "signature", "Signatures of the file", "Are keys, types and shapes in the written file what callers expect?"
        ),
        ask(
            "parity", "Export equals the Keras model", "Does the export answer as the Keras model does, image by image?"
        ),
        ask("skew", "Serving sees what training saw", "Is the picture the model is fed the one that training saw?"),
        ask("reach", "Runs in the target's TensorFlow", "Does the TensorFlow that the target declares know every op?"),
        ask(
            "golden",
            "Golden images answer as accepted",
            "Are the answers that were kept with the project still the same?",
        ),
        ask("labels", "Labels are right", "Do the labels fit, and how often are the answers right?"),
        ask("limits", "Fits the target's limits", "Do requests, replies and files fit what the target takes?"),
        ask("latency", "Latency and memory", "How long does a call take, and how much memory does serving need?"),
        ask("security", "No files, no network, no code", "Does the export read, write or run anything it should not?"),
        ask(
            "diff",
            "Compared with the version in place",
            "Would callers of the version that is live notice a difference?",
        ),
        ask("outputs", "Outputs are alive", "Are there constant, saturated or impossible answers?"),
    )
