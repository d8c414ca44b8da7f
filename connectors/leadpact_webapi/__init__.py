"""What connectors to CRMs with a web API share: session, retry, limits, sign-in, redaction."""
