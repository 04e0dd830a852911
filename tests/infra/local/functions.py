"""Small functions for the workers of these tests, in place of the real ones."""

import os
import signal
import time
from pathlib import Path


def echo(event, context):
    return {
        "event": event,
        "pid": os.getpid(),
        "milliseconds": context.get_remaining_time_in_millis(),
    }


def act(event, context):
    """Do what the event's `do` says."""
    if event["do"] == "raise":
        raise ValueError("no such luck")
    if event["do"] == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if event["do"] == "hang":
        time.sleep(600)
    if event["do"] == "fork and hang":
        child = os.fork()
        Path(event["file"]).write_text(f"{os.getpid()} {child or os.getpid()}")
        time.sleep(600)
    return {"pid": os.getpid()}


def respond(event, context):
    """A response whose path says what it is to be."""
    kind = event["path"].removeprefix("/")
    if kind == "large":
        return {"statusCode": 200, "body": "x" * 7_000_000}
    if kind == "broken":
        return "no response"
    if kind == "raise":
        raise ValueError("no such luck")
    if kind == "unchanged":
        return {"statusCode": 304, "headers": {"ETag": '"a"'}}
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "text/plain", "Server": "mine", "Content-Length": "1"},
        "body": f"{event['httpMethod']} {event['body']}",
    }


def ingest(event, context):
    """Record each message in the file its body names, and fail those that say so."""
    failures = []
    for record in event["Records"]:
        file, verdict = record["body"].split()
        with Path(file).open("a") as log:
            log.write(record["messageId"] + "\n")
        if verdict == "crash":
            raise ValueError("the whole batch")
        if verdict == "fail":
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}
