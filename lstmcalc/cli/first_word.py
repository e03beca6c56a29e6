"""What a word in the place of a size is meant as, where it is none: a command, a cell, a file."""

from __future__ import annotations

import re

from lstmcalc.cell_names import is_near, unknown_cell
from lstmcalc.cells import CELLS
from lstmcalc.commands.known import COMMANDS, TUTORIAL
from lstmcalc.commands.values import read_cell
from lstmcalc.commands.words import FILE
from lstmcalc.errors import LIKE, ConfigurationError, FileError, UnknownNameError

NAMES = (*COMMANDS, TUTORIAL)
INSTEAD = {
    "help": "see lstmcalc --help",
    "version": "see lstmcalc --version",
    "verify": "every answer is verified by itself: leave the word out",
}
"""What to write for words that are expected to be commands."""
_SIZE = re.compile(r"[\s(\[+.-]*\d")
_ENDING = re.compile(r"(?<!\d)\.[a-z]\w+$|\.[a-df-z]\w+$", re.IGNORECASE)  # 1.e5 is a number


def check_first_word(word: str) -> None:
    """Raise where the first word is no size and no cell.

    Raises:
        LstmcalcError: it is a file's name, or a cell or a command that there is not.
    """
    if read_cell(word)[1]:
        return  # a cell, whatever files there are
    check_file(word)
    if not word[:1].isalpha():
        return
    if word.lower() in NAMES:
        remedy = f"as in: lstmcalc {word.lower()} …"
        raise ConfigurationError(f"command {word!r}", "a command is the first word", remedy)
    if is_near(word, CELLS):
        raise unknown_cell(word, CELLS)
    from difflib import get_close_matches

    close = get_close_matches(word.lower(), NAMES, n=1, cutoff=LIKE)
    remedy = f"did you mean {close[0]!r}?" if close else f"commands are {', '.join(NAMES)}"
    remedy = INSTEAD.get(word.lower(), remedy)
    raise UnknownNameError("command", word, (), remedy, "there is no command of that name")


def check_file(word: str) -> None:
    """Raise where a word in the place of a size is a file's name.

    Raises:
        FileError: it is; the message says which commands read files, and of which endings.
    """
    written = _ENDING.search(word) or (re.search(r"[/\\]", word) and not _SIZE.match(word))
    if written or (word[:1].isalpha() and _is_file(word)):
        from lstmcalc.files.tensors import KINDS

        there = "it is a file's name, and there is no such file"
        what = "it is a file" if _is_file(word) else there
        why = f"{what}; a size is expected here"
        readers = f"{' and '.join(_readers())} read files that end in {' or '.join(KINDS)}"
        raise FileError(word, why, readers)


def _is_file(word: str) -> bool:
    from pathlib import Path

    try:
        return Path(word).is_file()
    except (OSError, ValueError):  # too long for a name, or no name at all
        return False


def _readers() -> list[str]:
    """The commands that read a file of weights, as they are written."""
    calls = []
    for command in COMMANDS.values():
        if FILE in (taken.name for taken in command.takes):
            calls.append(f"{command.call} FILE")
        elif "weights" in (option.name for option in command.options):
            calls.append(f"{command.call} … --weights FILE")
    return calls
