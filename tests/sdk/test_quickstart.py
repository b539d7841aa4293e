"""The quickstart of AWS's guide, call for call: a gateway with a Lambda target, an engine, a policy, enforcement, and
everything taken away again. Only the pauses between two looks are shorter."""

import itertools

import pytest

from conformance import documents
from conftest import ROLE, fresh, fresh_name, gone, settled, wait

AUTHORIZER = {
    "customJWTAuthorizer": {
        "discoveryUrl": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a/.well-known/openid-configuration",
        "allowedClients": ["client-of-the-quickstart"],
    }
}


class Quickstart:
    """What the quickstart makes."""

    def __init__(self, client):
        self.client = client
        self.make_gateway()
        self.make_target()
        self.make_engine()
        self.make_policy()
        self.set_engine({"arn": self.engine_arn, "mode": "ENFORCE"})

    def make_gateway(self):
        made = self.client.create_gateway(
            name=fresh_name(),
            roleArn=ROLE,
            protocolType="MCP",
            protocolConfiguration={"mcp": {"searchType": "SEMANTIC"}},
            authorizerType="CUSTOM_JWT",
            authorizerConfiguration=AUTHORIZER,
        )
        assert made["status"] == "CREATING"
        self.gateway, self.gateway_arn = made["gatewayId"], made["gatewayArn"]
        assert settled(self.client.get_gateway, gatewayIdentifier=self.gateway)["status"] == "READY"

    def make_target(self):
        schema = {"inlinePayload": [documents.TOOL]}
        made = self.client.create_gateway_target(
            gatewayIdentifier=self.gateway,
            name="RefundTarget",
            targetConfiguration={"mcp": {"lambda": {"lambdaArn": documents.LAMBDA, "toolSchema": schema}}},
            credentialProviderConfigurations=[{"credentialProviderType": "GATEWAY_IAM_ROLE"}],
        )
        assert made["status"] == "CREATING"
        self.target = {"gatewayIdentifier": self.gateway, "targetId": made["targetId"]}
        assert settled(self.client.get_gateway_target, **self.target)["status"] == "READY"

    def make_engine(self):
        made = self.client.create_policy_engine(name=fresh("RefundEngine"), description="Policy engine for refunds")
        assert made["status"] == "CREATING"
        self.engine, self.engine_arn = made["policyEngineId"], made["policyEngineArn"]
        wait(self.client, "policy_engine_active", policyEngineId=self.engine)

    def make_policy(self):
        statement = (
            "permit(principal is AgentCore::OAuthUser, "
            'action == AgentCore::Action::"RefundTarget___process_refund", '
            f'resource == AgentCore::Gateway::"{self.gateway_arn}") '
            "when { context.input.amount < 500 };"
        )
        made = self.client.create_policy(
            policyEngineId=self.engine,
            name=fresh("refund_limit_policy"),
            description="Allow refunds under $500",
            definition={"cedar": {"statement": statement}},
        )
        assert made["status"] == "CREATING"
        self.policy = {"policyEngineId": self.engine, "policyId": made["policyId"]}
        wait(self.client, "policy_active", **self.policy)

    def set_engine(self, configuration):
        """Reads everything and sends it back, with another engine or with none."""
        seen = self.client.get_gateway(gatewayIdentifier=self.gateway)
        kept = ("name", "roleArn", "protocolType", "protocolConfiguration", "authorizerType", "authorizerConfiguration")
        request = {name: seen[name] for name in kept}
        if configuration:
            request["policyEngineConfiguration"] = configuration
        changed = self.client.update_gateway(gatewayIdentifier=self.gateway, **request)
        assert changed["status"] == "UPDATING"
        seen = settled(self.client.get_gateway, gatewayIdentifier=self.gateway)
        assert seen["status"] == "READY"
        assert seen.get("policyEngineConfiguration") == configuration

    def delete_policy(self):
        assert self.client.delete_policy(**self.policy)["status"] == "DELETING"
        wait(self.client, "policy_deleted", **self.policy)

    def delete_engine(self):
        assert self.client.delete_policy_engine(policyEngineId=self.engine)["status"] == "DELETING"
        wait(self.client, "policy_engine_deleted", policyEngineId=self.engine)

    def delete_target(self):
        assert self.client.delete_gateway_target(**self.target)["status"] == "DELETING"
        gone(self.client, self.client.get_gateway_target, **self.target)

    def delete_gateway(self):
        assert self.client.delete_gateway(gatewayIdentifier=self.gateway)["status"] == "DELETING"
        gone(self.client, self.client.get_gateway, gatewayIdentifier=self.gateway)

    def detach(self):
        self.set_engine(None)


STEPS = ("detach", "delete_policy", "delete_engine", "delete_target", "delete_gateway")


def legal(order):
    """An engine goes after its policies and when no gateway has it; a gateway goes after its targets, and is there to
    be detached."""
    at = order.index
    goes = at("delete_policy") < at("delete_engine") and at("delete_target") < at("delete_gateway")
    return goes and at("detach") < at("delete_engine") and at("detach") < at("delete_gateway")


# Who deletes the gateway first need not detach.
WITHOUT_DETACHING = ("delete_target", "delete_gateway", "delete_policy", "delete_engine")
ORDERS = [*filter(legal, itertools.permutations(STEPS)), WITHOUT_DETACHING]


def test_what_the_quickstart_makes_is_listed(client):
    made = Quickstart(client)
    [target] = client.list_gateway_targets(gatewayIdentifier=made.gateway)["items"]
    assert (target["name"], target["status"], target["targetType"]) == ("RefundTarget", "READY", "LAMBDA")
    gateways = [each for page in client.get_paginator("list_gateways").paginate() for each in page["items"]]
    assert [each["status"] for each in gateways if each["gatewayId"] == made.gateway] == ["READY"]
    for listing in (client.list_policies, client.list_policy_summaries):
        listed = listing(policyEngineId=made.engine, targetResourceScope=made.gateway_arn)["policies"]
        assert [(each["policyId"], each["status"]) for each in listed] == [(made.policy["policyId"], "ACTIVE")]
        other = made.gateway_arn.replace(made.gateway, "other-0123456789")
        assert listing(policyEngineId=made.engine, targetResourceScope=other)["policies"] == []
    attached = client.get_gateway(gatewayIdentifier=made.gateway)["policyEngineConfiguration"]
    assert attached == {"arn": made.engine_arn, "mode": "ENFORCE"}


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_everything_is_taken_away_in_any_legal_order(client, order):
    made = Quickstart(client)
    for step in order:
        getattr(made, step)()
    for call, ids in [
        (client.get_gateway, {"gatewayIdentifier": made.gateway}),
        (client.get_gateway_target, made.target),
        (client.get_policy_engine, {"policyEngineId": made.engine}),
        (client.get_policy, made.policy),
    ]:
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            call(**ids)
