"""The processes of the service: those that answer, and the one that keeps them."""
