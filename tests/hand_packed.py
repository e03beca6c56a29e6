"""Weights as four frameworks store them, packed by hand from each one's documentation.

Nothing here knows the project's own data of conventions: it is what that data is tested against.
The equations' own matrices are [out, in]: `W_xi` multiplies x in gate i, `W_hi` multiplies h.
"""

import numpy as np

# ------------------------------------------------------------------------------------------- Keras
# keras.layers.LSTM, GRU and SimpleRNN: kernels are [in, gates * H]. An LSTM's gates stand in the
# order i, f, c, o, a GRU's in the order z, r, h. One bias; with reset_after a GRU has two, stacked.
# Layers are numbered as they are made, each class for itself.

KERAS_LAYERS = {
    "lstm": "lstm", "gru": "gru", "gru_reset_before": "gru", "rnn": "simple_rnn",
    "rnn_relu": "simple_rnn",
}  # fmt: skip


def keras(network, weights):
    stored, made = {}, {}

    def numbered(name):
        made[name] = made.get(name, -1) + 1
        return name if made[name] == 0 else f"{name}_{made[name]}"

    if weights.embedding is not None:
        stored["embedding/embeddings"] = weights.embedding
    for index, layer in enumerate(network.layers):
        kind = KERAS_LAYERS[layer.cell.name]
        name = numbered(kind)
        if layer.bidirectional:
            around = numbered("bidirectional")
            prefixes = [f"{around}/forward_{name}", f"{around}/backward_{name}"]
        else:
            prefixes = [name]
        for direction, prefix in enumerate(prefixes):
            w = weights.recurrent[index, direction]
            gates = {"lstm": "ifgo", "gru": "zrn", "simple_rnn": "h"}[kind]
            cell = f"{prefix}/{kind}_cell"
            stored[f"{cell}/kernel"] = np.hstack([w[f"W_x{g}"].T for g in gates])
            stored[f"{cell}/recurrent_kernel"] = np.hstack([w[f"W_h{g}"].T for g in gates])
            if layer.bias == "none":
                continue
            if layer.cell.name == "gru":
                stored[f"{cell}/bias"] = np.stack(
                    [
                        np.hstack([w[f"b_x{g}"] for g in gates]),
                        np.hstack([w[f"b_h{g}"] for g in gates]),
                    ]
                )
            else:
                stored[f"{cell}/bias"] = np.hstack([w[f"b_{g}"] for g in gates])
    if weights.head_weight is not None:
        stored["dense/kernel"] = weights.head_weight.T
        stored["dense/bias"] = weights.head_bias
    return stored


# -------------------------------------------------------------------------------------------- ONNX
# Operators LSTM, GRU, RNN: W [D, gates * H, I], R [D, gates * H, H], B [D, 2 * gates * H] with the
# biases of W and then those of R, P [D, 3 * H]. LSTM: i, o, f, c, peepholes i, o, f. GRU: z, r, h.


def onnx(network, weights):
    stored = {}
    if weights.embedding is not None:
        stored["embedding/weight"] = weights.embedding
    for index, layer in enumerate(network.layers):
        cell = layer.cell.name
        gates = {"lstm": "iofg", "gru": "zrn", "rnn": "h"}[cell.partition("_")[0]]
        places = [weights.recurrent[index, direction] for direction in range(layer.directions)]
        if cell == "lstm_coupled":  # the operator keeps the tensors of the gate it does not use
            unused = {"W_xf": "W_xi", "W_hf": "W_hi", "b_xf": "b_xi", "b_hf": "b_hi"}
            places = [{**{f: 0 * w[i] for f, i in unused.items() if i in w}, **w} for w in places]
        stored[f"layer{index}/W"] = np.stack(
            [np.vstack([w[f"W_x{g}"] for g in gates]) for w in places]
        )
        stored[f"layer{index}/R"] = np.stack(
            [np.vstack([w[f"W_h{g}"] for g in gates]) for w in places]
        )
        if layer.bias != "none":
            stored[f"layer{index}/B"] = np.stack(
                [np.hstack([w[f"b_{source}{g}"] for source in "xh" for g in gates]) for w in places]
            )
        if cell == "lstm_peephole":
            stored[f"layer{index}/P"] = np.stack(
                [np.hstack([w[f"w_c{g}"] for g in "iof"]) for w in places]
            )
    if weights.head_weight is not None:
        if not network.tie_weights:
            stored["head/weight"] = weights.head_weight
        stored["head/bias"] = weights.head_bias
    return stored


# -------------------------------------------------------------------------------------- Flax linen
# flax.linen cells: a Dense for each gate and source, kernel [in, out]. LSTMCell has its biases in
# the Dense of h, GRUCell in that of x and one more in `hn`, SimpleCell in that of x. Cells are
# numbered as they are made, each class for itself.

LINEN_CELLS = {
    "lstm": "LSTMCell", "gru": "GRUCell", "rnn": "SimpleCell", "rnn_relu": "SimpleCell"
}  # fmt: skip


def flax(network, weights):
    stored, made = {}, {}
    if weights.embedding is not None:
        stored["params/Embed_0/embedding"] = weights.embedding
    for index, layer in enumerate(network.layers):
        for direction in range(layer.directions):
            w = weights.recurrent[index, direction]
            kind = LINEN_CELLS[layer.cell.name]
            made[kind] = made.get(kind, -1) + 1
            cell = f"params/{kind}_{made[kind]}"
            for gate in {"LSTMCell": "ifgo", "GRUCell": "rzn", "SimpleCell": "h"}[kind]:
                x, h = ("i", "h") if kind == "SimpleCell" else (f"i{gate}", f"h{gate}")
                stored[f"{cell}/{x}/kernel"] = w[f"W_x{gate}"].T
                stored[f"{cell}/{h}/kernel"] = w[f"W_h{gate}"].T
                if kind == "LSTMCell":
                    stored[f"{cell}/{h}/bias"] = w[f"b_{gate}"]
                elif gate == "n":
                    stored[f"{cell}/{x}/bias"] = w["b_xn"]
                    stored[f"{cell}/{h}/bias"] = w["b_hn"]
                else:
                    stored[f"{cell}/{x}/bias"] = w[f"b_{gate}"]
    if weights.head_weight is not None:
        stored["params/Dense_0/kernel"] = weights.head_weight.T
        stored["params/Dense_0/bias"] = weights.head_bias
    return stored


# ---------------------------------------------------------------------------------------- Flax nnx
# flax.nnx cells: LSTMCell has a Linear for each gate and source (`if_`, because `if` is a word of
# Python), GRUCell and SimpleCell one for x and one for h, the GRU's gates side by side in the order
# r, z, n, with a bias for x alone.


def nnx(network, weights):
    stored = {}
    if weights.embedding is not None:
        stored["embedding.embedding"] = weights.embedding
    for index, layer in enumerate(network.layers):
        for direction in range(layer.directions):
            w = weights.recurrent[index, direction]
            way = ["forward_rnn.", "backward_rnn."][direction] if layer.bidirectional else ""
            cell = f"layers.{index}.{way}cell"
            if layer.cell.name == "lstm":
                for gate in "ifgo":
                    x = "if_" if gate == "f" else f"i{gate}"
                    stored[f"{cell}.{x}.kernel"] = w[f"W_x{gate}"].T
                    stored[f"{cell}.h{gate}.kernel"] = w[f"W_h{gate}"].T
                    stored[f"{cell}.h{gate}.bias"] = w[f"b_{gate}"]
                continue
            gates = "rzn" if layer.cell.name == "gru" else "h"
            biases = ["b_r", "b_z", "b_xn"] if layer.cell.name == "gru" else ["b_h"]
            stored[f"{cell}.dense_i.kernel"] = np.hstack([w[f"W_x{g}"].T for g in gates])
            stored[f"{cell}.dense_h.kernel"] = np.hstack([w[f"W_h{g}"].T for g in gates])
            stored[f"{cell}.dense_i.bias"] = np.hstack([w[b] for b in biases])
    if weights.head_weight is not None:
        stored["head.kernel"] = weights.head_weight.T
        stored["head.bias"] = weights.head_bias
    return stored
