"""Metrics of ingestion, which CloudWatch reads from the log (embedded metric format)."""

import json
import os

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import (
    AmazonCloudWatchEMFProvider,
)

from ingest.reports import Report

NAMESPACE = "TerracottaCategorical"  # infra/template.yaml has an alarm in it
SERVICE = "ingest"


def emit(report: Report, seconds: float) -> None:
    """Print one line with the metrics of a verdict.

    `Registered` and `Rejected` count, the latter also by its `code`; `Seconds` is how long the
    verdict took, `Pixels` how many a registered raster has. Dimensions are the service and the
    function, so that installations of one account do not mix.
    """
    dimensions = {
        "service": SERVICE,
        "function": os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "local"),
    }
    metrics = AmazonCloudWatchEMFProvider(
        namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE),
        service=SERVICE,
        dimension_set=dimensions,
    )
    if report.error is not None:
        metrics.add_metric("Rejected", MetricUnit.Count, 1)
        metrics.add_dimensions(**dimensions, code=report.error.code)
    elif report.pixels is not None:
        metrics.add_metric("Registered", MetricUnit.Count, 1)
        metrics.add_metric("Pixels", MetricUnit.Count, report.pixels)
    else:
        return
    metrics.add_metric("Seconds", MetricUnit.Seconds, seconds)
    print(json.dumps(metrics.serialize_metric_set()), flush=True)
