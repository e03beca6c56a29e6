"""torch.nn.RNN, GRU and LSTM: gates stacked row-wise, two biases, a suffix for each layer.

Source: the documentation of torch.nn.LSTM, under "Variables".
"""

from __future__ import annotations

from lstmcalc.conventions.packing import Convention, Packed

TORCH = Convention(
    name="torch",
    cells={
        "rnn": ("RNN", {"nonlinearity": "tanh"}),
        "rnn_relu": ("RNN", {"nonlinearity": "relu"}),
        "gru": ("GRU", {}),
        "lstm": ("LSTM", {}),
    },
    tensors=(
        Packed("weight_ih", ("W_x",)),
        Packed("weight_hh", ("W_h",)),
        Packed("bias_ih", ("b", "b_x")),
        Packed("bias_hh", ("b_h",)),
        Packed("weight_hr", ("W_r",)),
        Packed("weight_ch", ("w_c",)),  # torch has no peepholes; named after its pattern
    ),
    full_name="{tensor}_l{layer}{direction}",
    directions=("", "_reverse"),
)
