"""The AWS CLI takes gateways, targets and generations through their lives."""

import json

from conftest import PERMIT, ROLE, fresh, until

TOOLS = [
    {
        "name": "process_refund",
        "description": "Refunds an order",
        "inputSchema": {
            "type": "object",
            "properties": {"orderId": {"type": "string"}, "amount": {"type": "integer"}},
            "required": ["orderId", "amount"],
        },
    }
]
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:refunds"


def lambda_target(description="first"):
    tool = [{**TOOLS[0], "description": description}]
    return json.dumps({"mcp": {"lambda": {"lambdaArn": LAMBDA, "toolSchema": {"inlinePayload": tool}}}})


def test_a_gateway_its_target_and_a_generation_live_and_go(backend):
    aws = backend.aws_json
    name = fresh("gateway").replace("_", "-")
    settings = ["--name", name, "--role-arn", ROLE, "--protocol-type", "MCP", "--authorizer-type", "AWS_IAM"]
    made = aws("create-gateway", *settings, "--tags", "team=a")
    gateway = ["--gateway-identifier", made["gatewayId"]]
    until(lambda: aws("get-gateway", *gateway)["status"] == "READY")
    assert aws("list-tags-for-resource", "--resource-arn", made["gatewayArn"])["tags"] == {"team": "a"}
    assert made["gatewayId"] in [each["gatewayId"] for each in aws("list-gateways")["items"]]

    configuration = ["--target-configuration", lambda_target()]
    credentials = ["--credential-provider-configurations", "credentialProviderType=GATEWAY_IAM_ROLE"]
    made_target = aws("create-gateway-target", *gateway, "--name", "Refunds", *configuration, *credentials)
    target = [*gateway, "--target-id", made_target["targetId"]]
    until(lambda: aws("get-gateway-target", *target)["status"] == "READY")
    changed = ["--name", "Refunds", "--target-configuration", lambda_target("second"), *credentials]
    aws("update-gateway-target", *target, *changed)
    until(lambda: aws("get-gateway-target", *target)["status"] == "READY")
    tool = aws("get-gateway-target", *target)["targetConfiguration"]["mcp"]["lambda"]["toolSchema"]["inlinePayload"][0]
    assert tool["description"] == "second"
    assert [each["targetId"] for each in aws("list-gateway-targets", *gateway)["items"]] == [made_target["targetId"]]

    engine = aws("create-policy-engine", "--name", fresh("engine"))
    of_engine = ["--policy-engine-id", engine["policyEngineId"]]
    aws("wait", "policy-engine-active", *of_engine)
    attached = f"arn={engine['policyEngineArn']},mode=ENFORCE"
    aws("update-gateway", *gateway, *settings, "--policy-engine-configuration", attached)
    until(lambda: aws("get-gateway", *gateway)["status"] == "READY")
    assert aws("get-gateway", *gateway)["policyEngineConfiguration"]["mode"] == "ENFORCE"

    started = aws(
        "start-policy-generation", *of_engine, "--name", fresh("generation"),
        "--resource", f"arn={made['gatewayArn']}",
        "--content", "rawText=Allow users with the role auditor to use process_refund when the amount is less than 500.",
    )  # fmt: skip
    generation = [*of_engine, "--policy-generation-id", started["policyGenerationId"]]
    aws("wait", "policy-generation-completed", *generation)
    assert aws("get-policy-generation", *generation)["status"] == "GENERATED"
    [asset] = aws("list-policy-generation-assets", *generation)["policyGenerationAssets"]
    chosen = {
        "policyGenerationId": started["policyGenerationId"],
        "policyGenerationAssetId": asset["policyGenerationAssetId"],
    }
    definition = json.dumps({"policyGeneration": chosen})
    policy = aws("create-policy", *of_engine, "--name", fresh("policy"), "--definition", definition)
    of_policy = [*of_engine, "--policy-id", policy["policyId"]]
    aws("wait", "policy-active", *of_policy)

    aws("update-gateway", *gateway, *settings)
    until(lambda: aws("get-gateway", *gateway)["status"] == "READY")
    aws("delete-policy", *of_policy)
    aws("wait", "policy-deleted", *of_policy)
    aws("delete-policy-engine", *of_engine)
    aws("wait", "policy-engine-deleted", *of_engine)
    aws("delete-gateway-target", *target)
    until(lambda: backend.aws("get-gateway-target", *target).returncode != 0)
    aws("delete-gateway", *gateway)
    until(lambda: backend.aws("get-gateway", *gateway).returncode != 0)
    assert "(ResourceNotFoundException)" in backend.aws("get-gateway", *gateway).stderr
