"""``guild.yml`` and ``Guild`` -> `core.project.Project`, and the files that a new project begins with."""
