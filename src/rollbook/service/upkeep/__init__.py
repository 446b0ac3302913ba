"""What the service does by itself: time-outs, reconciling, forgetting, rebuilding."""
