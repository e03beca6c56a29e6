"""The checker checked: every planted fault must make `verify` fail, and be named."""

from dataclasses import fields, is_dataclass, replace

import pytest

from lstmcalc import (
    CELLS,
    GRU,
    LSTM,
    RNN,
    LstmcalcError,
    assert_matches,
    build_network,
    calculate,
    cell,
    verify,
)
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
    assert {"forward", "gates", "gradients"} <= {c.name for c in verdict.having("passed")}


def test_two_gates_swapped_in_a_module():
    named = culprits(verify(HandWritten("swapped"), LSTM(3, 5)), "forward")
    assert "gates i and f of weight_ih_l0" in named


def test_two_gates_swapped_in_our_equations(monkeypatch):
    @cell("LSTM", "planted: the gates i and f take each other's place")
    def lstm(gate, x, h, c):
        i = sigmoid(gate.i(x, h))
        f = sigmoid(gate.f(x, h))
        g = tanh(gate.g(x, h))
        o = sigmoid(gate.o(x, h))
        c = i * c + f * g
        return {"i": i, "f": f, "g": g, "o": o, "c": c, "h": o * tanh(c)}

    # a user's cell of that name is another cell, which torch does not have
    assert verify(build_network(3, 5, cell=lstm)).outcome == "not verified"
    monkeypatch.setitem(CELLS, "lstm", lstm)
    verdict = verify(LSTM(3, 5))
    assert "gates i and f of weight_ih_l0" in culprits(verdict, "values")
    assert verdict.outcome == "failed"


def test_a_bias_dropped_from_the_parameters():
    named = culprits(verify(nn.LSTM(3, 5, bias=False), LSTM(3, 5)), "tensors")
    assert "bias_hh_l0 (20,) is missing" in named


def test_a_bias_dropped_from_the_forward_pass():
    named = culprits(verify(HandWritten("bias"), LSTM(3, 5)), "forward")
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
    named = culprits(verify(HandWritten("transposed"), LSTM(3, 5)), "forward")
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
    class Selecting(HandWritten):
        def forward(self, x):
            output = super().forward(x)
            return torch.lerp(output, output, 0.5)

    verdict = verify(Selecting(), LSTM(3, 5))
    assert verdict.outcome == "verified", verdict.checks
    assert "not compared: work, as aten.lerp ran, and its work is not known" in verdict.notes
    assert "products" not in {check.name for check in verdict.checks}


def test_a_value_that_is_no_number():
    module = nn.LSTM(3, 5)
    module.weight_hh_l0.data[0, 0] = float("nan")
    assert verify(module).outcome == "failed"


def test_an_unexplained_difference_names_the_layer():
    class Scaled(nn.LSTM):
        def forward(self, x, states=None):
            output, states = super().forward(x, states)
            return output * 1.1, tuple(s * 1.1 for s in states)

    assert "differs by" in culprits(verify(Scaled(3, 5), LSTM(3, 5)), "forward")


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
    with pytest.raises(AssertionError, match="forward not checked"):
        assert_matches(nn.LSTM(3, 5), LSTM(3, 5), device="meta")
    assert_matches(nn.LSTM(3, 5), LSTM(3, 5), device="meta", values=False)


class Tagger(nn.Module):
    """A model as people write them: an embedding, a recurrent stack, a head, and a wiring."""

    def __init__(self, wiring="right", head_on="every"):
        super().__init__()
        self.wiring = wiring
        self.head_on = head_on
        self.words = nn.Embedding(50, 8)
        self.encoder = nn.LSTM(8, 6, 2, bidirectional=True, batch_first=True)
        self.tags = nn.Linear(12, 4)

    def forward(self, tokens):
        x = self.words(tokens)
        if self.wiring == "reversed":
            x = x.flip(1)
        output, (h_n, _) = self.encoder(x)
        if self.wiring == "rectified":
            output = output.relu()
        if self.wiring == "states":
            return self.tags(torch.cat([h_n[-2], h_n[-1]], -1))
        if self.wiring == "wrong step":
            return self.tags(output[-1])
        if self.wiring == "raises":
            raise RuntimeError("no forward pass today")
        return self.tags(output if self.head_on == "every" else output[:, -1])


TAGGER = LSTM(8, 6, 2, bidirectional=True, vocab_size=50, num_classes=4, head_on="every")


def test_a_whole_model_of_the_users_own():
    model = Tagger()
    before = {name: p.clone() for name, p in model.named_parameters()}
    random = torch.get_rng_state()
    verdict = verify(model, TAGGER)
    assert verdict.outcome == "verified", verdict.checks
    assert "forward" in {check.name for check in verdict.checks}
    assert torch.equal(torch.get_rng_state(), random)
    assert model.training
    for name, p in model.named_parameters():
        assert p.dtype == torch.float32
        assert torch.equal(p, before[name])


@pytest.mark.parametrize("wiring", ["reversed", "rectified"])
def test_wrong_wiring_between_right_parts(wiring):
    verdict = verify(Tagger(wiring), TAGGER)
    assert "called as a whole" in culprits(verdict, "forward")


def test_a_head_on_the_wrong_step():
    last = replace(TAGGER, head_on="last")
    assert_matches(Tagger(head_on="last"), last)
    states = replace(TAGGER, head_on="states")
    assert_matches(Tagger("states", "last"), states)
    with pytest.raises(AssertionError, match="a head on the last states gives"):
        assert_matches(Tagger("states", "last"), last)
    with pytest.raises(AssertionError, match="a head on the last step gives"):
        assert_matches(Tagger(head_on="last"), states)
    for model, network, said in [
        (Tagger("wrong step"), last, "the last sequence for the last step (is batch_first"),
        (Tagger(head_on="every"), last, "has the shape (16, 12, 4)"),
        (Tagger(head_on="last"), TAGGER, "has the shape (16, 4)"),
    ]:
        assert said in culprits(verify(model, network), "forward")


def test_a_model_with_a_call_of_its_own():
    class Packed(Tagger):
        def forward(self, tokens, extra=None):
            return {"tags": super().forward(tokens), "extra": extra}

    class Mapped(Tagger):
        def forward(self, tokens, mapping):
            return super().forward(mapping[tokens])

    assert_matches(Packed(), TAGGER)
    assert_matches(Packed(), TAGGER, call=lambda model, x: model(x, None)["tags"])
    with pytest.raises(AssertionError, match=r"forward not checked: .* wants 'mapping'; say how"):
        assert_matches(Mapped(), TAGGER)
    assert_matches(Mapped(), TAGGER, call=lambda model, x: model(x, torch.arange(50)))


def test_two_layers_in_parallel_are_no_stack():
    class Parallel(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.GRU(5, 5), nn.GRU(5, 5)

        def forward(self, x):
            return self.one(x)[0] + self.two(x)[0]

    assert culprits(verify(Parallel(), GRU(5, [5, 5])), "forward")


def test_a_head_of_other_size():
    with pytest.raises(AssertionError, match=r"head.weight has the shape \(4, 12\), not \(5, 12\)"):
        assert_matches(Tagger(), replace(TAGGER, num_classes=5))


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
@pytest.mark.parametrize("bias", [False, True])
def test_modules_that_say_what_they_are(kind, bias):
    module = kind(3, 5, 2, bias=bias, bidirectional=True, batch_first=True)
    assert verify(module).outcome == "verified"


def test_two_live_biases_are_not_one():
    with pytest.raises(AssertionError, match=r"bias_hh_l0 \(20,\) is not in the report"):
        assert_matches(nn.LSTM(3, 5), LSTM(3, 5, bias="single"))


def test_a_hand_written_cell_of_one_bias():
    class OneBias(HandWritten):
        def __init__(self):
            super().__init__()
            self.register_buffer("none", torch.zeros(20))
            del self.bias_hh_l0

        bias_hh_l0 = property(lambda self: self.none)

    assert_matches(OneBias(), LSTM(3, 5, bias="single"))
    with pytest.raises(AssertionError, match="bias_hh_l0"):
        assert_matches(OneBias(), LSTM(3, 5))


def test_sequences_that_are_mixed_up_within_a_batch():
    class Mixed(nn.LSTM):
        def forward(self, x, states=None):
            output, states = super().forward(x, states)
            return output.flip(1), states

    assert culprits(verify(Mixed(3, 5), LSTM(3, 5)), "forward")


def test_states_in_the_wrong_order():
    class Swapped(nn.LSTM):
        def forward(self, x, states=None):
            output, (h, c) = super().forward(x, states)
            return output, (c, h)

    assert "exchanged" in culprits(verify(Swapped(3, 5), LSTM(3, 5)), "forward")


def test_several_parts_of_one_size():
    class Stack(nn.Module):
        def __init__(self, kind):
            super().__init__()
            self.parts = nn.ModuleList([kind(5 if i == 0 else 7, 7) for i in range(3)])

        def forward(self, x):
            for part in self.parts:
                x = part(x)[0]
            return x

    assert verify(Stack(nn.GRU), GRU(5, 7, 3)).outcome == "verified"
    assert verify(Stack(nn.LSTM), LSTM(5, [7, 7, 7])).outcome == "verified"


class HandWrittenGRU(nn.Module):
    """A GRU with zero biases; one fault of choice, which zeros would hide."""

    def __init__(self, fault=""):
        super().__init__()
        self.fault = fault
        self.weight_ih_l0 = nn.Parameter(torch.randn(15, 3))
        self.weight_hh_l0 = nn.Parameter(torch.eye(5).repeat(3, 1))
        self.bias_ih_l0 = nn.Parameter(torch.zeros(15))
        self.bias_hh_l0 = nn.Parameter(torch.zeros(15))

    def forward(self, x):
        h = x.new_zeros(x.shape[1], 5)
        outputs = []
        for x_t in x:
            r_x, z_x, n_x = (x_t @ self.weight_ih_l0.T + self.bias_ih_l0).chunk(3, -1)
            W = self.weight_hh_l0
            if self.fault == "transposed":
                W = torch.cat([gate.T for gate in W.chunk(3)])
            r_h, z_h, n_h = (h @ W.T + self.bias_hh_l0).chunk(3, -1)
            r, z = torch.sigmoid(r_x + r_h), torch.sigmoid(z_x + z_h)
            if self.fault == "bias outside r":
                b_n = self.bias_hh_l0[10:]
                n = torch.tanh(n_x + r * (n_h - b_n) + b_n)
            else:
                n = torch.tanh(n_x + r * n_h)
            h = (1 - z) * n + z * h
            outputs.append(h)
        return torch.stack(outputs)


def test_zeros_and_symmetries_hide_no_fault():
    assert_matches(HandWrittenGRU(), GRU(3, 5))
    for fault in ("transposed", "bias outside r"):
        assert culprits(verify(HandWrittenGRU(fault), GRU(3, 5)), "forward")


class Classifier(nn.Module):
    """A classifier with a fault that few inputs show."""

    def __init__(self, fault=""):
        super().__init__()
        self.fault = fault
        self.words = nn.Embedding(1_000, 6)
        self.rnn = nn.LSTM(6, 5)
        self.head = nn.Linear(5, 1)
        self.kept = None

    def forward(self, tokens):
        if self.fault == "clamped":
            tokens = tokens.clamp(max=990)
        output, states = self.rnn(self.words(tokens), self.kept)
        if self.fault == "remembers" and tokens.shape[1] > 1:
            self.kept = tuple(state.clone() for state in states)
        if self.fault == "late":
            output = torch.cat([output[:10], 2 * output[10:]])
        logits = self.head(output[-1])
        if self.fault == "rectified":
            logits = logits.relu()
        return logits.squeeze(0) if self.fault == "squeezed" else logits


def test_faults_that_few_inputs_show():
    network = LSTM(6, 5, vocab_size=1_000, num_classes=1)
    assert_matches(Classifier(), network)
    for fault in ("clamped", "remembers", "late", "rectified", "squeezed"):
        with pytest.raises(AssertionError, match="forward"):
            assert_matches(Classifier(fault), network)


def test_a_hand_written_cell_in_a_loop():
    class Cell(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight_ih, self.weight_hh = (nn.Parameter(torch.randn(20, n)) for n in (3, 5))
            self.bias_ih, self.bias_hh = (nn.Parameter(torch.randn(20)) for _ in range(2))

        def forward(self, x, h, c):
            gates = x @ self.weight_ih.T + self.bias_ih + h @ self.weight_hh.T + self.bias_hh
            i, f, g, o = gates.chunk(4, -1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            return torch.sigmoid(o) * torch.tanh(c), c

    class Loop(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = Cell()

        def forward(self, x):
            h = c = x.new_zeros(x.shape[1], 5)
            outputs = []
            for x_t in x:
                h, c = self.cell(x_t, h, c)
                outputs.append(h)
            return torch.stack(outputs)

    assert_matches(Loop(), LSTM(3, 5))


def test_call_is_used_for_a_lone_module():
    class BatchFirst(HandWritten):
        def forward(self, x):
            return super().forward(x.transpose(0, 1)).transpose(0, 1)

    def turned(module, x):
        return module(x.transpose(0, 1)).transpose(0, 1)

    (check,) = [c for c in verify(BatchFirst(), LSTM(3, 5)).checks if c.name == "forward"]
    assert "x as (B, T, I)" in check.detail
    assert_matches(BatchFirst(), LSTM(3, 5), call=turned)


@pytest.mark.parametrize("device", ["cpu", "cpu:0"])
def test_call_is_used_where_the_work_is_counted(device):
    class WithLengths(HandWritten):
        def forward(self, x, lengths):
            return super().forward(x)

    verdict = verify(
        WithLengths(), LSTM(3, 5), call=lambda module, x: module(x, None), device=device
    )
    assert {"products", "forward"} <= {c.name for c in verdict.having("passed")}


def test_what_is_left_out_on_meta_is_listed():
    assert "forward" in verify(nn.LSTM(3, 5), device="meta").summary


def test_first_states_of_the_modules_own():
    class Ones(nn.LSTM):
        def forward(self, x, states=None):
            if states is None:
                states = (torch.ones(1, x.shape[1], 5, dtype=x.dtype),) * 2
            return super().forward(x, states)

    assert culprits(verify(Ones(3, 5), LSTM(3, 5)), "forward")


def test_large_values_are_compared_by_their_size():
    torch.manual_seed(0)
    module = nn.RNN(30, 40, nonlinearity="relu")
    for parameter in module.parameters():
        nn.init.normal_(parameter)
    assert verify(module).outcome == "verified"


def test_modules_on_the_meta_device():
    assert_matches(nn.LSTM(3, 5, device="meta"), LSTM(3, 5), values=False)
    assert verify(nn.LSTM(3, 5, device="meta")).outcome == "partly verified"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((LSTM(3, 5), LSTM(4, 5)), "two networks"),
        ((calculate(LSTM(3, 5)), GRU(4, 5)), "two networks"),
        ((None, LSTM(3, 5)), "no report, network or torch module"),
        (("lstm", LSTM(3, 5)), "no report, network or torch module"),
        ((nn.LSTM, LSTM(3, 5)), "no report, network or torch module"),
        ((nn.LSTM(3, 5), nn.Linear(3, 5)), "Linear as a network"),
    ],
)
def test_arguments_that_make_no_comparison(arguments, message):
    with pytest.raises(LstmcalcError, match=message):
        verify(*arguments)


def test_assert_matches_needs_a_network():
    with pytest.raises(LstmcalcError, match="as a network"):
        assert_matches(nn.LSTM(3, 5), None)


def test_a_verdict_is_true_only_where_everything_was_checked_and_passed():
    assert verify(nn.LSTM(3, 5))
    assert not verify(nn.LSTM(3, 5), LSTM(3, 6))
    assert not verify(nn.LSTM(3, 5), device="meta")


def leaves(value, path=()):
    """Every number, word and tuple of a report, with the fields that lead to it."""
    if is_dataclass(value):
        for field in fields(value):
            yield from leaves(getattr(value, field.name), (*path, field.name))
    elif isinstance(value, tuple) and value and is_dataclass(value[0]):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
        yield path, value
    elif isinstance(value, int | str | tuple | None):
        yield path, value


def edited(value, path):
    """The same with one leaf changed: a number by 1, a tuple shortened, a word replaced."""
    if path:
        first, *rest = path
        if isinstance(value, tuple):
            changed = edited(value[first], rest)
            return (*value[:first], changed, *value[first + 1 :])
        return replace(value, **{first: edited(getattr(value, first), rest)})
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return (*value[:-1],) if isinstance(value, tuple) and value else "other"


@pytest.mark.parametrize(
    "report",
    [
        calculate(LSTM(3, 5, 2, bidirectional=True, proj_size=2, num_classes=4)),
        calculate(GRU(3, 4, bias="single", vocab_size=7), seq_len=3),
        calculate(LSTM(64, 10_000), seq_len=9),
    ],
    ids=["whole", "one bias", "cut run"],
)
def test_no_field_of_a_report_can_be_edited_unnoticed(report):
    parts = [f.name for f in fields(report) if f.name not in ("network", "run")]
    paths = [path for name in parts for path, _ in leaves(getattr(report, name), (name,))]
    assert len(paths) > 100
    for path in paths:
        assert verify(edited(report, path), device="meta").outcome == "failed", path


def test_lone_cells_are_run_step_by_step():
    assert_matches(nn.LSTMCell(3, 5), LSTM(3, 5))
    assert_matches(nn.GRUCell(3, 5), GRU(3, 5))


def test_parameters_that_are_nobodys():
    model = nn.ModuleDict({"rnn": nn.LSTM(3, 5), "norm": nn.LayerNorm(5)})
    with pytest.raises(AssertionError, match=r"norm.weight \(5,\) is not in the report"):
        assert_matches(model, LSTM(3, 5))


@pytest.mark.parametrize("make", [RNN, GRU, LSTM])
def test_a_wrong_backward_equation(make, monkeypatch):
    from lstmcalc import adjoint

    right = adjoint._pull

    def wrong(node, delta, kept):
        for arg, positive, part in right(node, delta, kept):
            yield arg, positive, part * 2 if type(node).__name__ == "Tanh" else part

    monkeypatch.setattr(adjoint, "_pull", wrong)
    adjoint.adjoint.cache_clear()
    try:
        verdict = verify(make(3, 5))
    finally:
        adjoint.adjoint.cache_clear()
    assert [check.name for check in verdict.having("failed")] == ["gradients"]
    assert "weight_hh_l0" in culprits(verdict, "gradients")


def test_a_backward_product_not_counted():
    report = calculate(LSTM(3, 5))
    less = replace(report.backward_work, macs=report.backward_work.macs - 1)
    report.__dict__["backward_work"] = less
    verdict = verify(report)
    assert f"not {less.macs:,}" in culprits(verdict, "backward")


def test_long_backward_passes_are_compared_at_two_lengths():
    verdict = verify(calculate(GRU(3, 5, 2, num_classes=2, head_on="every"), seq_len=500))
    (found,) = [check for check in verdict.checks if check.name == "backward"]
    assert found.status == "passed"
    assert "at 1 × 1" in found.detail
    assert "at 2 × 1" in found.detail
