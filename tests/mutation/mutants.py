"""Mutants of a source file: the file with one small mistake in it, made by its syntax tree.

Never in docstrings, annotations, decorators, `__repr__` or assertions; nor where the mistake could only raise a
NameError, for every test sees that.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

EDGE = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
NEGATED = {
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
OTHER_OPERATOR = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.LShift: ast.RShift, ast.Pow: ast.Mult,
}  # fmt: skip
OTHER_CALL = {"min": "max", "max": "min", "any": "all", "all": "any"}
NEVER = {
    (ast.arg, "annotation"), (ast.AnnAssign, "annotation"), (ast.FunctionDef, "returns"),
    (ast.FunctionDef, "decorator_list"), (ast.ClassDef, "decorator_list"), (ast.ClassDef, "bases"),
    (ast.ExceptHandler, "type"),
}  # fmt: skip
SHOWN = 70
"""Characters of an expression that a report shows."""


@dataclass(frozen=True)
class Mutant:
    """One mistake: where, what was done, and the whole file with it."""

    path: str
    line: int
    line_text: str
    done: str
    text: str


@dataclass(frozen=True)
class Site:
    """A node of the tree, and where in its parent it hangs."""

    node: ast.AST
    parent: ast.AST
    field: str
    index: int | None
    bound: Counter[str]
    """How often each name is bound in the function around it."""
    is_in_init: bool

    def put(self, node: ast.AST) -> None:
        """Hang another node there."""
        if self.index is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.index] = node


def mutants_of(root: Path, path: str) -> list[Mutant]:
    """All mutants of the file at `path` under `root`, in the order of its lines; no two are the same."""
    source = (root / path).read_text(encoding="utf-8")
    lines = source.splitlines()
    tree = ast.parse(source)
    seen = {ast.unparse(tree)}
    like_it: Counter[tuple[str, str]] = Counter()
    made = []
    for site in list(_sites(tree, Counter(), is_in_init=False)):
        for done, node in _changes(site):
            site.put(node)
            text = ast.unparse(ast.fix_missing_locations(tree))
            site.put(site.node)
            if text not in seen:
                seen.add(text)
                line = site.node.lineno  # type: ignore[attr-defined]
                line_text = lines[line - 1].strip()
                like_it[line_text, done] += 1
                number = like_it[line_text, done]  # so a line, and what is done to it, name one mutant
                made.append(Mutant(path, line, line_text, done + (f" ({number})" if number > 1 else ""), text + "\n"))
    return sorted(made, key=lambda mutant: mutant.line)


def _sites(parent: ast.AST, bound: Counter[str], *, is_in_init: bool) -> Iterator[Site]:
    for field, value in ast.iter_fields(parent):
        if (type(parent), field) in NEVER:
            continue
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(node, ast.AST) or isinstance(node, ast.Assert | ast.JoinedStr):
                continue
            inner, is_init = bound, is_in_init
            if isinstance(node, ast.FunctionDef):
                if node.name == "__repr__":
                    continue
                inner, is_init = _bound_in(node), node.name == "__init__"
            if hasattr(node, "lineno"):
                yield Site(node, parent, field, index, inner, is_init)
            yield from _sites(node, inner, is_in_init=is_init)


def _bound_in(function: ast.FunctionDef) -> Counter[str]:
    names: Counter[str] = Counter()
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            names[node.arg] += 1
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names[node.id] += 1
    return names


def _changes(site: Site) -> Iterator[tuple[str, ast.AST]]:
    """(what is done, the node to put there) for each mistake that can be made at one place."""
    match site.node:
        case ast.stmt() as statement:
            yield from _changed_statement(site, statement)
        case ast.expr() as expression:
            for other in _changed_expression(site, expression):
                yield _became(site, expression, other), other
            if (site.field in ("test", "guard") or site.field == "ifs") and not isinstance(site.parent, ast.Assert):
                negated = _negated(expression)
                yield f"`{_shown(expression)}` became `{_shown(negated)}`", negated


def _changed_statement(site: Site, node: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case (
            ast.Expr(value=ast.Call())
            | ast.Raise()
            | ast.Continue()
            | ast.Break()
            | ast.Return(value=None)
            | ast.AugAssign()
            | ast.Delete()
        ):
            yield f"deleted `{_shown(node)}`", ast.Pass(lineno=node.lineno)
        case ast.Assign(targets=targets) if not site.is_in_init and all(_may_go(site, t) for t in targets):
            yield f"deleted `{_shown(node)}`", ast.Pass(lineno=node.lineno)
        case ast.Return(value=value) if not isinstance(value, ast.Constant):
            yield f"`{_shown(node)}` became `return None`", ast.Return(value=ast.Constant(None), lineno=node.lineno)
    if isinstance(node, ast.AugAssign) and type(node.op) in OTHER_OPERATOR:
        other = ast.AugAssign(node.target, OTHER_OPERATOR[type(node.op)](), node.value, lineno=node.lineno)
        yield f"`{_shown(node)}` became `{_shown(other)}`", other


def _may_go(site: Site, target: ast.expr) -> bool:
    """Without this assignment the name still means something."""
    match target:
        case ast.Attribute() | ast.Subscript():
            return True
        case ast.Name(id=name):
            return site.bound[name] > 1
        case ast.Tuple(elts=parts):
            return all(_may_go(site, part) for part in parts)
    return False


def _changed_expression(site: Site, node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Compare(left=left, ops=ops, comparators=others):
            for index, op in enumerate(ops):
                for table in (EDGE, NEGATED):
                    if type(op) in table:
                        yield ast.Compare(left, [*ops[:index], table[type(op)](), *ops[index + 1 :]], others)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.BinOp(left=left, op=ast.BitOr(), right=right) if _is_kind(left) and _is_kind(right):
            yield left
            yield right
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OTHER_OPERATOR:
            if not any(_is_no_number(side) for side in (left, right)):
                yield ast.BinOp(left, OTHER_OPERATOR[type(op)](), right)
        case ast.Constant(value=bool() | int() | float() as value):
            yield from map(ast.Constant, [not value] if isinstance(value, bool) else [value + 1, value - 1])
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords) if name in OTHER_CALL:
            yield ast.Call(ast.Name(OTHER_CALL[name], ast.Load()), arguments, keywords)
        case ast.IfExp(test=test, body=body, orelse=otherwise) if not isinstance(test, ast.Compare):
            yield ast.IfExp(_negated(test), body, otherwise)


def _negated(test: ast.expr) -> ast.expr:
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return operand
        case ast.Compare(left=left, ops=[op], comparators=others):
            return ast.Compare(left, [NEGATED[type(op)]()], others)
    return ast.UnaryOp(ast.Not(), test)


def _is_kind(node: ast.expr) -> bool:
    """A class, or several of them as `A | B`, as far as names tell."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name[:1].isupper() and not name.isupper()
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _is_kind(left) and _is_kind(right)
    return False


def _is_no_number(node: ast.expr) -> bool:
    """A text, a list or a place, as far as its look tells: another operator could only raise a TypeError."""
    match node:
        case ast.Constant(value=value):
            return isinstance(value, str | bytes)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.endswith("directory")
    return isinstance(node, ast.JoinedStr | ast.List)


def _became(site: Site, node: ast.expr, other: ast.expr) -> str:
    """Constants are shown with what is around them: 0 alone tells nothing."""
    around = site.parent
    if not isinstance(node, ast.Constant) or not isinstance(around, ast.expr | ast.keyword | ast.Assign | ast.Return):
        return f"`{_shown(node)}` became `{_shown(other)}`"
    before = ast.unparse(around)
    site.put(other)
    after = ast.unparse(ast.fix_missing_locations(around))
    site.put(node)
    if max(len(before), len(after)) > SHOWN:
        return f"`{_shown(node)}` became `{_shown(other)}`"
    return f"`{before}` became `{after}`"


def _shown(node: ast.AST) -> str:
    text = ast.unparse(ast.fix_missing_locations(node)).split("\n")[0]
    return text if len(text) <= SHOWN else text[: SHOWN - 2] + " …"
