"""The whole system on one machine: PostgreSQL, S3, SQS, both functions, and a gateway in front."""
