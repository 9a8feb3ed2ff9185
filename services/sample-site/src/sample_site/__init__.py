"""A synthetic atlas with dermnet.com's page structure."""
