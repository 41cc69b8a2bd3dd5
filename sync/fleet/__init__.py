"""A fleet of virtual tablets that works a region over HTTP, and knows what should come of it."""
