"""The service's model, walked: operations, places in their shapes, and the constraints at each place.

A place is written as a path of the model's member names; `[]` stands for an element of a list, `{}` for a value of a
map and `{key}` for its key: `/tags/{}`, `/definition/cedar/statement`. A shape that contains itself
(`SchemaDefinition`) is walked once; where it comes again, the path ends.
"""

import dataclasses
import functools
import json
import pathlib

FILE = pathlib.Path(__file__).parents[3] / "src/backend/wire/service-model.json"

MODEL = json.loads(FILE.read_text())
OPERATIONS = MODEL["operations"]
SHAPES = MODEL["shapes"]
WAITERS = MODEL["waiters"]

# What a place can be made to break.
REQUIRED, MIN, MAX, PATTERN, ENUM, UNION = "required", "min", "max", "pattern", "enum", "union"


@dataclasses.dataclass(frozen=True)
class Place:
    """A place in a shape: its path, the shape that is there, and whether the member is required."""

    path: tuple
    shape: str
    required: bool = False
    location: str = "body"

    def __str__(self):
        return "/" + "/".join(self.path)

    def constraints(self):
        """The kinds of constraint that a value here can break."""
        shape = SHAPES[self.shape]
        kinds = [REQUIRED] if self.required else []
        kinds += [MIN] if shape.get("min") else []
        kinds += [kind for kind in (MAX, PATTERN, ENUM) if kind in shape]
        return kinds + ([UNION] if shape.get("union") else [])


def steps(name):
    """The steps from a shape to the shapes in it: (segment, shape, required)."""
    shape = SHAPES[name]
    match shape["type"]:
        case "structure":
            for member, told in shape["members"].items():
                yield member, told["shape"], told.get("required", False)
        case "list":
            yield "[]", shape["member"], False
        case "map":
            yield "{key}", shape["key"], False
            yield "{}", shape["value"], False


def walk(name, path=(), above=frozenset()):
    """Every place in a shape, the shape itself not counted."""
    for segment, inner, required in steps(name):
        place = Place((*path, segment), inner, required)
        yield place
        if inner not in above | {name}:
            yield from walk(inner, place.path, above | {name})


@functools.cache
def inputs(operation):
    """The places in an operation's input, with where the member at their root travels."""
    told = OPERATIONS[operation]
    at = {member["name"]: member["location"] for member in told["input"]}
    return [dataclasses.replace(place, location=at[place.path[0]]) for place in walk(told["inputShape"])]


@functools.cache
def outputs(operation):
    """The places in an operation's output."""
    shape = OPERATIONS[operation]["outputShape"]
    return list(walk(shape)) if shape else []


def seen(name, value, path=(), above=frozenset()):
    """The places of a shape that a value fills. What is not in the model is left out."""
    shape = SHAPES[name]
    for segment, inner, _ in steps(name):
        match shape["type"]:
            case "structure":
                found = [value[segment]] if isinstance(value, dict) and value.get(segment) is not None else []
            case "list":
                found = value if isinstance(value, list) else []
            case _ if isinstance(value, dict):
                found = list(value) if segment == "{key}" else list(value.values())
            case _:
                found = []
        if found:
            yield "/" + "/".join((*path, segment))
        if inner not in above | {name}:
            for each in found:
                yield from seen(inner, each, (*path, segment), above | {name})
