"""Networks to begin with, as what is said for each option."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from lstmcalc.commands.words import HIDDEN, INPUT


class Preset(NamedTuple):
    """A known network: its name, where it is from, and what is said for it."""

    name: str
    source: str
    said: Mapping[str, Any]


PRESETS = (
    Preset(
        "tutorial",
        "28 features a step, 128 units, 10 classes: 156 × 512 and what torch adds",
        {HIDDEN: "128", INPUT: "28", "classes": "10"},
    ),
    Preset(
        "char-rnn",
        "Karpathy 2015: two layers of 128 over 65 characters",
        {HIDDEN: "128", INPUT: "65", "layers": "2", "classes": "65", "head": "every",
         "seq-len": "50", "batch": "50"},
    ),
    Preset(
        "AWD-LSTM",
        "Merity et al. 2017, arXiv:1708.02182: WikiText-2, tied embedding",
        {HIDDEN: "1150,1150,400", INPUT: "400", "vocab": "33278", "tie-weights": True,
         "head": "every", "seq-len": "70", "batch": "80"},
    ),
    Preset(
        "ELMo",
        "Peters et al. 2018, arXiv:1802.05365: one of its two directions, 4096 projected to 512",
        {HIDDEN: "4096", INPUT: "512", "layers": "2", "proj": "512", "bias": "single",
         "seq-len": "20"},
    ),
    Preset(
        "wake word",
        "a GRU that listens for 12 words: 98 frames of 40 mel bands",
        {"cell": "gru", HIDDEN: "64", INPUT: "40", "classes": "12", "seq-len": "98"},
    ),
)  # fmt: skip
