"""On-call schedules: whose turn it is."""
