"""The official MCP SDK for Python as a client of a gateway, with a token of the development key."""

import subprocess

import anyio
import httpx2
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from calling import TOOL, Refunds
from conftest import BINARY

AUTHORIZER = {
    "customJWTAuthorizer": {
        "discoveryUrl": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a/.well-known/openid-configuration",
        "allowedClients": ["refund-agents"],
    }
}


@pytest.fixture(scope="module")
def refunds(calling):
    refunds = Refunds(calling, authorizerType="CUSTOM_JWT", authorizerConfiguration=AUTHORIZER)
    engine = refunds.attach()
    refunds.policy(
        engine,
        'principal.hasTag("role") && principal.getTag("role") == "clerk" && context.input.amount < 1000',
        principal="principal is AgentCore::OAuthUser",
    )
    return refunds


def token(calling, *claims):
    flags = [flag for claim in claims for flag in ("--claim", claim)]
    made = subprocess.run(
        [BINARY, "token", "--data-dir", str(calling.data_dir), *flags], capture_output=True, text=True, timeout=30
    )
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def with_client(refunds, token, use, mode="auto"):
    """What a client that is connected gives."""

    async def connected():
        headers = {"authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
            async with Client(streamable_http_client(refunds.url, http_client=http), mode=mode) as client:
                return await use(client)

    return anyio.run(connected)


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_client_lists_tools_and_calls_them(calling, refunds, mode):
    async def use(client):
        listed = await client.list_tools()
        paid = await client.call_tool(TOOL, {"amount": 500})
        denied = await client.call_tool(TOOL, {"amount": 2000})
        return [tool.name for tool in listed.tools], paid, denied

    clerk = token(calling, "client_id=refund-agents", "role=clerk")
    names, paid, denied = with_client(refunds, clerk, use, mode)
    assert names == [TOOL]
    assert (paid.is_error, paid.content[0].text) == (False, '{"refunded": 500}')
    assert denied.is_error
    assert "not allowed due to policy enforcement [" in denied.content[0].text


def test_tools_that_a_caller_could_never_call_are_not_shown(calling, refunds):
    async def use(client):
        return [tool.name for tool in (await client.list_tools()).tools]

    assert with_client(refunds, token(calling, "client_id=refund-agents", "role=auditor"), use) == []


def test_without_a_token_a_client_is_told_where_to_get_one(calling, refunds):
    for given in (None, "Bearer x.y.z", f"Bearer {token(calling, 'client_id=another', 'role=clerk')}"):
        answer = refunds.refund(1, authorization=given)
        assert answer.status == 401, answer.body
        host = refunds.url.split("/mcp")[0].rsplit("/", 1)[0]
        where = f"{host}/.well-known/oauth-protected-resource/{refunds.gateway}/mcp"
        assert f'resource_metadata="{where}"' in answer.headers["www-authenticate"]
    metadata = refunds.send(None, method="GET", path=f"/.well-known/oauth-protected-resource/{refunds.gateway}/mcp").json()
    assert metadata["resource"] == refunds.url
    assert metadata["authorization_servers"] == ["https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a"]
