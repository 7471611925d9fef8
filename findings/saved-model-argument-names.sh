#!/usr/bin/env bash
# tf.saved_model.load refuses a whole v1 SavedModel for one request key that is a Python keyword or that falls together with another as an argument name; the v1 loader serves it.
#
# tensorflow-cpu 2.21.0 and 2.15.1, Python 3.11. The models are made by TensorFlow's own v1 builder.
# In 2.15.1 a keyword is served by both loaders, keys that fall together open and cannot be called.
#
# Seen (2026-11-30):
#   TensorFlow 2.21.0
#     x, class         v1 loader: serves, answers 2
#                      tf.saved_model.load: refuses the model: 'class' is not a valid parameter name
#     x, match         v1 loader: serves, answers 2
#                      tf.saved_model.load: serves, answers 2
#     a-b, a_b         v1 loader: serves, answers 2
#                      tf.saved_model.load: refuses the model: duplicate parameter name: 'a_b'
#     a-b, x           v1 loader: serves, answers 2
#                      tf.saved_model.load: serves, answers 2
#     self, x          v1 loader: serves, answers 2
#                      tf.saved_model.load: opens it, the call fails: ConcreteFunction.__call__() got multiple values for argument 'self'
#   TensorFlow 2.15.1
#     x, class         v1 loader: serves, answers 2
#                      tf.saved_model.load: serves, answers 2
#     x, match         v1 loader: serves, answers 2
#                      tf.saved_model.load: serves, answers 2
#     a-b, a_b         v1 loader: serves, answers 2
#                      tf.saved_model.load: opens it, the call fails: Name collision after sanitization. Please rename tf.function input parameters. Original: ['a-b', 'a_b'], Sanitized: ['a_b']
#     a-b, x           v1 loader: serves, answers 2
#                      tf.saved_model.load: serves, answers 2
#     self, x          v1 loader: serves, answers 2
#                      tf.saved_model.load: opens it, the call fails: ConcreteFunction.__call__() got multiple values for argument 'self'
set -u
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT

cat >"$work/keys.py" <<'PY'
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf

tf.get_logger().setLevel("ERROR")
tf1 = tf.compat.v1


def write(folder, keys):
    with tf.Graph().as_default(), tf1.Session() as session:
        ins = {key: tf1.placeholder(tf.float32, [None], name="in_%d" % n) for n, key in enumerate(keys)}
        total = tf.identity(tf.add_n(list(ins.values())), name="total")
        signature = tf1.saved_model.predict_signature_def(ins, {"total": total})
        builder = tf1.saved_model.Builder(folder)
        builder.add_meta_graph_and_variables(session, ["serve"], {"serving_default": signature})
        builder.save()


def by_session(folder, keys):
    with tf.Graph().as_default(), tf1.Session() as session:
        signature = tf1.saved_model.load(session, ["serve"], folder).signature_def["serving_default"]
        fed = {signature.inputs[key].name: [1.0] for key in keys}
        return "serves, answers %g" % session.run(signature.outputs["total"].name, fed)[0]


def by_load(folder, keys):
    try:
        function = tf.saved_model.load(folder).signatures["serving_default"]
    except ValueError as err:
        return "refuses the model: %s" % err
    try:
        answered = function(**{key: tf.constant([1.0]) for key in keys})
        return "serves, answers %g" % answered["total"].numpy()[0]
    except (TypeError, ValueError) as err:
        return "opens it, the call fails: %s" % str(err).splitlines()[0]


print("TensorFlow", tf.__version__)
for keys in (["x", "class"], ["x", "match"], ["a-b", "a_b"], ["a-b", "x"], ["self", "x"]):
    folder = os.path.join(sys.argv[1], "-".join(keys))
    write(folder, keys)
    print("  %-16s v1 loader: %s" % (", ".join(keys), by_session(folder, keys)))
    print("  %-16s tf.saved_model.load: %s" % ("", by_load(folder, keys)))
PY

run() { # VERSION PACKAGE...
    version=$1 && shift
    python3.11 -m venv "$work/$version" && "$work/$version/bin/pip" install -q "$@" >"$work/pip.log" 2>&1 ||
        { tail -3 "$work/pip.log" >&2; exit 2; }
    mkdir "$work/models-$version"
    PYTHONWARNINGS=ignore "$work/$version/bin/python" "$work/keys.py" "$work/models-$version" 2>"$work/err.log" || { tail -3 "$work/err.log" >&2; exit 2; }
}

run 2.21.0 tensorflow-cpu==2.21.0 numpy==2.4.6 | tee "$work/new.txt"
[ "${PIPESTATUS[0]}" -eq 0 ] || exit 2
run 2.15.1 tensorflow-cpu==2.15.1 numpy==1.26.4 | tee "$work/old.txt"
[ "${PIPESTATUS[0]}" -eq 0 ] || exit 2

says() { grep -qF -- "$2" "$work/$1" || { echo "changed: no longer '$2'"; exit 1; }; }
says new.txt "refuses the model: 'class' is not a valid parameter name"
says new.txt "refuses the model: duplicate parameter name: 'a_b'"
says new.txt "opens it, the call fails: ConcreteFunction.__call__() got multiple values for argument 'self'"
[ "$(grep -c 'v1 loader: serves, answers 2' "$work/new.txt")" -eq 5 ] || { echo "changed: the v1 loader"; exit 1; }
[ "$(grep -c 'tf.saved_model.load: serves, answers 2' "$work/new.txt")" -eq 2 ] || { echo "changed: the neighbours"; exit 1; }
[ "$(grep -c 'tf.saved_model.load: serves, answers 2' "$work/old.txt")" -eq 3 ] || { echo "changed: 2.15.1"; exit 1; }
