"""What frameworks are called: other words that are certain, and words that may mean several."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from lstmcalc.cell_names import is_typo
from lstmcalc.errors import UnknownNameError

_ALIASES: Mapping[str, str] = {
    "chainer_nstep": "nstep nsteplstm nstepgru", "coreml": "core_ml", "dl4j": "deeplearning4j",
    "equinox": "eqx", "flax": "linen flax_linen", "haiku": "dm_haiku hk",
    "jax": "xla", "keras": "keras2 keras3 keras_2 keras_3 tf_keras tensorflow_keras tf2 "
    "tensorflow2 tensorflow_2", "mlx": "apple_mlx", "mxnet": "gluon apache_mxnet",
    "nnx": "flax_nnx", "nnx_optimized": "flax_nnx_optimized nnx_optimised",
    "onednn": "mkldnn mkl_dnn dnnl", "onnx": "onnxruntime onnx_runtime ort",
    "openvino": "open_vino", "paddle": "paddlepaddle", "sonnet": "snt dm_sonnet",
    "tf1": "tensorflow1 tensorflow_1 tf_1 tf_v1 tf_compat_v1 tensorflow_v1",
    "tf_block": "blocklstm block_lstm blocklstmv2 tf_raw_ops",
    "tflite": "tf_lite tensorflow_lite litert", "torch": "pytorch libtorch torch_nn",
}  # fmt: skip
ALIASES: Mapping[str, str] = {word: name for name, words in _ALIASES.items()
                              for word in words.split()}  # fmt: skip
"""Other words, each with the one framework that it means."""

_TENSORFLOW = {"keras": "Keras's layers", "tf1": "TF1's cells"}
_CUDA = {"cudnn": "cuDNN", "torch": "torch, on a GPU"}
_JAX = {"flax": "Flax linen", "nnx": "Flax nnx", "equinox": "Equinox", "haiku": "Haiku"}
AMBIGUOUS: Mapping[str, Mapping[str, str]] = {
    **dict.fromkeys(("tensorflow", "tf"), _TENSORFLOW),
    **dict.fromkeys(("jax", "xla"), _JAX),
    **dict.fromkeys(("cuda", "nvidia"), _CUDA),
    "apple": {"coreml": "Core ML", "mlx": "MLX"},
    "intel": {"openvino": "OpenVINO", "onednn": "oneDNN"},
    "deepmind": {"haiku": "Haiku", "sonnet": "Sonnet"},
}
"""Words that people mean several frameworks by, which differ in their gates: each is asked for."""


def framework_name(kind: str, word: object, names: Collection[str]) -> str:
    """Which of these frameworks a word means.

    Raises:
        UnknownNameError: none of them, or it may be several; the message says which.

    >>> framework_name("convention", "PyTorch", ["torch", "keras"])
    'torch'
    >>> framework_name("convention", "tensorflow", ["keras", "tf1"])
    Traceback (most recent call last):
    lstmcalc.errors.UnknownNameError: convention 'tensorflow': it may be Keras's layers (keras) or \
TF1's cells (tf1); say which
    """
    plain = re.sub(r"[\s._-]+", "_", word.strip().lower()) if isinstance(word, str) else ""
    for name in (plain, ALIASES.get(plain)):
        if name is not None and name in names:
            return name
    meant = {name: words for name, words in AMBIGUOUS.get(plain, {}).items() if name in names}
    if meant:
        meanings = [f"{words} ({name})" for name, words in meant.items()]
        why = (
            f"it may be {' or '.join(meanings)}"
            if len(meanings) > 1
            else f"there is {meanings[0]} alone"
        )
        remedy = "say which" if len(meanings) > 1 else f"say {next(iter(meant))}"
        raise UnknownNameError(kind, word, (), remedy, why)
    close = [name for name in names if is_typo(plain, name)]
    remedy = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(names)}"
    raise UnknownNameError(kind, word, (), remedy)
