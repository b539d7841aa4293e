"""Texts that match a pattern of the model, and texts that do not."""

import re
import re._constants as codes
import re._parser as parser

# Tried in this order wherever a class of characters allows one.
CHARACTERS = "a0A-_.:/ bcdefghijklmnopqrstuvwxyz123456789"


def matching(pattern, length=0):
    """A text that the whole pattern matches, of at least this length; of exactly this one where the pattern allows."""
    repeats = [0]
    shortest = _generate(parser.parse(pattern), {}, repeats)
    if len(shortest) >= length:
        return _checked(pattern, shortest)
    for repeat in range(repeats[0]):
        step = len(_generate(parser.parse(pattern), {repeat: 1}, [0])) - len(shortest)
        if step:
            times = -(-(length - len(shortest)) // step)
            text = _generate(parser.parse(pattern), {repeat: times}, [0])
            if len(text) >= length and re.fullmatch(pattern, text):
                return text
    return "a" * length


def breaking(pattern, good):
    """A text of the same length as a good one that the pattern does not match."""
    for character in "! \x01é":
        for text in (good[:-1] + character, character + good[1:], character * len(good)):
            if not re.fullmatch(pattern, text):
                return text
    raise AssertionError(f"everything matches {pattern}")


def _checked(pattern, text):
    assert re.fullmatch(pattern, text), (pattern, text)
    return text


def _generate(parsed, more, repeats):
    return "".join(_one(code, argument, more, repeats) for code, argument in parsed)


def _one(code, argument, more, repeats):
    match code:
        case codes.LITERAL:
            return chr(argument)
        case codes.ANY:
            return "a"
        case codes.IN:
            return next(character for character in CHARACTERS + "!~" if _allows(argument, character))
        case codes.CATEGORY:
            return next(character for character in CHARACTERS if _in_category(argument, character))
        case codes.SUBPATTERN:
            return _generate(argument[3], more, repeats)
        case codes.BRANCH:
            # Branches are numbered alike whichever is taken.
            return [_generate(branch, more, repeats) for branch in argument[1]][0]
        case codes.MAX_REPEAT:
            least, most, inner = argument
            number, repeats[0] = repeats[0], repeats[0] + 1
            times = min(least + more.get(number, 0), most)
            once = _generate(inner, more, repeats)
            return once * times
        case codes.NOT_LITERAL:
            return next(character for character in CHARACTERS if ord(character) != argument)
        case codes.AT:
            return ""
    raise AssertionError(f"no text for {code}")


def _allows(items, character):
    negated = items[0][0] is codes.NEGATE
    found = any(_contains(code, argument, character) for code, argument in items if code is not codes.NEGATE)
    return found != negated


def _contains(code, argument, character):
    match code:
        case codes.LITERAL:
            return ord(character) == argument
        case codes.RANGE:
            return argument[0] <= ord(character) <= argument[1]
        case codes.CATEGORY:
            return _in_category(argument, character)
    raise AssertionError(f"no class for {code}")


def _in_category(category, character):
    expressions = {
        codes.CATEGORY_DIGIT: r"\d",
        codes.CATEGORY_SPACE: r"\s",
        codes.CATEGORY_NOT_SPACE: r"\S",
        codes.CATEGORY_WORD: r"\w",
    }
    return bool(re.fullmatch(expressions[category], character))
