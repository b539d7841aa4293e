"""The constraint texts of service.md 2.7, written a second time and from the model alone."""

import dataclasses
import re

from .model import ENUM, MAX, MIN, OPERATIONS, PATTERN, REQUIRED, SHAPES, UNION

# Characters of one name in a JSON pointer: a name comes from the request, and an answer is not of any length.
LONGEST_NAME = 128


@dataclasses.dataclass(frozen=True)
class Violation:
    """A broken constraint: where in the model and in the request, which, and how it is told."""

    path: str
    pointer: str
    kind: str
    text: str


def violations(operation, params):
    """All constraints that a request breaks, in the model's order."""
    return list(_structure(OPERATIONS[operation]["inputShape"], params, (), ""))


def message(found):
    """The message for them (several: service.md section 18, `compat.multi-violation-text`)."""
    errors = "1 validation error" if len(found) == 1 else f"{len(found)} validation errors"
    return f"{errors} detected. " + "; ".join(violation.text for violation in found)


def pointer(parent, name):
    return f"{parent}/" + name[:LONGEST_NAME].replace("~", "~0").replace("/", "~1")


def _broken(path, at, kind, constraint, length=None):
    what = "Value" if length is None else f"Value with length {length}"
    return Violation("/" + "/".join(path), at, kind, f"{what} at '{at}' failed to satisfy constraint: Member must {constraint}")


def _value(name, value, path, at):
    shape = SHAPES[name]
    match shape["type"]:
        case "structure":
            yield from _structure(name, value, path, at)
        case "list":
            yield from _size(shape, len(value), path, at)
            for index, inner in enumerate(value):
                yield from _value(shape["member"], inner, (*path, "[]"), pointer(at, str(index)))
        case "map":
            yield from _size(shape, len(value), path, at)
            for key, inner in sorted(value.items()):
                yield from _value(shape["key"], key, (*path, "{key}"), pointer(at, key))
                yield from _value(shape["value"], inner, (*path, "{}"), pointer(at, key))
        case "string":
            yield from _text(shape, value, path, at)
        case "integer":
            if (kind := _outside(shape, value)) is not None:
                yield _broken(path, at, kind, f"be {_bounds(shape)}")


def _structure(name, value, path, at):
    shape = SHAPES[name]
    wire_names = {member: told.get("locationName", member) for member, told in shape["members"].items()}
    if shape.get("union") and len(value) != 1:
        members = ", ".join(wire_names.values())
        yield _broken(path, at, UNION, f"have exactly one of the members set: [{members}]")
    for member, told in shape["members"].items():
        inner = pointer(at, wire_names[member])
        if value.get(member) is not None:
            yield from _value(told["shape"], value[member], (*path, member), inner)
        elif told.get("required"):
            yield _broken((*path, member), inner, REQUIRED, "not be null")


def _text(shape, value, path, at):
    yield from _size(shape, len(value), path, at)
    if "pattern" in shape and not re.fullmatch(shape["pattern"], value):
        yield _broken(path, at, PATTERN, f"satisfy regular expression pattern: {shape['pattern']}")
    if "enum" in shape and value not in shape["enum"]:
        yield _broken(path, at, ENUM, f"satisfy enum value set: [{', '.join(shape['enum'])}]")


def _size(shape, length, path, at):
    if (kind := _outside(shape, length)) is not None:
        yield _broken(path, at, kind, f"have length {_bounds(shape)}", length)


def _outside(shape, number):
    if "min" in shape and number < shape["min"]:
        return MIN
    return MAX if "max" in shape and number > shape["max"] else None


def _bounds(shape):
    match shape:
        case {"min": least, "max": most}:
            return f"between {least} and {most}, inclusive"
        case {"min": least}:
            return f"greater than or equal to {least}"
        case {"max": most}:
            return f"less than or equal to {most}"
