"""``guild.yml`` and ``Guild`` -> `core.project.model.Project`, and the files that a new project begins with."""
