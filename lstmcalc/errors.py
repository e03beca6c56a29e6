"""What can go wrong, said in one line: what, with which value, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST = 1_000
"""Characters of a message: a file's own names can be of any length, and hold any character."""


def listed(names: Iterable[str], most: int = 6) -> str:
    """The first names, and how many more there are.

    >>> listed("abc", most=2), listed([])
    ('a, b and 1 more', 'none')
    """
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return f"{', '.join(every[:most]) or 'none'}{more}"


class LstmcalcError(ValueError):
    """The base of every error this package raises on purpose.

    >>> str(LstmcalcError("hidden size 0", "a size is at least 1", "try 128"))
    'hidden size 0: a size is at least 1; try 128'
    """

    def __init__(self, what: str, why: str, remedy: str = "") -> None:
        said = f"{what}: {why}" + (f"; {remedy}" if remedy else "")
        told = "".join(c if c.isprintable() else "�" for c in " ".join(said.split()))
        super().__init__(told if len(told) <= LONGEST else f"{told[:LONGEST]}…")


class SizeError(LstmcalcError):
    """A size that is no size: zero, negative, fractional, absurd, or not a number."""


class UnknownNameError(LstmcalcError):
    """A name that is not among the known ones.

    >>> str(UnknownNameError("cell", "lsmt", ["lstm", "gru"]))
    "cell 'lsmt': not known; did you mean 'lstm'?"
    """

    def __init__(self, kind: str, name: str, known: Iterable[str], otherwise: str = "") -> None:
        from difflib import get_close_matches

        names = list(known)
        close = get_close_matches(name.lower(), names, n=1, cutoff=0.6)
        otherwise = otherwise or f"known are {', '.join(names)}"
        remedy = f"did you mean {close[0]!r}?" if close else otherwise
        super().__init__(f"{kind} {name!r}", "not known", remedy)


class ConfigurationError(LstmcalcError):
    """Choices that are each possible, but not together."""


class EquationError(LstmcalcError):
    """A cell's equations that cannot be traced, or an operation without a meaning."""


class CountOverflowError(LstmcalcError, OverflowError):
    """A count that does not fit the integer type of the array it was asked for in."""


class FileError(LstmcalcError):
    """A file that cannot be read as what it is meant to be, or must not be replaced."""


class NotWrittenError(LstmcalcError):
    """A file that could not be written."""


class UnsupportedError(LstmcalcError):
    """What a framework cannot build or run, and why."""
