"""Documents that describe the same tool, one for each kind of target, and the folder that stands for a bucket."""

import json

LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:refunds"

ARGUMENTS = {
    "type": "object",
    "properties": {"orderId": {"type": "string"}, "amount": {"type": "integer"}, "reason": {"type": "string"}},
    "required": ["orderId", "amount"],
}
# A Lambda target's tool; also an element of an MCP server's static list.
TOOL = {"name": "process_refund", "description": "Refunds an order", "inputSchema": ARGUMENTS}

OPEN_API = {
    "openapi": "3.0.3",
    "info": {"title": "Refunds", "version": "1"},
    "servers": [{"url": "https://refunds.example.com"}],
    "paths": {
        "/refunds": {
            "post": {
                "operationId": "process_refund",
                "description": "Refunds an order",
                "requestBody": {"required": True, "content": {"application/json": {"schema": ARGUMENTS}}},
                "responses": {"200": {"description": "done"}},
            }
        }
    },
}

SMITHY = {
    "smithy": "2.0",
    "shapes": {
        "example#Refunds": {
            "type": "service",
            "version": "1",
            "operations": [{"target": "example#process_refund"}],
            "traits": {"aws.protocols#restJson1": {}},
        },
        "example#process_refund": {
            "type": "operation",
            "input": {"target": "example#Refund"},
            "traits": {
                "smithy.api#documentation": "Refunds an order",
                "smithy.api#http": {"method": "POST", "uri": "/refunds", "code": 200},
            },
        },
        "example#Refund": {
            "type": "structure",
            "members": {
                "orderId": {"target": "smithy.api#String", "traits": {"smithy.api#required": {}}},
                "amount": {"target": "smithy.api#Integer", "traits": {"smithy.api#required": {}}},
                "reason": {"target": "smithy.api#String"},
            },
        },
    },
}

# Files of the folder that the bucket `schemas` is.
FILES = {"tools.json": [TOOL], "mcp.json": {"tools": [TOOL]}, "openapi.json": OPEN_API, "smithy.json": SMITHY}


def write(folder):
    """Puts the files there; gives the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, document in FILES.items():
        (folder / name).write_text(json.dumps(document))
    return folder


def inline(document):
    return json.dumps(document)


def configuration(kind):
    """A target configuration with the one tool, inline."""
    match kind:
        case "lambda":
            arm = {"lambdaArn": LAMBDA, "toolSchema": {"inlinePayload": [TOOL]}}
        case "mcpServer":
            static = {"inlinePayload": inline({"tools": [TOOL]})}
            arm = {"endpoint": "https://tools.example.com/mcp", "mcpToolSchema": static}
        case "openApiSchema":
            arm = {"inlinePayload": inline(OPEN_API)}
        case "smithyModel":
            arm = {"inlinePayload": inline(SMITHY)}
    return {"mcp": {kind: arm}}
