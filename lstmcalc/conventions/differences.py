"""Where a framework's cell is stored or run otherwise than its plain equations, in words."""

from __future__ import annotations

from lstmcalc.conventions.layout import Convention, Layout


def differences(layout: Layout) -> list[str]:
    """What somebody who carries weights over must know.

    >>> from lstmcalc.conventions.libraries import TF1
    >>> differences(TF1.layouts["lstm"])[0]
    'it adds 1 to the forget gate when it runs: b_f is stored without'
    """
    found = []
    if layout.forget_bias:
        found.append(
            f"it adds {layout.forget_bias:g} to the forget gate when it runs: b_f is stored without"
        )
    if layout.negated:
        found.append(f"{layout.negated} is stored with the other sign: it writes 1 - z for z")
    return found + [layout.note] * bool(layout.note)


def untold(convention: Convention, cell: str, directions: int) -> str:
    """The options that a framework's tensors do not tell, and what they are taken for.

    >>> from lstmcalc.conventions.libraries import TORCH, TF1
    >>> untold(TF1, "gru_reset_before", 1)
    'its options are not in the tensors; taken are activation=tanh'
    >>> untold(TORCH, "lstm", 2)
    ''
    """
    choices = [
        choice
        for choice in (*convention.layout(cell).choices, *convention.choices)
        if choice.directions in (0, directions)
    ]
    taken = ", ".join(
        f"{choice.option}={choice.value}{f' ({choice.note})' if choice.note else ''}"
        for choice in choices
    )
    return f"its options are not in the tensors; taken are {taken}" if choices else ""
