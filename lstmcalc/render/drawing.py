"""A drawing of the matrix over the concatenation [h, x], as textbooks show it."""

from __future__ import annotations

from lstmcalc.report import LayerReport

BOX = 10
"""Characters across one gate's box."""


def draw_matrix(layer: LayerReport) -> list[str]:
    """The gates side by side, h above x, with the sizes at the edges.

    Nothing for a cell that has no such matrix.

    >>> from lstmcalc import RNN
    >>> from lstmcalc.report import calculate
    >>> print(*draw_matrix(calculate(RNN(28, 128)).layers[0]), sep="\\n")
             h
        ┌──────────┐
      h │   W_hh   │ 128
        ├──────────┤
      x │   W_xh   │ 28
        └──────────┘
            128
    """
    gates, whole = layer.gates, layer.all_gates.textbook_shape
    if whole is None:
        return []
    read, width = whole[0] - layer.input_size, layer.input_size

    def line(left: str, middle: str, right: str) -> str:
        return f"    {left}{middle.join(['─' * BOX] * len(gates))}{right}"

    def boxes(name: str, size: int) -> str:
        cells = "│".join(f"W_{name}{gate.letter}".center(BOX) for gate in gates)
        return f"{name:>3} │{cells}│ {size}"

    def labels(texts: list[str]) -> str:
        return " " * 5 + " ".join(text.center(BOX) for text in texts)

    drawn = [
        labels([gate.letter for gate in gates]),
        line("┌", "┬", "┐"),
        boxes("h", read),
        line("├", "┼", "┤"),
        boxes("x", width),
        line("└", "┴", "┘"),
        labels([str(layer.hidden_size) for _ in gates]),
    ]
    return [text.rstrip() for text in drawn]
