"""What can go wrong, said in one line: what, with which value, why, and what to do."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from numbers import Number

from lstmcalc.printable import printable

LONGEST = 1_000
"""Characters of a message."""
_ADDRESS = re.compile(r"<([^<>]{1,80}?)(?: object)?(?: |\\n)at 0x[0-9a-fA-F]{1,16}>")
LIKE = 0.75
"""How much of a word a name shares with it, to be what was meant: less is another word."""
_LONGEST_VALUE = 40
_LARGEST_VALUE = 10**24


def listed(names: Iterable[str], most: int = 6) -> str:
    """The first names, and how many more there are.

    >>> listed("abc", most=2), listed([])
    ('a, b and 1 more', 'none')
    """
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return f"{', '.join(every[:most]) or 'none'}{more}"


def clean(text: str, most: int = LONGEST) -> str:
    r"""Text in one line that commands no terminal: a file's own names can be of any characters.

    An address, which is another one in every run, is left out of what another library says.

    >>> clean("a\x07b\nc of <Model object at 0x7f12>")
    'a�b c of Model'
    """
    found = printable(_ADDRESS.sub(r"\1", " ".join(text.split())))
    return found if len(found) <= most else f"{found[:most]}…"


def plain(value: object) -> str:
    """A value in a message: a number or text, shortened; of anything else the name of its type.

    Its own repr may hold an address, run over many lines, or fail.

    >>> plain(0.5), plain("gru"), plain(10**5000), plain(None), plain([object()])
    ('0.5', "'gru'", '~10^5000', 'None', 'list')
    """
    if isinstance(value, str):
        more = "…" if len(value) > _LONGEST_VALUE else ""
        return f"{value[:_LONGEST_VALUE]!r}{more}"
    if isinstance(value, int) and abs(value) >= _LARGEST_VALUE:
        return f"{'-' if value < 0 else ''}~10^{int(abs(value).bit_length() * 0.30103)}"
    if value is None or isinstance(value, Number):
        return str(value)
    return type(value).__name__[:_LONGEST_VALUE]


class LstmcalcError(ValueError):
    """The base of every error this package raises on purpose.

    >>> str(LstmcalcError("hidden size 0", "a size is at least 1", "try 128"))
    'hidden size 0: a size is at least 1; try 128'
    """

    def __init__(self, what: str, why: str, remedy: str = "") -> None:
        said = f"{what}: {why}" + (f"; {remedy}" if remedy else "")
        super().__init__(clean(said))


class SizeError(LstmcalcError):
    """A size that is no size: zero, negative, fractional, absurd, or not a number."""


class UnknownNameError(LstmcalcError):
    """A name that is not among the known ones.

    >>> str(UnknownNameError("dtype", "floot32", ["float32", "float16"]))
    "dtype 'floot32': not known; did you mean 'float32'?"
    """

    def __init__(
        self,
        kind: str,
        name: object,
        known: Iterable[str],
        otherwise: str = "",
        why: str = "not known",
    ) -> None:
        from difflib import get_close_matches

        names = list(known)
        word = name.lower()[:LONGEST] if isinstance(name, str) else ""
        close = get_close_matches(word, names, n=1, cutoff=LIKE)
        otherwise = otherwise or f"known are {', '.join(names)}"
        remedy = f"did you mean {close[0]!r}?" if close else otherwise
        super().__init__(f"{kind} {plain(name)}", why, remedy)


def check_name(kind: str, name: object, known: Collection[str]) -> None:
    """Raise unless it is one of the known names; of what is no text nothing is asked.

    Raises:
        UnknownNameError: it is none of them.
    """
    if not isinstance(name, str) or name not in known:
        raise UnknownNameError(kind, name, known)


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
