"""Leads after they were taken in: followed up, linked to registrations, erased in time."""
