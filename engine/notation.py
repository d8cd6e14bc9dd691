"""Expressions as text: as NumPy for the listing, as mathematics for derivations.

Products are gathered before they are written, so that the chain rule through a formula reads
``d_loss * -2/N * (y - g)`` instead of a nest of parentheses.
May import: ops.   Imported by: listing, explain.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from engine.ops import Call, Expr, Gradient, Number, Value
from engine.ops.core import REQUIRED
from engine.ops.indexing import index_text
from engine.ops.linear import unspread
from engine.shapes import Samples, Shape

Namer = Callable[[int], str]
"""What stands for the value of a node: its name, or its number."""


@dataclass
class Product:
    """A product taken apart: ``coefficient · ∏ factors / ∏ divisors``."""

    coefficient: float = 1.0
    factors: list[Expr] = field(default_factory=list)
    divisors: list[Expr] = field(default_factory=list)

    @classmethod
    def of(cls, expr: Expr) -> Product:
        product = cls()
        product._multiply(expr, inverse=False)
        return product

    def _multiply(self, expr: Expr, inverse: bool) -> None:
        expr = unspread(expr)
        match expr:
            case Number(value, None) if not inverse:
                self.coefficient *= value
            case Call(op, (a, b)) if op.name in ("mul", "dropout"):
                self._multiply(a, inverse)
                self._multiply(b, inverse)
            case Call(op, (a, b)) if op.name == "div":
                self._multiply(a, inverse)
                self._multiply(b, not inverse)
            case Call(op, (a,)) if op.name == "neg":
                self.coefficient = -self.coefficient
                self._multiply(a, inverse)
            case _:
                (self.divisors if inverse else self.factors).append(expr)

    def key(self) -> tuple[Hashable, Hashable]:
        """What must agree for two products to be like terms: all but the coefficient."""
        return frozenset(Counter(self.factors).items()), frozenset(Counter(self.divisors).items())


def number_text(value: float) -> str:
    """A number as a person writes it in a formula: ``2``, ``0.5``, ``1e-08``."""
    whole = math.isfinite(value) and value == int(value) and abs(value) < 1e15
    return str(int(value)) if whole else repr(value)


@dataclass(frozen=True)
class Notation:
    """How one style of writing spells what the styles differ in."""

    times: str
    gradient: str
    """Format of a gradient's name."""
    power: Callable[[str, str], str]
    minus: str
    mathematical: bool = False

    def write(
        self, expr: Expr, name: Namer, loss: str = "loss", upstream: Namer | None = None
    ) -> str:
        """`expr` as text, with `name` giving the text of each node and `loss` that of the loss.

        `upstream` gives the text of a gradient, where that is not to be its name.
        """
        return _Writer(self, name, loss, upstream).text(expr)

    def gradient_of(self, name: str, loss: str) -> str:
        """A gradient by its node's name: ``d_g``, ``∂loss/∂g``."""
        return self.gradient.format(name if _is_atom(name) else f"({name})", loss=loss)


NUMPY = Notation(" * ", "d_{}", lambda a, b: f"{a}**{b}", "-")
MATH = Notation(" · ", "∂{loss}/∂{}", lambda a, b: f"{a}{_raised(b)}", "−", mathematical=True)

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def _raised(exponent: str) -> str:
    plain = exponent.strip("()").replace("−", "-")
    if plain.lstrip("-").isdigit():
        return plain.translate(_SUPERSCRIPTS)
    return f"**{exponent}"


@dataclass(frozen=True)
class _Writer:
    style: Notation
    name: Namer
    loss: str
    upstream: Namer | None

    def text(self, expr: Expr, tightness: int = 0) -> str:
        """`expr`, in parentheses where the operator around it binds tighter."""
        text, own = self._written(expr)
        return f"({text})" if own < tightness else text

    def _written(self, expr: Expr) -> tuple[str, int]:
        match expr:
            case Number(value, label):
                return label or self._signed(value), 3 if value < 0 else 9
            case Value(node):
                named = self.name(node)
                return named, 9 if _is_atom(named) else 0
            case Gradient(node):
                if self.upstream is None:
                    return self.style.gradient_of(self.name(node), self.loss), 9
                text = self.upstream(node)
                return text, 9 if _is_atom(text) else 0
            case Call(op) if op.name in ("mul", "div", "neg", "dropout"):
                return self._product(Product.of(expr))
            case Call(op, (a, b)) if op.name in _COMPARISONS:
                return self._infix(_COMPARISONS[op.name], op.precedence, a, b)
            case Call(op, args) if op.name == "pow":
                base, exponent = self.text(args[0], 5), self.text(args[1], 4)
                return self.style.power(base, exponent), 4
            case Call(op, (a, b)) if op.infix is not None:
                return self._infix(op.infix, op.precedence, a, b)
            case Call():
                return self._call(expr)
            case _:
                raise TypeError(expr)

    def _infix(self, infix: str, precedence: int, a: Expr, b: Expr) -> tuple[str, int]:
        sign = self.style.minus if infix == "-" else infix
        side = self.whole if infix == "@" else self.text
        right = side(b, precedence + 1)
        if infix == "+" and right.startswith(self.style.minus):
            sign, right = self.style.minus, right.removeprefix(self.style.minus)
        return f"{side(a, precedence)} {sign} {right}", precedence

    def whole(self, expr: Expr, tightness: int = 0) -> str:
        """`expr` in its full shape, where an op does not broadcast by itself: a sum must count
        every number that a spread one stands for."""
        if implicit_shape(expr) == expr.shape:
            return self.text(expr, tightness)
        return f"broadcast_to({self.text(expr)}, {sizes_text(expr.shape)})"

    def _product(self, p: Product) -> tuple[str, int]:
        # Upstream gradients first, then the number and the counts under it, then the rest:
        # the order in which the chain rule is spoken, `d_loss * -2/N * (y - g)`.
        upstream = [self.text(f, 2) for f in p.factors if _mentions_gradient(f)]
        others = [self.text(f, 3) for f in p.factors if not _mentions_gradient(f)]
        counts = [self.text(d, 3) for d in p.divisors if isinstance(d, Number)]
        divisors = [self.text(d, 3) for d in p.divisors if not isinstance(d, Number)]
        size, negative = abs(p.coefficient), p.coefficient < 0
        if size == 1.0 and upstream:
            # d_loss / N rather than d_loss * 1/N
            upstream[0] = " / ".join([upstream[0], *counts])
            parts = upstream + others
        elif size == 1.0 and others and not counts:
            parts = others
        else:
            parts = [*upstream, "/".join([self._signed(p.coefficient), *counts]), *others]
            negative = False
        text = " / ".join([self.style.times.join(parts), *divisors])
        if negative:
            return self.style.minus + text, 2
        alone = len(parts) == 1 and not divisors and not counts and not upstream
        return text, 9 if alone and p.coefficient >= 0 else 2

    def _signed(self, value: float) -> str:
        return number_text(value).replace("-", self.style.minus, 1)

    def _call(self, expr: Call) -> tuple[str, int]:
        name, args = expr.op.name, expr.args
        settings = dict(expr.settings)
        match name:
            case "transpose":
                return self._transposed(args[0], settings.get("axes"))
            case "spread":
                return self._written(args[0])
            case "identity":
                return self._written(args[0])
            case "expand":
                if self.style.mathematical:
                    return self._written(args[0])
                rank = len(expr.shape)
                index = ", ".join("None" if a in settings["axis"] else ":" for a in range(rank))
                return f"{self.whole(args[0], 9)}[{index}]", 9
            case "reshape":
                if self.style.mathematical:
                    return self._written(args[0])
                sizes = sizes_text(settings["shape"])[1:-1].rstrip(",") or "()"
                return f"{self.whole(args[0], 9)}.reshape({sizes})", 9
            case "slice":
                return f"{self.whole(args[0], 9)}[{index_text(settings['index'])}]", 9
            case "unslice":
                place, shape = index_text(settings["index"]), sizes_text(settings["shape"])
                return f"unslice({self.whole(args[0])}, s_[{place}], {shape})", 9
            case "step" if self.style.mathematical:
                return f"[{self.text(args[0])} > 0]", 9
            case "sum" if self.style.mathematical:
                return f"Σ {self.whole(args[0], 2)}", 2
            case "abs" if self.style.mathematical:
                return f"|{self.text(args[0])}|", 9
            case _:
                side = self.text if expr.op.elementwise else self.whole
                written = [side(arg) for arg in args]
                # As a call is written: what has no default by position, the rest by name.
                for k, default in expr.op.settings.items():
                    value = settings.get(k, default)
                    if default is REQUIRED:
                        written.append(_setting_text(value))
                    elif value != default:
                        written.append(f"{k}={_setting_text(value)}")
                return f"{_FUNCTION_NAMES.get(name, name)}({', '.join(written)})", 9

    def _transposed(self, a: Expr, axes: tuple[int, ...] | None) -> tuple[str, int]:
        swapped = (*range(len(a.shape) - 2), len(a.shape) - 1, len(a.shape) - 2)
        if axes is not None and axes not in (swapped, (1, 0)):
            return f"transpose({self.whole(a)}, {axes})", 9
        suffix = ".T" if axes is None or len(axes) == 2 else ".mT"
        return self.whole(a, 9) + ("ᵀ" if self.style.mathematical else suffix), 9


_FUNCTION_NAMES = {"step": "heaviside"}
_COMPARISONS = {"greater": ">", "equal": "=="}


def sizes_text(shape: Shape) -> str:
    """A shape as it is written, the samples of the batch as N: ``(N, 3)``."""
    sizes = ["N" if isinstance(n, Samples) else str(n) for n in shape]
    return "(" + ", ".join(sizes) + ("," if len(sizes) == 1 else "") + ")"


def _setting_text(value: object) -> str:
    return sizes_text(value) if isinstance(value, tuple) else str(value)


def implicit_shape(expr: Expr) -> Shape:
    """The shape of `expr` as it is written, where a `spread` is left to broadcasting."""
    expr = unspread(expr)
    if not isinstance(expr, Call) or not expr.op.elementwise:
        return expr.shape
    shapes = [implicit_shape(a) for a in expr.args]
    if all(a.shape is shape for a, shape in zip(expr.args, shapes, strict=True)):
        return expr.shape
    return expr.op.shape(*shapes, **dict(expr.settings))


def _is_atom(text: str) -> bool:
    """Whether a name or number stands for itself next to any operator."""
    if text.startswith("∂"):
        return " " not in text
    name, bracket, index = text.rpartition("[")
    if bracket and index.find("]") == len(index) - 1:
        return not name or name.isidentifier() or _is_enclosed(name)
    return text.isidentifier() or text[:1].isdigit()


def _is_enclosed(text: str) -> bool:
    """Whether the parenthesis that `text` begins with is closed by its last character."""
    depth = 0
    for at, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if depth <= 0:
            return c == ")" and at == len(text) - 1
    return False


def _mentions_gradient(expr: Expr) -> bool:
    match expr:
        case Gradient():
            return True
        case Call(_, args):
            return any(_mentions_gradient(arg) for arg in args)
        case _:
            return False
