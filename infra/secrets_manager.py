"""A secret's text from AWS Secrets Manager, in the init phase of a function.

boto3 would do it too, but its import and its client took 350 ms of a cold start, a third. This took
26, of them 23 to load the certificates of all authorities. The signature is Signature Version 4:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import json
import os
import ssl
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import reduce

import certifi

SERVICE = "secretsmanager"
TIMEOUT = 3.0
ENDPOINTS = ("AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL")
DOMAINS = {"aws-cn": "amazonaws.com.cn"}


def read_secret(arn: str, environment: Mapping[str, str] = os.environ) -> str:
    """A secret's current text. Raises OSError or KeyError within some seconds.

    The credentials are those that Lambda puts into the environment.
    """
    url = endpoint(arn, environment)
    body = json.dumps({"SecretId": arn, "VersionStage": "AWSCURRENT"}).encode()
    host = url.partition("://")[2]
    headers = signed(host, body, arn.split(":")[3], environment, datetime.now(UTC))
    request = urllib.request.Request(f"{url}/", body, headers)  # noqa: S310 (ours or the operator's)
    try:
        return send(request)
    except OSError:  # an answer that is late or an error, which a second one may mend
        return send(request)


def send(request: urllib.request.Request) -> str:
    context = ssl.create_default_context(cafile=certifi.where())
    with urllib.request.urlopen(request, timeout=TIMEOUT, context=context) as response:  # noqa: S310
        return str(json.load(response)["SecretString"])


def endpoint(arn: str, environment: Mapping[str, str]) -> str:
    """Address of Secrets Manager in the secret's region, unless the environment names another."""
    _, partition, _, region, *_ = arn.split(":")
    given = [environment[name] for name in ENDPOINTS if environment.get(name)]
    domain = DOMAINS.get(partition, "amazonaws.com")
    return (given or [f"https://{SERVICE}.{region}.{domain}"])[0].rstrip("/")


def signed(
    host: str, body: bytes, region: str, environment: Mapping[str, str], now: datetime
) -> dict[str, str]:
    """The headers of the request."""
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "host": host,
        "x-amz-date": stamp,
        "x-amz-security-token": environment.get("AWS_SESSION_TOKEN", ""),
        "x-amz-target": f"{SERVICE}.GetSecretValue",
    }
    present = {name: text for name, text in headers.items() if text}
    names = ";".join(present)  # in the order of the alphabet, as they stand above
    lines = [f"{name}:{text}" for name, text in present.items()]
    canonical = "\n".join(["POST", "/", "", *lines, "", names, digest(body)])
    scope = [stamp[:8], region, SERVICE, "aws4_request"]
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, "/".join(scope), digest(canonical.encode())])
    secret = b"AWS4" + environment["AWS_SECRET_ACCESS_KEY"].encode()
    signature = reduce(authenticated, [*scope, text], secret).hex()
    credential = "/".join([environment["AWS_ACCESS_KEY_ID"], *scope])
    present["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
    )
    return present


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def authenticated(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
