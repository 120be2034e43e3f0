"""The portal: pages for residents, made on the server, readable without JavaScript."""

from geo.view.portal.routes import routes

__all__ = ["routes"]
