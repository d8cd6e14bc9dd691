"""The tree of reasons: a number, what it was computed from, the largest part first, and so down.

A gradient is the sum of its contributions, each upstream gradient times local derivative; a value
comes from its operands; an updated parameter from its gradient. Of the parts of one number the
first that can be is taken further, the others are events to ask about.
May import: explain, listing, notation, moment, reasons, targets.   Imported by: answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.explain import report
from engine.notation import MATH
from engine.ops import Array, Expr, Number, Value
from engine.trace import State
from engine.why.moment import OUT, Index, Moment, OpAt, Sample, aligned, unflat
from engine.why.reasons import Kind, Reason
from engine.why.targets import element, gradient_name

DEPTH = 12
BREADTH = 4
"""How many parts of a number are listed one by one; the rest is one line together."""

LINEAR = frozenset({"add", "sub", "neg", "identity", "concat"})
"""Ops whose result is the sum of slope times operand, beside those declared linear."""

PRODUCTS = frozenset({"mul", "dropout"})
"""Ops whose operands are factors: neither is a part of the result."""


@dataclass(frozen=True)
class Part:
    """A part of a number, before it is known whether the tree has room for it."""

    build: Callable[[int], Reason]
    """The reason, taken further by so many levels."""
    amount: float | None = None
    weight: float | None = None
    """What ranks it among the others; None where nothing does."""
    further: bool = True
    """Whether there is anything to take further."""


class Tree:
    """Builds the reasons for numbers of one iteration."""

    def __init__(self, moment: Moment, breadth: int = BREADTH) -> None:
        self.moment = moment
        self.graph = moment.graph
        self.breadth = breadth
        self._seed = moment.listing.gradient_steps[self.graph.loss][0]

    # --- gradients -----------------------------------------------------------------------------

    def gradient(self, node: int, index: Index, depth: int, arrived: int | None = None) -> Reason:
        """An element of a gradient after `arrived` contributions, by default all of them.

        Those that have not arrived yet are named, with the events at which they will.
        """
        steps = self.moment.listing.gradient_steps[node]
        coming = steps[len(steps) if arrived is None else arrived :]
        steps = steps[:arrived]
        reason = self._reason(
            Kind.GRADIENT,
            gradient_name(self.graph, node, index),
            float(self.moment.gradient(node, arrived)[index]),
            steps[-1],
            node=node,
            index=index,
        )
        if depth <= 0:
            return replace(reason, cut=steps != (self._seed,))
        if len(steps) == 1:
            reason = replace(reason, rule=self._symbols(steps[0]))
            parts = self._edge(steps[0], index)
        else:
            contributions = [float(self._contribution(step)[index]) for step in steps]
            parts = [
                Part(lambda d, s=step: self._contributed(s, index, d), amount, amount)
                for step, amount in zip(steps, contributions, strict=True)
            ]
        reason = self._with(reason, parts, depth)
        pending = tuple(
            self._reason(
                Kind.PENDING,
                f"a contribution arrives at {self._address(step)}",
                None,
                step,
                rule=self._symbols(step),
            )
            for step in coming
        )
        return replace(reason, children=(*reason.children, *pending))

    def _contributed(self, step: int, index: Index, depth: int) -> Reason:
        node = self.moment.listing.step(step).node
        reason = self._reason(
            Kind.CONTRIBUTION,
            f"contribution to {gradient_name(self.graph, node or 0, index)}",
            float(self._contribution(step)[index]),
            step,
            node=node,
            index=index,
            rule=self._symbols(step),
        )
        if depth <= 0:
            return replace(reason, cut=step != self._seed)
        return self._with(reason, self._edge(step, index), depth)

    def _contribution(self, step: int) -> Array:
        found = self.moment.record.contributions[step - 1]
        assert found is not None
        return found

    def _edge(self, event: int, index: Index) -> Sequence[Part]:
        """The parts of what one backward event gives to one element."""
        tree = self._before(event)
        if tree is not self:
            return tree._edge(event, index)
        step = self.moment.listing.step(event)
        if step.source is None or step.operand is None:
            return ()
        op, position = self.moment.op(step.source), step.operand
        places, slopes = op.column(position, index)
        if len(places) == 1:
            # A single product: its factors stand below the number itself.
            out_index = unflat(op.shape, places[0])
            return self._factors(event, op, position, index, out_index, float(slopes[0]))
        upstream = self.moment.gradient(step.source).reshape(-1)[places]
        with np.errstate(all="ignore"):
            terms = upstream * slopes
        parts = []
        for place, slope, term in zip(places, slopes, terms, strict=True):
            out_index = unflat(op.shape, place)
            build = self._term(event, op, position, index, out_index, float(slope))
            parts.append(Part(build, float(term), float(term)))
        return parts

    def _term(
        self, event: int, op: OpAt, position: int, index: Index, out_index: Index, slope: float
    ) -> Callable[[int], Reason]:
        """One term of a contribution: upstream gradient times local derivative."""

        def build(depth: int) -> Reason:
            sample = self.moment.sample(op.node, out_index) or self.moment.sample(
                op.operands[position], index
            )
            factors = self._factors(event, op, position, index, out_index, slope)
            if len(factors) == 1:
                return replace(factors[0].build(depth), sample=sample)
            local = factors[-1].build(0)
            upstream = float(self.moment.gradient(op.node)[out_index])
            with np.errstate(all="ignore"):
                number = float(np.multiply(upstream, slope))
            reason = self._reason(
                Kind.TERM,
                f"{gradient_name(self.graph, op.node, out_index)} · {local.text}",
                number,
                event,
                sample=sample,
            )
            return self._with(reason, factors, depth)

        return build

    def _factors(
        self, event: int, op: OpAt, position: int, index: Index, out_index: Index, slope: float
    ) -> list[Part]:
        """Upstream gradient and local derivative; the first alone where the second is just 1."""
        upstream = Part(lambda depth: self.gradient(op.node, out_index, depth))
        local = self._local(event, op, position, index, out_index, slope)
        return [upstream] if local is None else [upstream, Part(lambda _: local, further=False)]

    def _local(
        self, event: int, op: OpAt, position: int, index: Index, out_index: Index, slope: float
    ) -> Reason | None:
        """The local derivative of one element by another; None where it is 1 whatever happens."""
        text = f"∂{element(self.graph, op.node, out_index)}/∂" + element(
            self.graph, op.operands[position], index
        )
        if op.op.elementwise:
            partial = op.partial(position)
            match partial:
                case Number(1.0, None):
                    return None
                case Value(place):
                    if place == OUT:
                        return self.value(op.node, out_index, 0)
                    return self._operand(op, place, out_index)
                case Number():
                    rule = ""
                case _:
                    rule = self._written(op, partial)
            return self._reason(Kind.LOCAL, text, slope, event, rule=rule)
        partner = op.partner(position, index, out_index)
        if partner is not None and partner[2] == 1.0:
            return self.value(op.operands[partner[0]], partner[1], 0)
        if partner is None and slope == 1.0 and (op.linear or op.op.name in LINEAR):
            return None
        return self._reason(Kind.LOCAL, text, slope, event, rule=op.op.words[position])

    def _before(self, event: int) -> Tree:
        """The tree for the events up to an edit of this iteration: as it was without."""
        moment = self.moment.before(event)
        return self if moment is self.moment else Tree(moment, self.breadth)

    # --- values --------------------------------------------------------------------------------

    def value(self, node: int, index: Index, depth: int) -> Reason:
        """An element of a value that the passes used."""
        n = self.graph[node]
        number = float(self.moment.used(node)[index])
        ordinal = self.moment.made(node, index)
        reason = Reason(
            Kind.VALUE,
            element(self.graph, node, index),
            number,
            ordinal,
            self.moment.run.calendar.address(ordinal),
            node,
            index,
            sample=self.moment.sample(node, index),
        )
        if n.op is None:
            return replace(reason, rule=self._origin(node, index, ordinal))
        if n.op.random:
            return replace(reason, rule="dropped" if number == 0 else "kept")
        if depth <= 0:
            return replace(reason, cut=True)
        if n.formula is not None and self.graph.formulas[n.formula].node == node:
            expr = self.graph.expression(node, self.moment.shapes)
            reason = replace(reason, rule=MATH.write(expr, lambda i: self.graph[i].name))
        tree = self._before(self.moment.listing.forward_step[node])
        return self._with(reason, tree._operands(tree.moment.op(node), index), depth)

    def _origin(self, node: int, index: Index, ordinal: int) -> str:
        """In a word, where a value comes from that no op computes."""
        n = self.graph[node]
        if n.literal is not None:
            return ""
        if self.moment.edited(node, index) is not None:
            return f"{n.kind}, set by an edit"
        if n.kind != "parameter":
            return n.kind
        if node not in self.moment.listing.update_step:
            return "parameter, never updated"
        if ordinal == 1:
            return "initial value"
        earlier = Moment(self.moment.run, self.moment.step - 1)
        if earlier.edited(node, index, updated=True) is not None:
            return "parameter, set by an edit"
        return "parameter, last updated here"

    def _operand(self, op: OpAt, position: int, out_index: Index, depth: int = 0) -> Reason:
        """The element of an operand that broadcasting puts at an element of the result."""
        index = aligned(op.shapes[position], out_index)
        return self.value(op.operands[position], index, depth)

    def _operands(self, op: OpAt, index: Index) -> Sequence[Part]:
        """The parts of one element of an op's result."""
        if op.op.elementwise and op.op.name in PRODUCTS:
            return [
                Part(lambda d, p=position: self._operand(op, p, index, d), further=self._deep(i))
                for position, i in enumerate(op.operands)
            ]
        rows = op.row(index)
        if len(op.linear) == 2:
            return self._products(op, op.linear[0], rows[op.linear[0]], index)
        adds = op.op.name in LINEAR or len(op.linear) == 1
        parts = []
        for position, (places, slopes) in enumerate(rows):
            operand = op.operands[position]
            if self.graph[operand].literal is not None and not adds:
                continue
            values = op.arrays[position].reshape(-1)[places]
            with np.errstate(all="ignore"):
                amounts = slopes * values
            for place, amount in zip(places, amounts, strict=True):
                where = unflat(op.shapes[position], place)
                parts.append(
                    Part(
                        lambda d, o=operand, w=where: self.value(o, w, d),
                        float(amount) if adds else None,
                        float(amount),
                        self._deep(operand),
                    )
                )
        if len(parts) == 1 and not adds:
            return [replace(parts[0], weight=None)]
        return parts

    def _products(
        self, op: OpAt, position: int, row: tuple[Array, Array], index: Index
    ) -> Sequence[Part]:
        """The products that a matrix product or a convolution sums to one element."""
        places, slopes = row
        with np.errstate(all="ignore"):
            amounts = slopes * op.arrays[position].reshape(-1)[places]
        operand = op.operands[position]

        def build(place: int, slope: float, amount: float, depth: int) -> Reason:
            where = unflat(op.shapes[position], place)
            here = Part(lambda d: self.value(operand, where, d), further=self._deep(operand))
            partner = op.partner(position, where, index)
            event = self.moment.listing.forward_step[op.node]
            if partner is not None and partner[2] == 1.0:
                other, at = op.operands[partner[0]], partner[1]
                name = element(self.graph, other, at)
                there = Part(lambda d: self.value(other, at, d), further=self._deep(other))
            else:
                name = (
                    f"∂{element(self.graph, op.node, index)}/∂{element(self.graph, operand, where)}"
                )
                local = self._reason(Kind.LOCAL, name, slope, event)
                there = Part(lambda _: local, further=False)
            reason = self._reason(
                Kind.TERM,
                f"{element(self.graph, operand, where)} · {name}",
                amount,
                event,
                sample=self.moment.sample(operand, where),
            )
            return self._with(reason, [here, there], depth)

        return [
            Part(
                lambda d, p=int(place), s=float(slope), a=float(amount): build(p, s, a, d),
                float(amount),
                float(amount),
            )
            for place, slope, amount in zip(places, slopes, amounts, strict=True)
        ]

    def _deep(self, node: int) -> bool:
        """Whether a value has reasons of its own in this iteration."""
        op = self.graph[node].op
        return op is not None and not op.random

    # --- updates -------------------------------------------------------------------------------

    def updated(self, node: int, index: Index, depth: int) -> Reason:
        """An element of a parameter as this iteration's update left it."""
        moment, record = self.moment, self.moment.record
        event = moment.listing.update_step[node]
        training = moment.run.experiment.training
        name = element(self.graph, node, index)
        after = float(record.updated[node][index])
        before = self.value(node, index, 0)
        known = {
            "p": np.asarray(record.leaves[node][index]),
            "g": np.asarray(self._applied(node)[index]),
            "lr": np.asarray(record.rate),
            "t": np.asarray(float(record.step + 1)),
            **{k: np.asarray(v[index]) for k, v in record.optimizer_before[node].items()},
        }
        spelled = {"p": self.graph[node].name, "g": gradient_name(self.graph, node)}
        assert before.number is not None
        with np.errstate(all="ignore"):
            change = float(np.subtract(after, before.number))
        vectors = [
            self._reason(Kind.OPTION, f"{symbol} before", float(value), event)
            for symbol, value in known.items()
            if symbol in record.optimizer_before[node]
        ]
        for symbol, text, value in training.rule.numbers(known)[:-1]:
            vectors.append(self._reason(Kind.OPTION, symbol, float(value), event, rule=text))
        rate = self._reason(Kind.OPTION, "lr", record.rate, event)
        rule = training.rule.written(spelled)
        if moment.skipped(node):
            rule = "an edit left this update out"

        def changed(d: int) -> Reason:
            reason = self._reason(Kind.CHANGE, f"Δ{name}", change, event)
            steps = [
                Part(lambda e: self.applied(node, index, e)),
                *(Part(lambda _, r=r: r, further=False) for r in (rate, *vectors)),
            ]
            return self._with(reason, steps, d, limit=len(steps))

        reason = self._reason(Kind.UPDATE, name, after, event, node=node, index=index, rule=rule)
        # The step comes first, however large the value is that it starts from.
        parts = [
            Part(changed, change, change),
            Part(lambda _: before, before.number, before.number, further=False),
        ]
        return self._with(reason, parts, depth, ordered=True)

    def _applied(self, node: int) -> Array:
        """The gradient that the update took."""
        clipped = self.moment.record.clipped.get(node)
        return self.moment.gradient(node) if clipped is None else np.asarray(clipped)

    def applied(self, node: int, index: Index, depth: int) -> Reason:
        """An element of a trained gradient as the update took it: clipped, if anything clips."""
        moment = self.moment
        event = moment.listing.clip_step
        clip = moment.run.experiment.training.clip
        if event is None or clip is None or node not in moment.record.clipped:
            return self.gradient(node, index, depth)
        reason = self._reason(
            Kind.GRADIENT,
            f"{gradient_name(self.graph, node, index)}, clipped",
            float(self._applied(node)[index]),
            event,
            node=node,
            index=index,
            rule=clip.words,
        )
        parts = [Part(lambda d: self.gradient(node, index, d))]
        if clip.kind == "norm":
            record = moment.record
            scale = self._reason(Kind.OPTION, "scale", record.scale, event)
            norm = self._reason(Kind.OPTION, "‖g‖", record.norm, event)
            parts += [Part(lambda _, r=r: r, further=False) for r in (scale, norm)]
        return self._with(reason, parts, depth)

    def set_by_edit(self, node: int, index: Index) -> Reason | None:
        """An element of a parameter that an edit set after its update, if one did."""
        ordinal = self.moment.edited(node, index, updated=True)
        if ordinal is None:
            return None
        number = float(self.moment.record.updated[node][index])
        return Reason(
            Kind.VALUE,
            element(self.graph, node, index),
            number,
            ordinal,
            self.moment.run.calendar.address(ordinal),
            node,
            index,
            "parameter, set by an edit",
        )

    # --- putting together ----------------------------------------------------------------------

    def _with(
        self,
        reason: Reason,
        parts: Sequence[Part],
        depth: int,
        *,
        ordered: bool = False,
        limit: int | None = None,
    ) -> Reason:
        """The reason with its parts below it: ranked, the first of them taken further."""
        if not parts:
            return reason
        if depth <= 0:
            return replace(reason, cut=True)
        limit = limit or self.breadth
        weights = np.array([abs(p.weight) if p.weight is not None else np.nan for p in parts])
        ranks = all(p.weight is not None for p in parts) and len(parts) > 1
        if ranks and not ordered:
            # nan first, then by magnitude; equals in their own order.
            keys = np.where(np.isnan(weights), np.inf, weights)
            order = np.argsort(-keys, kind="stable").tolist()
        else:
            order = list(range(len(parts)))
        shown = order if len(parts) <= limit + 1 else order[:limit]
        hidden = order[len(shown) :]
        total = float(weights.sum())
        shared = ranks and np.isfinite(total) and total > 0
        children: list[Reason] = []
        room = depth - 1
        for at in shown:
            part = parts[at]
            child = part.build(room if part.further else 0)
            if part.further:
                room = 0  # one branch is enough to read; the others can be asked about
            share = float(weights[at]) / total if shared else None
            children.append(replace(child, amount=part.amount, share=share))
        if hidden:
            children.append(self._rest(reason, [parts[i] for i in hidden], weights[hidden], total))
        return replace(reason, children=tuple(children), cut=False)

    def _rest(self, reason: Reason, parts: Sequence[Part], weights: Array, total: float) -> Reason:
        amounts = [p.amount for p in parts if p.amount is not None]
        together = float(np.sum(amounts)) if len(amounts) == len(parts) else None
        share = float(weights.sum()) / total if np.isfinite(total) and total > 0 else None
        return Reason(
            Kind.REST,
            f"and {len(parts):,} more together",
            together,
            reason.ordinal,
            reason.address,
            amount=together,
            share=share,
        )

    def _reason(
        self,
        kind: Kind,
        text: str,
        number: float | None,
        event: int,
        *,
        node: int | None = None,
        index: Index = (),
        rule: str = "",
        sample: Sample | None = None,
    ) -> Reason:
        """A reason at one of this iteration's events."""
        ordinal = self.moment.ordinal(event)
        address = self.moment.run.calendar.address(ordinal)
        if sample is None and node is not None:
            sample = self.moment.sample(node, index)
        return Reason(kind, text, number, ordinal, address, node, index, rule, sample=sample)

    def _address(self, event: int) -> str:
        return str(self.moment.run.calendar.address(self.moment.ordinal(event)))

    def _symbols(self, event: int) -> str:
        """What a backward event adds, in symbols."""
        moment = self.moment
        if event == self._seed:
            return "where the backward pass starts"
        state = State(self.graph, moment.listing, moment.record, event)
        _, _, added = report(state, moment.run.experiment.training).symbols.partition("= ")
        return added

    def _written(self, op: OpAt, expr: Expr) -> str:
        """A local derivative with the names of the op's operands."""

        def name(position: int) -> str:
            return self.graph[op.node if position == OUT else op.operands[position]].name

        return MATH.write(expr, name)
