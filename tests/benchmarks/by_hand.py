"""The same nets as loops that a person would write in NumPy, as good as such loops get.

Every array is allocated once, every call writes to `out=`; sums are products with ones and biases
are added in place, each of which is faster than the plain spelling. A batch is a view of the data,
and what depends on the data alone (targets as one-hot rows) is computed before the loop. What they
do not do is lay all parameters out in one vector.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle, islice

import numpy as np

from tests.benchmarks.nets import Net

Loop = Callable[[int], np.ndarray]
"""Trains so many iterations more and returns their losses."""


def lecture(net: Net) -> Loop:
    """Four scalars, Python floats throughout."""
    w1, b1, w2, b2 = (float(net.initial(name)) for name in ("w1", "b1", "w2", "b2"))
    n, rate = net.batch, net.rate
    h, g, r, dg, dh, ones = (np.empty(n) for _ in range(6))
    ones.fill(1.0)
    multiply, add, subtract, dot, total = np.multiply, np.add, np.subtract, np.dot, ones.dot
    scale = -2.0 / n
    batches = cycle(list(zip(net.batches("x"), net.batches("y"), strict=True)))

    def train(iterations: int) -> np.ndarray:
        nonlocal w1, b1, w2, b2
        losses = np.empty(iterations)
        for i, (x, y) in enumerate(islice(batches, iterations)):
            multiply(x, w1, out=h)
            add(h, b1, out=h)
            multiply(h, w2, out=g)
            add(g, b2, out=g)
            subtract(y, g, out=r)
            losses[i] = dot(r, r) / n
            multiply(r, scale, out=dg)
            db2 = total(dg)
            dw2 = dot(dg, h)
            multiply(dg, w2, out=dh)
            db1 = total(dh)
            dw1 = dot(dh, x)
            w1 -= rate * dw1
            b1 -= rate * db1
            w2 -= rate * dw2
            b2 -= rate * db2
        return losses

    return train


def regression(net: Net) -> Loop:
    """Two tanh layers and a mean of squares."""
    names = ("W1", "b1", "W2", "b2", "W3", "b3")
    parameters = W1, b1, W2, b2, W3, b3 = [net.initial(name) for name in names]
    gradients = dW1, db1, dW2, db2, dW3, db3 = [np.empty_like(p) for p in parameters]
    updates = list(zip(parameters, gradients, strict=True))
    n, rate = net.batch, np.array(net.rate)
    h, dh, k, dk, slope = (np.empty((n, 8)) for _ in range(5))
    g, r, dg = (np.empty((n, 1)) for _ in range(3))
    flat, ones, one = r.reshape(-1), np.ones(n), np.array(1.0)
    W2t, W3t, ht, kt = W2.T, W3.T, h.T, k.T
    dot, add, subtract, multiply, tanh = np.dot, np.add, np.subtract, np.multiply, np.tanh
    scale = np.array(-2.0 / n)
    columns = [(x, x.T, y) for x, y in zip(net.batches("x"), net.batches("y"), strict=True)]
    batches = cycle(columns)

    def train(iterations: int) -> np.ndarray:
        losses = np.empty(iterations)
        for i, (x, xt, y) in enumerate(islice(batches, iterations)):
            dot(x, W1, out=h)
            add(h, b1, out=h)
            tanh(h, out=h)
            dot(h, W2, out=k)
            add(k, b2, out=k)
            tanh(k, out=k)
            dot(k, W3, out=g)
            add(g, b3, out=g)
            subtract(y, g, out=r)
            losses[i] = dot(flat, flat) / n
            multiply(r, scale, out=dg)
            dot(ones, dg, out=db3)
            dot(kt, dg, out=dW3)
            dot(dg, W3t, out=dk)
            multiply(k, k, out=slope)
            subtract(one, slope, out=slope)
            multiply(dk, slope, out=dk)
            dot(ones, dk, out=db2)
            dot(ht, dk, out=dW2)
            dot(dk, W2t, out=dh)
            multiply(h, h, out=slope)
            subtract(one, slope, out=slope)
            multiply(dh, slope, out=dh)
            dot(ones, dh, out=db1)
            dot(xt, dh, out=dW1)
            for parameter, gradient in updates:
                multiply(gradient, rate, out=gradient)
                subtract(parameter, gradient, out=parameter)
        return losses

    return train


def classifier(net: Net) -> Loop:
    """One hidden layer, tanh or relu, and the cross-entropy of a softmax."""
    parameters = W1, b1, W2, b2 = [net.initial(name) for name in ("W1", "b1", "W2", "b2")]
    gradients = dW1, db1, dW2, db2 = [np.empty_like(p) for p in parameters]
    updates = [(p, d, np.array(net.rate)) for p, d in zip(parameters, gradients, strict=True)]
    n, hidden, outputs = net.batch, W1.shape[1], W2.shape[1]
    h, dh, slope = (np.empty((n, hidden)) for _ in range(3))
    positive = np.empty((n, hidden), bool)
    z, p = np.empty((n, outputs)), np.empty((n, outputs))
    largest, total = np.empty((n, 1)), np.empty((n, 1))
    logs, flat = np.empty(n), z.reshape(-1)
    ones, across, one, zero = np.ones(n), np.ones(outputs), np.array(1.0), np.array(0.0)
    W2t, ht, totals = W2.T, h.T, total.reshape(-1)
    dot, add, subtract, multiply, divide = np.dot, np.add, np.subtract, np.multiply, np.divide
    exp, log, tanh, maximum, greater = np.exp, np.log, np.tanh, np.maximum, np.greater
    greatest = np.maximum.reduce
    share = np.array(1.0 / n)
    truths = [np.eye(outputs)[y.astype(int)] for y in net.batches("y")]
    batches = cycle([(x, x.T, t, t.reshape(-1)) for x, t in zip(net.batches("x"), truths)])  # noqa: B905
    bends = "tanh" in net.formulas

    def train(iterations: int) -> np.ndarray:
        losses = np.empty(iterations)
        for i, (x, xt, truth, truth_flat) in enumerate(islice(batches, iterations)):
            dot(x, W1, out=h)
            add(h, b1, out=h)
            if bends:
                tanh(h, out=h)
            else:
                maximum(h, zero, out=h)
            dot(h, W2, out=z)
            add(z, b2, out=z)
            greatest(z, axis=1, out=largest, keepdims=True)
            subtract(z, largest, out=z)
            exp(z, out=p)
            dot(p, across, out=totals)
            log(totals, out=logs)
            losses[i] = (dot(ones, logs) - dot(flat, truth_flat)) / n
            divide(p, total, out=p)
            subtract(p, truth, out=p)
            multiply(p, share, out=p)
            dot(ones, p, out=db2)
            dot(ht, p, out=dW2)
            dot(p, W2t, out=dh)
            if bends:
                multiply(h, h, out=slope)
                subtract(one, slope, out=slope)
                multiply(dh, slope, out=dh)
            else:
                greater(h, zero, out=positive)
                multiply(dh, positive, out=dh)
            dot(ones, dh, out=db1)
            dot(xt, dh, out=dW1)
            for parameter, gradient, rate in updates:
                multiply(gradient, rate, out=gradient)
                subtract(parameter, gradient, out=parameter)
        return losses

    return train


LOOPS = (lecture, regression, classifier, classifier)
"""One for each of `nets.NETS`."""
