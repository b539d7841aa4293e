"""What only a fault script brings about: AWS's own errors on every operation, and failures of every kind of resource."""

import botocore.exceptions
import pytest

from conformance import documents, model, sample
from conformance.coverage import ERRORS
from conftest import fresh, fresh_name, make_engine, make_gateway, make_policy, settled, until, wait
from test_constraints import method

CASES = [
    (operation, error)
    for operation, told in model.OPERATIONS.items()
    for error in told["errors"]
    if error in ERRORS
]


@pytest.fixture(scope="module")
def scripted(backends):
    return backends("--admin-listen", "127.0.0.1:0")


@pytest.fixture(scope="module")
def client(scripted):
    return scripted.client()


@pytest.fixture
def script(scripted):
    """Sets rules; takes them away in the end."""

    def write(*rules):
        status, answer = scripted.admin("PUT", "/script", {"rules": list(rules)})
        assert status == 200, answer

    yield write
    scripted.admin("DELETE", "/script")


@pytest.mark.parametrize(("operation", "error"), CASES, ids=lambda value: value)
def test_every_error_of_every_operation_is_what_botocore_knows(client, script, operation, error):
    message = f"{operation} is not in the mood"
    script({"operation": operation, "answer": {"error": error, "message": message}})
    request = sample.valid(model.OPERATIONS[operation]["inputShape"])
    with pytest.raises(getattr(client.exceptions, error)) as refused:
        method(client, operation)(**request)
    answer = refused.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == model.OPERATIONS[operation]["errors"][error]
    assert (answer["Error"]["Code"], answer["message"]) == (error, message)


REASON = "The key was not to be had"


def ends(waiter, client, status, **ids):
    """The waiter sees the failure, and Get tells the reason."""
    with pytest.raises(botocore.exceptions.WaiterError, match="terminal failure state"):
        wait(client, waiter, **ids)
    get = client.get_policy if "policyId" in ids else client.get_policy_engine
    seen = get(**ids)
    assert (seen["status"], seen["statusReasons"]) == (status, [REASON])


def test_an_engine_fails_at_every_change(client, script):
    script(*({"operation": f"{verb}PolicyEngine", "fail": REASON} for verb in ("Create", "Update", "Delete")))
    engine = {"policyEngineId": client.create_policy_engine(name=fresh("engine"))["policyEngineId"]}
    ends("policy_engine_active", client, "CREATE_FAILED", **engine)
    client.update_policy_engine(**engine)
    ends("policy_engine_active", client, "UPDATE_FAILED", **engine)
    client.delete_policy_engine(**engine)
    ends("policy_engine_deleted", client, "DELETE_FAILED", **engine)
    ends("policy_engine_active", client, "DELETE_FAILED", **engine)
    for listing in (client.list_policy_engines, client.list_policy_engine_summaries):
        pages = client.get_paginator(listing.__name__).paginate()
        listed = [each for page in pages for each in page["policyEngines"] if each["policyEngineId"] == engine["policyEngineId"]]
        assert [each["status"] for each in listed] == ["DELETE_FAILED"]
    script()
    client.delete_policy_engine(**engine)
    wait(client, "policy_engine_deleted", **engine)


def test_a_policy_fails_at_every_change(client, script):
    engine = make_engine(client)
    script(*({"operation": f"{verb}Policy", "fail": REASON} for verb in ("Create", "Update", "Delete")))
    policy = {"policyEngineId": engine, "policyId": make_policy(client, engine)}
    ends("policy_active", client, "CREATE_FAILED", **policy)
    client.update_policy(**policy, enforcementMode="LOG_ONLY")
    ends("policy_active", client, "UPDATE_FAILED", **policy)
    client.delete_policy(**policy)
    ends("policy_deleted", client, "DELETE_FAILED", **policy)
    ends("policy_active", client, "DELETE_FAILED", **policy)
    [listed] = client.list_policies(policyEngineId=engine)["policies"]
    assert listed["statusReasons"] == [REASON]
    assert client.update_policy(**policy)["statusReasons"] == []
    ends("policy_active", client, "UPDATE_FAILED", **policy)
    assert client.delete_policy(**policy)["status"] == "DELETING"


def test_a_gateway_and_a_target_fail_at_every_change(client, script):
    operations = ("CreateGateway", "UpdateGateway", "DeleteGateway")
    operations += ("CreateGatewayTarget", "UpdateGatewayTarget", "DeleteGatewayTarget")
    gateway = make_gateway(client)
    settings = client.get_gateway(gatewayIdentifier=gateway)
    script(*({"operation": operation, "fail": REASON} for operation in operations))

    def seen(get, **ids):
        answer = settled(get, **ids)
        assert answer["statusReasons"] == [REASON]
        return answer["status"]

    made = client.create_gateway(name=fresh_name(), roleArn=settings["roleArn"], authorizerType="AWS_IAM")
    assert seen(client.get_gateway, gatewayIdentifier=made["gatewayId"]) == "FAILED"
    kept = {name: settings[name] for name in ("name", "roleArn", "authorizerType", "protocolType")}
    ids = {"gatewayIdentifier": gateway}
    client.update_gateway(**ids, **kept)
    assert seen(client.get_gateway, **ids) == "UPDATE_UNSUCCESSFUL"
    script(*({"operation": operation, "fail": REASON} for operation in operations[3:]))
    client.update_gateway(**ids, **kept)
    assert settled(client.get_gateway, **ids)["status"] == "READY"
    target = {"name": fresh_name(), "targetConfiguration": documents.configuration("lambda")}
    made = client.create_gateway_target(**ids, **target)
    of_target = ids | {"targetId": made["targetId"]}
    assert seen(client.get_gateway_target, **of_target) == "FAILED"
    client.update_gateway_target(**of_target, **target)
    assert seen(client.get_gateway_target, **of_target) == "UPDATE_UNSUCCESSFUL"
    assert client.update_gateway_target(**of_target, **target)["status"] == "UPDATING"


def test_a_target_waits_for_consent_at_every_change(client, script, mcp):
    """Nobody can be asked for it here; a client sees what it would see in AWS (service.md 9.1, 9.8)."""
    gateway = make_gateway(client)
    operations = ("CreateGatewayTarget", "UpdateGatewayTarget", "SynchronizeGatewayTargets")
    script(*({"operation": operation, "consent": "300ms"} for operation in operations))
    settings = {"name": fresh_name(), "targetConfiguration": {"mcp": {"mcpServer": {"endpoint": mcp.url}}}}
    made = client.create_gateway_target(gatewayIdentifier=gateway, **settings)
    ids = {"gatewayIdentifier": gateway, "targetId": made["targetId"]}

    def waits(answer, status):
        assert answer["status"] == status
        asked = answer["authorizationData"]["oauth2"]
        assert asked["authorizationUrl"].startswith("https://") and asked["userId"]

    waits(made, "CREATE_PENDING_AUTH")
    waits(client.get_gateway_target(**ids), "CREATE_PENDING_AUTH")
    [listed] = client.list_gateway_targets(gatewayIdentifier=gateway)["items"]
    waits(listed, "CREATE_PENDING_AUTH")
    for refused in (client.update_gateway_target, client.delete_gateway_target):
        with pytest.raises(client.exceptions.ConflictException, match="while its status is CREATE_PENDING_AUTH"):
            refused(**ids, **(settings if refused == client.update_gateway_target else {}))

    def ready():
        seen = client.get_gateway_target(**ids)
        return seen["status"] == "READY" and "authorizationData" not in seen

    until(ready)
    waits(client.update_gateway_target(**ids, **settings), "UPDATE_PENDING_AUTH")
    until(ready)
    [synchronized] = client.synchronize_gateway_targets(
        gatewayIdentifier=gateway, targetIdList=[ids["targetId"]]
    )["targets"]
    waits(synchronized, "SYNCHRONIZE_PENDING_AUTH")
    until(ready)


def test_a_generation_that_fails_says_why(client, script):
    engine = make_engine(client)
    arn = client.get_gateway(gatewayIdentifier=make_gateway(client))["gatewayArn"]
    script({"operation": "StartPolicyGeneration", "fail": REASON})
    made = client.start_policy_generation(
        policyEngineId=engine, name=fresh("generation"), resource={"arn": arn}, content={"rawText": "Allow everything."}
    )
    ids = {"policyEngineId": engine, "policyGenerationId": made["policyGenerationId"]}
    with pytest.raises(botocore.exceptions.WaiterError, match="terminal failure state"):
        wait(client, "policy_generation_completed", **ids)
    seen = client.get_policy_generation(**ids)
    assert (seen["status"], seen["statusReasons"]) == ("GENERATE_FAILED", [REASON])
    [listed] = client.list_policy_generations(policyEngineId=engine)["policyGenerations"]
    assert listed["statusReasons"] == [REASON]


@pytest.mark.scripted_text("E11", "E13", "E17")
@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (
            "CreatePolicy",
            "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: bedrock-agentcore:ManageAdminPolicy "
            "on resource: arn:aws:bedrock-agentcore:us-east-1:123456789012:* because no identity-based policy allows the "
            "bedrock-agentcore:ManageAdminPolicy action",
        ),
        (
            "StartPolicyGeneration",
            "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: "
            "bedrock-agentcore:StartPolicyGeneration on resource: arn:aws:bedrock-agentcore:us-east-1:123456789012:* because "
            "no identity-based policy allows the bedrock-agentcore:StartPolicyGeneration action",
        ),
        (
            "GetPolicyEngine",
            "Access denied for the specified KMS key. Verify the key policy grants the required permissions.",
        ),
    ],
)
def test_words_of_iam_and_kms_arrive_as_they_are(client, script, operation, message):
    """There is no IAM and no KMS behind this backend; what they say is said by script."""
    script({"operation": operation, "answer": {"error": "AccessDeniedException", "message": message}})
    with pytest.raises(client.exceptions.AccessDeniedException) as refused:
        method(client, operation)(**sample.valid(model.OPERATIONS[operation]["inputShape"]))
    assert refused.value.response["message"] == message


@pytest.mark.scripted_text("E18")
def test_a_key_that_is_not_usable(client, script):
    message = "The specified KMS key is not in a usable state. Verify the key is enabled and not pending deletion."
    answer = {"error": "ValidationException", "message": message}
    script({"operation": "CreatePolicyEngine", "answer": answer})
    with pytest.raises(client.exceptions.ValidationException) as refused:
        client.create_policy_engine(name=fresh("engine"))
    assert refused.value.response["message"] == message
