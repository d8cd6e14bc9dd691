r"""A derivation as LaTeX that amsmath alone can set: ``\frac{\partial g}{\partial h}``.

The texts of a derivation are written in the signs of mathematics; `typeset` puts each sign into
its LaTeX. May import: derivation.document, derivation.model, derivation.parts.
Imported by: the room's face.
"""

from __future__ import annotations

import re

from engine.derivation.document import (
    Equation,
    Factors,
    Heading,
    Rule,
    Table,
    Title,
    Values,
    Words,
    document,
)
from engine.derivation.model import Derivation
from engine.derivation.parts import Cell, Right, Show, capital, sentence


def derivation_latex(derivation: Derivation, show: Show) -> str:
    """The whole derivation as a fragment for a document that uses the package amsmath."""
    parts: list[str] = []
    result = ""
    for block in document(derivation, show):
        match block:
            case Heading(symbol, value, is_size, address):
                symbol = typeset(symbol)
                size = f", ${typeset(value)}$," if is_size else ""
                where = rf" at \texttt{{{_escaped(address)}}}{block.where}" if address else ""
                parts.append(rf"\paragraph{{Derivation of ${symbol}${size}{where}}}")
                result = "" if is_size else rf"\[ {symbol} = {typeset(value)} \]"
            case Title(text):
                parts.append(f"{_title(text)}:")
            case Equation():
                parts.append(_equation(block))
            case Factors(rows):
                parts.append(_aligned([_factor(*row) for row in rows]))
            case Values(rows):
                parts.append(_aligned([f"{typeset(n)} &= {_side(v)}" for n, v in rows]))
            case Table():
                parts.append(_table(block))
            case Words(text):
                parts.append(_paragraph(sentence(text)))
            case Rule(left, right):
                parts.append(_equation(Equation(left, (right,))))
    return "\n".join([*parts, *([result] if result else [])]) + "\n"


def _title(text: str) -> str:
    """A title; behind a colon of its own it has symbols."""
    words, _, names = capital(text).partition(":  ")
    return f"{words}, ${typeset(names)}$" if names else words


def _paragraph(text: str) -> str:
    """Words as they are, and what stands between backticks in math mode."""
    pieces = text.split("`")
    return "".join(
        f"${typeset(piece)}$" if k % 2 else _escaped(piece) for k, piece in enumerate(pieces)
    )


def _equation(equation: Equation) -> str:
    lines: list[str] = []
    for k, side in enumerate(equation.right):
        left, sign = ("", equation.sign) if k else (typeset(equation.left), "=")
        lines.append(f"{left} &{sign} {_side(side)}".lstrip())
    return _aligned(lines)


def _factor(symbol: str, formula: str, value: Right | None) -> str:
    numbers = "" if value is None else rf" = {_side(value)}"
    return rf"{typeset(symbol)} &= {typeset(formula)}{numbers}"


def _side(side: Right) -> str:
    """A right-hand side; a matrix in brackets, what stands out in bold."""
    if isinstance(side, str):
        return typeset(side)

    def entry(r: int, c: int, cell: str) -> str:
        bold = r == side.row or c == side.column
        return rf"\boldsymbol{{{typeset(cell)}}}" if bold else typeset(cell)

    rows = (
        " & ".join(entry(r, c, cell) for c, cell in enumerate(row))
        for r, row in enumerate(side.rows)
    )
    body = r" \\ ".join(rows)
    cut = rf"\dots \text{{ of }}{typeset(side.cut)}" if side.cut else ""
    return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}{cut}"


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


def _row(cells: tuple[Cell, ...]) -> str:
    return " & ".join(_cell(cell) for cell in cells) + r" \\"


def _cell(cell: Cell) -> str:
    if cell.kind != "words":
        return typeset(cell.text)
    return rf"\text{{{_escaped(cell.text)}}}" if cell.text else ""


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
    "←": r"\gets",
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
