"""Across modules. What an export refuses: undeclared formats and 16-bit images, in every loader alike, and how a row
tells it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import encoded, noise, photo, read
from PIL import Image

from workbench.core.export.freeze import freeze_preprocess
from workbench.core.export.preprocess import preprocess_function
from workbench.core.instances.error_diagnosis import explain
from workbench.core.lazy import tensorflow
from workbench.spec.preprocess import Preprocess

JPEG = encoded(photo(20, 30), "JPEG")
PNG = encoded(photo(20, 30))
SIXTEEN = encoded(Image.fromarray(np.random.default_rng(0).integers(0, 65536, (20, 30)).astype("uint16")))
OTHERS = {form: encoded(photo(20, 30), form) for form in ("GIF", "BMP", "WEBP", "TIFF")}
TEXT = b"this is no picture"
INK = encoded(photo(20, 30).convert("CMYK"), "JPEG")


def saved(folder: Path, **settings: Any) -> Path:
    """The preprocessing graph alone as a one-file SavedModel, frozen and written as an export is."""
    tf1 = tensorflow().compat.v1
    frozen = freeze_preprocess(preprocess_function(Preprocess(size=(8, 8), **settings), 3), "float32")
    with tf1.Graph().as_default() as graph, tf1.Session(graph=graph) as session:
        tensorflow().graph_util.import_graph_def(frozen.graph_def, name="")
        encoded_, pixels = (graph.get_tensor_by_name(n) for n in (frozen.inputs[0], frozen.outputs[0]))
        signature = tf1.saved_model.predict_signature_def({"encoded": encoded_}, {"pixels": pixels})
        builder = tf1.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(session, ["serve"], {"s": signature}, strip_default_attrs=True)
        builder.save()
    return folder


def by_session(folder: Path) -> Callable[[list[bytes]], Any]:
    tf1 = tensorflow().compat.v1
    session = tf1.Session(graph=tf1.Graph())
    with session.graph.as_default():
        made = tf1.saved_model.loader.load(session, ["serve"], str(folder)).signature_def["s"]
    names = made.outputs["pixels"].name, made.inputs["encoded"].name
    return lambda data: session.run(names[0], {names[1]: data})


def by_tf2(folder: Path) -> Callable[[list[bytes]], Any]:
    tf = tensorflow()
    loaded = tf.saved_model.load(str(folder))
    return lambda data: loaded.signatures["s"](encoded=tf.constant(data))["pixels"].numpy()


@pytest.mark.parametrize("loader", [by_session, by_tf2], ids=["session", "tf2"])
@pytest.mark.parametrize(
    ("formats", "good"),
    [("jpeg", [JPEG]), ("jpeg+png", [JPEG, PNG]), ("any", [JPEG, PNG, OTHERS["GIF"], OTHERS["BMP"]])],
)
def test_a_frozen_export_still_refuses(formats: str, good: list[bytes], loader: Any, tmp_path: Path) -> None:
    tf = tensorflow()
    run = loader(saved(tmp_path / "m", formats=formats, reader="load_img:bilinear"))
    assert run(good).shape == (len(good), 8, 8, 3)
    for data in {JPEG, PNG, *OTHERS.values(), TEXT, b"", b"\x89PNG"} - set(good):
        with pytest.raises(tf.errors.InvalidArgumentError, match="UNDECLARED_FORMAT: this export reads JPEG"):
            run([*good, data])
    if formats != "jpeg":
        with pytest.raises(tf.errors.InvalidArgumentError, match="SIXTEEN_BIT: 16-bit images are refused"):
            run([*good, SIXTEEN])


@pytest.mark.parametrize("reader", ["load_img:nearest", "image_dataset", "tf1"])
@pytest.mark.parametrize("alpha", ["drop", "white"])
def test_sixteen_bits_are_refused_by_every_reader(reader: str, alpha: str) -> None:
    with pytest.raises(tensorflow().errors.InvalidArgumentError, match="SIXTEEN_BIT"):
        read([SIXTEEN], size=(8, 8), reader=reader, alpha=alpha, formats="jpeg+png")


def test_a_png_cut_off_in_its_header_is_a_bad_image_and_no_other_failure() -> None:
    for length in (8, 12, 24, 25, 40):
        with pytest.raises(tensorflow().errors.InvalidArgumentError) as caught:
            read([PNG[:length]], size=(8, 8), formats="jpeg+png")
        assert explain(PNG[:length], "p.png", str(caught.value)).code in ("BAD_IMAGE", "NOT_AN_IMAGE")


def test_bmps_that_tensorflow_would_misread_are_refused_for_load_img() -> None:
    palette = encoded(photo(20, 30).quantize(50), "BMP")
    plain = read([OTHERS["BMP"]], size=(20, 30), formats="any")[0]
    np.testing.assert_array_equal(plain, np.asarray(photo(20, 30), "float32"))
    with pytest.raises(tensorflow().errors.InvalidArgumentError) as caught:
        read([palette], size=(20, 30), formats="any")
    told = explain(palette, "p.bmp", str(caught.value))
    assert (told.code, "palette" in told.message) == ("UNDECLARED_FORMAT", True)


@pytest.mark.parametrize(
    ("data", "formats", "code", "words"),
    [
        (PNG, "jpeg", "UNDECLARED_FORMAT", "This export reads JPEG images only; this is a PNG."),
        (OTHERS["WEBP"], "any", "UNDECLARED_FORMAT", "JPEG, PNG, GIF and BMP images only; this is a WEBP."),
        (SIXTEEN, "jpeg+png", "SIXTEEN_BIT", "16-bit images are refused"),
        (INK, "jpeg", "CMYK", "JPEGs in CMYK or YCCK are refused"),
        (TEXT, "jpeg", "NOT_AN_IMAGE", "it contains text"),
        (JPEG[:200], "jpeg", "BAD_IMAGE", "truncated or damaged"),
    ],
)
def test_a_row_says_which_refusal_it_was(data: bytes, formats: str, code: str, words: str) -> None:
    with pytest.raises(tensorflow().errors.InvalidArgumentError) as caught:
        read([data], size=(8, 8), formats=formats)
    told = explain(data, "here", str(caught.value))
    assert told.code == code
    assert words in told.message
    assert told.where == "here"
    assert bool(told.hint) == (code in ("UNDECLARED_FORMAT", "SIXTEEN_BIT", "CMYK"))


def test_a_refusal_is_told_of_the_picture_it_fits_alone() -> None:
    reason = "assertion failed: [UNDECLARED_FORMAT: this export reads JPEG images only.] [[{{node x}}]]"
    assert explain(JPEG, "", reason).code == "PREDICTION_FAILED"
    assert explain(PNG, "", reason).code == "UNDECLARED_FORMAT"
    deep = "assertion failed: [SIXTEEN_BIT: 16-bit images are refused: so.]"
    assert explain(PNG, "", deep).code == "PREDICTION_FAILED"
    assert explain(SIXTEEN, "", deep).code == "SIXTEEN_BIT"


def test_an_export_that_refuses_nothing_itself_is_explained_too() -> None:
    assert explain(OTHERS["TIFF"], "", "Unknown image file format.").code == "UNDECLARED_FORMAT"
    assert explain(encoded(Image.fromarray(noise(9, 9))), "", "out of memory").code == "PREDICTION_FAILED"
