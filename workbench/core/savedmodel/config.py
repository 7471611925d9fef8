"""Session options as the serialized `ConfigProto` that the C API takes."""

from __future__ import annotations

from typing import Final

from workbench.core.varint import varint

# Field numbers of tensorflow/core/protobuf/config.proto (ConfigProto, GraphOptions) and rewriter_config.proto.
_INTRA_OP_PARALLELISM_THREADS: Final = 2
_INTER_OP_PARALLELISM_THREADS: Final = 5
_GRAPH_OPTIONS: Final = 10
_REWRITE_OPTIONS: Final = 10
_DISABLE_META_OPTIMIZER: Final = 19

_VARINT, _LENGTH = 0, 2


def config_proto(*, optimise: bool = True, threads: int = 0) -> bytes:
    """A `ConfigProto`: TensorFlow's graph optimiser on or off, and the size of both thread pools (0: TensorFlow's
    default)."""
    config = b""
    if threads:
        config += _number(_INTRA_OP_PARALLELISM_THREADS, threads) + _number(_INTER_OP_PARALLELISM_THREADS, threads)
    if not optimise:
        rewrite = _number(_DISABLE_META_OPTIMIZER, 1)
        config += _message(_GRAPH_OPTIONS, _message(_REWRITE_OPTIONS, rewrite))
    return config


def _number(field: int, value: int) -> bytes:
    return varint(field << 3 | _VARINT) + varint(value)


def _message(field: int, content: bytes) -> bytes:
    return varint(field << 3 | _LENGTH) + varint(len(content)) + content
