"""Why a number is exactly 0: the first factor that is 0 on the way to it.

A whole set of numbers is followed at once, as a mask of a node's elements, so that a unit which is
dead for every sample of the batch is told as one thing.
May import: moment, notation, ops, reasons, targets.   Imported by: answer.
"""

from __future__ import annotations

import numpy as np

from engine.ops import Array, Call, Expr, Number, Value
from engine.why.moment import OUT, Index, Moment, OpAt, narrowed, unflat
from engine.why.reasons import Discovery, Finding, Words, sample_text
from engine.why.targets import element, gradient_name

MAX_CAUSES = 4
"""How many different first factors are named."""


def zero_value(moment: Moment, node: int, index: Index) -> tuple[Finding, ...]:
    """Why an element of a value that the passes used is 0."""
    search = _Search(moment, element(moment.graph, node, index))
    search.value(node, _only(moment, node, index))
    return tuple(search.found)


def zero_gradient(
    moment: Moment, node: int, index: Index, arrived: int | None = None
) -> tuple[Finding, ...]:
    """Why an element of a gradient is 0 after `arrived` contributions, by default all."""
    search = _Search(moment, gradient_name(moment.graph, node, index))
    search.gradient(node, _only(moment, node, index), arrived)
    return tuple(search.found)


def _only(moment: Moment, node: int, index: Index) -> Array:
    mask = np.zeros(moment.shapes[node], bool)
    mask[index] = True
    return mask


class _Search:
    def __init__(self, moment: Moment, subject: str) -> None:
        self.moment, self.graph = moment, moment.graph
        self.subject = subject
        self.found: list[Finding] = []
        self._seen: set[tuple[str, int, bytes]] = set()

    # --- gradients -----------------------------------------------------------------------------

    def gradient(self, node: int, mask: Array, arrived: int | None = None) -> None:
        """Why the gradient of `node` is 0 at the elements in the mask."""
        if self._known("gradient", node, mask):
            return
        steps = self.moment.listing.gradient_steps[node][:arrived]
        nothing = np.array(mask)
        for step in steps:
            nothing &= np.asarray(self.moment.record.contributions[step - 1]) == 0
        if (mask & ~nothing).any():
            index = unflat(mask.shape, np.flatnonzero(mask & ~nothing)[0])
            parts = [float(self._contribution(step)[index]) for step in steps]
            self._say(steps[-1], *_summed("its contributions cancel: ", parts))
        if nothing.any():
            for step in steps:
                self._edge(step, nothing)

    def _contribution(self, step: int) -> Array:
        return np.asarray(self.moment.record.contributions[step - 1])

    def _edge(self, event: int, mask: Array) -> None:
        """Why what one backward event gives to the elements in the mask is 0."""
        step = self.moment.listing.step(event)
        if step.source is None or step.operand is None:
            return
        op, position = self.moment.op(step.source), step.operand
        reached = op.reached(position, mask)
        if not reached.any():
            name = self._elements(op.operands[position], mask)
            out = element(self.graph, op.node)
            self._say(event, f"no number of {out} depends on {name} ({op.op.words[position]})")
            return
        upstream = self.moment.gradient(op.node)
        silent = reached & (upstream == 0)
        rest = reached & (upstream != 0)
        if silent.any():
            self.gradient(op.node, silent)
        if rest.any():
            self._local(event, op, position, mask, rest)

    def _local(self, event: int, op: OpAt, position: int, mask: Array, rest: Array) -> None:
        """Why local derivatives are 0, between the operand's elements and those of the result."""
        if op.op.elementwise:
            partial = op.partial(position)
            zero = rest & (op.numbers(partial) == 0)
            if zero.any():
                self._factor(event, op, partial, zero, f"{op.op.name}'")
            if (rest & ~zero).any():
                self._say(event, "its terms cancel, or are too small for a float64")
            return
        factors = op.factors(position, mask, rest)
        if factors is not None:
            other, needed = factors
            zero = needed & (op.arrays[other] == 0)
            if zero.any():
                self.value(op.operands[other], zero)
            if (needed & ~zero).any():
                self._say(event, "its terms cancel, or are too small for a float64")
            return
        self._because(event, op, f"{op.op.name}'", rest)

    # --- values --------------------------------------------------------------------------------

    def value(self, node: int, mask: Array) -> None:
        """Why the value of `node` is 0 at the elements in the mask."""
        if self._known("value", node, mask):
            return
        n, event = self.graph[node], self.moment.made(node)
        if n.op is None:
            name = "the number" if n.literal is not None else f"{n.kind} "
            name += "" if n.literal is not None else self._elements(node, mask)
            how = "" if n.kind != "parameter" else f", {self._since(node)}"
            self._tell(event, f"{name} is 0{self._where(node, mask)}{how}")
            return
        op = self.moment.op(node)
        event = self.moment.listing.forward_step[node]
        if n.op.random:
            dropped = self._elements(node, mask)
            self._say(event, f"dropout dropped {dropped}{self._where(node, mask)}")
        elif op.op.name in ("mul", "dropout", "div", "neg", "identity"):
            self._factor(event, op, Call(op.op, op.written, op.settings), mask, "")
        elif op.op.elementwise:
            self._function(event, op, mask)
        elif op.linear or op.op.name == "concat":
            self._sum(event, op, mask)
        else:
            self._because(event, op, op.op.name, mask)

    def _function(self, event: int, op: OpAt, mask: Array) -> None:
        """Of an elementwise function: its operands are 0, or it is 0 where they are not."""
        inputs = [
            (position, narrowed(mask, op.shapes[position]))
            for position, operand in enumerate(op.operands)
            if self.graph[operand].literal is None
        ]
        flat = all((op.arrays[position][needed] == 0).all() for position, needed in inputs)
        if flat and inputs and op.op.name != "where":
            for position, needed in inputs:
                self.value(op.operands[position], needed)
        else:
            self._because(event, op, op.op.name, mask)

    def _sum(self, event: int, op: OpAt, mask: Array) -> None:
        """Of a sum of operands or of products: one operand is 0 wherever it is read."""
        positions = op.linear or tuple(range(len(op.shapes)))
        read = [(position, op.read(position, mask)) for position in positions]
        zero = [(p, m) for p, m in read if m.any() and (op.arrays[p][m] == 0).all()]
        if len(op.linear) != 2:
            for position, needed in zero:
                self.value(op.operands[position], needed)
            if len(zero) == len([m for _, m in read if m.any()]):
                return
        elif zero:
            self.value(op.operands[zero[0][0]], zero[0][1])
            return
        self._say(event, f"each term of {element(self.graph, op.node)} is 0, or they cancel")

    # --- expressions ---------------------------------------------------------------------------

    def _factor(self, event: int, op: OpAt, expr: Expr, mask: Array, function: str) -> None:
        """Which factor of an expression over the op's operands is 0, in the mask of its result."""
        match expr:
            case Value(place):
                if place == OUT:
                    self.value(op.node, mask)
                else:
                    self.value(op.operands[place], narrowed(mask, op.shapes[place]))
            case Call(named, (a, b)) if named.name in ("mul", "dropout", "div"):
                first = mask & (op.numbers(a) == 0)
                second = mask & ~first & (op.numbers(b) == 0) & (named.name != "div")
                for part, zero in ((a, first), (b, second)):
                    if zero.any():
                        self._factor(event, op, part, zero, function)
                if (mask & ~first & ~second).any():
                    self._say(event, "the product is too small for a float64")
            case Call(named, (a,)) if named.name in ("neg", "identity", "spread"):
                self._factor(event, op, a, mask, function)
            case Number():
                out = element(self.graph, op.node)
                self._say(event, f"∂{out} is 0 everywhere" if function else f"{out} has a factor 0")
            case _:
                self._because(event, op, function, mask)

    def _because(self, event: int, op: OpAt, function: str, mask: Array) -> None:
        """``relu'(z) = 0 because z[3] = −0.31``, or for all samples, with the range of z."""
        names = ", ".join(self.graph[operand].name for operand in op.operands)
        scope = self._where(op.node, mask) if mask.sum() > 1 else ""
        words: list[str | float] = [f"{function}({names}) = 0{scope}"]
        for position, operand in enumerate(op.operands):
            needed = op.read(position, mask)
            if self.graph[operand].literal is not None or not needed.any():
                continue
            numbers, name = op.arrays[position][needed], self._elements(operand, needed)
            words.append(" because " if len(words) == 1 else ", ")
            if numbers.min() == numbers.max():
                words += [f"{name} = ", float(numbers.min())]
            else:
                words += [f"{name} is from ", float(numbers.min()), " to ", float(numbers.max())]
        self._say(event, *words)

    # --- words ---------------------------------------------------------------------------------

    def _elements(self, node: int, mask: Array) -> str:
        """The elements of a node in a mask, where they are one, a row or column, or all."""
        places = np.argwhere(mask)
        if mask.ndim == 0 or mask.all():
            return element(self.graph, node)
        same = (places == places[0]).all(axis=0)
        whole = len(places) == np.prod([n for n, s in zip(mask.shape, same, strict=True) if not s])
        if not whole:
            return f"{element(self.graph, node)} in {len(places):,} places"
        index = ", ".join(str(i) if s else ":" for i, s in zip(places[0], same, strict=True))
        return f"{element(self.graph, node)}[{index}]"

    def _where(self, node: int, mask: Array) -> str:
        """For which samples a mask holds: nothing to say where there are none."""
        axis = self.moment.sample_axis(node)
        count = int(mask.sum())
        if axis is None:
            return f" in {count:,} numbers" if count > 1 else ""
        others = tuple(a for a in range(mask.ndim) if a != axis)
        samples = np.flatnonzero(mask.any(axis=others))
        if len(samples) == 1:
            at = unflat(mask.shape, np.flatnonzero(mask)[0])
            sample = self.moment.sample(node, at)
            return f" for {sample_text(sample)}" if sample and mask.shape[axis] > 1 else ""
        if len(samples) == mask.shape[axis]:
            return f" for all {len(samples):,} samples of the batch"
        return f" for {len(samples):,} of the {mask.shape[axis]:,} samples of the batch"

    def _since(self, node: int) -> str:
        if node not in self.moment.listing.update_step:
            return "and is never updated"
        made = self.moment.made(node)
        if made == 1:
            return "its initial value"
        return "after its last update" if made < self.moment.ordinal(1) else "set by an edit"

    def _known(self, what: str, node: int, mask: Array) -> bool:
        key = (what, node, np.packbits(mask).tobytes())
        known = key in self._seen or len(self.found) >= MAX_CAUSES
        self._seen.add(key)
        return known

    def _say(self, event: int, *words: str | float) -> None:
        self._tell(self.moment.ordinal(event), *words)

    def _tell(self, ordinal: int, *words: str | float) -> None:
        if len(self.found) < MAX_CAUSES:
            sentence: Words = (f"{self.subject} = 0: ", *words)
            address = self.moment.run.calendar.address(ordinal)
            self.found.append(Finding(Discovery.ZERO, sentence, ordinal, address))


def _summed(before: str, parts: list[float]) -> Words:
    words: list[str | float] = [before]
    for number, part in enumerate(parts):
        words += [" + " if number else "", part]
    return tuple(words)
