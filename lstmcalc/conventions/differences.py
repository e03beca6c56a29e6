"""Where a framework's cell is stored or run otherwise than its plain equations, in words."""

from __future__ import annotations

from lstmcalc.conventions.layout import Layout


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
