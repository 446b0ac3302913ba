"""HTTP: routes, request and response shapes, errors."""
