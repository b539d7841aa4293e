"""What the model has and this backend cannot show, each with the reason. An excuse that is none fails the closing test.

Keys are `Operation place` or `* place`; `*` in a place stands for any rest.
"""

# Arms of a target that are refused by name, with the place of each: their members are sent, and the answer names the arm.
UNSUPPORTED_ARMS = {"mcp.connector": "/targetConfiguration/mcp/connector", "inference": "/targetConfiguration/inference"}

MEMBERS = {}
CONSTRAINTS = {}

NOT_ASKED_FOR = "CreateGateway does not take it, UpdateGateway does"
ONLY_SERVERS = "only an MCP server that lists its tools itself is synchronized (service.md 9.8)"
NO_VPC = "no resources are made in a VPC"
BEGINS = "what begins anew has no reasons yet"
KINDS = ("PolicyEngine", "Policy", "Gateway", "GatewayTarget")
ANSWERS = {
    "* /targetConfiguration/mcp/connector*": "the arm is refused",
    "* /targetConfiguration/inference*": "the arm is refused",
    "* */privateEndpointManagedResources*": NO_VPC,
    "* /webAclArn": "no web ACL is associated",
    "CreateGateway /customTransformConfiguration*": NOT_ASKED_FOR,
    "CreateGateway /wafConfiguration*": NOT_ASKED_FOR,
    "CreateGatewayTarget /lastSynchronizedAt": "it was not synchronized yet",
    **{
        f"SynchronizeGatewayTargets /targets/[]/targetConfiguration/{arm}*": ONLY_SERVERS
        for arm in ("http", "inference", "mcp/mcpServer/mcpToolSchema")
        + tuple(f"mcp/{kind}" for kind in ("apiGateway", "connector", "lambda", "openApiSchema", "smithyModel"))
    },
    **{f"{verb}{kind} /statusReasons/[]": BEGINS for verb in ("Create", "Update", "Delete") for kind in KINDS},
    "StartPolicyGeneration /statusReasons/[]": BEGINS,
    "StartPolicyGeneration /findings": "nothing is found yet",
    # The asset's own statement is Dogwood's member, of which Cedar is a part.
    "ListPolicyGenerationAssets /policyGenerationAssets/[]/definition/cedar*": "assets are under `policy`",
    "ListPolicyGenerationAssets /policyGenerationAssets/[]/definition/policyGeneration*": "assets are under `policy`",
    "SynchronizeGatewayTargets /targets/[]/statusReasons/[]": BEGINS,
}

# Errors that only a fault script brings about, although others of their class have reasons here.
NO_QUOTA = "service.md section 13 has no quota that it could reach"
SCRIPTED = {
    "StartPolicyGeneration ServiceQuotaExceededException": "50,000 generated policies in seven days are too many for a test",
    "CreateGateway ServiceQuotaExceededException": NO_QUOTA,
    "UpdateGateway ServiceQuotaExceededException": NO_QUOTA,
    "CreateGatewayTarget ServiceQuotaExceededException": NO_QUOTA,
    "UpdateGatewayTarget ServiceQuotaExceededException": NO_QUOTA,
    "SynchronizeGatewayTargets ServiceQuotaExceededException": NO_QUOTA,
}

WAITERS = {"PolicyGenerationCompleted DELETE_FAILED": "there is no operation that deletes a generation (service.md 8.1)"}


def of(table, name):
    """The excuses of one operation or waiter: place to reason."""
    found = {}
    for key, reason in table.items():
        of_name, place = key.split(" ", 1)
        if of_name in (name, "*"):
            found[place] = reason
    return found


def table():
    """Each excuse with its reason, as lines."""
    arms = {f"CreateGatewayTarget, UpdateGatewayTarget {arm}": "refused by name" for arm in UNSUPPORTED_ARMS}
    for excused in (arms, MEMBERS, CONSTRAINTS, ANSWERS, WAITERS):
        yield from (f"{key}: {reason}" for key, reason in excused.items())
    yield from (f"{key}, but by script: {reason}" for key, reason in SCRIPTED.items())
