"""The formula language: text → syntax tree → graph.

Python's own parser reads the text and a whitelist of its tree is turned into nodes. Nothing is
ever evaluated: a formula can name values and call ops of the table, and nothing else.
May import: errors, graph, ops.   Imported by: experiment.
"""

from __future__ import annotations

import ast
import unicodedata
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.errors import FormulaError, Place, did_you_mean, listed
from engine.graph import Formula, Graph, Kind, Node
from engine.ops import OPS, Op, Settings

INFIX: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
}

ALIASES = {"max": "maximum", "min": "minimum"}

CALLABLE: dict[str, Op] = {
    **{name: op for name, op in OPS.items() if op.in_language and op.infix is None},
    **{alias: OPS[name] for alias, name in ALIASES.items()},
}
"""The functions of the language, by the names a formula may call."""

MAX_DEPTH = 100
"""Operations nested in one formula; every room that walks formulas can then recurse safely."""

LANGUAGE = "the language has + - * / ** @, unary minus, parentheses, numbers, names, .T and calls"


def normalized(name: str) -> str:
    """A name as Python's parser spells it (NFKC), so that a TOML key and a formula agree."""
    return unicodedata.normalize("NFKC", name)


@dataclass(frozen=True)
class Leaf:
    """A value that formulas may name: a data column, a constant or a parameter."""

    name: str
    kind: Kind
    trainable: bool = False


@dataclass(frozen=True)
class _Statement:
    """One assignment, parsed but not yet resolved."""

    source: _Source
    name: str
    tree: ast.expr
    text: str
    place: Place


@dataclass(frozen=True)
class _Source:
    """Where the characters of one formula stand, so that its errors can point at them."""

    lines: tuple[str, ...]
    first_line: int
    indent: int

    def place(self, node: ast.AST) -> Place:
        line, column = node.lineno, node.col_offset  # pyright: ignore[reportAttributeAccessIssue]
        width = 1
        text = self._parsed(line)
        start = len(text.encode()[:column].decode(errors="ignore"))
        end_line, end = getattr(node, "end_lineno", None), getattr(node, "end_col_offset", None)
        if end_line == line and end is not None:
            width = len(text.encode()[:end].decode(errors="ignore")) - start
        elif end_line is not None:
            width = len(text) - start
        return self.at(line, start, max(1, width))

    def at(self, line: int, start: int, width: int = 1) -> Place:
        """The place of character `start` (from 0) of parsed line `line` (from 1)."""
        shift = self.indent if line == 1 else 0
        source = self.lines[min(line, len(self.lines)) - 1]
        return Place(
            line=self.first_line + line - 1, column=start + shift + 1, source=source, width=width
        )

    def _parsed(self, line: int) -> str:
        text = self.lines[line - 1]
        return text[self.indent :] if line == 1 else text

    def segment(self, node: ast.AST) -> str:
        """The text of `node` as its author wrote it, on one line."""
        code = "\n".join((self._parsed(1), *self.lines[1:]))
        text = ast.get_source_segment(code, node) or ""
        return " ".join(_without_comment(line).strip() for line in text.splitlines())


def _without_comment(line: str) -> str:
    # The language has no strings, so every # starts a comment.
    return line.split("#", 1)[0]


def _depth(line: str) -> int:
    code = _without_comment(line)
    return sum((c in "([{") - (c in ")]}") for c in code)


def _sources(text: str) -> Iterator[_Source]:
    """The formulas of `text`: one a line, or more lines where a parenthesis is open."""
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        first = number
        depth = _depth(lines[number])
        while depth > 0 and number + 1 < len(lines):
            number += 1
            depth += _depth(lines[number])
        number += 1
        if any(_without_comment(line).strip() for line in lines[first:number]):
            indent = len(lines[first]) - len(lines[first].lstrip())
            yield _Source(tuple(lines[first:number]), first + 1, indent)


def _statement(source: _Source) -> _Statement:
    code = "\n".join((source.lines[0][source.indent :], *source.lines[1:]))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a SyntaxWarning means it is not our language
            body = ast.parse(code).body
    except SyntaxError as error:
        line = min(max(error.lineno or 1, 1), len(source.lines))
        column = max(0, (error.offset or 1) - 1)
        raise FormulaError(
            f"not a formula: {error.msg}",
            place=source.at(line, column),
            hint="write one assignment a line, like  h = w1 * x + b1",
        ) from None
    except (ValueError, RecursionError, MemoryError) as error:
        what = "nested too deeply" if not isinstance(error, ValueError) else str(error)
        raise FormulaError(
            f"not a formula: {what}",
            place=Place(line=source.first_line, source=source.lines[0][:100]),
            hint="split it into several formulas",
        ) from None
    if len(body) != 1:
        raise FormulaError(
            "more than one statement on a line",
            place=source.place(body[1]),
            hint="write one formula a line",
        )
    statement = body[0]
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, ast.Name):
            # The name itself is what errors about the assignment point at.
            text = source.segment(statement)
            if _depth_of(statement.value) > MAX_DEPTH:
                raise FormulaError(
                    f"this formula nests more than {MAX_DEPTH} operations",
                    place=source.place(target),
                    hint="split it into several formulas",
                )
            return _Statement(source, target.id, statement.value, text, source.place(target))
        raise FormulaError(
            "a formula assigns to one plain name",
            place=source.place(target),
            hint="write  name = expression",
        )
    what, hint = _not_a_formula(statement)
    raise FormulaError(what, place=source.place(statement), hint=hint)


def _depth_of(tree: ast.AST) -> int:
    """How deep operations are nested; a sum of n terms is n − 1 deep."""
    deepest, stack = 0, [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        deepest = max(deepest, depth)
        inner = (c for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr))
        stack.extend((child, depth + 1) for child in inner)
    return deepest


def _not_a_formula(statement: ast.stmt) -> tuple[str, str]:
    match statement:
        case ast.Expr():
            return "this computes a value but gives it no name", "write  name = expression"
        case ast.AugAssign():
            return "a name is assigned once, never changed", "give the new value a new name"
        case ast.Assign():
            return "one name a formula", "write each assignment on its own line"
        case ast.Import() | ast.ImportFrom():
            return "formulas cannot import", LANGUAGE
        case _:
            word = type(statement).__name__.lower()
            return f"'{word}' is not a formula", "write one assignment a line, like  g = w2 * h"


def build_graph(text: str, leaves: list[Leaf], loss: str | None = None) -> Graph:
    """The graph of the formulas in `text` over the named `leaves`.

    `loss` names the formula to differentiate; the last one by default.
    Raises `FormulaError`, placed in `text` (lines and columns count from 1).
    """
    # A bare carriage return ends a line for Python's parser, so it has to for us.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    statements = [_statement(source) for source in _sources(text)]
    if not statements:
        raise FormulaError("there are no formulas", hint="write at least one, like  loss = w ** 2")
    builder = _Builder(leaves, {s.name: s for s in reversed(statements)})
    for statement in statements:
        builder.add(statement)
    formulas = tuple(builder.formulas)
    names = [f.name for f in formulas]
    if loss is not None and loss not in names:
        raise FormulaError(
            f"training.loss names '{loss}', which is no formula",
            hint=did_you_mean(loss, names, f"the formulas are: {listed(names)}"),
        )
    chosen = formulas[names.index(loss)] if loss else formulas[-1]
    return Graph(tuple(builder.nodes), formulas, chosen.node)


class _Builder:
    """Adds statements to a growing list of nodes, in topological order."""

    def __init__(self, leaves: list[Leaf], statements: Mapping[str, _Statement]) -> None:
        self.nodes: list[Node] = []
        self.formulas: list[Formula] = []
        self.ids: dict[str, int] = {}
        self.statements = statements
        self.leaf_kinds = {leaf.name: leaf.kind for leaf in leaves}
        for leaf in leaves:
            self.ids[leaf.name] = self._new(leaf.name, leaf.kind, trainable=leaf.trainable)

    def _new(self, name: str, kind: Kind, **more: Any) -> int:
        self.nodes.append(Node(len(self.nodes), name, kind, **more))
        return len(self.nodes) - 1

    def add(self, statement: _Statement) -> None:
        name = statement.name
        if name in self.leaf_kinds:
            raise FormulaError(
                f"'{name}' is already a {self.leaf_kinds[name]}",
                place=statement.place,
                hint="give the formula another name",
            )
        if name in self.ids:
            first = next(f for f in self.formulas if f.name == name)
            raise FormulaError(
                f"'{name}' is assigned twice; first on line {first.place.line}",
                place=statement.place,
                hint="every name is assigned once: give the second one a new name",
            )
        start = len(self.nodes)
        try:
            node = self._expression(statement, statement.tree)
        except RecursionError:
            raise FormulaError(
                "this formula is nested too deeply",
                place=statement.place,
                hint="split it into several formulas",
            ) from None
        if node < start or self.nodes[node].op is None:
            node = self._op(statement, statement.tree, "identity", (node,))
        self.nodes[node] = replace(self.nodes[node], name=name)
        self.ids[name] = node
        inner = range(start, len(self.nodes))
        read = dict.fromkeys(
            i
            for n in self.nodes[start:]
            for i in n.operands
            if i not in inner and self.nodes[i].literal is None
        )
        self.formulas.append(
            Formula(len(self.formulas), name, statement.text, statement.place, node, tuple(read))
        )

    # --- the whitelist -------------------------------------------------------------------------

    def _expression(self, s: _Statement, tree: ast.expr) -> int:
        match tree:
            case ast.Name(id=name):
                return self._name(s, tree, name)
            case ast.Constant():
                return self._literal(s, tree, tree, 1)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant() as number):
                return self._literal(s, tree, number, -1)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._op(s, tree, "neg", (self._expression(s, operand),))
            case ast.BinOp(op=op, left=left, right=right) if type(op) in INFIX:
                operands = (self._expression(s, left), self._expression(s, right))
                return self._op(s, tree, INFIX[type(op)], operands)
            case ast.Attribute(value=value, attr="T"):
                return self._op(s, tree, "transpose", (self._expression(s, value),))
            case ast.Call():
                return self._call(s, tree)
            case _:
                raise FormulaError(_refusal(tree), place=s.source.place(tree), hint=LANGUAGE)

    def _name(self, s: _Statement, tree: ast.expr, name: str) -> int:
        if name in self.ids:
            return self.ids[name]
        place = s.source.place(tree)
        if name in self.statements:
            raise FormulaError(*self._too_early(s.name, name), place=place)
        if name in CALLABLE:
            raise FormulaError(
                f"'{name}' is a function and has no value of its own",
                place=place,
                hint=f"call it: {name}(…)",
            )
        known = list(self.ids)
        raise FormulaError(
            f"unknown name '{name}'",
            place=place,
            hint=did_you_mean(
                name, known, f"known here: {listed(known)}; add it to [parameters] or [data]"
            ),
        )

    def _too_early(self, user: str, name: str) -> tuple[str]:
        chain = self._cycle(user, name)
        if chain:
            return (f"a cycle: {' needs '.join(chain)}; a value cannot depend on itself",)
        line = self.statements[name].place.line
        return (f"'{name}' is used before it is assigned, on line {line}: move that line up",)

    def _cycle(self, start: str, through: str) -> list[str] | None:
        """The names from `start` over `through` back to `start`, where each needs the next."""
        stack = [[start, through]]
        seen: set[str] = set()
        while stack:
            path = stack.pop()
            if path[-1] == start:
                return path
            if path[-1] in seen or path[-1] not in self.statements:
                continue
            seen.add(path[-1])
            names = (n for n in ast.walk(self.statements[path[-1]].tree) if isinstance(n, ast.Name))
            stack.extend([*path, n.id] for n in names)
        return None

    def _literal(self, s: _Statement, tree: ast.expr, number: ast.Constant, sign: int) -> int:
        value = number.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            kind = "text" if isinstance(value, str | bytes) else repr(value)
            raise FormulaError(f"{kind} is not a number", place=s.source.place(tree), hint=LANGUAGE)
        try:
            literal = sign * float(value)
        except OverflowError:
            raise FormulaError(
                "this number is too large for float64",
                place=s.source.place(tree),
                hint="the largest is about 1.8e308",
            ) from None
        place = s.source.place(tree)
        return self._new(s.source.segment(tree), "constant", literal=literal, place=place)

    def _call(self, s: _Statement, tree: ast.Call) -> int:
        place = s.source.place(tree.func)
        if not isinstance(tree.func, ast.Name):
            raise FormulaError(
                "only functions of the language can be called", place=place, hint=LANGUAGE
            )
        name = tree.func.id
        if name not in CALLABLE:
            known = sorted(CALLABLE)
            raise FormulaError(
                f"unknown function '{name}'",
                place=place,
                hint=did_you_mean(name, known, f"the functions are: {listed(known, 40)}"),
            )
        op = CALLABLE[name]
        if len(tree.args) != op.arity:
            plural = "operand" if op.arity == 1 else "operands"
            raise FormulaError(
                f"{name} takes {op.arity} {plural}, not {len(tree.args)}",
                place=s.source.place(tree),
                hint=_keyword_hint(op),
            )
        given = [k.arg for k in tree.keywords]
        for k in tree.keywords:
            if given.count(k.arg) > 1:
                raise FormulaError(f"{k.arg} is given twice", place=s.source.place(k))
        settings = tuple(sorted(self._setting(s, op, name, k) for k in tree.keywords))
        operands = tuple(self._expression(s, arg) for arg in tree.args)
        return self._op(s, tree, op.name, operands, settings)

    def _setting(self, s: _Statement, op: Op, name: str, k: ast.keyword) -> tuple[str, Any]:
        place = s.source.place(k)
        if k.arg is None or k.arg not in op.settings:
            raise FormulaError(
                f"{name} has no setting '{k.arg or '**'}'", place=place, hint=_keyword_hint(op)
            )
        value = _static(k.value)
        if k.arg == "keepdims" and isinstance(value, bool):
            return k.arg, value
        if k.arg == "axis" and not isinstance(value, bool):
            if isinstance(value, int):
                return k.arg, value
            if isinstance(value, tuple) and value and all(type(v) is int for v in value):
                return k.arg, value
        wanted = "True or False" if k.arg == "keepdims" else "a whole number, or several: (0, 1)"
        raise FormulaError(f"{k.arg} wants {wanted}", place=place)

    def _op(
        self,
        s: _Statement,
        tree: ast.expr,
        name: str,
        operands: tuple[int, ...],
        settings: Settings = (),
    ) -> int:
        return self._new(
            s.source.segment(tree),
            "op",
            op=OPS[name],
            operands=operands,
            settings=settings,
            formula=len(self.formulas),
            place=s.source.place(tree),
        )


def _static(tree: ast.expr) -> Any:
    """The value of a literal int, bool or tuple of ints; None for anything else."""
    match tree:
        case ast.Constant(value=bool() | int() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)) if (
            not isinstance(value, bool)
        ):
            return -value
        case ast.Tuple(elts=elements):
            return tuple(_static(e) for e in elements)
        case _:
            return None


def _keyword_hint(op: Op) -> str:
    if not op.settings:
        return f"{op.name} takes no settings"
    return "settings: " + ", ".join(f"{k}={v}" for k, v in op.settings.items())


def _refusal(tree: ast.expr) -> str:
    match tree:
        case ast.Attribute(attr=attr):
            return f"'.{attr}' is not allowed: a value has no attributes but .T"
        case ast.Compare() | ast.BoolOp():
            return "comparisons are not part of the language"
        case ast.BinOp():
            return f"the operator '{type(tree.op).__name__}' is not part of the language"
        case ast.UnaryOp():
            return "the only unary operator is minus"
        case ast.Subscript():
            return "slicing is not part of the language yet"
        case _:
            return f"a {type(tree).__name__} is not part of the language"
