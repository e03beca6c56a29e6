"""A network in words, as every page begins; and its own page."""

from __future__ import annotations

from typing import Any

from lstmcalc.conventions.biases import BIAS_NAMES
from lstmcalc.errors import LstmcalcError, clean, listed
from lstmcalc.network import HEAD_WORDS, Layer, Network
from lstmcalc.render.documents import layer_data, network_data
from lstmcalc.render.page import Page
from lstmcalc.render.table import Cell, Table
from lstmcalc.sizes import Size, is_array, is_symbol
from lstmcalc.totals import count_parameters

MOST_SIZES = 4
"""Of an array, in a cell of a table."""
LONGEST = 60


def network_words(network: Network) -> tuple[str, str]:
    """Which size is which, in words; and what else there is."""
    first = network.layers[0]
    hidden = f"size {first.hidden_size}"
    if not network.uniform:
        hidden = "sizes " + ", ".join(str(layer.hidden_size) for layer in network.layers)
    what = "length of a word's vector" if network.vocab_size else "features of x at each step"
    titles = " and ".join(dict.fromkeys(layer.cell.title for layer in network.layers))
    sizes = f"{titles} with hidden {hidden} (units) and input size {network.input_size} ({what})"
    parts = [plural(len(network.layers), "layer")]
    ways = {layer.directions for layer in network.layers}
    if ways != {1}:
        parts.append("two directions" if ways == {2} else "some in two directions")
    projections = dict.fromkeys(layer.proj_size for layer in network.layers)
    if any(projections):
        sizes_of_h = ", ".join(f"{size:,}" if size else "none" for size in projections)
        parts.append(f"h projected to {sizes_of_h}")
    if network.vocab_size is not None:
        parts.append(f"embedding of {network.vocab_size:,} words")
    if network.num_classes is not None:
        tied = ", tied to the embedding" if network.tie_weights else ""
        classes = plural(network.num_classes, "class", "es")
        parts.append(f"head of {classes} on {HEAD_WORDS[network.head_on]}{tied}")
    return sizes, ", ".join(parts)


def plural(count: int, word: str, ending: str = "s") -> str:
    """`1 layer`, `2 layers`."""
    return f"{count:,} {word}{ending if count != 1 else ''}"


def page(network: Network) -> Page:
    """All there is to show of a network of any kind of sizes."""
    counted = all(isinstance(size, int) for size in network.sizes)
    cells = " and ".join(dict.fromkeys(layer.cell.title for layer in network.layers))
    title, detail = (
        network_words(network) if counted else (cells, "sizes that are arrays or symbols")
    )
    total, why = _total(network)
    return Page(
        title,
        detail,
        why or f"{_size(total)} parameters",
        (_parts(network),),
        lambda: {
            "schema": "lstmcalc.network",
            "network": _plain(network_data(network)),
            "batch_first": network.batch_first,
            "dtype": network.dtype,
            "parameters": _plain(total),
        },
    )


def layer_page(layer: Layer) -> Page:
    """A layer by itself, which does not know what it reads."""
    sizes: dict[str, Size] = {"hidden": layer.hidden_size, "output": layer.output_size}
    if layer.proj_size is not None:
        sizes["projection"] = layer.proj_size
    rows = tuple((name, _cell(size)) for name, size in sizes.items())
    return Page(
        f"{layer.cell.title} layer",
        "two directions" if layer.bidirectional else "one direction",
        BIAS_NAMES[layer.bias],
        (Table("Sizes", ("size", "units"), rows),),
        lambda: _plain({"schema": "lstmcalc.layer", **layer_data(layer)}),
    )


def _total(network: Network) -> tuple[Size | None, str]:
    """The parameters, or why they cannot be counted: arrays may be too narrow for them."""
    try:
        return count_parameters(network), ""
    except LstmcalcError as error:
        return None, str(error)


def _parts(network: Network) -> Table:
    """What the network is made of, layers that are alike in one row."""
    rows: list[tuple[Cell, ...]] = []
    if network.vocab_size is not None:
        words, length = _cell(network.vocab_size), _cell(network.input_size)
        rows.append(("embedding", "", words, None, length, ""))
    index = 0
    for layer, reads, times in network.groups:
        last = f"–{index + times - 1}" if times > 1 else ""
        ways = ", two directions" if layer.bidirectional else ""
        sizes = (_cell(reads), _cell(layer.hidden_size), _cell(layer.output_size))
        what = f"{layer.cell.title}{ways}"
        rows.append((f"layer {index}{last}", what, *sizes, BIAS_NAMES[layer.bias]))
        index += times
    if network.num_classes is not None:
        what = "tied" if network.tie_weights else ""
        output, classes = _cell(network.output_size), _cell(network.num_classes)
        rows.append(("head", what, output, None, classes, "one bias"))
    columns = ("part", "cell", "reads", "hidden", "puts out", "biases")
    return Table("Parts", columns, tuple(rows))


def _cell(size: Size) -> Cell:
    return size if isinstance(size, int) else _size(size)


def _size(size: Size) -> str:
    """A size in one line: a number, some of an array, or a formula."""
    if isinstance(size, int):
        return f"{size:,}"
    if is_array(size):
        return listed((f"{number:,}" for number in size.ravel().tolist()), MOST_SIZES)
    return clean(str(size), LONGEST)


def _plain(value: Any) -> Any:
    """The data with lists for arrays, and text for symbols."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if is_array(value):
        return value.tolist()
    return str(value) if is_symbol(value) else value
