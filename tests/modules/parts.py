"""Recurrent networks to plant faults in: a stack by hand, and a model around torch's own.

Each place where a fault can be is a function that can be given; left out, it is right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from lstmcalc import GRU, LSTM, RNN, Network

GATES = {"lstm": 4, "gru": 3, "rnn": 1}
NETWORKS = {"lstm": LSTM, "gru": GRU, "rnn": RNN}
TORCH = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}


class Size(NamedTuple):
    """Features, hidden units, layers, and whether the sequence is read both ways."""

    features: int = 3
    hidden: int = 5
    layers: int = 1
    both: bool = False

    def __str__(self) -> str:
        both = " both ways" if self.both else ""
        return f"{self.features}-{self.hidden}x{self.layers}{both}"

    def network(self, kind: str, **options: Any) -> Network:
        """The network of a cell with these sizes."""
        return NETWORKS[kind](*self[:3], bidirectional=self.both, **options)

    def torch(self, kind: str, **options: Any) -> nn.Module:
        """Torch's own module of a cell with these sizes."""
        return TORCH[kind](*self[:3], bidirectional=self.both, **options)


class Weights(NamedTuple):
    """What one layer holds for one direction."""

    W_ih: Tensor
    W_hh: Tensor
    b_ih: Tensor
    b_hh: Tensor

    def each(self, **changes: Callable[[Tensor], Tensor]) -> Weights:
        """The same with some tensors changed."""
        return self._replace(
            **{name: change(getattr(self, name)) for name, change in changes.items()}
        )


def seeded(
    make: Callable[..., Any], *args: Any, seed: int = 0, **options: Any
) -> Callable[[], Any]:
    """What makes a module with the same random weights each time."""

    def made() -> Any:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return make(*args, **options)

    return made


def same(value: Any, *_: Any) -> Any:
    """The first argument, as it is."""
    return value


def turned(x: Tensor) -> Tensor:
    """The steps in reverse."""
    return x.flip(0)


def in_order(parts: Any, order: str, right: str) -> list[Tensor]:
    """Gates cut in one order, taken in another."""
    return [parts[order.index(letter)] for letter in right]


def _products(w: Weights, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
    return x @ w.W_ih.T + w.b_ih, h @ w.W_hh.T + w.b_hh


def lstm_step(
    w: Weights,
    x: Tensor,
    h: Tensor,
    c: Tensor,
    *,
    i: Callable = torch.sigmoid,
    f: Callable = torch.sigmoid,
    g: Callable = torch.tanh,
    o: Callable = torch.sigmoid,
    out: Callable = torch.tanh,
    order: str = "ifgo",
    bend: Callable = same,
    keep: Callable = lambda i, f, g, c: f * c + i * g,
    put: Callable = same,
) -> tuple[Tensor, Tensor]:
    """One step of an LSTM; `bend` changes the sums before the gates, `put` the new h."""
    wx, wh = _products(w, x, h)
    sums = bend(in_order((wx + wh).chunk(4, -1), order, "ifgo"), h, c)
    i, f, g, o = (gate(a) for gate, a in zip((i, f, g, o), sums, strict=True))
    new = keep(i, f, g, c)
    return put(o * out(new), h, new, o), new


def gru_step(
    w: Weights,
    x: Tensor,
    h: Tensor,
    *,
    r: Callable = torch.sigmoid,
    z: Callable = torch.sigmoid,
    n: Callable = torch.tanh,
    order: str = "rzn",
    bend: Callable = same,
    join: Callable = lambda n_x, r, n_h: n_x + r * n_h,
    mix: Callable = lambda n, z, h: (1 - z) * n + z * h,
    before: bool = False,
) -> tuple[Tensor]:
    """One step of a GRU; with `before` the reset gate acts on h, before its product."""
    wx, wh = _products(w, x, h)
    r_x, z_x, n_x = in_order(wx.chunk(3, -1), order, "rzn")
    r_h, z_h, n_h = in_order(wh.chunk(3, -1), order, "rzn")
    r_a, z_a = bend([r_x + r_h, z_x + z_h], h)
    r, z = r(r_a), z(z_a)
    if before:
        n_h, r = _products(w, x, r * h)[1].chunk(3, -1)[2], 1.0
    return (mix(n(join(n_x, r, n_h)), z, h),)


def rnn_step(
    w: Weights,
    x: Tensor,
    h: Tensor,
    *,
    act: Callable = torch.tanh,
    bend: Callable = same,
    put: Callable = same,
) -> tuple[Tensor]:
    """One step of a plain recurrent cell."""
    wx, wh = _products(w, x, h)
    return (put(act(bend(wx + wh, h)), h),)


STEPS = {"lstm": lstm_step, "gru": gru_step, "rnn": rnn_step}


class Stack(nn.Module):
    """Layers by hand under torch's names, which return the output and the last states as torch.

    Args:
        weigh: changes the weights of a layer as they are used.
        carry: changes the states between two steps; it knows which step was made.
        first: changes the first states, which are zeros.
        between: changes what the next layer reads; it knows what this layer read.
        back: changes the sequence that the reverse direction reads, and then what it put out.
    """

    def __init__(
        self,
        kind: str,
        size: Size,
        step: Callable | None = None,
        *,
        weigh: Callable = same,
        carry: Callable = same,
        first: Callable = same,
        between: Callable = same,
        back: Callable = turned,
        batch_first: bool = False,
        bias: bool = True,
        reach: float = 1.5,
    ) -> None:
        super().__init__()
        self.kind, self.size, self.step = kind, size, step or STEPS[kind]
        self.weigh, self.carry, self.first = weigh, carry, first
        self.between, self.back, self.batch_first = between, back, batch_first
        rows, width = GATES[kind] * size.hidden, size.features
        for layer in range(size.layers):
            for end in ("", "_reverse")[: 1 + size.both]:
                shapes = {"weight_ih": (rows, width), "weight_hh": (rows, size.hidden)}
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                for name, shape in shapes.items():
                    drawn = (torch.rand(shape) * 2 - 1) * reach / size.hidden**0.5
                    self.register_parameter(f"{name}_l{layer}{end}", nn.Parameter(drawn))
            width = size.hidden * (1 + size.both)

    def weights(self, layer: int, end: str) -> Weights:
        """A layer's weights, with zeros for biases it does not have."""
        W_ih, W_hh = (getattr(self, f"weight_{n}_l{layer}{end}") for n in ("ih", "hh"))
        none = W_ih.new_zeros(W_ih.shape[0])
        biases = (getattr(self, f"bias_{n}_l{layer}{end}", none) for n in ("ih", "hh"))
        return self.weigh(Weights(W_ih, W_hh, *biases))

    def one_way(self, x: Tensor, layer: int, end: str) -> tuple[Tensor, tuple[Tensor, ...]]:
        """One layer in one direction."""
        w = self.weights(layer, end)
        zeros = x.new_zeros(x.shape[1], self.size.hidden)
        states = tuple(self.first(zeros) for _ in range(2 if self.kind == "lstm" else 1))
        outputs = []
        for t, x_t in enumerate(x):
            ends = self.step(w, x_t, *states)
            outputs.append(ends[0])
            states = self.carry(ends, t)
        return torch.stack(outputs), ends

    def forward(self, x: Tensor) -> tuple[Tensor, Any]:
        """The output of the last layer, and the last states of all."""
        x = x.transpose(0, 1) if self.batch_first else x
        below, ends = x, []
        for layer in range(self.size.layers):
            below = x if layer == 0 else self.between(x, below)
            x, states = self.one_way(below, layer, "")
            ends.append(states)
            if self.size.both:
                behind, states = self.one_way(self.back(below), layer, "_reverse")
                x = torch.cat([x, self.back(behind)], -1)
                ends.append(states)
        last = tuple(torch.stack(found) for found in zip(*ends, strict=True))
        output = x.transpose(0, 1) if self.batch_first else x
        return output, last if self.kind == "lstm" else last[0]


class Model(nn.Module):
    """An embedding, a recurrent part and a head as people wire them.

    Args:
        rnn: the recurrent part; it gives an output and its last states.
        words: how many words the embedding has; 0 for none.
        classes: the outputs of the head; 0 for none.
        tokens: changes the tokens, or x where there is no embedding.
        inputs: changes what the recurrent part reads.
        through: runs the recurrent part.
        read: what the head reads, of the output and the last states.
        logits: changes what the head gives.
    """

    def __init__(
        self,
        rnn: Any,
        words: int = 0,
        classes: int = 0,
        *,
        tokens: Callable = same,
        inputs: Callable = same,
        through: Callable = lambda rnn, x: rnn(x),
        read: Callable = same,
        logits: Callable = same,
    ) -> None:
        super().__init__()
        if words:
            self.embedding = nn.Embedding(words, rnn.input_size)
        self.rnn = rnn
        if classes:
            width = rnn.hidden_size * (1 + rnn.bidirectional)
            self.head = nn.Linear(getattr(rnn, "proj_size", 0) or width, classes)
        self.tokens, self.inputs, self.through = tokens, inputs, through
        self.read, self.logits = read, logits

    def forward(self, x: Tensor) -> Tensor:
        """The logits, or the output where there is no head."""
        x = self.tokens(x)
        if hasattr(self, "embedding"):
            x = self.embedding(x)
        output, states = self.through(self.rnn, self.inputs(x))
        read = self.read(output, states)
        return self.logits(self.head(read) if hasattr(self, "head") else read)


def last_step(output: Tensor, *_: Any) -> Tensor:
    """The last step of an output by steps."""
    return output[-1]


def last_in_batch(output: Tensor, *_: Any) -> Tensor:
    """The last step of an output by sequences."""
    return output[:, -1]


def last_states(_: Tensor, states: Any) -> Tensor:
    """The last states of the last layer's two directions, side by side."""
    h_n = states[0] if isinstance(states, tuple) else states
    return torch.cat([h_n[-2], h_n[-1]], -1)
