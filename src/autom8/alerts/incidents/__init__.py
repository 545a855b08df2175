"""Incidents: opened and ended by looks, acted on by people, escalated until somebody acts."""
