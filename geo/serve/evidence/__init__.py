"""Evidence that is made when somebody asks, served as if it were stored."""
