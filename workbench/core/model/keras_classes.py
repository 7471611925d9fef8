"""Allow-list of the static scan: the Keras classes that a model file may name.

Taken from `tf_keras.layers` 2.21, its serialisation table, the exports of Keras 3.15 (layers, data type policies,
quantizers) and Keras 1.2's `keras.layers`. The scan imports no Keras: a test walks the exports of the installed
versions and finds what is missing here. Classes that wrap foreign code or files are left out on purpose (`REFUSED`).
"""

from __future__ import annotations

from typing import Final

KNOWN_CLASSES: Final = frozenset(
    """
    AbstractRNNCell Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D
    AdaptiveAveragePooling3D AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D Add AdditiveAttention
    AlphaDropout AtrousConvolution1D AtrousConvolution2D Attention AugMix AutoContrast Average AveragePooling1D
    AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D BatchNormalization BatchNormalizationV1
    BatchNormalizationV2 Bidirectional CategoryEncoding CenterCrop Concatenate
    ContrastLimitedAdaptiveHistogramEqualization Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose
    ConvLSTM1D ConvLSTM2D ConvLSTM3D Convolution1D Convolution1DTranspose Convolution2D Convolution2DTranspose
    Convolution3D Convolution3DTranspose Cropping1D Cropping2D Cropping3D CuDNNGRU CuDNNLSTM CutMix Deconvolution2D
    Dense DepthwiseConv1D DepthwiseConv2D Discretization Dot Dropout ELU EinsumDense Embedding Equalization Flatten
    Functional GRU GRUCell GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D
    GlobalAveragePooling3D GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D GlobalMaxPool1D GlobalMaxPool2D
    GlobalMaxPool3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D GroupNormalization GroupQueryAttention
    GroupedQueryAttention HashedCrossing Hashing Highway Identity InputLayer IntegerLookup LSTM LSTMCell Lambda
    LayerNormalization LeakyReLU LocallyConnected1D LocallyConnected2D Masking MaxNumBoundingBoxes MaxPool1D MaxPool2D
    MaxPool3D MaxPooling1D MaxPooling2D MaxPooling3D Maximum MaxoutDense MelSpectrogram Merge Minimum MixUp Model
    MultiHeadAttention Multiply Network Normalization PReLU ParametricSoftplus Permute Pipeline RMSNormalization RNN
    RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop
    RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHeight RandomHue
    RandomInvert RandomPerspective RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear
    RandomTranslation RandomWidth RandomZoom ReLU RepeatVector Rescaling Reshape Resizing ReversibleEmbedding
    STFTSpectrogram SeparableConv1D SeparableConv2D SeparableConvolution1D SeparableConvolution2D Sequential SimpleRNN
    SimpleRNNCell SlicingOpLambda Softmax Solarization SpatialDropout1D SpatialDropout2D SpatialDropout3D
    SpectralNormalization StackedRNNCells StringLookup Subtract SyncBatchNormalization TFOpLambda TensorFlowOpLayer
    TextVectorization ThresholdedReLU TimeDistributed TimeDistributedDense UnitNormalization UpSampling1D UpSampling2D
    UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D
    """.split()
)

KNOWN_SMALL: Final = frozenset(
    """
    AWQConfig AWQDTypePolicy AbsMaxQuantizer DTypePolicy DTypePolicyMap Float8QuantizationConfig FloatDTypePolicy
    GPTQConfig GPTQDTypePolicy Int4DTypePolicy Int4QuantizationConfig Int8QuantizationConfig Policy PolicyV1
    QuantizationConfig QuantizedDTypePolicy QuantizedFloat8DTypePolicy
    """.split()
)
"""Data type policies, quantizers and quantization configurations."""

REFUSED: Final = {
    "DenseFeatures": "builds columns of TensorFlow's",
    "DynamicEmbedding": "changes with what it is called on",
    "DynamicLookup": "changes with what it is called on",
    "FlaxLayer": "runs a function of JAX's",
    "JaxLayer": "runs a function of JAX's",
    "RandomFourierFeatures": "takes its scale from its start values",
    "TFSMLayer": "reads a SavedModel from a path",
    "TorchModuleWrapper": "runs pickled code of PyTorch's",
}
"""Keras' own layers that a file must not contain, with the reason."""

KNOWN_ACTIVATIONS: Final = frozenset(
    """
    celu elu exp exponential gelu get glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh leaky_relu linear
    log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink softmax softplus softsign sparse_plus
    sparse_sigmoid sparsemax squareplus swish tanh tanh_shrink threshold
    """.split()
) | {""}
"""Activation functions of tf_keras 2.21 and Keras 3.15, `relu6` of the 2018 MobileNet, and the empty name."""
