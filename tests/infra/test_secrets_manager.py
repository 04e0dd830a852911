import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.error import HTTPError

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.secrets_manager import endpoint, read_secret, signed
from tests.infra.conftest import Cloud

ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:login-AbCdEf"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtn/+EMI"}


@pytest.mark.parametrize("token", [None, "session/token+=="])
def test_the_signature_is_botocores(token: str | None) -> None:
    body, host = b'{"SecretId": "x"}', "secretsmanager.eu-central-1.amazonaws.com"
    request = AWSRequest(
        "POST",
        f"https://{host}/",
        headers={
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "secretsmanager.GetSecretValue",
        },
        data=body,
    )
    credentials = Credentials(*KEYS.values(), token)
    SigV4Auth(credentials, "secretsmanager", "eu-central-1").add_auth(request)
    signed_at = datetime.strptime(request.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ")
    environment = {**KEYS, **({"AWS_SESSION_TOKEN": token} if token else {})}
    headers = signed(host, body, "eu-central-1", environment, signed_at.replace(tzinfo=UTC))
    assert headers["authorization"] == request.headers["Authorization"]
    assert headers.get("x-amz-security-token") == token


def test_only_who_may_read_a_secret_reads_it(cloud: Cloud) -> None:
    arn = cloud.client("secretsmanager").create_secret(Name="s", SecretString="text")["ARN"]
    user = cloud.user("function")
    environment = {**cloud.environment(), **{name.upper(): key for name, key in user.items()}}
    with cloud.permissions_enforced(), pytest.raises(HTTPError):
        read_secret(arn, environment)
    statement = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    cloud.client("iam").put_user_policy(
        UserName="function",
        PolicyName="read",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    with cloud.permissions_enforced():  # moto checks the signature too
        assert read_secret(arn, environment) == "text"
        with pytest.raises(HTTPError):
            read_secret(arn, {**environment, "AWS_SECRET_ACCESS_KEY": "another"})


@pytest.fixture
def faulty() -> Iterator[HTTPServer]:
    """Answers 500 once for each of its `faults`, then with a secret."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            server.faults -= 1
            self.send_response(500 if server.faults >= 0 else 200)
            self.end_headers()
            self.wfile.write(b'{"SecretString": "text"}')

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server: Any = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_one_fault_is_passed_over_and_a_second_is_not(faulty: Any) -> None:
    address = f"http://127.0.0.1:{faulty.server_port}"
    environment = {**KEYS, "AWS_ENDPOINT_URL_SECRETS_MANAGER": address}
    faulty.faults = 1
    assert read_secret(ARN, environment) == "text"
    faulty.faults = 2
    with pytest.raises(HTTPError):
        read_secret(ARN, environment)


@pytest.mark.parametrize(
    ("arn", "environment", "expected"),
    [
        (ARN, {}, "https://secretsmanager.eu-central-1.amazonaws.com"),
        (
            ARN.replace("aws:", "aws-cn:", 1).replace("eu-central-1", "cn-north-1"),
            {},
            "https://secretsmanager.cn-north-1.amazonaws.com.cn",
        ),
        (ARN, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1/"}, "http://127.0.0.1:1"),
    ],
)
def test_the_secret_is_looked_for_in_its_own_region(
    arn: str, environment: dict[str, str], expected: str
) -> None:
    assert endpoint(arn, environment) == expected
