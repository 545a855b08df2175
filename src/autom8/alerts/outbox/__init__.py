"""The outbox: notices become messages, and messages are sent."""
