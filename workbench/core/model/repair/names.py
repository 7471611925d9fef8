"""Names that a configuration may use for functions and small objects, by library.

Taken from `activations`, `initializers`, `regularizers` and `constraints` of tf_keras 2.21 and Keras 3.15.
"""

from __future__ import annotations

from typing import Final

_SHARED: Final = "elu exponential gelu hard_sigmoid linear mish relu selu sigmoid softmax softplus softsign swish tanh"
_LAYERS: Final = "LeakyReLU ReLU PReLU ELU Softmax ThresholdedReLU"
_NEWER: Final = (
    "celu glu hard_shrink hard_silu hard_swish hard_tanh leaky_relu log_sigmoid log_softmax relu6 silu soft_shrink "
    "sparse_plus sparse_sigmoid sparsemax squareplus tanh_shrink threshold"
)

ACTIVATIONS: Final = {
    "tf_keras": frozenset(f"{_SHARED} {_LAYERS}".split()),
    "keras": frozenset(f"{_SHARED} {_LAYERS} {_NEWER}".split()),
}

SUPPLIED: Final = frozenset(
    """
    relu6 silu CastToFloat32 ExpandLastDim Custom>CastToFloat32 Custom>ExpandLastDim LayerScale StochasticDepth
    """.split()
)
"""Names that the Workbench supplies to tf_keras (`legacy_layers.py`)."""

INITIALISERS: Final = frozenset(
    """
    Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer LecunNormal LecunUniform Ones
    Orthogonal OrthogonalInitializer RandomNormal RandomUniform STFT STFTInitializer TruncatedNormal VarianceScaling
    Zeros constant glorot_normal glorot_uniform he_normal he_uniform identity lecun_normal lecun_uniform normal one
    ones orthogonal random_normal random_uniform stft truncated_normal uniform variance_scaling zero zeros
    """.split()
)
REGULARISERS: Final = frozenset("L1 L1L2 L2 OrthogonalRegularizer l1 l1_l2 l2 orthogonal_regularizer".split())
CONSTRAINTS: Final = frozenset(
    """
    MaxNorm MinMaxNorm NonNeg RadialConstraint UnitNorm max_norm maxnorm min_max_norm non_neg nonneg
    radial_constraint unit_norm unitnorm
    """.split()
)
