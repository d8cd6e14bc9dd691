r"""A derivation as LaTeX that amsmath alone can set: ``\frac{\partial g}{\partial h}``.

The texts of a derivation are written in the signs of mathematics; `typeset` puts each sign into
its LaTeX. May import: derivation.model, derivation.parts.   Imported by: the room's face.
"""

from __future__ import annotations

import re

from engine.derivation.model import Derivation
from engine.derivation.parts import (
    Show,
    Table,
    factors,
    numbers,
    rest_line,
    sample_table,
    steps,
    sum_line,
    sum_tables,
    together,
)


def derivation_latex(derivation: Derivation, show: Show) -> str:
    """The whole derivation as a fragment for a document that uses the package amsmath."""
    where = rf" at \texttt{{{_escaped(derivation.address)}}}" if derivation.address else ""
    symbol = typeset(derivation.symbol)
    parts = [rf"\paragraph{{Derivation of ${symbol}${where}}}"]
    if not derivation.ways:
        return f"{parts[0]}\n{_equation(symbol, ['0'])}\n"
    whole = together(derivation, show)
    if whole is not None:
        parts.append(_equation(symbol, whole))
    several = len(derivation.ways) > 1
    for k, way in enumerate(derivation.ways, 1) if whole is None else ():
        if several:
            parts.append(f"Path {k}:")
        parts.append(_equation("" if several else symbol, steps(way, show)))
        table = sample_table(way, show)
        if table is not None:
            parts.append(_table(table))
    lines = [
        rf"{typeset(name)} &= {typeset(formula)}" + (rf" = {typeset(value)}" if value else "")
        for name, formula, value in factors(derivation, show)
    ]
    parts.append(_aligned(lines))
    if rest := rest_line(derivation, show):
        parts.append(_escaped(rest) + ".")
    if whole is None and (right := sum_line(derivation, show)):
        parts.append(_equation(symbol, right))
    for title, table in sum_tables(derivation, show):
        parts += [f"{title.capitalize()}:", _table(table)]
    if len(derivation.arrivals) == 1:
        rule = derivation.arrivals[0].symbols
        parts.append(_equation(typeset(derivation.node_symbol), [rule]))
    parts.append(rf"\[ {symbol} = {typeset(numbers(derivation.gradient, show))} \]")
    return "\n".join(parts) + "\n"


def _equation(symbol: str, right: list[str]) -> str:
    lines = [
        f"{symbol if k == 0 else ''} &= {typeset(line)}".lstrip() for k, line in enumerate(right)
    ]
    return _aligned(lines)


def _aligned(lines: list[str]) -> str:
    body = " \\\\\n".join(f"  {line}" for line in lines)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"


def _table(table: Table) -> str:
    columns = "l" + "r" * (len(table.head) - 1)
    lines = [_row(table.head), r"\hline", *map(_row, table.rows)]
    if table.last:
        lines += [r"\hline", _row(table.last)]
    body = "\n".join(f"  {line}" for line in lines)
    return f"\\[\n\\begin{{array}}{{{columns}}}\n{body}\n\\end{{array}}\n\\]"


def _row(cells: tuple[str, ...]) -> str:
    return " & ".join(_cell(cell) for cell in cells) + r" \\"


_WORDS = re.compile(r"(?:\d[\d,]* )?[a-z ]+")


def _cell(text: str) -> str:
    return rf"\text{{{text}}}" if text and _WORDS.fullmatch(text) and " " in text else typeset(text)


# --- signs --------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?)|(?P<name>[^\W0-9Σᵀ⁰¹²³⁴-⁹][^\WΣᵀ⁰¹²³⁴-⁹]*)"
    r"|(?P<raised>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)|(?P<power>\*\*)|(?P<gap> {2,})|(?P<sign>.)",
    re.DOTALL,
)
_LOWERED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SIGNS = {
    "·": r"\cdot",
    "*": r"\cdot",
    "@": r"\,",
    "−": "-",
    "Σ": r"\sum",
    "ᵀ": r"^{\top}",
    "∂": r"\partial",
    "…": r"\dots",
    "×": r"\times",
    "≥": r"\ge",
    "≤": r"\le",
    "|": r"\vert",
    "%": r"\%",
    "#": r"\#",
    "&": r"\&",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "~": r"\sim",
    "^": r"\hat{}",
    "\\": r"\backslash",
    "'": "'",
}
_FUNCTIONS = ("exp", "log", "sin", "cos", "tan", "tanh", "max", "min")
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi",
    "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "varphi", "χ": "chi", "ψ": "psi",
    "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Φ": "Phi",
    "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip


def typeset(text: str) -> str:
    """A text in the signs of mathematics as LaTeX for math mode."""
    return _Typesetter(text).all()


class _Typesetter:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def all(self) -> str:
        parts: list[str] = []
        while self.at < len(self.text):
            parts.append(self.next())
        return re.sub(r" +", " ", "".join(parts)).strip()

    def next(self) -> str:
        """The next token, or a whole derivative ∂a/∂b."""
        if self.text.startswith("∂", self.at):
            return self.derivative()
        match = _TOKEN.match(self.text, self.at)
        assert match is not None
        self.at = match.end()
        if match["number"]:
            mantissa, _, power = match["number"].partition("e")
            return rf"{mantissa} \cdot 10^{{{int(power)}}}" if power else mantissa
        if match["name"]:
            return _name(match["name"], call=self.text.startswith("(", self.at))
        if match["raised"]:
            return f"^{{{match['raised'].translate(_LOWERED)}}}"
        if match["gap"]:
            return r"\quad "
        if match["power"]:
            return f"^{{{self.operand()}}}"
        sign = _SIGNS.get(match["sign"], match["sign"])
        return f"{sign} " if sign.startswith("\\") and sign[-1].isalpha() else sign

    def derivative(self) -> str:
        r"""``∂a/∂b`` as a fraction; a lone ∂a as it is."""
        self.at += 1
        above = self.operand()
        if not self.text.startswith("/∂", self.at):
            return rf"\partial {above}"
        self.at += 2
        return rf"\frac{{\partial {above}}}{{\partial {self.operand()}}}"

    def operand(self) -> str:
        """What stands under a ∂ or in an exponent: a name with its index, a number, a group."""
        start = self.at
        if self.text.startswith(("-", "−"), self.at):
            self.at += 1
        if self.text.startswith("(", self.at):
            self.skip_group("(", ")")
        else:
            match = _TOKEN.match(self.text, self.at)
            self.at = match.end() if match else len(self.text)
            if self.text.startswith("[", self.at):
                self.skip_group("[", "]")
        return typeset(self.text[start : self.at])

    def skip_group(self, opening: str, closing: str) -> None:
        depth = 0
        while self.at < len(self.text):
            sign = self.text[self.at]
            self.at += 1
            depth += (sign == opening) - (sign == closing)
            if depth == 0:
                return


def _name(name: str, *, call: bool) -> str:
    """A name: one letter stands slanted with its number below it, a word upright."""
    if name in ("nan", "inf"):
        return r"\infty " if name == "inf" else r"\mathrm{nan}"
    if call:
        return rf"\{name}" if name in _FUNCTIONS else rf"\operatorname{{{_escaped(name)}}}"
    match = re.fullmatch(r"([^\W\d_])_?(\d*)", name)
    if match is None:
        return rf"\mathrm{{{_escaped(name)}}}"
    letter = match[1]
    if letter in _GREEK:
        letter = rf"\{_GREEK[letter]}"
    elif not letter.isascii():
        letter = rf"\text{{{letter}}}"
    return f"{letter}_{{{match[2]}}}" if match[2] else letter


_ESCAPES = {
    "…": r"\dots{}", "×": r"$\times$", "−": "$-$",
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "_%#&${}"},
}  # fmt: skip


def _escaped(text: str) -> str:
    """Text for outside of math mode, or inside of a word's braces."""
    return "".join(_ESCAPES.get(sign, sign) for sign in text)
