"""AWS's quickstart with the `bedrock-agentcore` SDK for Python and an issuer like Cognito: nothing but endpoint URLs differs."""

import json
import urllib.parse
import urllib.request

import boto3
import pytest
from bedrock_agentcore._utils.config import WaitConfig
from bedrock_agentcore.gateway.client import GatewayClient
from bedrock_agentcore.policy.client import PolicyEngineClient

from calling import TOOL, Refunds
from conformance import issuer
from conftest import CREDENTIALS, REGION, ROLE, fresh, fresh_name

# What is begun has ended in milliseconds here.
WAIT = WaitConfig(max_wait=60, poll_interval=1)
REFUND = {
    "name": "process_refund",
    "description": "Process a customer refund",
    "inputSchema": {
        "type": "object",
        "properties": {"amount": {"type": "integer", "description": "Refund amount in dollars"}},
        "required": ["amount"],
    },
}


@pytest.fixture(scope="module")
def cognito():
    with issuer.serving() as server:
        yield server


@pytest.fixture
def sdk(calling, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL", calling.url)
    session = boto3.Session(region_name=REGION, **CREDENTIALS)
    return GatewayClient(boto3_session=session), PolicyEngineClient(boto3_session=session)


def access_token(cognito, client=issuer.CLIENT, secret=issuer.SECRET):
    """As the quickstart asks Cognito for one."""
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret, "scope": "refunds/invoke"}
    body = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(f"{cognito.issuer}/oauth2/token", body, timeout=10) as answer:
        return json.load(answer)["access_token"]


def test_the_quickstart_of_aws_runs_as_it_is(calling, sdk, cognito):
    gateways, policies = sdk
    authorizer = {
        "customJWTAuthorizer": {
            "discoveryUrl": f"{cognito.issuer}{issuer.DISCOVERY}",
            "allowedClients": [issuer.CLIENT],
            "allowedScopes": ["refunds/invoke"],
        }
    }
    described = {"name": fresh_name(), "role_arn": ROLE, "protocol_type": "MCP", "authorizer_type": "CUSTOM_JWT"}
    gateway = gateways.create_gateway_and_wait(WAIT, **described, authorizer_configuration=authorizer)
    target = gateways.create_gateway_target_and_wait(
        WAIT,
        gateway_identifier=gateway["gatewayId"],
        name="RefundTarget",
        target_configuration={
            "mcp": {
                "lambda": {
                    "lambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:refund",
                    "toolSchema": {"inlinePayload": [REFUND]},
                }
            }
        },
        credential_provider_configurations=[{"credentialProviderType": "GATEWAY_IAM_ROLE"}],
    )
    engine = policies.create_policy_engine_and_wait(WAIT, name=fresh("RefundEngine"))
    statement = (
        f'permit(principal, action == AgentCore::Action::"{TOOL}", '
        f'resource == AgentCore::Gateway::"{gateway["gatewayArn"]}") when {{ context.input.amount < 1000 }};'
    )
    policy = policies.create_policy_and_wait(
        WAIT, policy_engine_id=engine["policyEngineId"], name=fresh("refund_limit"), definition={"cedar": {"statement": statement}}
    )
    assert policy["status"] == "ACTIVE"
    gateways.update_gateway_and_wait(
        WAIT, gateway_identifier=gateway["gatewayId"], **described, authorizer_configuration=authorizer,
        policy_engine_configuration={"arn": engine["policyEngineArn"], "mode": "ENFORCE"},
    )

    client = Refunds.__new__(Refunds)
    client.url = gateway["gatewayUrl"]
    bearer = f"Bearer {access_token(cognito)}"
    assert client.tools(authorization=bearer) == [TOOL]
    paid, denied = (client.refund(amount, authorization=bearer) for amount in (500, 2000))
    assert (paid.result["isError"], json.loads(paid.text)) == (False, {"refunded": 500})
    assert denied.result["isError"]
    assert "not allowed due to policy enforcement [" in denied.text
    assert client.refund(1).status == 401

    # And everything is taken away again.
    gateways.delete_gateway_target_and_wait(
        gateway_identifier=gateway["gatewayId"], target_id=target["targetId"], wait_config=WAIT
    )
    gateways.delete_gateway_and_wait(gateway_identifier=gateway["gatewayId"], wait_config=WAIT)
    policies.delete_policy_and_wait(
        policy_engine_id=engine["policyEngineId"], policy_id=policy["policyId"], wait_config=WAIT
    )
    policies.delete_policy_engine_and_wait(policy_engine_id=engine["policyEngineId"], wait_config=WAIT)
    assert client.refund(1, authorization=bearer).status == 404
