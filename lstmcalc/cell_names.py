"""What cells are called: other words for those there are, and real cells that are not here."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from lstmcalc.errors import ConfigurationError, UnknownNameError

SYNONYMS: Mapping[str, str] = {
    "vanilla": "rnn", "elman": "rnn", "simplernn": "rnn", "simple_rnn": "rnn", "rnn_tanh": "rnn",
    "gru_reset_after": "gru", "cudnngru": "gru", "cudnnlstm": "lstm", "lstmp": "lstm",
    "peephole": "lstm_peephole", "peephole_lstm": "lstm_peephole", "cifg": "lstm_coupled",
    "coupled": "lstm_coupled", "coupled_lstm": "lstm_coupled", "cifg_lstm": "lstm_coupled",
    "basiclstm": "lstm", "optimizedlstm": "lstm", "vanillalstm": "lstm", "vanilla_lstm": "lstm",
    "basicrnn": "rnn", "vanillarnn": "rnn", "vanilla_rnn": "rnn", "peepholelstm": "lstm_peephole",
}  # fmt: skip
"""Other words for the cells there are."""
PROJECTED = "lstmp"
"""The word for an LSTM whose h is projected."""

_OTHERS: Mapping[str, str] = {
    "antisymmetric RNN": "antisymmetric antisymmetricrnn", "ATR": "atr",
    "attention": "attention transformer", "attention LSTM": "attentionlstm alstm attlstm lstmatt",
    "bistable recurrent cell": "brc nbrc", "CfC": "cfc", "CFN": "cfn",
    "clockwork RNN": "clockwork clockworkrnn cwrnn", "ConvGRU": "convgru",
    "ConvLSTM": "convlstm clstm", "ConvRNN": "convrnn", "coRNN": "cornn", "DeltaNet": "deltanet",
    "DeltaRNN": "deltarnn", "dilated RNN": "dilatedrnn", "DNC": "dnc",
    "echo state network": "esn echostate echostatenetwork", "FastGRNN": "fastgrnn",
    "FastRNN": "fastrnn", "gated DeltaNet": "gateddeltanet gdn", "GAU": "gau", "GLA": "gla",
    "GORU": "goru", "GTU": "gtu", "LTM": "ltm", "graph LSTM": "graphlstm", "grid LSTM": "gridlstm",
    "Griffin": "griffin recurrentgemma rglru", "GRN": "grn", "GRU-D": "grud",
    "HGRN": "hgrn hgrn2", "HyperLSTM": "hyperlstm", "IndRNN": "indrnn", "JANET": "janet",
    "Jordan network": "jordan jordanrnn", "Kimi Delta Attention": "kda",
    "LayerNorm GRU": "layernormgru lngru", "LayerNorm LSTM": "layernormlstm lnlstm lstmln",
    "LEM": "lem", "LiGRU": "ligru sligru", "liquid state machine": "lsm",
    "liquid time-constant network": "ltc liquid", "LMU": "lmu", "LRU": "lru", "LSTA": "lsta",
    "LSTMN": "lstmn", "Mamba": "mamba mamba2 mamba3 s6 ssm", "MGU": "mgu minimalgatedunit",
    "minGRU": "mingru", "minimalRNN": "minimalrnn", "minLSTM": "minlstm",
    "MC-LSTM": "mclstm", "mLSTM": "mlstm", "mogrifier LSTM": "mogrifier mogrifierlstm",
    "multiplicative LSTM": "multiplicativelstm", "multiplicative RNN": "mrnn multiplicativernn",
    "MUT": "mut mut1 mut2 mut3", "NAS cell": "nas", "nested LSTM": "nestedlstm nlstm",
    "NTM": "ntm", "ON-LSTM": "onlstm orderedneurons", "phased LSTM": "phasedlstm plstm",
    "QRNN": "qrnn quasirnn", "quantum LSTM": "qlstm quantumlstm", "RAN": "ran",
    "residual LSTM": "residuallstm reslstm", "RetNet": "retnet retention", "RHN": "rhn highway",
    "RNN transducer": "rnnt transducer", "RWKV": "rwkv rwkv4 rwkv5 rwkv6 rwkv7",
    "S4": "s4 s4d", "S5": "s5", "SCRN": "scrn", "skip RNN": "skiprnn", "sLSTM": "slstm",
    "spatio-temporal LSTM": "stlstm predrnn", "SRU": "sru srupp sru++", "STAR": "star",
    "stack LSTM": "stacklstm", "tau-GRU": "taugru", "TCN": "tcn",
    "time-aware LSTM": "tlstm timelstm timeawarelstm", "TrajGRU": "trajgru",
    "tree LSTM": "treelstm", "UGRNN": "ugrnn", "UnICORNN": "unicornn",
    "unitary RNN": "urnn eurnn unitaryrnn", "UR-LSTM": "urlstm", "xLSTM": "xlstm",
}  # fmt: skip
"""Cells of the literature that are not here, each with the words for it: no typo of one here."""
ABSENT: Mapping[str, str] = {word: title for title, words in _OTHERS.items()
                             for word in words.split()}  # fmt: skip
"""What each of these words means, written as `_plain` has it."""

_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_LONG = 8
"""Letters of a word in which any one of them, mistaken, is a typo."""


def one_way(word: str) -> tuple[str, bool]:
    """A cell's word without its `bi`, its module and its `Cell`, and whether it had a `bi`.

    >>> one_way("BiLSTM"), one_way("cudnn-gru"), one_way("torch.nn.LSTMCell")
    (('lstm', True), ('cudnn_gru', False), ('lstm', False))
    """
    word = word.strip().lower().replace("-", "_").replace(" ", "_").rpartition(".")[2]
    word = re.sub(r"(?<=[a-z])_?cell$", "", word)
    for both in ("bi", "b"):
        one = word.removeprefix(both).lstrip("_")
        if word.startswith("bi") or (word != one and one in ("lstm", "gru", "rnn")):
            return one, True
    return word, False


def check_projection(word: str, projected: bool, remedy: str) -> None:
    """Raise where the word asks for a projection, and none is given.

    Raises:
        ConfigurationError: it does.
    """
    if one_way(word)[0] == PROJECTED and not projected:
        why = "it is the LSTM with a projection, and no projection is given"
        raise ConfigurationError(f"cell {word}", why, remedy)


def unknown_cell(name: object, cells: Collection[str], kind: str = "cell") -> UnknownNameError:
    """What is wrong with a name that none of these cells has.

    A typo has its suggestion. A cell that exists and is not here has other equations and other
    counts than any that is: no other is suggested for it.

    >>> print(unknown_cell("lsmt", ["gru", "lstm"]))
    cell 'lsmt': not known; did you mean 'lstm'?
    >>> print(unknown_cell("SRU", ["gru", "lstm"]))
    cell 'SRU': SRU is not here yet; there are gru, lstm
    """
    word, both = one_way(name) if isinstance(name, str) else ("", False)
    remedy, why = f"there are {', '.join(cells)}", "not known"
    if (title := ABSENT.get(_plain(word))) is not None:
        why = f"{title} is not here yet"
    elif (meant := _meant(word, cells)) is not None:
        remedy = f"did you mean {'bi' * both + meant!r}?"
    return UnknownNameError(kind, name, (), remedy, why)


def is_near(name: str, cells: Collection[str]) -> bool:
    """Whether a name is a typo of one of these cells, or that of a real cell that is not here."""
    word, _ = one_way(name)
    return _plain(word) in ABSENT or _meant(word, cells) is not None


def _plain(word: str) -> str:
    """A cell's word without what separates its parts, and without `cell` or a number of axes."""
    word = re.sub(r"[^a-z0-9+]", "", word)
    return re.sub(r"(cell|layer|block|[123]d)+$", "", word)


def _meant(word: str, cells: Iterable[str]) -> str | None:
    """The first name of a cell that a word is a typo of."""
    names = (name for name in (*cells, *SYNONYMS) if name != PROJECTED)
    return next((name for name in names if word == name or is_typo(word, name)), None)


def is_typo(word: str, name: str) -> bool:
    """Whether a word is a name mistyped: one letter doubled, dropped, swapped, or the key beside.

    A letter more at either end, or another one at the beginning, makes another cell's name:
    `mlstm`, `sru`, `lstmn`.

    >>> [is_typo(word, "lstm") for word in ("lsmt", "lsstm", "lst", "lstn")]
    [True, True, True, True]
    >>> [is_typo(word, "lstm") for word in ("mlstm", "lstmp", "kstm", "lsta")]
    [False, False, False, False]
    """
    places = range(1, max(len(word), len(name)))
    doubled = any(
        word[i : i + 1] == word[i - 1 : i] and word[:i] + word[i + 1 :] == name for i in places
    )
    dropped = any(name[:i] + name[i + 1 :] == word for i in places if i < len(name))
    swapped = any(_swapped(name, i) == word for i in places)
    return word != name and (doubled or dropped or swapped or _one_off(word, name))


def _swapped(name: str, i: int) -> str:
    return name[: i - 1] + name[i - 1 : i + 1][::-1] + name[i + 1 :]


def _one_off(word: str, name: str) -> bool:
    """Whether one letter is another one, not the first: the key beside, or any in a long name."""
    apart = [pair for pair in zip(word, name, strict=False) if pair[0] != pair[1]]
    if len(word) != len(name) or len(apart) != 1 or word[0] != name[0]:
        return False
    pair = "".join(*apart)
    return len(name) >= _LONG or any(pair in row or pair[::-1] in row for row in _KEYS)
