"""Requests made from the model: valid ones that reach a place, and ones that break a constraint there."""

import copy
import dataclasses

from . import text
from .model import ENUM, MAX, MIN, OPERATIONS, PATTERN, REQUIRED, SHAPES, UNION, inputs, steps


def valid(shape_name, towards=(), above=frozenset()):
    """The smallest valid value of a shape that has something at the path `towards`."""
    shape = SHAPES[shape_name]
    above = above | {shape_name}
    first, rest = (towards[0], towards[1:]) if towards else (None, ())
    match shape["type"]:
        case "structure":
            wanted = {}
            for member, inner, required in steps(shape_name):
                if member == first:
                    wanted[member] = valid(inner, rest, above)
                elif required and not shape.get("union"):
                    wanted[member] = valid(inner, (), above)
            if shape.get("union") and not wanted:
                member, inner = next((member, inner) for member, inner, _ in steps(shape_name) if inner not in above)
                wanted[member] = valid(inner, (), above)
            return wanted
        case "list":
            # An empty list in a query is not on the wire at all.
            least = max(shape.get("min", 0), 1)
            return [valid(shape["member"], rest if index == 0 else (), above) for index in range(least)]
        case "map":
            least = max(shape.get("min", 0), 1 if first else 0)
            towards_value = rest if first == "{}" else ()
            return {f"k{index}": valid(shape["value"], towards_value, above) for index in range(least)}
        case "string":
            return _string(shape)
        case "integer":
            return shape.get("min", 1)
        case "boolean":
            return True
    raise AssertionError(f"no value for {shape_name}")


def _string(shape, length=None):
    if "enum" in shape:
        return shape["enum"][0]
    length = max(shape.get("min", 0), 1) if length is None else length
    return text.matching(shape["pattern"], length) if "pattern" in shape else "a" * length


@dataclasses.dataclass(frozen=True)
class Breaking:
    """A request that breaks one constraint at a place."""

    operation: str
    place: object
    kind: str

    def __str__(self):
        return f"{self.operation}-{self.place}-{self.kind}"

    def requests(self):
        """The requests; a union is broken by no member and by two."""
        good = valid(OPERATIONS[self.operation]["inputShape"], self.place.path)
        shape = SHAPES[self.place.shape]
        if self.kind == UNION:
            members = dict(list({m: valid(inner) for m, inner, _ in steps(self.place.shape)}.items())[:2])
            bad = [{}] + ([members] if len(members) == 2 else [])
        else:
            bad = [None if self.kind == REQUIRED else _bad(shape, self.kind)]
        return [_replaced(good, self.place.path, value) for value in bad]


def breakings(operation):
    """Every constraint of an operation's input. A label of the path is always there: botocore cannot leave it out."""
    for place in inputs(operation):
        for kind in place.constraints():
            if not (kind == REQUIRED and place.location == "uri"):
                yield Breaking(operation, place, kind)


def _bad(shape, kind):
    wanted = {MIN: shape.get("min", 0) - 1, MAX: shape.get("max", 0) + 1}.get(kind)
    match shape["type"], kind:
        case "string", "min":
            return text.matching(shape["pattern"], wanted)[:wanted] if "pattern" in shape else "a" * wanted
        case "string", "max":
            return _string(shape, wanted)
        case "string", "pattern":
            return text.breaking(shape["pattern"], _string(shape))
        case "string", "enum":
            return "NONE_OF_THEM"
        case "integer", _:
            return wanted
        case "list", _:
            return [valid(shape["member"])] * wanted
        case "map", _:
            return {f"k{index}": valid(shape["value"]) for index in range(wanted)}
    raise AssertionError(f"nothing of {shape} breaks {kind}")


def _replaced(good, path, value):
    """A copy with another value at the path; none takes the member away."""
    whole = copy.deepcopy(good)
    inner = whole
    for segment in path[:-1]:
        inner = inner[0] if segment == "[]" else inner[next(iter(inner))] if segment == "{}" else inner[segment]
    match path[-1]:
        case "[]":
            inner[0] = value
        case "{key}":
            inner[value] = inner.pop(next(iter(inner)))
        case "{}":
            inner[next(iter(inner))] = value
        case member if value is None:
            del inner[member]
        case member:
            inner[member] = value
    return whole
