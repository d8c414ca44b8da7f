"""What is seen of a running leadpact: logs, and the day's calls."""
