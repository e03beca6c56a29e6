"""Faults that are small, late, rare or hidden, and their right twins."""

import pytest

from lstmcalc import LSTM, LstmcalcError, assert_matches, build_network, verify

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402 -- after the check that torch is there
from torch.nn.utils.rnn import pack_padded_sequence  # noqa: E402

PLAIN, HEADED = LSTM(6, 16), LSTM(6, 16, num_classes=3)


def model(forward):
    """An LSTM that reads sequences first, a head, and a forward pass of choice."""

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(6, 16, batch_first=True)
            self.out = nn.Linear(16, 3)

        def read(self, x):
            return self.rnn(x)[0]

        def last(self, x):
            return self.out(self.read(x)[:, -1])

    Model.forward = forward
    torch.manual_seed(0)
    return Model()


def encoder(give):
    """A lone LSTM, and what is given of its output and its last states."""

    class Encoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.LSTM(6, 16, batch_first=True)

        def forward(self, x):
            return give(*self.rnn(x))

    return Encoder()


def autocast(self, x):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return self.last(x)


def unsorting(back):
    def forward(self, x, lengths):
        ordered, order = lengths.sort(descending=True)
        _, (h, _) = self.rnn(pack_padded_sequence(x[order], ordered, batch_first=True))
        return self.out(h[-1][back(order)])

    return forward


def truncated(self, x):
    states, steps = None, []
    for part in x.split(50, 1):
        output, states = self.rnn(part, states)
        states = tuple(state.detach() for state in states)
        steps.append(output)
    return self.out(torch.cat(steps, 1)[:, -1])


def shrinking(self, x):
    if self.training:
        with torch.no_grad():
            self.out.weight.mul_(0.99)
    return self.last(x)


def turned_in_training(self, x):
    output = self.read(x)
    output = functional.dropout(output.flip(1), 0.5) if self.training else output
    return self.out(output[:, -1])


FAULTS = {
    "a billionth": (lambda self, x: self.last(x) + 1e-9, HEADED, "differs by 1.0e-09"),
    "in bfloat16": (lambda self, x: self.out(1.03 * self.read(x)[:, -1]), HEADED, "differs by"),
    "sorted back wrongly": (unsorting(lambda order: order), HEADED, "lengths: a sequence of"),
    "turned in training": (turned_in_training, HEADED, "training: in training mode"),
    "shrinks in training": (shrinking, HEADED, "a call in training mode changes out.weight"),
    "another way with gradients": (
        lambda self, x: self.last(x) + torch.is_grad_enabled(), HEADED, "where gradients are",
    ),
    "truncated after 50 steps": (truncated, HEADED, "a state is detached"),
    "logits of one sequence": (lambda self, x: self.last(x).squeeze(0), HEADED, "(7 × 1 steps"),
    "rows of the other layout": (
        lambda self, x: self.out(self.read(x).transpose(0, 1).reshape(-1, 16)),
        LSTM(6, 16, num_classes=3, head_on="every"), "rows are in the order of the other layout",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_hidden_fault_is_found(name):
    forward, network, said = FAULTS[name]
    module = model(forward)
    module = module.bfloat16() if name == "in bfloat16" else module
    with pytest.raises(AssertionError, match="differs from the network") as raised:
        assert_matches(module, network)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "forward",
    [
        lambda self, x: self.last(x),
        lambda self, x: self.last(x).float(),
        lambda self, x: {"logits": self.last(x), "more": x.new_zeros(0)},
        lambda self, x: self.out(functional.dropout(self.read(x), 0.5, self.training)[:, -1]),
        unsorting(torch.argsort),
        autocast,
    ],
)
def test_its_right_twin_is_verified(forward):
    assert_matches(model(forward), HEADED)


STATES = {
    "exchanged": lambda output, states: states[::-1],
    "h twice": lambda output, states: (output, states[0], states[0]),
    "c first": lambda output, states: (output, states[1], states[0]),
    "names exchanged": lambda output, states: {"o": output, "h_n": states[1], "c_n": states[0]},
    "another output first": lambda output, states: (2 * output, output),
}


@pytest.mark.parametrize("name", STATES)
def test_states_beside_the_output_are_compared(name):
    assert verify(encoder(STATES[name]), PLAIN).outcome == "failed"


@pytest.mark.parametrize(
    "give",
    [
        lambda output, states: states,
        lambda output, states: (output, *states),
        lambda output, states: {"o": output, "h_n": states[0], "c_n": states[1]},
    ],
)
def test_right_states_beside_the_output(give):
    assert_matches(encoder(give), PLAIN)


@pytest.mark.parametrize(
    "hook", [lambda g: g.clamp(-5, 5), lambda g: torch.where(g.abs() < 1e-6, 0.0, g)]
)
def test_gradients_that_are_clipped_far_away(hook):
    module = model(lambda self, x: self.last(x))
    module.rnn.weight_hh_l0.register_hook(hook)
    with pytest.raises(AssertionError, match=r"the gradient of rnn\.weight_hh_l0"):
        assert_matches(module, HEADED)


def test_the_log_softmax_of_the_logits_is_told_as_such():
    (check,) = [
        check
        for check in verify(model(lambda self, x: self.last(x).log_softmax(-1)), HEADED).checks
        if check.name == "forward"
    ]
    assert check.status == "passed"
    assert "it gives the log-softmax of the logits" in check.detail


def test_one_sequence_as_a_time_series():
    class Series(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.out = nn.LSTM(1, 20), nn.Linear(20, 1)

        def forward(self, x):
            output, _ = self.rnn(x.view(len(x), 1, -1))
            return self.out(output.view(len(x), -1))[-1]

    (check,) = [c for c in verify(Series(), LSTM(1, 20, num_classes=1)).checks
                if c.name == "forward"]  # fmt: skip
    assert "with 1 sequences alone" in check.detail


@pytest.mark.parametrize(
    "names", ["x", {"rnn.weight_ih_l0": ""}, {"rnn.weight_ih_l0": 3}, {"none": "weight_ih_l0"},
              {"rnn.weight_ih_l0": "W_xi W_xf W_xg W_xo|W_hi"}, {"rnn.bias_ih_l0": "b_xi W_xi"}]
)  # fmt: skip
def test_names_that_fit_nothing_are_refused_in_one_line(names):
    with pytest.raises(LstmcalcError) as raised:
        verify(model(lambda self, x: self.last(x)), HEADED, names=names)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "size", [(nn.LSTM, 300, 1024, 2), (nn.GRU, 512, 512, 2), (nn.RNN, 256, 256, 2)]
)
def test_plain_modules_of_ordinary_size(size):
    kind, *sizes = size

    assert_matches(kind(*sizes), build_network(*sizes, cell=kind.__name__.lower()))


def test_a_model_without_a_network_has_its_parts_proved():
    verdict = verify(model(lambda self, x: self.last(x)))
    assert verdict.outcome == "verified"
    assert {check.name for check in verdict.checks} >= {"rnn: forward", "rnn: gradients"}
    assert "not looked at: 51 parameters of out" in verdict.notes
    assert_matches(model(lambda self, x: self.last(x)), PLAIN, part="rnn")
    with pytest.raises(LstmcalcError, match="part 'none': the module has no such part; it has rnn"):
        verify(model(lambda self, x: self.last(x)), PLAIN, part="none")
