"""LiveKit: its webhooks, and asking it who is there."""
