"""What is known of the packages that Rollbook runs with."""
