"""A derivation for a program: strict JSON values.

May import: derivation.model, tracefile.   Imported by: the room's face.
"""

from __future__ import annotations

from typing import Any

from engine.derivation.model import Derivation, Way
from engine.tracefile import jsonable


def derivation_fields(derivation: Derivation) -> dict[str, Any]:
    """The whole derivation; what is not computed yet is null."""
    shares = derivation.shares
    return {
        "derivative": derivation.symbol,
        "level": derivation.level,
        "paths": [_way(way) for way in derivation.ways],
        "other_paths": derivation.others,
        "rest": jsonable(derivation.rest),
        "arrivals": [
            {
                "through": a.through,
                "symbols": a.symbols,
                "rule": a.rule,
                "contribution": jsonable(a.value),
                "so_far": jsonable(a.total),
            }
            for a in derivation.arrivals
        ],
        "terms": [
            {
                "symbols": t.symbols,
                "upstream": jsonable(t.upstream),
                "slope": jsonable(t.slope),
                "product": jsonable(t.product),
                "sample": t.sample,
            }
            for t in derivation.terms
        ],
        "shares": None
        if shares is None
        else {
            "samples": jsonable(shares.samples),
            "rest": jsonable(shares.rest),
            "rows": list(shares.rows),
        },
        "gradient": jsonable(derivation.gradient),
    }


def _way(way: Way) -> dict[str, Any]:
    return {
        "symbols": way.symbols,
        "formula": way.formula,
        "factors": [
            {"symbol": f.symbol, "formula": f.text, "value": jsonable(f.value)} for f in way.factors
        ],
        "terms": jsonable(way.terms),
        "product": jsonable(way.product),
    }
