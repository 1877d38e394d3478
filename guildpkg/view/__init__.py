"""Guild View: the runs in the browser. In: a `ViewData` and a place to listen. Out: a server, until it is stopped.

``app.py`` joins the routes, ``guard.py`` refuses what does not come from its own page, ``routes_*.py`` answer under
``/api/`` (``docs/view-api.md``), ``feed.py`` tells open pages what has changed, ``serve.py`` listens. ``static/`` is
the page: plain modules without a build step.
"""
