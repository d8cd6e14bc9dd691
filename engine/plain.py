"""The functions of a listing as a person would write them: plain NumPy, nothing prepared.

A listing reads like a program because it may call these by name. They are the readable twins of
the ops: slower, and without the care that the ops take at the edges of float64.
A script that is exported takes their source, so none reads more of this module than the others.
May import: numpy.   Imported by: export, tests.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

# --- the bends ----------------------------------------------------------------------------------


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def relu(z):
    return np.maximum(z, 0)


def leaky_relu(z, slope=0.01):
    return np.where(z > 0, z, slope * z)


def elu(z, alpha=1.0):
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def silu(z):
    return z * sigmoid(z)


def softplus(z):
    return np.logaddexp(z, 0)


def normal_cdf(z):
    return np.vectorize(lambda x: math.erfc(-x / math.sqrt(2)) / 2, otypes=[float])(z)


def normal_pdf(z):
    return np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


def gelu(z):
    return z * normal_cdf(z)


# --- along an axis ------------------------------------------------------------------------------


def max(a, b=None, **settings):
    return np.max(a, **settings) if b is None else np.maximum(a, b)


def min(a, b=None, **settings):
    return np.min(a, **settings) if b is None else np.minimum(a, b)


def softmax(z, axis=-1):
    e = np.exp(z - np.max(z, axis=axis, keepdims=True))
    return e / np.sum(e, axis=axis, keepdims=True)


def log_softmax(z, axis=-1):
    s = z - np.max(z, axis=axis, keepdims=True)
    return s - np.log(np.sum(np.exp(s), axis=axis, keepdims=True))


def deviation(x, eps=1e-5):
    return np.sqrt(np.var(x, axis=-1, keepdims=True) + eps)


def normalized(x, eps=1e-5):
    return (x - np.mean(x, axis=-1, keepdims=True)) / deviation(x, eps)


def layer_norm(x, gain, bias, eps=1e-5):
    return normalized(x, eps) * gain + bias


# --- parts --------------------------------------------------------------------------------------


def where(condition, a, b):
    return np.where(np.not_equal(condition, 0), a, b).astype(float)


def reshape(a, *shape):
    return np.reshape(a, *shape) if len(shape) == 1 else np.reshape(a, shape)


def concat(*arrays, axis=0):
    return np.concatenate(arrays, axis=axis)


def unslice(a, index, shape):
    out = np.zeros(shape)
    out[index] = a
    return out


def embedding(table, indices):
    return table[np.asarray(indices, int)]


def scatter_rows(a, indices, rows):
    out = np.zeros((rows, *np.shape(a)[np.ndim(indices) :]))
    np.add.at(out, np.asarray(indices, int), a)
    return out


def one_hot(classes, count):
    return np.eye(count)[np.asarray(classes, int)]


# --- chance -------------------------------------------------------------------------------------


def dropout(x, mask):
    return x * mask


def dropout_mask(shape, p, seed, epoch, iteration, node):
    sequence = np.random.SeedSequence((0x64726F70, seed, epoch, iteration, node))
    chances = np.random.Generator(np.random.PCG64(sequence)).random(shape)
    return (chances >= p) * (1 / (1 - p))


# --- losses -------------------------------------------------------------------------------------


def mse(p, t):
    return np.mean((p - t) ** 2)


def mae(p, t):
    return np.mean(np.abs(p - t))


def huber(p, t, delta=1.0):
    d = np.abs(p - t)
    return np.mean(np.where(d < delta, d**2 / 2, delta * (d - delta / 2)))


def bce(p, t):
    yes, no = np.maximum(np.log(p), -100), np.maximum(np.log1p(-p), -100)
    return -np.mean(t * yes + (1 - t) * no)


def bce_with_logits(z, t):
    return np.mean(softplus(z) - t * z)


def nll(logp, classes):
    return -np.mean(np.take_along_axis(logp, np.asarray(classes, int)[..., None], axis=-1))


def cross_entropy(z, classes):
    return nll(log_softmax(z), classes)


# --- images -------------------------------------------------------------------------------------


def pair(size):
    return (size, size) if isinstance(size, int) else size


def windows(x, size, stride):
    (kh, kw), (sh, sw) = pair(size), pair(stride)
    return np.lib.stride_tricks.sliding_window_view(x, (kh, kw), axis=(2, 3))[:, :, ::sh, ::sw]


def padded(x, padding):
    (ph, pw) = pair(padding)
    return np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))


def conv2d(x, w, stride=1, padding=0):
    return np.einsum("nchwij,ocij->nohw", windows(padded(x, padding), w.shape[2:], stride), w)


def conv2d_input(g, w, shape, stride=1, padding=0):
    (ph, pw), (sh, sw) = pair(padding), pair(stride)
    out = np.zeros((*shape[:2], shape[2] + 2 * ph, shape[3] + 2 * pw))
    for i in range(g.shape[2]):
        for j in range(g.shape[3]):
            window = out[:, :, i * sh : i * sh + w.shape[2], j * sw : j * sw + w.shape[3]]
            window += np.einsum("no,ocij->ncij", g[:, :, i, j], w)
    return out[:, :, ph : ph + shape[2], pw : pw + shape[3]]


def conv2d_weight(g, x, shape, stride=1, padding=0):
    seen = windows(padded(x, padding), shape[2:], stride)[:, :, : g.shape[2], : g.shape[3]]
    return np.einsum("nohw,nchwij->ocij", g, seen)


def max_pool2d(x, size, stride=None):
    return windows(x, size, size if stride is None else stride).max(axis=(4, 5))


def max_pool2d_input(g, x, size, stride=None):
    (kh, kw), (sh, sw) = pair(size), pair(size if stride is None else stride)
    out = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(g.shape):
        window = x[n, c, i * sh : i * sh + kh, j * sw : j * sw + kw]
        row, column = np.unravel_index(window.argmax(), window.shape)
        out[n, c, i * sh + row, j * sw + column] += g[n, c, i, j]
    return out


NUMPY = (
    *("exp", "log", "log1p", "expm1", "sqrt", "abs", "sign", "heaviside", "clip"),
    *("sin", "cos", "tan", "tanh", "maximum", "minimum", "sum", "mean"),
    *("transpose", "broadcast_to", "ones_like", "s_"),
)
"""What a listing takes from NumPy as it is."""

FUNCTIONS: dict[str, Any] = {
    **{name: getattr(np, name) for name in NUMPY},
    **{
        name: value
        for name, value in list(globals().items())
        if callable(value) and getattr(value, "__module__", None) == __name__
    },
}
"""Everything that a line of a listing may call, by name."""
