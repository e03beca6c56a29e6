"""Files from outside: read without running anything from them, within bounds of memory."""

from lstmcalc.files.sequence import read_sequence
from lstmcalc.files.weights import read_weights

__all__ = ["read_sequence", "read_weights"]
