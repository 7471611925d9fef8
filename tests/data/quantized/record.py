"""Writes small GPTQ and AWQ models with the Keras at hand, and what the calibrated one predicted.

Run by hand with `keras==3.12.1` (GPTQ only) or `keras==3.15.1` and `tensorflow-cpu==2.21.0`, from this folder:
    python record.py gptq 3.12.1 | gptq 3.15.1 | awq 3.15.1
Keras 3.14 and 3.15 cannot read their own back: they leave the zero points out (`Dense.save_own_variables`).
"""

from __future__ import annotations

import sys
from typing import Any

import keras
import numpy as np

METHOD, RELEASE = sys.argv[1:3]
L = keras.layers


class Tokens:
    """Stands for a tokenizer; the data set holds tokens already."""

    def tokenize(self, _: Any) -> Any:
        return np.array([[1, 2, 3, 4, 5]])


def block(name: str, activation: str | None = None) -> Any:
    x = keras.Input((5, 8))
    return keras.Model(x, L.Dense(8, activation=activation)(x), name=name)


def quantized(with_head: bool) -> Any:
    """A model of an embedding and blocks; what stands behind the blocks is set to be quantized, not calibrated."""
    keras.utils.set_random_seed(1)
    embedding, blocks = L.Embedding(20, 8), [block("block", "relu"), block("block2")][: 2 if with_head else 1]
    x = keras.Input((5,), dtype="int32")
    y = embedding(x)
    for each in blocks:
        y = each(y)
    y = L.GlobalAveragePooling1D()(y)
    model = keras.Model(x, L.Dense(3)(y) if with_head else y)
    structure = {"pre_block_layers": [embedding], "sequential_blocks": blocks}
    object.__setattr__(model, "get_quantization_layer_structure", lambda mode=None: structure)
    data = [np.random.RandomState(i).randint(0, 20, (1, 5)) for i in range(8)]
    make = {"gptq": "GPTQConfig", "awq": "AWQConfig"}[METHOD]
    config = getattr(keras.quantizers, make)(
        dataset=data, tokenizer=Tokens(), weight_bits=4, num_samples=8, sequence_length=5, group_size=4
    )
    model.quantize(METHOD, config=config)
    return model


def main() -> None:
    if RELEASE.startswith("3.12"):
        model = quantized(with_head=False)
        x = np.random.RandomState(3).randint(0, 20, (4, 5)).astype("int32")
        model.save(f"{METHOD}_{RELEASE}.keras")
        np.savez(f"{METHOD}_{RELEASE}.npz", x=x, y=np.asarray(model(x)))
        quantized(with_head=True).save(f"uncalibrated_{RELEASE}.keras")
    else:
        quantized(with_head=True).save(f"{METHOD}_{RELEASE}.keras")


main()
