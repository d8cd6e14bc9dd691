"""The answer to a *why*: a tree of reasons, each an event to jump to, and what was found.

Numbers stay numbers until they are shown: `Why.lines` takes a function that formats one.
May import: moment, targets, trace, tracefile.   Imported by: the rest of this room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engine.graph import Graph
from engine.trace import Address
from engine.tracefile import jsonable
from engine.why.moment import Sample
from engine.why.targets import Target, target_text

FormatNumber = Callable[[float], str]


class Kind(StrEnum):
    """What a reason's number is."""

    VALUE = "value"
    """An element of a node's value, as the event left it."""
    GRADIENT = "gradient"
    """An element of a node's gradient, as the event left it."""
    UPDATE = "update"
    """An element of a parameter that the event has just updated."""
    CONTRIBUTION = "contribution"
    """What the event adds to a gradient."""
    TERM = "term"
    """One product of a sum that the event computed; recorded is only the sum."""
    LOCAL = "local derivative"
    CHANGE = "change"
    """What an update adds to a parameter."""
    OPTION = "option"
    """The learning rate, the scale of clipping, a vector of the optimizer."""
    REST = "rest"
    """What the other parts come to that are not listed one by one."""
    PENDING = "not computed yet"
    """The event will compute it; there is no number yet."""
    NONE = "none"
    """No gradient ever flows to this node."""


@dataclass(frozen=True)
class Reason:
    """One number and what it was made from, the largest part first."""

    kind: Kind
    text: str
    """The number in symbols: ``∂loss/∂g[3] · w2``."""
    number: float | None
    ordinal: int
    """The event to jump to: the one that made the number."""
    address: Address
    node: int | None = None
    index: tuple[int, ...] = ()
    rule: str = ""
    """What the event computed, in symbols: ``w1 − lr · ∂loss/∂w1``."""
    amount: float | None = None
    """What this adds to the number above it; None where that is no sum."""
    share: float | None = None
    """Its part of the number above, from 0 to 1, by magnitude: |amount| / Σ |amounts|.

    Where the number above is no sum, the parts are local derivative times value."""
    sample: Sample | None = None
    children: tuple[Reason, ...] = ()
    cut: bool = False
    """Whether there are reasons for this one that the tree leaves out: ask for its target."""

    @property
    def target(self) -> Target | None:
        """What to ask at `ordinal` to learn more: the value or gradient that this is."""
        if self.node is None:
            return None
        match self.kind:
            case Kind.VALUE | Kind.UPDATE:
                return Target("value", self.node, self.index)
            case Kind.GRADIENT:
                return Target("gradient", self.node, self.index)
            case _:
                return None

    def walk(self) -> Iterator[Reason]:
        """This reason and all below it, from top to bottom."""
        yield self
        for child in self.children:
            yield from child.walk()


Words = tuple[str | float, ...]
"""A sentence in pieces; the numbers in it are formatted when it is shown."""


class Discovery(StrEnum):
    """What a finding is about."""

    CHOSEN = "chosen"
    """No element was named: which one was taken."""
    ZERO = "zero"
    """The first factor that is 0."""
    NONFINITE = "non-finite"
    """The first event that made nan or inf out of finite numbers."""
    SPIKE = "spike"
    """Far above its recent past, and what carries most of it."""
    CANCELLED = "cancelled"
    """A sum that is far smaller than its terms."""


@dataclass(frozen=True)
class Finding:
    """One thing worth saying first, and the event where it can be seen."""

    kind: Discovery
    words: Words
    ordinal: int
    address: Address

    def text(self, show: FormatNumber) -> str:
        """The sentence, each number in it formatted by `show`."""
        return "".join(part if isinstance(part, str) else show(part) for part in self.words)


@dataclass(frozen=True)
class Why:
    """Where a value or a gradient at an event came from."""

    target: Target
    text: str
    """The target in symbols."""
    ordinal: int
    """The event at which it was asked."""
    address: Address
    findings: tuple[Finding, ...]
    reason: Reason

    def lines(self, show: FormatNumber) -> list[str]:
        """The answer as text: what was found, then the tree; `show` formats a number."""
        found = [f"! {finding.text(show)}  [{finding.address}]" for finding in self.findings]
        return [*found, *_tree(self.reason, show, "", "")]


def _tree(
    reason: Reason, show: FormatNumber, first: str, rest: str, above: Sample | None = None
) -> Iterator[str]:
    yield first + _line(reason, show, above)
    for child in reason.children:
        last = child is reason.children[-1]
        first, below = ("└─ ", "   ") if last else ("├─ ", "│  ")
        yield from _tree(child, show, rest + first, rest + below, reason.sample or above)


def _line(reason: Reason, show: FormatNumber, above: Sample | None) -> str:
    parts = [reason.text if reason.number is None else f"{reason.text} = {show(reason.number)}"]
    if reason.share is not None:
        parts.append(percent(reason.share))
    if reason.sample not in (None, above):
        parts.append(sample_text(reason.sample))
    if reason.rule:
        parts.append(f"← {reason.rule}")
    if reason.kind is not Kind.REST:
        parts.append(f"[{reason.address}]")
    return "  ".join(parts) + (" …" if reason.cut else "")


def percent(share: float) -> str:
    """A share in percent; 0 and 100 only where they are exact."""
    text = f"{100 * share:.1f}"
    if text == "100.0" and share < 1:
        text = "99.9"
    if text == "0.0" and share > 0:
        return "< 0.1 %"
    return f"{text.removesuffix('.0')} %"


def sample_text(sample: Sample) -> str:
    """A sample as people count: ``sample 4, row 18``, both from 1."""
    return f"sample {sample.position + 1}, row {sample.row + 1}"


def why_fields(why: Why, graph: Graph) -> dict[str, Any]:
    """The answer as a dictionary of strict JSON values (docs/formats.md)."""
    return {
        "target": target_text(graph, why.target),
        "what": why.target.what,
        "id": why.target.node,
        "node": graph[why.target.node].name,
        "index": list(why.target.index),
        "at": str(why.address),
        "event": why.ordinal,
        "findings": [
            {
                "kind": str(finding.kind),
                "text": finding.text(repr),
                "at": str(finding.address),
                "event": finding.ordinal,
            }
            for finding in why.findings
        ],
        "reason": _fields(why.reason, graph),
    }


def _fields(reason: Reason, graph: Graph) -> dict[str, Any]:
    return {
        "kind": str(reason.kind),
        "text": reason.text,
        "number": jsonable(reason.number),
        "at": str(reason.address),
        "event": reason.ordinal,
        "id": reason.node,
        "node": None if reason.node is None else graph[reason.node].name,
        "index": list(reason.index),
        "rule": reason.rule,
        "amount": jsonable(reason.amount),
        "share": jsonable(reason.share),
        "sample": None if reason.sample is None else reason.sample.position,
        "row": None if reason.sample is None else reason.sample.row,
        "cut": reason.cut,
        "reasons": [_fields(child, graph) for child in reason.children],
    }
