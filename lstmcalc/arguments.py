"""A call with an argument that the function does not have: one line that says which it has."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import ParamSpec, TypeVar

from lstmcalc.errors import LIKE, LstmcalcError, plain

Arguments = ParamSpec("Arguments")
Returned = TypeVar("Returned")
NOWHERE: Mapping[str, str] = {}


class ArgumentError(LstmcalcError, TypeError):
    """An argument by a name that the function does not take; a TypeError, as Python's own is."""


def check_arguments(
    elsewhere: Mapping[str, str] = NOWHERE,
) -> Callable[[Callable[Arguments, Returned]], Callable[Arguments, Returned]]:
    """Refuse an argument by an unknown name with the nearest one; signature and help stay.

    Args:
        elsewhere: what to do instead, for names of arguments that other functions have; `{}` is
            the value that was given.

    >>> @check_arguments({"cell": "use build_network(…, cell={})"})
    ... def lstm(input_size, batch_first=False): ...
    >>> lstm(28, batchfirst=True)
    Traceback (most recent call last):
    lstmcalc.arguments.ArgumentError: argument batchfirst of lstm: it has none of that name; did you mean batch_first?
    >>> lstm(28, cell="gru")
    Traceback (most recent call last):
    lstmcalc.arguments.ArgumentError: argument cell of lstm: it has none of that name; use build_network(…, cell='gru')
    """  # noqa: E501 -- a message is one line

    def check(function: Callable[Arguments, Returned]) -> Callable[Arguments, Returned]:
        takes = tuple(inspect.signature(function).parameters)

        @wraps(function)
        def call(*args: Arguments.args, **named: Arguments.kwargs) -> Returned:
            for name, value in named.items():
                if name in takes:
                    continue
                from difflib import get_close_matches

                close = get_close_matches(name.lower(), takes, n=1, cutoff=LIKE)
                remedy = f"did you mean {close[0]}?" if close else f"it has {', '.join(takes)}"
                remedy = elsewhere.get(name, remedy).format(plain(value))
                what = f"argument {name} of {function.__name__}"
                raise ArgumentError(what, "it has none of that name", remedy)
            return function(*args, **named)

        return call

    return check


def silent(_: str) -> None:
    """Where nobody wants to hear what is being done."""
