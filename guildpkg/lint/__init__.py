"""Look for mistakes in a recipe or an archive.

In: a subject, which is values only (`subject.RecipeSubject`, `subject.ArchiveSubject`). Out: a `Report`. Nothing is
read, run or written here. A rule is a module in ``rules/`` and a row in ``table.py``; adding one changes no other line.
"""
