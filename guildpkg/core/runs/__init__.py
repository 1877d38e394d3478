"""What a run is, as values: its record, its output, its status, and how runs are chosen and compared."""
