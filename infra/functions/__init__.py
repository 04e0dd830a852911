"""What Lambda calls: secrets first, then the application."""

SET_UP = "set_up_database"
"""Key of the event by which the ingestion function sets up the database."""
