"""What reports answer, for the API, the pages and the command line alike."""
