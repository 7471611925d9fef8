"""Across modules. The corpus of real models: each opens and predicts what was recorded, or is refused for a reason
it has."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from core.model.corpus_table import TOLERANCE, Entry, entries, largest_difference
from support import REFERENCE

from workbench.core.export import export
from workbench.core.export.synthetic_instances import synthetic_columns
from workbench.core.jobs import load_facts
from workbench.core.model import inspect, load
from workbench.core.savedmodel.native_session import NativeSession
from workbench.core.savedmodel.session import ServingSession
from workbench.spec.defaults import default_project
from workbench.spec.errors import WorkbenchError
from workbench.spec.model import ModelFacts
from workbench.spec.signature import compose

REFUSED = {
    "KonduitAI__src_main_resources_keras_simple_lstm_tf_model.h5": "KERAS1_LAYER",  # TimeDistributedDense
    "KonduitAI__src_main_resources_modelimport_keras_examples_lambda_sequential_lambda.h5": "LAMBDA",  # x ** 2
    "KonduitAI__src_main_resources_modelimport_keras_weights_space_to_depth_simple_tensorflow_1.h5": "LAMBDA",
    "gagneurlab__mmsplice_models_Acceptor.h5": "CUSTOM_CLASS",  # ConvDNA
    "gagneurlab__mmsplice_models_mtsplice0.h5": "CUSTOM_CLASS",  # SplineWeight1D
    "gagneurlab__mmsplice_models_mtsplice_deep0.h5": "CUSTOM_CLASS",
}
"""The files of the corpus that need their author's code, and the one layer nobody has any more."""

REPAIRED = {
    "ref_v_lambda_py37.h5": "LAMBDA_TO_RESCALING",
    "ref_ivb_relu6_function_mobilenetlike.h5": "SUPPLIED",
    "k_up_bilinear.h5": "BILINEAR_TF1",
    "k_embmask_bi.h5": "MASKED_STEPS",
    "KonduitAI__src_main_resources_modelimport_keras_weights_batch_to_conv2d_theano_2.h5": "THEANO_KERNELS",
    "KonduitAI__src_main_resources_modelimport_keras_tfscope_model.h5": "KERAS1",
    "KonduitAI__src_main_resources_modelimport_elephas_elephas_sequential.h5": "SEQUENTIAL_LIST",
}
"""A repair that must have been told of for the file to be right."""

ENTRIES = entries()
pytestmark = [pytest.mark.corpus, pytest.mark.skipif(not ENTRIES, reason="shared/corpus is not there")]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: e.path.stem[-60:])
def test_a_corpus_model_is_right_or_refused(entry: Entry) -> None:
    expected = REFUSED.get(entry.path.name)
    # What loading finds, the scan has named before. Two codes stand in no model's way: a file without a version is
    # read as an old one, channels-first layers are computed channels last.
    assert {p.code for p in inspect(entry.path).problems} - {"NO_VERSION", "CHANNELS_FIRST"} == (
        {expected} if expected else set()
    )
    if expected is not None:
        with pytest.raises(WorkbenchError) as caught:
            load(entry.path)
        assert caught.value.code == expected
        assert caught.value.hint
        return
    model = load(entry.path)
    assert model.loaded_with == "tf_keras"
    if entry.recorded is not None:
        assert largest_difference(entry, model.predict) <= TOLERANCE
    if entry.path.name in REPAIRED:
        assert REPAIRED[entry.path.name] in {r.code for r in model.facts.repairs}


@pytest.mark.parametrize("name", ["tiny_cnn", "image_and_features", "mobilenet"])
def test_the_reference_models_need_no_repair(name: str) -> None:
    assert load(REFERENCE / f"{name}.h5").repairs == ()


EXPORTED = (
    "k_up_bilinear.h5",
    "ref_ivb_relu6_function_mobilenetlike.h5",
    "ref_v_lambda_py37.h5",
    "ref_ix_emb_gru_lstm_hardsig.h5",
    "ref_xi_chfirst_flatten.h5",
    "KonduitAI__src_main_resources_modelimport_keras_weights_batch_to_conv2d_theano_2.h5",
)
"""Exported in every run; the heavy ones take all the rest."""

SERVED = [e for e in ENTRIES if e.path.name not in REFUSED]


@pytest.mark.parametrize(
    "entry",
    [pytest.param(e, marks=[] if e.path.name in EXPORTED else [pytest.mark.heavy]) for e in SERVED],
    ids=lambda e: e.path.stem[-60:],
)
def test_the_export_of_a_corpus_model_answers_what_was_recorded(entry: Entry) -> None:
    facts = inspect(entry.path)
    project = default_project(facts, entry.path.name, size=_open_size(entry, facts))
    result = export(project, entry.path.parent)
    assert result.runtime == "1.15"
    exact = load_facts(entry.path)
    made = compose(exact, project)
    folder = Path(result.path)
    with (
        closing(ServingSession(folder, optimise=False)) as python,
        closing(NativeSession(folder, optimise=False)) as native,
    ):
        assert native.signatures == python.signatures

        def both(signature: str, columns: dict[str, Any]) -> dict[str, Any]:
            """The answer of the C API's session, which is that of Python's to the last bit."""
            answer, expected = native.run(signature, columns), python.run(signature, columns)
            assert list(answer) == list(expected)
            for key, values in expected.items():
                assert answer[key].dtype == values.dtype
                np.testing.assert_array_equal(answer[key], values, strict=True)
            return answer

        both(made.serving, synthetic_columns(exact, made))
        if entry.recorded is None:
            return

        def serve(given: Sequence[Any]) -> list[Any]:
            by_input = dict(zip((t.name for t in facts.inputs), given, strict=True))
            columns = {f.alias: by_input.get(f.source, ["x"] * len(given[0])) for f in made.feeds}
            answer = both(project.signature.tensor if made.tensors else made.serving, columns)
            return [answer[a.alias] for a in made.answers if a.kind == "output"]

        assert largest_difference(entry, serve) <= TOLERANCE


def _open_size(entry: Entry, facts: ModelFacts) -> str:
    """The size of the recorded pictures for a model that takes any."""
    images = facts.image_inputs()
    if not images or None not in (images[0].shape or ())[1:3]:
        return ""
    given = entry.pairs()[0][facts.inputs.index(images[0])] if entry.recorded else None
    return "64x64" if given is None else "{}x{}".format(*given.shape[1:3])
