"""Text in an encoding that lacks characters: each missing one in an ASCII form, never as `?`."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from unicodedata import name as name_of

HANDLER = "lstmcalc"
"""The error handler of `str.encode` and of streams that writes ASCII forms."""

FORMS: Mapping[str, str] = {
    "−": "-", "–": "-", "—": "-", "…": "...", "‘": "'", "’": "'", "“": '"', "”": '"',
    "‹": "<", "›": ">", "·": "*", "×": "x", "÷": "/", "±": "+-", "²": "^2", "½": "1/2", "√": "sqrt",
    "≠": "!=", "≤": "<=", "≥": ">=", "‖": "||", "⊙": ".*", "⊗": ".*", "⊕": "+",
    "Σ": "sum", "∂": "d", "δ": "delta_", "ᵀ": "^T",
    "→": "->", "←": "<-", "↑": "^", "↓": "v", "►": ">", "▶": ">", "◄": "<", "▲": "^", "▼": "v",
    "✓": "ok", "✗": "x", "◐": "~", "○": "o", "◌": "o", "●": "o", "■": "#", "\ufffd": "_",
    "▁": "_", "▂": ".", "▃": ":", "▄": "-", "▅": "=", "▆": "+", "▇": "*", "█": "#", "▀": '"',
    "▏": ".", "▎": ".", "▍": ":", "▌": ":", "▋": ":", "▊": "+", "▉": "+",
}  # fmt: skip
"""Of single characters; box drawing, braille and Greek letters follow from their names."""
_UPPER_DOTS, _BRAILLE = 0x1B, range(0x2801, 0x2900)
"""Of a braille character: its first two rows."""


def encodable(text: str, encoding: str) -> str:
    """The text with an ASCII form for each character that the encoding lacks.

    >>> encodable("−512 → σ(x) ⊙ é", "ascii"), encodable("−512 → σ(x) ⊙ é", "cp437")
    ('-512 -> sigma(x) .* \\\\xe9', '-512 -> σ(x) .* é')
    """
    return text if text.isascii() else text.encode(encoding, HANDLER).decode(encoding)


def encodable_drawing(line: str, encoding: str) -> str:
    """The same for a line whose characters must keep their places.

    A word takes the spaces beside its character; any other form is cut to one character.

    >>> encodable_drawing("│  σ  │ → │σ→│", "ascii")
    '|sigma| > |s>|'
    """
    if encodable(line, encoding) == line:
        return line
    placed = ""
    for place, character in enumerate(line):
        if place < len(placed):
            continue  # a space that a longer form has taken
        form = encodable(character, encoding)
        more = len(form) - 1
        rest = line[place + 1 :]
        before, after = len(placed) - len(placed.rstrip(" ")), len(rest) - len(rest.lstrip(" "))
        if more > before + after or not form.isalpha():
            form, more = next((c for c in form if c in "<>2"), form[0]), 0
        left = max(min(before, more // 2), more - after)
        placed = placed[: len(placed) - left] + form
    return placed


def form_of(character: str) -> str:
    """The ASCII form of a character; of one without a form its number, as Python writes it."""
    if character in FORMS:
        return FORMS[character]
    if ord(character) in _BRAILLE:
        dots = ord(character) - _BRAILLE.start + 1
        return "'" if not dots & ~_UPPER_DOTS else ":" if dots & _UPPER_DOTS else "."
    name = name_of(character, "")
    if name.startswith("BOX DRAWINGS"):
        return _line(set(name.split()))
    if re.fullmatch("GREEK (SMALL|CAPITAL) LETTER [A-Z]+", name):
        letter = name.split()[-1]
        return letter.lower() if "SMALL" in name else letter.capitalize()
    return character.encode("ascii", "backslashreplace").decode()


def _line(words: set[str]) -> str:
    """A piece of a line or a frame, by the words of its name."""
    if words & {"VERTICAL", "UP", "DOWN"}:
        return "+" if words & {"HORIZONTAL", "LEFT", "RIGHT"} else "|"
    return "=" if words & {"HEAVY", "DOUBLE"} else "-"


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(form_of, error.object[error.start : error.end])), error.end


codecs.register_error(HANDLER, _replace)
