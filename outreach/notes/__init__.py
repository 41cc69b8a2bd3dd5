"""What tablets note beside registrations: leads and attendance, taken in batch by batch."""
