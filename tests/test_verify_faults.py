"""The checker checked: every planted fault must make `verify` fail, and be named."""

from dataclasses import replace

import pytest

from lstmcalc import GRU, LSTM, RNN, assert_matches, calculate, cell, verify
from lstmcalc.algebra import sigmoid, tanh

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402 -- after the check that torch is there


def culprits(verdict, check):
    (found,) = [c for c in verdict.checks if c.name == check]
    assert found.status == "failed", verdict.checks
    return " ".join(found.culprits) + " | " + found.detail


class HandWritten(nn.Module):
    """An LSTM as people write it, with torch's parameter names and one fault of choice."""

    def __init__(self, fault="", hidden=5, features=3):
        super().__init__()
        self.fault = fault
        draw = torch.Generator().manual_seed(0)
        shapes = {"weight_ih_l0": (4 * hidden, features), "weight_hh_l0": (4 * hidden, hidden),
                  "bias_ih_l0": (4 * hidden,), "bias_hh_l0": (4 * hidden,)}  # fmt: skip
        for name, shape in shapes.items():
            self.register_parameter(name, nn.Parameter(torch.randn(shape, generator=draw)))

    def forward(self, x):
        W_ih, W_hh = self.weight_ih_l0, self.weight_hh_l0
        b_ih, b_hh = self.bias_ih_l0, self.bias_hh_l0
        h = c = x.new_zeros(x.shape[1], W_hh.shape[1])
        if self.fault == "transposed":
            W_hh = torch.cat([gate.T for gate in W_hh.chunk(4)])
        if self.fault == "bias":
            b_hh = torch.zeros_like(b_hh)
        outputs = []
        for x_t in x:
            i, f, g, o = (x_t @ W_ih.T + b_ih + h @ W_hh.T + b_hh).chunk(4, -1)
            if self.fault == "swapped":
                i, f = f, i
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            h = torch.sigmoid(o) * torch.tanh(c)
            if self.fault == "unknown operation":
                h = torch.erf(h)
            outputs.append(h)
        return torch.stack(outputs)


def test_a_right_hand_written_cell_passes():
    verdict = verify(HandWritten(), LSTM(3, 5))
    assert not verdict.having("failed"), verdict.checks
    assert {"values", "gates", "products"} <= {c.name for c in verdict.having("passed")}


def test_two_gates_swapped_in_a_module():
    named = culprits(verify(HandWritten("swapped"), LSTM(3, 5)), "values")
    assert "gates i and f of weight_ih_l0" in named


def test_two_gates_swapped_in_our_equations():
    @cell("LSTM", "planted: the forget gate's rows come first")
    def lstm(gate, x, h, c):
        f = sigmoid(gate.f(x, h))
        i = sigmoid(gate.i(x, h))
        g = tanh(gate.g(x, h))
        o = sigmoid(gate.o(x, h))
        c = f * c + i * g
        return {"f": f, "i": i, "g": g, "o": o, "c": c, "h": o * tanh(c)}

    verdict = verify(LSTM(3, 5, cell=lstm))
    assert "gates f and i of weight_ih_l0" in culprits(verdict, "values")
    assert verdict.outcome == "failed"


def test_a_bias_dropped_from_the_parameters():
    named = culprits(verify(nn.LSTM(3, 5, bias=False), LSTM(3, 5)), "tensors")
    assert "bias_hh_l0 (20,) is missing" in named


def test_a_bias_dropped_from_the_forward_pass():
    named = culprits(verify(HandWritten("bias"), LSTM(3, 5)), "values")
    assert "bias_hh_l0 left out" in named


def test_a_bias_dropped_from_the_report():
    report = calculate(LSTM(3, 5))
    short = tuple(t for t in report.tensors if t.name != "bias_hh_l0")
    named = culprits(verify(replace(report, tensors=short)), "tensors")
    assert "bias_hh_l0 (20,) is not in the report" in named


def test_a_matrix_transposed_in_the_parameters():
    module = HandWritten()
    module.weight_ih_l0 = nn.Parameter(module.weight_ih_l0.T.contiguous())
    assert "weight_ih_l0 is transposed: (3, 20)" in culprits(verify(module, LSTM(3, 5)), "tensors")


def test_a_matrix_transposed_in_the_forward_pass():
    named = culprits(verify(HandWritten("transposed"), LSTM(3, 5)), "values")
    assert "weight_hh_l0 transposed" in named


@pytest.mark.parametrize(("real", "said"), [(1, 2), (3, 2)])
def test_a_layer_miscounted(real, said):
    named = culprits(verify(nn.GRU(3, 5, real), GRU(3, 5, said)), "tensors")
    assert f"weight_ih_l{min(real, said)}" in named


def test_a_layer_miscounted_in_a_total():
    report = calculate(LSTM(3, 5, 2))
    wrong = replace(report.layers[1], parameters=report.layers[1].parameters - 1)
    verdict = verify(replace(report, layers=(report.layers[0], wrong)))
    assert "layer 1 is 240, not 239" in culprits(verdict, "totals")


@pytest.mark.parametrize("bias", ["none", "single", "double"])
def test_a_wrong_total_under_any_convention(bias):
    report = calculate(GRU(3, 5, bias=bias))
    for index, total in enumerate(report.totals):
        wrong = list(report.totals)
        wrong[index] = replace(total, network=total.network + 1)
        named = culprits(verify(replace(report, totals=tuple(wrong))), "totals")
        assert f"bias={total.bias}" in named


def test_wrong_work():
    report = calculate(RNN(3, 5))
    wrong = replace(report.run_work, macs=report.run_work.macs + 1)
    assert "400 MACs" in culprits(verify(replace(report, run_work=wrong)), "products")
    wrong = replace(report.run_work, tanhs=0)
    assert "50 tanhs, not 0" in culprits(verify(replace(report, run_work=wrong)), "element-wise")


def test_a_wrong_shape():
    report = calculate(LSTM(3, 5))
    wrong = tuple(
        replace(item, shape=item.shape[::-1]) if item.name == "h_n" else item
        for item in report.shapes
    )
    assert "h_n is (1, 1, 5)" in culprits(verify(replace(report, shapes=wrong)), "shapes")


def test_work_that_is_not_known_is_listed_and_never_free():
    skipped = verify(HandWritten("unknown operation"), LSTM(3, 5)).having("skipped")
    assert {check.name for check in skipped} == {"products", "element-wise"}
    assert {check.detail for check in skipped} == {"aten.erf ran, and its work is not known"}


def test_a_value_that_is_no_number():
    module = nn.LSTM(3, 5)
    module.weight_hh_l0.data[0, 0] = float("nan")
    assert verify(module).outcome == "failed"


def test_an_unexplained_difference_names_the_layer():
    class Scaled(nn.LSTM):
        def forward(self, x, states=None):
            output, states = super().forward(x, states)
            return output * 1.1, tuple(s * 1.1 for s in states)

    assert "layer 0" in culprits(verify(Scaled(3, 5), LSTM(3, 5)), "values")


def test_assert_matches_says_what_differs():
    assert_matches(nn.GRU(3, 5, bidirectional=True), GRU(3, 5, bidirectional=True))
    with pytest.raises(AssertionError, match=r"weight_ih_l0_reverse .* is missing"):
        assert_matches(nn.GRU(3, 5), GRU(3, 5, bidirectional=True))
    with pytest.raises(AssertionError, match="bias_hh_l0 left out"):
        assert_matches(HandWritten("bias"), LSTM(3, 5))


def test_assert_matches_demands_the_values():
    class Stubborn(HandWritten):
        def forward(self, x):
            raise RuntimeError("no forward pass today")

    with pytest.raises(AssertionError, match="no forward pass today"):
        assert_matches(Stubborn(), LSTM(3, 5))
    with pytest.raises(AssertionError, match="values not checked"):
        assert_matches(nn.LSTM(3, 5), LSTM(3, 5), device="meta")
    assert_matches(nn.LSTM(3, 5), LSTM(3, 5), device="meta", values=False)


def test_a_whole_model_of_the_users_own():
    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.words = nn.Embedding(50, 8)
            self.encoder = nn.LSTM(8, 6, 2, bidirectional=True, batch_first=True)
            self.tags = nn.Linear(12, 4)

    network = LSTM(8, 6, 2, bidirectional=True, vocab_size=50, num_classes=4, head_on="every")
    model = Tagger()
    before = {name: p.clone() for name, p in model.named_parameters()}
    assert_matches(model, network)
    for name, p in model.named_parameters():
        assert p.dtype == torch.float32
        assert torch.equal(p, before[name])
    with pytest.raises(AssertionError, match=r"head.weight has the shape \(4, 12\), not \(5, 12\)"):
        assert_matches(model, replace(network, num_classes=5))


def test_lone_cells_are_run_step_by_step():
    assert_matches(nn.LSTMCell(3, 5), LSTM(3, 5))
    assert_matches(nn.GRUCell(3, 5), GRU(3, 5))


def test_parameters_that_are_nobodys():
    model = nn.ModuleDict({"rnn": nn.LSTM(3, 5), "norm": nn.LayerNorm(5)})
    with pytest.raises(AssertionError, match=r"norm.weight \(5,\) is not in the report"):
        assert_matches(model, LSTM(3, 5))
