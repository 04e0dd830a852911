"""What Lambda calls: secrets first, then the application."""
