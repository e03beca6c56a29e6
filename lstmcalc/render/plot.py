"""Pictures for a slide, drawn by matplotlib (the extra `plot`)."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lstmcalc.errors import FileError
from lstmcalc.printable import printable
from lstmcalc.reach import LOST, Reach
from lstmcalc.render.pages.reach import LOWEST, pace
from lstmcalc.save import write_whole
from lstmcalc.walk import Walk, histories

DPI = 200
INCHES = (10.0, 5.6)
MOST_PANELS = 60
MOST_INSIDE = 6
"""Curves whose legend still fits into the picture; of more it stands beside."""
MAP = "cividis"
"""Grows lighter all the way, to any eye, and in grey."""


def draw(subject: Walk | Reach) -> Figure:
    """The picture of a walk or a reach."""
    return draw_walk(subject) if isinstance(subject, Walk) else draw_reach(subject)


def draw_reach(reach: Reach) -> Figure:
    """Every curve over the steps back, on a logarithmic axis."""
    figure = Figure(INCHES, layout="constrained")
    axes = figure.subplots()
    styles = ("-", "--", "-.", ":")
    for index, curve in enumerate(reach.curves):
        norms = np.array(curve.norms)
        axes.semilogy(
            np.where((norms >= LOWEST) & np.isfinite(norms), norms, np.nan),
            styles[index % len(styles)],
            label=escape(f"{curve.label}: {pace(curve)}"),
        )
    axes.axhline(LOST, color="grey", linewidth=0.8)
    axes.annotate("lost in float32", (1, LOST), (0, 3), textcoords="offset points", fontsize=9)
    axes.set(
        xlabel="steps back",
        ylabel="‖∂L/∂(h, c)‖, relative to the last step's",
        title=f"How far the gradient reaches: {reach.seq_len} steps, seed {reach.seed}",
        xlim=(0, reach.seq_len - 1),
    )
    axes.grid(alpha=0.3)
    if len(reach.curves) > MOST_INSIDE:
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), fontsize=8)
    else:
        axes.legend()
    if any(0 < norm < LOWEST for curve in reach.curves for norm in curve.norms):
        axes.set_xlabel(f"steps back (cut off below {LOWEST:.0e})")
    return figure


def draw_walk(walk: Walk) -> Figure:
    """Every gate and state over time, a unit a row, in each layer and direction."""
    drawn = {place: histories(walk, place) for place in walk.steps}
    across, down = max(map(len, drawn.values())), len(drawn)
    if across * down > MOST_PANELS:
        why = f"it would have {across * down} panels, and a picture holds {MOST_PANELS}"
        raise FileError("picture", why, "draw fewer layers")
    figure = Figure((2.5 * across, 2.6 * down + 0.8), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    for row, (place, tracks) in enumerate(drawn.items()):
        for axes, (name, low, high, history) in zip(grid[row], tracks, strict=False):
            axes.axis("on")
            values = history.T
            ends = (0.5, walk.seq_len + 0.5, len(values) - 0.5, -0.5)
            image = axes.imshow(
                values, MAP, aspect="auto", vmin=low, vmax=high, extent=ends, interpolation="none"
            )
            figure.colorbar(image, ax=axes, fraction=0.05)
            axes.set_title(escape(f"{name}(t)"), fontsize=10)
            axes.set_xlabel("t", fontsize=9)
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
        direction = " reverse" if place[1] else ""
        grid[row][0].set_ylabel(f"layer {place[0]}{direction}: unit", fontsize=9)
    cells = " and ".join(dict.fromkeys(layer.cell.title for layer in walk.network.layers))
    title = f"{cells}: {walk.seq_len} steps; {walk.source}"
    figure.suptitle(escape(title), fontsize=10)
    return figure


def escape(text: str) -> str:
    r"""The text in one line, without what matplotlib would set as mathematics.

    >>> print(escape("model$1$.npz"))
    model\$1\$.npz
    """
    return printable(text).replace("$", r"\$")


def save(figure: Figure, path: Path, replace: bool = False) -> None:
    """Write the picture, whole or not at all.

    Raises:
        NotWrittenError: it cannot be written.
    """
    drawn = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph", UserWarning)  # it draws a box, which says so
        figure.savefig(drawn, format=path.suffix[1:].lower(), dpi=DPI)
    write_whole(path, drawn.getvalue(), replace)
