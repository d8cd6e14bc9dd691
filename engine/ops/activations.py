"""The bends of a network: leaky_relu, elu, silu, softplus, gelu, and the normal distribution.

Conventions are PyTorch's: at 0 the derivative is that of the left branch, gelu is the exact one.
May import: numpy, ops.core, ops.elementwise.   Imported by: the ops room.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from engine.ops.core import Array, Expr, Thunk, call
from engine.ops.elementwise import away_from_zero, elementwise, normal

# --- branches at zero ---------------------------------------------------------------------------


def _leaky_relu_forward(out: Array, a: Array, slope: float = 0.01) -> list[Thunk]:
    a = np.asarray(a)
    positive = np.empty(out.shape, bool)
    return [
        partial(np.greater, a, np.array(0.0), positive),
        partial(np.multiply, a, np.array(float(slope)), out),
        partial(np.copyto, out, a, where=positive),
    ]


def _leaky_relu_partials(out: Expr, a: Expr, slope: float = 0.01) -> tuple[Expr, ...]:
    return (call("where", call("greater", a, 0.0), 1.0, slope),)


def _elu_forward(out: Array, a: Array, alpha: float = 1.0) -> list[Thunk]:
    a = np.asarray(a)
    positive, below = np.empty(out.shape, bool), np.empty(out.shape, out.dtype)
    return [
        partial(np.greater, a, np.array(0.0), positive),
        partial(np.minimum, a, np.array(0.0), out=below),
        partial(np.expm1, below, below),
        partial(np.multiply, below, np.array(float(alpha)), out),
        partial(np.copyto, out, a, where=positive),
    ]


def _elu_partials(out: Expr, a: Expr, alpha: float = 1.0) -> tuple[Expr, ...]:
    # alpha · exp a rather than out + alpha, which cancels in the tail.
    return (call("where", call("greater", a, 0.0), 1.0, alpha * call("exp", a)),)


# --- smooth ones --------------------------------------------------------------------------------


def _silu_forward(out: Array, a: Array) -> list[Thunk]:
    # a / (1 + e^-a): e^-a overflows only where the quotient is 0 in float64.
    a, below = np.asarray(a), np.empty(out.shape, out.dtype)
    return [
        partial(np.negative, a, below),
        partial(np.exp, below, below),
        partial(np.add, below, np.array(1.0), below),
        partial(np.divide, a, below, out),
    ]


def _silu_partials(out: Expr, a: Expr) -> tuple[Expr, ...]:
    s = call("sigmoid", a)
    return (s + out * (1 - s),)


def _softplus_forward(out: Array, a: Array) -> list[Thunk]:
    return [partial(np.logaddexp, np.asarray(a), np.array(0.0), out)]


def _gelu_forward(out: Array, a: Array) -> list[Thunk]:
    a, share = np.asarray(a), np.empty(out.shape)
    return [partial(normal_cdf, a, share), partial(np.multiply, a, share, out)]


def _gelu_partials(out: Expr, a: Expr) -> tuple[Expr, ...]:
    return (call("normal_cdf", a) + a * call("normal_pdf", a),)


# --- the normal distribution --------------------------------------------------------------------

# Rational approximations of W. J. Cody, "Rational Chebyshev approximations for the error function"
# (Math. Comp. 23, 1969) and Algorithm 715 (ACM TOMS 19, 1993): numerator over denominator,
# highest power first, relative error below 1e-18 in exact arithmetic.
_CENTRE = np.array(
    [
        [
            0.065682337918207449113,
            2.2352520354606839287,
            161.02823106855587881,
            1067.6894854603709582,
            18154.981253343561249,
        ],
        [
            1.0,
            47.20258190468824187,
            976.09855173777669322,
            10260.932208618978205,
            45507.789335026729956,
        ],
    ]
)
_FLANK = np.array(
    [
        [
            1.0765576773720192317e-8,
            0.39894151208813466764,
            8.8831497943883759412,
            93.506656132177855979,
            597.27027639480026226,
            2494.5375852903726711,
            6848.1904505362823326,
            11602.651437647350124,
            9842.7148383839780218,
        ],
        [
            1.0,
            22.266688044328115691,
            235.38790178262499861,
            1519.377599407554805,
            6485.558298266760755,
            18615.571640885098091,
            34900.952721145977266,
            38912.003286093271411,
            19685.429676859990727,
        ],
    ]
)
_TAIL = np.array(
    [
        [
            0.02307344176494017303,
            0.21589853405795699,
            0.1274011611602473639,
            0.022235277870649807,
            0.001421619193227893466,
            2.9112874951168792e-5,
        ],
        [
            1.0,
            1.28426009614491121,
            0.468238212480865118,
            0.0659881378689285515,
            0.00378239633202758244,
            7.29751555083966205e-5,
        ],
    ]
)
_CENTRE_ENDS, _FLANK_ENDS, _TAIL_ENDS = 0.66291, 32.0**0.5, 40.0
_DENSITY = 0.39894228040143267794  # 1 / √(2π)


def _ratio(coefficients: Array, x: Array) -> Array:
    """Two polynomials at once, by Horner's rule, and their quotient."""
    both = np.empty((2, x.size))
    both[:] = coefficients[:, :1]
    for column in coefficients.T[1:]:
        both *= x
        both += column[:, None]
    return both[0] / both[1]


def _bell(y: Array) -> Array:
    """exp(−y²/2) to the last digits: y is split so that the square of its head is exact."""
    head = np.trunc(y * 16.0) / 16.0
    return np.exp(-0.5 * head * head) * np.exp(-0.5 * (y - head) * (y + head))


def normal_cdf(a: Array, out: Array) -> None:
    """The standard normal distribution function Φ(a), its lower tail to full relative accuracy."""
    x = a.ravel()
    size = np.abs(x)
    result = np.empty(x.shape)
    centre, flank = size <= _CENTRE_ENDS, size <= _FLANK_ENDS
    if centre.any():
        inner = x[centre]
        result[centre] = 0.5 + inner * _ratio(_CENTRE, inner * inner)
    middle = flank & ~centre
    if middle.any():
        y = size[middle]
        result[middle] = _ratio(_FLANK, y) * _bell(y)
    if not flank.all():
        # Beyond 40 nothing is left in float64; the limit only keeps inf · 0 away.
        y = np.minimum(size[~flank], _TAIL_ENDS)
        square = 1.0 / (y * y)
        result[~flank] = (_DENSITY - square * _ratio(_TAIL, square)) / y * _bell(y)
    upper = (x > 0) & ~centre
    result[upper] = 1.0 - result[upper]
    np.copyto(out, result.reshape(a.shape))


def _normal_cdf_forward(out: Array, a: Array) -> list[Thunk]:
    return [partial(normal_cdf, np.asarray(a), out)]


def _normal_pdf_forward(out: Array, a: Array) -> list[Thunk]:
    a = np.asarray(a)
    return [
        partial(np.square, a, out),
        partial(np.multiply, out, np.array(-0.5), out),
        partial(np.exp, out, out),
        partial(np.multiply, out, np.array(_DENSITY), out),
    ]


OPS = (
    elementwise(
        "leaky_relu",
        "leaky",
        _leaky_relu_forward,
        _leaky_relu_partials,
        ("∂out where a > 0, else slope · ∂out",),
        away_from_zero,
        settings={"slope": 0.01},
        examples=({}, {"slope": 0.2}, {"slope": 3.0}),
    ),
    elementwise(
        "elu",
        "elu",
        _elu_forward,
        _elu_partials,
        ("∂out where a > 0, else ∂out · alpha · exp a",),
        away_from_zero,
        settings={"alpha": 1.0},
        examples=({}, {"alpha": 0.5}),
    ),
    elementwise(
        "silu",
        "silu",
        _silu_forward,
        _silu_partials,
        ("∂out · (σ(a) + out · (1 − σ(a)))",),
        normal(),
    ),
    elementwise(
        "softplus",
        "soft+",
        _softplus_forward,
        lambda out, a: (call("sigmoid", a),),
        ("∂out · σ(a)",),
        normal(),
    ),
    elementwise(
        "gelu",
        "gelu",
        _gelu_forward,
        _gelu_partials,
        ("∂out · (Φ(a) + a · φ(a)), with the normal distribution Φ and its density φ",),
        normal(),
    ),
    elementwise(
        "normal_cdf",
        "Φ",
        _normal_cdf_forward,
        lambda out, a: (call("normal_pdf", a),),
        ("∂out · φ(a)",),
        normal(),
        in_language=False,
    ),
    elementwise(
        "normal_pdf",
        "φ",
        _normal_pdf_forward,
        lambda out, a: (-a * out,),
        ("−∂out · a · out",),
        normal(),
        in_language=False,
    ),
)
