"""Names of library functions in their usual spellings, brought to one canonical spelling."""

from __future__ import annotations

import re
from typing import Final

_ROOTS: Final = (
    (r"(tensorflow|tf)\.(compat\.v\d\.|python\.|_api\.v\d\.|contrib\.)?keras(?=\.|$)", "keras"),
    (r"(tensorflow|tf)\.compat\.v1(?=\.|$)", "tf1"),
    (r"(tensorflow|tf)(?=\.|$)(\.compat\.v2)?", "tf"),
    (r"tf_keras(?=\.|$)", "keras"),
    (r"keras_preprocessing(?=\.|$)", "keras.preprocessing"),
    (r"keras_applications(?=\.|$)", "keras.applications"),
    (r"(numpy|np|jax\.numpy)(?=\.|$)", "np"),
    (r"(PIL\.)?Image(?=\.|$)", "PIL.Image"),
    (r"(PIL\.)?ImageOps(?=\.|$)", "PIL.ImageOps"),
    (r"PIL\.Image\.Image\.", "PIL.Image."),
    (r"cv2\.cv2(?=\.|$)", "cv2"),
    (r"(skimage|sk)(?=\.|$)", "skimage"),
    (r"(matplotlib\.pyplot|plt|matplotlib\.image|mpimg)\.imread", "matplotlib.imread"),
    (r"(scipy\.(misc|ndimage)|misc)\.(?=im)", "scipy."),
    (r"imageio(\.v\d)?(?=\.|$)", "imageio"),
)
"""Beginnings of dotted names, including the usual aliases for snippets without imports."""

_KERAS_KEPT: Final = re.compile(r"keras\.(?:.*\.)?(applications\..*|backend\..*)")


_BARE: Final = re.compile(
    r"(image\.|layers\.|preprocessing\.|utils\.)?"
    r"(load_img|img_to_array|array_to_img|ImageDataGenerator|image_dataset_from_directory|smart_resize|Rescaling)"
)
"""Keras' names in snippets without imports."""


def canonical(dotted: str) -> str:
    """The canonical spelling of a function: `tensorflow.keras.utils.load_img` and
    `keras.preprocessing.image.load_img` are both `keras.load_img`; `preprocess_input` keeps its application."""
    if bare := _BARE.fullmatch(dotted):
        return f"keras.{bare[2]}"
    for pattern, spelling in _ROOTS:
        if found := re.match(pattern, dotted):
            dotted = spelling + dotted[found.end() :]
            break
    dotted = dotted.replace("PIL.Image.Image.", "PIL.Image.").replace("PIL.Image.Resampling.", "PIL.Image.")
    if dotted.startswith("keras."):
        kept = _KERAS_KEPT.fullmatch(dotted)
        return f"keras.{kept[1]}" if kept else f"keras.{dotted.rpartition('.')[2]}"
    return dotted


def tail(dotted: str) -> str:
    """The last part of a dotted name."""
    return dotted.rpartition(".")[2]


FLAGS: Final = {
    "cv2.IMREAD_UNCHANGED": -1,
    "cv2.IMREAD_GRAYSCALE": 0,
    "cv2.CV_LOAD_IMAGE_GRAYSCALE": 0,
    "cv2.IMREAD_COLOR": 1,
    "cv2.IMREAD_COLOR_BGR": 1,
    "cv2.CV_LOAD_IMAGE_COLOR": 1,
    "cv2.IMREAD_ANYDEPTH": 2,
    "cv2.IMREAD_ANYCOLOR": 4,
    "cv2.IMREAD_IGNORE_ORIENTATION": 128,
    "cv2.IMREAD_COLOR_RGB": 256,
}
"""OpenCV's flags of `imread`, which code combines with `|`."""

FITTED: Final = frozenset({"fit", "fit_generator", "train_on_batch", "partial_fit"})
PREDICTED: Final = frozenset(
    {"predict", "predict_generator", "predict_classes", "predict_on_batch", "evaluate", "score"}
)
KEPT: Final = frozenset({"save", "savez", "savez_compressed", "create_dataset", "dump", "train_test_split", "model"})
"""Methods and functions in which images end, by their purpose."""


def sink_rank(name: str) -> int:
    """How certain it is that training used what is passed to `name`: 3 fitted, 2 stored, 1 predicted, 0 other
    functions."""
    last = tail(name)
    ranks = ((FITTED, 3), (KEPT, 2), (PREDICTED, 1))
    return next((rank for names, rank in ranks if last in names), 0)


SHOWN: Final = re.compile(
    r"(matplotlib|plt|ax|axes|print|logging|logger|os|sys|cv2\.(im(show|write)|waitKey|destroy))\b"
)
"""Functions that only show or write images."""

AUGMENTING: Final = re.compile(
    r"(^|\.)(random_|stateless_random|Random|flip(_left_right|_up_down)?$|rot90$|adjust_|rotate|fliplr$|flipud$"
    r"|warpAffine$|getRotationMatrix|sample_distorted|albumentations|imgaug|GaussianNoise|apply_affine_transform)"
)
"""Functions that vary images for training and that serving omits."""
