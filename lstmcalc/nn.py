"""RNN, GRU and LSTM, called like the classes of torch.nn: the same arguments in the same order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from lstmcalc.arguments import check_arguments
from lstmcalc.build import build_network
from lstmcalc.errors import check_name
from lstmcalc.network import HeadOn, Network
from lstmcalc.sizes import Size
from lstmcalc.tracing import Bias

Nonlinearity: TypeAlias = Literal["tanh", "relu"]
NONLINEARITIES: Mapping[str, str] = {"tanh": "rnn", "relu": "rnn_relu"}
"""The cell of each."""
ELSEWHERE: Mapping[str, str] = {
    "cell": "use RNN, GRU, LSTM or build_network(…, cell={})",
    "nonlinearity": "RNN alone has one to choose",
    "num_labels": "use num_classes={}",
}
"""What to use instead of arguments that others have."""


@check_arguments(ELSEWHERE)
def RNN(  # noqa: N802 -- torch's name
    input_size: Size,
    hidden_size: Size | Sequence[Size],
    num_layers: int = 1,
    nonlinearity: Nonlinearity = "tanh",
    bias: Bias | bool = True,
    batch_first: bool = False,
    dropout: float = 0.0,
    bidirectional: bool = False,
    device: object = None,
    dtype: object = None,
    *,
    proj_size: Size | None = 0,
    vocab_size: Size | None = None,
    tie_weights: bool = False,
    num_classes: Size | None = None,
    head_on: HeadOn = "last",
) -> Network:
    """A network of Elman's layers, called like torch.nn.RNN.

    Args:
        input_size: features of x at each step, or the embedding's vector length.
        hidden_size: units of every layer, or a list with one size for each layer.
        num_layers: how many layers of that size.
        nonlinearity: `tanh` or `relu`.
        bias: True for torch's two biases, False for none, or a convention of `build_network`.
        batch_first: whether x and the output are (B, T, …), for the shapes of a run; no count.
        dropout: from 0 to 1; it changes nothing that is computed here.
        bidirectional: a second set of weights reads the sequence from its end.
        device: it changes nothing that is computed here.
        dtype: the type of the weights, for their bytes; None is float32.
        proj_size: 0 or None, as LSTMs alone project.
        vocab_size: an embedding of that many words; 0 and None mean none.
        tie_weights: the head reuses the embedding's matrix.
        num_classes: a linear head of that many outputs; 0 and None mean none.
        head_on: the `last` step, `every` step, or the last `states`.

    Raises:
        LstmcalcError: any size, name or combination that makes no network.

    >>> RNN(28, 128, nonlinearity="relu").layers[0].cell.title
    'RNN (ReLU)'
    """
    check_name("nonlinearity", nonlinearity, NONLINEARITIES)
    return build_network(
        input_size, hidden_size, num_layers, cell=NONLINEARITIES[nonlinearity], bias=bias,
        batch_first=batch_first, dropout=dropout, bidirectional=bidirectional, proj_size=proj_size,
        device=device, dtype=dtype, vocab_size=vocab_size, tie_weights=tie_weights,
        num_classes=num_classes, head_on=head_on,
    )  # fmt: skip


@check_arguments(ELSEWHERE)
def GRU(  # noqa: N802 -- torch's name
    input_size: Size,
    hidden_size: Size | Sequence[Size],
    num_layers: int = 1,
    bias: Bias | bool = True,
    batch_first: bool = False,
    dropout: float = 0.0,
    bidirectional: bool = False,
    device: object = None,
    dtype: object = None,
    *,
    proj_size: Size | None = 0,
    vocab_size: Size | None = None,
    tie_weights: bool = False,
    num_classes: Size | None = None,
    head_on: HeadOn = "last",
) -> Network:
    """A network of GRU layers, called like torch.nn.GRU: reset after the product.

    Args:
        input_size: features of x at each step, or the embedding's vector length.
        hidden_size: units of every layer, or a list with one size for each layer.
        num_layers: how many layers of that size.
        bias: True for torch's two biases, False for none, or a convention of `build_network`.
        batch_first: whether x and the output are (B, T, …), for the shapes of a run; no count.
        dropout: from 0 to 1; it changes nothing that is computed here.
        bidirectional: a second set of weights reads the sequence from its end.
        device: it changes nothing that is computed here.
        dtype: the type of the weights, for their bytes; None is float32.
        proj_size: 0 or None, as LSTMs alone project.
        vocab_size: an embedding of that many words; 0 and None mean none.
        tie_weights: the head reuses the embedding's matrix.
        num_classes: a linear head of that many outputs; 0 and None mean none.
        head_on: the `last` step, `every` step, or the last `states`.

    Raises:
        LstmcalcError: any size, name or combination that makes no network.

    >>> GRU(28, 128, 2).layers[1].cell.title
    'GRU'
    """
    return build_network(
        input_size, hidden_size, num_layers, cell="gru", bias=bias, batch_first=batch_first,
        dropout=dropout, bidirectional=bidirectional, proj_size=proj_size, device=device,
        dtype=dtype, vocab_size=vocab_size, tie_weights=tie_weights, num_classes=num_classes,
        head_on=head_on,
    )  # fmt: skip


@check_arguments(ELSEWHERE)
def LSTM(  # noqa: N802 -- torch's name
    input_size: Size,
    hidden_size: Size | Sequence[Size],
    num_layers: int = 1,
    bias: Bias | bool = True,
    batch_first: bool = False,
    dropout: float = 0.0,
    bidirectional: bool = False,
    proj_size: Size | None = 0,
    device: object = None,
    dtype: object = None,
    *,
    vocab_size: Size | None = None,
    tie_weights: bool = False,
    num_classes: Size | None = None,
    head_on: HeadOn = "last",
) -> Network:
    """A network of LSTM layers, called like torch.nn.LSTM.

    Args:
        input_size: features of x at each step, or the embedding's vector length.
        hidden_size: units of every layer, or a list with one size for each layer.
        num_layers: how many layers of that size.
        bias: True for torch's two biases, False for none, or a convention of `build_network`.
        batch_first: whether x and the output are (B, T, …), for the shapes of a run; no count.
        dropout: from 0 to 1; it changes nothing that is computed here.
        bidirectional: a second set of weights reads the sequence from its end.
        proj_size: project h down to this size; 0 and None mean no projection.
        device: it changes nothing that is computed here.
        dtype: the type of the weights, for their bytes; None is float32.
        vocab_size: an embedding of that many words; 0 and None mean none.
        tie_weights: the head reuses the embedding's matrix.
        num_classes: a linear head of that many outputs; 0 and None mean none.
        head_on: the `last` step, `every` step, or the last `states`.

    Raises:
        LstmcalcError: any size, name or combination that makes no network.

    >>> LSTM(28, 128, batch_first=True, dropout=0.1, num_classes=10).output_size
    128
    """
    return build_network(
        input_size, hidden_size, num_layers, cell="lstm", bias=bias, batch_first=batch_first,
        dropout=dropout, bidirectional=bidirectional, proj_size=proj_size, device=device,
        dtype=dtype, vocab_size=vocab_size, tie_weights=tie_weights, num_classes=num_classes,
        head_on=head_on,
    )  # fmt: skip
