"""The guided walk: what a tutorial says of recurrent networks, each claim with its proof.

Every command here is run by the tests, which look for what it is said to show.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    """A sentence, the command that proves it, and what to look for in its output."""

    text: str
    command: str
    shows: tuple[str, ...]


@dataclass(frozen=True)
class Chapter:
    """A title and its claims."""

    title: str
    claims: tuple[Claim, ...]


CHAPTERS = (
    Chapter(
        "A network that remembers",
        (
            Claim(
                "The input of a step should use what came before. U maps the input x(t), W carries "
                "the state before, and together they give the new state S(t): here W_xh, W_hh and "
                "h(t).",
                "lstmcalc rnn 128 28 --formula",
                ("h(t) = tanh(W_xh·x(t) + b_xh + W_hh·h(t−1) + b_hh)",),
            ),
            Claim(
                "The output is V·S(t), a fully connected layer, and softmax turns it into "
                "probabilities.",
                "lstmcalc step rnn 128 28 --classes 10",
                ("softmax turns logits into probabilities that add up to 1",),
            ),
            Claim(
                "Such networks suit language: each word is looked up as a vector, and a step reads "
                "one.",
                "lstmcalc rnn 128 28 --vocab 10k --classes 10k --head every",
                ("embedding of 10,000 words", "head of 10,000 classes on every step"),
            ),
            Claim(
                "A step's gradient updates all the steps before it (back-propagation through "
                "time): every step adds to one sum for each weight.",
                "lstmcalc rnn 128 28 --formula --backward",
                ("∂W_xh = Σ_t δa_h(t)·x(t)ᵀ", "∂W_hh = Σ_t δa_h(t)·h(t−1)ᵀ"),
            ),
        ),
    ),
    Chapter(
        "What is wrong with it",
        (
            Claim(
                "What a step sends back is what arrived there, times the derivative and W_hh. If "
                "one step's gradient is near 0, so is that of every step before it.",
                "lstmcalc rnn 128 28 --formula --backward",
                ("δa_h(t) = ∂h(t) ⊙ (1 − h(t)²)", "∂h(t−1) = W_hhᵀ·δa_h(t)"),
            ),
            Claim(
                "In a sentence of 200 words the network tries to remember all of it, and the "
                "gradient vanishes on the way back.",
                "lstmcalc gradients 128 28 --cells rnn --seq-len 200",
                ("halves in 1.17 steps", "vanishes: what is 26 words back is not learned"),
            ),
            Claim(
                "With larger weights it does not vanish, and explodes instead.",
                "lstmcalc gradients 128 28 --cells rnn --init x3",
                ("explodes",),
            ),
        ),
    ),
    Chapter(
        "Long short-term memory",
        (
            Claim(
                "C(t) is the cell state, updated at every step: a forget gate f decides what to "
                "drop, another, i, what to keep.",
                "lstmcalc 128 28 --formula",
                ("c(t) = f(t) ⊙ c(t−1) + i(t) ⊙ g(t)", "h(t) = o(t) ⊙ tanh(c(t))"),
            ),
            Claim(
                "C(t), the upper line of the usual picture, is the long-term memory; h(t), the "
                "lower one, the working memory.",
                "lstmcalc step 128 28",
                ("c(t), long-term", "h(t), working"),
            ),
            Claim(
                "hidden_size, or num_units, is the number of hidden units.",
                "lstmcalc num_units=128 input_dim=28",
                ("LSTM with hidden size 128 (units)",),
            ),
            Claim(
                "A cell has four boxes, and each reads h(t−1) and x(t) joined: with h of 128 and x "
                "of 28 the vector has 156.",
                "lstmcalc step 128 28 --at 1",
                ("128 + 28 = 156 numbers, read by every gate",),
            ),
            Claim(
                "So each box's matrix is [hidden_size + input_size, hidden_size].",
                "lstmcalc 128 28",
                ("(156, 128)", "(156, 512)"),
            ),
            Claim(
                "What most texts leave out: as torch draws its weights, an LSTM forgets as fast as "
                "a GRU. The bias of its forget gate makes the difference.",
                "lstmcalc gradients 128 28",
                (
                    "the LSTM's gradient halves in 1.56 steps, the GRU's halves in 1.58 steps",
                    "with a forget bias of 2 the LSTM's halves in 45.6 steps",
                ),
            ),
        ),
    ),
    Chapter(
        "One cell, many steps",
        (
            Claim(
                "People speak of num_steps LSTM units. There is one cell, run num_steps times, "
                "with one set of weights.",
                "lstmcalc step 128 28 --seq-len 5",
                ("one cell, run 5 times with 1 set of weights: 80,896 numbers",),
            ),
            Claim(
                "The count does not depend on the number of steps.",
                "lstmcalc 128 28 --seq-len 200",
                (
                    "80,896 parameters with two biases",
                    "More steps are more work with the same parameters.",
                ),
            ),
        ),
    ),
    Chapter(
        "The count",
        (
            Claim(
                "The four boxes together hold (128 + 28) · (128 · 4) = 156 · 512 = 79,872 weights.",
                "lstmcalc 128 28",
                ("156 × 512 = 79,872 weights",),
            ),
            Claim(
                "Layers in the middle are alike.",
                "lstmcalc 128 28 --layers 4",
                ("Gates of each of layers 1–3",),
            ),
            Claim(
                "At the output, the parameters of the final layer are added: for 10 classes "
                "128 · 10 weights and 10 biases.",
                "lstmcalc 128 28 --classes 10",
                ("10 × 128 + 10 1,290",),
            ),
            Claim(
                "What the text leaves out, and readers then trip over: the biases. One for each "
                "gate's unit gives 80,384 (Keras, TensorFlow, Flax), two give 80,896 (PyTorch, "
                "cuDNN, ONNX).",
                "lstmcalc 128 28",
                ("one bias (Keras, TF1, Flax) 80,384", "two biases (torch, cuDNN, ONNX) 80,896"),
            ),
            Claim(
                "With the 10 classes: 81,162 with none in the cell, 81,674 with one, 82,186 with "
                "two.",
                "lstmcalc 128 28 --classes 10",
                ("79,872 81,162", "80,384 81,674", "80,896 82,186"),
            ),
            Claim(
                "Each framework stores the same cell in its own way: Keras keeps one bias and the "
                "matrices transposed, ONNX orders the gates i, o, f, g.",
                "lstmcalc reconcile 128 28",
                (
                    "80,384 −512: one bias, not two",
                    "lstm/lstm_cell/kernel 28×512",
                    "↓ iiii oooo ffff gggg ONNX",
                ),
            ),
            Claim(
                "A GRU has four totals: frameworks keep other biases, and put its reset gate "
                "before or after the product.",
                "lstmcalc reconcile 128 28 --cell gru",
                (
                    "60,672 two biases",
                    "60,416 −256: one bias, not two",
                    "60,288 −384: bias on x, not two",
                    "59,904 −768: no bias",
                ),
            ),
        ),
    ),
    Chapter(
        "Shapes to trip over",
        (
            Claim(
                "In two directions, the last step of the output is the forward half's end and the "
                "reverse half's beginning.",
                "lstmcalc shapes 128 28 --batch-first --bidirectional",
                ("output[:, -1, :128] is h_n[-2]", "output[:, -1, 128:] is not h_n[-1]"),
            ),
            Claim(
                "An x with two dimensions is one sequence without a batch: no error, another "
                "result.",
                "lstmcalc shapes 128 28 --x 32,28",
                ("is read as one unbatched sequence of 32 steps",),
            ),
        ),
    ),
)


def as_markdown() -> str:
    """The walk as a document: every claim, its command, and what to look for.

    >>> print(as_markdown().splitlines()[0])
    # A walk through recurrent networks
    """
    lines = [
        "# A walk through recurrent networks",
        "",
        "What a tutorial says of recurrent networks, and the command that proves each claim.",
        "`lstmcalc tutorial` walks through it in the terminal; the tests run every command.",
        "",
    ]
    for number, chapter in enumerate(CHAPTERS, start=1):
        lines += [f"## {number}. {chapter.title}", ""]
        for claim in chapter.claims:
            lines += [claim.text, "", f"    $ {claim.command}"]
            lines += [f"    … {shown}" for shown in claim.shows]
            lines.append("")
    return "\n".join(lines)
