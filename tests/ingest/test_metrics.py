"""Metrics in CloudWatch's embedded metric format, as a log line."""

import json
from datetime import UTC, datetime

import pytest

from ingest.metrics import emit
from ingest.reports import Fault, Report


@pytest.fixture
def line(capsys, monkeypatch):
    """line(**report) gives what is printed about a report, decoded; None for nothing."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "maps-production-ingest")
    monkeypatch.delenv("POWERTOOLS_METRICS_NAMESPACE", raising=False)

    def emitted(**members):
        report = Report(bucket="incoming", key="a.tif", reported_at=datetime.now(UTC), **members)
        emit(report, 1.5)
        printed = capsys.readouterr().out
        return json.loads(printed) if printed else None

    return emitted


def metrics(document):
    """{metric: values} of each set of dimensions."""
    (directive,) = document["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "TerracottaCategorical"
    named = {metric["Name"]: document[metric["Name"]] for metric in directive["Metrics"]}
    return {tuple(names): named for names in directive["Dimensions"]}


def test_registered(line):
    document = line(status="registered", pixels=3072)
    assert metrics(document) == {
        ("service", "function"): {"Registered": [1], "Pixels": [3072], "Seconds": [1.5]}
    }
    assert document["function"] == "maps-production-ingest"


def test_rejected_counts_in_all_and_by_code(line):
    fault = Fault(code="no_crs", message="it has none", remedy="give it one")
    document = line(status="rejected", error=fault)
    counted = {"Rejected": [1], "Seconds": [1.5]}
    assert metrics(document) == {
        ("service", "function"): counted,
        ("service", "function", "code"): counted,
    }
    assert document["code"] == "no_crs"


@pytest.mark.parametrize("members", [{"status": "removed"}, {"status": "registered", "rasters": 2}])
def test_removals_and_class_files_are_no_rasters(line, members):
    assert line(**members) is None


def test_operator_may_choose_the_namespace(line, monkeypatch):
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Maps")
    document = line(status="registered", pixels=1)
    assert document["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Maps"
