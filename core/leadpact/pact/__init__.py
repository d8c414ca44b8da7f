"""The agreement as a document: read, checked, compiled."""
