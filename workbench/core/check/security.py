"""Check `security`: no op accesses files, the network or Python, and no code of the model runs without consent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from workbench.core.check.result_text import result
from workbench.core.savedmodel.read import GraphNode
from workbench.spec.check_words import CHECK_TITLES
from workbench.spec.report import CheckResult, EvidenceTable
from workbench.spec.size_text import plural

if TYPE_CHECKING:
    from workbench.core.check.subject import GateSubject

FILES: Final = """
    ReadFile WriteFile MatchingFiles MergeV2Checkpoints WholeFileReader WholeFileReaderV2 TextLineReader
    TextLineReaderV2 TFRecordReader TFRecordReaderV2 FixedLengthRecordReader FixedLengthRecordReaderV2
    LMDBReader IdentityReader TextLineDataset TFRecordDataset TFRecordDatasetV2 FixedLengthRecordDataset
    FixedLengthRecordDatasetV2 LMDBDataset SqlDataset SaveDataset SaveDatasetV2 LoadDataset SnapshotDataset
    SnapshotDatasetV2 CacheDataset CacheDatasetV2 MatchingFilesDataset InitializeTableFromTextFile
    InitializeTableFromTextFileV2 CSVDataset CSVDatasetV2 ImmutableConst WriteSummary ImportEvent
    CreateSummaryFileWriter WriteGraphSummary WriteRawProtoSummary WriteScalarSummary WriteImageSummary
    WriteAudioSummary WriteHistogramSummary CreateSummaryDbWriter SummaryWriter CalibrationStatisticsSaver
    DatasetToTFRecord ExperimentalDatasetToTFRecord ExperimentalLMDBDataset ExperimentalMatchingFilesDataset
    ExperimentalSqlDataset ExperimentalCSVDataset SnapshotDatasetReader SnapshotNestedDatasetReader
    DistributedSave
""".split()
"""Ops that read or write files of the server.

ReadFile, WriteFile and PrintV2 are the denylist of `saved_model_cli scan` (`_OP_DENYLIST` of
tensorflow/python/tools/saved_model_cli.py); the others do the same under another name.
"""

PYTHON: Final = """
    PyFunc PyFuncStateless EagerPyFunc GeneratorDataset
""".split()
"""Ops that call back into Python, which no server has."""

NETWORK: Final = """
    Rpc TryRpc RpcCall RpcClient RpcServer RpcServerStart DataServiceDataset DataServiceDatasetV2
    DataServiceDatasetV3 DataServiceDatasetV4 RegisterDataset RegisterDatasetV2 FileSystemSetConfiguration
""".split()
"""Ops that communicate with other machines."""

PRINTS: Final = ["Print", "PrintV2"]
"""Ops that write what callers send into the server's log. (`Assert` does so only if it fails, and is accepted.)"""

CHECKPOINTS: Final = """
    SaveV2 RestoreV2 Save SaveSlices Restore RestoreSlice ShardedFilename MergeV2Checkpoints DTensorRestoreV2
""".split()
"""Ops that the loader itself runs to read the weights of the variables layout."""


NAME: Final = "security"
TITLE: Final = CHECK_TITLES[NAME]


def check_security(subject: GateSubject) -> CheckResult:
    """Compare every op with the lists; name the model's own code and the Python file it is loaded with."""
    allowed = subject.project.check.allow_ops
    found = [row for row in dangerous(subject.graph.nodes) if row[1] not in allowed]
    passed = sorted({op for _, op, _ in dangerous(subject.graph.nodes)} & set(allowed))
    code = list(_code(subject))
    evidence = []
    if found:
        evidence.append(
            EvidenceTable("Ops with effects outside the graph", ("node", "op", "effect"), tuple(found[:50]))
        )
    if code:
        evidence.append(EvidenceTable("Code in the model", ("where", "what"), tuple(code)))
    if found:
        ops = ", ".join(dict.fromkeys(op for _, op, _ in found))
        advice = "Remove that layer from the model, or allow the op in check.allow_ops."
        message = f"The graph contains {ops}: {found[0][2]} (node {found[0][0]})."
        return result(
            NAME,
            TITLE,
            "fail",
            message,
            measured=len(found),
            limit=0,
            unit="forbidden ops",
            advice=advice,
            evidence=tuple(evidence),
        )
    told = f"{plural(len(subject.graph.nodes), 'node')}, none reads files, opens connections or calls Python"
    if passed:
        told = f"{told}, except the allowed ones ({', '.join(passed)})"
    if code or passed:
        message = f"{told}. The model runs its own code when it is loaded here; the export contains none of it."
        message = message if code else f"{told}."
        advice = "Ship only models whose code you have read." if code else ""
        return result(
            NAME,
            TITLE,
            "warn",
            message,
            measured=0,
            limit=0,
            unit="forbidden ops",
            advice=advice,
            evidence=tuple(evidence),
        )
    return result(NAME, TITLE, "pass", f"{told}.", measured=0, limit=0, unit="forbidden ops")


def dangerous(nodes: tuple[GraphNode, ...]) -> Iterator[tuple[str, str, str]]:
    """Node, op and effect of every op in the lists, except for the loader's own reading of weights."""
    kinds = dict.fromkeys(FILES, "it reads or writes the server's files")
    kinds |= dict.fromkeys(PYTHON, "it calls Python code that no server has")
    kinds |= dict.fromkeys(NETWORK, "it connects to other machines")
    kinds |= dict.fromkeys(PRINTS, "it writes request data to the server's log")
    kinds |= dict.fromkeys(CHECKPOINTS, "it reads or writes checkpoints")
    for node in nodes:
        if node.op in kinds and not (node.op in CHECKPOINTS and _is_loaders(node.name)):
            yield node.name, node.op, kinds[node.op]


def _is_loaders(name: str) -> bool:
    """Whether a node belongs to the Saver: `save/...` in a v1 graph, a function of that kind in a v2 one."""
    scope = name.split(":", 1)[0]
    return (
        name.split("/", 1)[0] in ("save", "save_1")
        or "traced_save" in scope
        or "traced_restore" in scope
        or name in CHECKPOINTS
    )


def _code(subject: GateSubject) -> Iterator[tuple[str, str]]:
    for name in subject.facts.runs_code:
        yield name, "a layer with code; allowed for this file"
    if subject.project.custom:
        yield subject.project.custom, "the model's own classes, run when it is loaded"
