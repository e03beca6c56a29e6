"""A network in words, as every page begins."""

from __future__ import annotations

from lstmcalc.network import HEAD_WORDS, Network


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
