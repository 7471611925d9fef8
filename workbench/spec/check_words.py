"""The checks of the release gate in the order they run in: their titles, and the question that each of them answers."""

from __future__ import annotations

from typing import Final, NamedTuple


class CheckWords(NamedTuple):
    """A check's name in reports and options, its title, and what it finds out, as a question."""

    name: str
    title: str
    question: str


CHECK_WORDS: Final = (
    CheckWords("loads", "Loads in a clean process", "Do TensorFlow's loaders open the export where nothing else runs?"),
    CheckWords("signature", "Signatures of the export", "Are keys, types and shapes in the export as composed?"),
    CheckWords(
        "parity", "Parity with the Keras model", "Does the export return what the Keras model returns, image by image?"
    ),
    CheckWords("skew", "Training-serving skew", "Does the export feed the model the pixels that training fed it?"),
    CheckWords("reach", "Runs in the target's TensorFlow", "Does the target's TensorFlow release have every op?"),
    CheckWords("golden", "Golden images unchanged", "Are the predictions for the golden images the accepted ones?"),
    CheckWords("labels", "Labels and accuracy", "Do the labels fit the scores, and what is the accuracy?"),
    CheckWords("limits", "Fits the target's limits", "Are requests, replies and files within the target's limits?"),
    CheckWords("latency", "Latency and memory", "How long does a call take, and how much memory does serving need?"),
    CheckWords(
        "security", "No files, no network, no code", "Are all ops free of file access, network and Python code?"
    ),
    CheckWords("diff", "Compared with the live version", "Would callers of the live version notice a difference?"),
    CheckWords("outputs", "Outputs are not constant", "Are there constant, saturated, NaN or infinite outputs?"),
)

CHECK_TITLES: Final = {check.name: check.title for check in CHECK_WORDS}
