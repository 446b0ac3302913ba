"""Zoom: meetings, webinars and sessions of the Video SDK, which come signed in one way."""
