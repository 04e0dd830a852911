"""The domain: classes, colours, palettes, legends and URLs of categorical rasters.

Shared by the tile API (`handler`) and the ingestion function (`ingest`). Knows no AWS, no HTTP
and no database.
"""
