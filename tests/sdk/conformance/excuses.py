"""What the model has and this backend cannot show, each with the reason. An excuse that is none fails the closing test.

Keys are `Operation place` or `* place`; `*` in a place stands for any rest.
"""

# Arms of a target that are refused by name, with the place of each: their members are sent, and the answer names the arm.
UNSUPPORTED_ARMS = {"mcp.connector": "/targetConfiguration/mcp/connector", "inference": "/targetConfiguration/inference"}

MEMBERS = {}
CONSTRAINTS = {}
ANSWERS = {}
ERRORS = {}
WAITERS = {}


def of(table, name):
    """The excuses of one operation or waiter: place to reason."""
    found = {}
    for key, reason in table.items():
        of_name, place = key.split(" ", 1)
        if of_name in (name, "*"):
            found[place] = reason
    return found
