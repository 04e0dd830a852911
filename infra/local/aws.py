"""S3 and SQS on this machine: a moto server on loopback, and in it what the stack has."""

import json
import uuid
from dataclasses import dataclass, field
from functools import cached_property
from typing import IO, TYPE_CHECKING

import boto3
from botocore.config import Config

from infra.local.children import Child, Parent
from infra.local.ports import LOOPBACK

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

REGION = "us-east-1"
KEY = "local"  # accepted by moto, worth nothing anywhere else
VISIBILITY_SECONDS = 30
MAX_RECEIVE_COUNT = 3


@dataclass(frozen=True)
class Resources:
    """The two buckets and two queues of one installation."""

    incoming: str
    published: str
    queue_url: str
    dead_letter_queue_url: str


@dataclass(frozen=True)
class Aws:
    """A running moto server."""

    port: int
    child: Child = field(repr=False)

    @classmethod
    def launch(cls, log: IO[bytes] | None = None) -> Child:
        """A server that is about to start; `start` waits for it."""
        return Child(__name__, log=log)

    @classmethod
    def start(cls, child: Child | None = None) -> "Aws":
        """A server that answers. StartFailed says why there is none."""
        child = child or cls.launch()
        return cls(port=child.ready("S3 and SQS")["port"], child=child)

    @property
    def endpoint_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def environment(self) -> dict[str, str]:
        """What makes boto3 and GDAL talk to this server; the credentials open nothing else."""
        return {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_S3_ENDPOINT": f"{LOOPBACK}:{self.port}",
            "AWS_HTTPS": "NO",
            "AWS_VIRTUAL_HOSTING": "FALSE",
        }

    def s3(self) -> "S3Client":
        return self._s3

    def sqs(self) -> "SQSClient":
        return self._sqs

    def create_resources(
        self,
        name: str | None = None,
        visibility_seconds: int = VISIBILITY_SECONDS,
        max_receive_count: int = MAX_RECEIVE_COUNT,
    ) -> Resources:
        """Both buckets, both queues, and the incoming bucket's own notifications to the queue.

        Without a name they get a fresh one. The queue hands a message to the dead-letter queue once
        it has been received max_receive_count times in vain.
        """
        name = name or f"t-{uuid.uuid4().hex[:12]}"
        s3, sqs = self.s3(), self.sqs()
        resources = Resources(
            incoming=f"{name}-incoming",
            published=f"{name}-published",
            queue_url=sqs.create_queue(QueueName=name)["QueueUrl"],
            dead_letter_queue_url=sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"],
        )
        redrive = {
            "deadLetterTargetArn": arn(sqs, resources.dead_letter_queue_url),
            "maxReceiveCount": max_receive_count,
        }
        sqs.set_queue_attributes(
            QueueUrl=resources.queue_url,
            Attributes={
                "VisibilityTimeout": str(visibility_seconds),
                "RedrivePolicy": json.dumps(redrive),
            },
        )
        for bucket in (resources.incoming, resources.published):
            s3.create_bucket(Bucket=bucket)
        s3.put_bucket_notification_configuration(
            Bucket=resources.incoming,
            NotificationConfiguration={
                "QueueConfigurations": [
                    {
                        "QueueArn": arn(sqs, resources.queue_url),
                        "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
                    }
                ]
            },
        )
        return resources

    def stop(self) -> None:
        self.child.stop()

    # Clients may be shared by threads, but a session must not make two at a time.
    @cached_property
    def _s3(self) -> "S3Client":
        return session().client("s3", endpoint_url=self.endpoint_url, config=CONFIG)

    @cached_property
    def _sqs(self) -> "SQSClient":
        return session().client("sqs", endpoint_url=self.endpoint_url, config=CONFIG)


def session() -> boto3.Session:
    """A session that knows no account but moto's."""
    return boto3.Session(aws_access_key_id=KEY, aws_secret_access_key=KEY, region_name=REGION)


CONFIG = Config(
    retries={"total_max_attempts": 3, "mode": "standard"},
    s3={"addressing_style": "path"},
    proxies={},  # loopback is reached directly, whatever HTTP_PROXY says
)


def arn(sqs: "SQSClient", queue_url: str) -> str:
    """A queue's ARN."""
    return sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]


def main() -> None:
    """The child: moto's server, until the parent wants it to stop or is gone."""
    import logging
    import threading

    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    parent = Parent()
    server = make_server(
        LOOPBACK,
        0,
        DomainDispatcherApplication(create_backend_app),
        threaded=True,
        request_handler=MotoRequestHandler,
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    parent.send({"port": server.server_port})
    parent.wait()
    parent.end()  # requests under way would hold the interpreter


if __name__ == "__main__":
    main()
