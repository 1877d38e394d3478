"""What a project file says, as values: models, operations, flags, resources, and the rules over them."""
