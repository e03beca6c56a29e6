"""Cells written by hand, with one fault in their equations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle

import torch
from torch import Tensor
from torch.nn import functional

from modules.case import Case
from modules.parts import STEPS, Size, Stack, Weights, seeded

SIZES = (Size(3, 5), Size(4, 7, 2), Size(5, 6, 1, both=True), Size(6, 64), Size(3, 8, 2, both=True))


def half_sigmoid(a: Tensor) -> Tensor:
    """A sigmoid of half its argument."""
    return torch.sigmoid(a / 2)


def scaled_tanh(a: Tensor) -> Tensor:
    """The tanh that LeCun recommends."""
    return 1.7159 * torch.tanh(2 / 3 * a)


def shifted(index: int, by: float) -> Callable:
    """Adds a number to the sum of one gate."""

    def bend(sums: list[Tensor], *_: Tensor) -> list[Tensor]:
        return [a + by if k == index else a for k, a in enumerate(sums)]

    return bend


def peephole(index: int) -> Callable:
    """Lets a gate see the cell state."""

    def bend(sums: list[Tensor], _: Tensor, c: Tensor) -> list[Tensor]:
        return [a + 0.3 * c if k == index else a for k, a in enumerate(sums)]

    return bend


def normalised(sums: list[Tensor], *_: Tensor) -> list[Tensor]:
    """A layer norm over the sums of every gate."""
    return [functional.layer_norm(a, a.shape[-1:]) for a in sums]


def blown(sums: list[Tensor], *_: Tensor) -> list[Tensor]:
    """All sums divided by a temperature."""
    return [a / 1.25 for a in sums]


def coupled(i: Tensor, f: Tensor, g: Tensor, c: Tensor) -> Tensor:
    """The forget gate is what the input gate leaves over."""
    return (1 - i) * c + i * g


def clipped(limit: float) -> Callable:
    """A cell state that cannot leave its limits."""

    def keep(i: Tensor, f: Tensor, g: Tensor, c: Tensor) -> Tensor:
        return (f * c + i * g).clamp(-limit, limit)

    return keep


LSTM_FAULTS = (
    ("hard sigmoid on i", {"i": functional.hardsigmoid}, "gate i"),
    ("hard sigmoid on f", {"f": functional.hardsigmoid}, "gate f"),
    ("hard sigmoid on o", {"o": functional.hardsigmoid}, "gate o"),
    ("tanh on f", {"f": torch.tanh}, "gate f"),
    ("tanh on o", {"o": torch.tanh}, "gate o"),
    ("sigmoid on g", {"g": torch.sigmoid}, "gate g"),
    ("relu on g", {"g": torch.relu}, "gate g"),
    ("hard tanh on g", {"g": functional.hardtanh}, "gate g"),
    ("softsign on g", {"g": functional.softsign}, ""),
    ("half the sum under the sigmoid of i", {"i": half_sigmoid}, "gate i"),
    ("half the sum under the sigmoid of f", {"f": half_sigmoid}, "gate f"),
    ("LeCun's tanh on g", {"g": scaled_tanh}, "gate g"),
    ("gates i and f swapped", {"order": "figo"}, "gates i and f"),
    ("gates f and o swapped", {"order": "iogf"}, "gates f and o"),
    ("gates g and o swapped", {"order": "ifog"}, "gates g and o"),
    ("gates i and o swapped", {"order": "ofgi"}, "gates i and o"),
    ("gates in the order f, g, o, i", {"order": "fgoi"}, "gate"),
    ("forget bias of 1 added", {"bend": shifted(1, 1.0)}, "gate f"),
    ("forget bias of 0.1 added", {"bend": shifted(1, 0.1)}, "gate f"),
    ("input gate shifted by −1", {"bend": shifted(0, -1.0)}, "gate i"),
    ("peephole to i", {"bend": peephole(0)}, ""),
    ("peephole to f", {"bend": peephole(1)}, ""),
    ("peephole to o", {"bend": peephole(3)}, ""),
    ("layer norm on the sums", {"bend": normalised}, ""),
    ("temperature on the sums", {"bend": blown}, ""),
    ("forget gate coupled to the input gate", {"keep": coupled}, "coupled"),
    ("forget gate left out", {"keep": lambda i, f, g, c: c + i * g}, "gate f"),
    ("input gate left out", {"keep": lambda i, f, g, c: f * c + g}, "gate i"),
    ("1 − f for f", {"keep": lambda i, f, g, c: (1 - f) * c + i * g}, "gate f"),
    ("cell state subtracted", {"keep": lambda i, f, g, c: f * c - i * g}, ""),
    ("cell state averaged", {"keep": lambda i, f, g, c: (f * c + i * g) / 2}, ""),
    ("tanh of c left out", {"out": lambda c: c}, "tanh"),
    ("sigmoid of c for tanh", {"out": torch.sigmoid}, ""),
    ("relu of c for tanh", {"out": torch.relu}, ""),
    ("output gate left out", {"put": lambda h, old, c, o: torch.tanh(c)}, "gate o"),
    ("c put out for h", {"put": lambda h, old, c, o: c}, ""),
    ("h scaled by 1.1", {"put": lambda h, old, c, o: 1.1 * h}, ""),
    ("h scaled by 1.0001", {"put": lambda h, old, c, o: 1.0001 * h}, ""),
    ("old h added", {"put": lambda h, old, c, o: h + old}, ""),
    ("zoneout in eval", {"put": lambda h, old, c, o: 0.9 * h + 0.1 * old}, ""),
    ("dropout of h always on", {"put": lambda h, old, c, o: functional.dropout(h, 0.3)}, "random"),
    ("noise on h", {"put": lambda h, old, c, o: h + 0.01 * torch.randn_like(h)}, "random"),
    ("h rounded to 3 digits", {"put": lambda h, old, c, o: h.round(decimals=3)}, ""),
    ("h normalised", {"put": lambda h, old, c, o: functional.layer_norm(h, h.shape[-1:])}, ""),
)  # fmt: skip

GRU_FAULTS = (
    ("reset before the product", {"before": True}, "reset"),
    ("z and 1 − z exchanged", {"mix": lambda n, z, h: z * n + (1 - z) * h}, "gate z"),
    ("reset gate left out", {"join": lambda n_x, r, n_h: n_x + n_h}, "gate r"),
    ("reset gate on the whole sum", {"join": lambda n_x, r, n_h: r * (n_x + n_h)}, ""),
    ("1 − r for r", {"join": lambda n_x, r, n_h: n_x + (1 - r) * n_h}, "gate r"),
    ("gates r and z swapped", {"order": "zrn"}, "gates r and z"),
    ("gates z and n swapped", {"order": "rnz"}, "gates z and n"),
    ("hard sigmoid on r", {"r": functional.hardsigmoid}, "gate r"),
    ("hard sigmoid on z", {"z": functional.hardsigmoid}, "gate z"),
    ("tanh on z", {"z": torch.tanh}, "gate z"),
    ("relu on n", {"n": torch.relu}, "gate n"),
    ("hard tanh on n", {"n": functional.hardtanh}, "gate n"),
    ("half the sum under the sigmoid of z", {"z": half_sigmoid}, "gate z"),
    ("update bias of 1 added", {"bend": shifted(1, 1.0)}, "gate z"),
    ("reset bias of −1 added", {"bend": shifted(0, -1.0)}, "gate r"),
    ("n alone added", {"mix": lambda n, z, h: n + z * h}, ""),
    ("layer norm on n", {"n": lambda a: normalised([a])[0].tanh()}, ""),
    ("h scaled by 0.99", {"mix": lambda n, z, h: 0.99 * ((1 - z) * n + z * h)}, ""),
)  # fmt: skip

RNN_FAULTS = (
    ("relu for tanh", {"act": torch.relu}, "relu"),
    ("sigmoid for tanh", {"act": torch.sigmoid}, "sigmoid"),
    ("hard tanh for tanh", {"act": functional.hardtanh}, ""),
    ("identity for tanh", {"act": lambda a: a}, ""),
    ("leaky update", {"put": lambda new, h: 0.9 * new + 0.1 * h}, ""),
    ("old h added", {"put": lambda new, h: new + h}, ""),
    ("sum scaled", {"bend": lambda a, h: 1.5 * a}, ""),
    ("layer norm on the sum", {"bend": lambda a, h: functional.layer_norm(a, a.shape[-1:])}, ""),
)  # fmt: skip


def blocks(W: Tensor, count: int) -> Tensor:
    """Every gate's square block transposed."""
    return torch.cat([block.T for block in W.chunk(count)])


def first_rows_zero(b: Tensor) -> Tensor:
    """A bias whose first quarter is not used."""
    return torch.cat([torch.zeros_like(b[: len(b) // 4]), b[len(b) // 4 :]])


WEIGHT_FAULTS: tuple[tuple[str, str, Callable[[Weights], Weights], str], ...] = (
    ("lstm", "bias_hh left out", lambda w: w.each(b_hh=torch.zeros_like), "bias_hh_l0"),
    ("lstm", "bias_ih left out", lambda w: w.each(b_ih=torch.zeros_like), "bias_ih_l0"),
    ("gru", "bias_hh left out", lambda w: w.each(b_hh=torch.zeros_like), "bias_hh_l0"),
    ("rnn", "bias_hh left out", lambda w: w.each(b_hh=torch.zeros_like), "bias_hh_l0"),
    ("lstm", "bias_ih twice", lambda w: w._replace(b_hh=w.b_ih), "bias"),
    ("gru", "bias_ih twice", lambda w: w._replace(b_hh=w.b_ih), "bias"),
    ("rnn", "bias_hh doubled", lambda w: w.each(b_hh=lambda b: 2 * b), "bias_hh_l0"),
    ("gru", "biases exchanged", lambda w: w._replace(b_ih=w.b_hh, b_hh=w.b_ih), "bias"),
    ("lstm", "bias of gate i left out", lambda w: w.each(b_ih=first_rows_zero), "bias_ih_l0"),
    ("lstm", "weight_hh transposed", lambda w: w.each(W_hh=lambda W: blocks(W, 4)), "weight_hh_l0"),
    ("gru", "weight_hh transposed", lambda w: w.each(W_hh=lambda W: blocks(W, 3)), "weight_hh_l0"),
    ("rnn", "weight_hh transposed", lambda w: w.each(W_hh=lambda W: W.T), "weight_hh_l0"),
    ("rnn", "weight_hh left out", lambda w: w.each(W_hh=torch.zeros_like), "weight_hh_l0"),
    ("lstm", "weight_hh masked", lambda w: w.each(W_hh=torch.tril), ""),
    ("lstm", "weight_ih quantised", lambda w: w.each(W_ih=lambda W: (64 * W).round() / 64), ""),
    ("gru", "all quantised", lambda w: Weights(*((256 * W).round() / 256 for W in w)), ""),
    ("lstm", "weights through half", lambda w: Weights(*(W.half().to(W.dtype) for W in w)), ""),
    ("rnn", "weights through bfloat16", lambda w: Weights(*(W.bfloat16().to(W) for W in w)), ""),
    ("gru", "weight_ih scaled", lambda w: w.each(W_ih=lambda W: 1.01 * W), ""),
    ("lstm", "weight_hh of norm 1", lambda w: w.each(W_hh=lambda W: W / W.norm()), ""),
    ("rnn", "weights clamped", lambda w: Weights(*(W.clamp(-0.1, 0.1) for W in w)), ""),
    ("lstm", "weights without sign", lambda w: Weights(*(W.abs() for W in w)), ""),
)  # fmt: skip


def rounded(kind: str, dtype: torch.dtype) -> Callable:
    """A step whose states pass through a smaller type."""

    def step(w: Weights, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        return tuple(s.to(dtype).to(x.dtype) for s in STEPS[kind](w, x, *states))

    return step


def open_gates(step: Callable) -> Stack:
    """A stack whose gates are nearly open, so that the cell state grows by 1 at each step."""
    stack = Stack("lstm", SIZES[0], step)
    with torch.no_grad():
        stack.bias_ih_l0 += 12.0
    return stack


def _cases() -> Iterator[Case]:
    faults = {"lstm": LSTM_FAULTS, "gru": GRU_FAULTS, "rnn": RNN_FAULTS}
    for kind, found in faults.items():
        for (fault, changes, culprit), size in zip(found, cycle(SIZES)):
            make = seeded(Stack, kind, size, partial(STEPS[kind], **changes))
            network = partial(size.network, kind)
            yield Case(f"{kind} {size}: {fault}", make, network, culprit=culprit)
    for (kind, fault, weigh, culprit), size in zip(WEIGHT_FAULTS, cycle(SIZES)):
        make = seeded(Stack, kind, size, weigh=weigh)
        yield Case(f"{kind} {size}: {fault}", make, partial(size.network, kind), culprit=culprit)
    for kind, dtype in (("lstm", torch.half), ("gru", torch.bfloat16), ("rnn", torch.half)):
        make = seeded(Stack, kind, SIZES[1], rounded(kind, dtype))
        network = partial(SIZES[1].network, kind)
        yield Case(f"{kind} {SIZES[1]}: states through {dtype}", make, network)
    for limit in (1.0, 3.0, 10.0, 50.0):
        step = partial(STEPS["lstm"], keep=clipped(limit))
        name = f"lstm of open gates: cell clipped at {limit:.0f}"
        culprit = "clip" if limit < 50 else ""  # it shows in c_n alone
        make, network = seeded(open_gates, step), partial(SIZES[0].network, "lstm")
        yield Case(name, make, network, culprit=culprit)


CELLS = tuple(_cases())
