"""What campaigns of every type are about: their days, their routes, and what they brought."""
