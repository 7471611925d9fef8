"""Ground truth from class folders: the folder name of an image is its class. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from workbench.gui.rows.image_row import ImageRow


class ClassFolders(NamedTuple):
    """The class number of each folder's pictures; `assumed` says that only the order of the names told it."""

    by_folder: Mapping[str, int] = {}
    labels: tuple[str, ...] = ()
    assumed: bool = False

    def of(self, row: ImageRow) -> int | None:
        """What a row's folder says it is."""
        return None if row.records else self.by_folder.get(row.folder)

    def number(self, name: int | str) -> int | None:
        """The number of a class that a reply names by number or label."""
        if isinstance(name, int):
            return name
        return self.labels.index(name) if name in self.labels else None

    def wrong(self, row: ImageRow) -> bool:
        """Whether the model's best class is another than the folder's."""
        truth = self.of(row)
        return truth is not None and bool(row.lines) and self.number(row.lines[0].name) != truth

    def text(self, number: int) -> str:
        """A class as it is shown."""
        return self.labels[number] if number < len(self.labels) else f"#{number}"


def classes_of(folders: Iterable[str], labels: tuple[str, ...], count: int) -> ClassFolders:
    """The classes that folders are named for, as far as they are: by label, or by number where there are no labels.

    Without labels, as many folders as the model has classes are taken in the order of their names: that is how
    `flow_from_directory` and `image_dataset_from_directory` number them. `count` 0 = not known.
    """
    names = {name for name in folders if name}
    lower = {label.lower(): number for number, label in reversed(list(enumerate(labels)))}
    if labels:
        return ClassFolders({name: lower[name.lower()] for name in names if name.lower() in lower}, labels)
    if names and all(name.isdecimal() and (not count or int(name) < count) for name in names):
        return ClassFolders({name: int(name) for name in names})
    if len(names) == count and count > 1:
        return ClassFolders(
            {name: number for number, name in enumerate(sorted(names))}, tuple(sorted(names)), assumed=True
        )
    return ClassFolders()


class ClassMetrics(NamedTuple):
    """How well one class is recognised, from its `hits` (actual and predicted), and how often it is either.

    As scikit-learn's `precision_recall_fscore_support` defines them; None where it would divide by zero.
    """

    number: int
    hits: int
    predicted: int
    support: int
    """Images of the class."""

    @property
    def precision(self) -> float | None:
        """The share of the images predicted as this class that are of it, 0 to 1."""
        return self.hits / self.predicted if self.predicted else None

    @property
    def recall(self) -> float | None:
        """The share of the class's images that are predicted as it, 0 to 1."""
        return self.hits / self.support if self.support else None

    @property
    def f1(self) -> float | None:
        """The harmonic mean of precision and recall, 0 to 1."""
        both = self.predicted + self.support
        return 2 * self.hits / both if both else None


class ConfusionCounts(NamedTuple):
    """How often which class was taken for which: `cells[true, said]`, over the classes `shown` in their order."""

    shown: tuple[int, ...]
    cells: Mapping[tuple[int, int], int]
    right: int
    total: int

    @property
    def accuracy(self) -> float:
        """The part that was right; 0 where there is nothing."""
        return self.right / self.total if self.total else 0.0

    def row_total(self, true: int) -> int:
        """How many pictures of a class there are."""
        return sum(count for (t, _), count in self.cells.items() if t == true)

    def by_class(self) -> tuple[ClassMetrics, ...]:
        """The figures of each class in `shown`."""
        support: Counter[int] = Counter()
        predicted: Counter[int] = Counter()
        for (true, said), count in self.cells.items():
            support[true] += count
            predicted[said] += count
        hits = {number: self.cells.get((number, number), 0) for number in self.shown}
        return tuple(ClassMetrics(n, hits[n], predicted[n], support[n]) for n in self.shown)

    @property
    def macro_f1(self) -> float:
        """The mean of the classes' F1 without weights, 0 to 1; 0 where there is nothing."""
        found = [metrics.f1 for metrics in self.by_class() if metrics.f1 is not None]
        return sum(found) / len(found) if found else 0.0


def confusion_of(pairs: Mapping[tuple[str, int | str], int], classes: ClassFolders) -> ConfusionCounts:
    """The matrix from counts of (folder, best class); pictures outside class folders are left out."""
    cells: Counter[tuple[int, int]] = Counter()
    for (folder, name), count in pairs.items():
        true, said = classes.by_folder.get(folder), classes.number(name)
        if true is not None and said is not None and count > 0:
            cells[true, said] += count
    shown = tuple(sorted({number for pair in cells for number in pair}))
    right = sum(count for (true, said), count in cells.items() if true == said)
    return ConfusionCounts(shown, dict(cells), right, sum(cells.values()))
