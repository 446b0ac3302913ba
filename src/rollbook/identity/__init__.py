"""Providers that say who somebody is (OpenID Connect)."""
