"""A sequence to run a network on, from a file of numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lstmcalc.arguments import check_arguments
from lstmcalc.errors import FileError, plain
from lstmcalc.files.bounds import check_bytes, read_array, reading
from lstmcalc.given import as_network
from lstmcalc.network import Network

if TYPE_CHECKING:
    from torch import nn

SEPARATORS = (",", ";", "\t")
BATCHED = 3


@check_arguments()
def read_sequence(path: str | Path, network: Network | nn.Module) -> np.ndarray:
    """x of one sequence from a .npy or .csv file: [T, I], or [T] tokens with an embedding.

    In a .csv each line is a step; a first line of words is passed over.

    Args:
        path: the file.
        network: what reads it; or a module of torch, which says it.

    Raises:
        FileError: the file cannot be read as numbers.
    """
    network = as_network(network)
    if not isinstance(path, str | Path):
        raise FileError(f"{plain(path)} as a sequence", "it is no name of a file")
    path = Path(path)
    with reading(path):
        if path.suffix.lower() == ".npy":
            with path.open("rb") as stream:
                found = read_array(path, stream, path.stat().st_size)
        elif path.suffix.lower() in (".csv", ".tsv", ".txt"):
            found = _read_text(path)
        else:
            raise FileError(f"file {path}", "its ending tells no kind; known are .npy and .csv")
        found = _one_sequence(path, found)
    if network.vocab_size is not None and found.ndim > 1 and 1 in found.shape:
        found = found.ravel()
    if network.vocab_size is None and network.input_size == 1 and found.ndim == 1:
        found = found[:, None]
    return found


def _one_sequence(path: Path, found: np.ndarray) -> np.ndarray:
    """The array without its batch of one.

    Raises:
        FileError: it is no sequence of numbers.
    """
    if found.dtype.kind not in "fiub":
        raise FileError(f"file {path}", f"it holds {found.dtype}, and no numbers")
    if not found.size or not 1 <= found.ndim <= BATCHED:
        raise FileError(f"file {path}", f"an array of shape {found.shape} is no sequence")
    if found.ndim == BATCHED and 1 in found.shape[:2]:
        return found.reshape(-1, found.shape[-1])
    return found


def _read_text(path: Path) -> np.ndarray:
    check_bytes(path, 10 * path.stat().st_size)
    lines = [line for line in path.read_text("utf-8-sig").splitlines() if line.strip()]
    if not lines:
        raise FileError(f"file {path}", "it is empty")
    separator = next((mark for mark in SEPARATORS if mark in lines[0]), None)
    words = not any(map(_is_number, lines[0].split(separator)))
    rows = lines[1:] if words else lines
    if not rows:
        raise FileError(f"file {path}", "it has a line of words and no numbers")
    return np.loadtxt(rows, delimiter=separator, ndmin=2, comments=None, quotechar='"')


def _is_number(word: str) -> bool:
    try:
        float(word.strip().strip('"'))
    except ValueError:
        return False
    return True
