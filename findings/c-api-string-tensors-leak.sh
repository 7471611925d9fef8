#!/usr/bin/env bash
# TF_DeleteTensor of a string tensor made by TF_AllocateTensor and filled by TF_StringCopy leaves its strings allocated.
# TensorFlow 2.21.0 (tensorflow-cpu), its C API in libtensorflow_cc.so.2 called by ctypes, Python 3.11, Linux x86-64.
# TF_AllocateTensor owns the 24 bytes of each TF_TString, not what longer strings hold beside them: every element
# needs TF_StringDealloc before (or, with TF_NewTensor, in the deallocator). Nothing in tf_tensor.h or tf_tstring.h says so.
# Seen (2026-11-30):
#   TensorFlow 2.21.0
#   300 tensors of one string of 1 MB, TF_DeleteTensor alone: memory grew by 300 MB
#   300 tensors of one string of 1 MB, TF_StringDealloc before: memory grew by 0 MB
set -u
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m venv venv && venv/bin/pip install --quiet --no-deps tensorflow-cpu==2.21.0 || exit 2
cat > strings.py <<'PY'
import ctypes, importlib.util, sys

home = importlib.util.find_spec("tensorflow").submodule_search_locations[0]
tf = ctypes.CDLL(home + "/libtensorflow_cc.so.2")
POINTER = ctypes.c_void_p
for name, result, arguments in (
    ("TF_Version", ctypes.c_char_p, []),
    ("TF_AllocateTensor", POINTER, [ctypes.c_int, POINTER, ctypes.c_int, ctypes.c_size_t]),
    ("TF_TensorData", POINTER, [POINTER]),
    ("TF_StringInit", None, [POINTER]),
    ("TF_StringCopy", None, [POINTER, ctypes.c_char_p, ctypes.c_size_t]),
    ("TF_StringDealloc", None, [POINTER]),
    ("TF_DeleteTensor", None, [POINTER]),
):
    function = getattr(tf, name)
    function.restype, function.argtypes = result, arguments


def resident_mb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1e6


def growth(dealloc):
    before = resident_mb()
    for _ in range(300):
        tensor = tf.TF_AllocateTensor(7, None, 0, 24)  # TF_STRING, a scalar
        place = tf.TF_TensorData(tensor)
        tf.TF_StringInit(place)
        tf.TF_StringCopy(place, b"x" * 1_000_000, 1_000_000)
        if dealloc:
            tf.TF_StringDealloc(place)
        tf.TF_DeleteTensor(tensor)
    return resident_mb() - before


print("TensorFlow", tf.TF_Version().decode())
growth(True)  # warms the allocator up
leaked, kept = growth(False), growth(True)
print(f"300 tensors of one string of 1 MB, TF_DeleteTensor alone: memory grew by {leaked:.0f} MB")
print(f"300 tensors of one string of 1 MB, TF_StringDealloc before: memory grew by {max(kept, 0):.0f} MB")
sys.exit(0 if leaked > 250 and kept < 25 else 1)
PY
venv/bin/python strings.py 2> /dev/null
code=$?
test "$code" -le 1 && exit "$code" || exit 2
