"""What `check` found, as a table for a reader.

May import: engine's public face, numbers.   Imported by: cli, console.
"""

from __future__ import annotations

from engine import CheckReport, CheckRow, Graph, Verdict
from tui.numbers import number


def report_text(report: CheckReport, graph: Graph) -> str:
    """Both tables, and below them in one line what they say."""
    loss = graph[graph.loss].name
    edges = [("event", "flows from", "to", "op", "compared", "error", "verdict", "by")]
    edges += [
        (str(row.address), graph[row.source].name, row.name, row.op, *_cells(row))
        for row in report.contributions
        if row.source is not None
    ]
    nodes = [("event", "gradient", "of", "compared", "error", "verdict", "by")]
    nodes += [
        (str(row.address), f"∂{loss}/∂{_operand(row.name)}", row.op, *_cells(row))
        for row in report.gradients
    ]
    return "\n".join(
        (
            "what flows along each edge, against differences of its op:",
            *_aligned(edges),
            "",
            "each gradient, against differences of the loss:",
            *_aligned(nodes),
            "",
            *_conclusion(report, graph),
        )
    )


def conclusion_at(report: CheckReport, graph: Graph) -> int:
    """The line of the text that says what it comes to, counted from 0."""
    return report_text(report, graph).count("\n") + 1 - len(_conclusion(report, graph))


def _operand(name: str) -> str:
    return name if name.isidentifier() else f"({name})"


def _cells(row: CheckRow) -> tuple[str, str, str, str]:
    compared = str(row.checked) if row.checked == row.size else f"{row.checked} of {row.size}"
    verdict, count = row.verdict, row.counts[row.verdict]
    some = verdict is not Verdict.OK and count < row.checked
    words = f"{verdict} ({count} of them)" if some else str(verdict)
    return compared, number(row.error, 2), words, row.method


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  " + "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _conclusion(report: CheckReport, graph: Graph) -> list[str]:
    row = report.wrong
    if row is None:
        counted = f"{len(report.contributions)} contributions and {len(report.gradients)} gradients"
        return [f"{counted}: none is wrong{_exceptions(report)}"]
    where = f"at {row.address}"
    if row.source is not None and row.operand is not None:
        what = f"the derivative of {row.op} by operand {row.operand + 1} ({row.name}) is wrong"
        lines = [f"{what}, {where}: {graph[row.source].name}"]
    else:
        lines = [f"∂{graph[graph.loss].name}/∂{_operand(row.name)} is wrong, {where}"]
        lines[0] += ", and no op's own rule is"
    if row.worst is not None:
        at = f" at [{', '.join(map(str, row.worst.index))}]" if row.worst.index else ""
        got, measured = number(row.worst.got, 10), number(row.worst.measured, 10)
        within = number(row.worst.tolerance, 2)
        lines.append(f"  it is {got}{at}; differences say {measured}, give or take {within}")
    return lines


def _exceptions(report: CheckReport) -> str:
    """What could not be judged, if anything."""
    kinds = (Verdict.KINK, Verdict.NOT_FINITE, Verdict.TINY)
    counts = {kind: sum(row.verdict is kind for row in report.rows) for kind in kinds}
    found = [f"{count} {kind}" for kind, count in counts.items() if count]
    return f" ({', '.join(found)})" if found else ""
