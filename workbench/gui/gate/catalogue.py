"""The gate's checks before the first run: what they are called and what each of them asks."""

from __future__ import annotations

from typing import NamedTuple

from workbench.gui.texts import tr


class Question(NamedTuple):
    """A check by its name, its title and what it asks; the engine's own title takes over once it runs."""

    name: str
    title: str
    asks: str


def questions() -> tuple[Question, ...]:
    """All checks in the order they run in."""

    def ask(name: str, title: str, asks: str) -> Question:
        return Question(name, tr("Gate", title), tr("Gate", asks))

    return (
        ask("loads", "Loads", "Is the export read in a fresh process, by both of TensorFlow's loaders?"),
        ask("signature", "Signature", "Are the keys, types and shapes in the written file what callers expect?"),
        ask("parity", "Model and export agree", "Does the export answer as the Keras model does, image by image?"),
        ask("skew", "Training and serving see the same", "Is the picture the model is fed the one that training saw?"),
        ask("reach", "Loads at the target", "Does the TensorFlow that the target declares know every op?"),
        ask("golden", "Golden images", "Are the answers that were kept with the project still the same?"),
        ask("labels", "Labels and accuracy", "Do the labels fit, and how often are the answers right?"),
        ask("limits", "Size limits", "Do requests, replies and files fit what the target takes?"),
        ask("latency", "Latency and memory", "How long does a call take, and how much memory does serving need?"),
        ask("security", "Security", "Does the export read, write or run anything it should not?"),
        ask("diff", "Against the version in place", "Would callers of the version that is live notice a difference?"),
        ask("outputs", "Outputs are alive", "Are there constant, saturated or impossible answers?"),
    )
