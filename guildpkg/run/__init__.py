"""Stage: one run from its record to its end. It knows no projects: a `RunSpec` goes in, an `Ended` comes out."""
