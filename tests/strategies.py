"""Random networks and runs, for the tests that compare thousands of them with an oracle."""

from __future__ import annotations

from hypothesis import strategies as st

from lstmcalc import Network, build_network

SIZES = st.integers(1, 12)
TORCH_CELLS = ("rnn", "rnn_relu", "gru", "lstm")


@st.composite
def networks(
    draw: st.DrawFn,
    cells: tuple[str, ...] = TORCH_CELLS,
    projects: bool = True,
    unbiased: bool = True,
    ties: bool = True,
) -> Network:
    """A network of any structure that the command line can ask for, of small sizes.

    Without projections, cells without biases, or tied weights, where a framework has none.
    """
    cell = draw(st.sampled_from(cells))
    hidden = draw(st.lists(SIZES, min_size=1, max_size=3))
    bidirectional = draw(st.booleans())
    proj = None
    if projects and cell.startswith("lstm") and min(hidden) > 1 and draw(st.booleans()):
        proj = draw(st.integers(1, min(hidden) - 1))
    options = {"bias": draw(st.sampled_from([*["none"] * unbiased, "single", "double"]))}
    vocab = draw(st.none() | SIZES)
    classes = draw(st.none() | SIZES)
    features = draw(SIZES)
    tie = ties and vocab is not None and draw(st.booleans())
    if tie:
        classes = None
        features = (proj or hidden[-1]) * (1 + bidirectional)
    depth = draw(st.integers(1, 3)) if len(hidden) == 1 else 1
    return build_network(
        features,
        hidden,
        depth,
        cell=cell,
        bidirectional=bidirectional,
        proj_size=proj,
        vocab_size=vocab,
        num_classes=classes,
        tie_weights=tie,
        head_on=draw(st.sampled_from(["last", "every"])),
        **options,
    )


@st.composite
def runs(draw: st.DrawFn) -> dict[str, object]:
    """How a network is run: the keyword arguments of `calculate`."""
    unbatched = draw(st.booleans())
    return {
        "seq_len": draw(st.integers(1, 5)),
        "batch_size": 1 if unbatched else draw(st.integers(1, 3)),
        "batch_first": draw(st.booleans()),
        "unbatched": unbatched,
    }
