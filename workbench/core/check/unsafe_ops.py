"""TensorFlow ops that access files, the network or Python, by category."""

from __future__ import annotations

from typing import Final

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
"""Ops that read or write files of the server. ReadFile, WriteFile and PrintV2 are the denylist of
`saved_model_cli scan` (`_OP_DENYLIST` of tensorflow/python/tools/saved_model_cli.py); the others do the same by
another name."""

PYTHON: Final = """
    PyFunc PyFuncStateless EagerPyFunc GeneratorDataset
""".split()
"""Ops that call back into a Python which no server has."""

NETWORK: Final = """
    Rpc TryRpc RpcCall RpcClient RpcServer RpcServerStart DataServiceDataset DataServiceDatasetV2
    DataServiceDatasetV3 DataServiceDatasetV4 RegisterDataset RegisterDatasetV2 FileSystemSetConfiguration
""".split()
"""Ops that speak to other machines."""

PRINTS: Final = ["Print", "PrintV2"]
"""Ops that write what callers send into the server's log. (`Assert` does so only where it fails, and is let pass.)"""

CHECKPOINTS: Final = """
    SaveV2 RestoreV2 Save SaveSlices Restore RestoreSlice ShardedFilename MergeV2Checkpoints DTensorRestoreV2
""".split()
"""What the loader itself runs to read the weights of the variables layout."""
