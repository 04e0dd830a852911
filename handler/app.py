"""The tile API: Terracotta's application with exact categorical tiles, classes and legends.

`app` is what Zappa serves (`app_function`). Neither it nor its making connects to anything.
"""

import terracotta
from flask import Flask
from terracotta.server import create_app as create_terracotta_app

from handler.access import Access
from handler.answer_size import bound_answers
from handler.catalog import Catalog
from handler.class_views import ClassViews
from handler.cross_origin import allow_elsewhere, allow_tiles, vary_by_origin
from handler.database import Database
from handler.error_answers import answer_errors
from handler.export_views import ExportViews
from handler.guards import guard_terracotta
from handler.legend_views import LegendViews
from handler.openapi import describe
from handler.page_views import PageViews
from handler.place_views import PlaceViews
from handler.rasters import Rasters
from handler.redirections import keep_host_out
from handler.settings import Settings
from handler.static_files import StaticFiles
from handler.static_views import StaticViews
from handler.statistics_views import StatisticsViews
from handler.terracotta_openapi import undescribed
from handler.tile_views import TileViews
from handler.tilejson_views import TileJsonViews
from handler.transition_views import TransitionViews


def create_app(debug: bool = False) -> Flask:
    """The application, with settings from the environment. `debug` lets exceptions through."""
    settings = Settings()
    allow_tiles()
    access = Access(settings)
    database = Database(access.read)
    catalog = Catalog(database, settings)
    rasters, files = Rasters(settings), StaticFiles()
    views = (
        TileViews(catalog, rasters, settings),
        ClassViews(catalog, settings),
        LegendViews(catalog, settings),
        TileJsonViews(catalog, rasters, files, settings),
        PlaceViews(catalog, rasters, settings),
        StatisticsViews(catalog, rasters, settings),
        TransitionViews(catalog, rasters, settings),
        ExportViews(catalog, rasters, settings),
        StaticViews(files, settings),
        PageViews(catalog, database, files, settings),
    )

    with undescribed():
        app: Flask = create_terracotta_app(debug=debug)
    guard_terracotta(app, access, settings)
    for group in views:
        group.register(app)
    answer_errors(app, settings)
    bound_answers(app, settings)
    keep_host_out(app)
    vary_by_origin(app)  # Flask goes through what follows an answer from the last one to the first
    allow_elsewhere(app, terracotta.get_settings().ALLOWED_ORIGINS_METADATA)
    describe(app, [view for group in views for view in group.documented])
    return app


app = create_app(debug=terracotta.get_settings().DEBUG)
