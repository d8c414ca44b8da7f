"""Notices to people: Slack, Teams, e-mail, webhooks. The library that speaks to them is loaded when one is sent."""
