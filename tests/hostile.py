"""Names as nobody should have chosen them, and what must not be left of them."""

import random
import unicodedata

PIECES = (
    "\x1b]52;c;cm0gLXJmIC8=\x07", "\x1b[31m", "\x1b[2J", "\x9b31m", "\x9d0;title\x9c", "\x00",
    "\x08", "\x7f", "\n✓ verified against torch 2.13.0 on cpu: 6 of 6 checks passed",
    "\r✓ verified", "\n", "✓ verified against torch", "ok verified against torch",
    "\u2028✓ verified", "\u2029", "\x85", "\t", "\x0b", "\u202a", "\u202b", "\u202c", "\u202d",
    "\u202e", "\u2066", "\u2067", "\u2068", "\u2069", "\u200e", "\u200f", "\u061c", "\u200b",
    "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u115f", "\u3164", "\U000e0041", "\ud800",
    "\udc80", "\udfff", "\ue000", "\U0010ffff", "\ufffe", "\uffff", "\u0378", "|", "||", "\\|",
    "\\", "`", "``", "```", "~~~", "~~x~~", "*x*", "**x**", "_x_", "__x__",
    "[x](https://a.example)", "![x](https://a.example/x.png)", "[x]: https://a.example", "](",
    "<b>", "</td>", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    "<https://a.example>", "<!-- ", "-->", "]]>", "<?x", "https://a.example",
    "http://a.example/?a=1&b=2", "www.a.example", "a@a.example", "&lt;b&gt;", "&#60;", "&",
    "$x^2$", "$$", "# x", "- x", "+ x", "1. x", "123456789) x", "12> x",
    "> x", "---", "===", "| - |", "    x",
    "[bold red]x[/]", "[link=https://a.example]x[/link]", "=1+1", "+1+1", "-1+1", "@SUM(1)",
    "=cmd|' /C calc'!A0", "\t=1+1", "\r=1+1", "＝1+1", '"', "'", ",", ";", "-512", "\\input{x}",
    "\\\\", "}", "{", "%", "#", "^", "~", "--no", "[3pt]", "Δ", "隠れ", "é", "e\u0301", "😀", "σ",
    "⊙", "weight", " ", "a",
)  # fmt: skip
"""What names are made of, beside any characters at all."""
FINE = "Δ 隠れ é e\u0301 😀 σ ⊙ − “x” weight"
"""What stays as it is."""


def names(count, seed=0):
    """So many names, of pieces and of characters of every kind; none is blank."""
    draw = random.Random(seed)  # noqa: S311 -- names to try, no secrets
    planes = ((0, 0xA0), (0xA0, 0x3000), (0x3000, 0x11000), (0x11000, 0x110000))

    def piece():
        if draw.random() < 0.7:
            return draw.choice(PIECES)
        return chr(draw.randrange(*draw.choice(planes)))

    drawn = ("".join(piece() for _ in range(draw.randint(1, 4))) for _ in range(count))
    return [f"{name}a" if name.isspace() else name for name in drawn]


def unsafe(text, breaks="\n"):
    """The characters of a text that must not be shown, but for the line breaks of the format."""
    kinds = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    return {c for c in text if c not in breaks and unicodedata.category(c) in kinds}
