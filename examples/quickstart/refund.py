"""The function behind the refund tool: arguments as JSON on standard input, the result on standard output.

In AWS this is a Lambda function's handler; with the local backend it runs as it is:
`agentcore-policy-operator backend --lambda-endpoint '*=exec:python3 examples/quickstart/refund.py'`.
"""

import json
import sys


def handler(event, context):
    return {"status": "refunded", "amount": event["amount"], "orderId": event.get("orderId")}


if __name__ == "__main__":
    json.dump(handler(json.load(sys.stdin), None), sys.stdout)
