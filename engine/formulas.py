"""The formula language: text → syntax tree → graph.

Python's own parser reads the text and a whitelist of its tree is turned into nodes. Nothing is
ever evaluated: a formula can name values and call ops of the table, and nothing else.
May import: errors, graph, ops.   Imported by: experiment, conditions.
"""

from __future__ import annotations

import ast
import itertools
import re
import unicodedata
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from keyword import iskeyword
from typing import Any

from engine.errors import FormulaError, Place, did_you_mean, listed, shortened, with_article
from engine.graph import Formula, Graph, Kind, Node
from engine.ops import OPS, Op, Settings
from engine.ops.core import REQUIRED
from engine.ops.settings import described, kind

INFIX: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
}

ALIASES = {"max": "maximum", "min": "minimum"}
"""Reductions that mean another op where a formula gives them two operands."""

CALLABLE: dict[str, Op] = {
    name: op for name, op in OPS.items() if op.in_language and op.infix is None
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
class Statement:
    """One assignment, parsed but not yet resolved."""

    source: Source
    name: str
    tree: ast.expr
    text: str
    place: Place


@dataclass(frozen=True)
class Source:
    """Where the characters of one formula stand, so that its errors can point at them."""

    lines: tuple[str, ...]
    first_line: int
    indent: int

    @cached_property
    def code(self) -> tuple[str, ...]:
        """The lines as Python's parser gets them: the first one without its indentation."""
        return (self.lines[0][self.indent :], *self.lines[1:])

    def place(self, node: ast.AST) -> Place:
        line, end_line, start, end = self._span(node)
        stop = end if end_line == line else len(self.code[line - 1])
        return self.at(line, start, max(1, stop - start))

    def _span(self, node: ast.AST) -> tuple[int, int, int, int]:
        """(first line, last line, first character, the one after the last) of a node."""
        line, end_line = node.lineno, node.end_lineno  # pyright: ignore[reportAttributeAccessIssue]
        start, end = node.col_offset, node.end_col_offset  # pyright: ignore[reportAttributeAccessIssue]
        return line, end_line, self._character(line, start), self._character(end_line, end)

    def _character(self, line: int, column: int) -> int:
        """A column of the parser, which counts bytes of UTF-8, as a number of characters."""
        text = self.code[line - 1]
        return column if text.isascii() else len(text.encode()[:column].decode(errors="ignore"))

    def at(self, line: int, start: int, width: int = 1) -> Place:
        """The place of character `start` (from 0) of parsed line `line` (from 1)."""
        shift = self.indent if line == 1 else 0
        source = self.lines[min(line, len(self.lines)) - 1]
        return Place(
            line=self.first_line + line - 1, column=start + shift + 1, source=source, width=width
        )

    def segment(self, node: ast.AST) -> str:
        """The text of `node` as its author wrote it, on one line."""
        line, end_line, start, end = self._span(node)
        if line == end_line and (text := self.code[line - 1][start:end]).isprintable():
            return text
        lines = list(self.code[line - 1 : end_line])
        lines[-1] = lines[-1][:end]
        lines[0] = lines[0][start:]
        pieces = (piece for text in lines for piece in text.splitlines())
        return " ".join(_without_comment(piece).strip() for piece in pieces)


def _without_comment(line: str) -> str:
    # The language has no strings, so every # starts a comment.
    return line.split("#", 1)[0]


def _depth(line: str) -> int:
    code = _without_comment(line)
    return sum(map(code.count, "([{")) - sum(map(code.count, ")]}"))


def _sources(text: str) -> Iterator[Source]:
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
            yield Source(tuple(lines[first:number]), first + 1, indent)


def parsed(source: Source, what: str, example: str) -> ast.stmt:
    """The one statement of `source`, which is to be a `what`. Raises `FormulaError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a SyntaxWarning means it is not our language
            body = ast.parse("\n".join(source.code)).body
    except SyntaxError as error:
        line = min(max(error.lineno or 1, 1), len(source.lines))
        column = max(0, (error.offset or 1) - 1)
        name = re.match(r"\s*(\w+)\s*=", source.lines[line - 1])
        if name is not None and iskeyword(name[1]):
            raise FormulaError(
                f"'{name[1]}' is a word of Python; a formula could not say it",
                place=source.at(line, name.start(1)),
                hint="choose another name",
            ) from None
        long = "integer string conversion" in error.msg
        why = "a whole number has more digits than can be read" if long else error.msg
        raise FormulaError(
            f"not {with_article(what)}: {why}",
            place=source.at(line, column),
            hint="write it like  1e30" if long else example,
        ) from None
    except (ValueError, RecursionError, MemoryError) as error:
        why = "nested too deeply" if not isinstance(error, ValueError) else str(error)
        raise FormulaError(
            f"not {with_article(what)}: {why}",
            place=Place(line=source.first_line, source=source.lines[0][:100]),
            hint="split it into several formulas",
        ) from None
    if len(body) > 1:
        raise FormulaError(
            "more than one statement on a line",
            place=source.place(body[1]),
            hint=f"write one {what} a line",
        )
    if not body:
        raise FormulaError(f"{with_article(what)} is wanted; there is none", hint=example)
    return body[0]


def check_depth(tree: ast.AST, what: str, place: Place) -> None:
    """Refuse what the rooms that walk expressions could not walk. Raises `FormulaError`."""
    if _depth_of(tree) > MAX_DEPTH:
        raise FormulaError(
            f"this {what} nests more than {MAX_DEPTH} operations",
            place=place,
            hint="split it into several formulas",
        )


def _statement(source: Source) -> Statement:
    statement = parsed(source, "formula", "write one assignment a line, like  h = w1 * x + b1")
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        if isinstance(target, ast.Name):
            # The name itself is what errors about the assignment point at.
            text = source.segment(statement)
            if len(text) > MAX_DEPTH:  # every operation takes a character at least
                check_depth(statement.value, "formula", source.place(target))
            return Statement(source, target.id, statement.value, text, source.place(target))
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
        inner = [c for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr)]
        # Of these Python knows any number at once; here they are one after the other.
        chain = len(inner) - 1 if isinstance(node, ast.BoolOp | ast.Compare) else 1
        stack.extend((child, depth + chain) for child in inner)
    return deepest


def _as_a_kind(kind: str) -> str:
    return "data" if kind == "data" else with_article(kind)


WORDS: dict[type[ast.stmt], str] = {ast.AnnAssign: "a name with a type"}
"""What statements are called, where Python's own name for them is no word of its language."""


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
            word = WORDS.get(type(statement)) or f"'{type(statement).__name__.lower()}'"
            return f"{word} is not a formula", "write one assignment a line, like  g = w2 * h"


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


class Expressions:
    """Turns syntax trees into a growing list of nodes, in topological order: the whitelist."""

    functions: Mapping[str, Op] = CALLABLE
    special: tuple[str, ...] = ()
    """Functions that are no ops; whoever adds them reads their calls."""
    language = LANGUAGE
    way_out = ""
    """What else a reader can do about an unknown name."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.ids: dict[str, int] = {}
        """The nodes that have names."""
        self.formula = 0
        """The formula that new nodes belong to."""

    def _new(self, name: str, kind: Kind, **more: Any) -> int:
        self.nodes.append(Node(len(self.nodes), name, kind, **more))
        return len(self.nodes) - 1

    def expression(self, s: Statement, tree: ast.expr) -> int:
        match tree:
            case ast.Name(id=name):
                return self._name(s, tree, name)
            case ast.Constant():
                return self._literal(s, tree, tree, 1)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant() as number):
                return self._literal(s, tree, number, -1)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._op(s, tree, OPS["neg"], (self.expression(s, operand),))
            case ast.BinOp(op=op, left=left, right=right) if type(op) in INFIX:
                operands = (self.expression(s, left), self.expression(s, right))
                return self._op(s, tree, OPS[INFIX[type(op)]], operands)
            case ast.Attribute(value=value, attr="T"):
                return self._op(s, tree, OPS["transpose"], (self.expression(s, value),))
            case ast.Call():
                return self._call(s, tree)
            case ast.Subscript():
                return self._subscript(s, tree)
            case _:
                what, hint = _refusal(tree)
                place = s.source.place(tree)
                raise FormulaError(what, place=place, hint=hint or self.language)

    def _name(self, s: Statement, tree: ast.expr, name: str) -> int:
        if name in self.ids:
            return self.ids[name]
        raise self._unknown(s, tree, name, list(self.ids))

    def _unknown(
        self, s: Statement, tree: ast.expr, name: str, known: Sequence[str]
    ) -> FormulaError:
        if name in self.functions or name in self.special:
            return FormulaError(
                f"'{name}' is a function and has no value of its own",
                place=s.source.place(tree),
                hint=f"call it: {name}(…)",
            )
        return FormulaError(
            f"unknown name '{name}'",
            place=s.source.place(tree),
            hint=did_you_mean(name, known, f"known here: {listed(known)}{self.way_out}"),
        )

    def _literal(self, s: Statement, tree: ast.expr, number: ast.Constant, sign: int) -> int:
        value = number.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            kind = "text" if isinstance(value, str | bytes) else repr(value)
            raise FormulaError(
                f"{kind} is not a number", place=s.source.place(tree), hint=self.language
            )
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

    def _call(self, s: Statement, tree: ast.Call) -> int:
        place = s.source.place(tree.func)
        if not isinstance(tree.func, ast.Name):
            called = tree.func.attr if isinstance(tree.func, ast.Attribute) else ""
            raise FormulaError(
                "only functions of the language can be called",
                place=place,
                hint=f"write  {called}(…)" if called in self.functions else self.language,
            )
        name = tree.func.id
        if name not in self.functions:
            known = sorted((*self.functions, *self.special))
            raise FormulaError(
                f"unknown function '{name}'",
                place=place,
                hint=did_you_mean(name, known, f"the functions are: {listed(known, 40)}"),
            )
        op = self.functions[name]
        if len(tree.args) > 1 and name in ALIASES:
            op = OPS[ALIASES[name]]
        written, extra = self._operands(s, tree, op, name)
        settings = self._settings(s, tree, op, name, extra)
        operands = tuple(self.expression(s, arg) for arg in written)
        if op.drawn is not None:
            operands = (*operands, self._drawn(s, tree, op.drawn, operands, settings))
        return self._op(s, tree, op.taking(len(operands)), operands, settings)

    def _operands(
        self, s: Statement, tree: ast.Call, op: Op, name: str
    ) -> tuple[list[ast.expr], list[ast.expr]]:
        """The arguments of a call that are operands, and those that are settings by position."""
        least, came = op.written_arity, len(tree.args)
        if op.variadic:
            fits, most = came >= least, came
        else:
            most = least + len(op.settings)
            many = "shape" in op.settings  # reshape(x, 2, 8) is reshape(x, (2, 8))
            fits = came >= least and (came <= most or many)
        if not fits:
            plural = "operand" if least == 1 else "operands"
            more = " or more" if op.variadic else ""
            raise FormulaError(
                f"{name} takes {least}{more} {plural}, not {came}",
                place=s.source.place(tree),
                hint=described(op),
            )
        split = came if op.variadic else least
        return tree.args[:split], tree.args[split:]

    def _settings(
        self, s: Statement, tree: ast.Call, op: Op, name: str, extra: list[ast.expr]
    ) -> Settings:
        """The settings of a call: by position behind the operands, then by keyword."""
        found: dict[str, Any] = {}
        if len(extra) > 1 and "shape" in op.settings:
            sizes = tuple(_static(e) for e in extra)
            found["shape"] = self._setting(s, op, "shape", sizes, extra[0])
        else:
            for key, value in zip(op.settings, extra, strict=False):
                found[key] = self._setting(s, op, key, _static(value), value)
        for k in tree.keywords:
            if k.arg is None or k.arg not in op.settings:
                raise FormulaError(
                    f"{name} has no setting '{k.arg or '**'}'",
                    place=s.source.place(k),
                    hint=described(op),
                )
            if k.arg in found:
                raise FormulaError(f"{k.arg} is given twice", place=s.source.place(k))
            found[k.arg] = self._setting(s, op, k.arg, _static(k.value), k)
        for key, default in op.settings.items():
            if default is REQUIRED and key not in found:
                raise FormulaError(
                    f"{name} needs its {key}: {kind(op, key).wanted}",
                    place=s.source.place(tree),
                    hint=described(op),
                )
        if op.drawn is not None:  # what is drawn goes by all settings, written or not
            found = {**op.settings, **found}
        return tuple(sorted(found.items()))

    def _setting(self, s: Statement, op: Op, key: str, value: Any, tree: ast.AST) -> Any:
        expected = kind(op, key)
        if not expected.allows(value, op.settings[key]):
            raise FormulaError(
                f"{key} wants {expected.wanted}", place=s.source.place(tree), hint=described(op)
            )
        if isinstance(op.settings[key], float):
            return float(value)
        if key == "shape" and isinstance(value, int):
            return (value,)
        return value

    def _drawn(
        self,
        s: Statement,
        tree: ast.expr,
        name: str,
        operands: tuple[int, ...],
        settings: Settings,
    ) -> int:
        """The node of a random value that an op of this expression uses."""
        raise NotImplementedError

    def _subscript(self, s: Statement, tree: ast.Subscript) -> int:
        items = tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]
        index = tuple(self._item(s, item) for item in items)
        if index.count(Ellipsis) > 1:
            raise FormulaError("'...' stands once in an index", place=s.source.place(tree.slice))
        if not index:
            raise FormulaError(
                "an index wants at least one number or slice", place=s.source.place(tree.slice)
            )
        operand = self.expression(s, tree.value)
        return self._op(s, tree, OPS["slice"], (operand,), (("index", index),))

    def _item(self, s: Statement, tree: ast.expr) -> Any:
        """One item of a subscript, as `ops.indexing` writes it."""
        if isinstance(tree, ast.Slice):
            bounds = tuple(
                None if bound is None else self._bound(s, bound)
                for bound in (tree.lower, tree.upper, tree.step)
            )
            if bounds[2] == 0:
                raise FormulaError("the step of a slice cannot be 0", place=s.source.place(tree))
            return bounds
        if isinstance(tree, ast.Constant) and tree.value in (None, Ellipsis):
            return tree.value
        return self._bound(s, tree)

    def _bound(self, s: Statement, tree: ast.expr) -> int | None:
        value = _static(tree)
        if isinstance(tree, ast.Constant) and tree.value is None:
            return None
        if type(value) is not int:
            raise FormulaError(
                "an index wants whole numbers, slices like 1:3, None or '...'",
                place=s.source.place(tree),
                hint="rows by computed indices are  embedding(table, indices)",
            )
        return value

    def _op(
        self,
        s: Statement,
        tree: ast.expr,
        op: Op,
        operands: tuple[int, ...],
        settings: Settings = (),
    ) -> int:
        return self._new(
            s.source.segment(tree),
            "op",
            op=op,
            operands=operands,
            settings=settings,
            formula=self.formula,
            place=s.source.place(tree),
        )


class _Builder(Expressions):
    """Adds statements to a growing list of nodes, in topological order."""

    way_out = "; add it to [parameters] or [data]"

    def __init__(self, leaves: list[Leaf], statements: Mapping[str, Statement]) -> None:
        super().__init__()
        self.formulas: list[Formula] = []
        self.statements = statements
        self.taken = set(statements)
        """What no mask may be called."""
        self.leaf_kinds = {leaf.name: leaf.kind for leaf in leaves}
        for leaf in leaves:
            self.ids[leaf.name] = self._new(leaf.name, leaf.kind, trainable=leaf.trainable)

    def _new(self, name: str, kind: Kind, **more: Any) -> int:
        self.taken.add(name)
        return super()._new(name, kind, **more)

    def add(self, statement: Statement) -> None:
        name = statement.name
        if name in self.leaf_kinds:
            raise FormulaError(
                f"'{name}' is already {_as_a_kind(self.leaf_kinds[name])}",
                place=statement.place,
                hint="give the formula another name",
            )
        if name in self.ids:
            first = next(f for f in self.formulas if f.name == name)
            raise FormulaError(
                f"'{name}' is assigned twice; first as  {shortened(first.text)}",
                place=statement.place,
                hint="every name is assigned once: give the second one a new name",
            )
        start, self.formula = len(self.nodes), len(self.formulas)
        try:
            node = self.expression(statement, statement.tree)
        except RecursionError:
            raise FormulaError(
                "this formula is nested too deeply",
                place=statement.place,
                hint="split it into several formulas",
            ) from None
        if node < start or self.nodes[node].op is None:
            node = self._op(statement, statement.tree, OPS["identity"], (node,))
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

    def _name(self, s: Statement, tree: ast.expr, name: str) -> int:
        if name in self.statements and name not in self.ids:
            raise FormulaError(*self._too_early(s.name, name), place=s.source.place(tree))
        return super()._name(s, tree, name)

    def _too_early(self, user: str, name: str) -> tuple[str]:
        chain = self._cycle(user, name)
        if chain:
            return (f"a cycle: {' needs '.join(chain)}; a value cannot depend on itself",)
        later = shortened(self.statements[name].text)
        return (f"'{name}' is used before it is assigned: move this line below  {later}",)

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

    def _drawn(
        self,
        s: Statement,
        tree: ast.expr,
        name: str,
        operands: tuple[int, ...],
        settings: Settings,
    ) -> int:
        names = (f"{s.name}_mask{n if n > 1 else ''}" for n in itertools.count(1))
        free = next(n for n in names if n not in self.taken)
        self.taken.add(free)
        node = self._op(s, tree, OPS[name], operands, settings)
        self.nodes[node] = replace(self.nodes[node], name=free)
        return node


_NO_LITERAL = object()


def _static(tree: ast.expr) -> Any:
    """The value of a literal number, bool, None or tuple of them; no setting accepts the rest."""
    match tree:
        case ast.Constant(value=bool() | int() | float() | None as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)) if (
            not isinstance(value, bool)
        ):
            return -value
        case ast.Tuple(elts=elements):
            return tuple(_static(e) for e in elements)
        case _:
            return _NO_LITERAL


_SIGNS: dict[type[ast.operator], str] = {
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.FloorDiv: "//",
    ast.LShift: "<<",
    ast.Mod: "%",
    ast.RShift: ">>",
}
"""Python's operators that are none of the language."""


def _refusal(tree: ast.expr) -> tuple[str, str]:
    """What is wrong with an expression outside the language, and the way out if it has its own."""
    match tree:
        case ast.Attribute(attr=attr):
            return f"'.{attr}' is not allowed: a value has no attributes but .T", ""
        case ast.Compare():
            return "comparisons are not part of the language", ""
        case ast.BoolOp(op=op):
            word = "and" if isinstance(op, ast.And) else "or"
            return f"'{word}' is not part of the language", ""
        case ast.BinOp(op=op):
            hint = "a power is written  a ** b" if isinstance(op, ast.BitXor) else ""
            return f"the operator '{_SIGNS[type(op)]}' is not part of the language", hint
        case ast.UnaryOp():
            return "the only unary operator is minus", ""
        case ast.IfExp():
            return "'if' is not part of the language", "write  where(condition, a, b)"
        case ast.List():
            return "a list is not part of the language", "give it a name in [constants]"
        case ast.Tuple():
            return "two values with a comma are not part of the language", "a formula is one value"
        case _:
            return "this is not part of the language", ""
