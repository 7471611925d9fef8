#!/usr/bin/env bash
# tf.data.TFRecordDataset reads any compression name it does not know (gzip, ZSTD) as no compression, where the writer refuses the same name.
# tensorflow-cpu 2.21.0, Python 3.11, Linux x86-64.
# The names are GZIP and ZLIB, in capitals. With another a compressed file fails as 'corrupted record at 0', and a plain one is read as if the option were right;
# the only trace is a line of the C++ log, which TF_CPP_MIN_LOG_LEVEL=3 hides.
# Seen (2026-12-01):
#   TFRecordDataset, plain file, 'gzip': [b'one']
#   TFRecordDataset, plain file, 'ZSTD': [b'one']
#   TFRecordDataset, GZIP file, 'gzip': DataLossError
#   TFRecordWriter, 'gzip': ValueError
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m venv venv || exit 2
venv/bin/pip install --quiet --disable-pip-version-check tensorflow-cpu==2.21.0 || exit 2
cat > seen.py <<'PY'
import tensorflow as tf


def told(work):
    try:
        return work()
    except (ValueError, tf.errors.OpError) as error:
        return type(error).__name__


def written(name, compression):
    with tf.io.TFRecordWriter(name, compression) as writer:
        writer.write(b"one")


def read(name, compression):
    return [record.numpy() for record in tf.data.TFRecordDataset(name, compression_type=compression)]


written("plain", "")
written("packed", "GZIP")
print("tensorflow", tf.__version__)
for compression in ("gzip", "ZSTD"):
    print(f"TFRecordDataset, plain file, {compression!r}:", told(lambda: read("plain", compression)))
print("TFRecordDataset, GZIP file, 'gzip':", told(lambda: read("packed", "gzip")))
print("TFRecordWriter, 'gzip':", told(lambda: written("other", "gzip")))
PY
export TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=
venv/bin/python seen.py 2> err.txt | tee seen.txt
test "${PIPESTATUS[0]}" = 0 || { cat err.txt; exit 2; }
grep -qxF "TFRecordDataset, plain file, 'gzip': [b'one']" seen.txt && grep -qxF "TFRecordWriter, 'gzip': ValueError" seen.txt || exit 1
