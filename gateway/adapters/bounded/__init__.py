"""Work on foreign bytes in processes apart, each with bounds on memory and time."""
