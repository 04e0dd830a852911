"""Ingestion: an upload to S3 becomes a published raster, a registered dataset and a report.

Level-triggered: an event only says which object to look at. What the bucket holds now decides what
the database, the published bucket and the report hold next, so that duplicates, replays and any
order of events end in the same state.
"""
